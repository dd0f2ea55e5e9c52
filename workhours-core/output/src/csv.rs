//! `csv`: comma-separated values with a header row, quoted as in RFC 4180.
//!
//! Lines end in LF, not RFC 4180's CRLF: the data goes to `cut`, `awk` and `wc` as often as to a spreadsheet,
//! and every reader of the format takes both. Cells are written as they are, control characters too: this is
//! for programs, not for terminals, and a cell that begins with `=` is not disarmed for spreadsheets. That is what
//! `csv-safe` is for.

use super::records::Records;
use super::text::{self, DASHES};
use super::{Output, OutputEntry, OutputInfo, Style, Written};
use std::io::Write;
use workhours_base::error::Result;
use workhours_base::table::{Row, Table};

struct Csv;

inventory::submit! { OutputEntry(&Csv) }

impl Output for Csv {
    fn info(&self) -> &'static OutputInfo {
        &OutputInfo {
            name: "csv",
            extensions: &["csv"],
            summary: "comma-separated values with a header, cells as they are, for programs",
            binary: false,
        }
    }

    fn write(&self, table: &mut Table<'_>, out: &mut dyn Write, _style: &Style) -> Result<Written> {
        let mut records = Records::new(out, "\n");
        let mut scratch = Vec::new();
        let mut rows = 0;
        table.columns.iter().for_each(|column| records.field(column.name.as_bytes()));
        text::written(records.end())?;
        while let Some(row) = text::next_row(table)? {
            let (cells, null) = match &row {
                Row::Data(cells) => (cells, ""),
                Row::Separator(cells) => (cells, DASHES),
            };
            rows += u64::from(matches!(row, Row::Data(_)));
            for cell in cells {
                let bare = text::bare(cell, null, &mut scratch);
                match text::is_words(cell) {
                    true => records.field(bare),
                    false => records.plain(bare),
                }
            }
            text::written(records.end())?;
        }
        text::written(records.finish())?;
        Ok(Written::rows(rows))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ALL, closed_pipe, failing_store, style, table, text, typical};
    use super::*;
    use workhours_base::table::{Cell, Column, ColumnType};

    const HEADER: &str = "date,title,n,gap_minutes,human,tags,meta\n";

    #[test]
    fn every_type_and_a_gap() {
        let (got, rows) = text(&Csv, table(&ALL, typical()), &style());
        let want = HEADER.to_owned()
            + "2024-05-01T12:03:22Z,\"say \"\"hi\"\", tab\there\nline\\end\",-3,0.1,true,\"a;b\"\"c\",\"{\"\"k\"\":\n[1,2]}\"\n"
            + "--------,--------,--------,42.5,--------,--------,--------\n"
            + ",,,,,,\n";
        assert_eq!((got, rows), (want, 2));
    }

    #[test]
    fn an_empty_table_is_its_header() {
        assert_eq!(text(&Csv, table(&ALL, vec![]), &style()), (HEADER.to_owned(), 0));
    }

    #[test]
    fn hostile_cells_read_back() {
        let cells = ["\r", "\r\n", "\0", "\u{1b}[31m", "\u{202e}x", "\"", ",", "", " a ", "=1+1", "'"];
        let columns = [Column::new("cell", ColumnType::Text, "")];
        let rows = cells.iter().map(|c| Row::Data(vec![(*c).into()])).collect();
        let (got, _) = text(&Csv, table(&columns, rows), &style());
        let mut reader = csv::Reader::from_reader(got.as_bytes());
        let back: Vec<String> = reader.records().map(|r| r.unwrap()[0].to_owned()).collect();
        assert_eq!(back, cells);
    }

    #[test]
    fn null_and_not_a_number_are_empty() {
        let columns = [Column::new("a", ColumnType::Float, ""), Column::new("b", ColumnType::Float, "")];
        let rows = vec![Row::Data(vec![Cell::Float(f64::NAN), Cell::Null])];
        assert_eq!(text(&Csv, table(&columns, rows), &style()).0, "a,b\n,\n");
    }

    #[test]
    fn pipes_and_stores_that_go_away() {
        closed_pipe(&Csv);
        assert_eq!(failing_store(&Csv).lines().count(), 6, "header, three rows, two line ends in cells");
    }
}
