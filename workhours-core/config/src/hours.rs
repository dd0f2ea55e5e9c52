//! How time worked is counted: the settings of `[hours]`, `[projects]`, `[rates]`, `[me]` and `[people.NAME]`, and how
//! their values are read. The keys are in `keys`.

mod keys;

pub(super) use keys::{Keys, Queries, Rates};

use super::values;
use ::toml::Value;
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::sync::Arc;
use workhours_base::error::{Error, Result};
use workhours_base::vocabulary::{Activity, Rate, Rounding, Terms};
use workhours_base::zones::{Travel, Zones};
use workhours_event::LONGEST_US;
use workhours_query::people::{People, Person};
use workhours_query::{Lookup, Projects, parse};

/// The definition of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectRule {
    /// The project.
    pub name: String,
    /// In the language of queries.
    pub query: String,
    /// `FILE:LINE`.
    pub origin: String,
}

/// Settings of the reports that count time.
#[derive(Clone, Debug, PartialEq)]
pub struct HoursSettings {
    /// Minutes after midnight at which days begin.
    pub day_start: u32,
    /// Minutes counted before a session's first event.
    pub pad_min: f64,
    /// How hours are rounded.
    pub rounding: Option<Rounding>,
    /// Whose traces count.
    pub activity: Activity,
    /// At most this many µs of a longer trace count.
    pub longest_us: i64,
    /// Me, as far as the file says, and others.
    pub people: People,
    /// Rates, currency, targets.
    pub terms: Terms,
    /// The user's travels.
    pub travels: Vec<Travel>,
    /// The definitions of projects, in order.
    pub projects: Vec<ProjectRule>,
    /// Folders whose sub-folders are projects; `None` for the usual ones.
    pub roots: Option<Vec<String>>,
    /// As written, to be shown: keys and values.
    written: Vec<(String, Vec<String>)>,
}

impl Default for HoursSettings {
    fn default() -> Self {
        Self {
            day_start: 0,
            pad_min: 0.0,
            rounding: None,
            activity: Activity::default(),
            longest_us: LONGEST_US,
            people: People::default(),
            terms: Terms::default(),
            travels: Vec::new(),
            projects: Vec::new(),
            roots: None,
            written: Vec::new(),
        }
    }
}

impl HoursSettings {
    /// How projects and persons are determined.
    ///
    /// # Errors
    /// A usage error for a query that cannot be read; those of a config file were read once already.
    pub fn lookup(&self, now_us: i64, zones: &Zones) -> Result<Lookup> {
        let rule = |rule: &ProjectRule| Ok((rule.name.clone(), parse(&rule.query, now_us, zones)?));
        let rules = self.projects.iter().map(rule).collect::<Result<_>>()?;
        let usual = Projects::default();
        let projects = Projects { rules, roots: self.roots.clone().unwrap_or(usual.roots) };
        Ok(Lookup { projects: Arc::new(projects), people: Arc::new(self.people.clone()) })
    }

    /// The clock of a zone.
    ///
    /// # Errors
    /// When travels overlap.
    pub fn zones(&self, home: Tz, day_start: Option<u32>) -> Result<Zones> {
        Zones::new(home, self.travels.clone(), day_start.unwrap_or(self.day_start))
    }

    /// Adds my identities from the environment to those of the file.
    pub(super) fn know(&mut self, person: &Person) {
        let me = &mut self.people.me;
        if me.name.is_empty() {
            me.name = me.names.first().cloned().unwrap_or_else(|| person.name.clone());
        }
        me.learn(person);
    }

    #[cfg(test)]
    pub(super) fn forget_what_was_written(&mut self) {
        self.written.clear();
    }

    /// All of it as keys and values of TOML.
    pub(super) fn shown(&self) -> Vec<(String, Value)> {
        let written = self.written.iter().map(|(key, given)| {
            let values = given.iter().map(|text| Value::String(text.clone())).collect();
            (key.clone(), Value::Array(values))
        });
        written.collect()
    }
}

