//! `bookmarks.html`: the bookmark file that browsers and bookmark services export.
//!
//! One event per bookmark, when it was added. Folders aren't events but the `folder` of their bookmarks. `netscape`
//! reads the file itself.

use crate::bookmarks::bookmark::Bookmark;
use crate::bookmarks::netscape;
use crate::toolkit::stamp;
use workhours_plugin_api::*;

/// The source `bookmarks.html`.
pub struct BookmarksHtml;

export_source!(BookmarksHtml);

static INFO: SourceInfo = SourceInfo {
    name: "bookmarks.html",
    aliases: &["netscape.bookmarks"],
    summary: "Bookmarks exported as HTML by browsers and bookmark services (Netscape format, Pocket, Instapaper)",
    details: "\
Each `<DT><A HREF=…>title</A>` with its optional `<DD>description` is an event, at its `ADD_DATE`; `place:`, \
`javascript:` and relative addresses count too. Tags may be in any case and left open, attributes quoted in \
either way or not at all.

* `ADD_DATE` is in seconds, milliseconds or microseconds, told apart by magnitude, or written as \
`10/Oct/2000:13:55:36 +0300` or `2000-10-10T13:55:36+0300`. Absent or 0: the event has no date. Not readable: \
it has none and a remark.
* Two exports of one bookmark are one event: it is known by its address and date.
* `TAGS` are separated by commas, or by spaces if there is no comma.
* `folder` is the path of folders, joined by ` / ` and no longer than 4096 bytes.
* A link in a description is part of it; a link outside of every list is ignored. One without `HREF` is \
rejected, and so is one with a quote that takes in the next.
* The page's own `META` says its encoding; a bookmark that is not UTF-8 where none is declared, or UTF-8 is, is read as \
windows-1252, with a remark.
* Tags that no title is formatted with, such as `<script>`, are part of the title's text. So is `<!--` that is not closed \
within the title, description or file.
* The exports of Pocket and Instapaper are read too: each link is a bookmark, at its `time_added` if it has one, in the \
folder of the heading above it. Other HTML without a list of bookmarks is refused.",
    authority: "Netscape Bookmark File Format: \
https://learn.microsoft.com/en-us/previous-versions/windows/internet-explorer/ie-developer/platform-apis/aa753582(v=vs.85)",
    activity: Activity::Human,
    growth: Growth::Mutable,
    input: InputNeed::Read,
    kinds: &["bookmark.added"],
    locations: &[
        Location { os: Os::Any, glob: "~/Downloads/bookmarks*.html" },
        Location { os: Os::Any, glob: "~/Documents/bookmarks*.html" },
        Location { os: Os::Linux, glob: "~/.mozilla/firefox/*/bookmarks.html" },
        Location { os: Os::MacOs, glob: "~/Library/Application Support/Firefox/Profiles/*/bookmarks.html" },
        Location { os: Os::Windows, glob: "~/AppData/Roaming/Mozilla/Firefox/Profiles/*/bookmarks.html" },
    ],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/bookmarks.html"), events: 4, rejects: 1 },
};

impl IDataSource for BookmarksHtml {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        netscape::read(input, out, &|mark, folder, out| emit(mark, folder, Tags::AllMine, out))
    }
}

/// Whether a tag `for:name` is one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tags {
    AllMine,
    /// It names the person with whom the bookmark was shared.
    SomeShare,
}

pub(crate) fn emit(mark: &Bookmark, folder: &[u8], which: Tags, out: &mut dyn EventSink) -> Result<(), Stop> {
    // Browsers drop tabs and line ends from an address that was wrapped.
    let wrapped = |b: &u8| matches!(b, b'\t' | b'\n' | b'\r');
    let clean =
        |href: &[u8]| -> Vec<u8> { href.trim_ascii().iter().filter(|b| !wrapped(b)).copied().collect() };
    let (url, key) = (clean(mark.value("href")), clean(&mark.known_by));
    let (mut tags, mut shared) = (Vec::new(), Vec::new());
    for tag in split_tags(mark.value("tags")) {
        match tag.strip_prefix(b"for:") {
            Some(name) if which == Tags::SomeShare => shared.push(name),
            _ => tags.push(Text(tag)),
        }
    }
    let shared = shared.join(&b',');
    let mut attrs = Vec::with_capacity(6);
    let mut add = |key, value| attrs.push(Attr { key, value });
    for (key, text) in [("folder", folder), ("shared_with", &shared), ("keyword", mark.value("shortcuturl"))]
    {
        if !text.is_empty() {
            add(key, Value::Str(Text(text)));
        }
    }
    match mark.value("private").trim_ascii().to_ascii_lowercase().as_slice() {
        b"" => {}
        private => add("private", Value::Bool(!matches!(private, b"0" | b"false" | b"no"))),
    }
    for (key, name) in [("last_visit_secs", "last_visit"), ("last_modified_secs", "last_modified")] {
        if let Ok(Some(time)) = date(mark.value(name)) {
            add(key, Value::Int(time.secs));
        }
    }
    let added = match mark.value("add_date") {
        b"" => mark.value("time_added"),
        added => added,
    };
    let (time, mut flags) = match date(added) {
        Ok(time) => (time, mark.flags),
        Err(NotReadable) => (None, mark.flags | RowFlags::BAD_TIME),
    };
    if mark.cut {
        flags |= RowFlags::MALFORMED_TAIL;
    }
    let described = if mark.description.is_empty() { mark.value("description") } else { &mark.description };
    out.emit(&Added(EventRow {
        span: Span { offset: mark.offset, line: mark.line, raw: &mark.raw },
        time,
        kind: "bookmark.added",
        key: &key,
        url: Text(&url),
        title: Text(&mark.title),
        text: Text(described.trim_ascii()),
        tags: &tags,
        attrs: &attrs,
        flags,
        ..EventRow::default()
    }))
}

struct Added<'a>(EventRow<'a>);

impl IEventRecord for Added<'_> {
    fn to_event_row(&self) -> EventRow<'_> {
        self.0
    }
}

fn split_tags(tags: &[u8]) -> impl Iterator<Item = &[u8]> {
    let commas = tags.contains(&b',');
    let separates = move |b: &u8| if commas { *b == b',' } else { b.is_ascii_whitespace() };
    tags.split(separates).map(<[u8]>::trim_ascii).filter(|t| !t.is_empty())
}

struct NotReadable;

/// A date in any of its spellings; `None` when it is absent or 0.
fn date(text: &[u8]) -> Result<Option<EventTime>, NotReadable> {
    /// Seconds up to the year 5138, and so milliseconds and microseconds.
    const SECONDS: i64 = 100_000_000_000;
    let text = text.trim_ascii();
    let number = || std::str::from_utf8(text).ok()?.parse::<i64>().ok();
    Ok(match number() {
        _ if text.is_empty() => None,
        Some(0) => None,
        Some(n @ 1..SECONDS) => Some(EventTime::from_unix(n)),
        Some(n) if (0..SECONDS * 1_000).contains(&n) => Some(EventTime::from_unix_ms(n)),
        Some(n) if (0..SECONDS * 1_000_000).contains(&n) => Some(EventTime::from_unix_us(n)),
        Some(_) => return Err(NotReadable),
        None => Some(stamp::clf(text).or_else(|| stamp::iso(text)).ok_or(NotReadable)?.0),
    })
}
