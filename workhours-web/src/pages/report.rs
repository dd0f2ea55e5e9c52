//! `/reports/{name}`: any report, with its form, its drawing and its rows; with an ending, or asked for another media
//! type, as that.

use super::report_form::{Form, presets};
use crate::answer::Answer;
use crate::markup::Markup;
use crate::problem::Problem;
use crate::query_string::QueryString;
use crate::reports::{FORMATS, Linked, ReportRequest, by_media_type, export, link, parameters_for, split};
use crate::request::Request;
use crate::route::Route;
use crate::site::Site;
use crate::template::Template;
use crate::work_queue::CancelToken;
use serde::Serialize;
use workhours_core::output::html::{Parts, Wanted, parts};
use workhours_core::report::settings::{LIMIT, SORT};
use workhours_core::store::Store;
use workhours_core::table::{Cell, Column, ColumnType};

inventory::submit! { Template { name: "reports.report", text: include_str!("report.hbs") } }

/// Default number of rows on a page.
const ROWS: u64 = 100;
/// And at most.
const MAX_ROWS: u64 = 5_000;
/// Rows that are held to be sorted.
const SORTED: u64 = 20_000;

/// As core calls the identities of events.
const ID: Column = Column::new("id", ColumnType::Text, "its id");

/// The values of the template.
#[derive(Serialize)]
struct ReportPage {
    name: &'static str,
    summary: String,
    form: Form,
    presets: Vec<Link>,
    drawing: Option<Markup>,
    totals: Vec<(String, String)>,
    notes: Vec<Told>,
    table: Linked,
    count: String,
    more: Option<String>,
    exports: Vec<Link>,
}

/// Notes on the result.
#[derive(Serialize)]
struct Told {
    text: String,
    hint: Option<String>,
}

/// An address and its name.
#[derive(Serialize)]
pub(super) struct Link {
    pub(super) label: String,
    pub(super) path: String,
    pub(super) here: bool,
}

async fn report(site: Site, asked: Request) -> Result<Answer, Problem> {
    let (name, ending) = split(asked.name());
    let format = ending.or_else(|| by_media_type(&asked.accepted()));
    let asking = ReportRequest::new(&site, name, &asked.query)?;
    let clock = asking.clock();
    let (asked, site) = (&asked, &site);
    let answer = || async move {
        if let Some(format) = format.filter(|format| format.output.is_some()) {
            return export(site, asking, format).await;
        }
        let (query, path) = (asked.query.clone(), format!("/reports/{name}"));
        let title = asking.report.info().name;
        let page =
            site.work(move |site, store, stop| page(site, store, stop, &asking, &query, &path)).await?;
        Ok(Answer::page(site.templates.page(site, "reports.report", title, asked.theme, page)?))
    };
    site.fresh(asked, clock, answer).await
}

fn page(
    site: &Site,
    store: &mut Store,
    stop: &CancelToken,
    asking: &ReportRequest,
    query: &QueryString,
    path: &str,
) -> Result<ReportPage, Problem> {
    let info = asking.report.info();
    let rows = asking.settings.number(&LIMIT).unwrap_or(ROWS);
    if rows > MAX_ROWS {
        return Err(
            Problem::bad(format!("a page has at most {MAX_ROWS} rows")).hint("the exports have all of them")
        );
    }
    let held = (asking.settings.has(&SORT)).then_some(rows + SORTED);
    let mut table = asking.run(site, store, stop, held)?;
    let style = asking.style(false);
    let has_time = table.columns.iter().any(|column| column.kind == ColumnType::Time);
    let id = table.columns.iter().position(|column| column.name == "id");
    // The time of an event leads to it, if the table knows which it is.
    let address = |column: &Column, cell: &Cell, row: &[Cell]| match id.map(|at| &row[at]) {
        Some(id @ Cell::Text(_)) if column.name == "date" => link(info.name, query, &ID, id),
        _ => link(info.name, query, column, cell),
    };
    let wanted = Wanted { style, rows, id: "chart", address: &address };
    let notes =
        table.notes.iter().map(|note| Told { text: note.text.clone(), hint: note.hint.clone() }).collect();
    let mut parts = parts(&mut table, &wanted)?;
    let count = count(&parts, held.is_some_and(|held| parts.count == held));
    let more = (parts.shown < parts.count && rows < MAX_ROWS)
        .then(|| query.with("limit", (rows * 5).min(MAX_ROWS)).at(path));
    let exported = |ending: &str| query.without("limit").at(&format!("{path}.{ending}"));
    let offered = FORMATS.iter().filter(|f| !f.label.is_empty() && (f.ending != "ics" || has_time));
    Ok(ReportPage {
        name: info.name,
        summary: info.summary.replace("--", ""),
        form: Form::new(site, info, query, &table.columns, path),
        presets: presets(query, path),
        drawing: Some(Markup::finished(std::mem::take(&mut parts.drawing)))
            .filter(|m| *m != Markup::default()),
        totals: std::mem::take(&mut parts.totals),
        notes,
        table: Linked::new(info.name, &mut parts, Some((path, query))),
        count,
        more,
        exports: offered
            .map(|f| Link { label: f.label.to_owned(), path: exported(f.ending), here: false })
            .collect(),
    })
}

/// How many rows there are, and of how many.
fn count(parts: &Parts, capped: bool) -> String {
    let of = match (parts.count, parts.more || capped) {
        (n, true) => format!("more than {}", grouped(n)),
        (1, false) => "1".to_owned(),
        (n, false) => grouped(n),
    };
    match parts.shown < parts.count || parts.more {
        true => format!("{} of {of} rows", grouped(parts.shown)),
        false if parts.count == 1 => "1 row".to_owned(),
        false => format!("{of} rows"),
    }
}

/// A number with separated thousands.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

inventory::submit! { Route {
    params: parameters_for,
    ..Route::page("/reports/{name}", "A report; with an ending such as .csv, in that format", |site, asked| {
        Box::pin(report(site, asked))
    })
} }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_easily() {
        for (n, want) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(n), want);
        }
        let parts = |shown, count, more| Parts { shown, count, more, ..Parts::default() };
        assert_eq!(count(&parts(1, 1, false), false), "1 row");
        assert_eq!(count(&parts(100, 1234, false), false), "100 of 1,234 rows");
        assert_eq!(count(&parts(100, 20_100, true), false), "100 of more than 20,100 rows");
        assert_eq!(count(&parts(0, 0, false), false), "0 rows");
    }
}