/// Minutes after midnight: `04:00`, `4`.
///
/// # Errors
/// A usage error for a value that isn't a time of day up to noon.
pub fn clock(text: &str) -> Result<u32> {
    let (hours, minutes) = text.split_once(':').unwrap_or((text, "0"));
    let read = |text: &str, most: u32| text.trim().parse::<u32>().ok().filter(|n| *n <= most);
    let minutes = read(hours, 12).zip(read(minutes, 59)).map(|(h, m)| h * 60 + m).filter(|m| *m <= 720);
    minutes.ok_or_else(|| {
        Error::usage(format!("{text:?} is no time at which a day could begin"))
            .hint("write 04:00; up to 12:00")
    })
}

fn number(text: &str) -> Result<f64> {
    let n: Option<f64> = text.parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0);
    n.ok_or_else(|| Error::usage(format!("{text:?} is not a number, 0 or more")))
}

/// `95`, or `95 from 2026-01-01`, one for each change.
fn rates(given: &[String]) -> Result<Vec<Rate>> {
    let one = |text: &String| -> Result<Rate> {
        let Some((rate, from)) = text.split_once(" from ") else {
            return Ok(Rate { from: None, rate: number(text.trim())? });
        };
        let from = from.trim().parse::<NaiveDate>().map_err(|_| {
            Error::usage(format!("{text:?} has no day from which the rate holds"))
                .hint("write { from = \"2026-01-01\", rate = 95 }, or 95 from 2026-01-01")
        })?;
        Ok(Rate { from: Some(from), rate: number(rate.trim())? })
    };
    let mut rates = given.iter().map(one).collect::<Result<Vec<Rate>>>()?;
    rates.sort_by_key(|rate| rate.from);
    match rates.windows(2).find(|two| two[0].from == two[1].from) {
        Some(two) => Err(Error::usage(match two[0].from {
            Some(day) => format!("there are two rates from {day}"),
            None => "there are two rates without a day from which they hold".to_owned(),
        })),
        None => Ok(rates),
    }
}

/// Hours, or hours and minutes, of one trace that count at most.
fn longest(text: &str) -> Result<i64> {
    let (hours, minutes) = text.split_once(':').unwrap_or((text, "0"));
    let us = number(hours)? * 3.6e9 + number(minutes)? * 6e7;
    if !(6e7..=168.0 * 3.6e9).contains(&us) {
        return Err(Error::usage(format!("{text:?} is not between a minute and a week"))
            .hint("write 12 or 12:00, in hours"));
    }
    Ok(us.round() as i64)
}

/// One number for Monday to Friday, or seven from Monday on.
fn targets(given: &[String]) -> Result<[f64; 7]> {
    let split: Vec<&str> =
        given.iter().flat_map(|text| text.split([',', ' '])).filter(|t| !t.is_empty()).collect();
    let numbers = split.into_iter().map(number).collect::<Result<Vec<f64>>>()?;
    match numbers[..] {
        [hours] => Ok([hours, hours, hours, hours, hours, 0.0, 0.0]),
        _ => numbers.try_into().map_err(|_| {
            Error::usage("target is one number, for Monday to Friday, or seven, from Monday on")
                .hint("write 8, or 8, 8, 8, 8, 6, 0, 0")
        }),
    }
}

/// `2026-05-01..2026-05-10 America/New_York`
fn travel(text: &str) -> Result<Travel> {
    let wrong = || {
        Error::usage(format!("{text:?} is no travel")).hint("write 2026-05-01..2026-05-10 America/New_York")
    };
    let (days, zone) = text.trim().split_once(char::is_whitespace).ok_or_else(wrong)?;
    let (from, to) = days.split_once("..").ok_or_else(wrong)?;
    let day = |text: &str| text.parse::<NaiveDate>().map_err(|_| wrong());
    Ok(Travel { from: day(from)?, to: day(to)?, zone: values::timezone(zone.trim())? })
}
