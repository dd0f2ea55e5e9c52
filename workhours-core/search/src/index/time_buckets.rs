//! Stretches of time to count events in, by the calendar and clock of a zone: a day has 23, 24 or 25 hours.
//!
//! Not the periods of reports, which are named and summed up whatever their number: these are few enough to be drawn.

use super::{Index, Question};
use chrono::{Datelike, NaiveDate};
use std::fmt;
use std::str::FromStr;
use workhours_base::budget::Budget;
use workhours_base::error::{Error, Result};
use workhours_base::zones::{Zones, monday};

/// Maximum number of intervals: more can't be drawn.
pub const MAX_BARS: usize = 240;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The length of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// This many µs, less than a day; counted from the beginning of each day.
    Clock(i64),
    /// A day.
    Day,
    /// A week, from Monday on.
    Week,
    /// This many months: 1, 3 or 12.
    Months(u32),
}

/// All steps, with their names, the shortest first.
const STEPS: [(&str, Step); 19] = [
    ("1s", Step::Clock(SECOND)),
    ("5s", Step::Clock(5 * SECOND)),
    ("15s", Step::Clock(15 * SECOND)),
    ("30s", Step::Clock(30 * SECOND)),
    ("1m", Step::Clock(MINUTE)),
    ("5m", Step::Clock(5 * MINUTE)),
    ("10m", Step::Clock(10 * MINUTE)),
    ("15m", Step::Clock(15 * MINUTE)),
    ("30m", Step::Clock(30 * MINUTE)),
    ("1h", Step::Clock(HOUR)),
    ("2h", Step::Clock(2 * HOUR)),
    ("3h", Step::Clock(3 * HOUR)),
    ("6h", Step::Clock(6 * HOUR)),
    ("12h", Step::Clock(12 * HOUR)),
    ("1d", Step::Day),
    ("1w", Step::Week),
    ("1mo", Step::Months(1)),
    ("3mo", Step::Months(3)),
    ("1y", Step::Months(12)),
];

impl Step {
    /// Their names, the shortest first.
    pub fn names() -> impl Iterator<Item = &'static str> {
        STEPS.iter().map(|(name, _)| *name)
    }

    /// About how long it is, µs.
    fn length(self) -> i64 {
        match self {
            Self::Clock(us) => us,
            Self::Day => DAY,
            Self::Week => 7 * DAY,
            Self::Months(n) => i64::from(n) * 30 * DAY,
        }
    }

    /// The first day of a day's interval.
    fn first_day(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Clock(_) | Self::Day => day,
            Self::Week => monday(day),
            Self::Months(n) => {
                let month = day.month0() / n * n + 1;
                NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day)
            }
        }
    }

    /// The first day of the next interval after one that begins here.
    fn next_day(self, first: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Clock(_) | Self::Day => first.succ_opt(),
            Self::Week => first.checked_add_days(chrono::Days::new(7)),
            Self::Months(n) => first.checked_add_months(chrono::Months::new(n)),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(STEPS.iter().find(|(_, step)| step == self).map_or("", |(name, _)| name))
    }
}

impl FromStr for Step {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        STEPS.iter().find(|(name, _)| *name == text).map(|(_, step)| *step).ok_or_else(|| {
            let names: Vec<&str> = Self::names().collect();
            Error::usage(format!("{text:?} is not an interval to count by"))
                .hint(format!("use one of {}", names.join(", ")))
        })
    }
}

/// Where the intervals begin, and where the last one ends.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeBuckets {
    bounds: Vec<i64>,
    step: Step,
    /// Stretches to a µs, roughly.
    per_us: f64,
}

