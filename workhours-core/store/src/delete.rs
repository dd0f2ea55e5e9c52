//! Deleting events: they, their tags and their part of the sums, and what others need to know of it.

use super::journal::record_changes;
use super::rollup;
use super::schema::{event_tags, events};
use super::{Conn, InputId, Store, TaskId};
use diesel::prelude::*;
use workhours_base::error::Result;
use workhours_event::EventId;

/// Events deleted per transaction.
const DELETE_AT_ONCE: i64 = 20_000;

/// The result of an undo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Events deleted.
    pub events: u64,
    /// Rejects deleted.
    pub rejects: u64,
    /// Logical files forgotten.
    pub files: u64,
}

/// Deletes events, given in order of their ids, and writes down that it was done.
pub(super) fn delete_ids(conn: &mut Conn, ids: &[Vec<u8>], task: i64) -> QueryResult<()> {
    let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(()) };
    for some in ids.chunks(500) {
        diesel::delete(event_tags::table.filter(event_tags::event_id.eq_any(some))).execute(conn)?;
        diesel::delete(events::table.filter(events::id.eq_any(some))).execute(conn)?;
    }
    let seq = record_changes(conn, "delete", task, ids, (first, last))?;
    rollup::forget(conn, ids, seq)
}

/// Deletes events in short transactions. Safe to interrupt: the same call finds the rest again.
pub(super) fn delete_events(store: &mut Store, what: &str, whose: Whose) -> Result<u64> {
    let mut total = 0;
    let mut after = Vec::new();
    loop {
        let (n, last) = store.write_alone(what, |conn| delete_some(conn, &whose, &after))?;
        total += n;
        match last {
            Some(last) => after = last,
            None => return Ok(total),
        }
    }
}

/// Whose events are deleted.
pub(super) enum Whose {
    Task(TaskId),
    Input(InputId),
    /// Of a source type, with a date before this one, µs.
    Before(String, i64),
}

/// Deletes the next events after an id; returns how many, and the last id read if there may be more.
fn delete_some(conn: &mut Conn, whose: &Whose, after: &[u8]) -> QueryResult<(u64, Option<Vec<u8>>)> {
    let mut query = events::table.select(events::id).filter(events::id.gt(after)).into_boxed();
    query = match whose {
        Whose::Task(id) => query.filter(events::task_id.eq(id.get())),
        Whose::Input(id) => query.filter(events::input_id.eq(id.get())),
        // Ids are in the order of dates, so that the search ends at the floor.
        Whose::Before(source_type, floor_us) => query
            .filter(events::id.lt(EventId::first_at(*floor_us).0.to_vec()))
            .filter(events::source_type.eq(source_type))
            .filter(events::date.lt(floor_us)),
    };
    let ids: Vec<Vec<u8>> = query.order(events::id).limit(DELETE_AT_ONCE).load(conn)?;
    let Some(last) = ids.last() else { return Ok((0, None)) };
    let task = if let Whose::Task(id) = whose { id.get() } else { 0 };
    let last = last.clone();
    delete_ids(conn, &ids, task)?;
    let more = ids.len() as i64 == DELETE_AT_ONCE;
    Ok((ids.len() as u64, more.then_some(last)))
}
