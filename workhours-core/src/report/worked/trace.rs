//! A trace: what is known of somebody's doing at a time, as far as time worked is concerned.

use crate::Text;
use crate::event::EventId;
use crate::event::StoredEvent;
use crate::people::Who;
use std::sync::Arc;

/// What the time that belongs to a trace is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::report) struct Label {
    /// Its value in the dimension that is divided by.
    pub(in crate::report) key: Option<Text>,
    /// Its project, where money asks for it.
    pub(in crate::report) project: Option<Text>,
    /// Whether `--where` lets it through.
    pub(in crate::report) kept: bool,
}

/// One trace of somebody's work, or all traces of a minute.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Trace {
    pub(in crate::report) who: Who,
    pub(in crate::report) start: i64,
    pub(in crate::report) end: i64,
    /// How many they are.
    pub(in crate::report) events: u64,
    pub(in crate::report) label: Label,
    /// What it says of itself, where that is asked for.
    pub(in crate::report) detail: Option<Arc<Detail>>,
}

/// What reports show of a trace.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::report) struct Detail {
    pub(in crate::report) start: i64,
    pub(in crate::report) source: Text,
    pub(in crate::report) title: Option<Text>,
    /// Where the event comes from, if it is one.
    pub(in crate::report) origin: Option<Origin>,
    /// The event itself, its file and the label of its input, where corrections may change what it is about and `--where` asks for that.
    pub(in crate::report) event: Option<(StoredEvent, Text, Text)>,
}

/// Which event a trace is of, and where that stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report) struct Origin {
    pub(in crate::report) file_id: i64,
    pub(in crate::report) file_offset: i64,
    pub(in crate::report) id: EventId,
}
