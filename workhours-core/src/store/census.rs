//! Counts by which reports say what they left out, and the names there are.

use super::rollup::{DATE_ONLY, UNDATED};
use super::schema::{events, inputs};
use super::{DAY_US, EventFilter, MultiBackend, RollupField, Store};
use crate::error::Result;
use crate::event::EventId;
use diesel::prelude::*;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

impl Store {
    /// The date of the first dated event, µs.
    ///
    /// # Errors
    /// What the database reports.
    pub fn first_dated(&mut self) -> Result<Option<i64>> {
        self.read("look for the first event", |conn| {
            let first: Option<Vec<u8>> =
                events::table.select(events::id).order(events::id).first(conn).optional()?;
            let id = first.and_then(|id| <[u8; 16]>::try_from(id).ok());
            Ok(id.and_then(|id| EventId(id).date()))
        })
    }

    /// The labels of inputs, by number.
    ///
    /// # Errors
    /// What the database reports.
    pub fn labels(&mut self) -> Result<FxHashMap<i64, String>> {
        self.read("read the inputs", |conn| {
            let rows: Vec<(i64, String)> = inputs::table.select((inputs::id, inputs::label)).load(conn)?;
            Ok(rows.into_iter().collect())
        })
    }

    /// How many events without a date there are of the inputs and source types of a filter.
    ///
    /// # Errors
    /// What the database reports.
    pub fn count_undated(&mut self, filter: &EventFilter) -> Result<u64> {
        self.read("count the undated events", |conn| {
            let undated = of_inputs(filter).filter(events::id.ge(EventId::first_undated().0.to_vec()));
            Ok(undated.count().get_result::<i64>(conn)? as u64)
        })
    }

    /// How many events of the inputs of a filter there are in a window that have a day, but no time of day.
    ///
    /// # Errors
    /// What the database reports.
    pub fn count_day_only(&mut self, filter: &EventFilter, from_us: i64, until_us: i64) -> Result<u64> {
        self.read("count the events without a time of day", |conn| {
            let until = EventId::first_at(until_us).min(EventId::first_undated());
            let query = of_inputs(filter)
                .filter(events::id.ge(EventId::first_at(from_us).0.to_vec()))
                .filter(events::id.lt(until.0.to_vec()))
                .filter(events::precision.eq(DATE_ONLY));
            Ok(query.count().get_result::<i64>(conn)? as u64)
        })
    }

    /// How many events there are in a window that have a time of day and are of inputs other than those of a filter.
    ///
    /// # Errors
    /// What the database reports.
    pub fn count_elsewhere(&mut self, filter: &EventFilter, from_us: i64, until_us: i64) -> Result<u64> {
        let Some(inputs) = filter.input_ids.clone() else { return Ok(0) };
        self.read("count the other events", |conn| {
            let until = EventId::first_at(until_us).min(EventId::first_undated());
            let query = events::table
                .filter(events::id.ge(EventId::first_at(from_us).0.to_vec()))
                .filter(events::id.lt(until.0.to_vec()))
                .filter(events::precision.ne(DATE_ONLY))
                .filter(diesel::dsl::not(events::input_id.eq_any(inputs.clone())));
            Ok(query.count().get_result::<i64>(conn)? as u64)
        })
    }

    /// All users that events name, in order.
    ///
    /// # Errors
    /// What the database reports.
    pub fn users(&mut self) -> Result<Vec<String>> {
        let all = i64::MIN / DAY_US..=UNDATED;
        let mut users = BTreeSet::new();
        if self.refresh_rollups(all.clone()).is_ok() {
            let mut sums = self.day_sums(RollupField::User, &all, &EventFilter::default())?;
            loop {
                let page = sums.page(self)?;
                if page.is_empty() {
                    return Ok(users.into_iter().collect());
                }
                users.extend(page.into_iter().map(|sum| sum.value));
            }
        }
        // A database that may only be read.
        self.read("look for users", |conn| {
            let users = events::table.select(events::user).filter(events::user.is_not_null());
            let users: Vec<Option<String>> = users.distinct().order(events::user).load(conn)?;
            Ok(users.into_iter().flatten().collect())
        })
    }
}

fn of_inputs(filter: &EventFilter) -> events::BoxedQuery<'_, MultiBackend> {
    let mut query = events::table.into_boxed();
    if !filter.source_types.is_empty() {
        query = query.filter(events::source_type.eq_any(&filter.source_types));
    }
    if let Some(inputs) = &filter.input_ids {
        query = query.filter(events::input_id.eq_any(inputs));
    }
    query
}
