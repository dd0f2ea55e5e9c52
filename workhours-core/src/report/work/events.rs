//! The traces sessions are made of: when, until when, and what it was about.

use super::super::params::{Dimension, ReportParams};
use crate::error::Result;
use crate::query::domain_of;
use crate::store::{EventReader, Store, StoredEvent};

/// What lasts longer than this is a holiday in a calendar, or a clock that stood still.
const LONGEST_US: i64 = 12 * 3_600_000_000;

/// The precision of a date without a time of day, as it is stored.
const DAY: i16 = 5;

/// One trace of somebody's work.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Trace {
    pub(in crate::report) start: i64,
    pub(in crate::report) end: i64,
    /// What it is about, if it is divided by anything.
    pub(in crate::report) key: Option<String>,
    pub(in crate::report) source: String,
    pub(in crate::report) title: Option<String>,
}

/// Traces in order of their beginnings.
pub(in crate::report) struct Traces<'s> {
    reader: EventReader<'s>,
    params: ReportParams,
}

impl<'s> Traces<'s> {
    pub(in crate::report) fn new(store: &'s mut Store, params: &ReportParams) -> Result<Self> {
        let filter = params.work_filter(store)?;
        Ok(Self { reader: store.event_reader(filter), params: params.clone() })
    }

    pub(in crate::report) fn next_trace(&mut self) -> Result<Option<Trace>> {
        while let Some(event) = self.reader.next_event()? {
            if let Some(trace) = trace(&self.params, event) {
                return Ok(Some(trace));
            }
        }
        Ok(None)
    }
}

/// An event as a trace. A date without a time says on which day something was done, not when.
fn trace(params: &ReportParams, event: StoredEvent) -> Option<Trace> {
    let start = event.date.filter(|_| event.precision != DAY)?;
    let lasts = event.duration_us.filter(|us| (0..=LONGEST_US).contains(us)).unwrap_or(0);
    let key = params.by.and_then(|by| key_of(params, by, &event));
    let title = event.text.filter(|_| event.kind == "shell.command").or(event.title);
    Some(Trace { start, end: start + lasts, key, source: event.source_type, title })
}

/// What an event is about, in a dimension.
pub(in crate::report) fn key_of(params: &ReportParams, by: Dimension, event: &StoredEvent) -> Option<String> {
    match by {
        Dimension::Source => Some(event.source_type.clone()),
        Dimension::Kind => Some(event.kind.clone()),
        Dimension::Host => event.host.clone(),
        Dimension::User => event.user.clone(),
        Dimension::Tag => (!event.tags.is_empty()).then(|| event.tags.join(", ")),
        Dimension::Project => params.projects.of(event),
        Dimension::Domain => event.url.as_deref().and_then(domain_of),
    }
}
