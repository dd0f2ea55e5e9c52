//! `table`: aligned columns for people at a terminal.
//!
//! Laid out by hand with `unicode-width`: comfy-table needs all rows before it prints the first, and there may be ten
//! million. The widths are those of the first [`BLOCK`] rows and stay. In later rows, wider cells are cut if the
//! terminal's width is known, and otherwise push their own line to the right. Numbers and times are never cut, because
//! half a number is a wrong number; on a narrow terminal their lines wrap.
//!
//! A column of bars follows its numbers; the highest number in the first rows has the longest bar, and longer ones are
//! clipped.
//!
//! On a terminal, text columns that are empty in all of the first rows are left out, unless all columns are requested.
//!
//! Nothing here can be read back (floats have two decimals, times no fraction): programs take csv or jsonl.

use super::blocks::bar;
use super::people::{self, Headers};
use super::text::{self, BUFFER_BYTES, DASHES};
use super::visible::cut;
use super::{Output, OutputEntry, OutputInfo, Style, Written};
use std::io::{self, BufWriter, Write};
use unicode_width::UnicodeWidthStr;
use workhours_base::error::Result;
use workhours_base::table::{Column, ColumnType, Look, Row, Table};

/// How many rows are read before the first is printed.
const BLOCK: usize = 200;

/// Columns of text are not made narrower than this for a small terminal. It is the length of [`DASHES`].
const NARROWEST: usize = 8;

/// How long the longest bar is.
const BAR: usize = 16;

/// The separator between columns.
const BETWEEN: &str = "  ";

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const RESET: &str = "\x1b[0m";

struct Terminal;

inventory::submit! { OutputEntry(&Terminal) }

impl Output for Terminal {
    fn info(&self) -> &'static OutputInfo {
        &OutputInfo {
            name: "table",
            extensions: &["txt"],
            summary: "aligned columns for people, in local time, detail columns left out",
            binary: false,
        }
    }

    fn write(&self, table: &mut Table<'_>, out: &mut dyn Write, style: &Style) -> Result<Written> {
        let mut writer = BufWriter::with_capacity(BUFFER_BYTES, out);
        let mut layout = Layout::new(&table.columns, style);
        let mut block = Vec::new();
        let more = loop {
            if block.len() == BLOCK {
                break Ok(true);
            }
            match text::next_row(table) {
                Ok(Some(row)) => block.push(layout.cells(row, style)),
                Ok(None) => break Ok(false),
                Err(e) => break Err(e),
            }
        };
        layout.drop_empty(&mut block, style);
        layout.settle(&block, style.width);

        text::written(layout.header(&mut writer, style))?;
        let mut rows = 0;
        for line in block {
            rows += u64::from(!line.separator);
            text::written(layout.line(&mut writer, &line, style))?;
        }
        // Only now: the rows that came before the trouble have been shown.
        if more? {
            while let Some(row) = text::next_row(table)? {
                let line = layout.cells(row, style);
                rows += u64::from(!line.separator);
                text::written(layout.line(&mut writer, &line, style))?;
            }
        }
        if rows == 0 {
            text::written(writer.write_all(b"(no rows)\n"))?;
        }
        text::written(writer.flush())?;
        Ok(Written::rows(rows))
    }
}

/// A row as it is shown, not yet cut or padded.
struct Line {
    separator: bool,
    cells: Vec<String>,
    /// The number of each cell that is a bar.
    bars: Vec<Option<f64>>,
}

/// A column that is shown.
struct Shown {
    /// The indexes of the table's columns.
    index: usize,
    header: String,
    /// Numbers: they line up at their end.
    right: bool,
    /// Whether it may be made narrower than its cells.
    may_cut: bool,
    width: usize,
    /// For a column of bars, the highest number in the first rows.
    highest: Option<f64>,
}

impl Shown {
    /// Bars take space once there is a number to draw one for.
    fn has_room(&self) -> bool {
        self.highest.is_none() || self.width > 0
    }
}

struct Layout {
    shown: Vec<Shown>,
    /// Reused for every line.
    buffer: String,
}

impl Layout {
    fn new(columns: &[Column], style: &Style) -> Self {
        let mut headers = Headers::new(style);
        let mut shown = Vec::new();
        for (index, column) in people::columns(columns, style) {
            let header = headers.of(column);
            shown.push(Shown {
                index,
                width: header.width(),
                header,
                right: column.kind.is_number(),
                may_cut: !column.kind.is_number()
                    && !matches!(column.kind, ColumnType::Time | ColumnType::Bool),
                highest: None,
            });
            if column.look == Look::Bar {
                shown.push(Shown {
                    index,
                    width: 0,
                    header: String::new(),
                    right: false,
                    may_cut: false,
                    highest: Some(0.0),
                });
            }
        }
        Self { shown, buffer: String::new() }
    }

