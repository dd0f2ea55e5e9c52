//! `webkit.bookmarks`: the file `Bookmarks` in a profile of Chrome, Chromium or a browser based on it.
//!
//! Not for the HTML that these browsers export (`bookmarks_html`). Folders aren't events but the `folder` of their
//! bookmarks.

use crate::bookmarks::moz_folders::join_path;
use crate::toolkit::epoch;
use crate::toolkit::facts::Facts;
use crate::toolkit::json::tree::Tree;
use workhours_plugin_api::*;

/// The source `webkit.bookmarks`.
pub struct WebkitBookmarks;

export_source!(WebkitBookmarks);

static INFO: SourceInfo = SourceInfo {
    name: "webkit.bookmarks",
    aliases: &["chrome.bookmarks", "chromium.bookmarks"],
    summary: "Bookmarks of Chrome, Chromium, Brave, Edge, Vivaldi and Opera (Bookmarks)",
    details: "\
A JSON object whose member `roots` holds trees: each node of the type `url` is an event, at its `date_added`. \
Folders are ignored, and so is all else.

* `date_added` is a string of microseconds since 1601. Absent or \"0\": the event has no date. Not a number: it has \
none and a remark.
* `folder` is the path of folders, joined by ` / ` and no longer than 4096 bytes. `last_visit_secs` is \
`date_last_used`, if it was used.
* A bookmark is known by its GUID; one of a version without GUIDs by its id, date and address. Ids alone may stand \
in a file twice.
* A bookmark without an address is rejected. A document that is cut or is no JSON is refused whole.",
    authority: "Chromium, components/bookmarks/browser/bookmark_codec.cc: \
https://source.chromium.org/chromium/chromium/src/+/main:components/bookmarks/browser/bookmark_codec.cc",
    activity: Activity::Human,
    growth: Growth::Mutable,
    input: InputNeed::Map,
    kinds: &["bookmark.added"],
    locations: &[
        Location { os: Os::Linux, glob: "~/.config/google-chrome*/*/Bookmarks" },
        Location { os: Os::Linux, glob: "~/.config/chromium/*/Bookmarks" },
        Location { os: Os::Linux, glob: "~/snap/chromium/common/chromium/*/Bookmarks" },
        Location { os: Os::Linux, glob: "~/.config/BraveSoftware/Brave-Browser/*/Bookmarks" },
        Location { os: Os::Linux, glob: "~/.config/microsoft-edge*/*/Bookmarks" },
        Location { os: Os::Linux, glob: "~/.config/vivaldi/*/Bookmarks" },
        Location { os: Os::Linux, glob: "~/.config/opera/Bookmarks" },
        Location { os: Os::Linux, glob: "~/.var/app/*/config/*/*/Bookmarks" },
        Location { os: Os::MacOs, glob: "~/Library/Application Support/Google/Chrome*/*/Bookmarks" },
        Location { os: Os::MacOs, glob: "~/Library/Application Support/Chromium/*/Bookmarks" },
        Location {
            os: Os::MacOs,
            glob: "~/Library/Application Support/BraveSoftware/Brave-Browser/*/Bookmarks",
        },
        Location { os: Os::MacOs, glob: "~/Library/Application Support/Microsoft Edge*/*/Bookmarks" },
        Location { os: Os::MacOs, glob: "~/Library/Application Support/Vivaldi/*/Bookmarks" },
        Location { os: Os::Windows, glob: "~/AppData/Local/Google/Chrome*/User Data/*/Bookmarks" },
        Location { os: Os::Windows, glob: "~/AppData/Local/Chromium/User Data/*/Bookmarks" },
        Location {
            os: Os::Windows,
            glob: "~/AppData/Local/BraveSoftware/Brave-Browser/User Data/*/Bookmarks",
        },
        Location { os: Os::Windows, glob: "~/AppData/Local/Microsoft/Edge*/User Data/*/Bookmarks" },
        Location { os: Os::Windows, glob: "~/AppData/Local/Vivaldi/User Data/*/Bookmarks" },
    ],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/webkit.bookmarks"), events: 3, rejects: 1 },
};

const MEMBERS: [&str; 7] = ["type", "id", "guid", "name", "url", "date_added", "date_last_used"];

impl IDataSource for WebkitBookmarks {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let tree = Tree::read(input.map()?, &MEMBERS)?;
        let is_roots = |node| tree.parent(node) == Some(0) && *tree.member(node) == *b"roots";
        if !(0..tree.nodes.len()).any(is_roots) {
            return Err(SourceError::Unsupported("the JSON object has no object `roots`".into()));
        }
        for node in 0..tree.nodes.len() {
            // A program's data in a bookmark (meta_info) may look like one.
            if *tree.member(node) == *b"children" || tree.parent(node).is_some_and(is_roots) {
                match tree.text(node, "type").as_ref() {
                    b"url" => emit(&tree, node, out)?,
                    _ => out.ignored(1)?,
                }
            }
        }
        Ok(())
    }
}

fn emit<const N: usize>(tree: &Tree<'_, N>, node: usize, out: &mut dyn EventSink) -> Result<(), Stop> {
    let url = tree.text(node, "url");
    if tree.too_long(node) {
        return tree.refuse(node, RejectCode::TooLong, "the bookmark is longer than a record may be", out);
    }
    if url.is_empty() {
        return tree.refuse(node, RejectCode::Malformed, "the bookmark has no address (url)", out);
    }
    let folders = tree.around(node).filter(|n| *tree.text(*n, "type") == *b"folder");
    let mut titles: Vec<_> = folders.map(|n| tree.text(n, "name")).collect();
    titles.reverse();
    let path = join_path(titles.iter().map(AsRef::as_ref));
    let (time, flags) = tree.time(node, "date_added", |_, us| epoch::from_1601_us(us));
    let mut facts = Facts::default();
    facts.text("folder", &path);
    let used = tree.time(node, "date_last_used", |_, us| epoch::from_1601_us(us)).0;
    facts.int("last_visit_secs", used.map(|t| t.secs));
    let key = match tree.text(node, "guid") {
        guid if guid.is_empty() => tree.key(node, &["id", "date_added", "url"]),
        guid => guid.into_owned(),
    };
    out.emit(&EventRow {
        span: tree.span(node),
        time,
        kind: "bookmark.added",
        key: &key,
        url: Text(&url),
        title: Text(&tree.text(node, "name")),
        attrs: &facts.0,
        flags,
        ..EventRow::default()
    })
}
