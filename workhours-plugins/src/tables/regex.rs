//! `regex`: lines of text split by a pattern whose groups are fields and attributes.
//!
//! A record is a line, or a line and the following ones that don't match. Not for formats with their own source.

use crate::tables::table::Table;
use crate::toolkit::ahead::Ahead;
use crate::toolkit::charset::Charset;
use crate::toolkit::continued::Continued;
use crate::toolkit::found::Found;
use crate::toolkit::mapping::{KINDS, Mapping};
use crate::toolkit::roles::mapped_options;
use regex::bytes::{CaptureLocations, Regex, RegexBuilder};
use std::borrow::Cow;
use workhours_plugin_api::*;

/// The source `regex`.
pub struct Matched;

export_source!(Matched);

/// Lines that begin with a date as ISO 8601 has it.
const USUAL: &str = r"^\[?(?<date>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)\]?[\s:,;|-]*(?<text>.*)$";

static INFO: SourceInfo = SourceInfo {
    name: "regex",
    aliases: &[],
    summary: "Lines of text taken apart by a pattern with named groups",
    details: "\
Each line is matched with `pattern`, a regular expression in the syntax of the Rust crate `regex`, without look-around \
and back references, so that it takes linear time. A group is written `(?<name>…)`. A group named like a field \
(`date`, `end`, `duration`, `url`, `referrer`, `title`, `text`, `host`, `peer`, `user`, `agent`, `tags`, `key`) is that \
field; options can map others by name or number. Groups that are neither become attributes, those without a name are \
left out.

* Without `pattern`, a line is a date in ISO 8601, perhaps in brackets, and text. A file none of whose first lines is \
one is refused.
* A line that is not UTF-8 is read as windows-1252, with a remark, unless `encoding` says what it is. What that encoding \
does not have either is matched by bytes: `.` stands for one, and the classes for ASCII.
* With `event_kind = http.request`, `-` in a group is absent, `status` and `size` (`bytes`, `body_bytes_sent`) are the numbers \
`status` and `size_bytes`, and `request`, or `method` and `path`, give title and address, with `vhost` an absolute one.
* The pattern may match anywhere in the line; `^` and `$` tie it to the line's ends.
* A line that does not match is rejected; with `unmatched = ignore` it is no record, and with `unmatched = append` \
it continues the text of the record before, of which the last may then always go on. Blank lines are no records, \
but with `append` they belong to the record within which they stand.
* A line without title, text and address is its own text.
* Dates are read as in `csv`.",
    authority: "Syntax of the crate regex: https://docs.rs/regex/latest/regex/#syntax",
    activity: Activity::Mixed,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: KINDS,
    locations: &[],
    companions: &[],
    options: mapped_options![
        ("pattern", "the regular expression, with named groups", "a date and text"),
        ("unmatched", "what becomes of lines it does not match: `reject`, `ignore`, or `append` to the text of the record before", "reject"),
    ],
    sample: Sample { bytes: include_bytes!("../../samples/regex"), events: 4, rejects: 1 },
};

impl IDataSource for Matched {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let mut matcher = Matcher::new(input)?;
        let usual = input.option("pattern").is_none_or(str::is_empty) && input.resume().position.offset == 0;
        let mut ahead = if usual { Ahead::look(input, |_| true) } else { Ahead::none(input) };
        if usual && !matcher.fits(ahead.head()) {
            let why =
                "no line begins with a date as ISO 8601 has it; give a pattern for lines of another kind";
            return Err(SourceError::Unsupported(why.to_owned()));
        }
        let mut input = Input::new(&mut ahead);
        let mut lines = Lines::new(&mut input);
        if matcher.unmatched == Unmatched::Append {
            return records(&mut matcher, &mut lines, out);
        }
        while let Some(line) = lines.next()? {
            matcher.one_line(&line, out)?;
            if line.terminated {
                out.checkpoint(line.end, &[])?;
            }
        }
        Ok(())
    }
}

/// Matching lines, each with the following lines that don't match. The last may always continue.
fn records(
    matcher: &mut Matcher,
    lines: &mut Lines<'_, '_>,
    out: &mut dyn EventSink,
) -> Result<(), SourceError> {
    let mut record = Continued::default();
    while let Some(line) = lines.next()? {
        if !line.too_long && matcher.matches(&matcher.charset.decode(line.bytes()).0) {
            matcher.end(&mut record, false, out)?;
            out.checkpoint(Position { offset: line.span.offset, lines: line.span.line - 1 }, &[])?;
            record.begin(&line);
        } else if record.is_open() {
            record.append(&line);
            out.progress(line.end.offset)?;
        } else {
            matcher.one_line(&line, out)?;
            if line.terminated {
                out.checkpoint(line.end, &[])?;
            }
        }
    }
    Ok(matcher.end(&mut record, true, out)?)
}

/// How to treat a line that the pattern doesn't match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unmatched {
    Reject,
    Ignore,
    Append,
}

struct Matcher {
    mapping: Mapping,
    pattern: Regex,
    /// The same for lines that aren't UTF-8, where `.` means a byte; if it is valid for bytes.
    of_bytes: Option<Regex>,
    /// The groups with a name, by their number in the pattern.
    groups: Vec<usize>,
    table: Table,
    places: CaptureLocations,
    unmatched: Unmatched,
    charset: Charset,
}

