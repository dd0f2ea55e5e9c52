//! What a config file says of time worked: `[hours]`, `[projects]` and `[rates]`, with the same keys in both formats.

use super::values;
use crate::error::{Error, Result};
use crate::names;
use crate::query::parse;
use crate::report::{Activity, Projects, Rounding, Terms};
use crate::zones::Travel;
use ::toml::Value;
use chrono::NaiveDate;
use chrono_tz::Tz;

/// The tables.
pub(super) const HOURS: &str = "hours";
pub(super) const PROJECTS: &str = "projects";
pub(super) const RATES: &str = "rates";

const KEYS: [&str; 9] =
    ["activity", "currency", "day_start", "pad", "rate", "roots", "round", "target", "travel"];

/// Settings of the reports that count time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HoursSettings {
    /// Minutes after midnight at which days begin.
    pub day_start: u32,
    /// Minutes counted before a session's first event.
    pub pad_min: f64,
    /// How hours are rounded.
    pub rounding: Option<Rounding>,
    /// Whose traces count.
    pub activity: Activity,
    /// Rates, currency, targets.
    pub terms: Terms,
    /// Where the user was.
    pub travels: Vec<Travel>,
    /// Name and question of each project, in order.
    pub projects: Vec<(String, String)>,
    /// Folders whose sub-folders are projects; `None` for the usual ones.
    pub roots: Option<Vec<String>>,
    /// As written, to be shown: table, key, values.
    written: Vec<(&'static str, String, Vec<String>)>,
}

impl HoursSettings {
    /// The rules that say what belongs to which project.
    ///
    /// # Errors
    /// A usage error for a question that cannot be read; those of a config file were read once already.
    pub fn projects(&self, now_us: i64, zone: Tz) -> Result<Projects> {
        let rule = |(name, query): &(String, String)| Ok((name.clone(), parse(query, now_us, zone)?));
        let rules = self.projects.iter().map(rule).collect::<Result<_>>()?;
        let usual = Projects::default();
        Ok(Projects { rules, roots: self.roots.clone().unwrap_or(usual.roots) })
    }

    /// Takes a key of one of the tables.
    pub(super) fn set(
        &mut self,
        table: &'static str,
        key: &str,
        given: &[String],
        origin: &str,
    ) -> Result<()> {
        let at = |e| values::at(origin, e);
        let Some(first) = given.first().map(|text| text.trim()) else {
            return Err(Error::usage(format!("{origin}: {key} has no value")));
        };
        match table {
            PROJECTS => {
                for query in given {
                    parse(query, 0, Tz::UTC).map_err(at)?;
                    self.projects.push((key.to_owned(), query.clone()));
                }
            }
            RATES => self.terms.rates.push((key.to_owned(), number(first).map_err(at)?)),
            _ => self.hours(&key.to_ascii_lowercase(), first, given).map_err(at)?,
        }
        self.written.push((table, key.to_owned(), given.to_vec()));
        Ok(())
    }

    fn hours(&mut self, key: &str, first: &str, given: &[String]) -> Result<()> {
        if given.len() > 1 && !["roots", "travel", "target", "activity"].contains(&key) {
            return Err(Error::usage(format!("{key} has more than one value")));
        }
        match key {
            "activity" => self.activity = given.join(",").parse()?,
            "currency" => self.terms.currency = first.to_owned(),
            "day_start" => self.day_start = clock(first)?,
            "pad" => self.pad_min = number(first)?,
            "rate" => self.terms.rate = Some(number(first)?),
            "roots" => self.roots = Some(given.to_vec()),
            "round" => self.rounding = Some(first.parse()?),
            "target" => self.terms.targets = Some(targets(given)?),
            "travel" => self.travels = given.iter().map(|text| travel(text)).collect::<Result<_>>()?,
            _ => {
                return Err(Error::usage(format!("unknown key {key:?} in [{HOURS}]")).hint(
                    match names::nearest(key, KEYS) {
                        Some(near) => format!("did you mean {near}?"),
                        None => format!("the keys are {}", KEYS.join(", ")),
                    },
                ));
            }
        }
        Ok(())
    }

    /// All of it as keys and values of TOML.
    pub(super) fn shown(&self) -> Vec<(String, Value)> {
        let quoted = |key: &str| Value::String(key.to_owned()).to_string();
        let written = self.written.iter().map(|(table, key, given)| {
            let values = given.iter().map(|text| Value::String(text.clone())).collect();
            (format!("{table}.{}", quoted(key)), Value::Array(values))
        });
        written.collect()
    }
}

/// Texts of a TOML value: a text, a number, or a list of them.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(n) => Some(n.to_string()),
        Value::Float(n) => Some(n.to_string()),
        _ => None,
    };
    match value {
        Value::Array(list) => list.iter().map(one).collect(),
        other => one(other).map(|text| vec![text]),
    }
}

/// Minutes after midnight: `04:00`, `4`.
///
/// # Errors
/// A usage error for what is no time of day up to noon.
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