    /// The cells that are shown, as text.
    fn cells(&self, row: Row, style: &Style) -> Line {
        let (cells, separator) = match row {
            Row::Data(cells) => (cells, false),
            Row::Separator(cells) => (cells, true),
        };
        let null = if separator { DASHES } else { "" };
        let limit = style.width.map(|n| n.max(NARROWEST));
        let text = |s: &Shown| match s.highest {
            Some(_) => String::new(),
            None => people::show(&cells[s.index], null, style.zone, limit),
        };
        let number = |s: &Shown| s.highest.and_then(|_| cells[s.index].number());
        let (bars, cells) = (self.shown.iter().map(number).collect(), self.shown.iter().map(text).collect());
        Line { separator, cells, bars }
    }

    /// Leaves out text columns that are empty in the first rows, if the terminal's width is known: they would take
    /// space from the others.
    fn drop_empty(&mut self, block: &mut [Line], style: &Style) {
        if style.width.is_none() || style.all_columns || block.iter().all(|line| line.separator) {
            return;
        }
        let filled = |i: usize| block.iter().any(|line| !line.separator && !line.cells[i].is_empty());
        let keep: Vec<bool> = self.shown.iter().enumerate().map(|(i, s)| !s.may_cut || filled(i)).collect();
        let mut kept = keep.iter();
        self.shown.retain(|_| kept.next().copied().unwrap_or(true));
        for line in block {
            let mut kept = keep.iter();
            line.cells.retain(|_| kept.next().copied().unwrap_or(true));
            let mut kept = keep.iter();
            line.bars.retain(|_| kept.next().copied().unwrap_or(true));
        }
    }

    /// Fixes the widths: what the first rows need, and if that is too much, less for the widest columns.
    fn settle(&mut self, block: &[Line], width: Option<usize>) {
        for line in block {
            // On narrow terminals, the dashes of a gap don't widen a column.
            let dashes = |cell: &String| width.is_some() && line.separator && cell == DASHES;
            for (shown, cell) in self.shown.iter_mut().zip(&line.cells).filter(|(_, cell)| !dashes(cell)) {
                shown.width = shown.width.max(cell.width());
            }
        }
        for line in block {
            for (shown, number) in self.shown.iter_mut().zip(&line.bars) {
                if let (Some(highest), Some(number)) = (&mut shown.highest, number) {
                    *highest = highest.max(*number);
                    shown.width = BAR;
                }
            }
        }
        let Some(width) = width else { return };
        let taken = self.shown.iter().filter(|s| s.has_room()).count();
        let between = BETWEEN.len() * taken.saturating_sub(1);
        let total = |cap: usize| {
            let widths = self.shown.iter().map(|s| if s.may_cut { s.width.min(cap) } else { s.width });
            widths.sum::<usize>() + between
        };
        let widest = self.shown.iter().map(|s| s.width).max().unwrap_or(0);
        if total(widest) <= width {
            return;
        }
        let cap = (NARROWEST..widest).rev().find(|cap| total(*cap) <= width).unwrap_or(NARROWEST);
        let mut left = width.saturating_sub(total(cap));
        for shown in self.shown.iter_mut().filter(|s| s.may_cut && s.width > cap) {
            let one = left.min(1);
            shown.width = cap + one;
            left -= one;
        }
    }

    fn header(&mut self, out: &mut impl Write, style: &Style) -> io::Result<()> {
        let cells = self.shown.iter().map(|s| s.header.clone()).collect();
        self.print(out, &Line { separator: false, cells, bars: vec![None; self.shown.len()] }, BOLD, style)
    }

    fn line(&mut self, out: &mut impl Write, line: &Line, style: &Style) -> io::Result<()> {
        self.print(out, line, if line.separator { DIM } else { "" }, style)
    }

    fn print(&mut self, out: &mut impl Write, line: &Line, look: &str, style: &Style) -> io::Result<()> {
        let buffer = &mut self.buffer;
        buffer.clear();
        for (i, ((shown, cell), number)) in self.shown.iter().zip(&line.cells).zip(&line.bars).enumerate() {
            let drawn = number.zip(shown.highest).map(|(n, highest)| bar(n, highest, shown.width));
            let cell = drawn.as_ref().unwrap_or(cell);
            let cell = match style.width {
                Some(_) if line.separator && cell == DASHES => DASHES[..DASHES.len().min(shown.width)].into(),
                Some(_) if shown.may_cut => cut(cell, shown.width),
                _ => cell.as_str().into(),
            };
            let padding = shown.width.saturating_sub(cell.width());
            if i > 0 && shown.has_room() {
                buffer.push_str(BETWEEN);
            }
            if shown.right {
                buffer.extend(std::iter::repeat_n(' ', padding));
                buffer.push_str(&cell);
            } else {
                buffer.push_str(&cell);
                buffer.extend(std::iter::repeat_n(' ', padding));
            }
        }
        let text = buffer.trim_end();
        match look {
            look if style.color && !look.is_empty() => writeln!(out, "{look}{text}{RESET}"),
            _ => writeln!(out, "{text}"),
        }
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
