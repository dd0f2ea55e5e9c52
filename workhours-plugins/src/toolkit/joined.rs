//! Lines that make up one record, unchanged.
//!
//! Not a grammar: which line begins a record and which continues it is for each source to say.

use workhours_plugin_api::*;

/// How much of a record that is too long is kept, to be shown in its reject.
const SHOWN: usize = 4096;

/// The record being collected. Memory stays below [`MAX_RECORD_BYTES`] and a little.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    lines: u64,
    start: Position,
    raw: Vec<u8>,
    /// The end of the last line, which belongs to the record only if another follows.
    line_end: &'static [u8],
    /// Length of `raw` up to the last line that is not blank.
    solid: usize,
    /// Blank lines since then.
    blanks: u64,
    full: bool,
    too_long: bool,
    unfinished: bool,
}

impl Joined {
    /// Begins the record with this line, or continues it.
    pub(crate) fn push(&mut self, line: &Line<'_>) {
        let bytes = line.bytes();
        if self.lines == 0 {
            self.start = Position { offset: line.span.offset, lines: line.span.line.saturating_sub(1) };
        }
        self.lines += 1;
        self.unfinished = !line.terminated;
        let blank = bytes.trim_ascii().is_empty();
        self.full |= line.too_long || self.raw.len() + bytes.len() + 2 > MAX_RECORD_BYTES;
        if self.full {
            // Blank lines after a full record aren't part of it, however many there are.
            self.too_long |= !blank || line.too_long;
            let kept = bytes.len().min(SHOWN.saturating_sub(self.raw.len()));
            self.raw.extend_from_slice(bytes.get(..kept).unwrap_or_default());
        } else {
            self.raw.extend_from_slice(self.line_end);
            self.raw.extend_from_slice(bytes);
        }
        let taken = line.end.offset.saturating_sub(line.span.offset).saturating_sub(bytes.len() as u64);
        self.line_end = match taken {
            0 => b"",
            1 => b"\n",
            _ => b"\r\n",
        };
        if blank {
            self.blanks += 1;
        } else {
            (self.solid, self.blanks) = (self.raw.len(), 0);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lines == 0
    }

    /// Blank lines at the end.
    pub(crate) fn blanks(&self) -> u64 {
        self.blanks
    }

    /// Whether the last line has no line end.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.unfinished
    }

    /// All lines, without the last line's end.
    pub(crate) fn span(&self) -> Span<'_> {
        Span { offset: self.start.offset, line: self.start.lines + 1, raw: &self.raw }
    }

    /// The lines up to the last that is not blank.
    pub(crate) fn solid_span(&self) -> Span<'_> {
        Span { raw: self.raw.get(..self.solid).unwrap_or_default(), ..self.span() }
    }

    /// Rejects the record if it is over the limit. Returns whether it was.
    pub(crate) fn reject_too_long(&self, provisional: bool, out: &mut dyn EventSink) -> Result<bool, Stop> {
        if self.too_long {
            let reason = "the record with all of its lines is longer than a record may be";
            let raw = self.raw.get(..self.raw.len().min(SHOWN)).unwrap_or_default();
            let span = Span { raw, ..self.span() };
            out.reject(&Reject { span, code: RejectCode::TooLong, reason, provisional })?;
        }
        Ok(self.too_long)
    }

    pub(crate) fn clear(&mut self) {
        let mut raw = std::mem::take(&mut self.raw);
        raw.clear();
        *self = Self { raw, ..Self::default() };
    }
}

/// A row that is ready to be shown.
pub(crate) struct Row<'a>(pub(crate) EventRow<'a>);

impl IEventRecord for Row<'_> {
    fn to_event_row(&self) -> EventRow<'_> {
        self.0
    }
}
