//! What runs when: `[schedules.NAME]`, each a command line of this program with the times at which it is due.

use super::tree::{Entries, List, Setting, Word, given};
use super::values;
use ::toml::Value;
use chrono::{DateTime, TimeDelta};
use chrono_tz::Tz;
use croner::Cron;
use serde::Deserialize;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;
use workhours_base::database::mask;
use workhours_base::duration::{duration_text, parse_duration};
use workhours_base::error::{Error, Result};

/// The table.
const NAME: &str = "schedules";
/// Names are part of a key in databases.
const LONGEST_NAME: usize = 200;

/// The keys of a schedule.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct Keys {
    /// How often it is due.
    every: Option<Setting<String>>,
    /// When it is due, as cron has it.
    cron: Option<Setting<String>>,
    /// The zone of `cron`.
    timezone: Option<Setting<String>>,
    /// What runs: the words of a command line after `workhours`.
    run: Option<Setting<List<Word>>>,
}

/// When a schedule is due.
#[derive(Clone)]
pub enum Timing {
    /// Again and again after this long, counted from 1970.
    Every(Duration),
    /// At the times of a pattern in a zone; in the configured zone if it has none.
    Cron(Box<Cron>, String, Option<Tz>),
}

impl fmt::Debug for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl PartialEq for Timing {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Every(a), Self::Every(b)) => a == b,
            (Self::Cron(_, a, zone), Self::Cron(_, b, other)) => (a, zone) == (b, other),
            _ => false,
        }
    }
}

impl Timing {
    fn cron(text: &str, zone: Option<Tz>) -> Result<Self> {
        let text = text.trim();
        let wrong = |e: &dyn std::fmt::Display| {
            Error::usage(format!("{text:?} isn't a cron pattern: {e}")).hint(
                "write minute, hour, day of month, month and day of week: '0 6 * * mon-fri' is 6:00 on working days",
            )
        };
        let cron = Cron::from_str(text).map_err(|e| wrong(&e))?;
        let timing = Self::Cron(Box::new(cron), text.to_owned(), zone);
        // A date such as the 30th of February never comes.
        match timing.next(0, Tz::UTC) {
            Some(_) => Ok(timing),
            None => Err(wrong(&"it never comes")),
        }
    }

    /// The first time after this one that it is due, µs since 1970; `None` if it never is.
    pub fn next(&self, after_us: i64, zone: Tz) -> Option<i64> {
        match self {
            Self::Every(every) => {
                let every = micros(*every)?;
                after_us.div_euclid(every).checked_add(1)?.checked_mul(every)
            }
            Self::Cron(cron, _, own) => {
                let after = at(after_us, own.unwrap_or(zone))?;
                cron.find_next_occurrence(&after, false).ok().map(|due| due.timestamp_micros())
            }
        }
    }

    /// The last time up to this one that it was due.
    pub fn last(&self, until_us: i64, zone: Tz) -> Option<i64> {
        match self {
            Self::Every(every) => {
                let every = micros(*every)?;
                until_us.div_euclid(every).checked_mul(every)
            }
            Self::Cron(cron, _, own) => {
                // The search goes by seconds.
                let until =
                    at(until_us, own.unwrap_or(zone))?.checked_add_signed(TimeDelta::microseconds(1))?;
                let due = cron.find_previous_occurrence(&until, true).ok()?.timestamp_micros();
                (due <= until_us).then_some(due)
            }
        }
    }

    /// As in the config file.
    pub fn text(&self) -> String {
        match self {
            Self::Every(every) => format!("every {}", duration_text(*every)),
            Self::Cron(_, text, Some(zone)) => format!("{text} ({zone})"),
            Self::Cron(_, text, None) => text.clone(),
        }
    }
}

fn micros(duration: Duration) -> Option<i64> {
    i64::try_from(duration.as_micros()).ok()
}

fn at(us: i64, zone: Tz) -> Option<DateTime<Tz>> {
    DateTime::from_timestamp_micros(us).map(|time| time.with_timezone(&zone))
}

/// Something that runs at its times.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleSpec {
    /// Its name.
    pub name: String,
    /// When it is due.
    pub timing: Timing,
    /// The words of a command line after `workhours`, as they are typed; not checked here.
    pub run: String,
    /// `FILE:LINE`.
    pub origin: String,
}

