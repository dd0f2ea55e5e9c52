//! What reports are asked with: which events, by which clock, and the settings of those that count time.

use super::explain::FindLines;
use super::project::Projects;
use crate::error::{Error, Result};
use crate::names;
use crate::store::{EventFilter, Store};
use crate::zones::Zones;
use chrono_tz::Tz;
use std::sync::Arc;

/// What a report is asked with. Every report understands the filter, the zones and the shape of the answer; what else
/// it understands, its [`super::ReportInfo::options`] name.
#[derive(Clone, Debug)]
pub struct ReportParams {
    /// Which events.
    pub filter: EventFilter,
    /// The clock it is told by.
    pub zones: Zones,
    /// The present moment.
    pub now_us: i64,
    /// Minutes without an event that make a gap.
    pub gaptime_min: f64,
    /// Minutes counted before the first event of a session.
    pub pad_min: f64,
    /// Whose traces count as work.
    pub activity: Activity,
    /// The length of a row's stretch of time.
    pub bucket: Option<Bucket>,
    /// What to divide by.
    pub by: Option<Dimension>,
    /// How hours are rounded.
    pub rounding: Option<Rounding>,
    /// What an hour costs, and how many are meant to be worked.
    pub terms: Arc<Terms>,
    /// What belongs to which project.
    pub projects: Arc<Projects>,
    /// The total at several gap times instead of the hours.
    pub sensitivity: bool,
    /// The events the hours are made of instead.
    pub explain: bool,
    /// Who finds the lines at which these stand.
    pub lines: Option<Arc<dyn FindLines>>,
}

impl Default for ReportParams {
    fn default() -> Self {
        Self {
            filter: EventFilter::default(),
            zones: Zones::plain(Tz::UTC),
            now_us: 0,
            gaptime_min: 15.0,
            pad_min: 0.0,
            activity: Activity::default(),
            bucket: None,
            by: None,
            rounding: None,
            terms: Arc::default(),
            projects: Arc::default(),
            sensitivity: false,
            explain: false,
            lines: None,
        }
    }
}

impl ReportParams {
    /// The filter, narrowed to dated events of inputs whose traces count.
    ///
    /// # Errors
    /// What the store reports.
    pub fn work_filter(&self, store: &mut Store) -> Result<EventFilter> {
        let mut filter = self.filter.clone();
        filter.dated_only = true;
        // Who names a source type or an input means it, whoever left its traces.
        if self.activity == Activity::Usual && (!filter.source_types.is_empty() || filter.input_ids.is_some())
        {
            return Ok(filter);
        }
        let inputs = store.inputs()?;
        let counts = |activity: &str| match &self.activity {
            Activity::Usual => activity == "human",
            Activity::All => true,
            Activity::Only(words) => words.iter().any(|word| word == activity),
        };
        if inputs.iter().any(|input| !counts(&input.activity)) {
            let chosen = inputs.iter().filter(|input| counts(&input.activity)).map(|input| input.id);
            filter.input_ids = Some(chosen.collect());
        }
        Ok(filter)
    }
}

/// Whose traces count as work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Activity {
    /// People's, unless source types are named.
    #[default]
    Usual,
    /// Everybody's.
    All,
    /// Those of these kinds.
    Only(Vec<String>),
}

/// Words for `--activity`.
pub const ACTIVITIES: [&str; 3] = ["human", "machine", "mixed"];

impl std::str::FromStr for Activity {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "all" {
            return Ok(Self::All);
        }
        let words: Vec<String> = text.split(',').map(|word| word.trim().to_owned()).collect();
        match words.iter().find(|word| !ACTIVITIES.contains(&word.as_str())) {
            Some(word) => Err(one_of("activity", word, ACTIVITIES.iter().copied().chain(["all"]))),
            None => Ok(Self::Only(words)),
        }
    }
}

