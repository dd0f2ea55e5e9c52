//! Deleting for good: events and rejects that must not come back, and unused dictionary entries. Each leaves
//! tombstones, which later loads of the same bytes find.
//!
//! The crate's `purge` decides which ones, in which order, and what happens to the copies. `rewrite` handles the
//! database's files; `withheld` and `load` handle tombstones during a load.

mod others;
mod rewrite;

pub use others::TextPattern;
pub(super) use rewrite::{FLUSHED, REWRITTEN};
pub use rewrite::{Scrub, Scrubbed};

use super::delete::delete_ids;
use super::schema::{agents, meta, places, rejects, rollup_days, rollup_dirty, tags, tombstones};
use super::{Conn, FileId, Store, next_number, now_us};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use rustc_hash::FxHashSet;
use workhours_base::error::Result;

/// Rows deleted or buried in one transaction.
const AT_ONCE: usize = 5_000;

/// In `meta`: the keys of purges that have begun and not ended begin like this.
const OPEN: &str = "purge.open.";
/// In `meta`: the keys of objects of the filestore that a purge that has not ended replaces or removes.
const OBJECT: &str = "purge.object.";

/// The tombstone of a record: its position in its logical file. It matches whatever the record is read as, an event or
/// a reject, now or by a later version.
pub fn record_stone(file_id: FileId, offset: i64) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new_derive_key("workhours 2026-11 purged reject");
    hasher.update(&file_id.get().to_le_bytes());
    hasher.update(&offset.to_le_bytes());
    hasher.finalize().as_bytes()[..16].to_vec()
}

/// The tombstone of a reject in every file: its beginning and its length, because it has no identity.
pub fn excerpt_stone(excerpt: &str, length: i64) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new_derive_key("workhours 2026-11 purged excerpt");
    hasher.update(&length.to_le_bytes());
    hasher.update(excerpt.as_bytes());
    hasher.finalize().as_bytes()[..16].to_vec()
}

/// The purged ones among the ids.
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

/// Deleting for good. Opened by [`Store::purge`].
pub struct Purge<'s> {
    pub(crate) store: &'s mut Store,
}

