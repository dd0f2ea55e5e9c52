//! `html`: one page that needs nothing else: no other file, no network, and no script to be read.
//!
//! For people: local time, detail columns left out. Rows are written as they arrive; the chart, made from the first
//! [`chart::MAX_POINTS`] points, comes after them in the file and is moved above them by the style. The page's policy allows
//! only its own style and script by their hashes, so that even text that got past the escaping could neither run nor
//! load anything.

mod bars;
mod cell;
mod chart;
mod fields;
mod markup;
mod parts;

pub use parts::{Address, Head, Parts, Wanted, markup, parts, sparkline, visible, web_address};

use self::cell::Cells;
use self::chart::Drawing;
use self::markup::{base64, escaped};
use super::people::{self, Headers};
use super::text::{self, BUFFER_BYTES};
use super::{Output, OutputEntry, OutputInfo, Style, Written};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use workhours_base::error::Result;
use workhours_base::table::{Look, Row, Table};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("sort.js");

/// Rows read before the first is written, when bars need a longest.
const BLOCK: usize = 200;

struct Html;

inventory::submit! { OutputEntry(&Html) }

impl Output for Html {
    fn info(&self) -> &'static OutputInfo {
        &OutputInfo {
            name: "html",
            extensions: &["html", "htm"],
            summary: "one page for a browser, with a drawing where there is one, in local time",
            binary: false,
        }
    }

    fn write(&self, table: &mut Table<'_>, out: &mut dyn Write, style: &Style) -> Result<Written> {
        let mut writer = BufWriter::with_capacity(BUFFER_BYTES, out);
        let columns = table.columns.clone();
        let shown = people::columns(&columns, style);
        let mut drawing = Drawing::new(table, style)?;
        let mut cells = Cells::new(&shown, style);
        let mut page = String::new();
        begin(&mut page, &table.name);
        head(&mut page, &shown, style);

        let bars = shown.iter().any(|(_, c)| c.look == Look::Bar);
        let mut block = Vec::new();
        let mut error = None;
        while bars && block.len() < BLOCK && error.is_none() {
            match text::next_row(table) {
                Ok(Some(row)) => block.push(row),
                Ok(None) => break,
                Err(e) => error = Some(e),
            }
        }
        block.iter().for_each(|row| cells.measure(row));
        let mut rows = 0_u64;
        let mut waiting = block.into_iter();
        loop {
            let row = match waiting.next() {
                Some(row) => row,
                // Only now: the rows that came before the trouble have been written.
                None => match error.take().map_or_else(|| text::next_row(table), Err)? {
                    Some(row) => row,
                    None => break,
                },
            };
            rows += u64::from(matches!(row, Row::Data(_)));
            drawing.keep(&row);
            cells.push_row(&mut page, &row);
            text::written(writer.write_all(page.as_bytes()))?;
            page.clear();
        }
        end(&mut page, rows, &table.rows.totals(), &drawing.draw("chart"));
        text::written(writer.write_all(page.as_bytes()).and_then(|()| writer.flush()))?;
        Ok(Written::rows(rows))
    }
}

/// The hash by which a policy identifies a style or script.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", base64(&Sha256::digest(text.as_bytes())))
}

fn begin(page: &mut String, name: &str) {
    let name = escaped(name);
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; script-src {}; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"generator\" content=\"workhours\">\n\
         <title>{name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{name}</h1>\n",
        hash(STYLE),
        hash(SCRIPT),
    );
}

fn head(page: &mut String, columns: &[(usize, &workhours_base::table::Column)], style: &Style) {
    let mut headers = Headers::new(style);
    page.push_str(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"rows\">\n<table>\n<thead><tr>",
    );
    for (_, column) in columns {
        let header = headers.of(column);
        let class = if column.kind.is_number() { " class=\"n\"" } else { "" };
        let _ =
            write!(page, "<th scope=\"col\"{class} title=\"{}\">{}", escaped(column.help), escaped(&header));
        if let Some(unit) = column.unit.filter(|unit| !people::tells(&header, unit)) {
            let _ = write!(page, " <small>{}</small>", escaped(unit));
        }
        page.push_str("</th>");
    }
    page.push_str("</tr></thead>\n<tbody>\n");
}

fn end(page: &mut String, rows: u64, totals: &[(String, String)], drawing: &str) {
    let rows = if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
    let _ = write!(page, "</tbody>\n</table>\n</div>\n<p class=\"note\">{rows}</p>\n{drawing}");
    if !totals.is_empty() {
        page.push_str("<dl>");
        for (label, value) in totals {
            let _ = write!(page, "<div><dt>{}</dt><dd>{}</dd></div>", escaped(label), escaped(value));
        }
        page.push_str("</dl>\n");
    }
    let _ = write!(page, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n");
}

#[cfg(test)]
mod tests;
