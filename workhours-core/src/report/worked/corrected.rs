//! The user's corrections, applied. Time added and moved becomes traces like any other, so that overlaps count once; time
//! taken away is cut out of the sessions, and time named gets its name.

use super::super::params::{Dimension, ReportParams};
use super::events::Trace;
use super::sessions::{Part, Session};
use crate::store::Correction;
use std::collections::BTreeSet;

/// What holds of the corrections: those that were undone are gone.
#[derive(Clone, Debug, Default)]
pub(super) struct Corrections {
    added: Vec<Trace>,
    removed: Vec<(i64, i64)>,
    /// From, until, and by how much.
    pub(super) moved: Vec<(i64, i64, i64)>,
    labelled: Vec<(i64, i64, String)>,
}

impl Corrections {
    pub(super) fn new(all: Vec<Correction>, params: &ReportParams) -> Self {
        let undone: BTreeSet<String> =
            all.iter().filter(|c| c.kind == "undo").filter_map(|c| c.label.clone()).collect();
        let labels = matches!(params.by, Some(Dimension::Project | Dimension::Tag));
        let mut it = Self::default();
        for c in all.into_iter().filter(|c| !undone.contains(&c.id.to_string())) {
            let key = match params.by {
                Some(Dimension::Source) => Some("correction".to_owned()),
                _ => c.label.clone().filter(|_| labels),
            };
            match c.kind.as_str() {
                "add" => it.added.push(Trace {
                    start: c.from_us,
                    last: c.from_us,
                    end: c.until_us,
                    events: 1,
                    key,
                    source: Some("correction".into()),
                    title: c.note.or(c.label),
                    origin: None,
                }),
                "remove" => it.removed.push((c.from_us, c.until_us)),
                "move" => it.moved.extend(c.to_us.map(|to| (c.from_us, c.until_us, to - c.from_us))),
                "label" => {
                    let label = c.label.filter(|_| labels);
                    it.labelled.extend(label.map(|label| (c.from_us, c.until_us, label)));
                }
                _ => {}
            }
        }
        let filter = &params.filter;
        it.added.retain(|trace| {
            filter.from_us.is_none_or(|from| trace.start >= from)
                && filter.until_us.is_none_or(|until| trace.start < until)
        });
        it
    }

    /// How far a trace that begins then is moved.
    pub(super) fn shift(&self, start: i64) -> Option<i64> {
        self.moved.iter().rev().find(|(from, until, _)| (*from..*until).contains(&start)).map(|(.., by)| *by)
    }

    /// The traces that are not where they were found: those added, and those moved, which are given; in order.
    pub(super) fn elsewhere(&mut self, moved: Vec<Trace>) -> Vec<Trace> {
        let mut all = std::mem::take(&mut self.added);
        all.extend(moved);
        all.sort_by_key(|trace| (trace.start, trace.end));
        all
    }

    /// A session without the time taken away, in as many as that leaves, and with its stretches named.
    pub(super) fn apply(&self, session: Session) -> Vec<Session> {
        if self.removed.is_empty() && self.labelled.is_empty() {
            return vec![session];
        }
        let mut edges: Vec<i64> = self.removed.iter().flat_map(|(from, until)| [*from, *until]).collect();
        edges.extend(self.labelled.iter().flat_map(|(from, until, _)| [*from, *until]));
        edges.sort_unstable();
        edges.dedup();
        let mut runs: Vec<Vec<Part>> = vec![Vec::new()];
        for piece in session.parts.iter().flat_map(|part| cut(part, &edges)) {
            let within = |from: &i64, until: &i64| (*from..*until).contains(&piece.from);
            if self.removed.iter().any(|(from, until)| within(from, until)) {
                if runs.last().is_some_and(|run| !run.is_empty()) {
                    runs.push(Vec::new());
                }
                continue;
            }
            let label = self.labelled.iter().rev().find(|(from, until, _)| within(from, until));
            let key = label.map_or_else(|| piece.key.clone(), |(.., label)| Some(label.clone()));
            let Some(run) = runs.last_mut() else { continue };
            match run.last_mut().filter(|last| last.key == key) {
                Some(last) => (last.until, last.events) = (piece.until, last.events + piece.events),
                None => run.push(Part { key, ..piece }),
            }
        }
        let rest = |parts: Vec<Part>| Session { parts, ..session.clone() };
        runs.into_iter().filter(|run| !run.is_empty()).map(rest).collect()
    }
}

/// A part in pieces, which end where an edge lies within it. Its events stay with the first.
fn cut(part: &Part, edges: &[i64]) -> Vec<Part> {
    let mut pieces = Vec::new();
    let (mut from, mut events) = (part.from, part.events);
    for edge in edges.iter().filter(|edge| part.from < **edge && **edge < part.until) {
        pieces.push(Part { from, until: *edge, key: part.key.clone(), events: std::mem::take(&mut events) });
        from = *edge;
    }
    pieces.push(Part { from, until: part.until, key: part.key.clone(), events });
    pieces
}
