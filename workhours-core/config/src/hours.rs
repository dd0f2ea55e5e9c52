//! Settings of a config file for hours: `[hours]`, `[projects]`, `[rates]`, `[me]` and `[people.NAME]`, with the same
//! keys in both formats.

use super::values;
use ::toml::Value;
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::sync::Arc;
use workhours_base::error::{Error, Result};
use workhours_base::names;
use workhours_base::vocabulary::{Activity, Rate, Rounding, Terms};
use workhours_base::zones::{Travel, Zones};
use workhours_event::LONGEST_US;
use workhours_query::people::{People, Person};
use workhours_query::{Field, Lookup, Projects, parse};

/// The tables.
pub(super) const HOURS: &str = "hours";
pub(super) const PROJECTS: &str = "projects";
pub(super) const RATES: &str = "rates";
/// Me, and others: `[people.NAME]`.
pub(super) const ME: &str = "me";
pub(super) const PEOPLE: &str = "people";

const KEYS: [&str; 10] =
    ["activity", "currency", "day_start", "longest", "pad", "rate", "roots", "round", "target", "travel"];
const PERSON_KEYS: [&str; 4] = ["emails", "hosts", "names", "users"];

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
    /// As written, to be shown: table, key, values.
    written: Vec<(String, String, Vec<String>)>,
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

    /// Takes a key of `[me]`, or of `[people.NAME]`.
    pub(super) fn set_person(
        &mut self,
        name: Option<&str>,
        key: &str,
        given: &[String],
        origin: &str,
    ) -> Result<()> {
        let lower = key.to_ascii_lowercase();
        let (person, table) = match name {
            None => {
                self.people.told = true;
                (&mut self.people.me, ME.to_owned())
            }
            Some(name) => {
                let found = self.people.others.iter().position(|person| person.name == name);
                let at = found.unwrap_or_else(|| {
                    self.people.others.push(Person { name: name.to_owned(), ..Person::default() });
                    self.people.others.len() - 1
                });
                (&mut self.people.others[at], format!("{PEOPLE}.{}", Value::String(name.to_owned())))
            }
        };
        let known = match lower.as_str() {
            "names" | "name" => &mut person.names,
            "emails" | "email" => &mut person.emails,
            "users" | "user" => &mut person.users,
            "hosts" | "host" => &mut person.hosts,
            _ => {
                let error = Error::usage(format!("{origin}: unknown key {key:?} in [{table}]"));
                return Err(error.hint(match names::nearest(&lower, PERSON_KEYS) {
                    Some(near) => format!("did you mean {near}?"),
                    None => format!("the keys are {}", PERSON_KEYS.join(", ")),
                }));
            }
        };
        let texts =
            given.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|text| !text.is_empty());
        known.extend(texts.map(str::to_owned));
        if name.is_none() && person.name.is_empty() {
            person.name = person.names.first().cloned().unwrap_or_default();
        }
        self.written.push((table, key.to_owned(), given.to_vec()));
        Ok(())
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
                    let rule = parse(query, 0, &Zones::plain(Tz::UTC)).map_err(at)?;
                    if rule.asks_for(&|field| *field == Field::Project) {
                        let error =
                            format!("{origin}: the rule for {key} asks for project:, which it is to tell");
                        return Err(Error::usage(error)
                            .hint("name what the events have: path:, url:, host:, tag:, meta.cwd:"));
                    }
                    let (name, query) = (key.to_owned(), query.clone());
                    self.projects.push(ProjectRule { name, query, origin: origin.to_owned() });
                }
            }
            RATES => self.terms.rates.push((key.to_owned(), rates(given).map_err(at)?)),
            _ => self.hours(&key.to_ascii_lowercase(), first, given).map_err(at)?,
        }
        self.written.push((table.to_owned(), key.to_owned(), given.to_vec()));
        Ok(())
    }

    fn hours(&mut self, key: &str, first: &str, given: &[String]) -> Result<()> {
        if given.len() > 1 && !["roots", "travel", "target", "activity", "rate"].contains(&key) {
            return Err(Error::usage(format!("{key} has more than one value")));
        }
        match key {
            "activity" => self.activity = given.join(",").parse()?,
            "currency" => self.terms.currency = first.to_owned(),
            "day_start" => self.day_start = clock(first)?,
            "pad" => self.pad_min = number(first)?,
            "longest" => self.longest_us = longest(first)?,
            "rate" => self.terms.default_rates = rates(given)?,
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
        // A rate from a day on.
        Value::Table(table) if table.len() == 2 => {
            let from = table.get("from").map(|from| from.to_string().trim_matches('"').to_owned())?;
            Some(format!("{} from {from}", table.get("rate")?))
        }
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
