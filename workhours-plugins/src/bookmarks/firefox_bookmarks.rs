//! `firefox.bookmarks`: the bookmarks in a Firefox profile.
//!
//! Not for the visits, which are in the same file (`firefox_history`), nor for the backups of bookmarks that Firefox
//! writes (`bookmarks_json`). Folders and tags aren't events but properties of their bookmarks.

use crate::bookmarks::moz_folders::Folders;
use crate::browsers::firefox_history::{Clock, PROFILES};
use crate::toolkit::cells::Cells;
use crate::toolkit::facts::Facts;
use crate::toolkit::sqlite::{COMPANIONS, Database, Join, Select};
use workhours_plugin_api::*;

/// The source `firefox.bookmarks`.
pub struct FirefoxBookmarks;

export_source!(FirefoxBookmarks);

static INFO: SourceInfo = SourceInfo {
    name: "firefox.bookmarks",
    aliases: &["mozilla.bookmarks"],
    summary: "Bookmarks of Firefox and its kin (places.sqlite)",
    details: "\
Each row of `moz_bookmarks` whose type is 1 is an event, at its `dateAdded`, with the address in `moz_places` it \
points to; `place:` queries count too. Folders and separators are ignored.

* `dateAdded` is in microseconds since 1970; in milliseconds where visits have the column `is_local`, as on \
Android and iOS. 0 or NULL: the event has no date.
* Firefox keeps a tag as a folder in a folder of all tags. What lies in such a folder is no bookmark but gives \
the folder's title to the bookmarks of the same address, as one of their tags; it is counted as ignored.
* `folder` is the path of folders, joined by ` / ` and no longer than 4096 bytes. `keyword` is the word that opens \
the bookmark, `text` its description, where a version has them.
* A bookmark is known by its GUID; one of a version without GUIDs by its id, date and address.
* A bookmark whose address is not there is rejected.",
    authority: "Places database schema: \
https://searchfox.org/mozilla-central/source/toolkit/components/places/nsPlacesTables.h",
    activity: Activity::Human,
    growth: Growth::Mutable,
    input: InputNeed::Map,
    kinds: &["bookmark.added"],
    locations: PROFILES,
    companions: COMPANIONS,
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/firefox.bookmarks"), events: 4, rejects: 1 },
};

const BOOKMARKS: Select = Select {
    alias: "b",
    table: "moz_bookmarks",
    joins: &[
        Join { alias: "p", table: "moz_places", column: "id", equals: "b.fk" },
        Join { alias: "k", table: "moz_keywords", column: "place_id", equals: "b.fk" },
        Join { alias: "ok", table: "moz_keywords", column: "id", equals: "b.keyword_id" },
    ],
    columns: &[
        "b.id",
        "b.type",
        "b.fk",
        "b.parent",
        "b.title",
        "b.dateAdded",
        "b.lastModified",
        "b.guid",
        "p.url",
        "p.title",
        "p.description",
        "k.keyword",
        "ok.keyword",
    ],
};

impl IDataSource for FirefoxBookmarks {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let database = Database::open(input)?;
        database.expect("moz_bookmarks", &["id", "type", "fk", "parent", "title", "dateAdded"])?;
        database.expect("moz_places", &["id", "url"])?;
        let clock = match database.has("moz_historyvisits", &["is_local"])? {
            true => Clock::Milliseconds,
            false => Clock::Microseconds,
        };
        let folders = Folders::read(&database)?;
        let mut last = None;
        database.rows(&BOOKMARKS, out, |cells, out| {
            // An address may have several keywords: the join then returns the bookmark again.
            if last.replace(cells.row_id()) == Some(cells.row_id()) {
                return Ok(());
            }
            Ok(emit(cells, clock, &folders, out)?)
        })
    }
}

fn emit(cells: &Cells<'_>, clock: Clock, folders: &Folders, out: &mut dyn EventSink) -> Result<(), Stop> {
    let parent = cells.int("b.parent").unwrap_or(0);
    if cells.int("b.type") != Some(1) || folders.is_tag(parent) {
        return out.ignored(1);
    }
    let url = cells.bytes("p.url");
    if url.is_empty() {
        return cells.refuse("the bookmark points to an address that is not in moz_places", out);
    }
    let (time, flags) = cells.time("b.dateAdded", |_, n| clock.time(n));
    let path = folders.path(parent);
    let mut facts = Facts::default();
    facts.text("folder", &path);
    facts.text("keyword", first_of(cells, ["k.keyword", "ok.keyword"]));
    facts.int("last_modified_secs", cells.time("b.lastModified", |_, n| clock.time(n)).0.map(|t| t.secs));
    let tags: Vec<_> = folders.tags(cells.int("b.fk")).iter().map(|tag| Text(tag)).collect();
    let key = match cells.bytes("b.guid") {
        b"" => cells.key(&["b.id", "b.dateAdded", "p.url"]),
        guid => guid.to_vec(),
    };
    let text = match folders.description(cells.row_id()) {
        b"" => cells.bytes("p.description"),
        own => own,
    };
    out.emit(&EventRow {
        span: cells.span(),
        time,
        kind: "bookmark.added",
        key: &key,
        url: Text(url),
        // Absent means that the user left the page's own.
        title: Text(first_of(cells, ["b.title", "p.title"])),
        text: Text(text),
        tags: &tags,
        attrs: &facts.0,
        flags,
        ..EventRow::default()
    })
}

fn first_of<'a>(cells: &'a Cells<'_>, names: [&str; 2]) -> &'a [u8] {
    names.into_iter().map(|name| cells.bytes(name)).find(|text| !text.is_empty()).unwrap_or_default()
}
