//! Counts of what reports left out, and lists of names.

use super::rollup::{DATE_ONLY, UNDATED};
use super::schema::events;
use super::{DAY_US, DaySum, EventFilter, Events, MultiBackend, RollupField};
use diesel::prelude::*;
use std::collections::BTreeSet;
use workhours_base::Text;
use workhours_base::error::Result;
use workhours_event::EventId;
use workhours_query::domain_of;

impl Events<'_> {
    /// The date of the first dated event, µs.
    ///
    /// # Errors
    /// Database errors.
    pub fn first_dated(&mut self) -> Result<Option<i64>> {
        self.store.read("look for the first event", |conn| {
            let first: Option<Vec<u8>> =
                events::table.select(events::id).order(events::id).first(conn).optional()?;
            let id = first.and_then(|id| <[u8; 16]>::try_from(id).ok());
            Ok(id.and_then(|id| EventId(id).date()))
        })
    }

    /// How many undated events the inputs and source types of a filter have.
    ///
    /// # Errors
    /// Database errors.
    pub fn count_undated(&mut self, filter: &EventFilter) -> Result<u64> {
        self.store.read("count the undated events", |conn| {
            let undated = of_inputs(filter).filter(events::id.ge(EventId::first_undated().0.to_vec()));
            Ok(undated.count().get_result::<i64>(conn)? as u64)
        })
    }

    /// How many events of the inputs of a filter there are in a window that have a day, but no time of day.
    ///
    /// # Errors
    /// Database errors.
    pub fn count_day_only(&mut self, filter: &EventFilter, from_us: i64, until_us: i64) -> Result<u64> {
        self.store.read("count the events without a time of day", |conn| {
            let until = EventId::first_at(until_us).min(EventId::first_undated());
            let query = of_inputs(filter)
                .filter(events::id.ge(EventId::first_at(from_us).0.to_vec()))
                .filter(events::id.lt(until.0.to_vec()))
                .filter(events::precision.eq(DATE_ONLY));
            Ok(query.count().get_result::<i64>(conn)? as u64)
        })
    }

    /// How many events of a window have a time of day and belong to other inputs than those of a filter.
    ///
    /// # Errors
    /// Database errors.
    pub fn count_elsewhere(&mut self, filter: &EventFilter, from_us: i64, until_us: i64) -> Result<u64> {
        let Some(inputs) = filter.input_numbers() else { return Ok(0) };
        self.store.read("count the other events", |conn| {
            let until = EventId::first_at(until_us).min(EventId::first_undated());
            let query = events::table
                .filter(events::id.ge(EventId::first_at(from_us).0.to_vec()))
                .filter(events::id.lt(until.0.to_vec()))
                .filter(events::precision.ne(DATE_ONLY))
                .filter(diesel::dsl::not(events::input_id.eq_any(inputs.clone())));
            Ok(query.count().get_result::<i64>(conn)? as u64)
        })
    }

    /// All values that events have in a field, in order.
    ///
    /// # Errors
    /// Database errors.
    pub fn values(&mut self, field: RollupField) -> Result<Vec<String>> {
        let mut values = BTreeSet::new();
        if self.each_sum(field, &mut |sum| _ = values.insert(sum.value))? {
            return Ok(values.into_iter().collect());
        }
        // A database that may only be read.
        let mut reader = self.store.events().reader(EventFilter::default());
        while let Some(event) = reader.next_event()? {
            let text = |text: Option<Text>| text.map(String::from);
            match field {
                RollupField::Kind => values.extend(text(Some(event.kind))),
                RollupField::Host => values.extend(text(event.host)),
                RollupField::Peer => values.extend(text(event.peer)),
                RollupField::User => values.extend(text(event.user)),
                RollupField::Domain => values.extend(event.url.as_deref().and_then(domain_of)),
                RollupField::Tag => values.extend(event.tags),
                RollupField::Minute => {}
            }
        }
        Ok(values.into_iter().collect())
    }

    /// Shows all sums of a field, brought up to date; whether they could be.
    fn each_sum(&mut self, field: RollupField, see: &mut dyn FnMut(DaySum)) -> Result<bool> {
        let all = i64::MIN / DAY_US..=UNDATED;
        if self.store.rollups().refresh(all.clone()).is_err() {
            return Ok(false);
        }
        let mut sums = self.store.rollups().by_day(field, &all, &EventFilter::default())?;
        loop {
            let page = sums.page(self.store)?;
            if page.is_empty() {
                return Ok(true);
            }
            page.into_iter().for_each(&mut *see);
        }
    }
}

fn of_inputs(filter: &EventFilter) -> events::BoxedQuery<'_, MultiBackend> {
    let mut query = events::table.into_boxed();
    if !filter.source_types.is_empty() {
        query = query.filter(events::source_type.eq_any(&filter.source_types));
    }
    if let Some(inputs) = filter.input_numbers() {
        query = query.filter(events::input_id.eq_any(inputs));
    }
    query
}
