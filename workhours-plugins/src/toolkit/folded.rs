//! A record of one line and those that continue it, unchanged.
//!
//! Not for deciding which line begins a record or continues one: that is a source's.

use workhours_plugin_api::{EventSink, Line, MAX_RECORD_BYTES, Position, Reject, RejectCode, Span, Stop};

/// The record being collected: the bytes of its lines.
#[derive(Default)]
pub(crate) struct Folded {
    open: bool,
    at: Position,
    raw: Vec<u8>,
    /// Length of `raw` up to the last line that is not blank.
    len: usize,
    /// Blank lines since then: they belong to the record only if another line follows.
    blanks: u64,
    /// The end of the last line, likewise.
    line_end: &'static [u8],
    /// Over the limit: nothing more is kept.
    full: bool,
    too_long: bool,
}

impl Folded {
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// The record so far.
    pub(crate) fn raw(&self) -> &[u8] {
        self.raw.get(..self.len).unwrap_or_default()
    }

    pub(crate) fn begin(&mut self, line: &Line<'_>) {
        self.raw.clear();
        (self.open, self.full, self.too_long, self.line_end) = (true, false, false, b"");
        (self.len, self.blanks) = (0, 0);
        self.at = Position { offset: line.span.offset, lines: line.span.line.saturating_sub(1) };
        if line.too_long {
            // Only its beginning is here, to be shown in the reject.
            self.raw.extend_from_slice(line.bytes());
        }
        self.append(line);
    }

    pub(crate) fn append(&mut self, line: &Line<'_>) {
        let bytes = line.bytes();
        let blank = bytes.trim_ascii().is_empty();
        self.full |= line.too_long || self.raw.len() + bytes.len() + 2 > MAX_RECORD_BYTES;
        if blank {
            self.blanks += 1;
        } else {
            self.blanks = 0;
            self.too_long |= self.full;
        }
        if self.full {
            return;
        }
        self.raw.extend_from_slice(self.line_end);
        self.raw.extend_from_slice(bytes);
        let taken = line.end.offset.saturating_sub(line.span.offset) as usize;
        self.line_end = match taken.saturating_sub(bytes.len()) {
            0 => b"",
            1 => b"\n",
            _ => b"\r\n",
        };
        if !blank {
            self.len = self.raw.len();
        }
    }

    /// Ends the record, if there is one: passes it to `push`, unless it was too long; blank lines after it aren't
    /// records.
    pub(crate) fn end(
        &mut self,
        last: bool,
        out: &mut dyn EventSink,
        push: impl FnOnce(Span<'_>, bool, &mut dyn EventSink) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        const SHOWN: usize = 4096;
        if !std::mem::take(&mut self.open) {
            return Ok(());
        }
        let span = Span { offset: self.at.offset, line: self.at.lines + 1, raw: self.raw() };
        if self.too_long {
            let span = Span { raw: self.raw.get(..SHOWN).unwrap_or(&self.raw), ..span };
            let reason = "with the lines that continue it the record is longer than a record may be";
            out.reject(&Reject { span, code: RejectCode::TooLong, reason, provisional: last })?;
        } else {
            push(span, last, out)?;
        }
        match std::mem::take(&mut self.blanks) {
            0 => Ok(()),
            n => out.ignored(n),
        }
    }
}

/// Rejects a line that isn't part of a record, or ignores it if it is blank.
pub(crate) fn stray(line: &Line<'_>, reason: &str, out: &mut dyn EventSink) -> Result<(), Stop> {
    if line.bytes().trim_ascii().is_empty() && !line.too_long {
        return out.ignored(1);
    }
    let (code, reason) = match line.too_long {
        true => (RejectCode::TooLong, "the line is longer than a record may be"),
        false => (RejectCode::Malformed, reason),
    };
    out.reject(&Reject { span: line.span, code, reason, provisional: !line.terminated })
}

/// Writes a message of several lines to `into`; unless `verbatim`, without the indentation that all lines but the
/// first share.
pub(crate) fn unfold(message: &[u8], verbatim: bool, into: &mut Vec<u8>) {
    into.clear();
    let mut lines = message.split(|b| *b == b'\n').map(|l| l.strip_suffix(b"\r").unwrap_or(l));
    into.extend_from_slice(lines.next().unwrap_or_default());
    let rest = lines.clone().filter(|l| !l.trim_ascii().is_empty());
    let indent = rest.map(|l| l.len() - l.trim_ascii_start().len()).min().filter(|_| !verbatim).unwrap_or(0);
    for line in lines {
        into.push(b'\n');
        into.extend_from_slice(line.get(indent..).unwrap_or_default());
    }
}
