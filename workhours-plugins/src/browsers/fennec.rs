//! The visits in `browser.db`, the database of Firefox for Android up to version 68 (Fennec).
//!
//! Not for the `places.sqlite` of later versions: that is the desktop's with other units, see `firefox_history`.

use crate::browsers::firefox_history::{Clock, transition};
use crate::toolkit::cells::Cells;
use crate::toolkit::facts::Facts;
use crate::toolkit::sqlite::{Database, Join, Select};
use workhours_plugin_api::*;

const VISITS: Select = Select {
    alias: "v",
    table: "visits",
    joins: &[Join { alias: "h", table: "history", column: "guid", equals: "v.history_guid" }],
    columns: &["v._id", "v.date", "v.visit_type", "v.is_local", "h.url", "h.title", "h.deleted"],
};

/// Before it had a table of visits.
const LAST_VISITS: Select = Select {
    alias: "h",
    table: "history",
    joins: &[],
    columns: &["h._id", "h.date", "h.visits", "h.url", "h.title", "h.deleted"],
};

/// Whether the database is one.
pub(crate) fn is_one(database: &Database) -> Result<bool, SourceError> {
    Ok(!database.has("moz_places", &["id"])? && database.has("history", &["_id", "url", "date"])?)
}

/// Pushes the visits, or the last one to each address where no more is known.
pub(crate) fn read(database: &Database, out: &mut dyn EventSink) -> Result<(), SourceError> {
    if database.has("visits", &["_id", "history_guid", "date"])? {
        return database.rows(&VISITS, out, |cells, out| Ok(visit(cells, out)?));
    }
    database.rows(&LAST_VISITS, out, |cells, out| Ok(last_visit(cells, out)?))
}

fn visit(cells: &Cells<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
    let mut facts = Facts::default();
    let (word, number) = transition(cells.int("v.visit_type"));
    facts.text("transition", word.as_bytes());
    facts.int("transition_code", number);
    facts.flag("is_local", false, cells.int("v.is_local") == Some(0));
    let when = cells.time("v.date", |_, n| Clock::Microseconds.time(n));
    emit(cells, when, &cells.key(&["v._id", "v.date", "h.url"]), &facts, out)
}

fn last_visit(cells: &Cells<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
    let mut facts = Facts::default();
    facts.int("visit_count", cells.int("h.visits"));
    let when = cells.time("h.date", |_, n| Clock::Milliseconds.time(n));
    emit(cells, when, &cells.key(&["h._id", "h.date", "h.url"]), &facts, out)
}

fn emit(
    cells: &Cells<'_>,
    (time, flags): (Option<EventTime>, RowFlags),
    key: &[u8],
    facts: &Facts<'_>,
    out: &mut dyn EventSink,
) -> Result<(), Stop> {
    if cells.yes("h.deleted") {
        return out.ignored(1);
    }
    let url = cells.bytes("h.url");
    if url.is_empty() {
        return cells.refuse("the visit points to an address that is not in the table history", out);
    }
    out.emit(&EventRow {
        span: cells.span(),
        time,
        kind: "web.visit",
        key,
        url: Text(url),
        title: Text(cells.bytes("h.title")),
        attrs: &facts.0,
        flags,
        ..EventRow::default()
    })
}
