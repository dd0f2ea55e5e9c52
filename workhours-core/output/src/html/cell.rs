//! Cells and rows of the page.

use super::markup::{escaped, lines};
use super::parts::Address;
use crate::{Style, people, text};
use chrono_tz::Tz;
use std::fmt::Write;
use url::Url;
use workhours_base::table::{Cell, Column, ColumnType, Look, Row};

/// Characters of a text that are seen at once; the rest is a click away.
const OPEN: usize = 400;
/// Characters shown of a longer one.
const OPENING: usize = 160;

/// The writer of rows.
pub(super) struct Cells<'c> {
    columns: Vec<(usize, &'c Column, f64)>,
    zone: Tz,
    /// On a site: where cells lead there.
    address: Option<&'c Address<'c>>,
}

impl<'c> Cells<'c> {
    pub(super) fn new(columns: &[(usize, &'c Column)], style: &Style) -> Self {
        Self {
            columns: columns.iter().map(|(i, c)| (*i, *c, 0.0)).collect(),
            zone: style.zone,
            address: None,
        }
    }

    /// For a page of a site, on which cells may link to others and name their column, and links go only to the web.
    pub(super) fn on_a_site(self, address: &'c Address<'c>) -> Self {
        Self { address: Some(address), ..self }
    }

    /// Looks for the highest number of each column that has bars.
    pub(super) fn measure(&mut self, row: &Row) {
        let (Row::Data(cells) | Row::Separator(cells)) = row;
        for (index, _, highest) in &mut self.columns {
            *highest = highest.max(cells[*index].number().unwrap_or_default());
        }
    }

    pub(super) fn push_row(&self, out: &mut String, row: &Row) {
        let (cells, open) = match row {
            Row::Data(cells) => (cells, "<tr>"),
            Row::Separator(cells) => (cells, "<tr class=\"gap\">"),
        };
        out.push_str(open);
        for (index, column, highest) in &self.columns {
            let cell = &cells[*index];
            out.push_str(match column.kind {
                ColumnType::Int | ColumnType::Float => "<td class=\"n\"",
                ColumnType::Time | ColumnType::Category | ColumnType::Bool => "<td class=\"t\"",
                _ if has_long_word(cell) => "<td class=\"x y\"",
                _ => "<td class=\"x\"",
            });
            if self.address.is_some() {
                let _ = write!(out, " data-label=\"{}\"", escaped(column.name));
            }
            out.push('>');
            match self.address.and_then(|address| address(column, cell, cells)) {
                Some(place) => {
                    let shown = escaped(&people::show(cell, "", self.zone, None));
                    let _ = write!(out, "<a href=\"{}\">{shown}</a>", escaped(&place));
                }
                None => self.push(out, cell),
            }
            if column.look == Look::Bar {
                bar(out, cell, *highest);
            }
            out.push_str("</td>");
        }
        out.push_str("</tr>\n");
    }

    fn push(&self, out: &mut String, cell: &Cell) {
        match cell {
            Cell::Text(text) => {
                let schemes: &[&str] = if self.address.is_some() { &WEB } else { &LEADING };
                push_text(out, text, link(text, schemes).as_deref());
            }
            Cell::Json(text) => push_text(out, text, None),
            Cell::List(items) => {
                for item in items {
                    let _ = write!(out, "<span class=\"tag\">{}</span>", escaped(item));
                }
            }
            Cell::Series(numbers) => spark(out, numbers),
            Cell::Time(micros) => {
                let mut utc = Vec::new();
                text::push_time(&mut utc, *micros);
                let shown = people::show(cell, "", self.zone, None);
                let utc = String::from_utf8_lossy(&utc);
                let _ = write!(out, "<time datetime=\"{}\">{}</time>", escaped(&utc), escaped(&shown));
            }
            _ => out.push_str(&escaped(&people::show(cell, "", self.zone, None))),
        }
    }
}

/// Whether there is a word in it that a column should not be as wide as.
fn has_long_word(cell: &Cell) -> bool {
    const LONG: usize = 24;
    let long =
        |text: &str| text.len() > LONG && text.split_whitespace().any(|word| word.chars().count() > LONG);
    match cell {
        Cell::Text(text) | Cell::Json(text) => long(text),
        Cell::List(items) => items.iter().any(|item| long(item)),
        _ => false,
    }
}

fn push_text(out: &mut String, text: &str, link: Option<&str>) {
    if let Some(link) = link {
        let link = escaped(link);
        let _ = write!(out, "<a href=\"{link}\" rel=\"noopener noreferrer nofollow\">{}</a>", escaped(text));
    } else if let Some((end, _)) = text.char_indices().nth(OPEN) {
        let opening = text.char_indices().nth(OPENING).map_or(end, |(at, _)| at);
        let opening = lines(&text[..opening]);
        let _ = write!(out, "<details><summary>{opening}…</summary>{}</details>", lines(text));
    } else {
        out.push_str(&lines(text));
    }
}

/// Schemes of addresses that only lead somewhere.
const LEADING: [&str; 4] = ["http", "https", "mailto", "ftp"];
/// Links to the web.
pub(super) const WEB: [&str; 2] = ["http", "https"];

/// The link of a text, if it is an address of one of these schemes.
pub(super) fn link(text: &str, schemes: &[&str]) -> Option<String> {
    let scheme = text.split_once(':')?.0;
    if !schemes.iter().any(|s| s.eq_ignore_ascii_case(scheme)) || text.contains(|c: char| c.is_whitespace()) {
        return None;
    }
    Url::parse(text).ok().filter(|url| schemes.contains(&url.scheme())).map(String::from)
}

fn bar(out: &mut String, cell: &Cell, highest: f64) {
    let part = cell.number().filter(|n| *n > 0.0 && highest > 0.0).map_or(0.0, |n| n / highest);
    let (width, beyond) = ((part * 100.0).min(100.0), part > 1.0);
    out.push_str(
        "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">",
    );
    // A longer one shows a cut near its end.
    let _ = match beyond {
        true => write!(out, "<path d=\"M0 0H88L84 10H0zM92 0H100V10H88z\"/>"),
        false => write!(out, "<rect width=\"{width:.1}\" height=\"10\"/>"),
    };
    out.push_str("</svg>");
}

pub(super) fn spark(out: &mut String, numbers: &[f64]) {
    let finite = || numbers.iter().copied().filter(|n| n.is_finite());
    let (low, high) = (finite().fold(0.0, f64::min), finite().fold(0.0, f64::max));
    let mut scratch = Vec::new();
    let series = Cell::Series(numbers.to_vec());
    let values = String::from_utf8_lossy(text::bare(&series, "", &mut scratch)).replace(';', ", ");
    let width = numbers.len().max(1) * 5;
    let _ = write!(
        out,
        "<svg class=\"spark\" viewBox=\"0 0 {width} 16\" width=\"{width}\" role=\"img\"><title>{values}</title>"
    );
    for (i, n) in numbers.iter().enumerate().filter(|(_, n)| n.is_finite()) {
        let part = (n / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
        let height = if part.is_finite() { 1.0 + part * 15.0 } else { 1.0 };
        let (x, y) = (i * 5, 16.0 - height);
        let _ = write!(out, "<rect x=\"{x}\" y=\"{y:.1}\" width=\"4\" height=\"{height:.1}\"/>");
    }
    out.push_str("</svg>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_lead_somewhere_are_links() {
        for (text, want) in [
            ("https://example.org/a?b=1&c", Some("https://example.org/a?b=1&c")),
            ("HTTP://EXAMPLE.org", Some("http://example.org/")),
            ("mailto:ada@example.org", Some("mailto:ada@example.org")),
            ("ftp://example.org/x", Some("ftp://example.org/x")),
            ("https://example.org/\u{202e}\"><b>", Some("https://example.org/%E2%80%AE%22%3E%3Cb%3E")),
            ("javascript:alert(1)", None),
            ("JaVaScRiPt:alert(1)", None),
            ("java\nscript:alert(1)", None),
            ("\u{1}javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("file:///etc/passwd", None),
            ("see https://example.org", None),
            ("https://example.org x", None),
            ("https:", None),
            ("http", None),
        ] {
            assert_eq!(link(text, &LEADING).as_deref(), want, "{text}");
        }
    }
}
