//! JSON objects in lines: one a line, or over several. Brackets around them and commas after them are skipped.
//!
//! Not for lists with several objects on a line, nor for those within a document: see `json_lists`.

use crate::toolkit::empty_lines;
use crate::toolkit::json::record::{Records, shown};
use workhours_plugin_api::*;

/// Reads all of an input.
pub(crate) fn read(
    input: &mut Input<'_>,
    records: &Records,
    out: &mut dyn EventSink,
) -> Result<(), SourceError> {
    let mut lines = Lines::new(input);
    let mut open = Open::default();
    while let Some(line) = lines.next()? {
        let bytes = line.bytes();
        let first = bytes.first().copied().unwrap_or(b'\n');
        if open.depth > 0 && first == b'{' {
            let at = Position { offset: line.span.offset, lines: line.span.line - 1 };
            open.refuse("the next object begins before this one ends", false, out)?;
            out.checkpoint(at, &[])?;
        }
        if open.depth == 0 {
            let text = bytes.trim_ascii();
            // A concatenated file may have its own byte order mark.
            let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
            if text.is_empty() || matches!(text, b"[" | b"]" | b"]," | b"[]" | b",") {
                out.ignored(1)?;
                checkpoint(&line, out)?;
                if empty_lines::is_one(&line) {
                    empty_lines::pass_over(&mut lines, &[], out)?;
                }
                continue;
            }
            if text.first() != Some(&b'{') || line.too_long {
                no_object(&line, out)?;
                checkpoint(&line, out)?;
                continue;
            }
            open.begin(&line);
        }
        match open.append(&line) {
            Scan::Open if line.terminated => {
                out.progress(line.end.offset)?;
                continue;
            }
            // Reported below, once it is known that nothing follows.
            Scan::Open => continue,
            Scan::Complete => open.emit(records, !line.terminated, out)?,
            Scan::Broken if !line.terminated => open.cut(out)?,
            Scan::Broken => open.refuse("a text goes over the end of the line", false, out)?,
        }
        checkpoint(&line, out)?;
    }
    if open.depth > 0 {
        open.cut(out)?;
    }
    Ok(())
}

fn checkpoint(line: &Line<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
    if line.terminated { out.checkpoint(line.end, &[]) } else { Ok(()) }
}

fn no_object(line: &Line<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
    let (code, reason) = match line.too_long {
        true => (RejectCode::TooLong, "the line is longer than a record may be"),
        false => (RejectCode::Malformed, "this is no JSON object"),
    };
    out.reject(&Reject { span: line.span, code, reason, provisional: !line.terminated })
}

/// A line's effect on the object.
#[derive(Debug, PartialEq, Eq)]
enum Scan {
    Open,
    Complete,
    Broken,
}

/// The object being collected, unchanged.
#[derive(Default)]
struct Open {
    raw: Vec<u8>,
    offset: u64,
    line: u64,
    /// Brackets that are open; 0 between objects.
    depth: u64,
    line_end: &'static [u8],
    too_long: bool,
}

impl Open {
    fn begin(&mut self, line: &Line<'_>) {
        self.raw.clear();
        (self.offset, self.line) = (line.span.offset, line.span.line);
        (self.depth, self.line_end, self.too_long) = (0, b"", false);
    }

    fn append(&mut self, line: &Line<'_>) -> Scan {
        let bytes = line.bytes();
        let taken = (line.end.offset - line.span.offset) as usize;
        self.too_long |= line.too_long || self.raw.len() + bytes.len() + 2 > MAX_RECORD_BYTES;
        if !self.too_long {
            self.raw.extend_from_slice(self.line_end);
            self.raw.extend_from_slice(bytes);
        }
        self.line_end = match taken.saturating_sub(bytes.len()) {
            0 => b"",
            1 => b"\n",
            _ => b"\r\n",
        };
        if line.too_long {
            // Its brackets are not all here; the next object in the first column ends the search.
            self.depth = self.depth.max(1);
            return Scan::Open;
        }
        let mut rest = bytes;
        while let Some((byte, after)) = rest.split_first() {
            rest = after;
            match byte {
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                b'"' => match behind_string(rest) {
                    Some(after) => rest = after,
                    None => return Scan::Broken,
                },
                _ => {}
            }
        }
        if self.depth == 0 { Scan::Complete } else { Scan::Open }
    }

    fn emit(&mut self, records: &Records, provisional: bool, out: &mut dyn EventSink) -> Result<(), Stop> {
        self.depth = 0;
        if self.too_long {
            return self.refuse("", provisional, out);
        }
        let raw = self.raw.trim_ascii_end();
        let raw = raw.strip_suffix(b",").unwrap_or(raw).trim_ascii();
        let before = self.raw.len() - self.raw.trim_ascii_start().len();
        let mark = raw.len();
        let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
        let before = before + mark - raw.len();
        records.emit(Span { offset: self.offset + before as u64, line: self.line, raw }, provisional, out)
    }

    /// It ends where the input does.
    fn cut(&mut self, out: &mut dyn EventSink) -> Result<(), Stop> {
        self.refuse("the object is not complete at the end of the input", true, out)
    }

    fn refuse(&mut self, reason: &str, provisional: bool, out: &mut dyn EventSink) -> Result<(), Stop> {
        self.depth = 0;
        let span = shown(Span { offset: self.offset, line: self.line, raw: &self.raw });
        let (code, reason) = match (self.too_long, provisional) {
            (true, _) => (RejectCode::TooLong, "the object is longer than a record may be"),
            (_, true) => (RejectCode::Truncated, reason),
            _ => (RejectCode::Malformed, reason),
        };
        out.reject(&Reject { span, code, reason, provisional })
    }
}

/// The text after a string whose first quote was read; `None` if the string doesn't end on this line.
fn behind_string(mut text: &[u8]) -> Option<&[u8]> {
    loop {
        let at = memchr::memchr2(b'"', b'\\', text)?;
        if text.get(at) == Some(&b'"') {
            return text.get(at + 1..);
        }
        text = text.get(at + 2..)?;
    }
}
