//! Roll-ups: sums of events by minute and by day, so that a report on ten million events need not read each of them.
//!
//! They are a cache. Every change of events marks its days, in the same transaction ([`mark`], [`forget`]). Nothing is
//! counted up or down, because no statement returns which rows of a load were new. A report that needs sums first has
//! the marked days summed up again ([`refresh`]), from the events themselves, by range of their key.
//!
//! A mark has the number of the change that made it. Summing a day up deletes the marks that existed before the day was
//! read. Marks of later changes stay, and the day is summed up again.
//!
//! Days are in UTC. A report's own days, in any zone, are composed of quarters of an hour; see [`DaySum::quarters`].
//! Undated events have a separate day, [`UNDATED`].

mod pack;
mod read;
mod refresh;
mod sum;

pub use read::{DaySum, DaySums, MinuteSum, MinuteSums, Span, Whose};

use super::schema::{rollup_days, rollup_dirty};
use super::{Conn, Store};
use diesel::prelude::*;
use std::collections::BTreeSet;
use workhours_event::EventId;

/// The sums of events by minute and by day. Opened by [`Store::rollups`].
pub struct Rollups<'s> {
    pub(crate) store: &'s mut Store,
}

/// A day, µs.
pub const DAY_US: i64 = 86_400_000_000;
/// A minute, µs.
pub const MINUTE_US: i64 = 60_000_000;
/// A quarter of an hour, µs.
pub const QUARTER_US: i64 = 15 * MINUTE_US;

/// The day of undated events.
pub(crate) const UNDATED: i64 = i32::MAX as i64;

/// The precision of a date without a time of day, as it is stored.
pub(super) const DATE_ONLY: i16 = 5;

/// The fields by which events of a day are counted. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the fields' names
pub enum Field {
    Kind = 0,
    Host = 1,
    User = 2,
    Domain = 3,
    Tag = 4,
    /// No field, but when there was any at all.
    Minute = 5,
    Peer = 6,
}

const FIELDS: [Field; 7] =
    [Field::Kind, Field::Host, Field::User, Field::Domain, Field::Tag, Field::Minute, Field::Peer];

/// When something began and ended, as far as known: a date alone only names the day. At most `longest_us` of a duration
/// counts.
pub fn span_of(
    date: Option<i64>,
    precision: i16,
    duration_us: Option<i64>,
    longest_us: i64,
) -> Option<(i64, i64)> {
    let start = date.filter(|_| precision != DATE_ONLY)?;
    Some((start, start.saturating_add(duration_us.unwrap_or(0).clamp(0, longest_us))))
}

/// The day of a time.
pub(super) fn day_of(date: Option<i64>) -> i64 {
    date.map_or(UNDATED, |us| us.div_euclid(DAY_US))
}

/// The ids of a day's events: from the first to before the second.
fn ids_of(day: i64) -> (Vec<u8>, Vec<u8>) {
    let first = |day: i64| EventId::first_at(day.saturating_mul(DAY_US));
    let (from, until) = match day {
        UNDATED => (EventId::first_undated(), EventId([0xff; 16])),
        day => (first(day), first(day + 1)),
    };
    (from.0.to_vec(), until.0.to_vec())
}

/// Marks days as touched by the change of this number. Call it in the transaction of that change.
pub(super) fn mark(conn: &mut Conn, days: &BTreeSet<i64>, seq: i64) -> QueryResult<()> {
    for day in days {
        diesel::insert_into(rollup_dirty::table)
            .values((rollup_dirty::day.eq(day), rollup_dirty::seq.eq(seq)))
            .execute(conn)?;
    }
    Ok(())
}

/// Marks the days of deleted events, and deletes the sums of these days: purged data is gone from here in the same
/// transaction.
pub(super) fn forget(conn: &mut Conn, ids: &[Vec<u8>], seq: i64) -> QueryResult<()> {
    let days: BTreeSet<i64> = ids.iter().map(|id| day_of_id(id)).collect();
    days.iter().try_for_each(|day| clear(conn, *day))?;
    mark(conn, &days, seq)
}

/// Deletes the sums of a day, by ranges of the key.
fn clear(conn: &mut Conn, day: i64) -> QueryResult<()> {
    for field in FIELDS {
        let of_field = rollup_days::table.filter(rollup_days::field.eq(field as i16));
        diesel::delete(of_field.filter(rollup_days::day.eq(day))).execute(conn)?;
    }
    Ok(())
}

/// The day of an event's id.
pub(super) fn day_of_id(id: &[u8]) -> i64 {
    day_of(EventId(<[u8; 16]>::try_from(id).unwrap_or([0xff; 16])).date())
}
