//! Sessions of a window of time: built from all relevant traces, then cut to it.
//!
//! Traces before a window matter too: a trace may last into it, and padding reaches back from after it. So reading
//! begins at a trace that certainly begins a session, however far back that is, and ends shortly after the window. The
//! sessions of each person are built separately.

use super::super::params::{EARLIEST_US, ReportParams, Window};
use super::choice::{Choice, Depth};
use super::corrected::Corrections;
use super::growing::Growing;
use super::part::{Cuts, Part, Session};
use super::trace::Trace;
use super::traces::Traces;
use crate::engine::{self, columnar};
use std::collections::{BTreeMap, VecDeque};
use workhours_base::error::Result;
use workhours_base::table::Note;
use workhours_columns::Columns;
use workhours_query::people::Who;
use workhours_store::Store;

/// How sessions are built.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Build {
    /// What is needed of traces.
    pub(crate) depth: Depth,
    /// Whether parts are distinguished by the traces that own them.
    pub(crate) each: bool,
    /// µs without a trace that end a session.
    pub(crate) gap_us: i64,
    /// µs counted before the first trace.
    pub(crate) pad_us: i64,
    /// Whether time that is not asked for is given too, of the whole days the window touches: money is shared out by it.
    pub(crate) whole_days: bool,
    /// Whether the sessions before and after the window are given too.
    pub(crate) neighbours: bool,
}

impl Build {
    /// As the settings say.
    pub(crate) fn new(params: &ReportParams, depth: Depth) -> Self {
        let us = |minutes: f64| (minutes * 60e6).round() as i64;
        Self {
            depth,
            each: depth == Depth::Each,
            gap_us: us(params.gaptime_min),
            pad_us: us(params.pad_min),
            whole_days: false,
            neighbours: false,
        }
    }
}

/// Sessions, in order of their beginnings.
pub(crate) struct Sessions {
    sessions: VecDeque<Session>,
    notes: Vec<Note>,
    /// The time that counts.
    pub(crate) window: Window,
}

impl Sessions {
    /// Builds them.
    ///
    /// # Errors
    /// Database errors.
    pub(crate) fn new(store: &mut Store, params: &ReportParams, build: Build) -> Result<Self> {
        let window = params.counted_window();
        let whole = if build.whole_days { whole_days(window, params) } else { window };
        let corrections = Corrections::new(store.corrections().all()?, params)?;
        // A labelled part is evaluated again, so its owner must be known.
        let asks_again = !corrections.is_empty() && params.keep.is_some();
        let build = Build { each: build.each || asks_again, ..build };
        let mut choice = Choice::new(store, params, build.depth, asks_again)?;
        let mut edges = corrections.edges();
        edges.extend([window.from, window.until, whole.from, whole.until]);
        let mut notes = Vec::new();
        let windows = (corrections.needed(whole), window);
        let columns = columnar::of(store, params)?;
        let mut reading =
            Reading { params, build, edges: &edges, fine: corrections.moved(), columns: columns.as_deref() };
        let mut sessions = match reading.sessions(store, &mut choice, windows) {
            // Damaged files of the columns; the events are there.
            Err(e) if reading.columns.is_some() => {
                notes.push(engine::damaged(&e));
                reading.columns = None;
                choice = Choice::new(store, params, build.depth, asks_again)?;
                reading.sessions(store, &mut choice, windows)?
            }
            sessions => sessions?,
        };
        if !corrections.is_empty() {
            sessions = corrections.apply(sessions, params, &edges, &mut notes);
        }
        let trim = |session: Session| trimmed(session, window, whole, build);
        let mut sessions: Vec<Session> = sessions.into_iter().filter_map(trim).collect();
        sessions.sort_by(|a, b| (a.start(), a.end(), &a.who).cmp(&(b.start(), b.end(), &b.who)));
        let worked = sessions.iter().flat_map(|s| &s.parts).filter(|part| window.counts(part));
        notes.extend(choice.notes(store, window, worked.map(Part::length).sum())?);
        Ok(Self { sessions: sessions.into(), notes, window })
    }

    pub(crate) fn next_session(&mut self) -> Option<Session> {
        self.sessions.pop_front()
    }

    /// Notes on the result.
    pub(crate) fn notes(&self) -> Vec<Note> {
        self.notes.clone()
    }
}

/// The whole days a window touches.
fn whole_days(window: Window, params: &ReportParams) -> Window {
    let zones = &params.zones;
    let day_after = |us: i64| zones.day_of(us).succ_opt().map_or(us, |day| zones.start_of(day));
    let from = if window.from == i64::MIN { window.from } else { zones.start_of(zones.day_of(window.from)) };
    let until = if window.until == i64::MAX { window.until } else { day_after(window.until - 1) };
    Window { from, until }
}

/// The part of a session in the window. Parts are on one side of its ends, because they are cut there.
fn trimmed(mut session: Session, window: Window, whole: Window, build: Build) -> Option<Session> {
    let kept = if build.whole_days { whole } else { window };
    let is_inside =
        |part: &Part, w: Window| part.from >= w.from && part.until <= w.until && part.from < w.until;
    let is_neighbour = build.neighbours && (session.end() <= window.from || session.start() >= window.until);
    if !is_neighbour {
        session.parts.retain(|part| is_inside(part, kept) && (build.whole_days || part.label.kept));
    }
    (!session.parts.is_empty()).then_some(session)
}

