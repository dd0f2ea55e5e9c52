//! The settings of reports as texts, and parsing them: one list and one parser for the flags of the command line and
//! the parameters of the web.
//!
//! Not which report is meant, nor its output.

use super::shape::Shape;
use super::{Opt, ReportInfo, ReportParams};
use chrono_tz::Tz;
use std::sync::Arc;
use workhours_base::error::{Error, Result};
use workhours_base::vocabulary::{Activity, Bucket, Dimension};
use workhours_base::when::{parse_period, parse_until, parse_when};
use workhours_base::zones::Zones;
use workhours_config::{Config, clock};
use workhours_query::{Expr, parse};
use workhours_store::EventFilter;
use workhours_store::FindLines;

/// The values of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// Any text.
    Text,
    /// A source type.
    Source,
    /// A question in the language of queries.
    Query,
    /// A time, as `--from` reads it.
    When,
    /// A time of day.
    Clock,
    /// A number.
    Number,
    /// Columns of the report, with commas between.
    Columns,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Nothing, or anything: it is there or not.
    Flag,
}

/// A parameter: a flag of the command line without its dashes, a parameter of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// One line, no full stop.
    pub help: &'static str,
    /// Its values.
    pub kind: ParameterKind,
    /// Whether it may be given several times.
    pub repeatable: bool,
    /// The option of a report it belongs to; `None` when every report takes it.
    pub option: Option<Opt>,
}

impl Parameter {
    /// One that every report takes, once.
    pub const fn new(name: &'static str, help: &'static str, kind: ParameterKind) -> Self {
        Self { name, help, kind, repeatable: false, option: None }
    }

    /// The same, to be given as often as one likes.
    pub const fn many(self) -> Self {
        Self { repeatable: true, ..self }
    }

    const fn of(self, option: Opt) -> Self {
        Self { option: Some(option), ..self }
    }
}

const DIMENSIONS: [&str; 10] = {
    let (mut found, mut i) = ([""; 10], 0);
    while i < found.len() {
        found[i] = Dimension::ALL[i].as_str();
        i += 1;
    }
    found
};
const BUCKETS: [&str; 8] = {
    let (mut found, mut i) = ([""; 8], 0);
    while i < found.len() {
        found[i] = Bucket::ALL[i].as_str();
        i += 1;
    }
    found
};

use ParameterKind as Kind;

/// All of them, in the order of forms.
pub static PARAMETERS: [Parameter; 20] = [
    Parameter::new(
        "in",
        "Only this period: yesterday, 'last month', 2026-W11, 2026-Q1, 2026-03-01..2026-03-15",
        Kind::When,
    ),
    Parameter::new(
        "from",
        "From this time on: 2024-05-01, 'yesterday 17:30', 'last monday', -7d",
        Kind::When,
    ),
    Parameter::new("to", "Before this time; a day, week, month or year is included", Kind::When),
    Parameter::new("source", "Only events of this source type", Kind::Source).many(),
    Parameter::new(
        "username",
        "Only events of this person, user or address; all counts everybody's hours",
        Kind::Text,
    )
    .many(),
    Parameter::new(
        "text",
        "Only events that hold this text, in any case, in title, text, URL, host or user",
        Kind::Text,
    ),
    Parameter::new(
        "where",
        "Only events that match this query, and time that belongs to them: 'user:ada -tag:home \"release notes\"'",
        Kind::Query,
    )
    .many(),
    Parameter::new(
        "by",
        "Divide by: source, kind, host, peer, user, tag, project, domain, input or label",
        Kind::Choice(&DIMENSIONS),
    )
    .of(Opt::By),
    Parameter::new(
        "bucket",
        "Length of a row's period: year, quarter, month, week, day, hour, minute or weekday-hour",
        Kind::Choice(&BUCKETS),
    )
    .of(Opt::Bucket),
    Parameter::new("gaptime", "Minutes without an event that make a gap", Kind::Number).of(Opt::Gaptime),
    Parameter::new("pad", "Minutes counted before the first event of a session", Kind::Number).of(Opt::Pad),
    Parameter::new(
        "round",
        "Round hours: MINUTES[:up|down|nearest[:session|row|day|total]], such as 15 or 6:up:day",
        Kind::Text,
    )
    .of(Opt::Round),
    Parameter::new(
        "activity",
        "Whose traces count as work: human, machine, mixed, several with commas, or all",
        Kind::Text,
    )
    .of(Opt::Activity),
    Parameter::new("day-start", "When a day begins, up to 12:00", Kind::Clock).of(Opt::DayStart),
    Parameter::new("sensitivity", "Show the total hours at several gap times", Kind::Flag)
        .of(Opt::Sensitivity),
    Parameter::new("explain", "List the events that the hours are made of, with file and line", Kind::Flag)
        .of(Opt::Explain),
    Parameter::new(
        "group-by",
        "Group a report's rows by these columns, and sum up the others",
        Kind::Columns,
    ),
    Parameter::new(
        "sort",
        "Sort a report's rows by these columns; a minus before one puts the greatest first",
        Kind::Columns,
    ),
    Parameter::new("limit", "At most N rows", Kind::Number),
    Parameter::new("tz", "Zone of wall clocks that name none, and of the times tables show", Kind::Text),
];

