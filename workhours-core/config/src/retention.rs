//! How long events are kept: `[retention]`, a time for each source type, and `default` for all others.

use super::tree::{Entries, Scalar};
use ::toml::Value;
use std::time::Duration;
use workhours_base::duration::{duration_text, parse_duration};
use workhours_base::error::{Error, Result};

/// The table, and its key for all source types that have none.
const NAME: &str = "retention";
const DEFAULT: &str = "default";
/// A shorter time is a mistake.
const SHORTEST: Duration = Duration::from_secs(86_400);

/// How long events are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// By source type, with the place of each.
    pub sources: Vec<(String, Duration, String)>,
    /// All others; `None` forever.
    pub others: Option<Duration>,
}

impl Retention {
    /// How long events of a source type are kept; `None` forever.
    pub fn of(&self, source_type: &str) -> Option<Duration> {
        let own = self.sources.iter().find(|(name, _, _)| name == source_type);
        own.map(|(_, time, _)| *time).or(self.others)
    }

    /// Whether all is kept.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty() && self.others.is_none()
    }

    /// All of it as keys and values of TOML.
    pub(super) fn shown(&self) -> Vec<(String, Value)> {
        let key = |name: &str| format!("{NAME}.{}", Value::String(name.to_owned()));
        let all = self.sources.iter().map(|(name, time, _)| (name.as_str(), *time));
        let all = all.chain(self.others.map(|time| (DEFAULT, time)));
        all.map(|(name, time)| (key(name), Value::String(duration_text(time)))).collect()
    }
}

/// What the keys of the table mean.
pub(super) fn retention(table: Entries<Scalar>) -> Result<Retention> {
    let mut retention = Retention::default();
    for (name, setting) in table.sorted() {
        let text = setting.value.0;
        let time = parse_duration(&text)
            .map_err(|e| Error::usage(format!("{}: {e}", setting.origin)).hint("for instance 90d or 52w"))?;
        if time < SHORTEST {
            return Err(Error::usage(format!("{}: {text} is less than a day", setting.origin)));
        }
        match name.as_str() {
            DEFAULT => retention.others = Some(time),
            _ => retention.sources.push((name, time, setting.origin)),
        }
    }
    Ok(retention)
}
