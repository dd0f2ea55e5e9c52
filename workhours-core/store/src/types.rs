//! Small types the store's rooms share: how far a logical file has been read.

use super::schema::cursors;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use workhours_event::{EventId, FileId};
use workhours_plugin_api::{Position, Resume};

/// A few bytes before the cursor, to see whether a file is still the one that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tail {
    /// Their start.
    pub offset: u64,
    /// How many there are; 0 if nothing was stored.
    pub len: u64,
    /// Their hash.
    pub hash: Vec<u8>,
}

/// How far a logical file has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Where reading continues.
    pub at: Resume,
    /// Where a resumed read begins, to rebuild the table of recent equal records.
    pub warm: Resume,
    /// The bytes just before.
    pub tail: Tail,
    /// The event of the unfinished last record at the cursor, and its length in bytes.
    pub provisional: Option<(EventId, u64)>,
}

/// A cursor as a row; also how a task remembers the one it started from.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset, Serialize, Deserialize)]
#[diesel(table_name = cursors, treat_none_as_null = true)]
pub(super) struct CursorRow {
    pub(super) file_id: i64,
    offset: i64,
    lines: i64,
    state: Vec<u8>,
    warm_offset: i64,
    warm_lines: i64,
    warm_state: Vec<u8>,
    tail_offset: i64,
    tail_len: i64,
    tail_hash: Vec<u8>,
    provisional_id: Option<Vec<u8>>,
    provisional_len: i64,
}

impl CursorRow {
    pub(super) fn new(file_id: FileId, c: &Cursor) -> Self {
        Self {
            file_id: file_id.get(),
            offset: c.at.position.offset as i64,
            lines: c.at.position.lines as i64,
            state: c.at.state.clone(),
            warm_offset: c.warm.position.offset as i64,
            warm_lines: c.warm.position.lines as i64,
            warm_state: c.warm.state.clone(),
            tail_offset: c.tail.offset as i64,
            tail_len: c.tail.len as i64,
            tail_hash: c.tail.hash.clone(),
            provisional_id: c.provisional.map(|(id, _)| id.0.to_vec()),
            provisional_len: c.provisional.map_or(0, |(_, len)| len as i64),
        }
    }

    /// The source's state: it may contain text of the input.
    pub(super) fn states(&self) -> [&[u8]; 2] {
        [&self.state, &self.warm_state]
    }

    pub(super) fn cursor(self) -> Cursor {
        let resume = |offset: i64, lines: i64, state| Resume {
            position: Position { offset: offset as u64, lines: lines as u64 },
            state,
        };
        let id = self.provisional_id.and_then(|id| id.try_into().ok()).map(EventId);
        Cursor {
            at: resume(self.offset, self.lines, self.state),
            warm: resume(self.warm_offset, self.warm_lines, self.warm_state),
            tail: Tail { offset: self.tail_offset as u64, len: self.tail_len as u64, hash: self.tail_hash },
            provisional: id.map(|id| (id, self.provisional_len as u64)),
        }
    }
}
