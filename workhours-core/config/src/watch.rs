//! How inputs are followed: `[watch]`. Each key has one default.

use super::tree::{Setting, set};
use ::toml::Value;
use serde::Deserialize;
use std::time::Duration;
use workhours_base::duration::{duration_text, parse_duration};
use workhours_base::error::{Error, Result};

/// The name of the table in TOML and of the section in INI.
const NAME: &str = "watch";

/// The keys of `[watch]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct Keys {
    /// Least time between two loads of an input that grows.
    min_interval: Option<Setting<String>>,
    /// Longest time from a change to the load, while changes keep coming.
    max_delay: Option<Setting<String>>,
    /// Least time between two loads of an input that is read as a whole.
    document_interval: Option<Setting<String>>,
    /// Time between two looks at every file.
    rescan: Option<Setting<String>>,
    /// The same where the file system reports no changes.
    poll: Option<Setting<String>>,
    /// Most that may wait in the spool, in MiB.
    spool_mib: Option<Setting<i64>>,
}

impl Keys {
    /// What they mean.
    pub(super) fn settings(self) -> Result<WatchSettings> {
        let mut watch = WatchSettings::default();
        let duration = |text: String| parse_duration(&text);
        set(&mut watch.min_interval, self.min_interval, duration)?;
        set(&mut watch.max_delay, self.max_delay, duration)?;
        set(&mut watch.document_interval, self.document_interval, duration)?;
        set(&mut watch.rescan, self.rescan, duration)?;
        set(&mut watch.poll, self.poll, duration)?;
        set(&mut watch.spool_mib, self.spool_mib, |n| {
            u32::try_from(n)
                .ok()
                .filter(|n| *n > 0)
                .ok_or_else(|| Error::usage(format!("spool_mib is a whole number above 0, not {n}")))
        })?;
        Ok(watch)
    }
}

/// How inputs are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchSettings {
    /// Least time between two loads of an input that grows.
    pub min_interval: Duration,
    /// Longest time from a change to the load, while changes keep coming.
    pub max_delay: Duration,
    /// Least time between two loads of an input that is read as a whole: a database, a calendar, a repository.
    pub document_interval: Duration,
    /// Time between two looks at every file, whatever the system has reported.
    pub rescan: Duration,
    /// The same where the file system reports no changes, as on NFS.
    pub poll: Duration,
    /// Most that may wait in the spool, in MiB.
    pub spool_mib: u32,
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self {
            min_interval: Duration::from_millis(200),
            max_delay: Duration::from_millis(500),
            document_interval: Duration::from_secs(60),
            rescan: Duration::from_secs(60),
            poll: Duration::from_secs(2),
            spool_mib: 1_024,
        }
    }
}

impl WatchSettings {
    /// Differences from the defaults, as keys and values of TOML.
    pub(super) fn shown(&self) -> Vec<(String, Value)> {
        let usual = Self::default();
        [
            ("min_interval", self.min_interval, usual.min_interval),
            ("max_delay", self.max_delay, usual.max_delay),
            ("document_interval", self.document_interval, usual.document_interval),
            ("rescan", self.rescan, usual.rescan),
            ("poll", self.poll, usual.poll),
        ]
        .into_iter()
        .filter(|(_, is, usual)| is != usual)
        .map(|(key, is, _)| (format!("{NAME}.{key}"), Value::String(duration_text(is))))
        .chain(
            (self.spool_mib != usual.spool_mib)
                .then(|| (format!("{NAME}.spool_mib"), Value::Integer(self.spool_mib.into()))),
        )
        .collect()
    }
}
