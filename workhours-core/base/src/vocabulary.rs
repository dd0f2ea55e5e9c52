//! The words for how events are counted and hours are priced, as config, flags and addresses use them.

use crate::error::{Error, Result};
use crate::names;
use chrono::NaiveDate;

/// Whose traces count as work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Activity {
    /// People's, unless source types are named.
    #[default]
    Usual,
    /// Everyone's.
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

            /// Its word.
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
    /// The dimensions that divide events.
    Dimension, "dimension" {
        /// By source type.
        Source = "source",
        /// By kind.
        Kind = "kind",
        /// By machine.
        Host = "host",
        /// By the other end.
        Peer = "peer",
        /// By user.
        User = "user",
        /// By person.
        Person = "person",
        /// By tags: those an event has, together.
        Tag = "tag",
        /// By project.
        Project = "project",
        /// By registrable domain.
        Domain = "domain",
        /// By number of the input.
        Input = "input",
        /// By label of the input.
        Label = "label",
    }
}

words! {
    /// The length of a row's interval.
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
    /// The unit that is rounded as a whole.
    RoundPer, "unit to round" {
        /// Each session separately.
        Session = "session",
        /// Each row: a day, or a day's part of a project.
        Row = "row",
        /// A day, whose rows share the result.
        Day = "day",
        /// Everything, of which each row takes its share.
        Total = "total",
    }
}

/// How hours are rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounding {
    /// To multiples of this many minutes.
    pub step_min: u32,
    /// In which direction.
    pub mode: RoundMode,
    /// The unit that is rounded.
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
        // Steps of seven minutes would make no whole hour, ever.
        if 60 % step_min != 0 && !step_min.is_multiple_of(60) {
            return Err(Error::usage(format!(
                "{step_min} minutes do not divide an hour, nor are they whole hours"
            ))
            .hint("round to 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60 minutes, or to whole hours"));
        }
        let mode = parts.next().map_or(Ok(RoundMode::Nearest), str::parse)?;
        let per = parts.next().map_or(Ok(RoundPer::Row), str::parse)?;
        match parts.next() {
            None => Ok(Self { step_min, mode, per }),
            Some(_) => Err(Error::usage(format!("{text:?} has too many parts")).hint("write 30:nearest:day")),
        }
    }
}

/// A price of an hour, from a day on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// The first day it applies; `None` means always.
    pub from: Option<NaiveDate>,
    /// The price.
    pub rate: f64,
}

/// The price of an hour, and the target hours.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// The prices of an hour where no project has its own.
    pub default_rates: Vec<Rate>,
    /// By project.
    pub rates: Vec<(String, Vec<Rate>)>,
    /// The currency.
    pub currency: String,
    /// Hours meant to be worked from Monday to Sunday.
    pub targets: Option<[f64; 7]>,
}

impl Terms {
    /// The price of an hour of a project on a day.
    pub fn rate_of(&self, project: Option<&str>, day: NaiveDate) -> Option<f64> {
        // The latest that has begun.
        let on = |rates: &[Rate]| {
            let begun = rates.iter().filter(|rate| rate.from.is_none_or(|from| from <= day));
            begun.max_by_key(|rate| rate.from).map(|rate| rate.rate)
        };
        let own = project.and_then(|name| self.rates.iter().find(|(project, _)| project == name));
        own.and_then(|(_, rates)| on(rates)).or_else(|| on(&self.default_rates))
    }

    /// Whether there is any.
    pub fn has_rates(&self) -> bool {
        !self.default_rates.is_empty() || !self.rates.is_empty()
    }
}

/// The kind of an event that says whether someone was at a machine. Its attribute of the same name is `away` if not.
pub const PRESENCE: &str = "presence";
/// The kinds of events that say what a machine showed, whether or not someone was there.
pub const SHOWN: [&str; 4] = ["app.window", "web.tab", "editor.activity", "activity"];
