//! `xlsx`: a workbook for spreadsheets, with real dates and numbers, a header that stays, and filters.
//!
//! Text is always text: nothing becomes a formula or a link. Times are local times in the zone named in the header,
//! because a spreadsheet knows no zones. All columns are written, details hidden. Rows are written immediately, to a
//! temporary file without a name. Rows that don't fit on a sheet go to the next one; cut values are reported.

use super::text;
use super::{Output, OutputEntry, OutputInfo, Style, Written};
use chrono::DateTime;
use chrono_tz::Tz;
use rust_xlsxwriter::{ConditionalFormatDataBar, Format, FormatAlign, Workbook, Worksheet, XlsxError};
use std::io::{self, Seek, Write};
use workhours_base::error::{Error, Result};
use workhours_base::table::{Cell, Column, ColumnType, Look, Row, Table};

/// Rows of a sheet, the header among them.
const SHEET_ROWS: u32 = 1_048_576;

/// UTF-16 units of a cell.
const CELL_UNITS: usize = 32_767;

/// Days from the beginning of the spreadsheet's calendar to that of ours.
const DAYS_TO_1970: f64 = 25_569.0;

struct Xlsx {
    sheet_rows: u32,
}

inventory::submit! { OutputEntry(&Xlsx { sheet_rows: SHEET_ROWS }) }

impl Output for Xlsx {
    fn info(&self) -> &'static OutputInfo {
        &OutputInfo {
            name: "xlsx",
            extensions: &["xlsx"],
            summary: "a workbook for spreadsheets, in local time, text never a formula",
            binary: true,
        }
    }

    fn write(&self, table: &mut Table<'_>, out: &mut dyn Write, style: &Style) -> Result<Written> {
        let mut workbook = Workbook::new();
        let mut writer = Cells::new(style.zone);
        let (mut sheets, mut rows) = (0_u32, 0);
        let mut held = text::next_row(table)?;
        loop {
            sheets += 1;
            let name = sheet_name(&table.name, sheets);
            let sheet = made(workbook.add_worksheet_with_constant_memory())?;
            made(begin(sheet, &name, &table.columns, style))?;
            let mut line = 0;
            while line + 1 < self.sheet_rows
                && let Some(row) = held.take()
            {
                line += 1;
                rows += u64::from(matches!(row, Row::Data(_)));
                let (Row::Data(cells) | Row::Separator(cells)) = &row;
                for (column, cell) in (0_u16..).zip(cells) {
                    made(writer.write(sheet, line, column, cell))?;
                }
                held = text::next_row(table)?;
            }
            made(end(sheet, line, &table.columns))?;
            if held.is_none() {
                break;
            }
        }
        made(legend(&mut workbook, &table.columns))?;
        let mut file = text::written(tempfile::tempfile())?;
        made(workbook.save_to_writer(&mut file))?;
        text::written(file.rewind().and_then(|()| io::copy(&mut file, out)).and_then(|_| out.flush()))?;
        Ok(Written { rows, notes: writer.notes(sheets) })
    }
}

