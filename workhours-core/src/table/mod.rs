//! The typed table: what every report gives and every output writes.
//!
//! Rows are pulled one at a time, so a table of ten million rows is never in memory. Not a data frame:
//! nothing here sorts, groups or remembers.

use crate::error::Result;

/// The type of a column's cells. Every cell of a column is of its type or [`Cell::Null`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Text.
    Text,
    /// 64-bit integer.
    Int,
    /// 64-bit float.
    Float,
    /// Yes or no.
    Bool,
    /// A point in time, µs since the Unix epoch.
    Time,
    /// A list of texts.
    List,
    /// An object or array, as JSON text.
    Json,
}

/// A column: what it is called, what it holds, and whether a person wants to see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name; the same in every output.
    pub name: &'static str,
    /// What its cells are.
    pub kind: ColumnType,
    /// One line on what it means, with its unit.
    pub help: &'static str,
    /// Left out where width is dear: the terminal's table.
    pub detail: bool,
}

impl Column {
    /// A column everyone sees.
    pub const fn new(name: &'static str, kind: ColumnType, help: &'static str) -> Self {
        Self { name, kind, help, detail: false }
    }

    /// A column only data outputs show.
    pub const fn detail(name: &'static str, kind: ColumnType, help: &'static str) -> Self {
        Self { name, kind, help, detail: true }
    }
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing known.
    Null,
    /// Text.
    Text(String),
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
    /// JSON text.
    Json(String),
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl From<Option<i64>> for Cell {
    fn from(n: Option<i64>) -> Self {
        n.map_or(Self::Null, Self::Int)
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
    /// A row that divides the rows around it, such as a gap. Text outputs print its nulls as `--------`,
    /// JSON prints only what is not null, typed outputs print the nulls.
    Separator(Vec<Cell>),
}

/// Where rows come from.
pub trait Rows {
    /// The next row, or `None` at the end.
    ///
    /// # Errors
    /// What the store reports.
    fn next_row(&mut self) -> Result<Option<Row>>;

    /// What is known once all rows were taken: label and value, for people.
    fn totals(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// Columns and a stream of rows.
pub struct Table<'a> {
    /// What it is called: the report's name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Box<dyn Rows + 'a>,
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
        Self { name: name.into(), columns: columns.to_vec(), rows: Box::new(Ready(rows.into_iter())) }
    }
}