impl Window {
    /// Whether a part counts: it is in the window, and `--where` keeps it.
    pub(crate) fn counts(&self, part: &Part) -> bool {
        part.label.kept && part.from >= self.from && part.until <= self.until && part.from < self.until
    }
}

/// Reading an interval of time.
pub(super) struct Reading<'r> {
    pub(super) params: &'r ReportParams,
    pub(super) build: Build,
    pub(super) edges: &'r [i64],
    pub(super) fine: Vec<(i64, i64)>,
    pub(super) columns: Option<&'r Columns>,
}

impl Reading<'_> {
    fn reach(&self) -> i64 {
        self.build.gap_us.max(self.build.pad_us)
    }

    /// The instants at which parts end.
    pub(super) fn cuts(&self) -> Cuts {
        Cuts::new(self.params.zones.clone(), self.edges.to_vec(), self.fine.clone())
    }

    /// The sessions that reach into a window.
    fn sessions(
        &self,
        store: &mut Store,
        choice: &mut Choice,
        (window, counted): (Window, Window),
    ) -> Result<Vec<Session>> {
        let from = self.beginning(store, choice, window)?;
        let reach = self.reach();
        // Future events don't matter.
        let now = self.params.now_us;
        let until = match self.build.neighbours {
            true => now,
            false => window.until.saturating_add(reach).saturating_add(1).min(now),
        };
        choice.counted = Some(counted);
        let mut cuts = self.cuts();
        let mut traces = Traces::new(store, self, choice, Some(from), Some(until))?;
        let mut builders: BTreeMap<Who, Builder> = BTreeMap::new();
        let mut found = Vec::new();
        while let Some(trace) = traces.next(choice)? {
            let builder = builders.entry(trace.who.clone()).or_insert_with(|| Builder::new(self.build));
            let start = trace.start;
            if let Some(session) = builder.feed(trace, &mut cuts) {
                let behind = session.start() >= window.until;
                found.push(session);
                if behind && self.build.neighbours && self.params.users.is_empty() {
                    break;
                }
            }
            // No next session can reach back into the window.
            if start > window.until.saturating_add(reach) && !self.build.neighbours {
                break;
            }
        }
        found.extend(builders.into_values().filter_map(|builder| builder.finish(&mut cuts)));
        let bears =
            |s: &Session| self.build.neighbours || s.end() >= window.from && s.start() <= window.until;
        found.retain(bears);
        Ok(found)
    }

    /// Where reading must begin: at a trace before which no session can have been open, or earlier.
    fn beginning(&self, store: &mut Store, choice: &mut Choice, window: Window) -> Result<i64> {
        let Some(first) = store.events().first_dated()?.filter(|first| *first < window.from) else {
            return Ok(window.from.max(EARLIEST_US));
        };
        let first = first.max(EARLIEST_US);
        if self.build.neighbours && !self.params.users.is_empty() {
            // Each of several persons has a session before the window, however far back.
            return Ok(first);
        }
        let slack = self.params.longest_us.saturating_add(self.reach());
        let mut back = slack;
        loop {
            let begin = window.from.saturating_sub(slack).saturating_sub(back).max(first);
            let all = begin <= first;
            // An earlier trace may have run until then.
            let unknown = if all { i64::MIN } else { begin.saturating_add(self.params.longest_us) };
            let mut people: BTreeMap<Who, (i64, Option<i64>)> = BTreeMap::new();
            let mut traces = Traces::new(store, self, choice, Some(begin), Some(window.from))?;
            while let Some(trace) = traces.next(choice)? {
                let (end, certain) = people.entry(trace.who).or_insert((unknown, None));
                if trace.start.saturating_sub(self.reach()) > *end || *end == i64::MIN {
                    *certain = Some(trace.start);
                }
                *end = (*end).max(trace.end);
            }
            let certain: Option<Vec<i64>> = people.values().map(|(_, certain)| *certain).collect();
            match certain {
                // A session has been open all that time.
                None if !all => {}
                Some(starts) if starts.is_empty() && self.build.neighbours && !all => {}
                Some(starts) => return Ok(starts.into_iter().min().unwrap_or(window.from)),
                None => return Ok(begin),
            }
            back = back.saturating_mul(2).max(1);
        }
    }
}

/// Joins one person's traces.
struct Builder {
    build: Build,
    open: Option<Growing>,
    /// Where the session before ended: padding doesn't reach further back.
    last_end: i64,
}

impl Builder {
    fn new(build: Build) -> Self {
        Self { build, open: None, last_end: i64::MIN }
    }

    /// Takes the next trace; returns the session that it no longer belongs to.
    fn feed(&mut self, trace: Trace, cuts: &mut Cuts) -> Option<Session> {
        let done = self.open.take_if(|open| trace.start.saturating_sub(open.end) > self.build.gap_us);
        let done = done.map(|open| self.close(open, cuts));
        match &mut self.open {
            Some(open) => open.add(trace, cuts),
            None => {
                let times = (self.build.gap_us, self.build.pad_us);
                let by_trace = self.build.each;
                self.open = Some(Growing::new(trace, times, self.last_end, by_trace, cuts));
            }
        }
        done
    }

    fn close(&mut self, open: Growing, cuts: &mut Cuts) -> Session {
        let session = open.finish(cuts);
        self.last_end = session.end();
        session
    }

    fn finish(mut self, cuts: &mut Cuts) -> Option<Session> {
        let open = self.open.take()?;
        Some(self.close(open, cuts))
    }
}
