//! Deleting for good: events and rejects that must not come back, and the dictionaries' entries only they needed.
//! Each leaves a tombstone, which a later load of the same bytes meets.
//!
//! Which ones, and what becomes of the copies, is decided in the crate's `purge`.

use super::manage::delete_ids;
use super::schema::{agents, places, rejects, tags, tombstones};
use super::{Conn, Store, next_number, now_us};
use crate::error::Result;
use diesel::prelude::*;
use rustc_hash::FxHashSet;

/// Deleted in one transaction.
const AT_ONCE: usize = 5_000;

/// A reject that can be looked at.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = rejects)]
#[allow(missing_docs)] // the columns of the table
pub struct RejectText {
    pub file_id: i64,
    pub file_offset: i64,
    pub file_length: i64,
    pub reason: String,
    pub excerpt: String,
}

/// What stands for a reject among the tombstones: it has no identity but its place.
pub(super) fn reject_stone(file_id: i64, offset: i64) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new_derive_key("workhours 2026-11 purged reject");
    hasher.update(&file_id.to_le_bytes());
    hasher.update(&offset.to_le_bytes());
    hasher.finalize().as_bytes()[..16].to_vec()
}

/// Those of the ids that were purged.
pub(super) fn purged<'i>(
    conn: &mut Conn,
    ids: impl IntoIterator<Item = &'i [u8]>,
) -> QueryResult<FxHashSet<Vec<u8>>> {
    let ids: Vec<&[u8]> = ids.into_iter().collect();
    let mut found = FxHashSet::default();
    for some in ids.chunks(500) {
        let dead: Vec<Vec<u8>> =
            tombstones::table.filter(tombstones::id.eq_any(some)).select(tombstones::id).load(conn)?;
        found.extend(dead);
    }
    Ok(found)
}

impl Store {
    /// Deletes events and keeps them from coming back. Safe to interrupt: the same call finds what is left.
    ///
    /// # Errors
    /// What the database reports.
    pub fn purge_events(&mut self, ids: &[Vec<u8>]) -> Result<u64> {
        self.read("prepare the purge", Conn::overwrite_deleted)?;
        for some in ids.chunks(AT_ONCE) {
            self.write_alone("purge events", |conn| {
                next_number(conn, "purge")?;
                bury(conn, some)?;
                delete_ids(conn, some, 0)
            })?;
        }
        Ok(ids.len() as u64)
    }

    /// All rejects, to be looked at.
    ///
    /// # Errors
    /// What the database reports.
    pub fn reject_texts(&mut self) -> Result<Vec<RejectText>> {
        self.read("read the rejects", |conn| {
            rejects::table
                .select(RejectText::as_select())
                .order((rejects::file_id, rejects::file_offset))
                .load(conn)
        })
    }

    /// Deletes rejects, by file and offset, and keeps them from coming back.
    ///
    /// # Errors
    /// What the database reports.
    pub fn purge_rejects(&mut self, which: &[(i64, i64)]) -> Result<u64> {
        for some in which.chunks(AT_ONCE) {
            self.write_alone("purge rejects", |conn| {
                next_number(conn, "purge")?;
                let stones: Vec<Vec<u8>> = some.iter().map(|(file, at)| reject_stone(*file, *at)).collect();
                bury(conn, &stones)?;
                for key in some {
                    diesel::delete(rejects::table.find(*key)).execute(conn)?;
                }
                Ok(())
            })?;
        }
        Ok(which.len() as u64)
    }

    /// Deletes entries of the dictionaries: places, agents, tags.
    ///
    /// # Errors
    /// What the database reports.
    pub fn purge_names(&mut self, place_ids: &[i64], agent_ids: &[i64], tag_ids: &[i64]) -> Result<()> {
        self.write_alone("purge names", |conn| {
            next_number(conn, "purge")?;
            for ids in place_ids.chunks(500) {
                diesel::delete(places::table.filter(places::id.eq_any(ids))).execute(conn)?;
            }
            for ids in agent_ids.chunks(500) {
                diesel::delete(agents::table.filter(agents::id.eq_any(ids))).execute(conn)?;
            }
            for ids in tag_ids.chunks(500) {
                diesel::delete(tags::table.filter(tags::id.eq_any(ids))).execute(conn)?;
            }
            Ok(())
        })
    }

    /// Ids and texts of a dictionary that can be looked at: places by URL, agents, tags.
    ///
    /// # Errors
    /// What the database reports.
    pub fn names(&mut self) -> Result<[Vec<(i64, String)>; 3]> {
        self.read("read the names", |conn| {
            Ok([
                places::table.select((places::id, places::url)).load(conn)?,
                agents::table.select((agents::id, agents::agent)).load(conn)?,
                tags::table.select((tags::id, tags::tag)).load(conn)?,
            ])
        })
    }

    /// Writes what was deleted through to the files themselves: nothing of it stays in a write-ahead log or in
    /// rows that are only marked as deleted. How far a server goes with it is its own business.
    ///
    /// # Errors
    /// What the database reports.
    pub fn scrub(&mut self) -> Result<()> {
        self.read("write the deletions through", Conn::write_through)
    }
}

fn bury(conn: &mut Conn, ids: &[Vec<u8>]) -> QueryResult<()> {
    let known = purged(conn, ids.iter().map(Vec::as_slice))?;
    let now = now_us();
    for id in ids.iter().filter(|id| !known.contains(*id)) {
        diesel::insert_into(tombstones::table)
            .values((tombstones::id.eq(id), tombstones::purged_us.eq(now)))
            .execute(conn)?;
    }
    Ok(())
}
