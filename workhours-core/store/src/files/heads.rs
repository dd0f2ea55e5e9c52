//! Looking for logical files by their heads. A file is identified by as much of its head as existed when it was read,
//! so heads of all lengths must be compared, and SQL has to read every file to find these lengths.
//!
//! That is fine for one file. For many files the heads are kept in memory, and only new ones are read. Heads only grow,
//! and numbers of files are given in order, so the heads in memory find every match. A match is compared again with the
//! current state of the database.

use super::FileRow;
use crate::Conn;
use crate::schema::files;
use diesel::prelude::*;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Lookups after which keeping the heads pays.
const FEW_LOOKUPS: u32 = 16;

/// The heads of one source type and scope.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    source_type: String,
    scope: String,
    lookups: u32,
    /// The newest file that is here.
    newest: i64,
    /// Files by the length of their heads and the first bytes of the hash.
    by_length: BTreeMap<i64, FxHashMap<u64, Vec<i64>>>,
}

fn short(hash: &[u8]) -> u64 {
    hash.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// Takes out the heads of a source type and scope.
pub(crate) fn take(all: &mut Vec<Heads>, source_type: &str, scope: &str) -> Heads {
    let known = all.iter().position(|heads| heads.source_type == source_type && heads.scope == scope);
    let mut heads = known.map_or_else(
        || Heads { source_type: source_type.into(), scope: scope.into(), ..Heads::default() },
        |at| all.swap_remove(at),
    );
    heads.lookups = heads.lookups.saturating_add(1);
    heads
}

impl Heads {
    /// The files whose known head has the hash that `prefix_hash` returns for its length; it is called with increasing
    /// lengths.
    pub(crate) fn look_up(
        &mut self,
        conn: &mut Conn,
        prefix_hash: &mut dyn FnMut(u64) -> Option<Vec<u8>>,
    ) -> QueryResult<Vec<FileRow>> {
        if self.lookups <= FEW_LOOKUPS {
            return self.look_once(conn, prefix_hash);
        }
        self.refresh(conn)?;
        let mut candidates: Vec<i64> = Vec::new();
        let mut hashes: BTreeMap<i64, Vec<u8>> = BTreeMap::new();
        for (length, heads) in &self.by_length {
            let Some(hash) = prefix_hash(*length as u64) else { continue };
            candidates.extend(heads.get(&short(&hash)).into_iter().flatten().copied());
            hashes.insert(*length, hash);
        }
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let mut rows: Vec<FileRow> = files::table
            .filter(files::id.eq_any(candidates))
            .select(FileRow::as_select())
            .order((files::head_len, files::id))
            .load(conn)?;
        // A head may have grown since.
        rows.retain(|row| {
            let hash = hashes.get(&row.head_len).cloned().or_else(|| prefix_hash(row.head_len as u64));
            hash.as_ref() == Some(&row.head_hash)
        });
        Ok(rows)
    }

    fn look_once(
        &self,
        conn: &mut Conn,
        prefix_hash: &mut dyn FnMut(u64) -> Option<Vec<u8>>,
    ) -> QueryResult<Vec<FileRow>> {
        let of_type = || {
            files::table.filter(files::source_type.eq(&self.source_type)).filter(files::scope.eq(&self.scope))
        };
        let lengths: Vec<i64> =
            of_type().select(files::head_len).distinct().order(files::head_len).load(conn)?;
        let mut found = Vec::new();
        for len in lengths {
            let Some(hash) = prefix_hash(len as u64) else { continue };
            let rows: Vec<FileRow> = of_type()
                .filter(files::head_len.eq(len))
                .filter(files::head_hash.eq(hash))
                .select(FileRow::as_select())
                .order(files::id)
                .load(conn)?;
            found.extend(rows);
        }
        Ok(found)
    }

    fn refresh(&mut self, conn: &mut Conn) -> QueryResult<()> {
        // By number alone: with type and scope in the query, SQLite reads all of their files each time.
        let new: Vec<(i64, String, String, i64, Vec<u8>)> = files::table
            .filter(files::id.gt(self.newest))
            .select((files::id, files::source_type, files::scope, files::head_len, files::head_hash))
            .order(files::id)
            .load(conn)?;
        for (id, source_type, scope, length, hash) in new {
            self.newest = id;
            if (&source_type, &scope) == (&self.source_type, &self.scope) {
                self.by_length.entry(length).or_default().entry(short(&hash)).or_default().push(id);
            }
        }
        Ok(())
    }
}
