//! `safari.history`: the visits in Safari's `History.db`, on macOS and iOS.
//!
//! Not for the `History.plist` before 2014, nor for bookmarks and the reading list.

use crate::toolkit::cells::Cells;
use crate::toolkit::epoch;
use crate::toolkit::facts::Facts;
use crate::toolkit::sqlite::{COMPANIONS, Database, Join, Select};
use workhours_plugin_api::*;

/// The source `safari.history`.
pub struct SafariHistory;

export_source!(SafariHistory);

static INFO: SourceInfo = SourceInfo {
    name: "safari.history",
    aliases: &[],
    summary: "Pages visited with Safari (History.db)",
    details: "\
Each row of `history_visits` with the address in `history_items` it points to is an event.

* `visit_time` is in seconds since 2001 with a fraction, read to the microsecond. 0 or NULL: the event has no date.
* `referrer` is the address of the visit in `redirect_source`, which sent the browser here.
* `load_successful` is false for a page that did not load, `http_non_get` true for one asked for by another method \
than GET, `synthesized` true for a visit that Safari made up. `synced` is true for a visit of another device.
* A visit is known by its id, its time and its address, so that those of two computers stay apart.
* A visit whose address is not there is rejected. Visits the user removed (`history_tombstones`) are not read.",
    authority: "plaso, safari_history: \
https://github.com/log2timeline/plaso/blob/main/plaso/parsers/sqlite_plugins/safari.py",
    activity: Activity::Human,
    growth: Growth::Mutable,
    input: InputNeed::Map,
    kinds: &["web.visit"],
    locations: &[
        Location { os: Os::MacOs, glob: "~/Library/Safari/History.db" },
        Location { os: Os::MacOs, glob: "~/Library/Safari/Profiles/*/History.db" },
        Location {
            os: Os::MacOs,
            glob: "~/Library/Containers/com.apple.Safari/Data/Library/Safari/Profiles/*/History.db",
        },
    ],
    companions: COMPANIONS,
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/safari.history"), events: 3, rejects: 1 },
};

const VISITS: Select = Select {
    alias: "v",
    table: "history_visits",
    joins: &[
        Join { alias: "i", table: "history_items", column: "id", equals: "v.history_item" },
        Join { alias: "f", table: "history_visits", column: "id", equals: "v.redirect_source" },
        Join { alias: "fi", table: "history_items", column: "id", equals: "f.history_item" },
    ],
    columns: &[
        "v.id",
        "v.visit_time",
        "v.title",
        "v.load_successful",
        "v.http_non_get",
        "v.synthesized",
        "v.origin",
        "i.url",
        "fi.url",
    ],
};

impl IDataSource for SafariHistory {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let database = Database::open(input)?;
        database.expect("history_visits", &["id", "history_item", "visit_time"])?;
        database.expect("history_items", &["id", "url"])?;
        database.rows(&VISITS, out, |cells, out| Ok(emit(cells, out)?))
    }
}

fn emit(cells: &Cells<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
    let url = cells.bytes("i.url");
    if url.is_empty() {
        return cells.refuse("the visit points to an address that is not in history_items", out);
    }
    let (time, flags) = cells.time("v.visit_time", |secs, _| epoch::from_2001_secs(secs));
    let mut facts = Facts::default();
    facts.flag("load_successful", false, cells.int("v.load_successful") == Some(0));
    facts.flag("http_non_get", true, cells.yes("v.http_non_get"));
    facts.flag("synthesized", true, cells.yes("v.synthesized"));
    facts.flag("synced", true, cells.yes("v.origin"));
    out.emit(&EventRow {
        span: cells.span(),
        time,
        kind: "web.visit",
        key: &cells.key(&["v.id", "v.visit_time", "i.url"]),
        url: Text(url),
        referrer: Text(cells.bytes("fi.url")),
        title: Text(cells.bytes("v.title")),
        attrs: &facts.0,
        flags,
        ..EventRow::default()
    })
}
