//! `regex`: lines of text taken apart by a pattern whose groups are fields and attributes.
//!
//! Not for records of several lines, nor for formats that a source knows by name.

use crate::mapping::{KIND, Mapping};
use crate::roles::mapped_options;
use crate::table::Table;
use regex::bytes::{CaptureLocations, Regex, RegexBuilder};
use workhours_plugin_api::*;

/// The source behind `regex`.
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
(`date`, `end`, `duration`, `url`, `referrer`, `title`, `text`, `host`, `user`, `agent`, `tags`, `key`) is that \
field; options can map others by name or number. Groups that are neither become attributes, those without a name are \
left out.

* Without `pattern`, a line is a date in ISO 8601, perhaps in brackets, and text.
* In a line that is not UTF-8, `.` stands for a byte and the classes for ASCII.
* The pattern may match anywhere in the line; `^` and `$` tie it to the line's ends.
* A line that does not match is rejected, or with `unmatched = ignore` no record. Blank lines never are.
* A line without title, text and address is its own text.
* Dates are read as in `csv`.",
    authority: "Syntax of the crate regex: https://docs.rs/regex/latest/regex/#syntax",
    activity: Activity::Mixed,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &[KIND],
    locations: &[],
    companions: &[],
    options: mapped_options![
        ("pattern", "the regular expression, with named groups", "a date and text"),
        ("unmatched", "what becomes of lines it does not match: `reject` or `ignore`", "reject"),
    ],
    sample: Sample { bytes: include_bytes!("../samples/regex"), events: 4, rejects: 1 },
};

impl IDataSource for Matched {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let mut matcher = Matcher::new(input)?;
        let mut lines = Lines::new(input);
        while let Some(line) = lines.next()? {
            matcher.one_line(&line, out)?;
            if line.terminated {
                out.checkpoint(line.end, &[])?;
            }
        }
        Ok(())
    }
}

struct Matcher {
    mapping: Mapping,
    pattern: Regex,
    /// The same for lines that are not UTF-8, where `.` stands for a byte; if it makes sense of bytes.
    of_bytes: Option<Regex>,
    /// The groups with a name, by their number in the pattern.
    groups: Vec<usize>,
    table: Table,
    places: CaptureLocations,
    ignores: bool,
}

impl Matcher {
    fn new(input: &Input<'_>) -> Result<Self, SourceError> {
        let mapping = Mapping::new(input)?.with_chosen_names();
        let text = input.option("pattern").filter(|text| !text.is_empty()).unwrap_or(USUAL);
        let pattern = Regex::new(text).map_err(|e| SourceError::Config(format!("pattern: {e}")))?;
        let of_bytes = RegexBuilder::new(text).unicode(false).build().ok();
        let ignores = match input.option("unmatched").unwrap_or("reject") {
            "reject" => false,
            "ignore" => true,
            other => {
                let why = format!("unmatched cannot be {other:?}: use reject or ignore");
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
        let table = Table::new(&mapping, &names).map_err(|missing| {
            SourceError::Config(format!(
                "{}: the pattern has no group {:?}; it has {}",
                missing.role.name(),
                missing.name,
                names.join(", ")
            ))
        })?;
        let places = pattern.capture_locations();
        Ok(Self { mapping, pattern, of_bytes, groups, table, places, ignores })
    }

    fn one_line(&mut self, line: &Line<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
        let (span, provisional) = (line.span, !line.terminated);
        if line.too_long {
            let reason = "the line is longer than a record may be";
            return out.reject(&Reject { span, code: RejectCode::TooLong, reason, provisional });
        }
        // Behind an unfinished line may stand half a line end.
        let bytes = line.bytes();
        let bytes = if line.terminated { bytes } else { bytes.strip_suffix(b"\r").unwrap_or(bytes) };
        if bytes.trim_ascii().is_empty() {
            return out.ignored(1);
        }
        let of_bytes = self.of_bytes.as_ref().filter(|_| std::str::from_utf8(bytes).is_err());
        let mut patterns = of_bytes.into_iter().chain([&self.pattern]);
        let found = patterns.any(|pattern| pattern.captures_read(&mut self.places, bytes).is_some());
        if !found {
            if self.ignores {
                return out.ignored(1);
            }
            let reason = "the pattern does not match this line";
            return out.reject(&Reject { span, code: RejectCode::Malformed, reason, provisional });
        }
        let cells = self.groups.iter().map(|group| match self.places.get(*group) {
            Some((from, to)) => bytes.get(from..to).unwrap_or_default(),
            None => b"",
        });
        self.mapping.emit(span, provisional, &self.table.found(cells), out)
    }
}
