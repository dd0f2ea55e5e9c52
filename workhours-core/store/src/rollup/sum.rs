//! Summing up one day: its events go in, in order of time, and rows come out.

use super::super::tables::rollup_days::Row;
use super::read::{MinuteSum, Whose};
use super::{DAY_US, Field, MINUTE_US, QUARTER_US, UNDATED, pack, span_of};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;
use workhours_base::Text;
use workhours_event::{InputId, LONGEST_US};

/// The fields of an event that are summed up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'e> {
    pub(super) date: Option<i64>,
    pub(super) precision: i16,
    pub(super) duration_us: Option<i64>,
    pub(super) input_id: InputId,
    pub(super) kind: &'e str,
    pub(super) host: Option<&'e str>,
    pub(super) peer: Option<&'e str>,
    pub(super) user: Option<&'e str>,
    pub(super) domain: Option<&'e str>,
    /// Whether it is cancelled or leaves its time free.
    pub(super) is_off: bool,
    /// The attendees, if some declined.
    pub(super) declined_by: Option<&'e str>,
}

/// Events that share a value.
#[derive(Default)]
struct Tally {
    n: i64,
    first_us: i64,
    last_us: i64,
    /// A bit for each quarter of an hour.
    quarters: u128,
}

/// The sums of one day.
pub(super) struct Sums {
    day: i64,
    pub(super) events: u64,
    /// By input and person.
    minutes: BTreeMap<(InputId, Arc<Whose>), Vec<MinuteSum>>,
    /// The person of the event before: mostly the next one is the same person's.
    who: Arc<Whose>,
    values: FxHashMap<(Field, InputId), FxHashMap<String, Tally>>,
}

impl Sums {
    pub(super) fn new(day: i64) -> Self {
        Self { day, events: 0, minutes: BTreeMap::new(), who: Arc::default(), values: FxHashMap::default() }
    }

    /// Takes an event.
    pub(super) fn event(&mut self, seen: &Seen<'_>) {
        self.events += 1;
        if let Some(date) = seen.date {
            self.minute(date, seen);
        }
        let named = [
            (Field::Kind, Some(seen.kind)),
            (Field::Host, seen.host),
            (Field::Peer, seen.peer),
            (Field::User, seen.user),
            (Field::Domain, seen.domain),
        ];
        for (field, value) in named {
            if let Some(value) = value {
                self.value(field, seen.input_id, seen.date, value);
            }
        }
    }

    /// Takes a value an event has, in a field.
    pub(super) fn value(&mut self, field: Field, input_id: InputId, date: Option<i64>, value: &str) {
        let values = self.values.entry((field, input_id)).or_default();
        if !values.contains_key(value) {
            values.insert(value.to_owned(), Tally { first_us: date.unwrap_or(0), ..Tally::default() });
        }
        let Some(tally) = values.get_mut(value) else { return };
        tally.n += 1;
        if let Some(date) = date {
            tally.first_us = tally.first_us.min(date);
            tally.last_us = if tally.n == 1 { date } else { tally.last_us.max(date) };
            tally.quarters |= 1 << ((date - self.day * DAY_US) / QUARTER_US).clamp(0, 95);
        }
    }

    fn minute(&mut self, date: i64, seen: &Seen<'_>) {
        let minute = date.div_euclid(MINUTE_US);
        let same = self.who.user.as_deref() == seen.user
            && self.who.is_off == seen.is_off
            && self.who.declined_by.as_deref() == seen.declined_by;
        if !same {
            self.who = Arc::new(Whose {
                user: seen.user.map(Text::from),
                is_off: seen.is_off,
                declined_by: seen.declined_by.map(str::to_owned),
            });
        }
        let sums = self.minutes.entry((seen.input_id, self.who.clone())).or_default();
        if sums.last().is_none_or(|sum| sum.minute != minute) {
            let who = self.who.clone();
            sums.push(MinuteSum { minute, input_id: seen.input_id, who, ..MinuteSum::default() });
        }
        let Some(sum) = sums.last_mut() else { return };
        sum.n += 1;
        if let Some((start, end)) = span_of(seen.date, seen.precision, seen.duration_us, LONGEST_US) {
            let first = sum.timed == 0;
            sum.timed += 1;
            sum.first_us = if first { start } else { sum.first_us.min(start) };
            sum.last_us = if first { start } else { sum.last_us.max(start) };
            sum.end_us = if first { end } else { sum.end_us.max(end) };
        }
    }

    /// The rows, in order of their keys.
    pub(super) fn rows(self) -> Vec<Row> {
        let dated = (self.day != UNDATED).then_some(self.day);
        let mut rows = Vec::new();
        for ((field, input_id), values) in self.values {
            let mut values: Vec<(String, Tally)> = values.into_iter().collect();
            values.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            let sums = values.iter().map(|(v, t)| (v.as_str(), t.n, t.first_us, t.last_us, t.quarters));
            rows.push(Row {
                field: field as i16,
                day: self.day,
                input_id: input_id.get(),
                sums: pack::values(dated, sums),
            });
        }
        let mut by_input: BTreeMap<InputId, Vec<MinuteSum>> = BTreeMap::new();
        for ((input_id, _), minutes) in self.minutes {
            by_input.entry(input_id).or_default().extend(minutes);
        }
        for (input_id, minutes) in &by_input {
            let sums = pack::minutes(self.day, minutes);
            rows.push(Row { field: Field::Minute as i16, day: self.day, input_id: input_id.get(), sums });
        }
        rows.sort_unstable_by_key(|row| (row.field, row.input_id));
        rows
    }
}
