//! `json`: one array, one object a line; and the encoder of objects that `jsonl` shares.
//!
//! Streamed: when the rows fail half-way the array stays open, so that half an export cannot pass for a whole
//! one. Not the REST API's envelope, and no totals: those are for people.

use super::text::{self, BUFFER_BYTES};
use super::{Output, OutputEntry, OutputInfo, Style, Written};
use std::io::{BufWriter, Write};
use workhours_base::error::Result;
use workhours_base::table::{Cell, Column, Row, Table};

struct Json;

inventory::submit! { OutputEntry(&Json) }

impl Output for Json {
    fn info(&self) -> &'static OutputInfo {
        &OutputInfo {
            name: "json",
            extensions: &["json"],
            summary: "one JSON array of objects, one object a line",
            binary: false,
        }
    }

    fn write(&self, table: &mut Table<'_>, out: &mut dyn Write, _style: &Style) -> Result<Written> {
        let mut writer = BufWriter::with_capacity(BUFFER_BYTES, out);
        let objects = Objects::new(&table.columns);
        let mut line = Vec::new();
        let (mut rows, mut before) = (0, "[\n");
        while let Some(row) = text::next_row(table)? {
            line.clear();
            line.extend_from_slice(before.as_bytes());
            objects.push(&mut line, &row);
            text::written(writer.write_all(&line))?;
            rows += u64::from(matches!(row, Row::Data(_)));
            before = ",\n";
        }
        let end: &[u8] = if before == "[\n" { b"[]\n" } else { b"\n]\n" };
        text::written(writer.write_all(end).and_then(|()| writer.flush()))?;
        Ok(Written::rows(rows))
    }
}

/// The first rows of a table as objects, for callers that add an envelope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonRows {
    /// Objects with commas between, without the brackets.
    pub objects: String,
    /// How many.
    pub rows: u64,
    /// Whether the table has more rows.
    pub more: bool,
    /// The totals of all rows; nothing if there are more.
    pub totals: Vec<(String, String)>,
}

/// Takes at most this many rows of a table.
///
/// # Errors
/// Errors of the rows.
pub fn page(table: &mut Table<'_>, most: u64) -> Result<JsonRows> {
    let objects = Objects::new(&table.columns);
    let (mut page, mut line) = (JsonRows::default(), Vec::new());
    while let Some(row) = text::next_row(table)? {
        if page.rows == most {
            page.more = true;
            return Ok(page);
        }
        line.clear();
        objects.push(&mut line, &row);
        if page.rows > 0 {
            page.objects.push(',');
        }
        // Text made from texts is text.
        page.objects.push_str(&String::from_utf8_lossy(&line));
        page.rows += 1;
    }
    page.totals = table.rows.totals();
    Ok(page)
}

/// The encoder of rows as objects. Spaced like `{"a": 1, "b": null}`, always on one line.
pub(super) struct Objects {
    /// For each column `"name": `, escaped once, and whether a separator row may show it.
    keys: Vec<(Vec<u8>, bool)>,
}

impl Objects {
    /// For rows of these columns.
    pub(super) fn new(columns: &[Column]) -> Self {
        let key = |column: &Column| {
            let mut key = Vec::new();
            push_string(&mut key, column.name);
            key.extend_from_slice(b": ");
            // A separator only says how long the gap is; its form shows what kind of row it is.
            (key, column.name != "row_kind")
        };
        Self { keys: columns.iter().map(key).collect() }
    }

    /// Appends the row: all cells of a data row, only the non-null ones of a separator.
    pub(super) fn push(&self, out: &mut Vec<u8>, row: &Row) {
        let (cells, separator) = match row {
            Row::Data(cells) => (cells, false),
            Row::Separator(cells) => (cells, true),
        };
        out.push(b'{');
        let start = out.len();
        for (cell, (key, in_separator)) in cells.iter().zip(&self.keys) {
            if separator && (*cell == Cell::Null || !in_separator) {
                continue;
            }
            if out.len() > start {
                out.extend_from_slice(b", ");
            }
            out.extend_from_slice(key);
            push_value(out, cell);
        }
        out.push(b'}');
    }
}

