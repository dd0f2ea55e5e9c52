//! Reading the sums back: which stretches of a question they answer, and their rows.

use super::super::events::EventFilter;
use super::super::schema::{inputs, rollup_days};
use super::super::{MultiBackend, Store};
use super::{DAY_US, Field, Rollups, UNDATED, pack};
use diesel::prelude::*;
use std::ops::RangeInclusive;
use std::sync::Arc;
use workhours_base::Text;
use workhours_base::error::{Error, Result};
use workhours_event::InputId;

/// Rows whose days are read together.
const DAYS: i64 = 8;

/// A part of a question, in order of time.
#[derive(Clone, Debug)]
pub enum Span {
    /// These days are summed up.
    Days(RangeInclusive<i64>),
    /// Here events must be read: the filter, narrowed to partial days.
    Events(EventFilter),
}

/// The person of a sum's events, if they say so.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Whose {
    /// The user they name.
    pub user: Option<Text>,
    /// Whether they are cancelled or leave their time free.
    pub is_off: bool,
    /// The attendees of a meeting that some declined.
    pub declined_by: Option<String>,
}

/// The events of a minute, an input and a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MinuteSum {
    /// Minutes since 1970 UTC.
    pub minute: i64,
    /// The input.
    pub input_id: InputId,
    /// The person.
    pub who: Arc<Whose>,
    /// All events.
    pub n: i64,
    /// Those with a time of day. The other times are theirs, and 0 if there is none.
    pub timed: i64,
    /// When the first began, µs.
    pub first_us: i64,
    /// When the last began.
    pub last_us: i64,
    /// When the one that lasted longest was over.
    pub end_us: i64,
}

impl MinuteSum {
    /// Its first instant, µs.
    pub fn start_us(&self) -> i64 {
        self.minute * super::MINUTE_US
    }
}

/// The events of a day and an input that have a value in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaySum {
    /// Days since 1970 UTC; `None` for events without a date.
    pub day: Option<i64>,
    /// The input.
    pub input_id: InputId,
    /// The value.
    pub value: String,
    /// Events.
    pub n: i64,
    /// The first of them, µs.
    pub first_us: i64,
    /// The last of them.
    pub last_us: i64,
    /// In which quarters of an hour there was one: bit 0 is the day's first, bit 95 its last.
    pub quarters: u128,
}

impl EventFilter {
    /// How sums and events together answer it, or `None` if it needs something that sums don't have.
    pub fn spans(&self) -> Option<Vec<Span>> {
        if !self.users.is_empty()
            || self.text.is_some()
            || self.query.is_some()
            || self.kind.is_some()
            || self.with_place
        {
            return None;
        }
        let part = |from_us: Option<i64>, until_us: Option<i64>| {
            Span::Events(Self { from_us, until_us, ..self.clone() })
        };
        let first = self.from_us.map(|us| us.div_euclid(DAY_US) + i64::from(us.rem_euclid(DAY_US) > 0));
        let end = self.until_us.map(|us| us.div_euclid(DAY_US));
        if first.zip(end).is_some_and(|(first, end)| first >= end) {
            return Some(vec![part(self.from_us, self.until_us)]);
        }
        let mut spans = Vec::new();
        if let (Some(us), Some(day)) = (self.from_us, first)
            && us < day * DAY_US
        {
            spans.push(part(Some(us), Some(day * DAY_US)));
        }
        let undated = !self.dated_only && self.from_us.is_none() && self.until_us.is_none();
        let last = end.map_or(if undated { UNDATED } else { UNDATED - 1 }, |end| end - 1);
        spans.push(Span::Days(first.unwrap_or(i64::MIN / DAY_US)..=last));
        if let (Some(us), Some(day)) = (self.until_us, end)
            && us > day * DAY_US
        {
            spans.push(part(Some(day * DAY_US), Some(us)));
        }
        Some(spans)
    }
}

