//! Parts of sessions: stretches of time with one owner on one day, and the instants that divide them.

use super::trace::{Detail, Label};
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::sync::Arc;
use workhours_base::Text;
use workhours_base::zones::Zones;
use workhours_query::people::Who;

/// An interval of a session that is about one thing, within one day.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) day: NaiveDate,
    /// The first instant of its interval between two cuts.
    pub(super) stretch: i64,
    /// Whether each of its traces has a separate part.
    pub(super) apart: bool,
    pub(crate) label: Label,
    /// Traces that began in it.
    pub(crate) events: u64,
    /// The first and the last of them, if needed.
    pub(crate) first: Option<Arc<Detail>>,
    pub(crate) last: Option<Arc<Detail>>,
    /// Their sources.
    pub(crate) sources: BTreeSet<Text>,
    /// The trace that owns it, if parts are distinguished by trace.
    pub(crate) owner: Option<Arc<Detail>>,
}

impl Part {
    pub(crate) fn length(&self) -> i64 {
        self.until - self.from
    }

    /// Adds a part after it, if the two are about the same.
    pub(super) fn join(&mut self, next: Part) -> Option<Part> {
        let same_owner = match (&self.owner, &next.owner) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        // If traces are distinguished, each begins a part: at a cut, it is on the side where it began, including its
        // own padding.
        let begins = next.apart && next.events > 0;
        let touches = self.until == next.from && self.stretch == next.stretch;
        if begins || !touches || self.label != next.label || !same_owner {
            return Some(next);
        }
        self.until = next.until;
        self.take_events(next);
        None
    }

    /// Takes the traces of a part that begins no earlier.
    pub(super) fn take_events(&mut self, other: Part) {
        self.events += other.events;
        self.first = self.first.take().or(other.first);
        self.last = other.last.or(self.last.take());
        self.sources.extend(other.sources);
    }

    /// The same without any traces in it.
    pub(super) fn silent(&self) -> Part {
        Part { events: 0, first: None, last: None, sources: BTreeSet::new(), ..self.clone() }
    }

    /// In two at an instant within it. Its traces stay with the first: to know better, cut where time is divided up.
    pub(super) fn cut(mut self, at: i64) -> (Part, Part) {
        let second = Part { from: at, ..self.silent() };
        self.until = at;
        (self, second)
    }
}

/// A run of one person's time without a gap.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Session {
    pub(crate) who: Who,
    /// In order, without overlaps. The first begins with the padding.
    pub(crate) parts: Vec<Part>,
}

impl Session {
    pub(crate) fn start(&self) -> i64 {
        self.parts.first().map_or(0, |part| part.from)
    }

    pub(crate) fn end(&self) -> i64 {
        self.parts.last().map_or(0, |part| part.until)
    }

    /// Its counts.
    pub(crate) fn length(&self) -> i64 {
        self.parts.iter().map(Part::length).sum()
    }

    pub(crate) fn events(&self) -> u64 {
        self.parts.iter().map(|part| part.events).sum()
    }
}

/// The instants at which parts end in any case: where days begin, and others that are given. Every trace is between two
/// of them, so the time between them can be counted exactly.
#[derive(Clone, Debug)]
pub(super) struct Cuts {
    zones: Zones,
    /// In order.
    edges: Vec<i64>,
    /// In these intervals each trace has a separate part.
    fine: Vec<(i64, i64)>,
    /// The latest interval.
    day: NaiveDate,
    from: i64,
    until: i64,
}

impl Cuts {
    pub(super) fn new(zones: Zones, mut edges: Vec<i64>, fine: Vec<(i64, i64)>) -> Self {
        edges.extend(fine.iter().flat_map(|(from, until)| [*from, *until]));
        edges.sort_unstable();
        edges.dedup();
        Self { zones, edges, fine, day: NaiveDate::default(), from: 1, until: 0 }
    }

    /// The day of an instant and the first instant of the next interval.
    pub(super) fn at(&mut self, us: i64) -> (NaiveDate, i64) {
        if !(self.from..self.until).contains(&us) {
            self.day = self.zones.day_of(us);
            let next_day = self.day.succ_opt().map_or(i64::MAX, |day| self.zones.start_of(day));
            let at = self.edges.partition_point(|edge| *edge <= us);
            let before = at.checked_sub(1).map_or(i64::MIN, |i| self.edges[i]);
            self.from = self.zones.start_of(self.day).max(before);
            self.until = next_day.min(self.edges.get(at).copied().unwrap_or(i64::MAX));
        }
        (self.day, self.until)
    }

    /// The first instant of the latest interval.
    pub(super) fn start(&self) -> i64 {
        self.from
    }

    /// Whether traces are distinguished here.
    pub(super) fn is_fine(&self, us: i64) -> bool {
        self.fine.iter().any(|(from, until)| (*from..*until).contains(&us))
    }
}
