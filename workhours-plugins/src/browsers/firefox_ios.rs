//! The visits in `browser.db`, the database of Firefox for iOS up to version 113.
//!
//! Not for the `places.db` of later versions, which `firefox_history` reads; nor for the `browser.db` of Android
//! (`fennec`), whose columns have other names.

use crate::browsers::firefox_history::{Clock, transition};
use crate::toolkit::cells::Cells;
use crate::toolkit::facts::Facts;
use crate::toolkit::sqlite::{Database, Join, Select};
use workhours_plugin_api::*;

const VISITS: Select = Select {
    alias: "v",
    table: "visits",
    joins: &[Join { alias: "h", table: "history", column: "id", equals: "v.siteID" }],
    columns: &["v.id", "v.date", "v.type", "v.is_local", "h.url", "h.title", "h.is_deleted"],
};

/// Whether the database is one.
pub(crate) fn is_one(database: &Database) -> Result<bool, SourceError> {
    Ok(!database.has("moz_places", &["id"])?
        && database.has("history", &["id", "guid", "url", "title"])?
        && database.has("visits", &["id", "siteID", "date", "type"])?)
}

/// Pushes the visits.
pub(crate) fn read(database: &Database, out: &mut dyn EventSink) -> Result<(), SourceError> {
    database.rows(&VISITS, out, |cells, out| Ok(emit(cells, out)?))
}

fn emit(cells: &Cells<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
    if cells.yes("h.is_deleted") {
        return out.ignored(1);
    }
    let url = cells.bytes("h.url");
    if url.is_empty() {
        return cells.refuse("the visit points to an address that is not in the table history", out);
    }
    let (time, flags) = cells.time("v.date", |_, n| Clock::Microseconds.time(n));
    let mut facts = Facts::default();
    let (word, number) = transition(cells.int("v.type"));
    facts.text("transition", word.as_bytes());
    facts.int("transition_code", number);
    facts.flag("is_local", false, cells.int("v.is_local") == Some(0));
    out.emit(&EventRow {
        span: cells.span(),
        time,
        kind: "web.visit",
        key: &cells.key(&["v.id", "v.date", "h.url"]),
        url: Text(url),
        title: Text(cells.bytes("h.title")),
        attrs: &facts.0,
        flags,
        ..EventRow::default()
    })
}
