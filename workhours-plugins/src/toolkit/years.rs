//! The years of dates written without one, as the syslogs of the BSDs write them.
//!
//! Not for reading dates (`bsd`): this only finds the year of a month and day, going through a file once. Its state
//! fits into a checkpoint, so a growing log continues from its last record.

use crate::toolkit::stamp::Stamp;
use workhours_plugin_api::{EventTime, Precision, RowFlags, civil};

/// A date and clock without a year. Not checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Yearless {
    pub(crate) month: u32,
    pub(crate) day: u32,
    /// Hour, minute, second.
    pub(crate) clock: [u32; 3],
    pub(crate) nanos: u32,
    pub(crate) precision: Precision,
}

impl Yearless {
    fn in_year(&self, year: i32) -> Option<i64> {
        let [hour, minute, second] = self.clock;
        civil::seconds(year, self.month, self.day, hour, minute, second)
    }

    /// The last year not after `year` that has this date: only the 29th of February is not in each.
    fn not_after(&self, year: i32) -> Option<(i32, i64)> {
        (0..=8).map(|back| year.saturating_sub(back)).find_map(|y| Some((y, self.in_year(y)?)))
    }
}

fn is_leap_day(date: &Yearless) -> bool {
    (date.month, date.day) == (2, 29)
}

/// The day of a record, as far as it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Day {
    /// Year, month and day.
    Full(i32, u32, u32),
    Yearless(Yearless),
}

/// A month may be followed by the one before it, because lines are slightly out of order; so may January by the
/// December before, if it is at most this far back.
const DISORDER_DAYS: i64 = 31;

const DAY_SECS: i64 = 86_400;

/// A date with the year it is taken to be in.
#[derive(Clone, Copy)]
struct Moment {
    year: i32,
    date: Yearless,
}

impl Moment {
    fn order(&self) -> (i32, u32, u32, [u32; 3]) {
        (self.year, self.date.month, self.date.day, self.date.clock)
    }
}

/// The state of finding years while a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Years {
    /// Nothing that was there when the file was first seen is later: its reference, and a day for zones.
    latest: i64,
    /// That of the last record; that of the first one to come if `month` is 0, if it is known.
    year: i32,
    month: u8,
    day: u8,
    rule: Rule,
}

/// The evidence of a 29th of February.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Only its own year: an earlier way of reading, whose records must keep their times.
    Alone,
    /// The year of its neighbours too.
    Settles,
}

impl Years {
    const UNKNOWN: i32 = i32::MIN;

    fn unknown(reference_secs: i64, rule: Rule) -> Self {
        Self { latest: reference_secs.saturating_add(DAY_SECS), year: Self::UNKNOWN, month: 0, day: 0, rule }
    }

    /// As left in a checkpoint by [`state`](Self::state).
    pub(crate) fn resumed(reference_secs: i64, state: &[u8]) -> Self {
        let known = |[a, b, c, d]: [u8; 4], month, day, rule| {
            let fresh = Self::unknown(reference_secs, rule);
            Self { year: i32::from_le_bytes([a, b, c, d]), month, day, ..fresh }
        };
        match *state {
            [a, b, c, d, month @ 0..=12, day @ 0..=31] => known([a, b, c, d], month, day, Rule::Alone),
            [a, b, c, d, month @ 0..=12, day @ 0..=31, 2] => known([a, b, c, d], month, day, Rule::Settles),
            _ => Self::unknown(reference_secs, Rule::Settles),
        }
    }

    /// Whether the file was first read by a version in which records didn't influence each other's times.
    pub(crate) fn reads_alone(&self) -> bool {
        self.rule == Rule::Alone
    }

    pub(crate) fn state(&self) -> Vec<u8> {
        let rule: &[u8] = if self.rule == Rule::Settles { &[2] } else { &[] };
        [&self.year.to_le_bytes()[..], &[self.month, self.day], rule].concat()
    }

