//! The unfinished last record of a growing text: it is stored at once, and replaced when it has grown.
//!
//! More lines may belong to it, so its event may get another identity with every load until the record is complete. The
//! cursor stores which event that is. The new event takes the place of the old one and belongs to the old one's batch,
//! so a reader that pages through events sees it exactly once.

use super::series::Series;
use super::{Batch, Load};
use crate::Cursor;
use crate::schema::{event_tags, events};
use diesel::prelude::*;
use workhours_event::EventId;
use workhours_event::chunk::{Chunk, Item};

/// An unfinished last record.
#[derive(Debug)]
pub struct Last {
    /// One event or one reject, and the places and names it mentions.
    pub chunk: Chunk,
    /// The event, with its length in bytes; `None` for a reject.
    pub event: Option<(EventId, u64)>,
}

impl Last {
    /// Offset and length of the record, if it is rejected.
    pub(crate) fn reject(&self) -> Option<(i64, i64)> {
        self.chunk.items().find_map(|item| match item {
            Ok(Item::Reject(r)) => Some((r.offset as i64, r.length as i64)),
            _ => None,
        })
    }
}

/// An unfinished record's event that is gone.
pub(crate) struct Outgrown {
    /// The record's position in the file, and the event's batch; `None` if it was already deleted.
    was: Option<(i64, i64)>,
}

impl Load<'_> {
    /// Takes the event of an unfinished record away when the record is complete by now, or longer.
    pub(crate) fn outgrown(
        &mut self,
        batch: &Batch,
        stored: Option<&Cursor>,
        (before, after): (u64, u64),
    ) -> QueryResult<Option<Outgrown>> {
        let Some((old, old_len)) = stored.and_then(|c| c.provisional) else { return Ok(None) };
        let new = batch.last.as_ref().and_then(|l| l.event).map(|(id, len)| (self.numbered(id), len));
        let outgrown = match new {
            _ if after > before => true,
            Some((id, len)) if after == before => id != old && len >= old_len,
            _ => false,
        };
        if !outgrown {
            return Ok(None);
        }
        diesel::delete(event_tags::table.filter(event_tags::event_id.eq(&old.0[..]))).execute(self.conn)?;
        let own = events::table.find(&old.0[..]).filter(events::file_id.eq(self.owner.file_id));
        let was = own.select((events::file_offset, events::batch_id)).first(self.conn).optional()?;
        if was.is_some() {
            diesel::delete(own).execute(self.conn)?;
            self.changed.push((old, "delete"));
        }
        Ok(Some(Outgrown { was }))
    }

    /// Lets the event of the record at the same place be what an outgrown one was. Called when all is stored.
    pub(crate) fn succeed(&mut self, outgrown: &Outgrown, batch: &Batch) -> QueryResult<()> {
        if self.done.inserted > 0 {
            self.done.inserted -= 1;
            self.done.updated += 1;
        }
        let Some((offset, batch_id)) = outgrown.was else { return Ok(()) };
        let items = batch.chunk.items().chain(batch.last.iter().flat_map(|last| last.chunk.items()));
        // Records are in the order of the file, and a broken chunk has already caused an error.
        for item in items.map_while(Result::ok) {
            match item {
                Item::Event(event, _) if event.offset == offset => self.keep_batch(event.id, batch_id)?,
                Item::Event(event, _) if event.offset > offset => break,
                _ => {}
            }
        }
        Ok(())
    }

    /// Stores the unfinished last record, unless it is already stored or another program has read past it. Returns the
    /// event if it belongs to this file: an event equal to another file's must not be deleted when this file's record
    /// grows.
    pub(crate) fn last(
        &mut self,
        last: &Last,
        stored: Option<&Cursor>,
        (before, after): (u64, u64),
    ) -> QueryResult<Option<(EventId, u64)>> {
        let overtaken = stored.is_some() && before > after;
        let known = stored.filter(|_| before == after).and_then(|c| c.provisional);
        let event = last.event.map(|(id, len)| (self.numbered(id), len));
        if let (Some((id, _)), Some(renewal)) = (event, &mut self.renewal) {
            renewal.met.push(id);
        }
        match (event, known) {
            _ if overtaken => self.done.withdrawn += last.chunk.events,
            (Some((id, _)), Some((old, _))) if id == old => self.done.withdrawn += 1,
            (Some((_, len)), Some((_, old_len))) if len < old_len => self.done.withdrawn += 1,
            _ => {
                let inserted = self.done.inserted;
                self.chunk(&last.chunk, &Series::default())?;
                let event = last.event.map(|(id, len)| (self.numbered(id), len));
                return Ok(event.filter(|_| self.done.inserted > inserted));
            }
        }
        Ok(None)
    }
}
