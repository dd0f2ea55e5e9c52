//! `jsonl`: one JSON object a line, for `jq`, log shippers and line-wise programs.
//!
//! The objects are those of `json`; only the separators differ. An empty table is an empty output.

use super::json::Objects;
use super::text::{self, BUFFER_BYTES};
use super::{Output, OutputEntry, OutputInfo, Style, Written};
use std::io::{BufWriter, Write};
use workhours_base::error::Result;
use workhours_base::table::{Row, Table};

struct JsonLines;

inventory::submit! { OutputEntry(&JsonLines) }

impl Output for JsonLines {
    fn info(&self) -> &'static OutputInfo {
        &OutputInfo {
            name: "jsonl",
            extensions: &["jsonl", "ndjson"],
            summary: "one JSON object a line",
            binary: false,
        }
    }

    fn write(&self, table: &mut Table<'_>, out: &mut dyn Write, _style: &Style) -> Result<Written> {
        let mut writer = BufWriter::with_capacity(BUFFER_BYTES, out);
        let objects = Objects::new(&table.columns);
        let mut line = Vec::new();
        let mut rows = 0;
        while let Some(row) = text::next_row(table)? {
            line.clear();
            objects.push(&mut line, &row);
            line.push(b'\n');
            text::written(writer.write_all(&line))?;
            rows += u64::from(matches!(row, Row::Data(_)));
        }
        text::written(writer.flush())?;
        Ok(Written::rows(rows))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ALL, closed_pipe, failing_store, style, table, text, typical};
    use super::*;
    use workhours_base::table::Cell;

    #[test]
    fn every_type_and_a_gap() {
        let (got, rows) = text(&JsonLines, table(&ALL, typical()), &style());
        let want = concat!(
            r#"{"date": "2024-05-01T12:03:22Z", "title": "say \"hi\", tab\there\nline\\end", "n": -3, "#,
            r#""gap_minutes": 0.1, "human": true, "tags": ["a", "b\"c"], "meta": {"k": [1,2]}}"#,
            "\n{\"gap_minutes\": 42.5}\n",
            r#"{"date": null, "title": null, "n": null, "gap_minutes": null, "human": null, "tags": null, "#,
            r#""meta": null}"#,
            "\n",
        );
        assert_eq!((got.as_str(), rows), (want, 2));
    }

    #[test]
    fn one_line_a_row_whatever_is_in_it() {
        let cells = |text: &str| {
            let mut cells = vec![Cell::Null; 7];
            cells[1] = text.into();
            cells[5] = Cell::List(vec![text.into()]);
            cells[6] = Cell::Json(text.into());
            Row::Data(cells)
        };
        let hostile = ["\n", "\r\n", "\0", "\u{1b}[31m", "\u{202e}x", "\"", "\\", "{\n}", "[1,\r2]\n"];
        let (got, rows) = text(&JsonLines, table(&ALL, hostile.map(cells).to_vec()), &style());
        assert_eq!(rows as usize, hostile.len());
        assert_eq!(got.lines().count(), hostile.len());
        for (line, want) in got.lines().zip(hostile) {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!((&object["title"], &object["tags"][0]), (&want.into(), &want.into()));
        }
    }

    #[test]
    fn an_empty_table_is_an_empty_output() {
        assert_eq!(text(&JsonLines, table(&ALL, vec![]), &style()), (String::new(), 0));
    }

    #[test]
    fn pipes_and_stores_that_go_away() {
        closed_pipe(&JsonLines);
        assert_eq!(failing_store(&JsonLines).lines().count(), 3);
    }
}
