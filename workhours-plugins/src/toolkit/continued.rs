//! A line and the lines that continue it, unchanged. The source decides which lines begin a record.

use workhours_plugin_api::{Line, MAX_RECORD_BYTES, Span};

/// A record being collected.
#[derive(Debug, Default)]
pub(crate) struct Continued {
    open: bool,
    offset: u64,
    line: u64,
    raw: Vec<u8>,
    /// Length of the first line.
    head: usize,
    /// Length of `raw` up to the last line that is not blank.
    len: usize,
    /// Blank lines since then, which belong to the record only if another line follows.
    blanks: u64,
    line_end: &'static [u8],
    too_long: bool,
}

/// A record whose last line has been seen.
#[derive(Debug)]
pub(crate) struct Whole<'a> {
    pub(crate) span: Span<'a>,
    /// Its first line.
    pub(crate) head: &'a [u8],
    /// The rest, without the line end between; empty if there is none.
    pub(crate) rest: &'a [u8],
    pub(crate) too_long: bool,
    /// Blank lines after it.
    pub(crate) blanks: u64,
}

impl Continued {
    /// Whether a record has begun.
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// Begins a record.
    pub(crate) fn begin(&mut self, line: &Line<'_>) {
        *self = Self {
            open: true,
            offset: line.span.offset,
            line: line.span.line,
            raw: std::mem::take(&mut self.raw),
            ..Self::default()
        };
        self.raw.clear();
        self.append(line);
        self.head = self.raw.len();
    }

    /// Continues with it.
    pub(crate) fn append(&mut self, line: &Line<'_>) {
        let bytes = line.bytes();
        let blank = bytes.trim_ascii().is_empty();
        let full = line.too_long || self.raw.len() + bytes.len() + 2 > MAX_RECORD_BYTES;
        self.blanks = if blank { self.blanks + 1 } else { 0 };
        // Blank lines may still turn out not to belong to it.
        self.too_long |= full && !blank;
        if full || self.too_long {
            return;
        }
        self.raw.extend_from_slice(self.line_end);
        self.raw.extend_from_slice(bytes);
        let taken = (line.end.offset - line.span.offset) as usize;
        self.line_end = match taken.saturating_sub(bytes.len()) {
            0 => b"",
            1 => b"\n",
            _ => b"\r\n",
        };
        if !blank {
            self.len = self.raw.len();
        }
    }

    /// Ends it, if one has begun.
    pub(crate) fn end(&mut self) -> Option<Whole<'_>> {
        if !std::mem::take(&mut self.open) {
            return None;
        }
        let raw = self.raw.get(..self.len).unwrap_or_default();
        let (head, rest) = raw.split_at_checked(self.head).unwrap_or((raw, b""));
        let rest = rest.strip_prefix(b"\r").unwrap_or(rest);
        let rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        let span = Span { offset: self.offset, line: self.line, raw };
        Some(Whole { span, head, rest, too_long: self.too_long, blanks: self.blanks })
    }
}