/// The parameters of a report.
pub fn parameters_of(info: &ReportInfo) -> impl Iterator<Item = Parameter> {
    let taken = |p: &&Parameter| p.option.is_none_or(|option| info.options.contains(&option));
    PARAMETERS.iter().filter(taken).copied()
}

/// Settings as they were given.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)] // the parameters of these names; see PARAMETERS
pub struct Settings {
    pub in_period: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub sources: Vec<String>,
    pub users: Vec<String>,
    pub text: Option<String>,
    pub wheres: Vec<String>,
    pub by: Option<String>,
    pub bucket: Option<String>,
    pub gaptime: Option<f64>,
    pub pad: Option<f64>,
    pub round: Option<String>,
    pub activity: Option<String>,
    pub day_start: Option<String>,
    pub sensitivity: bool,
    pub explain: bool,
    pub group_by: Vec<String>,
    pub sort: Vec<String>,
    pub limit: Option<u64>,
    pub timezone: Option<String>,
}

/// The context for reading settings.
pub struct ReportContext<'a> {
    /// Defaults.
    pub config: &'a Config,
    /// The present moment.
    pub now_us: i64,
    /// The proper name of a source type.
    pub source: &'a dyn Fn(&str) -> Result<String>,
    /// Finds the lines of events; used if they are shown.
    pub lines: &'a dyn Fn() -> Result<Arc<dyn FindLines>>,
}