/// Appends one cell.
pub fn push_value(out: &mut Vec<u8>, cell: &Cell) {
    match cell {
        Cell::Null => out.extend_from_slice(b"null"),
        Cell::Text(text) => push_string(out, text),
        Cell::Int(n) => text::push_int(out, *n),
        Cell::Float(n) if n.is_finite() => text::push_float(out, *n),
        Cell::Float(_) => out.extend_from_slice(b"null"),
        Cell::Bool(yes) => out.extend_from_slice(if *yes { b"true" } else { b"false" }),
        Cell::Time(micros) => {
            out.push(b'"');
            text::push_time(out, *micros);
            out.push(b'"');
        }
        Cell::List(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.extend_from_slice(b", ");
                }
                push_string(out, item);
            }
            out.push(b']');
        }
        Cell::Series(numbers) => {
            out.push(b'[');
            for (i, n) in numbers.iter().enumerate() {
                if i > 0 {
                    out.extend_from_slice(b", ");
                }
                push_value(out, &Cell::Float(*n));
            }
            out.push(b']');
        }
        Cell::Json(json) if serde_json::from_str::<serde_json::Value>(json).is_ok() => push_json(out, json),
        Cell::Json(broken) => push_string(out, broken),
    }
}

/// Appends valid JSON unchanged, with its order and spelling of numbers, but on one line: outside of strings, which
/// must escape them, line ends are only white space.
fn push_json(out: &mut Vec<u8>, json: &str) {
    let from = out.len();
    out.extend_from_slice(json.trim().as_bytes());
    for byte in &mut out[from..] {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

fn push_string(out: &mut Vec<u8>, text: &str) {
    // Neither a str nor a Vec can fail here.
    let _ = serde_json::to_writer(out, text);
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ALL, closed_pipe, failing_store, style, table, text, typical};
    use super::*;
    use workhours_base::table::ColumnType;

    fn value(cell: Cell) -> String {
        let mut out = Vec::new();
        push_value(&mut out, &cell);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_type_and_a_gap() {
        let (got, rows) = text(&Json, table(&ALL, typical()), &style());
        let want = concat!(
            "[\n",
            r#"{"date": "2024-05-01T12:03:22Z", "title": "say \"hi\", tab\there\nline\\end", "n": -3, "#,
            r#""gap_minutes": 0.1, "human": true, "tags": ["a", "b\"c"], "meta": {"k": [1,2]}},"#,
            "\n{\"gap_minutes\": 42.5},\n",
            r#"{"date": null, "title": null, "n": null, "gap_minutes": null, "human": null, "tags": null, "#,
            r#""meta": null}"#,
            "\n]\n",
        );
        assert_eq!((got.as_str(), rows), (want, 2));
        assert!(serde_json::from_str::<serde_json::Value>(&got).is_ok());
    }

    #[test]
    fn an_empty_table_is_an_empty_array() {
        assert_eq!(text(&Json, table(&ALL, vec![]), &style()), ("[]\n".to_owned(), 0));
    }

    #[test]
    fn a_separator_does_not_say_its_kind() {
        let columns = [
            Column::new("row_kind", ColumnType::Text, ""),
            Column::new("gap_minutes", ColumnType::Float, ""),
        ];
        let cells = vec!["gap".into(), Cell::Float(42.5)];
        let rows = vec![Row::Separator(cells.clone()), Row::Data(cells)];
        let want = "[\n{\"gap_minutes\": 42.5},\n{\"row_kind\": \"gap\", \"gap_minutes\": 42.5}\n]\n";
        assert_eq!(text(&Json, table(&columns, rows), &style()).0, want);
    }

    #[test]
    fn values() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        for (cell, want) in [
            (Cell::Float(f64::NAN), "null"),
            (Cell::Float(f64::INFINITY), "null"),
            (Cell::Float(-0.0), "-0.0"),
            (Cell::Float(1e300), "1e300"),
            (Cell::Int(i64::MAX), "9223372036854775807"),
            (Cell::List(vec![]), "[]"),
            (Cell::Series(vec![]), "[]"),
            (Cell::Series(vec![1.0, f64::NAN, 0.5]), "[1.0, null, 0.5]"),
            ("\0\u{1b}[31m\u{7f}\u{202e}\r\t".into(), "\"\\u0000\\u001b[31m\u{7f}\u{202e}\\r\\t\""),
            (Cell::Json(" {\"b\": 1.00,\r\n\"a\": \"\\n\"}\n".into()), "{\"b\": 1.00,  \"a\": \"\\n\"}"),
            (Cell::Json("1e2".into()), "1e2"),
            (Cell::Json("".into()), "\"\""),
            (Cell::Json("{\"a\":".into()), "\"{\\\"a\\\":\""),
            (Cell::Json("1}, {".into()), "\"1}, {\""),
            (Cell::Json("NaN".into()), "\"NaN\""),
            (Cell::Json("\"\\ud800\"".into()), "\"\\\"\\\\ud800\\\"\""),
            (Cell::Json(deep.as_str().into()), &format!("\"{deep}\"")),
        ] {
            assert_eq!(value(cell), want);
        }
    }

    #[test]
    fn half_an_export_is_not_an_array() {
        closed_pipe(&Json);
        let got = failing_store(&Json);
        assert!(got.starts_with("[\n{") && !got.contains("\n]"), "{got}");
    }
}
