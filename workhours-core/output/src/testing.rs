//! Shared by the tests of all outputs: a table with one column of each type, a pipe that closes, a store that fails.
//! Only compiled for tests.

use super::{Output, Style};
use std::io::{self, Write};
use workhours_base::error::{Error, Result};
use workhours_base::table::{Cell, Column, ColumnType, Row, Rows, Table};

/// Rows from a vector, then perhaps an error.
struct Listed(std::vec::IntoIter<Row>, Option<Error>);

impl Rows for Listed {
    fn next_row(&mut self) -> Result<Option<Row>> {
        match self.0.next() {
            Some(row) => Ok(Some(row)),
            None => self.1.take().map_or(Ok(None), Err),
        }
    }

    fn totals(&self) -> Vec<(String, String)> {
        vec![("hours".into(), "7.5".into())]
    }
}

pub(super) fn table(columns: &[Column], rows: Vec<Row>) -> Table<'static> {
    Table::new("test", columns, Listed(rows.into_iter(), None))
}

pub(super) fn failing(columns: &[Column], rows: Vec<Row>) -> Table<'static> {
    Table::new("test", columns, Listed(rows.into_iter(), Some(Error::failed("the store went away"))))
}

/// One column of each type.
pub(super) const ALL: [Column; 7] = [
    Column::new("date", ColumnType::Time, "when"),
    Column::new("title", ColumnType::Text, "what"),
    Column::new("n", ColumnType::Int, "how many"),
    Column::new("gap_minutes", ColumnType::Float, "how long"),
    Column::new("human", ColumnType::Bool, "who"),
    Column::new("tags", ColumnType::List, "which"),
    Column::detail("meta", ColumnType::Json, "the rest"),
];

/// 2024-05-01T12:03:22Z.
pub(super) const MAY_DAY: i64 = 1_714_565_002_000_000;

/// One row of every type, a gap, and a row of nulls.
pub(super) fn typical() -> Vec<Row> {
    let mut gap = vec![Cell::Null; 7];
    gap[3] = Cell::Float(42.5);
    vec![
        Row::Data(vec![
            Cell::Time(MAY_DAY),
            "say \"hi\", tab\there\nline\\end".into(),
            Cell::Int(-3),
            Cell::Float(0.1),
            Cell::Bool(true),
            Cell::List(vec!["a".into(), "b\"c".into()]),
            Cell::Json("{\"k\":\n[1,2]}".into()),
        ]),
        Row::Separator(gap),
        Row::Data(vec![Cell::Null; 7]),
    ]
}

pub(super) fn style() -> Style {
    Style { zone: chrono_tz::Europe::Oslo, width: None, color: false, all_columns: false }
}

/// An output's text for a table, and the number of data rows it reported.
pub(super) fn text(output: &dyn Output, mut table: Table<'_>, style: &Style) -> (String, u64) {
    let mut out = Vec::new();
    let written = output.write(&mut table, &mut out, style).unwrap();
    (String::from_utf8(out).unwrap(), written.rows)
}

/// A reader that closes after this many bytes.
pub(super) struct Pipe(pub(super) usize);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let n = bytes.len().min(self.0);
        self.0 -= n;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Asserts that a closed pipe is recognisable, whether it closes at once or in the middle.
pub(super) fn closed_pipe(output: &dyn Output) {
    closed_pipe_at(output, &[0, 1, 100, 100_000]);
}

/// The same after this many bytes: well-packed data needs few.
pub(super) fn closed_pipe_at(output: &dyn Output, rooms: &[usize]) {
    let times = if output.info().binary { 3_000 } else { 40_000 };
    for &room in rooms {
        let rows = (0..times).flat_map(|_| typical()).collect();
        let error = output.write(&mut table(&ALL, rows), &mut Pipe(room), &style()).unwrap_err();
        let mut bottom: &dyn std::error::Error = &error;
        while let Some(below) = bottom.source() {
            bottom = below;
        }
        let kind = bottom.downcast_ref::<io::Error>().map(io::Error::kind);
        assert_eq!(kind, Some(io::ErrorKind::BrokenPipe), "{}: {error:?}", output.info().name);
    }
}

/// Asserts that a failing store fails the output, after the rows that came.
pub(super) fn failing_store(output: &dyn Output) -> String {
    let mut out = Vec::new();
    let error = output.write(&mut failing(&ALL, typical()), &mut out, &style()).unwrap_err();
    assert_eq!(error.to_string(), "the store went away");
    let mut ragged = table(&ALL, vec![Row::Data(vec![Cell::Null; 6])]);
    let error = output.write(&mut ragged, &mut Vec::new(), &style()).unwrap_err();
    assert_eq!(error.to_string(), "test: a row of 6 cells in a table of 7 columns");
    if output.info().binary { String::new() } else { String::from_utf8(out).unwrap() }
}

#[test]
fn the_registry_is_sound() {
    let infos: Vec<_> = super::outputs().into_iter().map(|o| o.info()).collect();
    let names: Vec<_> = infos.iter().map(|i| i.name).collect();
    assert_eq!(
        names,
        [
            "arrow", "csv", "csv-safe", "html", "ics", "json", "jsonl", "markdown", "parquet", "table",
            "tsv", "xlsx"
        ]
    );
    let mut extensions: Vec<_> = infos.iter().flat_map(|i| i.extensions).collect();
    let all = extensions.len();
    extensions.sort();
    extensions.dedup();
    assert_eq!(extensions.len(), all, "one extension, one output");
    for info in infos {
        assert!(!info.summary.is_empty() && !info.summary.ends_with('.'), "{}", info.name);
        assert!(info.extensions.iter().all(|e| *e == e.to_lowercase()), "{}", info.name);
    }
    assert_eq!(super::by_extension("NDJSON").unwrap().info().name, "jsonl");
    let error = super::by_name("jsnol").err().unwrap();
    assert_eq!(error.hint_text(), Some("did you mean jsonl? see workhours --help"));
}