impl Settings {
    /// Takes a parameter's value.
    ///
    /// # Errors
    /// A usage error for an invalid number. A name that isn't among [`PARAMETERS`] isn't a setting.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let text = || Some(value.to_owned());
        let list = || value.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty());
        match name {
            "in" => self.in_period = text(),
            "from" => self.from = text(),
            "to" => self.to = text(),
            "source" => self.sources.push(value.to_owned()),
            "username" => self.users.push(value.to_owned()),
            "text" => self.text = text(),
            "where" => self.wheres.push(value.to_owned()),
            "by" => self.by = text(),
            "bucket" => self.bucket = text(),
            "gaptime" => self.gaptime = Some(number(name, value)?),
            "pad" => self.pad = Some(number(name, value)?),
            "round" => self.round = text(),
            "activity" => self.activity = text(),
            "day-start" => self.day_start = text(),
            "sensitivity" => self.sensitivity = true,
            "explain" => self.explain = true,
            "group-by" => self.group_by.extend(list()),
            "sort" => self.sort.extend(list()),
            "limit" => self.limit = Some(number(name, value)?),
            "tz" => self.timezone = text(),
            _ => return Err(Error::usage(format!("{name} is no setting of reports"))),
        }
        Ok(())
    }

    /// The zone that is set, or the one of the configuration.
    ///
    /// # Errors
    /// A usage error that names the nearest one.
    pub fn zone(&self, config: &Config) -> Result<Tz> {
        self.timezone.as_deref().map_or(Ok(config.timezone), workhours_config::timezone)
    }

    /// Rejects a setting that none of these reports takes: it would silently change nothing.
    ///
    /// # Errors
    /// A usage error that names the setting and the reports that take it.
    pub fn check(&self, reports: &[&ReportInfo]) -> Result<()> {
        let given = [
            (Opt::By, self.by.is_some()),
            (Opt::Bucket, self.bucket.is_some()),
            (Opt::Pad, self.pad.is_some()),
            (Opt::Round, self.round.is_some()),
            (Opt::Activity, self.activity.is_some()),
            (Opt::Sensitivity, self.sensitivity),
            (Opt::Explain, self.explain),
        ];
        let takes = |info: &ReportInfo, option: Opt| info.options.contains(&option);
        let useless = given.iter().find(|(option, is_given)| {
            *is_given && !reports.is_empty() && !reports.iter().any(|info| takes(info, *option))
        });
        let Some((option, _)) = useless else { return Ok(()) };
        let all = super::reports();
        let taking = all.iter().map(|report| report.info()).filter(|info| takes(info, *option));
        let (names, taking): (Vec<&str>, Vec<&str>) =
            (reports.iter().map(|info| info.name).collect(), taking.map(|info| info.name).collect());
        Err(Error::usage(format!("--{} means nothing to {}", option.flag(), names.join(", ")))
            .hint(format!("{} takes it", taking.join(", "))))
    }

    /// The operations on a report's rows.
    ///
    /// # Errors
    /// A usage error for a column that can't be sorted by.
    pub fn shape(&self) -> Result<Shape> {
        let sort = self.sort.iter().map(|text| text.parse()).collect::<Result<_>>()?;
        Ok(Shape { group_by: self.group_by.clone(), sort, limit: self.limit })
    }

    /// The parameters of a report.
    ///
    /// # Errors
    /// A usage error for what cannot be read or makes no sense together.
    pub fn params(&self, around: &ReportContext<'_>) -> Result<ReportParams> {
        let ReportContext { config, now_us: now, .. } = *around;
        // That of a saved report is not among the settings the program began with.
        let gaptime_min = self.gaptime.unwrap_or(config.gaptime_min);
        if !gaptime_min.is_finite() || gaptime_min < 0.0 {
            return Err(Error::usage(format!("a gap of {gaptime_min} minutes makes no sense")));
        }
        let settings = &config.hours;
        let pad_min = self.pad.unwrap_or(settings.pad_min);
        if !(0.0..=1440.0).contains(&pad_min) {
            return Err(Error::usage(format!("--pad {pad_min} is not a number of minutes from 0 to 1440")));
        }
        let zones = self.zones(config)?;
        let lookup = settings.lookup(now, &zones)?;
        let chosen = EventFilter { lookup: lookup.clone(), ..self.chosen(around)? };
        let (from_us, until_us) = self.window(now, &zones)?;
        let mut filter = EventFilter { users: self.users.clone(), from_us, until_us, ..chosen.clone() };
        let mut wheres = Vec::new();
        for query in &self.wheres {
            let query = parse(query, now, &zones)?;
            filter.ask(query.clone());
            wheres.push(query);
        }
        let activity = self.activity.as_deref().map(str::parse::<Activity>).transpose()?;
        Ok(ReportParams {
            filter,
            chosen,
            users: self.users.clone(),
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
            bucket: self.bucket.as_deref().map(str::parse).transpose()?,
            by: self.by.as_deref().map(str::parse).transpose()?,
            rounding: self.round.as_deref().map(str::parse).transpose()?.or(settings.rounding),
            terms: Arc::new(settings.terms.clone()),
            sensitivity: self.sensitivity,
            explain: self.explain,
            lines: if self.explain { Some((around.lines)()?) } else { None },
        })
    }

    /// The clock: zone, travels and when days begin.
    ///
    /// # Errors
    /// A usage error for a zone or a time of day that there is not.
    pub fn zones(&self, config: &Config) -> Result<Zones> {
        let day_start = self.day_start.as_deref().map(clock).transpose()?;
        config.zones(Some(self.zone(config)?), day_start)
    }

    /// The requested window.
    fn window(&self, now: i64, zones: &Zones) -> Result<(Option<i64>, Option<i64>)> {
        if let Some(period) = &self.in_period {
            if self.from.is_some() || self.to.is_some() {
                return Err(Error::usage("--in is a whole period, so --from and --to go without it")
                    .hint("use --in PERIOD, or --from START --to END"));
            }
            let (from, until) = parse_period(period, now, zones)?;
            return Ok((Some(from), Some(until)));
        }
        let from_us = self.from.as_deref().map(|t| parse_when(t, now, zones)).transpose()?;
        let until_us = self.to.as_deref().map(|t| parse_until(t, now, zones)).transpose()?;
        if let (Some(from), Some(until)) = (from_us, until_us)
            && from >= until
        {
            return Err(Error::usage("--from is not before --to").hint("no event could lie between them"));
        }
        Ok((from_us, until_us))
    }

    fn chosen(&self, around: &ReportContext<'_>) -> Result<EventFilter> {
        let source_types = self.sources.iter().map(|name| (around.source)(name)).collect::<Result<_>>()?;
        Ok(EventFilter { source_types, text: self.text.clone(), ..EventFilter::default() })
    }
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T> {
    value.trim().parse().map_err(|_| Error::usage(format!("--{name} takes a number, and {value:?} is none")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_is_a_setting_and_described() {
        let mut names: Vec<_> = PARAMETERS.iter().map(|p| p.name).collect();
        for p in &PARAMETERS {
            assert!(!p.help.is_empty() && !p.help.ends_with('.'), "{}", p.name);
            let mut settings = Settings::default();
            let value = if p.kind == Kind::Number { "7" } else { "x" };
            settings.set(p.name, value).unwrap();
            assert_ne!(settings, Settings::default(), "{}", p.name);
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PARAMETERS.len());
        assert!(Settings::default().set("report", "x").is_err());
        assert!(Settings::default().set("limit", "-1").is_err());
        assert!(DIMENSIONS.contains(&"project") && BUCKETS.contains(&"weekday-hour"));
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
