//! One recurrence rule (RFC 5545, 3.3.10) counted out.
//!
//! The arithmetic is that of the crate `rrule`, but on local times as if in UTC: with a zone it doubles an hour in
//! spring and skips one in autumn, and accepts no local UNTIL. Rules of days and longer are expanded in local time and
//! then converted. Rules of hours and less run in real time: they include a repeated hour twice, and not a skipped one.
//! COUNT and UNTIL are applied here, afterwards.

use crate::calendar::clock::Clock;
use crate::calendar::time::{Moment, moment};
use chrono::DateTime;
use rrule::{RRule, RRuleSet, Tz, Unvalidated};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use workhours_plugin_api::Precision;

/// Maximum number of instances of a rule; longer ones are cut there.
pub(crate) const MAX_INSTANCES: usize = 50_000;
/// A rule that ends is counted out beyond the horizon, but no further than to this instance.
const MAX_BEYOND: usize = 1_000;
/// Times checked for one rule, including those that its parts then exclude.
const MAX_TRIED: usize = 500_000;

/// The end of the year 9999.
const LAST: i64 = 253_402_300_799;

/// When an instance begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Start {
    /// The instant, unless only the host knows it.
    pub(crate) utc: Option<i64>,
    /// The local time.
    pub(crate) wall: i64,
}

impl Start {
    /// The value by which starts are compared.
    pub(crate) fn key(self) -> i64 {
        self.utc.unwrap_or(self.wall)
    }
}

/// A rule as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Recurrence {
    freq: String,
    interval: u32,
    count: Option<u32>,
    until: Option<Moment>,
    /// The parts the crate is given, in order.
    parts: Vec<(String, String)>,
}

/// The result of a rule.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) starts: Vec<Start>,
    /// There are more than any use needs.
    pub(crate) cut: bool,
}

impl Recurrence {
    /// Reads a rule; `None` if it contains an unknown part.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?.to_ascii_uppercase();
        let mut rule = Self { freq: String::new(), interval: 1, count: None, until: None, parts: Vec::new() };
        for part in text.split(';').map(str::trim).filter(|p| !p.is_empty()) {
            let (name, value) = part.split_once('=').map(|(n, v)| (n.trim(), v.trim()))?;
            match name {
                "FREQ" => rule.freq = value.to_owned(),
                "INTERVAL" => rule.interval = value.parse().ok().filter(|n| *n > 0)?,
                "COUNT" => rule.count = Some(value.parse().ok()?),
                "UNTIL" => rule.until = Some(moment(value.as_bytes())?),
                "RSCALE" if value == "GREGORIAN" => {}
                "SKIP" if value == "OMIT" => {}
                "WKST" | "BYSECOND" | "BYMINUTE" | "BYHOUR" | "BYDAY" | "BYMONTHDAY" | "BYYEARDAY"
                | "BYWEEKNO" | "BYMONTH" | "BYSETPOS" => {
                    let value = value.replace(['+', ' '], "");
                    if !value.is_empty() {
                        rule.parts.push((name.to_owned(), value));
                    }
                }
                name if name.starts_with("X-") => {}
                _ => return None,
            }
        }
        if matches!(rule.freq.as_str(), "WEEKLY" | "DAILY" | "HOURLY" | "MINUTELY" | "SECONDLY") {
            // "The first Monday" of a week or less is any Monday.
            let plain =
                |day: &str| day.trim_start_matches(|c: char| c == '-' || c.is_ascii_digit()).to_owned();
            for (_, value) in rule.parts.iter_mut().filter(|(name, _)| name == "BYDAY") {
                *value = value.split(',').map(plain).collect::<Vec<_>>().join(",");
            }
        }
        (!rule.freq.is_empty()).then_some(rule)
    }

    /// The seconds of its unit, if that is less than a day.
    fn unit(&self) -> Option<i64> {
        Some(match self.freq.as_str() {
            "HOURLY" => 3_600,
            "MINUTELY" => 60,
            "SECONDLY" => 1,
            _ => return None,
        })
    }

    fn has(&self, name: &str) -> bool {
        self.parts.iter().any(|(n, _)| n == name)
    }

    /// Counts it out from `start` on, to the horizon on the clock's face; `None` if it cannot be.
    pub(crate) fn count_out(&self, start: Moment, clock: Clock<'_>, horizon: i64) -> Option<Counted> {
        let day = start.precision == Precision::Day;
        let first = Start { utc: clock.utc(start.wall).filter(|_| !day), wall: start.wall };
        let mut counted = Counted::default();
        let mut left = self.count.unwrap_or(u32::MAX);
        let ends = self.count.is_some() || self.until.is_some();
        // Whether to continue after this one.
        let mut take = |start: Start| {
            if start < first {
                return true;
            }
            if left == 0 || start.wall > LAST || self.until.is_some_and(|until| is_past(start, until)) {
                return false;
            }
            left -= 1;
            let n = counted.starts.len();
            counted.cut = n == MAX_INSTANCES;
            if counted.cut || n > 0 && start.wall > horizon && !(ends && n < MAX_BEYOND) {
                return false;
            }
            counted.starts.push(start);
            true
        };
        let cut = match self.unit() {
            Some(_) if day => return None,
            Some(unit) if self.parts.iter().all(|(name, _)| name == "WKST") => {
                let step = unit * i64::from(self.interval);
                let from = first.utc.unwrap_or(first.wall);
                (0..).map(|n| at(clock, from.saturating_add(n * step))).all(&mut take);
                false
            }
            Some(unit) if !self.has("BYSETPOS") => {
                let walls = self.day_by_day(start.wall)?;
                in_real_time(walls, clock, (unit, self.interval), first, &mut take)
            }
            _ => {
                let mut tried = 0;
                for wall in self.walls(&self.text(day), start.wall)? {
                    tried += 1;
                    let utc = clock.utc(wall).filter(|_| !day);
                    if tried > MAX_TRIED || !take(Start { utc, wall }) {
                        break;
                    }
                }
                tried > MAX_TRIED
            }
        };
        counted.cut |= cut;
        Some(counted)
    }

    /// The rule for the crate, without the parts applied here.
    fn text(&self, day: bool) -> String {
        let mut text = format!("FREQ={};INTERVAL={}", self.freq, self.interval);
        for (name, value) in &self.parts {
            // RFC 5545: of a whole day these must be ignored.
            if !(day && matches!(name.as_str(), "BYHOUR" | "BYMINUTE" | "BYSECOND")) {
                text.push_str(&format!(";{name}={value}"));
            }
        }
        text
    }

    /// A rule of hours or less, with parts, on the clock's face: as one of days (of years for BYYEARDAY) that has each of
    /// the hours, minutes and seconds. Its interval is left to the instants.
    fn day_by_day(&self, start: i64) -> Option<impl Iterator<Item = i64> + use<>> {
        let freq = if self.has("BYYEARDAY") { "YEARLY" } else { "DAILY" };
        let mut text = format!("FREQ={freq}");
        for (name, value) in &self.parts {
            text.push_str(&format!(";{name}={value}"));
        }
        let of_day = start.rem_euclid(86_400);
        let all = |n: i64| (0..n).map(|i| i.to_string()).collect::<Vec<_>>().join(",");
        let units = [
            ("BYHOUR", 24, of_day / 3_600, 3_600),
            ("BYMINUTE", 60, of_day / 60 % 60, 60),
            ("BYSECOND", 60, of_day % 60, 1),
        ];
        let unit = self.unit()?;
        for (name, n, own, secs) in units {
            if !self.has(name) {
                let each = if secs >= unit { all(n) } else { own.to_string() };
                text.push_str(&format!(";{name}={each}"));
            }
        }
        // From the day's beginning: a repeated time may occur for the second time before `start`.
        self.walls(&text, start - of_day)
    }

    fn walls(&self, text: &str, start: i64) -> Option<impl Iterator<Item = i64> + use<>> {
        let start = DateTime::from_timestamp(start, 0)?.with_timezone(&Tz::UTC);
        let rule: RRule<Unvalidated> = text.parse().ok()?;
        let rule = rule.validate(start).ok()?;
        // Limited: a rule that never takes place must end too.
        Some(RRuleSet::new(start).rrule(rule).limit().into_iter().map(|t| t.timestamp()))
    }
}

