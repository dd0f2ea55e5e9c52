//! Tombstones during a load: purged records are left out, and so are names that only they mention. A source sends each
//! name once, so an omitted name is kept for later records, and stored when one of them mentions it.

use super::Load;
use super::rows::Rows;
use crate::Store;
use crate::backend::bulk;
use crate::purge::{excerpt_stone, purged, record_stone};
use diesel::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::Range;
use workhours_event::chunk::NewReject;
use workhours_event::{EventId, FileId, NewEvent, Place};

/// Names a task has found and not stored, and the positions of the records it left out.
#[derive(Default)]
pub(crate) struct Withheld {
    places: FxHashMap<i64, Place>,
    agents: FxHashMap<i64, String>,
    left_out: LeftOut,
    /// Events that are older than such events are kept.
    pub(crate) old: u64,
}

/// Records that a task left out because they were purged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Their logical file.
    pub file_id: FileId,
    /// Their bytes in it.
    pub spans: Vec<Range<u64>>,
    /// Whether there were some without a place in its bytes: rows of a database.
    pub rows: bool,
}

impl Withheld {
    pub(crate) fn has_left_out(&self) -> bool {
        self.left_out.rows || !self.left_out.spans.is_empty()
    }

    fn leave_out(&mut self, file_id: i64, offset: u64, length: u64) {
        self.left_out.file_id = FileId::new(file_id);
        match length {
            0 => self.left_out.rows = true,
            length => self.left_out.spans.push(offset..offset + length),
        }
    }
}

impl Store {
    /// How many events the current task has left out so far because they are older than such events are kept.
    pub fn old(&self) -> u64 {
        self.withheld.old
    }

    /// How many events the current task left out because they are older than such events are kept; it is read once.
    pub fn take_old(&mut self) -> u64 {
        std::mem::take(&mut self.withheld.old)
    }

    /// What the current task left out; it is read once.
    pub fn take_left_out(&mut self) -> LeftOut {
        std::mem::take(&mut self.withheld.left_out)
    }
}

impl Load<'_> {
    /// Leaves out events that are older than events of their source are kept. They count as known.
    pub(crate) fn leave_old(&mut self, rows: &mut Rows<'_>) {
        let Some(floor) = self.floor else { return };
        let before = rows.events.len();
        rows.events.retain(|event| event.date.is_none_or(|date| date >= floor));
        let left_out = (before - rows.events.len()) as u64;
        if left_out > 0 {
            self.done.duplicates += left_out;
            self.withheld.old += left_out;
            let kept: FxHashSet<EventId> = rows.events.iter().map(|event| event.id).collect();
            rows.tags.retain(|(id, _)| kept.contains(id));
        }
    }

    /// Drops purged events before they are inserted again. They count as known.
    pub(crate) fn leave_buried(&mut self, rows: &mut Rows<'_>) -> QueryResult<()> {
        let file = self.owner.file_id;
        // A row of a database has no permanent position.
        let place = |e: &NewEvent<'_>| (e.length > 0).then(|| record_stone(FileId::new(file), e.offset));
        let of_reject = |r: &NewReject<'_>| {
            [record_stone(FileId::new(file), r.offset as i64), excerpt_stone(r.excerpt, r.length as i64)]
        };
        let mut stones: Vec<Vec<u8>> = rows.events.iter().map(|e| e.id.0.to_vec()).collect();
        stones.extend(rows.events.iter().filter_map(place));
        stones.extend(rows.rejects.iter().flat_map(of_reject));
        let dead = purged(self.conn, stones.iter().map(Vec::as_slice))?;
        if !dead.is_empty() {
            let before = rows.events.len();
            let withheld = &mut *self.withheld;
            rows.events.retain(|e| {
                let is_dead =
                    dead.contains(&e.id.0[..]) || place(e).is_some_and(|stone| dead.contains(&stone));
                if is_dead {
                    withheld.leave_out(file, e.offset as u64, e.length as u64);
                }
                !is_dead
            });
            self.done.duplicates += (before - rows.events.len()) as u64;
            let alive: FxHashSet<EventId> = rows.events.iter().map(|e| e.id).collect();
            rows.tags.retain(|(id, _)| alive.contains(id));
            rows.rejects.retain(|r| {
                let is_dead = of_reject(r).iter().any(|stone| dead.contains(stone));
                if is_dead {
                    withheld.leave_out(file, r.offset, r.length);
                }
                !is_dead
            });
        }
        self.withhold(rows)
    }

    /// Keeps back the names that no event mentions, and stores kept-back names before an event mentions them.
    pub(crate) fn withhold(&mut self, rows: &mut Rows<'_>) -> QueryResult<()> {
        let places: FxHashSet<i64> =
            rows.events.iter().flat_map(|e| [e.place_id, e.referrer_id]).flatten().collect();
        let agents: FxHashSet<i64> = rows.events.iter().filter_map(|e| e.agent_id).collect();
        for place in rows.places.extract_if(.., |place| !places.contains(&place.id)) {
            self.withheld.places.insert(place.id, place);
        }
        for (id, agent) in rows.agents.extract_if(.., |(id, _)| !agents.contains(id)) {
            self.withheld.agents.insert(id, agent.to_owned());
        }
        let mut wanted: Vec<Place> =
            places.iter().filter_map(|id| self.withheld.places.get(id)).cloned().collect();
        wanted.sort_unstable_by_key(|place| place.id);
        bulk::insert::<bulk::Places>(self.conn, &wanted, self.owner)?;
        let of = |id: &i64| self.withheld.agents.get(id).map(|agent| (*id, agent.as_str()));
        let mut wanted: Vec<(i64, &str)> = agents.iter().filter_map(of).collect();
        wanted.sort_unstable();
        bulk::insert::<bulk::Agents>(self.conn, &wanted, self.owner)?;
        Ok(())
    }
}
