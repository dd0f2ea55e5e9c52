//! A table in parts, for pages that have more on them than one table: heads to be made links of, rows and drawing as
//! markup that is escaped already, totals as texts.
//!
//! Not a page: the caller provides the frame and the style.

use super::cell::Cells;
use super::chart::Drawing;
use super::markup::escaped;
use crate::people::{self, Headers};
use crate::{Style, text};
use workhours_base::error::Result;
use workhours_base::table::{Cell, Column, Look, Row, Table};

/// Rows counted beyond the shown ones; beyond that, only that there are more.
const COUNTED: u64 = 20_000;

/// Rows read before the first is written, when bars need a longest.
const BLOCK: usize = 200;

/// The link of a cell within the site, if it has one.
pub type Address<'a> = dyn Fn(&Column, &Cell, &[Cell]) -> Option<String> + 'a;

/// How the parts are wanted.
pub struct Wanted<'a> {
    /// Zone, and whether detail columns are shown.
    pub style: Style,
    /// Rows that are shown.
    pub rows: u64,
    /// Begins the ids in the drawing, so that a page can have several.
    pub id: &'a str,
    /// The links of cells.
    pub address: &'a Address<'a>,
}

/// The head of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The column's name, to ask by.
    pub name: &'static str,
    /// Its name for people.
    pub text: String,
    /// Its meaning.
    pub help: &'static str,
    /// Its unit, if its name does not say it.
    pub unit: Option<&'static str>,
    /// Whether its cells are numbers.
    pub number: bool,
}

/// A table in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The heads of the columns.
    pub heads: Vec<Head>,
    /// `<tr>` elements, one for each row that is shown.
    pub rows: String,
    /// How many are shown, separators among them.
    pub shown: u64,
    /// How many there are, as far as was counted.
    pub count: u64,
    /// Whether there are more than were counted.
    pub more: bool,
    /// A `<figure>`, or nothing.
    pub drawing: String,
    /// The totals of all rows; nothing if they weren't all counted.
    pub totals: Vec<(String, String)>,
}

/// Reads a table. Only the shown rows are kept.
///
/// # Errors
/// Errors of the rows.
pub fn parts(table: &mut Table<'_>, wanted: &Wanted<'_>) -> Result<Parts> {
    let columns = table.columns.clone();
    let shown = people::columns(&columns, &wanted.style);
    let mut headers = Headers::new(&wanted.style);
    let heads = shown.iter().map(|(_, column)| head(&mut headers, column)).collect();
    let mut parts = Parts { heads, ..Parts::default() };
    let mut drawing = Drawing::new(table, &wanted.style)?;
    let mut cells = Cells::new(&shown, &wanted.style).on_a_site(wanted.address);
    let mut block = Vec::new();
    if shown.iter().any(|(_, c)| c.look == Look::Bar) {
        while block.len() < BLOCK.min(wanted.rows.try_into().unwrap_or(BLOCK)) {
            let Some(row) = text::next_row(table)? else { break };
            cells.measure(&row);
            block.push(row);
        }
    }
    let mut block = block.into_iter();
    loop {
        let Some(row) = block.next().map_or_else(|| text::next_row(table), |row| Ok(Some(row)))? else {
            break;
        };
        if parts.count == wanted.rows.saturating_add(COUNTED) {
            parts.more = true;
            break;
        }
        drawing.keep(&row);
        if parts.shown < wanted.rows {
            cells.push_row(&mut parts.rows, &row);
            parts.shown += 1;
        }
        parts.count += u64::from(matches!(row, Row::Data(_) | Row::Separator(_)));
    }
    if !parts.more {
        parts.totals = table.rows.totals();
    }
    parts.drawing = drawing.draw(wanted.id);
    Ok(parts)
}

fn head(headers: &mut Headers, column: &Column) -> Head {
    let text = headers.of(column);
    let unit = column.unit.filter(|unit| !people::tells(&text, unit));
    Head { name: column.name, text, help: column.help, unit, number: column.kind.is_number() }
}

/// A text with everything that is not plainly visible as a token: for templates, which escape it themselves.
pub fn visible(text: &str) -> String {
    people::visible(text)
}

/// A text as markup, escaped, with tokens for what cannot be seen.
pub fn markup(text: &str) -> String {
    escaped(text)
}

/// A run of numbers as a small drawing, a bar for each.
pub fn sparkline(numbers: &[f64]) -> String {
    let mut out = String::new();
    super::cell::spark(&mut out, numbers);
    out
}

/// The link of a text, if it is an address on the web.
pub fn web_address(text: &str) -> Option<String> {
    super::cell::link(text, &super::cell::WEB)
}
