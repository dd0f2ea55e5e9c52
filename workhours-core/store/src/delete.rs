//! Deleting events: they, their tags and their part of the sums, and what others need to know of it.

use super::Conn;
use super::journal::record_changes;
use super::rollup;
use super::schema::{event_tags, events};
use diesel::prelude::*;

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