    /// For a file that begins with records of these days.
    ///
    /// A written year decides. Otherwise the first record is as late as the reference allows, and those after it
    /// follow, beyond the reference too, because the file may have grown since. The reference is when the file was last
    /// written. If the records fill more than a year, or the latest of them can be near the reference, then the latest
    /// is as late as the reference allows, and the others are counted back from it.
    ///
    /// A 29th of February takes all of them back to where its year has one; of several the first.
    ///
    /// The plan is made once, when the file is first seen. Made again after a year of growth, it would mistake new
    /// records for old ones. So it is part of the state, before the first record too.
    pub(crate) fn planned(reference_secs: i64, rule: Rule, days: impl Iterator<Item = Day>) -> Self {
        let mut plan = Self::unknown(reference_secs, rule);
        let mut walk = plan;
        let mut first: Option<Moment> = None;
        let mut latest: Option<Moment> = None;
        let mut leap: Option<Moment> = None;
        for day in days {
            let date = match day {
                Day::Full(year, month, day) => {
                    if let Some(first) = first {
                        let off = year.saturating_sub(walk.year_of(month, day));
                        plan.year = first.year.saturating_add(off);
                    }
                    return plan;
                }
                Day::Yearless(date) if date.not_after(2000).is_some() => date,
                Day::Yearless(_) => continue,
            };
            let year =
                if first.is_none() { plan.latest_year(&date) } else { walk.year_of(date.month, date.day) };
            walk.saw(year, date.month, date.day);
            let moment = Moment { year, date };
            first.get_or_insert(moment);
            if is_leap_day(&date) {
                leap.get_or_insert(moment);
            }
            if latest.is_none_or(|l| l.order() < moment.order()) {
                latest = Some(moment);
            }
        }
        let (Some(first), Some(latest)) = (first, latest) else { return plan };
        plan.year = first.year;
        let a_year_on = Moment { year: first.year.saturating_add(1), ..first };
        let fills_a_year = latest.order() >= a_year_on.order();
        let year = plan.latest_year(&latest.date);
        if plan.is_near(latest.date.in_year(year)) || fills_a_year {
            plan.year = first.year.saturating_add(year.saturating_sub(latest.year));
        }
        if let Some(leap) = leap.filter(|_| rule == Rule::Settles) {
            let planned = leap.year.saturating_add(plan.year.saturating_sub(first.year));
            if let Some((year, _)) = leap.date.not_after(planned) {
                plan.year = plan.year.saturating_sub(planned.saturating_sub(year));
            }
        }
        plan
    }

    /// Whether it is within a day of the reference, for that is in another zone.
    fn is_near(&self, secs: Option<i64>) -> bool {
        secs.is_some_and(|s| s <= self.latest && s >= self.latest.saturating_sub(2 * DAY_SECS))
    }

    /// The last year in which the date exists and isn't after `latest`.
    fn latest_year(&self, date: &Yearless) -> i32 {
        // A mean year, so that at most one year is missed in either direction.
        let about = 1970 + self.latest.div_euclid(31_556_952).clamp(-1_000_000, 1_000_000) as i32 + 1;
        let years = (0..=10).map(|back| about - back);
        years.into_iter().find(|y| date.in_year(*y).is_some_and(|s| s <= self.latest)).unwrap_or(about - 1)
    }

    /// The year of the next record: the next one when the month drops by more than 1.
    fn year_of(&self, month: u32, day: u32) -> i32 {
        let before = self.month as u32;
        if before > month + 1 {
            return self.year.saturating_add(1);
        }
        let back = || civil::days(self.year, 1, self.day.into()) - civil::days(self.year - 1, 12, day);
        if before == 1 && month == 12 && back() <= DISORDER_DAYS {
            return self.year.saturating_sub(1);
        }
        self.year
    }

    /// The time of the next record; `None` if there is no such date. Then the state doesn't change.
    pub(crate) fn place(&mut self, date: &Yearless) -> Option<Stamp> {
        date.not_after(2000)?;
        let year = match (self.month, self.year) {
            (0, Self::UNKNOWN) => self.latest_year(date),
            (0, year) => year,
            _ => self.year_of(date.month, date.day),
        };
        let (found, secs) = self.found(date, year)?;
        let year = if self.rule == Rule::Settles { found } else { year };
        self.saw(year, date.month, date.day);
        let leap = if date.clock[2] == 60 { RowFlags::LEAP_SECOND } else { RowFlags::NONE };
        let time = EventTime { nanos: date.nanos, ..EventTime::local(secs, date.precision) };
        Some((time, leap | RowFlags::INFERRED_YEAR))
    }

    /// Year and time of a date of which there is none in each year.
    fn found(&self, date: &Yearless, year: i32) -> Option<(i32, i64)> {
        if self.rule == Rule::Settles && is_leap_day(date) {
            // The log lay idle until then, unless that is later than it was written.
            let next = (0..=3)
                .find_map(|on| Some((year.saturating_add(on), date.in_year(year.saturating_add(on))?)));
            if let Some(next) = next.filter(|(_, secs)| *secs <= self.latest) {
                return Some(next);
            }
        }
        date.not_after(year)
    }

    /// The day of a record that has one.
    pub(crate) fn saw(&mut self, year: i32, month: u32, day: u32) {
        (self.year, self.month, self.day) = (year, month as u8, day as u8);
    }
}

#[cfg(test)]
mod tests;
