//! `tsv`: tab-separated values with a header row; exactly one line a row.
//!
//! Nothing is quoted. In cells a tab is written `\t`, a newline `\n`, a carriage return `\r` and a backslash
//! `\\`, so that `cut`, `sort` and `awk` never see a cell's own tab or line end, and reading back is exact.
//! Not for readers that expect CSV's quotes.

use super::text::{self, BUFFER_BYTES, DASHES};
use super::{Output, OutputEntry, OutputInfo, Style, Written};
use std::io::{BufWriter, Write};
use workhours_base::error::Result;
use workhours_base::table::{Row, Table};

struct Tsv;

inventory::submit! { OutputEntry(&Tsv) }

impl Output for Tsv {
    fn info(&self) -> &'static OutputInfo {
        &OutputInfo {
            name: "tsv",
            extensions: &["tsv", "tab"],
            summary: "tab-separated values with a header, one line a row, \\t \\n \\r \\\\ escaped",
            binary: false,
        }
    }

    fn write(&self, table: &mut Table<'_>, out: &mut dyn Write, _style: &Style) -> Result<Written> {
        let mut writer = BufWriter::with_capacity(BUFFER_BYTES, out);
        let (mut line, mut scratch) = (Vec::new(), Vec::new());
        let mut rows = 0;
        for column in &table.columns {
            push_escaped(&mut line, column.name.as_bytes());
            line.push(b'\t');
        }
        text::written(end_line(&mut writer, &mut line))?;
        while let Some(row) = text::next_row(table)? {
            let (cells, null) = match &row {
                Row::Data(cells) => (cells, ""),
                Row::Separator(cells) => (cells, DASHES),
            };
            rows += u64::from(matches!(row, Row::Data(_)));
            for cell in cells {
                push_escaped(&mut line, text::bare(cell, null, &mut scratch));
                line.push(b'\t');
            }
            text::written(end_line(&mut writer, &mut line))?;
        }
        text::written(writer.flush())?;
        Ok(Written::rows(rows))
    }
}

/// Turns the tab after the last cell into the line's end.
fn end_line(writer: &mut impl Write, line: &mut Vec<u8>) -> std::io::Result<()> {
    line.pop();
    line.push(b'\n');
    writer.write_all(line)?;
    line.clear();
    Ok(())
}

fn push_escaped(line: &mut Vec<u8>, cell: &[u8]) {
    // Whole runs between the rare bytes to escape, so that an ordinary cell is one copy.
    let mut from = 0;
    for (at, byte) in cell.iter().enumerate() {
        let escape = match byte {
            b'\t' => b't',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\\' => b'\\',
            _ => continue,
        };
        line.extend_from_slice(&cell[from..at]);
        line.extend_from_slice(&[b'\\', escape]);
        from = at + 1;
    }
    line.extend_from_slice(&cell[from..]);
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ALL, closed_pipe, failing_store, style, table, text, typical};
    use super::*;

    const HEADER: &str = "date\ttitle\tn\tgap_minutes\thuman\ttags\tmeta\n";

    #[test]
    fn every_type_and_a_gap() {
        let (got, rows) = text(&Tsv, table(&ALL, typical()), &style());
        let want = HEADER.to_owned()
            + "2024-05-01T12:03:22Z\tsay \"hi\", tab\\there\\nline\\\\end\t-3\t0.1\ttrue\ta;b\"c\t{\"k\":\\n[1,2]}\n"
            + "--------\t--------\t--------\t42.5\t--------\t--------\t--------\n"
            + "\t\t\t\t\t\t\n";
        assert_eq!((got, rows), (want, 2));
    }

    #[test]
    fn an_empty_table_is_its_header() {
        assert_eq!(text(&Tsv, table(&ALL, vec![]), &style()), (HEADER.to_owned(), 0));
    }

    #[test]
    fn escapes() {
        for (cell, want) in [
            ("", ""),
            ("plain", "plain"),
            ("\t", "\\t"),
            ("a\nb", "a\\nb"),
            ("\r\n", "\\r\\n"),
            ("\\n", "\\\\n"),
            ("\\\\\t\t", "\\\\\\\\\\t\\t"),
            ("\0\u{1b}[31m\u{202e}æ", "\0\u{1b}[31m\u{202e}æ"),
        ] {
            let mut line = Vec::new();
            push_escaped(&mut line, cell.as_bytes());
            assert_eq!(String::from_utf8(line).unwrap(), want);
        }
    }

    #[test]
    fn pipes_and_stores_that_go_away() {
        closed_pipe(&Tsv);
        assert_eq!(failing_store(&Tsv).lines().count(), 4);
    }
}
