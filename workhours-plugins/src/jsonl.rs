//! `jsonl`: JSON objects, one a line or each over several, of which options say, or names suggest, which
//! value is what.
//!
//! Not for a program's own export that a source knows by name. This file finds the objects; `json_nodes` takes
//! them apart and `json_fields` looks the values up.

use crate::json_fields::Paths;
use crate::json_nodes::{Mistake, Object};
use crate::mapping::{KIND, Mapping};
use crate::roles::mapped_options;
use workhours_plugin_api::*;

/// The source behind `jsonl`.
pub struct JsonLines;

export_source!(JsonLines);

static INFO: SourceInfo = SourceInfo {
    name: "jsonl",
    aliases: &["ndjson", "json.lines"],
    summary: "JSON objects, one a line or pretty-printed, with values named by options",
    details: "\
A record is a JSON object. Usually it is a line; one that is printed over several lines is read too, and so are \
the objects of a list that is written with one object, or a part of one, a line: `[`, `]` and the comma behind an \
object are passed over. Options map paths such as `user.names[0].first` to fields; a dot within a name is written \
`\\.`, and a member at the top whose name is the whole text comes first. All other values are attributes: objects \
with the names around them (`a.b` becomes `a_b`, in `snake_case`), arrays as they are written. Nulls and empty \
strings and arrays say nothing. Of equal names the later get a number; a path means the last.

* Without any mapping, members at the top with usual names are taken, as in `csv`: `datetime`, `timestamp`, `url`, \
`title`, `message`, `user` and so on. As soon as one is mapped, only those named just like a field are.
* An object without title, text and address has itself as its text.
* Tags are an array of texts, or a text with `tags_separator` between them.
* Dates are read as in `csv`, from a number or a text.
* A line that begins with `{` in its first column begins an object: what was open before is rejected as cut. So is \
one whose text goes over the end of a line, which JSON does not allow. A line that is no object, and a second \
object on a line, are rejected.
* Whole numbers that do not fit 64 bits are kept as text, `NaN` and infinities are nothing. More than 64 levels or \
100 000 values in an object are rejected.
* An object that is not complete at the end of the input may still be: it is looked at again when it has grown.",
    authority: "JSON Lines: https://jsonlines.org/",
    activity: Activity::Mixed,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &[KIND],
    locations: &[],
    companions: &[],
    options: mapped_options![],
    sample: Sample { bytes: include_bytes!("../samples/jsonl"), events: 4, rejects: 2 },
};

impl IDataSource for JsonLines {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let mapping = Mapping::new(input)?;
        let paths = Paths::new(&mapping)?;
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
                if text.is_empty() || matches!(text, b"[" | b"]" | b"],") {
                    out.ignored(1)?;
                    checkpoint(&line, out)?;
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
                // Said below, once it is known that nothing follows.
                Scan::Open => continue,
                Scan::Complete => open.emit(&mapping, &paths, !line.terminated, out)?,
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

/// What a line did to the object.
#[derive(Debug, PartialEq, Eq)]
enum Scan {
    Open,
    Complete,
    Broken,
}

/// The object being collected, as it stands in the input.
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

    fn emit(
        &mut self,
        mapping: &Mapping,
        paths: &Paths,
        provisional: bool,
        out: &mut dyn EventSink,
    ) -> Result<(), Stop> {
        self.depth = 0;
        if self.too_long {
            return self.refuse("", provisional, out);
        }
        let raw = self.raw.trim_ascii_end();
        let raw = raw.strip_suffix(b",").unwrap_or(raw).trim_ascii();
        let before = self.raw.len() - self.raw.trim_ascii_start().len();
        let span = Span { offset: self.offset + before as u64, line: self.line, raw };
        match Object::read(raw) {
            Ok(object) => mapping.emit(span, provisional, &paths.found(mapping, &object), out),
            Err(Mistake { at, what }) => {
                let place = String::from_utf8_lossy(
                    raw.get(at..)
                        .unwrap_or_default()
                        .get(..20)
                        .unwrap_or_else(|| raw.get(at..).unwrap_or_default()),
                )
                .into_owned();
                let reason = match place.is_empty() {
                    true => format!("{what}, at the end"),
                    false => format!("{what}, at byte {at}: {place}"),
                };
                let (span, code) = (shown(span), RejectCode::Malformed);
                out.reject(&Reject { span, code, reason: &reason, provisional })
            }
        }
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

/// What follows the string whose first quote is behind us; `None` when it does not end on this line.
fn behind_string(mut text: &[u8]) -> Option<&[u8]> {
    loop {
        let at = memchr::memchr2(b'"', b'\\', text)?;
        if text.get(at) == Some(&b'"') {
            return text.get(at + 1..);
        }
        text = text.get(at + 2..)?;
    }
}

fn shown(span: Span<'_>) -> Span<'_> {
    const SHOWN: usize = 4096;
    Span { raw: span.raw.get(..SHOWN).unwrap_or(span.raw), ..span }
}
