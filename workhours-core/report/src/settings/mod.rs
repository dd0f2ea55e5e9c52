//! The settings of a report as they were given, by flags, an address or a saved report; and what they mean.
//!
//! Not which report is meant, nor its output. [`parameters`] declares which settings there are.

mod parameters;

pub use parameters::*;

use super::shape::Shape;
use super::{ReportInfo, ReportParams};
use chrono_tz::Tz;
use serde_json::{Map, Value};
use std::str::FromStr;
use std::sync::Arc;
use workhours_base::error::{Error, Result};
use workhours_base::vocabulary::Activity;
use workhours_base::when::{parse_period, parse_until, parse_when};
use workhours_base::zones::Zones;
use workhours_config::{Config, clock};
use workhours_query::{Expr, Field, parse};
use workhours_store::EventFilter;
use workhours_store::FindLines;

/// Settings as they were given: parameters with their values. Numbers have been checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    given: Vec<(&'static Parameter, String)>,
}

/// The context for reading settings.
pub struct ReportContext<'a> {
    /// Defaults.
    pub config: &'a Config,
    /// The present moment.
    pub now_us: i64,
    /// The proper name of a source type.
    pub source: &'a dyn Fn(&str) -> Result<String>,
    /// The source types that record presence.
    pub presence: &'a dyn Fn() -> Result<Vec<String>>,
    /// Finds the lines of events; used if they are shown.
    pub lines: &'a dyn Fn() -> Result<Arc<dyn FindLines>>,
}

