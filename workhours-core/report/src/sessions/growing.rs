//! A session that may continue, and the owner of each of its moments.
//!
//! A trace owns time from its start until the next trace starts, at most the gap time past its own end. Then the
//! latest-begun trace that is still running owns it, else the one that ended last. So a commit in a meeting takes some
//! minutes of it, not the rest.

use super::part::{Cuts, Part, Session};
use super::trace::{Detail, Label, Trace};
use std::collections::BTreeSet;
use std::sync::Arc;
use workhours_query::people::Who;

/// A possible owner of time: what it is about, and when it ends.
#[derive(Clone, Debug)]
struct Owner {
    end: i64,
    label: Label,
    detail: Option<Arc<Detail>>,
}

/// A session that may continue.
#[derive(Clone, Debug)]
pub(super) struct Growing {
    who: Who,
    parts: Vec<Part>,
    gap_us: i64,
    /// Up to where time has an owner.
    cursor: i64,
    /// The end of what lasts longest.
    pub(super) end: i64,
    /// The trace that began last.
    latest: Owner,
    /// Those before it that were still running when it began, in order of their beginnings.
    running: Vec<Owner>,
    /// The one that ended last.
    ended: Option<Owner>,
    /// Whether traces are distinguished everywhere.
    by_trace: bool,
}

impl Growing {
    /// Begins with a trace; `not_before` is how far its padding may reach back.
    pub(super) fn new(
        first: Trace,
        (gap_us, pad_us): (i64, i64),
        not_before: i64,
        by_trace: bool,
        cuts: &mut Cuts,
    ) -> Self {
        let from = first.start.saturating_sub(pad_us).max(not_before).min(first.start);
        let latest = Owner { end: first.end, label: first.label.clone(), detail: first.detail.clone() };
        let mut this = Self {
            who: first.who.clone(),
            parts: Vec::new(),
            gap_us,
            cursor: from,
            end: first.end,
            latest: latest.clone(),
            running: Vec::new(),
            ended: None,
            by_trace,
        };
        this.own(first.start, &latest, cuts);
        this.begin(first, cuts);
        this
    }

    /// Takes the next trace, which begins no earlier than those before.
    pub(super) fn add(&mut self, trace: Trace, cuts: &mut Cuts) {
        self.divide(trace.start, cuts);
        let next = Owner { end: trace.end, label: trace.label.clone(), detail: trace.detail.clone() };
        let before = std::mem::replace(&mut self.latest, next);
        self.running.push(before);
        let cursor = self.cursor;
        let ended = &mut self.ended;
        self.running.retain(|owner| {
            let runs = owner.end > cursor;
            if !runs && ended.as_ref().is_none_or(|ended| owner.end >= ended.end) {
                *ended = Some(owner.clone());
            }
            runs
        });
        self.end = self.end.max(trace.end);
        self.begin(trace, cuts);
    }

    /// The session, with the rest of its time.
    pub(super) fn finish(mut self, cuts: &mut Cuts) -> Session {
        self.divide(self.end, cuts);
        Session { who: self.who, parts: self.parts }
    }

    /// Assigns all time up to an instant to its owners.
    fn divide(&mut self, until: i64, cuts: &mut Cuts) {
        while self.cursor < until {
            let reach = self.latest.end.saturating_add(self.gap_us);
            if self.cursor < reach {
                let owner = self.latest.clone();
                self.own(until.min(reach), &owner, cuts);
                continue;
            }
            let running = self.running.iter().rev().find(|owner| owner.end > self.cursor).cloned();
            let (owner, until) = match running {
                Some(owner) => {
                    let end = owner.end;
                    (owner, until.min(end))
                }
                None => (self.last_ended(), until),
            };
            self.own(until, &owner, cuts);
        }
    }

    /// The trace that ended last; of several the one that began last.
    fn last_ended(&self) -> Owner {
        let all = self.ended.iter().chain(&self.running).chain([&self.latest]);
        all.max_by_key(|owner| owner.end).unwrap_or(&self.latest).clone()
    }

    /// Time from the cursor to an instant has this owner.
    fn own(&mut self, until: i64, owner: &Owner, cuts: &mut Cuts) {
        while self.cursor < until {
            let (day, edge) = cuts.at(self.cursor);
            let to = until.min(edge);
            let part = self.part(day, to, owner, cuts);
            self.push(part);
            self.cursor = to;
        }
    }

    /// Counts a trace where it begins.
    fn begin(&mut self, trace: Trace, cuts: &mut Cuts) {
        let (day, _) = cuts.at(trace.start);
        let owner = self.latest.clone();
        let mut part = self.part(day, trace.start, &owner, cuts);
        part.events = trace.events;
        part.sources.extend(trace.detail.as_ref().map(|detail| detail.source.clone()));
        (part.first, part.last) = (trace.detail.clone(), trace.detail);
        if let Some(more) = trace.more {
            part.sources.extend(more.sources);
            part.last = more.last;
        }
        self.push(part);
    }

    fn part(&self, day: chrono::NaiveDate, until: i64, owner: &Owner, cuts: &Cuts) -> Part {
        let apart = self.by_trace || cuts.is_fine(self.cursor);
        Part {
            stretch: cuts.start(),
            apart,
            from: self.cursor,
            until,
            day,
            label: owner.label.clone(),
            events: 0,
            first: None,
            last: None,
            sources: BTreeSet::new(),
            owner: owner.detail.clone().filter(|_| apart),
        }
    }

    /// Adds a part after the others, or extends the last of them if it is about the same.
    fn push(&mut self, part: Part) {
        let rest = match self.parts.last_mut() {
            Some(last) => last.join(part),
            None => Some(part),
        };
        self.parts.extend(rest);
    }
}
