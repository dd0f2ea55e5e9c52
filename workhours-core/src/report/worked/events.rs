//! The traces sessions are made of: when, until when, and what it was about.

use super::super::params::{Dimension, ReportParams};
use super::corrected::Corrections;
use super::sessions::Session;
use crate::error::Result;
use crate::query::domain_of;
use crate::store::{EventFilter, EventReader, Store, StoredEvent};
use std::collections::VecDeque;

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
    corrections: Corrections,
    /// Added and moved by the user, still to come.
    elsewhere: VecDeque<Trace>,
    /// The next of those that were found, while others come before it.
    found: Option<Trace>,
}

impl<'s> Traces<'s> {
    pub(in crate::report) fn new(store: &'s mut Store, params: &ReportParams) -> Result<Self> {
        let filter = params.work_filter(store)?;
        let mut corrections = Corrections::new(store.corrections()?, params);
        // What was moved is looked for where it was, and belongs where it is now.
        let mut moved = Vec::new();
        for (from, until, by) in corrections.moved.clone() {
            let before = |bound: Option<i64>| bound.map(|bound| bound - by);
            let there = EventFilter {
                from_us: before(filter.from_us).max(Some(from)),
                until_us: [before(filter.until_us), Some(until)].into_iter().flatten().min(),
                ..filter.clone()
            };
            let mut reader = store.event_reader(there);
            while let Some(event) = reader.next_event()? {
                let trace = trace(params, event).filter(|t| corrections.shift(t.start) == Some(by));
                moved.extend(trace.map(|t| Trace { start: t.start + by, end: t.end + by, ..t }));
            }
        }
        let elsewhere = corrections.elsewhere(moved).into();
        let reader = store.event_reader(filter);
        Ok(Self { reader, params: params.clone(), corrections, elsewhere, found: None })
    }

    pub(in crate::report) fn next_trace(&mut self) -> Result<Option<Trace>> {
        while self.found.is_none() {
            let Some(event) = self.reader.next_event()? else { break };
            self.found = trace(&self.params, event).filter(|t| self.corrections.shift(t.start).is_none());
        }
        Ok(match (&self.found, self.elsewhere.front()) {
            (Some(found), Some(other)) if other.start < found.start => self.elsewhere.pop_front(),
            (None, _) => self.elsewhere.pop_front(),
            _ => self.found.take(),
        })
    }

    /// What the user's corrections leave of a session.
    pub(super) fn corrected(&self, session: Session) -> Vec<Session> {
        self.corrections.apply(session)
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