impl Matcher {
    fn new(input: &Input<'_>) -> Result<Self, SourceError> {
        let mapping = Mapping::new(input)?.with_chosen_names();
        let text = input.option("pattern").filter(|text| !text.is_empty()).unwrap_or(USUAL);
        let pattern = Regex::new(text).map_err(|e| SourceError::Config(format!("pattern: {e}")))?;
        let of_bytes = RegexBuilder::new(text).unicode(false).build().ok();
        let unmatched = match input.option("unmatched").unwrap_or("reject") {
            "reject" => Unmatched::Reject,
            "ignore" => Unmatched::Ignore,
            "append" => Unmatched::Append,
            other => {
                let why = format!("unmatched cannot be {other:?}: use reject, ignore or append");
                return Err(SourceError::Config(why));
            }
        };
        let mut groups = Vec::new();
        let mut names = Vec::new();
        for (number, name) in pattern.capture_names().enumerate() {
            if let Some(name) = name {
                groups.push(number);
                names.push(name.to_owned());
            }
        }
        if groups.is_empty() {
            return Err(SourceError::Config("pattern: it has no named group such as (?<date>…)".to_owned()));
        }
        let table = Table::new(&mapping, &names, None).map_err(|missing| {
            SourceError::Config(format!(
                "{}: the pattern has no group {:?}; it has {}",
                missing.role.name(),
                missing.name,
                names.join(", ")
            ))
        })?;
        let places = pattern.capture_locations();
        let charset = Charset::option(input)?;
        Ok(Self { mapping, pattern, of_bytes, groups, table, places, unmatched, charset })
    }

    /// Whether a line of the beginning matches, or there is none.
    fn fits(&mut self, head: &[u8]) -> bool {
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        head.trim_ascii().is_empty()
            || head.split(|b| *b == b'\n').any(|line| self.matches(line.trim_ascii_end()))
    }

    fn one_line(&mut self, line: &Line<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
        let (span, provisional) = (line.span, !line.terminated);
        if line.too_long {
            let reason = "the line is longer than a record may be";
            return out.reject(&Reject { span, code: RejectCode::TooLong, reason, provisional });
        }
        // An unfinished line may end in half a line end.
        let bytes = line.bytes();
        let bytes = if line.terminated { bytes } else { bytes.strip_suffix(b"\r").unwrap_or(bytes) };
        if bytes.trim_ascii().is_empty() {
            return out.ignored(1);
        }
        let (text, flags) = self.charset.decode(bytes);
        if !self.matches(&text) {
            if self.unmatched == Unmatched::Ignore {
                return out.ignored(1);
            }
            let reason = match self.unmatched {
                Unmatched::Append => {
                    "the pattern does not match this line, nor one before that it could continue"
                }
                _ => "the pattern does not match this line",
            };
            return out.reject(&Reject { span, code: RejectCode::Malformed, reason, provisional });
        }
        let hashed = self.hashed(bytes, &text);
        let mut found = self.found(&text);
        (found.flags, found.hashed, found.whole) = (flags, hashed, Some(Cow::Borrowed(text.as_ref())));
        self.mapping.emit(span, provisional, found, out)
    }

    /// The identity of a record with a key whose line had to be decoded: the key as it is in the file. The groups are
    /// those of the text again.
    fn hashed(&mut self, bytes: &[u8], text: &[u8]) -> Option<[Vec<u8>; 3]> {
        if bytes == text || !self.mapping.has_key() {
            return None;
        }
        let mut known = Found::default();
        if self.matches(bytes) {
            known.hash_as(&self.found(bytes));
        }
        self.matches(text);
        known.hashed
    }

    /// Pushes the record of a line and those after it.
    fn end(&mut self, record: &mut Continued, last: bool, out: &mut dyn EventSink) -> Result<(), Stop> {
        let Some(whole) = record.end() else { return Ok(()) };
        if whole.too_long {
            const SHOWN: usize = 4096;
            let span = Span { raw: whole.span.raw.get(..SHOWN).unwrap_or(whole.span.raw), ..whole.span };
            let reason = "with the lines that continue it the record is longer than a record may be";
            out.reject(&Reject { span, code: RejectCode::TooLong, reason, provisional: last })?;
        } else {
            // The following lines came later: the positions are those of another line.
            let (text, flags) = self.charset.decode(whole.span.raw);
            let (head, _) = self.charset.decode(whole.head);
            let (rest, _) = self.charset.decode(whole.rest);
            self.matches(&head);
            let hashed = self.hashed(whole.head, &head);
            let mut found = self.found(&head);
            (found.flags, found.hashed, found.whole) = (flags, hashed, Some(text));
            found.continue_text(&rest);
            self.mapping.emit(whole.span, last, found, out)?;
        }
        match whole.blanks {
            0 => Ok(()),
            n => out.ignored(n),
        }
    }

    /// Looks for the pattern and remembers where its groups are.
    fn matches(&mut self, line: &[u8]) -> bool {
        let of_bytes = self.of_bytes.as_ref().filter(|_| std::str::from_utf8(line).is_err());
        let mut patterns = of_bytes.into_iter().chain([&self.pattern]);
        patterns.any(|pattern| pattern.captures_read(&mut self.places, line).is_some())
    }

    /// The values of the groups, in the line that matched last.
    fn found<'a>(&'a self, line: &'a [u8]) -> Found<'a> {
        self.table.found(self.groups.iter().map(|group| match self.places.get(*group) {
            Some((from, to)) => line.get(from..to).unwrap_or_default(),
            None => b"",
        }))
    }
}
