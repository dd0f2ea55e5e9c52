//! The typed table: the result of every report and the input of every output.
//!
//! Rows are pulled one at a time, so a table of ten million rows is never in memory. Not a data frame:
//! nothing here sorts, groups or remembers.

mod ahead;
mod column;

pub use ahead::ahead;
pub use column::{Column, ColumnType, Look};

use crate::Text;
use crate::error::Result;

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing known.
    Null,
    /// Text, also that of a [`ColumnType::Category`].
    Text(Text),
    /// An integer.
    Int(i64),
    /// A number.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// µs since the Unix epoch.
    Time(i64),
    /// A list of texts.
    List(Vec<String>),
    /// A short run of numbers.
    Series(Vec<f64>),
    /// JSON text.
    Json(Text),
}

impl Cell {
    /// The cell as a number, if it is one that can be drawn.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Int(n) => Some(*n as f64),
            Self::Float(n) => Some(*n).filter(|n| n.is_finite()),
            _ => None,
        }
    }
}

impl From<Option<Text>> for Cell {
    fn from(text: Option<Text>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Null, Self::from)
    }
}

impl From<Option<i64>> for Cell {
    fn from(n: Option<i64>) -> Self {
        n.map_or(Self::Null, Self::Int)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// An ordinary row: as many cells as there are columns.
    Data(Vec<Cell>),
    /// A row that separates the rows around it, such as a gap. Text outputs print its nulls as `--------`, JSON prints
    /// only non-null cells, typed outputs print the nulls.
    Separator(Vec<Cell>),
}

/// The source of rows.
pub trait Rows {
    /// The next row, or `None` at the end.
    ///
    /// # Errors
    /// Database errors.
    fn next_row(&mut self) -> Result<Option<Row>>;

    /// Known once all rows were taken: label and value, for people.
    fn totals(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// How outputs with charts draw a table. The names are those of its columns. A row with a null in one of them isn't a
/// point of the chart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chart {
    /// Not at all.
    #[default]
    None,
    /// A bar for each `x`, in the order of the rows, as long as `y`. With `series`, rows of one `x` are parts of
    /// one bar and each series has a colour.
    Bars {
        /// The bars: any column.
        x: &'static str,
        /// How long they are: a number.
        y: &'static str,
        /// What divides a bar into parts.
        series: Option<&'static str>,
    },
    /// A field for each pair of `x` and `y`, the darker the higher `value`.
    Heat {
        /// Across: any column. Integers are sorted, other values keep their order.
        x: &'static str,
        /// Downwards, likewise.
        y: &'static str,
        /// A number.
        value: &'static str,
    },
    /// A field for each day, in columns of weeks, the darker the higher `value`.
    Calendar {
        /// The day: a time, or a text that begins like `2026-03-10`.
        day: &'static str,
        /// A number.
        value: &'static str,
    },
}

impl Chart {
    /// The columns it is drawn from.
    pub fn columns(&self) -> Vec<&'static str> {
        match *self {
            Self::None => Vec::new(),
            Self::Bars { x, y, series } => [x, y].into_iter().chain(series).collect(),
            Self::Heat { x, y, value } => vec![x, y, value],
            Self::Calendar { day, value } => vec![day, value],
        }
    }
}

/// A note on a result, with a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// One sentence without a full stop.
    pub text: String,
    /// The hint.
    pub hint: Option<String>,
}

impl Note {
    /// A note without a hint.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), hint: None }
    }

    /// The same with a hint.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// Columns and a stream of rows.
pub struct Table<'a> {
    /// Its name: the report's name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Box<dyn Rows + 'a>,
    /// Its chart.
    pub chart: Chart,
    /// Notes on it.
    pub notes: Vec<Note>,
}

impl<'a> Table<'a> {
    /// A table whose rows come one at a time, without a chart.
    pub fn new(name: impl Into<String>, columns: &[Column], rows: impl Rows + 'a) -> Self {
        Self {
            name: name.into(),
            columns: columns.to_vec(),
            rows: Box::new(rows),
            chart: Chart::None,
            notes: Vec::new(),
        }
    }

    /// The same table, drawn like this by outputs that draw.
    pub fn drawn(self, chart: Chart) -> Self {
        Self { chart, ..self }
    }

    /// The same table with these notes.
    pub fn noted(mut self, notes: Vec<Note>) -> Self {
        self.notes.extend(notes);
        self
    }
}

/// A table that is small and already there.
pub struct Ready(std::vec::IntoIter<Row>);

impl Rows for Ready {
    fn next_row(&mut self) -> Result<Option<Row>> {
        Ok(self.0.next())
    }
}

impl Table<'static> {
    /// A table of rows that are already there.
    pub fn ready(name: impl Into<String>, columns: &[Column], rows: Vec<Vec<Cell>>) -> Self {
        let rows: Vec<Row> = rows.into_iter().map(Row::Data).collect();
        Self::new(name, columns, Ready(rows.into_iter()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_names_its_columns() {
        let bars = |series| Chart::Bars { x: "day", y: "hours", series };
        assert_eq!(bars(Some("project")).columns(), ["day", "hours", "project"]);
        assert_eq!(bars(None).columns(), ["day", "hours"]);
        assert_eq!(Chart::Heat { x: "hour", y: "weekday", value: "n" }.columns(), ["hour", "weekday", "n"]);
        assert_eq!(Chart::Calendar { day: "day", value: "n" }.columns(), ["day", "n"]);
        assert!(Table::ready("t", &[], vec![]).chart.columns().is_empty());
    }

    #[test]
    fn numbers_that_can_be_drawn() {
        for (cell, want) in [
            (Cell::Int(-3), Some(-3.0)),
            (Cell::Float(0.5), Some(0.5)),
            (Cell::Float(f64::NAN), None),
            (Cell::Null, None),
            ("7".into(), None),
        ] {
            assert_eq!(cell.number(), want);
        }
    }
}