impl TimeBuckets {
    /// Those that cover the time from one instant to before another.
    ///
    /// # Errors
    /// A usage error when they are too many.
    pub fn new(from_us: i64, until_us: i64, step: Step, zones: &Zones) -> Result<Self> {
        let too_many = || {
            Error::limit_exceeded(format!("more than {MAX_BARS} stretches of {step} lie between these times"))
                .hint("count by longer ones, or look at less time")
        };
        if (until_us.saturating_sub(from_us)) / step.length() > 2 * MAX_BARS as i64 {
            return Err(too_many());
        }
        let mut bounds = Vec::new();
        let mut day = step.first_day(zones.day_of(from_us));
        loop {
            let start = zones.start_of(day);
            let next = step.next_day(day);
            let end = next.map_or(i64::MAX, |next| zones.start_of(next));
            match step {
                Step::Clock(us) => {
                    // Those before the first wanted one are left out.
                    let skipped = (from_us - start).max(0) / us;
                    let starts = (0..).map(|n| start + (skipped + n) * us);
                    bounds.extend(starts.take_while(|at| *at < end && *at < until_us));
                }
                _ if start < end => bounds.push(start),
                _ => {}
            }
            if bounds.len() > MAX_BARS {
                return Err(too_many());
            }
            let last = match step {
                Step::Clock(us) => bounds.last().map_or(end, |last| (last + us).min(end)),
                _ => end,
            };
            if end >= until_us {
                bounds.push(last);
                break;
            }
            match next {
                Some(next) => day = next,
                None => break,
            }
        }
        bounds.dedup();
        let (first, last) = (bounds[0], bounds[bounds.len() - 1]);
        let per_us = (bounds.len() - 1) as f64 / (last.saturating_sub(first)).max(1) as f64;
        Ok(Self { bounds, step, per_us })
    }

    /// The shortest intervals that make at most this many.
    pub fn about(from_us: i64, until_us: i64, most: usize, zones: &Zones) -> Self {
        let most = most.clamp(1, MAX_BARS);
        let fits = |step: Step| {
            (until_us.saturating_sub(from_us)) / step.length() <= most as i64
                && Self::new(from_us, until_us, step, zones).is_ok_and(|edges| edges.len() <= most)
        };
        let longest = Step::Months(12);
        let step = STEPS.iter().map(|(_, step)| *step).find(|step| fits(*step)).unwrap_or(longest);
        let edges = Self::new(from_us, until_us, step, zones);
        // Centuries: years beyond the last that can be shown are left out.
        edges.unwrap_or_else(|_| Self { bounds: vec![from_us, until_us], step: longest, per_us: 0.0 })
    }

    /// How many stretches there are.
    pub fn len(&self) -> usize {
        self.bounds.len() - 1
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How long they are.
    pub fn step(&self) -> Step {
        self.step
    }

    /// Where they begin, and where the last one ends.
    pub fn bounds(&self) -> &[i64] {
        &self.bounds
    }

    /// The name of an interval, by the local clock and calendar.
    pub fn label(&self, at: usize, zones: &Zones) -> String {
        let wall = zones.wall(self.bounds[at]);
        let format = match self.step {
            Step::Clock(us) if us < MINUTE => "%Y-%m-%d %H:%M:%S",
            Step::Clock(_) => "%Y-%m-%d %H:%M",
            Step::Day => "%Y-%m-%d",
            Step::Week => "%G-W%V",
            Step::Months(12) => "%Y",
            Step::Months(_) => "%Y-%m",
        };
        // A day that begins at four is called by its date all the same.
        match self.step {
            Step::Clock(_) => match offset_if_twice(self.bounds[at], zones) {
                Some(offset) => format!("{} {offset}", wall.format(format)),
                None => wall.format(format).to_string(),
            },
            _ => zones.day_of(self.bounds[at]).format(format).to_string(),
        }
    }

    /// The interval of an instant.
    pub fn find(&self, us: i64) -> Option<usize> {
        let first = self.bounds[0];
        if us < first || us >= self.bounds[self.len()] {
            return None;
        }
        // Nearly all have the same length, so the right one is the guessed one or a neighbour.
        let mut at = (((us - first) as f64 * self.per_us) as usize).min(self.len() - 1);
        while us < self.bounds[at] {
            at -= 1;
        }
        while us >= self.bounds[at + 1] {
            at += 1;
        }
        Some(at)
    }
}

/// The distance from UTC, for an instant whose clock time comes twice that night; the other one has another.
fn offset_if_twice(us: i64, zones: &Zones) -> Option<String> {
    let offset = zones.offset_min(us);
    let twin = |us_away: i64| {
        let change = i64::from(zones.offset_min(us + us_away) - offset);
        let twin = us - change * MINUTE;
        // Clocks set back: the twin is on the side where the offset is another.
        change != 0 && change.signum() == -us_away.signum() && zones.wall(twin) == zones.wall(us)
    };
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs());
    [-3 * HOUR, 3 * HOUR]
        .into_iter()
        .any(twin)
        .then(|| format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60))
}

/// The intervals for counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// These.
    By(Step),
    /// The shortest that make at most this many.
    Into(usize),
}

