//! What the outputs for people share: the shown columns, their heads, and the text of cells.
//!
//! Not for programs: times are local, floats have two decimals, and invisible characters become tokens.

use super::blocks::sparkline;
use super::visible::push_visible;
use super::{Style, text};
use chrono::DateTime;
use chrono_tz::Tz;
use std::fmt::Write as _;
use workhours_base::table::{Cell, Column, ColumnType};

/// The visible columns and their places in the table: no details, unless they are requested or there is nothing else.
pub(super) fn columns<'c>(columns: &'c [Column], style: &Style) -> Vec<(usize, &'c Column)> {
    let all = style.all_columns || columns.iter().all(|c| c.detail);
    columns.iter().enumerate().filter(|(_, c)| all || !c.detail).collect()
}

/// Names of columns; the first one with times says their zone.
pub(super) struct Headers(Option<&'static str>);

impl Headers {
    pub(super) fn new(style: &Style) -> Self {
        Self(Some(style.zone.name()))
    }

    /// The head of a column. Call it once for each column, in order.
    pub(super) fn of(&mut self, column: &Column) -> String {
        let mut header = String::new();
        push_visible(&mut header, column.name, None);
        if column.kind == ColumnType::Time
            && let Some(zone) = self.0.take()
        {
            let _ = write!(header, " ({zone})");
        }
        header
    }
}

/// A cell as people read it, with nothing in it that a terminal would obey. With `columns` it may stop once there is
/// more than fits.
pub(super) fn show(cell: &Cell, null: &str, zone: Tz, columns: Option<usize>) -> String {
    match cell {
        Cell::Null => null.to_owned(),
        Cell::Float(n) if *n == 0.0 || (0.005..1e15).contains(&n.abs()) => format!("{n:.2}"),
        Cell::Float(n) if n.is_finite() => format!("{n:.2e}"),
        Cell::Time(micros) => local(*micros, zone).unwrap_or_else(|| bare(cell, null, None)),
        Cell::Series(numbers) => sparkline(numbers),
        Cell::Text(_) | Cell::List(_) | Cell::Json(_) => bare(cell, null, columns),
        Cell::Float(_) | Cell::Int(_) | Cell::Bool(_) => bare(cell, null, None),
    }
}

fn bare(cell: &Cell, null: &str, columns: Option<usize>) -> String {
    let (mut out, mut scratch) = (String::new(), Vec::new());
    let text = String::from_utf8_lossy(text::bare(cell, null, &mut scratch));
    push_visible(&mut out, &text, columns);
    out
}

/// A time in the years 1 to 9998, for which four digits are enough in any zone. Others are written in UTC, marked as
/// such.
fn local(micros: i64, zone: Tz) -> Option<String> {
    let plain = (-62_135_596_800_000_000..253_370_764_800_000_000).contains(&micros);
    let time = DateTime::from_timestamp_micros(micros).filter(|_| plain)?;
    Some(time.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string())
}

/// A text with everything that is not plainly visible as a token: nothing a terminal would obey, nothing that makes one
/// text look like another.
pub fn visible(text: &str) -> String {
    let mut out = String::new();
    push_visible(&mut out, text, None);
    out
}

/// Whether a column's name already contains its unit: `gap_minutes`, `size_bytes`.
pub(super) fn tells(name: &str, unit: &str) -> bool {
    name.split(['_', ' ']).any(|word| word == unit || (unit == "min" && word == "minutes"))
        || (unit == "h" && name.split('_').any(|word| word == "hours"))
}
