//! From traces to sessions, one after the other, in memory one at a time.

use super::Traces;
use super::events::Trace;
use crate::error::Result;
use crate::zones::Zones;
use chrono::NaiveDate;
use std::collections::{BTreeSet, VecDeque};

/// A stretch of a session that is about one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::report) struct Part {
    pub(in crate::report) from: i64,
    pub(in crate::report) until: i64,
    pub(in crate::report) key: Option<String>,
    /// Events that began in it.
    pub(in crate::report) events: u64,
}

/// A run of traces without a gap.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Session {
    /// One after the other, without holes or overlaps. The first begins with the padding.
    pub(in crate::report) parts: Vec<Part>,
    pub(in crate::report) sources: BTreeSet<String>,
    /// What the first and the last event were.
    pub(in crate::report) first: Option<String>,
    pub(in crate::report) last: Option<String>,
}

impl Session {
    pub(in crate::report) fn start(&self) -> i64 {
        self.parts.first().map_or(0, |part| part.from)
    }

    pub(in crate::report) fn end(&self) -> i64 {
        self.parts.last().map_or(0, |part| part.until)
    }

    pub(in crate::report) fn length(&self) -> i64 {
        self.end() - self.start()
    }

    pub(in crate::report) fn events(&self) -> u64 {
        self.parts.iter().map(|part| part.events).sum()
    }

    /// The parts, cut where days begin.
    pub(in crate::report) fn by_day(&self, zones: &Zones) -> Vec<(NaiveDate, Part)> {
        let mut cut = Vec::new();
        for part in &self.parts {
            if part.until == part.from {
                cut.push((zones.day_of(part.from), part.clone()));
                continue;
            }
            let mut events = part.events;
            for (day, start, end) in zones.days(part.from, part.until) {
                let (from, until) = (part.from.max(start), part.until.min(end));
                if until > from {
                    // Events are counted on the day the part began: where they stand in it is not known any more.
                    cut.push((
                        day,
                        Part { from, until, key: part.key.clone(), events: std::mem::take(&mut events) },
                    ));
                }
            }
        }
        cut
    }
}

/// A session, what it was made of, and what was made of it.
pub(in crate::report) struct WithTraces {
    /// As it was found.
    pub(in crate::report) whole: Session,
    pub(in crate::report) traces: Vec<Trace>,
    /// What corrections leave of it.
    pub(in crate::report) left: Vec<Session>,
}

/// Sessions as they are found.
pub(in crate::report) struct Sessions<'s> {
    traces: Traces<'s>,
    gap_us: f64,
    pad_us: i64,
    /// The trace that ended the session before.
    next: Option<Trace>,
    /// Where the session before ended: padding does not reach further back.
    last_end: i64,
    /// What corrections made of the last session.
    ready: VecDeque<Session>,
    /// The traces of the session that is being found, if they are wanted.
    traces_of: Option<Vec<Trace>>,
}

impl<'s> Sessions<'s> {
    pub(in crate::report) fn new(traces: Traces<'s>, gap_min: f64, pad_min: f64) -> Self {
        let pad_us = (pad_min * 60e6).round() as i64;
        Self {
            traces,
            gap_us: gap_min * 60e6,
            pad_us,
            next: None,
            last_end: i64::MIN,
            ready: VecDeque::new(),
            traces_of: None,
        }
    }

    /// The same, and [`next_with_traces`](Self::next_with_traces) gives their traces.
    pub(in crate::report) fn with_traces(self) -> Self {
        Self { traces_of: Some(Vec::new()), ..self }
    }

    /// The next session with its traces.
    pub(in crate::report) fn next_with_traces(&mut self) -> Result<Option<WithTraces>> {
        let Some(whole) = self.found()? else { return Ok(None) };
        let traces = self.traces_of.as_mut().map(std::mem::take).unwrap_or_default();
        let left = self.traces.corrected(whole.clone());
        Ok(Some(WithTraces { whole, traces, left }))
    }

    pub(in crate::report) fn next_session(&mut self) -> Result<Option<Session>> {
        while self.ready.is_empty() {
            let Some(session) = self.found()? else { return Ok(None) };
            self.ready.extend(self.traces.corrected(session));
        }
        Ok(self.ready.pop_front())
    }

    fn found(&mut self) -> Result<Option<Session>> {
        let first = match self.next.take() {
            Some(trace) => trace,
            None => match self.traces.next_trace()? {
                Some(trace) => trace,
                None => return Ok(None),
            },
        };
        self.traces_of.iter_mut().for_each(|all| all.push(first.clone()));
        let mut growing = Growing::new(first, self.pad_us, self.last_end);
        while let Some(trace) = self.traces.next_trace()? {
            if (trace.start - growing.end) as f64 > self.gap_us {
                self.next = Some(trace);
                break;
            }
            self.traces_of.iter_mut().for_each(|all| all.push(trace.clone()));
            growing.add(trace);
        }
        let session = growing.finish();
        self.last_end = session.end();
        Ok(Some(session))
    }
}

/// A session that may go on.
pub(super) struct Growing {
    session: Session,
    /// The end of what lasts longest.
    pub(super) end: i64,
}

impl Growing {
    pub(super) fn new(first: Trace, pad_us: i64, not_before: i64) -> Self {
        let from = (first.start - pad_us).max(not_before).min(first.start);
        let part = Part { from, until: first.last, key: first.key, events: first.events };
        let session = Session {
            parts: vec![part],
            sources: first.source.into_iter().collect(),
            first: first.title.clone(),
            last: first.title,
        };
        Self { session, end: first.end }
    }

    pub(super) fn add(&mut self, trace: Trace) {
        self.end = self.end.max(trace.end);
        let session = &mut self.session;
        if let Some(source) = trace.source.filter(|source| !session.sources.contains(source)) {
            session.sources.insert(source);
        }
        session.last = trace.title.or(session.last.take());
        let Some(part) = session.parts.last_mut() else { return };
        if part.key == trace.key {
            part.until = trace.last;
            part.events += trace.events;
        } else {
            part.until = trace.start;
            let (from, until) = (trace.start, trace.last);
            session.parts.push(Part { from, until, key: trace.key, events: trace.events });
        }
    }

    pub(super) fn finish(mut self) -> Session {
        if let Some(part) = self.session.parts.last_mut() {
            part.until = self.end.max(part.until);
        }
        self.session
    }
}
