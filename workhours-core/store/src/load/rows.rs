//! The rows of a batch: unpacked by table, and inserted a statement's worth at a time, after those that must not be there
//! were left out.

use super::series::Series;
use super::{Load, upsert};
use crate::backend::bulk::{self, EventTag};
use crate::rollup;
use crate::schema::{event_tags, events};
use diesel::prelude::*;
use std::collections::HashSet;
use workhours_event::chunk::{Chunk, Item, NewReject, Tag};
use workhours_event::{EventId, NewEvent, Place, hash64};

/// Rows of one statement, unpacked by table.
#[derive(Default)]
pub(crate) struct Rows<'a> {
    pub(crate) events: Vec<NewEvent<'a>>,
    pub(crate) tags: Vec<(EventId, Vec<Tag<'a>>)>,
    pub(crate) rejects: Vec<NewReject<'a>>,
    pub(crate) places: Vec<Place>,
    pub(crate) agents: Vec<(i64, &'a str)>,
}

impl Load<'_> {
    pub(crate) fn chunk(&mut self, chunk: &Chunk, series: &Series) -> QueryResult<()> {
        let mut rows = Rows::default();
        for item in chunk.items() {
            match item.map_err(|e| diesel::result::Error::DeserializationError(e.into()))? {
                Item::Event(event, tags) => {
                    if !tags.is_empty() {
                        rows.tags.push((event.id, tags));
                    }
                    rows.events.push(event);
                }
                Item::Reject(reject) => rows.rejects.push(reject),
                Item::Place(place) => rows.places.push(place),
                Item::Agent(id, agent) => rows.agents.push((id, agent)),
            }
            if rows.events.len() == self.gather
                || rows.rejects.len() == self.gather
                || rows.places.len() == self.gather
            {
                self.rows(&mut rows, series)?;
            }
        }
        self.rows(&mut rows, series)
    }

    fn rows(&mut self, rows: &mut Rows<'_>, series: &Series) -> QueryResult<()> {
        self.leave_old(rows);
        let placed = self.apply_numbers(rows)?;
        if self.conn.is_server() {
            // Two loaders that insert the same rows in one order wait for each other; in two, they deadlock.
            rows.places.sort_unstable_by_key(|p| p.id);
            rows.agents.sort_unstable();
            rows.events.sort_by_key(|e| e.id);
            rows.tags.sort_by_key(|(id, _)| *id);
        }
        if self.purged {
            self.leave_buried(rows)?;
        } else if self.floor.is_some() {
            self.withhold(rows)?;
        }
        bulk::insert::<bulk::Places>(self.conn, &rows.places, self.owner)?;
        bulk::insert::<bulk::Agents>(self.conn, &rows.agents, self.owner)?;
        let has_series = rows.events.iter().any(|e| e.series.is_some());
        if has_series {
            self.leave_outdated(&mut rows.events, series)?;
            let stays: HashSet<EventId> = rows.events.iter().map(|e| e.id).collect();
            rows.tags.retain(|(id, _)| stays.contains(id));
        }
        let mut changed = Vec::new();
        if let Some(upserts) = self.upserts {
            changed = upsert::changed(self.conn, &rows.events, &rows.tags, upserts)?;
            for (id, _) in &changed {
                let of_event = event_tags::table.filter(event_tags::event_id.eq(&id.0[..]));
                if self.renewal.is_some() {
                    // Tags set by hand stay.
                    diesel::delete(of_event.filter(event_tags::by_rule.eq(true))).execute(self.conn)?;
                } else {
                    diesel::delete(of_event).execute(self.conn)?;
                }
                diesel::delete(events::table.find(&id.0[..])).execute(self.conn)?;
            }
        }
        let mut new = placed + bulk::insert_events(self.conn, &rows.events, self.owner)?;
        if self.siblings.is_some() && (new as usize) < rows.events.len() {
            new += self.settle(rows)?;
        }
        let replaced = changed.len() as u64;
        for (id, batch) in changed {
            self.keep_batch(id, batch)?;
        }
        self.done.updated += replaced;
        self.done.inserted += new - replaced;
        self.done.duplicates += rows.events.len() as u64 - new;
        if has_series {
            self.join_series(&rows.events)?;
        }
        if self.met.is_some() && self.siblings.is_none() && (new as usize) < rows.events.len() {
            self.doubles.extend(rows.events.iter().map(|e| e.id));
        }
        if let Some(renewal) = &mut self.renewal {
            renewal.met.extend(rows.events.iter().map(|e| e.id));
        }
        self.extent.add(self.conn, self.owner.batch_id, &rows.events, new - replaced)?;
        self.tags(&rows.tags, new - replaced == rows.events.len() as u64)?;
        if new > 0 {
            self.touched.extend(rows.events.iter().map(|e| rollup::day_of(e.date)));
        }
        self.rejects(&rows.rejects)?;
        *rows = Rows { events: std::mem::take(&mut rows.events), ..Rows::default() };
        rows.events.clear();
        Ok(())
    }

    /// Stores links to tags. Existing events may get new ones, from a new rule.
    fn tags(&mut self, tagged: &[(EventId, Vec<Tag<'_>>)], all_new: bool) -> QueryResult<()> {
        let links = tagged.iter().flat_map(|(id, tags)| tags.iter().map(move |tag| (id, tag)));
        let links: Vec<EventTag<'_>> = links
            .map(|(id, tag)| EventTag {
                event: &id.0,
                tag: hash64(tag.name.as_bytes()),
                by_rule: tag.by_rule,
            })
            .collect();
        let tags = tagged.iter().flat_map(|(_, tags)| tags.iter());
        let mut names: Vec<(i64, &str)> = tags.map(|tag| (hash64(tag.name.as_bytes()), tag.name)).collect();
        names.sort_unstable();
        names.dedup();
        bulk::insert::<bulk::Tags>(self.conn, &names, self.owner)?;
        let new = bulk::insert::<bulk::EventTags>(self.conn, &links, self.owner)?;
        if new > 0 && !all_new && self.upserts.is_none() {
            self.changed.extend(tagged.iter().map(|(id, _)| (*id, "tags")));
        }
        Ok(())
    }
}