/// The intervals of a histogram: over the time of the question, or from the first to the last event. `None` if there
/// are no events.
///
/// # Errors
/// As for [`TimeBuckets::new`] and [`Index::span`].
pub fn edges_of(
    index: &dyn Index,
    question: &Question,
    cut: Cut,
    zones: &Zones,
    budget: &Budget,
) -> Result<Option<TimeBuckets>> {
    let (from, until) = match question.expr.time_bounds() {
        (Some(from), Some(until)) if from < until => (from, until),
        (from, until) => match index.span(question, budget)? {
            Some((first, last)) => (from.unwrap_or(first), until.unwrap_or(last.saturating_add(1))),
            None => return Ok(None),
        },
    };
    match cut {
        Cut::By(step) => TimeBuckets::new(from, until, step, zones).map(Some),
        Cut::Into(most) => Ok(Some(TimeBuckets::about(from, until, most, zones))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> i64 {
        text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_micros()
    }

    #[test]
    fn days_are_those_of_the_zone() {
        let berlin = Zones::plain(chrono_tz::Europe::Berlin);
        let edges =
            TimeBuckets::new(at("2026-10-24T12:00:00Z"), at("2026-10-27T00:00:00Z"), Step::Day, &berlin);
        let hours: Vec<i64> =
            edges.unwrap().bounds().windows(2).map(|two| (two[1] - two[0]) / HOUR).collect();
        assert_eq!(hours, [24, 25, 24, 24]);
        let hourly = TimeBuckets::new(
            at("2026-10-24T22:00:00Z"),
            at("2026-10-25T23:00:00Z"),
            Step::Clock(HOUR),
            &berlin,
        );
        let hourly = hourly.unwrap();
        assert_eq!(hourly.len(), 25);
        let labels: Vec<String> = (1..5).map(|at| hourly.label(at, &berlin)).collect();
        assert_eq!(
            labels,
            ["2026-10-25 01:00", "2026-10-25 02:00 +02:00", "2026-10-25 02:00 +01:00", "2026-10-25 03:00"]
        );
        let spring = TimeBuckets::new(
            at("2026-03-28T23:00:00Z"),
            at("2026-03-29T22:00:00Z"),
            Step::Clock(HOUR),
            &berlin,
        );
        let spring = spring.unwrap();
        assert!((0..spring.len()).all(|n| !spring.label(n, &berlin).contains('+')));
    }

    #[test]
    fn too_many_are_refused_and_the_shortest_fitting_ones_found() {
        let zones = Zones::plain(chrono_tz::UTC);
        let (from, year) = (at("2025-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z"));
        assert!(TimeBuckets::new(from, year, Step::Day, &zones).is_err());
        assert!(TimeBuckets::new(from, i64::MAX - 1, Step::Clock(SECOND), &zones).is_err());
        assert_eq!(TimeBuckets::about(from, year, 120, &zones).step(), Step::Week);
        assert_eq!(TimeBuckets::about(from, from + HOUR, 120, &zones).step(), Step::Clock(30 * SECOND));
        assert_eq!(TimeBuckets::about(from, from + 1, 120, &zones).len(), 1);
        assert!(
            !TimeBuckets::about(at("0001-01-01T00:00:00Z"), at("9999-01-01T00:00:00Z"), 120, &zones)
                .is_empty()
        );
    }

    #[test]
    fn names_are_read_back() {
        for name in Step::names() {
            assert_eq!(name.parse::<Step>().unwrap().to_string(), name);
        }
        assert!("2d".parse::<Step>().unwrap_err().hint_text().unwrap().contains("1mo"));
    }

    proptest! {
        #[test]
        fn each_instant_is_in_the_stretch_around_it(
            start in 0i64..2_000_000_000, length in 1i64..100_000_000, n in 0usize..19, picks in prop::collection::vec(0.0f64..1.0, 20)
        ) {
            let zones = Zones::plain(chrono_tz::Australia::Lord_Howe);
            let (from, until) = (start * SECOND, (start + length) * SECOND);
            let Ok(edges) = TimeBuckets::new(from, until, STEPS[n].1, &zones) else { return Ok(()) };
            let bounds = edges.bounds();
            prop_assert!(bounds.windows(2).all(|two| two[0] < two[1]), "{bounds:?}");
            prop_assert!(bounds[0] <= from && bounds[edges.len()] >= until);
            for pick in picks {
                let us = from + ((until - from) as f64 * pick) as i64;
                let at = edges.find(us).unwrap();
                prop_assert!(bounds[at] <= us && us < bounds[at + 1]);
            }
        }
    }
}
