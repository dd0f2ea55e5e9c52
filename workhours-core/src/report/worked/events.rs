//! The traces sessions are made of: when, until when, and what it was about.

use super::super::params::{Dimension, ReportParams};
use super::super::summed;
use super::corrected::Corrections;
use super::sessions::Session;
use super::summed::SummedTraces;
use crate::error::Result;
use crate::event::EventId;
use crate::query::domain_of;
use crate::store::{EventFilter, EventReader, MINUTE_US, Store, StoredEvent, Wanted, span_of};
use std::collections::VecDeque;

/// One trace of somebody's work, or all traces of a minute.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Trace {
    pub(in crate::report) start: i64,
    /// When the last of them began.
    pub(in crate::report) last: i64,
    pub(in crate::report) end: i64,
    /// How many they are.
    pub(in crate::report) events: u64,
    /// What it is about, if it is divided by anything.
    pub(in crate::report) key: Option<String>,
    /// Of a minute's traces it is not known.
    pub(in crate::report) source: Option<String>,
    pub(in crate::report) title: Option<String>,
    /// Where the event comes from, if it is one.
    pub(in crate::report) origin: Option<Origin>,
}

/// Which event a trace is of, and where that stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report) struct Origin {
    pub(in crate::report) file_id: i64,
    pub(in crate::report) file_offset: i64,
    pub(in crate::report) id: EventId,
}

impl Trace {
    /// The same, at another time.
    fn moved(self, by: i64) -> Self {
        Self { start: self.start + by, last: self.last + by, end: self.end + by, ..self }
    }
}

/// Traces in order of their beginnings.
pub(in crate::report) struct Traces<'s> {
    found: Found<'s>,
    corrections: Corrections,
    /// Added and moved by the user, still to come.
    elsewhere: VecDeque<Trace>,
    /// The next of those that were found, while others come before it.
    next: Option<Trace>,
}

/// Where traces come from.
enum Found<'s> {
    Events(Box<EventReader<'s>>, Box<ReportParams>),
    Sums(Box<SummedTraces<'s>>),
}

impl<'s> Traces<'s> {
    /// Each event a trace.
    pub(in crate::report) fn new(store: &'s mut Store, params: &ReportParams) -> Result<Self> {
        let filter = params.work_filter(store)?;
        let corrections = Corrections::new(store.corrections()?, params);
        Self::of_events(store, params, filter, corrections, TITLES)
    }

    /// As long as nobody looks at single traces, but only at how long they are together: all events of a minute may be
    /// one. Between two events of a minute there is no gap.
    pub(in crate::report) fn summed(store: &'s mut Store, params: &ReportParams) -> Result<Self> {
        let filter = params.work_filter(store)?;
        let mut corrections = Corrections::new(store.corrections()?, params);
        if params.by.is_none()
            && params.gaptime_min >= 1.0
            && corrections.moved.is_empty()
            && let Some(spans) = summed::spans(store, &filter, params, MINUTE_US)?
        {
            let elsewhere = corrections.elsewhere(Vec::new()).into();
            let found = Found::Sums(Box::new(SummedTraces::new(store, filter, spans)));
            return Ok(Self { found, corrections, elsewhere, next: None });
        }
        Self::of_events(store, params, filter, corrections, Wanted::NONE)
    }

    fn of_events(
        store: &'s mut Store,
        params: &ReportParams,
        filter: EventFilter,
        mut corrections: Corrections,
        titles: Wanted,
    ) -> Result<Self> {
        let mut wanted = wanted(params.by);
        wanted.title |= titles.title;
        wanted.text |= titles.text;
        // What was moved is looked for where it was, and belongs where it is now.
        let mut moved = Vec::new();
        for (from, until, by) in corrections.moved.clone() {
            let before = |bound: Option<i64>| bound.map(|bound| bound - by);
            let there = EventFilter {
                from_us: before(filter.from_us).max(Some(from)),
                until_us: [before(filter.until_us), Some(until)].into_iter().flatten().min(),
                ..filter.clone()
            };
            let mut reader = store.event_reader_of(there, wanted);
            while let Some(event) = reader.next_event()? {
                let trace = trace(params, event).filter(|t| corrections.shift(t.start) == Some(by));
                moved.extend(trace.map(|t| t.moved(by)));
            }
        }
        let elsewhere = corrections.elsewhere(moved).into();
        let found = Found::Events(Box::new(store.event_reader_of(filter, wanted)), Box::new(params.clone()));
        Ok(Self { found, corrections, elsewhere, next: None })
    }

    pub(in crate::report) fn next_trace(&mut self) -> Result<Option<Trace>> {
        while self.next.is_none() {
            let trace = match &mut self.found {
                Found::Sums(sums) => sums.next_trace()?,
                Found::Events(reader, params) => match reader.next_event()? {
                    Some(event) => match trace(params, event) {
                        Some(trace) => Some(trace),
                        None => continue,
                    },
                    None => None,
                },
            };
            let Some(trace) = trace else { break };
            self.next = Some(trace).filter(|t| self.corrections.shift(t.start).is_none());
        }
        Ok(match (&self.next, self.elsewhere.front()) {
            (Some(next), Some(other)) if other.start < next.start => self.elsewhere.pop_front(),
            (None, _) => self.elsewhere.pop_front(),
            _ => self.next.take(),
        })
    }

    /// What the user's corrections leave of a session.
    pub(super) fn corrected(&self, session: Session) -> Vec<Session> {
        self.corrections.apply(session)
    }
}

/// An event as a trace. A date without a time says on which day something was done, not when.
fn trace(params: &ReportParams, event: StoredEvent) -> Option<Trace> {
    let (start, end) = span_of(event.date, event.precision, event.duration_us)?;
    let key = params.by.and_then(|by| key_of(params, by, &event));
    let origin = Some(Origin { file_id: event.file_id, file_offset: event.file_offset, id: event.id });
    let title = event.text.filter(|_| event.kind == "shell.command").or(event.title).map(String::from);
    let source = Some(event.source_type.into());
    Some(Trace { start, last: start, end, events: 1, key, source, title, origin })
}

/// What names an event.
const TITLES: Wanted = Wanted { title: true, text: true, ..Wanted::NONE };

/// What of events [`key_of`] looks at.
pub(in crate::report) fn wanted(by: Option<Dimension>) -> Wanted {
    match by {
        None | Some(Dimension::Source | Dimension::Kind) => Wanted::NONE,
        Some(Dimension::Host) => Wanted { host: true, ..Wanted::NONE },
        Some(Dimension::User) => Wanted { user: true, ..Wanted::NONE },
        Some(Dimension::Tag) => Wanted { tags: true, ..Wanted::NONE },
        Some(Dimension::Domain) => Wanted { url: true, ..Wanted::NONE },
        // The user's rules may ask for anything.
        Some(Dimension::Project) => Wanted::ALL,
    }
}

/// What an event is about, in a dimension.
pub(in crate::report) fn key_of(params: &ReportParams, by: Dimension, event: &StoredEvent) -> Option<String> {
    match by {
        Dimension::Source => Some(event.source_type.to_string()),
        Dimension::Kind => Some(event.kind.to_string()),
        Dimension::Host => event.host.clone().map(String::from),
        Dimension::User => event.user.clone().map(String::from),
        Dimension::Tag => (!event.tags.is_empty()).then(|| event.tags.join(", ")),
        Dimension::Project => params.projects.of(event),
        Dimension::Domain => event.url.as_deref().and_then(domain_of),
    }
}
