//! `markdown`: a table as GitHub and most others read it, for notes, issues and reports.
//!
//! For people: local time, detail columns left out. Cells are text and nothing else: what Markdown or HTML would
//! take for a sign is escaped, a line end is `<br>`, and what cannot be seen becomes a token. Not aligned to the eye:
//! that would need all rows before the first is written.

use super::people::{self, Headers};
use super::text::{self, BUFFER_BYTES, DASHES};
use super::{Output, OutputEntry, OutputInfo, Style, Written};
use std::io::{BufWriter, Write};
use workhours_base::error::Result;
use workhours_base::table::{Cell, Row, Table};

struct Markdown;

inventory::submit! { OutputEntry(&Markdown) }

impl Output for Markdown {
    fn info(&self) -> &'static OutputInfo {
        &OutputInfo {
            name: "markdown",
            extensions: &["md", "markdown"],
            summary: "a table for notes and issues, in local time, detail columns left out",
            binary: false,
        }
    }

    fn write(&self, table: &mut Table<'_>, out: &mut dyn Write, style: &Style) -> Result<Written> {
        let mut writer = BufWriter::with_capacity(BUFFER_BYTES, out);
        let columns = table.columns.clone();
        let columns = people::columns(&columns, style);
        let mut headers = Headers::new(style);
        let (mut header, mut rule) = ("|".to_owned(), "|".to_owned());
        for (_, column) in &columns {
            let name = headers.of(column);
            header.push(' ');
            push_escaped(&mut header, &name);
            // A unit that isn't part of the name.
            if let Some(unit) = column.unit.filter(|unit| !people::tells(&name, unit)) {
                header.push_str(" (");
                push_escaped(&mut header, unit);
                header.push(')');
            }
            header.push_str(" |");
            rule.push_str(if column.kind.is_number() { "---:|" } else { "---|" });
        }
        text::written(write!(writer, "{header}\n{rule}\n"))?;
        let (mut line, mut rows) = (String::new(), 0);
        while let Some(row) = text::next_row(table)? {
            let (cells, null) = match &row {
                Row::Data(cells) => (cells, ""),
                Row::Separator(cells) => (cells, DASHES),
            };
            rows += u64::from(matches!(row, Row::Data(_)));
            line.clear();
            line.push('|');
            for (index, _) in &columns {
                line.push(' ');
                push_cell(&mut line, &cells[*index], null, style);
                line.push_str(" |");
            }
            line.push('\n');
            text::written(writer.write_all(line.as_bytes()))?;
        }
        text::written(writer.flush())?;
        Ok(Written::rows(rows))
    }
}

fn push_cell(line: &mut String, cell: &Cell, null: &str, style: &Style) {
    let Cell::Text(text) = cell else {
        return push_escaped(line, &people::show(cell, null, style.zone, None));
    };
    // Line by line, before line ends become tokens like all else that has no look.
    for (i, part) in text.replace("\r\n", "\n").split('\n').enumerate() {
        if i > 0 {
            line.push_str("<br>");
        }
        push_escaped(line, &people::visible(part));
    }
}

/// Appends a text so that it is shown as it is: no emphasis, code, link, formula or tag, and no end of the cell.
fn push_escaped(line: &mut String, text: &str) {
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        // Within a word an underline is one.
        let within = |c: Option<&char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let plain = c == '_' && within(before.as_ref()) && within(chars.peek());
        before = Some(c);
        match c {
            _ if plain => line.push(c),
            '&' => line.push_str("&amp;"),
            '<' => line.push_str("&lt;"),
            '>' => line.push_str("&gt;"),
            '\\' | '|' | '`' | '*' | '_' | '~' | '[' | ']' | '$' => line.extend(['\\', c]),
            _ => line.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ALL, closed_pipe, failing_store, style, table, text, typical};
    use super::*;
    use workhours_base::table::{Column, ColumnType};

    const HEADER: &str = "| date (Europe/Oslo) | title | n | gap_minutes | human | tags |\n\
                          |---|---|---:|---:|---|---|\n";

    #[test]
    fn every_type_and_a_gap() {
        let (got, rows) = text(&Markdown, table(&ALL, typical()), &style());
        let want = HEADER.to_owned()
            + "| 2024-05-01 14:03:22 | say \"hi\", tab␉here<br>line\\\\end | -3 | 0.10 | true | a;b\"c |\n"
            + "| -------- | -------- | -------- | 42.50 | -------- | -------- |\n"
            + "|  |  |  |  |  |  |\n";
        assert_eq!((got, rows), (want, 2));
    }

    #[test]
    fn an_empty_table_is_its_header() {
        assert_eq!(text(&Markdown, table(&ALL, vec![]), &style()), (HEADER.to_owned(), 0));
    }

    #[test]
    fn hostile_cells_are_text() {
        let columns = [Column::new("cell", ColumnType::Text, "")];
        for (cell, want) in [
            ("a|b", "a\\|b"),
            ("a\\|b", "a\\\\\\|b"),
            ("`rm`", "\\`rm\\`"),
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
            ("![x](javascript:y)", "!\\[x\\](javascript:y)"),
            ("**b** ~~s~~ _i_ a_b $x$", "\\*\\*b\\*\\* \\~\\~s\\~\\~ \\_i\\_ a_b \\$x\\$"),
            ("one\r\ntwo\n\rthree", "one<br>two<br>␍three"),
            ("\0\u{1b}[31m\u{202e}x", "␀␛\\[31m⟨U+202E⟩x"),
        ] {
            let (got, _) = text(&Markdown, table(&columns, vec![Row::Data(vec![cell.into()])]), &style());
            assert_eq!(got, format!("| cell |\n|---|\n| {want} |\n"));
        }
    }

    #[test]
    fn units_that_names_do_not_tell_and_sparklines() {
        let columns = [
            Column::new("work", ColumnType::Float, "").unit("h"),
            Column::new("gap_min", ColumnType::Float, "").unit("min"),
            Column::new("days", ColumnType::Series, ""),
        ];
        let row = Row::Data(vec![Cell::Float(1.5), Cell::Float(2.0), Cell::Series(vec![0.0, 1.0])]);
        let (got, _) = text(&Markdown, table(&columns, vec![row]), &style());
        assert_eq!(got, "| work (h) | gap_min | days |\n|---:|---:|---|\n| 1.50 | 2.00 | ▁█ |\n");
    }

    #[test]
    fn pipes_and_stores_that_go_away() {
        closed_pipe(&Markdown);
        assert_eq!(failing_store(&Markdown).lines().count(), 5);
    }
}
