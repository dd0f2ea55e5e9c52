//! `bookmarks.json`: the backups of bookmarks that Firefox writes, plain or packed (`.jsonlz4`), and the lists that
//! Pinboard exports, which are read in `bookmarks_list`.
//!
//! Not for the database they are exported from (`firefox_bookmarks`), nor for Chrome's JSON (`webkit_bookmarks`).

use crate::bookmarks::bookmarks_list;
use crate::bookmarks::moz_folders::join_path;
use crate::toolkit::charset::Charset;
use crate::toolkit::facts::Facts;
use crate::toolkit::json::items::skip_blank;
use crate::toolkit::json::tree::Tree;
use std::borrow::Cow;
use std::collections::HashMap;
use workhours_plugin_api::*;

/// The source `bookmarks.json`.
pub struct BookmarksJson;

export_source!(BookmarksJson);

static INFO: SourceInfo = SourceInfo {
    name: "bookmarks.json",
    aliases: &["bookmarks.jsonlz4"],
    summary: "Bookmarks as JSON: backups of Firefox (JSON, jsonlz4), exports of Pinboard",
    details: "\
A tree of JSON objects: each of the type `text/x-moz-place` is an event, at its `dateAdded`; `place:` queries count \
too. Folders and separators are ignored. A packed file (`mozLz40`, a size, an LZ4 block) is unpacked, up to 256 MiB; \
positions are those in the unpacked document.

* `dateAdded` is in microseconds since 1970. Absent or 0: the event has no date. Not a number: it has none and a \
remark.
* `tags` are separated by commas. In backups of before 2018 a tag is a folder in the folder of all tags \
(`tagsFolder`): what lies in one is no bookmark but tags those of the same address, and is ignored.
* `folder` is the path of folders, joined by ` / ` and no longer than 4096 bytes. `keyword` is the word that opens \
the bookmark, `text` its description, which versions before 2018 kept as an annotation.
* A bookmark is known by its GUID; one of a version without GUIDs by its id, date and address.
* A bookmark without an address is rejected. A document that is cut or is no JSON is refused whole.

A list of objects with `href`, as Pinboard exports it: each is an event at its `time` (ISO 8601 with an offset), with \
`description` as its title, `extended` as its text, and its `tags`, separated by spaces or a list. `private` is true \
where `shared` is `no`, `to_read` where `toread` is `yes`. A bookmark is known by its address and its time. An element that \
is damaged or has no `href` is rejected; a list without any bookmark is refused.",
    authority: "Firefox, toolkit/components/places/PlacesBackups.sys.mjs and PlacesUtils.sys.mjs: \
https://searchfox.org/mozilla-central/source/toolkit/components/places",
    activity: Activity::Human,
    growth: Growth::Mutable,
    input: InputNeed::Map,
    kinds: &["bookmark.added"],
    locations: &[
        Location { os: Os::Any, glob: "~/Downloads/bookmarks*.json" },
        Location { os: Os::Any, glob: "~/Downloads/pinboard*.json" },
        Location { os: Os::Linux, glob: "~/.mozilla/firefox/*/bookmarkbackups/bookmarks-*.json*" },
        Location { os: Os::Linux, glob: "~/.config/mozilla/firefox/*/bookmarkbackups/bookmarks-*.json*" },
        Location {
            os: Os::Linux,
            glob: "~/snap/firefox/common/.mozilla/firefox/*/bookmarkbackups/bookmarks-*.json*",
        },
        Location {
            os: Os::MacOs,
            glob: "~/Library/Application Support/Firefox/Profiles/*/bookmarkbackups/bookmarks-*.json*",
        },
        Location {
            os: Os::Windows,
            glob: "~/AppData/Roaming/Mozilla/Firefox/Profiles/*/bookmarkbackups/bookmarks-*.json*",
        },
    ],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/bookmarks.json"), events: 4, rejects: 1 },
};

const MEMBERS: [&str; 12] = [
    "type",
    "id",
    "guid",
    "title",
    "uri",
    "dateAdded",
    "lastModified",
    "tags",
    "keyword",
    "root",
    "name",
    "value",
];