fn one_of<'a>(what: &str, word: &str, words: impl IntoIterator<Item = &'a str>) -> Error {
    let words: Vec<&str> = words.into_iter().collect();
    Error::usage(format!("unknown {what} {word:?}")).hint(match names::nearest(word, words.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("use one of {}", words.join(", ")),
    })
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$help:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$help])* $variant,)+ }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word for it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                let found = Self::ALL.iter().copied().find(|value| value.as_str() == text);
                found.ok_or_else(|| one_of($what, text, Self::ALL.iter().map(|value| value.as_str())))
            }
        }
    };
}

words! {
    /// What events can be divided by.
    Dimension, "dimension" {
        /// By source type.
        Source = "source",
        /// By kind.
        Kind = "kind",
        /// By host.
        Host = "host",
        /// By user.
        User = "user",
        /// By tags: those an event has, together.
        Tag = "tag",
        /// By project.
        Project = "project",
        /// By registrable domain.
        Domain = "domain",
    }
}

words! {
    /// How long a stretch of time a row stands for.
    Bucket, "bucket" {
        /// A year.
        Year = "year",
        /// Three months.
        Quarter = "quarter",
        /// A month.
        Month = "month",
        /// A week, from Monday on.
        Week = "week",
        /// A day.
        Day = "day",
        /// An hour.
        Hour = "hour",
        /// A minute.
        Minute = "minute",
        /// All hours of that name on days of that name: Monday at nine.
        WeekdayHour = "weekday-hour",
    }
}

words! {
    /// In which direction is rounded.
    RoundMode, "rounding" {
        /// To the next step above.
        Up = "up",
        /// To the next step below.
        Down = "down",
        /// To the nearest step, half of one upwards.
        Nearest = "nearest",
    }
}

words! {
    /// What is rounded as a whole.
    RoundPer, "unit to round" {
        /// Each session by itself.
        Session = "session",
        /// Each row: a day, or a day's part of a project.
        Row = "row",
        /// A day, whose rows share what that makes.
        Day = "day",
        /// Everything, of which each row takes its share.
        Total = "total",
    }
}

/// How hours are rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounding {
    /// To multiples of so many minutes.
    pub step_min: u32,
    /// In which direction.
    pub mode: RoundMode,
    /// What as a whole.
    pub per: RoundPer,
}

impl std::str::FromStr for Rounding {
    type Err = Error;

    /// `15`, `15:up`, `15:up:session`.
    fn from_str(text: &str) -> Result<Self> {
        let mut parts = text.split(':');
        let step = parts.next().unwrap_or_default().trim_end_matches('m');
        let step_min: u32 = step.parse().ok().filter(|n| (1..=1440).contains(n)).ok_or_else(|| {
            Error::usage(format!("{text:?} does not say to how many minutes to round"))
                .hint("write 15, 6:up or 30:nearest:day")
        })?;
        let mode = parts.next().map_or(Ok(RoundMode::Nearest), str::parse)?;
        let per = parts.next().map_or(Ok(RoundPer::Row), str::parse)?;
        match parts.next() {
            None => Ok(Self { step_min, mode, per }),
            Some(_) => Err(Error::usage(format!("{text:?} has too many parts")).hint("write 30:nearest:day")),
        }
    }
}

/// What an hour costs, and how many are meant to be worked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// The price of an hour where no project has its own.
    pub rate: Option<f64>,
    /// By project.
    pub rates: Vec<(String, f64)>,
    /// In what it is paid.
    pub currency: String,
    /// Hours meant to be worked from Monday to Sunday.
    pub targets: Option<[f64; 7]>,
}

impl Terms {
    /// The price of an hour of a project.
    pub fn rate_of(&self, project: Option<&str>) -> Option<f64> {
        let own = project.and_then(|name| self.rates.iter().find(|(project, _)| project == name));
        own.map(|(_, rate)| *rate).or(self.rate)
    }

    /// Whether there is any.
    pub fn has_rates(&self) -> bool {
        self.rate.is_some() || !self.rates.is_empty()
    }
}
