//! Series of a rewritten document: events that belong together, and are replaced together by a later version of it.
//!
//! A series is identified by a number in the ids of its events, which are keyed by its name. So events from before
//! series existed are found too: they are adopted when a document with series is first loaded.

use super::{Batch, Load};
use crate::Store;
use crate::backend::bulk;
use crate::schema::{event_tags, events, meta, series, series_events};
use crate::tables::series_events::{Bulk, Row as Member};
use diesel::prelude::*;
use std::collections::{HashMap, HashSet};
use workhours_base::error::Result;
use workhours_event::{EventId, NewEvent};

/// Ids in one query.
const AT_ONCE: usize = 500;
/// Events read in one transaction when they are adopted.
const PAGE: i64 = 20_000;

/// All of a series that a document has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesOf {
    /// Its version.
    pub revision: i64,
    /// Its events.
    pub ids: Vec<EventId>,
}

/// What a load does to the stored series.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// The document is later than all before: it was unknown, or is back at a path that had another version.
    pub is_news: bool,
    /// With the last batch of a document: all its series, by number. Other stored series stay.
    pub replaced: HashMap<i64, SeriesOf>,
}

/// The part of an id that is the same in all events of a series keyed by its name.
fn tail(id: &[u8]) -> i64 {
    id.get(8..16).and_then(|tail| tail.try_into().ok()).map_or(0, i64::from_le_bytes)
}

#[derive(Clone, Copy, Queryable)]
struct Standing {
    id: i64,
    revision: i64,
    file_id: i64,
    newest_file_id: i64,
}

impl Standing {
    /// Whether a file's version of the series may take its place.
    fn gives_way(&self, revision: i64, file_id: i64, is_news: bool) -> bool {
        if self.file_id == file_id {
            return true;
        }
        // Replaced versions that are only read again must not come back.
        revision >= self.revision && (is_news || file_id > self.newest_file_id)
    }
}