impl IDataSource for BookmarksJson {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let document = unpack(input.map()?)?;
        let start = skip_blank(&document, if document.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 });
        if document.get(start) == Some(&b'[') {
            return bookmarks_list::read(&document, start, out);
        }
        let tree = Backup::read(&document)?;
        for node in 0..tree.tree.nodes.len() {
            match tree.tree.text(node, "type").as_ref() {
                b"text/x-moz-place" if tree.tag_around(node).is_none() => tree.emit(node, out)?,
                kind if kind.starts_with(PLACE) => out.ignored(1)?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// How the types of bookmarks, folders and separators begin.
const PLACE: &[u8] = b"text/x-moz-place";

/// The document of a file that may be packed.
fn unpack(bytes: &[u8]) -> Result<Cow<'_, [u8]>, SourceError> {
    const MAX_BYTES: usize = 256 << 20;
    /// A byte of LZ4 makes no more of them.
    const MAX_FOR_A_BYTE: usize = 255;
    let Some(rest) = bytes.strip_prefix(b"mozLz40\0") else {
        return Ok(Cow::Borrowed(bytes));
    };
    let Some((size, block)) = rest.split_first_chunk::<4>() else {
        return Err(SourceError::Corrupt("the packed file is cut within its header".into()));
    };
    let size = u32::from_le_bytes(*size) as usize;
    if size > MAX_BYTES {
        let why = format!("unpacked, the file has {size} bytes; {MAX_BYTES} are read");
        return Err(SourceError::Limit(why));
    }
    if size > block.len().saturating_mul(MAX_FOR_A_BYTE) {
        return Err(SourceError::Corrupt(format!("the packed file is too short to hold {size} bytes")));
    }
    let document = lz4_flex::block::decompress(block, size)
        .map_err(|e| SourceError::Corrupt(format!("the packed file cannot be unpacked: {e}")))?;
    if document.len() != size {
        let why = format!("{size} bytes were packed, but {} come out", document.len());
        return Err(SourceError::Corrupt(why));
    }
    Ok(Cow::Owned(document))
}

/// A document with its bookmarks separated from other nodes.
struct Backup<'a> {
    tree: Tree<'a, 12>,
    /// Tags by address, from folders that represent one.
    tags: HashMap<Cow<'a, [u8]>, Vec<Cow<'a, [u8]>>>,
    descriptions: HashMap<usize, Cow<'a, [u8]>>,
}

impl<'a> Backup<'a> {
    fn read(document: &'a [u8]) -> Result<Self, SourceError> {
        let tree = Tree::read(document, &MEMBERS)?;
        let nodes = 0..tree.nodes.len();
        if !nodes.clone().any(|node| tree.text(node, "type").starts_with(PLACE)) {
            let why = format!("no object of the type {}", String::from_utf8_lossy(PLACE));
            return Err(SourceError::Unsupported(why));
        }
        let mut backup = Self { tree, tags: HashMap::new(), descriptions: HashMap::new() };
        for node in nodes {
            let tree = &backup.tree;
            if *tree.text(node, "type") == *PLACE {
                if let Some(folder) = backup.tag_around(node) {
                    let (uri, tag) = (tree.text(node, "uri"), tree.text(folder, "title"));
                    let tags = backup.tags.entry(uri).or_default();
                    if !tag.is_empty() && !tags.contains(&tag) {
                        tags.push(tag);
                    }
                }
            } else if *tree.text(node, "name") == *b"bookmarkProperties/description"
                && let Some(bookmark) = tree.parent(node)
            {
                let description = tree.text(node, "value");
                backup.descriptions.insert(bookmark, description);
            }
        }
        Ok(backup)
    }

    /// The folder of a node, if it represents a tag.
    fn tag_around(&self, node: usize) -> Option<usize> {
        let folder = self.tree.parent(node)?;
        let around = self.tree.parent(folder)?;
        (*self.tree.text(around, "root") == *b"tagsFolder").then_some(folder)
    }

    fn emit(&self, node: usize, out: &mut dyn EventSink) -> Result<(), Stop> {
        let tree = &self.tree;
        let url = tree.text(node, "uri");
        if tree.too_long(node) {
            return tree.refuse(
                node,
                RejectCode::TooLong,
                "the bookmark is longer than a record may be",
                out,
            );
        }
        if url.is_empty() {
            return tree.refuse(node, RejectCode::Malformed, "the bookmark has no address (uri)", out);
        }
        let us = |_, n| Some(EventTime::from_unix_us(n));
        let (time, mut flags) = tree.time(node, "dateAdded", us);
        let mut plain = |text: &[u8]| {
            let (text, remark) = Charset::Guessed.decode(text);
            flags |= remark;
            text.into_owned()
        };
        let mut titles: Vec<_> = tree.around(node).map(|n| tree.text(n, "title")).collect();
        titles.reverse();
        let path = plain(&join_path(titles.iter().map(AsRef::as_ref)));
        let keyword = plain(&tree.text(node, "keyword"));
        let mut facts = Facts::default();
        facts.text("folder", &path);
        facts.text("keyword", &keyword);
        facts.int("last_modified_secs", tree.time(node, "lastModified", us).0.map(|t| t.secs));
        let own = plain(&tree.text(node, "tags"));
        let listed: Vec<_> = self.tags.get(&url).into_iter().flatten().map(|t| plain(t)).collect();
        let mut tags: Vec<_> = own.split(|b| *b == b',').map(|t| Text(t.trim_ascii())).collect();
        tags.extend(listed.iter().map(|t| Text(t)));
        tags.retain(|t| !t.is_empty());
        let title = plain(&tree.text(node, "title"));
        let description = plain(self.descriptions.get(&node).map_or(b"", |d| d));
        let address = plain(&url);
        let key = match tree.text(node, "guid") {
            guid if guid.is_empty() => tree.key(node, &["id", "dateAdded", "uri"]),
            guid => guid.into_owned(),
        };
        out.emit(&EventRow {
            span: tree.span(node),
            time,
            kind: "bookmark.added",
            key: &key,
            url: Text(&address),
            title: Text(&title),
            text: Text(&description),
            tags: &tags,
            attrs: &facts.0,
            flags,
            ..EventRow::default()
        })
    }
}