/// Whether it is after an UNTIL: one in UTC by the instant, any other by local time. A date is its midnight, as in
/// `python-dateutil` and others.
fn is_past(start: Start, until: Moment) -> bool {
    if until.utc { start.utc.unwrap_or(start.wall) > until.wall } else { start.wall > until.wall }
}

/// The start at an instant; for a floating clock, at its local time.
fn at(clock: Clock<'_>, instant: i64) -> Start {
    match clock {
        Clock::Floating => Start { utc: None, wall: instant },
        clock => Start { utc: Some(instant), wall: clock.wall(instant) },
    }
}

/// Converts a local time to instants, each as often as the clock shows it, in order of time and an interval of units
/// apart. Returns whether it gave up.
fn in_real_time(
    walls: impl Iterator<Item = i64>,
    clock: Clock<'_>,
    (unit, interval): (i64, u32),
    first: Start,
    take: &mut dyn FnMut(Start) -> bool,
) -> bool {
    // Intervals are counted from the hour or minute that `first` is in.
    let base = first.utc.unwrap_or(first.wall) - first.wall.rem_euclid(unit);
    let due = |instant: &i64| (instant - base).div_euclid(unit) % i64::from(interval) == 0;
    // The second of two waits for those in between.
    let mut waiting: BinaryHeap<Reverse<i64>> = BinaryHeap::new();
    for (tried, wall) in walls.enumerate() {
        if tried > MAX_TRIED {
            return true;
        }
        let instants = if let Clock::Floating = clock { vec![wall] } else { clock.instants(wall) };
        let Some(earliest) = instants.first().copied() else { continue };
        while waiting.peek().is_some_and(|Reverse(instant)| *instant < earliest) {
            if let Some(Reverse(instant)) = waiting.pop()
                && !take(at(clock, instant))
            {
                return false;
            }
        }
        waiting.extend(instants.into_iter().filter(due).map(Reverse));
    }
    waiting.into_sorted_vec().into_iter().rev().all(|Reverse(instant)| take(at(clock, instant)));
    false
}

#[cfg(test)]
#[path = "expand_tests.rs"]
mod tests;