impl Load<'_> {
    /// Leaves out events of series with a newer stored version. They count as known.
    pub(crate) fn leave_outdated(&mut self, rows: &mut Vec<NewEvent<'_>>, batch: &Series) -> QueryResult<()> {
        let mut unknown: Vec<(i64, i64)> =
            rows.iter().filter_map(|e| Some((e.series?, e.revision))).collect();
        unknown.retain(|(id, _)| !self.takes_series.contains_key(id));
        unknown.sort_unstable();
        unknown.dedup();
        for some in unknown.chunks(AT_ONCE) {
            let ids = some.iter().map(|(id, _)| *id);
            let standing = self.standing(ids)?;
            for (id, revision) in some {
                let file = self.owner.file_id;
                let takes = standing.get(id).is_none_or(|s| s.gives_way(*revision, file, batch.is_news));
                self.takes_series.insert(*id, takes);
            }
        }
        let before = rows.len();
        rows.retain(|e| e.series.is_none_or(|id| self.takes_series.get(&id).copied().unwrap_or(true)));
        self.done.duplicates += (before - rows.len()) as u64;
        Ok(())
    }

    /// Writes down which events belong to which series.
    pub(crate) fn join_series(&mut self, rows: &[NewEvent<'_>]) -> QueryResult<()> {
        let mut members: Vec<Member> = rows
            .iter()
            .filter_map(|e| Some(Member { series_id: e.series?, event_id: e.id.0.to_vec() }))
            .collect();
        members.sort_by(|a, b| (a.series_id, &a.event_id).cmp(&(b.series_id, &b.event_id)));
        bulk::insert::<Bulk>(self.conn, &members, self.owner)?;
        Ok(())
    }

    /// Deletes stored events of the document's series that it no longer has.
    pub(crate) fn replace_series(&mut self, batch: &Batch) -> QueryResult<()> {
        let mut all: Vec<(i64, &SeriesOf)> = batch.series.replaced.iter().map(|(id, of)| (*id, of)).collect();
        all.sort_unstable_by_key(|(id, _)| *id);
        for some in all.chunks(AT_ONCE) {
            self.replace_some(some, &batch.series)?;
        }
        Ok(())
    }

    fn replace_some(&mut self, some: &[(i64, &SeriesOf)], batch: &Series) -> QueryResult<()> {
        let standing = self.standing(some.iter().map(|(id, _)| *id))?;
        let file = self.owner.file_id;
        // Asked again: a document's other batches may have had their events.
        let takes = |(id, of): &&(i64, &SeriesOf)| {
            standing.get(id).is_none_or(|s| s.gives_way(of.revision, file, batch.is_news))
        };
        let some: Vec<(i64, &SeriesOf)> = some.iter().filter(takes).copied().collect();
        // Older events are a series each, if their key isn't its name.
        let own = |(id, of): &(i64, &SeriesOf)| {
            let tails: Vec<i64> = of.ids.iter().map(|e| tail(&e.0)).filter(|tail| tail != id).collect();
            (*id, tails)
        };
        let adopted: HashMap<i64, Vec<i64>> = some.iter().map(own).collect();
        let mut numbers: Vec<i64> =
            adopted.iter().flat_map(|(id, tails)| [*id].into_iter().chain(tails.iter().copied())).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let kept: HashSet<EventId> = some.iter().flat_map(|(_, of)| of.ids.iter().copied()).collect();
        for numbers in numbers.chunks(AT_ONCE) {
            let members: Vec<(i64, Vec<u8>)> = series_events::table
                .filter(series_events::series_id.eq_any(numbers))
                .select((series_events::series_id, series_events::event_id))
                .load(self.conn)?;
            for (number, id) in members {
                let Ok(event) = <[u8; 16]>::try_from(&id[..]).map(EventId) else { continue };
                let stays = kept.contains(&event);
                if !stays {
                    diesel::delete(event_tags::table.filter(event_tags::event_id.eq(&id)))
                        .execute(self.conn)?;
                    if diesel::delete(events::table.find(&id)).execute(self.conn)? > 0 {
                        self.changed.push((event, "delete"));
                    }
                }
                if !stays || !adopted.contains_key(&number) {
                    diesel::delete(series_events::table.find((number, &id))).execute(self.conn)?;
                }
            }
        }
        for (id, of) in some {
            let was = standing.get(&id);
            let newest = was.map_or(file, |s| s.newest_file_id.max(file));
            let is_same =
                was.is_some_and(|s| (s.revision, s.file_id, s.newest_file_id) == (of.revision, file, newest));
            if !is_same {
                diesel::delete(series::table.find(id)).execute(self.conn)?;
                diesel::insert_into(series::table)
                    .values((
                        series::id.eq(id),
                        series::revision.eq(of.revision),
                        series::file_id.eq(file),
                        series::newest_file_id.eq(newest),
                    ))
                    .execute(self.conn)?;
            }
        }
        Ok(())
    }

    fn standing(&mut self, ids: impl Iterator<Item = i64>) -> QueryResult<HashMap<i64, Standing>> {
        let ids: Vec<i64> = ids.collect();
        let rows: Vec<Standing> = series::table.filter(series::id.eq_any(&ids)).load(self.conn)?;
        Ok(rows.into_iter().map(|s| (s.id, s)).collect())
    }
}

impl Store {
    /// Makes series of the events of a source type that were stored before there were any. Done once.
    ///
    /// # Errors
    /// Database errors.
    pub fn adopt_series(&mut self, source_type: &str) -> Result<()> {
        let done = format!("series of {source_type}");
        let known = self.read("look for series", |conn| {
            meta::table.find(&done).count().get_result(conn).map(|n: i64| n > 0)
        })?;
        if known {
            return Ok(());
        }
        let mut after = Vec::new();
        loop {
            let last = self.write("make series of events", |conn| {
                let ids: Vec<Vec<u8>> = events::table
                    .filter(events::source_type.eq(source_type))
                    .filter(events::id.gt(&after))
                    .order(events::id)
                    .limit(PAGE)
                    .select(events::id)
                    .load(conn)?;
                let members: Vec<Member> =
                    ids.iter().map(|id| Member { series_id: tail(id), event_id: id.clone() }).collect();
                bulk::insert::<Bulk>(conn, &members, &bulk::Owner::default())?;
                if (ids.len() as i64) < PAGE {
                    diesel::delete(meta::table.find(&done)).execute(conn)?;
                    diesel::insert_into(meta::table)
                        .values((meta::key.eq(&done), meta::value.eq("1")))
                        .execute(conn)?;
                    return Ok(None);
                }
                Ok(ids.last().cloned())
            })?;
            match last {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
    }
}
