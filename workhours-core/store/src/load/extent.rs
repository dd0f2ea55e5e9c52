//! Where the new events of a batch are, for programs that follow the database: they read its range of keys, or just its
//! events if these are few and far apart. A document that is read again brings a few new events among many known ones.

use super::super::Conn;
use super::super::schema::events;
use diesel::prelude::*;
use workhours_event::{EventId, NewEvent};

/// More events than this are found by their range.
const FEW: usize = 1_000;
/// A range of at most this length is read as fast as its events one by one, µs.
const NARROW_US: i64 = 86_400_000_000;
/// Events looked up in one query.
const AT_ONCE: usize = 500;

/// The new events of a batch.
#[derive(Debug, Default)]
pub(super) struct Extent {
    range: Option<(EventId, EventId)>,
    /// Each of them; empty once they are many.
    ids: Vec<EventId>,
    n: usize,
}

impl Extent {
    /// Adds those of these events that the batch inserted, which are this many.
    pub(super) fn add(
        &mut self,
        conn: &mut Conn,
        batch: i64,
        all: &[NewEvent<'_>],
        inserted: u64,
    ) -> QueryResult<()> {
        if inserted == 0 {
            return Ok(());
        }
        if inserted as usize == all.len() {
            all.iter().for_each(|event| self.insert(event.id));
            return Ok(());
        }
        for some in all.chunks(AT_ONCE) {
            let ids: Vec<&[u8]> = some.iter().map(|event| &event.id.0[..]).collect();
            let own = events::table.filter(events::id.eq_any(ids)).filter(events::batch_id.eq(batch));
            let own: Vec<EventId> = own.select(events::id).load(conn)?;
            own.into_iter().for_each(|id| self.insert(id));
        }
        Ok(())
    }

    fn insert(&mut self, id: EventId) {
        self.range = Some(self.range.map_or((id, id), |(first, last)| (first.min(id), last.max(id))));
        self.n += 1;
        if self.n <= FEW {
            self.ids.push(id);
        } else {
            self.ids = Vec::new();
        }
    }

    /// Each event, if they are few and far apart.
    pub(super) fn listed(&self) -> Option<&[EventId]> {
        let (first, last) = self.range?;
        let is_narrow = match (first.date(), last.date()) {
            (Some(first), Some(last)) => last.saturating_sub(first) <= NARROW_US,
            _ => false,
        };
        (!is_narrow && !self.ids.is_empty()).then_some(&self.ids)
    }

    /// Otherwise the least and the greatest key.
    pub(super) fn range(&self) -> Option<(EventId, EventId)> {
        self.range.filter(|_| self.listed().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(dates: impl IntoIterator<Item = i64>) -> Extent {
        let mut extent = Extent::default();
        dates.into_iter().for_each(|date| extent.insert(EventId::first_at(date)));
        extent
    }

    #[test]
    fn few_events_far_apart_are_listed() {
        let day = NARROW_US;
        assert_eq!(of([]).range(), None);
        assert_eq!(of([day, 0]).range(), Some((EventId::first_at(0), EventId::first_at(day))));
        let apart = of([0, day + 1]);
        assert_eq!((apart.range(), apart.listed().map(<[EventId]>::len)), (None, Some(2)));
        let many = of(0..=FEW as i64).range();
        assert!(many.is_some() && of((0..=FEW as i64).map(|n| n * day)).listed().is_none());
        let mut undated = of([0]);
        undated.insert(EventId::first_undated());
        assert!(undated.range().is_none() && undated.listed().is_some());
    }
}
