//! A trace: what is known about a person's activity at a time, for counting hours.

use std::sync::Arc;
use workhours_base::Text;
use workhours_event::{EventId, FileId, StoredEvent};
use workhours_query::people::Who;

/// The subject of a trace's time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Label {
    /// Its value in the dimension that is divided by.
    pub(crate) key: Option<Text>,
    /// Its project, if prices need it.
    pub(crate) project: Option<Text>,
    /// Whether `--where` matches it.
    pub(crate) kept: bool,
}

/// One trace of a person's work, or all traces of a minute.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trace {
    pub(crate) who: Who,
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// How many they are.
    pub(crate) events: u64,
    pub(crate) label: Label,
    /// Its properties, if needed; of several traces, the first's.
    pub(crate) detail: Option<Arc<Detail>>,
    /// Of several traces, what the others have.
    pub(crate) more: Option<More>,
}

/// What the further ones of several traces have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct More {
    /// The properties of the last.
    pub(crate) last: Option<Arc<Detail>>,
    /// The sources of all.
    pub(crate) sources: Vec<Text>,
}

/// The parts of a trace that reports show.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Detail {
    pub(crate) start: i64,
    pub(crate) source: Text,
    pub(crate) title: Option<Text>,
    /// The place of the event, if it is one.
    pub(crate) origin: Option<Origin>,
    /// The event itself, its file and the label of its input, if corrections may change what it is about and `--where`
    /// needs that.
    pub(crate) event: Option<(StoredEvent, Text, Text)>,
}

/// The event of a trace, and where it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Origin {
    pub(crate) file_id: FileId,
    pub(crate) file_offset: i64,
    pub(crate) id: EventId,
}
