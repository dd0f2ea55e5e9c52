//! `csv-safe`: CSV for users who open it in a spreadsheet.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and a formula can fetch, run and
//! send; titles and addresses come from strangers. Such cells get a `'` in front here, which a spreadsheet shows as
//! text. So this is not what programs should read: they would get the `'` too. `csv` is faithful, and `xlsx` is both.

use super::records::Records;
use super::text;
use super::{Output, OutputEntry, OutputInfo, Style, Written};
use std::io::Write;
use workhours_base::error::Result;
use workhours_base::table::{Row, Table};

/// Without it, spreadsheets guess the encoding, and guess wrong.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

struct CsvSafe;

inventory::submit! { OutputEntry(&CsvSafe) }

impl Output for CsvSafe {
    fn info(&self) -> &'static OutputInfo {
        &OutputInfo {
            name: "csv-safe",
            extensions: &[],
            summary: "csv for spreadsheets: cells that they would take for formulas begin with a quote",
            binary: false,
        }
    }

    fn write(&self, table: &mut Table<'_>, out: &mut dyn Write, _style: &Style) -> Result<Written> {
        text::written(out.write_all(BYTE_ORDER_MARK))?;
        let mut records = Records::new(out, "\r\n");
        let (mut scratch, mut field) = (Vec::new(), Vec::new());
        let mut rows = 0;
        table.columns.iter().for_each(|column| records.field(column.name.as_bytes()));
        text::written(records.end())?;
        while let Some(row) = text::next_row(table)? {
            rows += u64::from(matches!(row, Row::Data(_)));
            // The nulls of a separator are empty: eight dashes would be a formula.
            let (Row::Data(cells) | Row::Separator(cells)) = &row;
            for cell in cells {
                let text = text::bare(cell, "", &mut scratch);
                field.clear();
                if text::is_words(cell) && is_formula(text) {
                    field.push(b'\'');
                }
                field.extend_from_slice(text);
                records.field(&field);
            }
            text::written(records.end())?;
        }
        text::written(records.finish())?;
        Ok(Written::rows(rows))
    }
}

/// Whether a spreadsheet might take the text for a formula: some skip what cannot be seen at its beginning, and some
/// know the signs of East Asian keyboards.
fn is_formula(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let unseen = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}' | '\u{feff}');
    let first = text.trim_start_matches(unseen).chars().next();
    let signs = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    first.is_some_and(|c| signs.contains(&c)) || text.starts_with(['\t', '\r', '\n', '\0'])
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ALL, closed_pipe, failing_store, style, table, text, typical};
    use super::*;
    use workhours_base::table::{Cell, Column, ColumnType};

    const HEADER: &str = "\u{feff}date,title,n,gap_minutes,human,tags,meta\r\n";

    #[test]
    fn every_type_and_a_gap() {
        let (got, rows) = text(&CsvSafe, table(&ALL, typical()), &style());
        let want = HEADER.to_owned()
            + "2024-05-01T12:03:22Z,\"say \"\"hi\"\", tab\there\nline\\end\",-3,0.1,true,\"a;b\"\"c\",\"{\"\"k\"\":\n[1,2]}\"\r\n"
            + ",,,42.5,,,\r\n,,,,,,\r\n";
        assert_eq!((got, rows), (want, 2), "a negative number is a number");
    }

    #[test]
    fn an_empty_table_is_its_header() {
        assert_eq!(text(&CsvSafe, table(&ALL, vec![]), &style()), (HEADER.to_owned(), 0));
    }

    #[test]
    fn formulas_are_text() {
        for (cell, want) in [
            ("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\""),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-la", "'-la"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1", "' =1"),
            ("\t=1", "'\t=1"),
            ("\u{feff}=1", "'\u{feff}=1"),
            ("＝1", "'＝1"),
            ("\rx", "\"'\rx\""),
            ("a=1", "a=1"),
            ("'=1", "'=1"),
            ("", "\"\""),
        ] {
            let columns = [Column::new("cell", ColumnType::Text, "")];
            let (got, _) = text(&CsvSafe, table(&columns, vec![Row::Data(vec![cell.into()])]), &style());
            assert_eq!(got, format!("\u{feff}cell\r\n{want}\r\n"));
        }
        let list = Cell::List(vec!["=1".into(), "b".into()]);
        let columns = [Column::new("cell", ColumnType::List, "")];
        let (got, _) = text(&CsvSafe, table(&columns, vec![Row::Data(vec![list])]), &style());
        assert_eq!(got, "\u{feff}cell\r\n'=1;b\r\n");
    }

    #[test]
    fn pipes_and_stores_that_go_away() {
        closed_pipe(&CsvSafe);
        assert_eq!(failing_store(&CsvSafe).lines().count(), 6);
    }
}
