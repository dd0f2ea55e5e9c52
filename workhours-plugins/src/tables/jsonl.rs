//! `jsonl`: JSON objects, one a line or each over several, of which options say, or names suggest, which
//! value is what.
//!
//! Not for a program's own export with its own source. This file finds the objects; `json_lines` and `json_lists` read
//! them, `json_nodes` parses them and `json_fields` looks the values up.

use crate::toolkit::ahead::Ahead;
use crate::toolkit::json::lines;
use crate::toolkit::json::lists;
use crate::toolkit::json::nodes::{Kind, Object, TOO_MANY};
use crate::toolkit::json::places::{self, Where};
use crate::toolkit::json::record::Records;
use crate::toolkit::mapping::KINDS;
use crate::toolkit::roles::mapped_options;
use workhours_plugin_api::*;

/// The source `jsonl`.
pub struct JsonLines;

export_source!(JsonLines);

static INFO: SourceInfo = SourceInfo {
    name: "jsonl",
    aliases: &["ndjson", "json.lines"],
    summary: "JSON objects, one a line or pretty-printed, with values named by options",
    details: "\
A record is a JSON object. Usually it is a line; one that is printed over several lines is read too, and so are \
the objects of a list, however it is written. Options map paths such as `user.names[0].first` to fields; a dot within a name is written \
`\\.`, and a member at the top whose name is the whole text comes first. All other values are attributes: objects \
with the names around them (`a.b` becomes `a_b`, in `snake_case`), arrays as they are written. Nulls and empty \
strings and arrays say nothing. Of equal names the later get a number; a path means the last.

* Without any mapping, members at the top with usual names are taken, as in `csv`: `datetime`, `timestamp`, `url`, \
`title`, `message`, `user` and so on. As soon as one is mapped, only those named just like a field are.
* `records` says where in a document the records are: `data.items`. It leads through lists by itself, and `*` stands for any \
name: `buckets.*.events`. Where it ends, a list holds records, and an object is one. A file that holds nothing there is \
refused.
* Without it, a file that is a single object is one record if it has a date, or if no list in it holds objects with one. \
Else the objects of those lists are the records, and what stands around them is passed over.
* An object without title, text and address has itself as its text.
* Tags are an array of texts or of objects with a name, or a text with `tags_separator` between them.
* Dates are read as in `csv`, from a number or a text.
* A line that begins with `{` in its first column begins an object: what was open before is rejected as cut. So is \
one whose text goes over the end of a line, which JSON does not allow. A line that is no object, and a second \
object on a line outside of a list, are rejected. Of a broken object in a list, reading goes on at the next.
* Whole numbers that do not fit 64 bits are kept as text, `NaN` and infinities are nothing. More than 64 levels or \
100 000 values in an object are rejected.
* A record that is not UTF-8 is read as windows-1252, with a remark, unless `encoding` says what it is. A file none of \
whose lines begins an object or a list is refused.
* An object that is not complete at the end of the input may still be: it is looked at again when it has grown.",
    authority: "JSON Lines: https://jsonlines.org/",
    activity: Activity::Mixed,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: KINDS,
    locations: &[],
    companions: &[],
    options: mapped_options![(
        "records",
        "where in a document the records are, as `data.items` or `buckets.*.events`",
        "found"
    )],
    sample: Sample { bytes: include_bytes!("../../samples/jsonl"), events: 4, rejects: 2 },
};

impl IDataSource for JsonLines {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let records = Records::new(input)?;
        let path = places::path(input.option("records"))?;
        let state = input.resume().state.clone();
        if !state.is_empty() {
            return lists::read(input, &records, Where::resumed(path, &state)?, out);
        }
        if let Some(path) = path {
            return lists::read(input, &records, Where::At(path), out);
        }
        if input.resume().position.offset > 0 {
            return lines::read(input, &records, out);
        }
        let mut ahead = Ahead::look(input, is_enough);
        let shape = shape(ahead.head(), &records)?;
        let mut input = Input::new(&mut ahead);
        match shape {
            Shape::Lines => lines::read(&mut input, &records, out),
            Shape::List => lists::read(&mut input, &records, Where::Top, out),
            Shape::Document => lists::read(&mut input, &records, Where::Dated, out),
        }
    }
}

/// How the objects of a file are laid out.
enum Shape {
    Lines,
    /// A list that begins with an object.
    List,
    /// One object with the records in it.
    Document,
}

/// Without white space and a byte order mark.
fn begun(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start()
}

/// Whether a beginning shows the shape: that of a single object needs all of it.
fn is_enough(head: &[u8]) -> bool {
    let text = begun(head);
    if text.first() != Some(&b'{') {
        return !text.is_empty();
    }
    match Object::begin(text) {
        Ok((_, len)) => text.get(len..).is_some_and(|rest| !rest.trim_ascii().is_empty()),
        Err(mistake) => !mistake.ended,
    }
}

fn shape(head: &[u8], records: &Records) -> Result<Shape, SourceError> {
    /// A first object that is longer and never ends is a document.
    const LONG: usize = 32 << 10;
    let text = begun(head);
    let is_list = text.strip_prefix(b"[").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"{"));
    if is_list {
        return Ok(Shape::List);
    }
    let begins = |line: &[u8]| matches!(begun(line).first(), Some(b'{' | b'['));
    if !text.is_empty() && !text.split(|b| *b == b'\n').any(begins) {
        let why = "no line begins with { or [: this is no JSON of objects";
        return Err(SourceError::Unsupported(why.to_owned()));
    }
    let is_document = match Object::begin(text) {
        Ok((object, len)) => {
            let alone = text.get(len..).is_some_and(|rest| rest.trim_ascii().is_empty());
            alone && !records.is_dated(&object) && has_dated_list(&object, records)
        }
        Err(mistake) if mistake.ended => text.len() >= LONG && lists::finds_dates(text, records),
        Err(mistake) => mistake.what == TOO_MANY && lists::finds_dates(text, records),
    };
    Ok(if is_document { Shape::Document } else { Shape::Lines })
}

fn has_dated_list(object: &Object<'_>, records: &Records) -> bool {
    let lists = object.nodes.iter().enumerate().filter(|(_, node)| node.kind == Kind::Array);
    let mut firsts = lists.filter_map(|(at, _)| object.children(at).next());
    firsts.any(|(_, first)| {
        let text = object.text(first);
        first.kind == Kind::Object && Object::read(&text).is_ok_and(|item| records.is_dated(&item))
    })
}
