//! Tables with links in their cells: to an event, to the events of a row, to the events of a day. And column heads that
//! sort.

use crate::links::only;
use crate::markup::Markup;
use crate::query_string::QueryString;
use serde::Serialize;
use workhours_core::output::html::{Head, Parts};
use workhours_core::table::{Cell, Column};

/// A table for the template `rows`.
#[derive(Serialize)]
pub(crate) struct Linked {
    pub(crate) label: String,
    pub(crate) heads: Vec<LinkedHead>,
    pub(crate) rows: Markup,
    pub(crate) shown: u64,
}

#[derive(Serialize)]
pub(crate) struct LinkedHead {
    text: String,
    help: &'static str,
    unit: Option<&'static str>,
    number: bool,
    sorted: Option<&'static str>,
    link: Option<String>,
}

impl Linked {
    /// From core's parts. With an address, heads sort.
    pub(crate) fn new(label: &str, parts: &mut Parts, sort: Option<(&str, &QueryString)>) -> Self {
        let head = |head: &Head| LinkedHead {
            text: head.text.clone(),
            help: head.help,
            unit: head.unit,
            number: head.number,
            sorted: sort.and_then(|(_, query)| sorted(query, head.name)),
            link: sort.map(|(path, query)| turned(path, query, head)),
        };
        Self {
            label: label.to_owned(),
            heads: parts.heads.iter().map(head).collect(),
            rows: Markup::finished(std::mem::take(&mut parts.rows)),
            shown: parts.shown,
        }
    }
}

/// How the rows are sorted by a column, if they are.
fn sorted(query: &QueryString, column: &str) -> Option<&'static str> {
    let by = query.all("sort").join(",");
    match by.split(',').next() {
        Some(first) if first == column => Some("ascending"),
        Some(first) if first.strip_prefix('-') == Some(column) => Some("descending"),
        _ => None,
    }
}

/// The link of a head: descending, then ascending, then unsorted.
fn turned(path: &str, query: &QueryString, head: &Head) -> String {
    let (first, second) = if head.number { ("descending", "-") } else { ("ascending", "") };
    let (minus, plain) = (format!("-{}", head.name), head.name.to_owned());
    match sorted(query, head.name) {
        None => query.with("sort", format!("{second}{}", head.name)),
        Some(now) if now == first => query.with("sort", if head.number { plain } else { minus }),
        Some(_) => query.without("sort"),
    }
    .at(path)
}

/// The link of a report's cell.
pub(crate) fn link(report: &str, asked: &QueryString, column: &Column, cell: &Cell) -> Option<String> {
    let Cell::Text(text) = cell else {
        return match (column.name, cell) {
            ("input_id", Cell::Int(id)) => Some(format!("/sources#input-{id}")),
            _ => None,
        };
    };
    let kept = ["from", "to", "tz"].into_iter().fold(QueryString::default(), |kept, name| {
        asked.all(name).into_iter().fold(kept, |kept, value| kept.with(name, value))
    });
    let whose = |field: &str| Some(only(&kept, field, text));
    match column.name {
        "id" if text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Some(format!("/events/{text}"))
        }
        // In a list of events each cell would lead away from it.
        _ if report == "events" || report == "gap" => None,
        "source_type" => whose("source"),
        name @ ("host" | "user" | "kind" | "domain" | "tag") => whose(name),
        // The parts of a day, month or year of hours.
        "period" | "day" if is_date(text) => {
            let day = asked.without("sensitivity").with("from", text).with("to", text).with("explain", 1);
            Some(
                day.without("sort")
                    .without("group-by")
                    .without("bucket")
                    .without("limit")
                    .at("/reports/hours"),
            )
        }
        _ => None,
    }
    .filter(|_| !text.is_empty())
}

fn is_date(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    ["9999", "9999-99", "9999-99-99"].contains(&shape.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use workhours_core::table::ColumnType;

    const HOST: Column = Column::new("host", ColumnType::Text, "x");

    #[test]
    fn cells_lead_on() {
        let asked = QueryString::parse(b"from=2026-01&sort=-count");
        let got = link("hosts", &asked, &HOST, &Cell::from("a\"b")).unwrap();
        assert_eq!(got, "/events?from=2026-01&f=host%3Aa%22b");
        assert_eq!(link("events", &asked, &HOST, &Cell::from("a")), None);
        assert_eq!(link("hosts", &asked, &HOST, &Cell::Null), None);
        let day = Column::new("period", ColumnType::Text, "x");
        let got = link("hours", &QueryString::parse(b"by=tag&bucket=day"), &day, &Cell::from("2026-03-10"))
            .unwrap();
        assert_eq!(got, "/reports/hours?by=tag&from=2026-03-10&to=2026-03-10&explain=1");
        assert_eq!(link("hours", &asked, &day, &Cell::from("2026-W11")), None);
    }

    #[test]
    fn heads_turn_round() {
        let head = Head { name: "n", text: "n".into(), help: "x", unit: None, number: true };
        let mut at = QueryString::parse(b"a=1");
        let mut seen = Vec::new();
        for _ in 0..3 {
            let link = turned("/r", &at, &head);
            at = QueryString::parse(link.split_once('?').unwrap().1.as_bytes());
            seen.push(link);
        }
        assert_eq!(seen, ["/r?a=1&sort=-n", "/r?a=1&sort=n", "/r?a=1"]);
    }
}