impl Rollups<'_> {
    /// The inputs a filter asks for; `None` means all.
    fn inputs_of(&mut self, filter: &EventFilter) -> Result<Option<Vec<InputId>>> {
        if filter.source_types.is_empty() {
            return Ok(filter.input_ids.clone());
        }
        let ids: Vec<InputId> = self.store.read("look up the inputs", |conn| {
            let of_type = inputs::table.filter(inputs::source_type.eq_any(&filter.source_types));
            of_type.select(inputs::id).load(conn)
        })?;
        let wanted = |id: &InputId| filter.input_ids.as_ref().is_none_or(|wanted| wanted.contains(id));
        Ok(Some(ids.into_iter().filter(wanted).collect()))
    }

    /// The first and the last of these days on which there are dated events with any value in a field.
    ///
    /// # Errors
    /// Database errors.
    pub fn days_with(&mut self, field: Field, days: &RangeInclusive<i64>) -> Result<Option<(i64, i64)>> {
        let dated = *days.start()..=(*days.end()).min(UNDATED - 1);
        self.store.read("read the sums", |conn| {
            let there = || {
                let of_field = rollup_days::table.filter(rollup_days::field.eq(field as i16));
                of_field
                    .filter(rollup_days::day.between(*dated.start(), *dated.end()))
                    .select(rollup_days::day)
            };
            let first: Option<i64> =
                there().order((rollup_days::field, rollup_days::day)).first(conn).optional()?;
            let last: Option<i64> =
                there().order((rollup_days::field.desc(), rollup_days::day.desc())).first(conn).optional()?;
            Ok(first.zip(last))
        })
    }

    /// The minutes of these days, in order.
    ///
    /// # Errors
    /// Database errors.
    pub fn by_minute(&mut self, days: &RangeInclusive<i64>, filter: &EventFilter) -> Result<MinuteSums> {
        let last = (*days.end()).min(UNDATED - 1);
        let inputs = self.inputs_of(filter)?;
        Ok(MinuteSums(Pages { field: Field::Minute, inputs, next: *days.start(), last }))
    }

    /// The values that events of these days have in a field, in order of the days.
    ///
    /// # Errors
    /// Database errors.
    pub fn by_day(
        &mut self,
        field: Field,
        days: &RangeInclusive<i64>,
        filter: &EventFilter,
    ) -> Result<DaySums> {
        let inputs = self.inputs_of(filter)?;
        Ok(DaySums(Pages { field, inputs, next: *days.start(), last: *days.end() }))
    }
}

/// Sums by minute, some days at a time.
#[derive(Debug)]
pub struct MinuteSums(Pages);

impl MinuteSums {
    /// The minutes of the next days, in order, and those of one by input; none at the end.
    ///
    /// # Errors
    /// Database errors.
    pub fn page(&mut self, store: &mut Store) -> Result<Vec<MinuteSum>> {
        let mut page = self.0.read(store, pack::read_minutes)?;
        // Already in order, except for days of several inputs.
        page.sort_by(|a, b| (a.minute, a.input_id, &a.who).cmp(&(b.minute, b.input_id, &b.who)));
        Ok(page)
    }
}

/// Sums by day and value, some days at a time.
#[derive(Debug)]
pub struct DaySums(Pages);

impl DaySums {
    /// The values of the next days, in order of the days; none at the end.
    ///
    /// # Errors
    /// Database errors.
    pub fn page(&mut self, store: &mut Store) -> Result<Vec<DaySum>> {
        self.0.read(store, |day, input_id, packed| {
            pack::read_values((day != UNDATED).then_some(day), input_id, packed)
        })
    }
}

/// Rows of a field, whole days at a time.
#[derive(Debug)]
struct Pages {
    field: Field,
    inputs: Option<Vec<InputId>>,
    next: i64,
    last: i64,
}

impl Pages {
    fn read<T>(
        &mut self,
        store: &mut Store,
        unpack: impl Fn(i64, InputId, &[u8]) -> Option<Vec<T>>,
    ) -> Result<Vec<T>> {
        let mut sums = Vec::new();
        while sums.is_empty() && self.next <= self.last {
            let rows = store.read("read the sums", |conn| {
                let days: Vec<i64> = self.rows(self.last).select(rollup_days::day).limit(DAYS).load(conn)?;
                match days.last() {
                    None => Ok(Vec::new()),
                    Some(last) => self
                        .rows(*last)
                        .select((rollup_days::day, rollup_days::input_id, rollup_days::sums))
                        .load::<(i64, InputId, Vec<u8>)>(conn),
                }
            })?;
            self.next = rows.last().map_or(i64::MAX, |(day, ..)| day.saturating_add(1));
            for (day, input_id, packed) in rows {
                let of_day = unpack(day, input_id, &packed).ok_or_else(|| {
                    Error::failed(format!("the sums of day {day} since 1970 cannot be read"))
                        .hint("another version of workhours may have written them: use that, or the newest")
                })?;
                sums.extend(of_day);
            }
        }
        Ok(sums)
    }

    /// The field's rows up to a day, in order.
    fn rows(&self, last: i64) -> rollup_days::BoxedQuery<'_, MultiBackend> {
        let query = rollup_days::table
            .filter(rollup_days::field.eq(self.field as i16))
            .filter(rollup_days::day.between(self.next, last))
            .order((rollup_days::field, rollup_days::day, rollup_days::input_id))
            .into_boxed();
        match &self.inputs {
            Some(inputs) => {
                query.filter(rollup_days::input_id.eq_any(inputs.iter().map(|input| input.get())))
            }
            None => query,
        }
    }
}