/// Columns, widths, and a header that stays in sight.
fn begin(sheet: &mut Worksheet, name: &str, columns: &[Column], style: &Style) -> Result<(), XlsxError> {
    sheet.set_name(name)?;
    let bold = Format::new().set_bold().set_align(FormatAlign::Top);
    let mut zone = Some(style.zone.name());
    let all = style.all_columns || columns.iter().all(|c| c.detail);
    for (i, column) in (0_u16..).zip(columns) {
        let zone = zone.take_if(|_| column.kind == ColumnType::Time);
        let header = zone.map_or(column.name.to_owned(), |zone| format!("{} ({zone})", column.name));
        let width = match column.kind {
            ColumnType::Time => 20,
            ColumnType::Int | ColumnType::Float | ColumnType::Bool => 10,
            ColumnType::Category => 14,
            _ => 32,
        };
        sheet.set_column_width(i, width.max(header.len() as u32 + 4))?;
        if column.detail && !all {
            sheet.set_column_hidden(i)?;
        }
        sheet.write_string_with_format(0, i, header, &bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

/// Filters and bars, once it is known how many rows there are.
fn end(sheet: &mut Worksheet, last: u32, columns: &[Column]) -> Result<(), XlsxError> {
    let Some(last_column) = columns.len().checked_sub(1) else { return Ok(()) };
    sheet.autofilter(0, 0, last, last_column as u16)?;
    for (i, _) in (0_u16..).zip(columns).filter(|(_, c)| c.look == Look::Bar && last > 0) {
        sheet.add_conditional_format(1, i, last, i, &ConditionalFormatDataBar::new())?;
    }
    Ok(())
}

/// A second sheet that explains the columns.
fn legend(workbook: &mut Workbook, columns: &[Column]) -> Result<(), XlsxError> {
    let sheet = workbook.add_worksheet();
    sheet.set_name("columns")?;
    let bold = Format::new().set_bold();
    for (i, (title, width)) in (0_u16..).zip([("column", 20), ("type", 12), ("unit", 10), ("meaning", 70)]) {
        sheet.write_string_with_format(0, i, title, &bold)?.set_column_width(i, width)?;
    }
    for (line, column) in (1_u32..).zip(columns) {
        sheet.write_string(line, 0, column.name)?.write_string(line, 1, column.kind.name())?;
        sheet.write_string(line, 2, column.unit.unwrap_or_default())?.write_string(line, 3, column.help)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

/// A name of at most 31 characters without those that sheets may not have.
fn sheet_name(table: &str, number: u32) -> String {
    let fits = |c: char| if c.is_alphanumeric() || " -_.".contains(c) { c } else { '_' };
    let mut name: String = table.chars().take(20).map(fits).collect();
    // The second sheet has this name, and one that is taken would fail.
    if name.is_empty() || name.eq_ignore_ascii_case("columns") || name.eq_ignore_ascii_case("history") {
        name.push_str("_table");
    }
    if number == 1 { name } else { format!("{name} {number}") }
}

/// Writes cells, and counts those that did not fit.
struct Cells {
    zone: Tz,
    seconds: Format,
    fraction: Format,
    decimals: Format,
    /// Stays text if the cell is edited.
    text: Format,
    cut: u64,
}

impl Cells {
    fn new(zone: Tz) -> Self {
        let format = |format: &str| Format::new().set_num_format(format);
        Self {
            zone,
            seconds: format("yyyy-mm-dd hh:mm:ss"),
            fraction: format("yyyy-mm-dd hh:mm:ss.000"),
            decimals: format("0.00"),
            text: Format::new().set_quote_prefix(),
            cut: 0,
        }
    }

    fn write(&mut self, sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell) -> Result<(), XlsxError> {
        match cell {
            Cell::Null => {}
            Cell::Bool(yes) => drop(sheet.write_boolean(row, column, *yes)?),
            // A larger one is not itself any more as a spreadsheet's number.
            Cell::Int(n) if n.unsigned_abs() <= 1 << 53 => {
                sheet.write_number(row, column, *n as f64)?;
            }
            Cell::Float(n) if n.is_finite() => {
                sheet.write_number_with_format(row, column, *n, &self.decimals)?;
            }
            Cell::Float(_) => {}
            Cell::Time(micros) => match serial(*micros, self.zone) {
                Some(days) => {
                    let whole = micros.rem_euclid(1_000_000) == 0;
                    let format = if whole { &self.seconds } else { &self.fraction };
                    sheet.write_number_with_format(row, column, days, format)?;
                }
                None => self.text(sheet, row, column, cell)?,
            },
            _ => self.text(sheet, row, column, cell)?,
        }
        Ok(())
    }

    fn text(&mut self, sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell) -> Result<(), XlsxError> {
        let mut scratch = Vec::new();
        let mut text = String::from_utf8_lossy(text::bare(cell, "", &mut scratch)).into_owned();
        if text.len() > CELL_UNITS && text.encode_utf16().count() > CELL_UNITS {
            let mut units = 0;
            let fits = |c: &char| {
                units += c.len_utf16();
                units < CELL_UNITS
            };
            text = text.chars().take_while(fits).collect::<String>() + "…";
            self.cut += 1;
        }
        if text.starts_with(['=', '+', '-', '@', '\'']) {
            sheet.write_string_with_format(row, column, text, &self.text)?;
        } else {
            sheet.write_string(row, column, text)?;
        }
        Ok(())
    }

    fn notes(&self, sheets: u32) -> Vec<String> {
        let mut notes = Vec::new();
        if self.cut > 0 {
            let cells =
                if self.cut == 1 { "1 cell is".to_owned() } else { format!("{} cells are", self.cut) };
            notes.push(format!(
                "{cells} cut at {CELL_UNITS} characters, the most a spreadsheet takes; the end is marked with …"
            ));
        }
        if sheets > 1 {
            notes.push(format!("the rows fill {sheets} sheets: one holds {SHEET_ROWS}"));
        }
        notes
    }
}

/// A spreadsheet's date: days of a wall clock. `None` where its calendar has none: it begins in 1900, and the first
/// two months are off by a day in some programs.
fn serial(micros: i64, zone: Tz) -> Option<f64> {
    let local = DateTime::from_timestamp_micros(micros)?.with_timezone(&zone).naive_local().and_utc();
    let days = local.timestamp_micros() as f64 / 86_400e6 + DAYS_TO_1970;
    (61.0..2_958_466.0).contains(&days).then_some(days)
}

fn made<T>(result: Result<T, XlsxError>) -> Result<T> {
    match result {
        Ok(made) => Ok(made),
        Err(XlsxError::IoError(e)) => text::written(Err(e)),
        Err(e) => Err(Error::failed("cannot make the workbook").with_source(e)),
    }
}

#[cfg(test)]
#[path = "xlsx_tests.rs"]
mod tests;
