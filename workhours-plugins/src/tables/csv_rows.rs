//! Rows of delimited text: which lines belong together, and where a row's cells are.
//!
//! Knows nothing of headers or of what a cell means.

use crate::toolkit::charset::Charset;
use std::borrow::Cow;
use workhours_plugin_api::{Line, MAX_RECORD_BYTES, RowFlags, Span};

/// How cells are separated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) delimiter: u8,
    /// The quote of cells that contain delimiters or line ends, if there is one.
    pub(crate) quote: Option<u8>,
    /// An opening quote may follow spaces.
    pub(crate) padded: bool,
}

/// The state of reading within a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Begin,
    Bare,
    Quoted,
    /// After a quote within a quoted cell: the cell's end, or the first of two quotes that mean one.
    Quote,
}

/// A row being collected, unchanged.
#[derive(Debug, Default)]
pub(crate) struct CsvRow {
    raw: Vec<u8>,
    offset: u64,
    line: u64,
    state: State,
    pub(crate) too_long: bool,
    /// The end of the line before, which belongs to the row only if it continues.
    line_end: &'static [u8],
    cells: Vec<u8>,
    ends: Vec<usize>,
    /// Remarks on the text that was split.
    pub(crate) flags: RowFlags,
}

impl CsvRow {
    /// Begins with a line. Returns whether the row is complete.
    pub(crate) fn begin(&mut self, line: &Line<'_>, dialect: Dialect, charset: Charset) -> bool {
        self.raw.clear();
        (self.offset, self.line) = (line.span.offset, line.span.line);
        (self.state, self.too_long, self.line_end) = (State::Begin, false, b"");
        self.append(line, dialect, charset)
    }

    /// Continues with a line. Returns whether the row is complete.
    pub(crate) fn append(&mut self, line: &Line<'_>, dialect: Dialect, charset: Charset) -> bool {
        let bytes = line.bytes();
        if line.too_long || self.raw.len() + bytes.len() + 2 > MAX_RECORD_BYTES {
            // The end of its quotes is unknown: the next line begins a row.
            self.too_long = true;
            if self.raw.is_empty() {
                self.raw.extend_from_slice(bytes);
            }
            return true;
        }
        self.raw.extend_from_slice(self.line_end);
        self.raw.extend_from_slice(bytes);
        let taken = (line.end.offset - line.span.offset) as usize;
        self.line_end = match taken.saturating_sub(bytes.len()) {
            0 => b"",
            1 => b"\n",
            _ => b"\r\n",
        };
        match dialect.quote {
            Some(quote) if self.state == State::Quoted || memchr::memchr(quote, bytes).is_some() => {
                // In some encodings a quote or delimiter is half of another character.
                let text = if charset.keeps_ascii() { Cow::Borrowed(bytes) } else { charset.decode(bytes).0 };
                for byte in text.iter() {
                    self.state = step(self.state, *byte, dialect);
                }
            }
            _ => {}
        }
        self.state != State::Quoted
    }

    /// Its position.
    pub(crate) fn span(&self) -> Span<'_> {
        Span { offset: self.offset, line: self.line, raw: &self.raw }
    }

    /// Its beginning, to be shown in a reject.
    pub(crate) fn shown(&self) -> Span<'_> {
        const SHOWN: usize = 4096;
        Span { raw: self.raw.get(..SHOWN).unwrap_or(&self.raw), ..self.span() }
    }

    /// Splits the cells. Returns whether the text had to be decoded.
    pub(crate) fn split(&mut self, dialect: Dialect, charset: Charset) -> bool {
        let raw = std::mem::take(&mut self.raw);
        let (text, flags) = charset.decode(&raw);
        let decoded = matches!(text, Cow::Owned(_));
        self.split_text(&text, dialect);
        drop(text);
        (self.raw, self.flags) = (raw, flags);
        decoded
    }

    /// Splits the cells as they are in the input.
    pub(crate) fn split_undecoded(&mut self, dialect: Dialect) {
        let raw = std::mem::take(&mut self.raw);
        self.split_text(&raw, dialect);
        self.raw = raw;
    }

    fn split_text(&mut self, text: &[u8], dialect: Dialect) {
        self.cells.clear();
        self.ends.clear();
        let mut state = State::Begin;
        // An unfinished line may end in half a line end.
        let text = text.strip_suffix(b"\r").filter(|_| self.state != State::Quoted).unwrap_or(text);
        let mut begin = 0;
        for byte in text {
            let next = step(state, *byte, dialect);
            let is_quote = Some(*byte) == dialect.quote;
            match (state, next) {
                (State::Begin, State::Begin) if *byte != dialect.delimiter => self.cells.push(b' '),
                (_, State::Begin) => {
                    self.ends.push(self.cells.len());
                    begin = self.cells.len();
                }
                (State::Begin | State::Bare, State::Quoted) => self.cells.truncate(begin),
                (State::Quoted, State::Quote) => {}
                // Two quotes mean one; what follows the end of a quoted cell is taken with it.
                (State::Quote, State::Quoted) if is_quote => self.cells.push(*byte),
                _ => self.cells.push(*byte),
            }
            state = next;
        }
        self.ends.push(self.cells.len());
    }

    /// How many cells [`split`](Self::split) found.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cells that [`split`](Self::split) found.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends).map(|(from, to)| self.cells.get(from..*to).unwrap_or_default())
    }
}

/// Quotes count at the beginning of a cell only; within a bare one they are text.
fn step(state: State, byte: u8, dialect: Dialect) -> State {
    let is_quote = Some(byte) == dialect.quote;
    match state {
        State::Quoted if is_quote => State::Quote,
        State::Quoted => State::Quoted,
        State::Quote if is_quote => State::Quoted,
        _ if byte == dialect.delimiter => State::Begin,
        State::Begin if is_quote => State::Quoted,
        State::Begin if byte == b' ' && dialect.padded => State::Begin,
        _ => State::Bare,
    }
}
