//! What the first rows of a table show: its delimiter, and the contents of its columns.
//!
//! Never overrides an option, and reads no records: rows are read and forgotten.

use crate::tables::columns::{Columns, Seen};
use crate::tables::csv_rows::{CsvRow, Dialect};
use crate::toolkit::attr_names::plain;
use crate::toolkit::charset::Charset;
use crate::toolkit::mapping::Mapping;
use crate::toolkit::roles::Role;
use workhours_plugin_api::{Line, Position, Span};

/// More rows add no evidence.
const MAX_ROWS: usize = 500;
const KNOWN: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The beginning of a table.
#[derive(Clone, Copy)]
pub(crate) struct Beginning<'a> {
    pub(crate) bytes: &'a [u8],
    /// It is the whole input, so a last line without an end counts.
    pub(crate) whole: bool,
    pub(crate) quote: Option<u8>,
    pub(crate) charset: Charset,
    pub(crate) has_header: bool,
}

/// How well a dialect fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    /// Rows of 1000 that have as many cells as the first.
    agreeing: usize,
    names_known: usize,
    /// Delimiters in the first row.
    delimiters: usize,
}

impl Beginning<'_> {
    /// The delimiter that most rows agree on; of equals the one with more known names in the header, then the most
    /// frequent. `None` if the first row has none.
    pub(crate) fn dialect(&self, mapping: &Mapping) -> Option<Dialect> {
        let mut best: Option<(Fit, Dialect)> = None;
        for delimiter in KNOWN {
            for padded in [false, true] {
                let dialect = Dialect { delimiter, quote: self.quote, padded };
                if padded && !self.has_padded_quotes(dialect) {
                    continue;
                }
                let Some(fit) = self.fit(dialect, mapping) else { continue };
                if best.is_none_or(|(known, _)| fit > known) {
                    best = Some((fit, dialect));
                }
            }
        }
        best.map(|(_, dialect)| dialect)
    }

    /// With a known delimiter, whether quotes follow spaces.
    pub(crate) fn padded(&self, dialect: Dialect, mapping: &Mapping) -> Dialect {
        let padded = Dialect { padded: true, ..dialect };
        let better =
            self.has_padded_quotes(dialect) && self.fit(padded, mapping) > self.fit(dialect, mapping);
        if better { padded } else { dialect }
    }

    fn has_padded_quotes(&self, dialect: Dialect) -> bool {
        let Some(quote) = dialect.quote else { return false };
        memchr::memmem::find(self.bytes, &[dialect.delimiter, b' ', quote]).is_some()
    }

    fn fit(&self, dialect: Dialect, mapping: &Mapping) -> Option<Fit> {
        let (mut width, mut rows, mut agreeing, mut names_known) = (0, 0, 0, 0);
        self.rows(dialect, |row| {
            if rows == 0 {
                width = row.len();
                names_known = row.cells().filter(|cell| is_known(mapping, cell)).count();
            }
            rows += 1;
            agreeing += usize::from(row.len() == width);
        });
        (width > 1).then(|| Fit { agreeing: agreeing * 1000 / rows, names_known, delimiters: width - 1 })
    }

    /// Whether there are enough rows for a decision, and none of them is as long as the first.
    pub(crate) fn disagrees(&self, dialect: Dialect) -> bool {
        let (mut width, mut rows, mut agreeing) = (0, 0, 0);
        self.rows(dialect, |row| {
            if rows == 0 {
                width = row.len();
            }
            rows += 1;
            agreeing += usize::from(row.len() == width);
        });
        rows > 3 && agreeing == 1
    }

    /// Cells of the first row.
    pub(crate) fn width(&self, dialect: Dialect) -> usize {
        let mut width = 0;
        self.rows(dialect, |row| {
            if width == 0 {
                width = row.len();
            }
        });
        width
    }

    /// The contents of the columns; `None` if there is no row yet.
    pub(crate) fn seen(&self, dialect: Dialect, width: usize) -> Option<Vec<Seen>> {
        let mut columns = Columns::new(width);
        let mut header = self.has_header;
        self.rows(dialect, |row| {
            if !std::mem::take(&mut header) && row.len() == width {
                columns.row(row.cells());
            }
        });
        columns.is_any().then(|| columns.seen())
    }

    fn rows(&self, dialect: Dialect, mut each: impl FnMut(&CsvRow)) {
        let mut row = CsvRow::default();
        let (mut open, mut rest, mut rows) = (false, self.bytes, 0);
        while !rest.is_empty() && rows < MAX_ROWS {
            let end = memchr::memchr(b'\n', rest);
            if end.is_none() && !self.whole {
                return;
            }
            let (text, after) = rest.split_at(end.map_or(rest.len(), |at| at + 1));
            rest = after;
            let raw = text.strip_suffix(b"\n").unwrap_or(text);
            let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
            let end = Position { offset: text.len() as u64, lines: 1 };
            let span = Span { offset: 0, line: 1, raw };
            let line = Line { span, terminated: true, too_long: false, end };
            if !open && raw.trim_ascii().is_empty() {
                continue;
            }
            let complete = if open {
                row.append(&line, dialect, self.charset)
            } else {
                row.begin(&line, dialect, self.charset)
            };
            open = !complete;
            if complete {
                row.split(dialect, self.charset);
                if !row.cells().all(<[u8]>::is_empty) {
                    rows += 1;
                    each(&row);
                }
            }
        }
    }
}

fn is_known(mapping: &Mapping, name: &[u8]) -> bool {
    let Ok(name) = std::str::from_utf8(name) else { return false };
    let weak = || {
        let plain = plain(name);
        [Role::Date, Role::End].iter().any(|role| role.weak_guesses().contains(&plain.as_str()))
    };
    name.len() < 80 && (mapping.guess(name).is_some() || weak())
}
