//! `delicious.bookmarks`: the export of the bookmark service del.icio.us.
//!
//! A Netscape bookmark file like any other, except for its tags `for:name`, which share a bookmark with another user.

use crate::bookmarks::bookmarks_html::{Tags, emit};
use crate::bookmarks::netscape;
use workhours_plugin_api::*;

/// The source `delicious.bookmarks`.
pub struct DeliciousBookmarks;

export_source!(DeliciousBookmarks);

static INFO: SourceInfo = SourceInfo {
    name: "delicious.bookmarks",
    aliases: &["delicious"],
    summary: "Bookmarks exported by del.icio.us",
    details: "\
Read as `bookmarks.html` is, with one difference: tags that begin with `for:` are no tags. The names behind \
them become `shared_with`, separated by commas. `ADD_DATE` is taken as seconds since 1970 in UTC, `PRIVATE` is \
`private`.",
    authority: "Netscape Bookmark File Format: \
https://learn.microsoft.com/en-us/previous-versions/windows/internet-explorer/ie-developer/platform-apis/aa753582(v=vs.85)",
    activity: Activity::Human,
    growth: Growth::Mutable,
    input: InputNeed::Read,
    kinds: &["bookmark.added"],
    locations: &[
        Location { os: Os::Any, glob: "~/Downloads/delicious*.html" },
        Location { os: Os::Any, glob: "~/Documents/delicious*.html" },
    ],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/delicious.bookmarks"), events: 2, rejects: 0 },
};

impl IDataSource for DeliciousBookmarks {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        netscape::read(input, out, &|mark, folder, out| emit(mark, folder, Tags::SomeShare, out))
    }
}