impl Purge<'_> {
    /// Records that a purge has begun, the objects it will delete, and the tombstones of everything it will delete.
    /// From here on a rerun knows what to delete, even if parts are already gone. `mark` distinguishes purges.
    ///
    /// # Errors
    /// Database errors; then the same call does the rest.
    pub fn condemn(&mut self, mark: &str, stones: &[Vec<u8>], objects: &[String]) -> Result<()> {
        let key = format!("{OPEN}{mark}");
        let keys = objects.iter().map(|object| format!("{OBJECT}{object}"));
        let keys: Vec<String> = std::iter::once(key).chain(keys).collect();
        self.store.write_alone("begin the purge", |conn| {
            next_number(conn, "purge")?;
            for key in &keys {
                diesel::delete(meta::table.find(key)).execute(conn)?;
                diesel::insert_into(meta::table)
                    .values((meta::key.eq(key), meta::value.eq(now_us().to_string())))
                    .execute(conn)?;
            }
            Ok(())
        })?;
        for some in stones.chunks(AT_ONCE) {
            self.store.write_alone("write down what is purged", |conn| {
                next_number(conn, "purge")?;
                bury(conn, some)
            })?;
        }
        Ok(())
    }

    /// The objects of the filestore that purges which have not ended replace or remove.
    ///
    /// # Errors
    /// Database errors.
    pub fn condemned_objects(&mut self) -> Result<Vec<String>> {
        self.store.read("look for unfinished purges", |conn| {
            let keys: Vec<String> =
                meta::table.filter(meta::key.like(format!("{OBJECT}%"))).select(meta::key).load(conn)?;
            Ok(keys.iter().filter_map(|key| key.strip_prefix(OBJECT)).map(str::to_owned).collect())
        })
    }

    /// Forgets deleted objects.
    ///
    /// # Errors
    /// Database errors.
    pub fn forget_objects(&mut self, objects: &[String]) -> Result<()> {
        if objects.is_empty() {
            return Ok(());
        }
        self.store.write_alone("end the purge", |conn| {
            for object in objects {
                diesel::delete(meta::table.find(format!("{OBJECT}{object}"))).execute(conn)?;
            }
            Ok(())
        })
    }

    /// How many purges have begun and not ended.
    ///
    /// # Errors
    /// Database errors.
    pub fn unfinished(&mut self) -> Result<i64> {
        self.store.read("look for unfinished purges", |conn| {
            meta::table.filter(meta::key.like(format!("{OPEN}%"))).count().get_result(conn)
        })
    }

    /// All tombstones.
    ///
    /// # Errors
    /// Database errors.
    pub fn tombstones(&mut self) -> Result<FxHashSet<Vec<u8>>> {
        self.store.read("read what was purged", |conn| {
            let all: Vec<Vec<u8>> = tombstones::table.select(tombstones::id).load(conn)?;
            Ok(all.into_iter().collect())
        })
    }

    /// Deletes events and keeps them from coming back. Safe to interrupt: the same call finds the rest.
    ///
    /// # Errors
    /// Database errors.
    pub fn events(&mut self, ids: &[Vec<u8>]) -> Result<u64> {
        self.store.read("prepare the purge", Conn::overwrite_deleted)?;
        for some in ids.chunks(AT_ONCE) {
            self.store.write_alone("purge events", |conn| {
                next_number(conn, "purge")?;
                bury(conn, some)?;
                delete_ids(conn, some, 0)
            })?;
        }
        Ok(ids.len() as u64)
    }

    /// Deletes rejects, by file and offset, and keeps them from coming back.
    ///
    /// # Errors
    /// Database errors.
    pub fn rejects(&mut self, which: &[(FileId, i64)]) -> Result<u64> {
        for some in which.chunks(AT_ONCE) {
            self.store.write_alone("purge rejects", |conn| {
                next_number(conn, "purge")?;
                let stones: Vec<Vec<u8>> = some.iter().map(|(file, at)| record_stone(*file, *at)).collect();
                bury(conn, &stones)?;
                for (file, at) in some {
                    diesel::delete(rejects::table.find((file.get(), *at))).execute(conn)?;
                }
                Ok(())
            })?;
        }
        Ok(which.len() as u64)
    }

    /// Deletes data of deleted events: unreferenced dictionary entries, and sums of changed days.
    ///
    /// # Errors
    /// Database errors.
    pub fn sweep_names(&mut self) -> Result<()> {
        self.store.write_alone("purge names", |conn| {
            // Loads under way take such entries for stored: the new number makes them begin again.
            next_number(conn, "purge")?;
            let unused = |conn: &mut Conn, table: &str, used: &str| -> QueryResult<Vec<i64>> {
                let sql = format!(
                    "SELECT d.id AS n FROM {table} d LEFT JOIN ({used}) u ON u.id = d.id WHERE u.id IS NULL"
                );
                let rows: Vec<Number> = diesel::sql_query(sql).load(conn)?;
                Ok(rows.into_iter().map(|row| row.n).collect())
            };
            let of_places = "SELECT place_id AS id FROM events UNION SELECT referrer_id FROM events";
            for ids in unused(conn, "places", of_places)?.chunks(500) {
                diesel::delete(places::table.filter(places::id.eq_any(ids))).execute(conn)?;
            }
            for ids in unused(conn, "agents", "SELECT DISTINCT agent_id AS id FROM events")?.chunks(500) {
                diesel::delete(agents::table.filter(agents::id.eq_any(ids))).execute(conn)?;
            }
            for ids in unused(conn, "tags", "SELECT DISTINCT tag_id AS id FROM event_tags")?.chunks(500) {
                diesel::delete(tags::table.filter(tags::id.eq_any(ids))).execute(conn)?;
            }
            let days: Vec<i64> = rollup_dirty::table.select(rollup_dirty::day).distinct().load(conn)?;
            for some in days.chunks(500) {
                diesel::delete(rollup_days::table.filter(rollup_days::day.eq_any(some))).execute(conn)?;
            }
            Ok(())
        })
    }
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Records that an object contains purged text, in the transaction that stores its place.
pub(super) fn condemn_object(conn: &mut Conn, object: &str) -> QueryResult<()> {
    let key = format!("{OBJECT}{object}");
    diesel::delete(meta::table.find(&key)).execute(conn)?;
    diesel::insert_into(meta::table)
        .values((meta::key.eq(key), meta::value.eq(now_us().to_string())))
        .execute(conn)?;
    Ok(())
}

fn bury(conn: &mut Conn, ids: &[Vec<u8>]) -> QueryResult<()> {
    let known = purged(conn, ids.iter().map(Vec::as_slice))?;
    let now = now_us();
    let new: FxHashSet<&Vec<u8>> = ids.iter().filter(|id| !known.contains(*id)).collect();
    for id in new {
        diesel::insert_into(tombstones::table)
            .values((tombstones::id.eq(id), tombstones::purged_us.eq(now)))
            .execute(conn)?;
    }
    Ok(())
}