/// What the tables mean.
pub(super) fn schedules(table: Entries<Keys>) -> Result<Vec<ScheduleSpec>> {
    let mut all: Vec<ScheduleSpec> =
        table.sorted().map(|(name, setting)| schedule(name, setting)).collect::<Result<_>>()?;
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

fn schedule(name: String, Setting { value: keys, origin, .. }: Setting<Keys>) -> Result<ScheduleSpec> {
    let wrong = |text: &str| Err(Error::usage(format!("{origin}: the schedule {name} {text}")));
    if name.is_empty() || name.len() > LONGEST_NAME {
        return wrong("needs a name of 1 to 200 bytes");
    }
    let zone = given(keys.timezone, |text| values::timezone(&text))?.map(|zone| zone.value);
    let timing = match (keys.every, keys.cron) {
        (Some(every), None) => {
            let every = every.read(|text| {
                let every = parse_duration(&text)?;
                match every < Duration::from_secs(1) {
                    true => Err(Error::usage("every is at least 1s")),
                    false => Ok(every),
                }
            })?;
            Timing::Every(every.value)
        }
        (None, Some(cron)) => cron.read(|text| Timing::cron(&text, zone))?.value,
        (Some(_), Some(_)) => return wrong("has both every and cron; remove one"),
        (None, None) => return wrong("has no time: every = \"15m\" or cron = \"0 6 * * mon-fri\""),
    };
    let words: Vec<String> =
        keys.run.map(|run| run.value.0.into_iter().map(|Word(text)| text).collect()).unwrap_or_default();
    let run = words.join(" ").trim().to_owned();
    if run.is_empty() {
        return wrong("runs nothing: run = \"-r hours --in 'last week' -o hours.xlsx\"");
    }
    Ok(ScheduleSpec { name, timing, run, origin })
}

/// All of them as keys and values of TOML.
pub(super) fn shown(schedules: &[ScheduleSpec]) -> Vec<(String, Value)> {
    let mut shown = Vec::new();
    for schedule in schedules {
        let mut set = |key: &str, value: &str| {
            let name = Value::String(schedule.name.clone());
            shown.push((format!("{NAME}.{name}.{key}"), Value::String(value.to_owned())));
        };
        match &schedule.timing {
            Timing::Every(every) => set("every", &duration_text(*every)),
            Timing::Cron(_, text, zone) => {
                set("cron", text);
                if let Some(zone) = zone {
                    set("timezone", zone.name());
                }
            }
        }
        set("run", &mask(&schedule.run));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn us(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
    }

    fn times(timing: &Timing, after: &str, zone: Tz, n: usize) -> Vec<String> {
        let mut after = us(after);
        let mut next = || {
            after = timing.next(after, zone).unwrap();
            assert_eq!(timing.last(after, zone), Some(after), "the last up to a due time is that time");
            assert_eq!(timing.last(after + 999_999, zone), Some(after));
            at(after, zone).unwrap().to_rfc3339()
        };
        (0..n).map(|_| next()).collect()
    }

    #[test]
    fn crons_go_by_the_clock_on_the_wall() {
        let berlin = Tz::Europe__Berlin;
        let daily = Timing::cron("30 2 * * *", None).unwrap();
        assert_eq!(
            times(&daily, "2026-03-28T00:00:00Z", berlin, 3),
            ["2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"],
            "there is no 2:30 on the 29th"
        );
        assert_eq!(
            times(&daily, "2026-10-24T12:00:00Z", berlin, 2),
            ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"],
            "2:30 comes twice and counts once"
        );
        let workdays = Timing::cron("0 6 * * mon-fri", Some(Tz::UTC)).unwrap();
        assert_eq!(
            times(&workdays, "2026-11-27T06:00:00Z", berlin, 1),
            ["2026-11-30T07:00:00+01:00"],
            "in its own zone, and not on a weekend"
        );
    }

    #[test]
    fn intervals_are_the_same_for_every_program() {
        let quarter = Timing::Every(Duration::from_secs(900));
        assert_eq!(
            times(&quarter, "2026-11-30T10:03:00Z", Tz::UTC, 2),
            ["2026-11-30T10:15:00+00:00", "2026-11-30T10:30:00+00:00"]
        );
    }

    #[test]
    fn times_that_never_come_are_errors() {
        for text in ["0 0 30 2 *", "61 * * * *", "soon", ""] {
            assert!(Timing::cron(text, None).is_err(), "{text}");
        }
    }
}