impl Settings {
    /// Takes a parameter's value. One that isn't repeatable replaces the value before.
    ///
    /// # Errors
    /// A usage error for an invalid number, and for a name that isn't among [`PARAMETERS`].
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let Some(parameter) = PARAMETERS.iter().find(|parameter| parameter.name == name) else {
            return Err(Error::usage(format!("{name} is not a setting of reports")));
        };
        let valid = match parameter.kind {
            ParameterKind::Number => value.trim().parse::<u64>().is_ok(),
            ParameterKind::Minutes => value.trim().parse::<f64>().is_ok(),
            _ => true,
        };
        if !valid {
            return Err(Error::usage(format!("--{name} takes a number, not {value:?}")));
        }
        match parameter.kind {
            ParameterKind::Columns => {
                let parts = value.split(',').map(str::trim).filter(|part| !part.is_empty());
                self.given.extend(parts.map(|part| (parameter, part.to_owned())));
            }
            ParameterKind::Flag => self.replace(parameter, String::new()),
            _ if parameter.repeatable => self.given.push((parameter, value.to_owned())),
            _ => self.replace(parameter, value.to_owned()),
        }
        Ok(())
    }

    fn replace(&mut self, parameter: &'static Parameter, value: String) {
        self.given.retain(|(given, _)| given.name != parameter.name);
        self.given.push((parameter, value));
    }

    /// A parameter's value.
    pub fn get(&self, parameter: &Parameter) -> Option<&str> {
        self.all(parameter).next()
    }

    /// The values of one that may have several.
    pub fn all(&self, parameter: &Parameter) -> impl Iterator<Item = &str> {
        let name = parameter.name;
        self.given.iter().filter(move |(given, _)| given.name == name).map(|(_, value)| value.as_str())
    }

    /// A number's value.
    pub fn number<T: FromStr>(&self, parameter: &Parameter) -> Option<T> {
        self.get(parameter)?.trim().parse().ok()
    }

    /// Whether it was given.
    pub fn has(&self, parameter: &Parameter) -> bool {
        self.get(parameter).is_some()
    }

    /// The same without one.
    pub fn without(mut self, parameter: &Parameter) -> Self {
        self.given.retain(|(given, _)| given.name != parameter.name);
        self
    }

    /// These settings, and of `others` those that aren't among them.
    pub fn or(mut self, others: Self) -> Self {
        let own: Vec<_> = self.given.iter().map(|(given, _)| given.name).collect();
        self.given.extend(others.given.into_iter().filter(|(given, _)| !own.contains(&given.name)));
        self
    }

    fn parsed<T: FromStr<Err = Error>>(&self, parameter: &Parameter) -> Result<Option<T>> {
        self.get(parameter).map(str::parse).transpose()
    }

    fn owned(&self, parameter: &Parameter) -> Vec<String> {
        self.all(parameter).map(str::to_owned).collect()
    }

    /// As a saved report stores them: an object of numbers, texts, lists and `true`.
    pub fn to_json(&self) -> Map<String, Value> {
        let value = |parameter: &Parameter| match parameter.kind {
            ParameterKind::Flag => Value::Bool(true),
            ParameterKind::Number => self.number::<u64>(parameter).into(),
            ParameterKind::Minutes => self.number::<f64>(parameter).into(),
            ParameterKind::Columns => self.owned(parameter).into(),
            _ if parameter.repeatable => self.owned(parameter).into(),
            _ => self.get(parameter).into(),
        };
        let given = PARAMETERS.iter().filter(|parameter| self.has(parameter));
        given.map(|parameter| (parameter.stored(), value(parameter))).collect()
    }

    /// Reads what [`to_json`](Self::to_json) made.
    ///
    /// # Errors
    /// A usage error for a name or a value that isn't one of a setting's.
    pub fn from_json(stored: &Map<String, Value>) -> Result<Self> {
        let mut settings = Self::default();
        for (key, value) in stored {
            let known = PARAMETERS.iter().find(|parameter| parameter.stored() == *key);
            let parameter =
                known.ok_or_else(|| Error::usage(format!("{key} is not a setting of reports")))?;
            let values = match value {
                Value::Array(values) => values.as_slice(),
                Value::Null | Value::Bool(false) => &[],
                one => std::slice::from_ref(one),
            };
            for value in values {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                settings.set(parameter.name, &text)?;
            }
        }
        Ok(settings)
    }

    /// The zone that is set, or the one of the configuration.
    ///
    /// # Errors
    /// A usage error that names the nearest one.
    pub fn zone(&self, config: &Config) -> Result<Tz> {
        self.get(&TZ).map_or(Ok(config.timezone), workhours_config::timezone)
    }

    /// Rejects a setting that none of these reports takes: it would silently change nothing.
    ///
    /// # Errors
    /// A usage error that names the setting and the reports that take it.
    pub fn check(&self, reports: &[&ReportInfo]) -> Result<()> {
        // Every report takes what the config can set for all of them.
        let optional = |p: &&&Parameter| p.optional && ![GAPTIME.name, DAY_START.name].contains(&p.name);
        let given = self.given.iter().map(|(parameter, _)| parameter).filter(optional);
        let useless =
            |p: &&&'static Parameter| !reports.is_empty() && !reports.iter().any(|info| info.takes(p));
        let Some(parameter) = given.clone().find(useless) else { return Ok(()) };
        let all = super::reports();
        let taking = all.iter().map(|report| report.info()).filter(|info| info.takes(parameter));
        let (names, taking): (Vec<&str>, Vec<&str>) =
            (reports.iter().map(|info| info.name).collect(), taking.map(|info| info.name).collect());
        Err(Error::usage(format!("--{} means nothing to {}", parameter.name, names.join(", ")))
            .hint(format!("{} takes it", taking.join(", "))))
    }

    /// The operations on a report's rows.
    ///
    /// # Errors
    /// A usage error for a column that can't be sorted by.
    pub fn shape(&self) -> Result<Shape> {
        let sort = self.all(&SORT).map(str::parse).collect::<Result<_>>()?;
        Ok(Shape { group_by: self.owned(&GROUP_BY), sort, limit: self.number(&LIMIT) })
    }

    /// The parameters of a report.
    ///
    /// # Errors
    /// A usage error for what cannot be read or makes no sense together.
    pub fn params(&self, around: &ReportContext<'_>) -> Result<ReportParams> {
        let ReportContext { config, now_us: now, .. } = *around;
        // That of a saved report is not among the settings the program began with.
        let gaptime_min = self.number(&GAPTIME).unwrap_or(config.gaptime_min);
        if !gaptime_min.is_finite() || gaptime_min < 0.0 {
            return Err(Error::usage(format!("a gap of {gaptime_min} minutes makes no sense")));
        }
        let settings = &config.hours;
        let pad_min = self.number(&PAD).unwrap_or(settings.pad_min);
        if !(0.0..=1440.0).contains(&pad_min) {
            return Err(Error::usage(format!("--pad {pad_min} is not a number of minutes from 0 to 1440")));
        }
        let zones = self.zones(config)?;
        let lookup = settings.lookup(now, &zones)?;
        let chosen = EventFilter { lookup: lookup.clone(), ..self.chosen(around)? };
        let (from_us, until_us) = self.window(now, &zones)?;
        let users = self.owned(&USERNAME);
        let mut filter = EventFilter { users: users.clone(), from_us, until_us, ..chosen.clone() };
        let mut wheres = Vec::new();
        for query in self.all(&WHERE) {
            let query = parse(query, now, &zones)?;
            filter.ask(query.clone());
            wheres.push(query);
        }
        let activity = self.parsed::<Activity>(&ACTIVITY)?;
        Ok(ReportParams {
            filter,
            chosen,
            users,
            keep: (!wheres.is_empty()).then(|| Arc::new(Expr::And(wheres))),
            from_us,
            until_us,
            lookup,
            longest_us: settings.longest_us,
            zones,
            now_us: now,
            gaptime_min,
            pad_min,
            activity: activity.unwrap_or_else(|| settings.activity.clone()),
            bucket: self.parsed(&BUCKET)?,
            by: self.parsed(&BY)?,
            rounding: self.parsed(&ROUND)?.or(settings.rounding),
            terms: Arc::new(settings.terms.clone()),
            sensitivity: self.has(&SENSITIVITY),
            persons: self
                .all(&GROUP_BY)
                .chain(self.all(&SORT))
                .any(|column| column.trim_start_matches('-') == Field::Person.name()),
            columns: config.used_columns(),
            presence: (around.presence)()?,
            explain: self.has(&EXPLAIN),
            lines: if self.has(&EXPLAIN) { Some((around.lines)()?) } else { None },
        })
    }

    /// The clock: zone, travels and when days begin.
    ///
    /// # Errors
    /// A usage error for a zone or a time of day that there is not.
    pub fn zones(&self, config: &Config) -> Result<Zones> {
        let day_start = self.get(&DAY_START).map(clock).transpose()?;
        config.zones(Some(self.zone(config)?), day_start)
    }

    /// The requested window.
    fn window(&self, now: i64, zones: &Zones) -> Result<(Option<i64>, Option<i64>)> {
        if let Some(period) = self.get(&IN) {
            if self.has(&FROM) || self.has(&TO) {
                return Err(Error::usage("--in is a whole period, so --from and --to go without it")
                    .hint("use --in PERIOD, or --from START --to END"));
            }
            let (from, until) = parse_period(period, now, zones)?;
            return Ok((Some(from), Some(until)));
        }
        let from_us = self.get(&FROM).map(|t| parse_when(t, now, zones)).transpose()?;
        let until_us = self.get(&TO).map(|t| parse_until(t, now, zones)).transpose()?;
        if let (Some(from), Some(until)) = (from_us, until_us)
            && from >= until
        {
            return Err(Error::usage("--from is not before --to").hint("no event can be between them"));
        }
        Ok((from_us, until_us))
    }

    fn chosen(&self, around: &ReportContext<'_>) -> Result<EventFilter> {
        let source_types = self.all(&SOURCE).map(around.source).collect::<Result<_>>()?;
        Ok(EventFilter { source_types, text: self.get(&TEXT).map(str::to_owned), ..EventFilter::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each.
    fn full() -> Settings {
        let mut settings = Settings::default();
        for p in PARAMETERS {
            let value = match p.kind {
                ParameterKind::Number => "7",
                ParameterKind::Minutes => "7.5",
                ParameterKind::Columns => "day, -hours",
                _ => "x",
            };
            settings.set(p.name, value).unwrap();
        }
        settings
    }

    #[test]
    fn every_parameter_is_a_setting() {
        let settings = full();
        assert!(PARAMETERS.iter().all(|parameter| settings.has(parameter)));
        assert_eq!(settings.all(&SORT).collect::<Vec<_>>(), ["day", "-hours"]);
        assert!(Settings::default().set("report", "x").is_err());
        assert!(Settings::default().set("limit", "-1").is_err());
        assert!(Settings::default().set("pad", "seven").is_err());
    }

    #[test]
    fn settings_survive_being_saved() {
        let saved = full().to_json();
        assert_eq!(Settings::from_json(&saved).unwrap().to_json(), saved);
        assert_eq!(saved["gaptime"], 7.5);
        assert_eq!(saved["wheres"], Value::from(vec!["x"]));
        assert_eq!(saved["in_period"], "x");
        assert_eq!(saved["explain"], true);
        let mut later = saved;
        later.insert("colour".to_owned(), "red".into());
        assert!(Settings::from_json(&later).is_err());
    }

    #[test]
    fn what_is_given_again_goes_before_what_was_saved() {
        let (mut now, mut saved) = (Settings::default(), Settings::default());
        now.set("by", "user").unwrap();
        saved.set("by", "project").unwrap();
        saved.set("limit", "5").unwrap();
        let both = now.or(saved);
        assert_eq!((both.get(&BY), both.number::<u64>(&LIMIT)), (Some("user"), Some(5)));
    }

    #[test]
    fn a_report_takes_those_of_its_options() {
        let names = |report: &str| -> Vec<_> {
            parameters_of(super::super::by_name(report).unwrap().info()).map(|p| p.name).collect()
        };
        assert!(names("hours").contains(&"round") && names("hours").contains(&"from"));
        assert!(!names("events").contains(&"round") && names("events").contains(&"where"));
    }
}
