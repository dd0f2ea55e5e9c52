//! What to read: an input, a declared format, and how long copies are kept. `config` reads these from the config file.

use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// How long the filestore keeps its copies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// Forever.
    #[default]
    All,
    /// Not at all.
    None,
    /// This many days.
    Days(u32),
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::None => f.write_str("none"),
            Self::Days(days) => write!(f, "{days}d"),
        }
    }
}

/// One thing to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputSpec {
    /// `log.shell`, `auto` …; not checked here.
    pub source_type: String,
    /// The user's name for it; may be empty.
    pub label: String,
    /// A file, a directory, a glob or `-`. If a file of this name exists, it is not a glob.
    pub path: PathBuf,
    /// The host of records that don't name one.
    pub host: Option<String>,
    /// The user of records that don't name one.
    pub user: Option<String>,
    /// Distinguishes inputs of one type that may have equal records.
    pub scope: Option<String>,
    /// The zone of this input's local times.
    pub timezone: Option<Tz>,
    /// `human`, `machine` or `mixed`, if it differs from the source's declaration.
    pub activity: Option<String>,
    /// Options of the source, not checked here.
    pub options: BTreeMap<String, String>,
    /// The place of its configuration: `FILE:LINE`, or `-s on the command line`.
    pub origin: String,
}

/// A format declared in the config file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormatSpec {
    /// The source type it becomes.
    pub name: String,
    /// The source type that does the reading.
    pub kind: String,
    /// The place of its declaration: `FILE:LINE`.
    pub origin: String,
    /// One line for lists.
    pub summary: Option<String>,
    /// `human`, `machine` or `mixed`.
    pub activity: Option<String>,
    /// The kind of its events.
    pub event_kind: Option<String>,
    /// The zone of its local times, unless the input sets one.
    pub timezone: Option<Tz>,
    /// The usual places of its inputs.
    pub locations: Vec<String>,
    /// Options of the source type that does the reading, each with its value and its place: `FILE:LINE`.
    pub options: BTreeMap<String, (String, String)>,
    /// A piece of input to test it with.
    pub sample: Option<String>,
    /// The expected events of the sample, in order.
    pub expect: Vec<ExpectedEvent>,
    /// The expected number of events; `None` means the length of `expect`, if that isn't empty.
    pub expect_events: Option<u64>,
    /// The expected number of rejects.
    pub expect_rejects: Option<u64>,
}

impl FormatSpec {
    /// The keys that are not options of the source type that does the reading.
    pub const KEYS: [&'static str; 10] = [
        "kind",
        "summary",
        "activity",
        "event_kind",
        "timezone",
        "locations",
        "sample",
        "expect",
        "expect_events",
        "expect_rejects",
    ];

    /// The expected number of events of the sample, if given.
    pub fn expected_events(&self) -> Option<u64> {
        self.expect_events.or((!self.expect.is_empty()).then_some(self.expect.len() as u64))
    }
}

/// Fields that an event of the sample has; there may be more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedEvent {
    /// Its place: `FILE:LINE`.
    pub origin: String,
    /// Each field with its value.
    pub fields: Vec<(String, String)>,
}
