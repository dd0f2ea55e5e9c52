//! The user's corrections, applied to finished sessions in the order in which they were made: the later wins.
//!
//! `add` is exact: it joins no sessions and closes no gap. `remove` cuts all of its interval, padding too. `move` puts
//! work elsewhere, where overlaps count once. `label` names.

use super::super::params::{ReportParams, Window};
use super::part::{Cuts, Part, Session};
use super::trace::{Detail, Label};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use workhours_base::Text;
use workhours_base::error::Result;
use workhours_base::table::Note;
use workhours_base::vocabulary::Dimension;
use workhours_event::StoredEvent;
use workhours_query::Context;
use workhours_query::people::Who;
use workhours_store::Correction;

/// The operation on an interval.
#[derive(Clone, Debug)]
enum Change {
    Add {
        label: Option<Text>,
        title: Option<Text>,
    },
    Remove,
    /// By this many µs.
    Move(i64),
    Label(Text),
}

/// The corrections that hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Corrections {
    all: Vec<(Who, i64, i64, Change)>,
}

impl Corrections {
    /// Those of the requested person that weren't undone.
    pub(super) fn new(all: Vec<Correction>, params: &ReportParams) -> Result<Self> {
        let undone: BTreeSet<String> =
            all.iter().filter(|c| c.kind == "undo").filter_map(|c| c.label.clone()).collect();
        let people = &params.lookup.people;
        let mut kept = Vec::new();
        for c in all.into_iter().filter(|c| !undone.contains(&c.id.to_string())) {
            let who = c.person.as_deref().map_or(Who::Me, |person| people.named(person));
            let label = c.label.clone().map(Text::from);
            let change = match (c.kind.as_str(), label) {
                ("add", label) => {
                    Change::Add { title: c.note.map(Text::from).or_else(|| label.clone()), label }
                }
                ("remove", _) => Change::Remove,
                ("move", _) => match c.to_us {
                    Some(to) => Change::Move(to - c.from_us),
                    None => continue,
                },
                ("label", Some(label)) => Change::Label(label),
                _ => continue,
            };
            let asked = params.users.is_empty() && who == Who::Me
                || params.users.iter().any(|user| user == super::EVERYBODY || people.means(user, &who));
            if asked {
                kept.push((who, c.from_us, c.until_us, change));
            }
        }
        Ok(Self { all: kept })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The instants at which they begin and end.
    pub(super) fn edges(&self) -> Vec<i64> {
        self.all.iter().flat_map(|(_, from, until, _)| [*from, *until]).collect()
    }

    /// From where and to where time is moved: each trace there must be known. Time put over an existing trace gets its
    /// name; time put after it doesn't.
    pub(super) fn moved(&self) -> Vec<(i64, i64)> {
        let moved = |(_, from, until, change): &(Who, i64, i64, Change)| match change {
            Change::Move(by) => vec![(*from, *until), (from.saturating_add(*by), until.saturating_add(*by))],
            _ => Vec::new(),
        };
        self.all.iter().flat_map(moved).collect()
    }

    /// A window with all from where time is moved into it.
    pub(super) fn needed(&self, window: Window) -> Window {
        self.all.iter().rev().fold(window, |window, (_, from, until, change)| match change {
            Change::Move(by) if from + by < window.until && until + by > window.from => {
                Window { from: window.from.min(*from), until: window.until.max(*until) }
            }
            _ => window,
        })
    }

    /// The sessions as they are after all corrections.
    pub(super) fn apply(
        &self,
        sessions: Vec<Session>,
        params: &ReportParams,
        edges: &[i64],
        notes: &mut Vec<Note>,
    ) -> Vec<Session> {
        let mut of: BTreeMap<Who, Vec<Piece>> = BTreeMap::new();
        let mut runs = 0;
        for session in sessions {
            runs += 1;
            let pieces = session.parts.into_iter().map(|part| Piece { run: runs, part });
            of.entry(session.who).or_default().extend(pieces);
        }
        let mut overlap = 0;
        for (who, from, until, change) in &self.all {
            runs += 1;
            let cuts = Cuts::new(params.zones.clone(), edges.to_vec(), Vec::new());
            let pieces = std::mem::take(of.entry(who.clone()).or_default());
            let mut line = Line { pieces, params, cuts, run: runs, overlap: 0 };
            line.change(*from, *until, change);
            overlap += line.overlap;
            of.insert(who.clone(), line.pieces);
        }
        if overlap > 0 {
            notes.push(Note::new(format!(
                "{} h of moved time lie on other time and count once",
                super::hours_text(overlap)
            )));
        }
        of.into_iter().flat_map(|(who, pieces)| regroup(&who, pieces)).collect()
    }
}

/// A part, and the session it came from.
#[derive(Clone, Debug)]
struct Piece {
    run: u64,
    part: Part,
}

/// One person's time.
struct Line<'p> {
    pieces: Vec<Piece>,
    params: &'p ReportParams,
    cuts: Cuts,
    /// The number of the added part.
    run: u64,
    /// Moved time that overlaps other time.
    overlap: i64,
}

impl Line<'_> {
    fn change(&mut self, from: i64, until: i64, change: &Change) {
        match change {
            Change::Remove => _ = self.take(from, until),
            Change::Label(name) => {
                self.cut(from);
                self.cut(until);
                let params = self.params;
                for piece in self.pieces.iter_mut().filter(|piece| within(&piece.part, from, until)) {
                    relabel(&mut piece.part, name, params);
                }
            }
            Change::Move(by) => {
                for mut piece in self.take(from, until) {
                    piece.part.from += by;
                    piece.part.until += by;
                    self.overlap += self.lay(&piece.part, true);
                }
            }
            Change::Add { label, title } => {
                let part = self.added(from, until, label.as_ref(), title.as_ref());
                self.lay(&part, label.is_some());
            }
        }
        self.pieces.sort_by_key(|piece| (piece.part.from, piece.part.until));
    }

    /// Cuts out the part in an interval.
    fn take(&mut self, from: i64, until: i64) -> Vec<Piece> {
        self.cut(from);
        self.cut(until);
        let (taken, left) =
            std::mem::take(&mut self.pieces).into_iter().partition(|piece| within(&piece.part, from, until));
        self.pieces = left;
        taken
    }

    fn cut(&mut self, at: i64) {
        let mut more = Vec::new();
        for piece in self.pieces.iter_mut().filter(|piece| piece.part.from < at && at < piece.part.until) {
            let (first, second) = piece.part.clone().cut(at);
            piece.part = first;
            more.push(Piece { run: piece.run, part: second });
        }
        self.pieces.extend(more);
    }

    /// Puts a part over others: existing time counts once and, if requested, gets the same label. Returns how much time
    /// already existed.
    fn lay(&mut self, part: &Part, over: bool) -> i64 {
        self.cut(part.from);
        self.cut(part.until);
        let mut covered: Vec<(i64, i64)> = Vec::new();
        let mut events = Some(part.clone()).filter(|part| part.events > 0);
        for piece in self.pieces.iter_mut() {
            let there = &mut piece.part;
            let is_within = there.from <= part.from && part.from < there.until;
            if part.from == part.until
                && is_within
                && let Some(events) = events.take()
            {
                there.take_events(events);
            }
            if !within(there, part.from, part.until) {
                continue;
            }
            covered.push((there.from, there.until));
            if over {
                there.label = part.label.clone();
                there.owner = part.owner.clone();
            }
        }
        covered.sort_unstable();
        let mut at = part.from;
        let mut holes = Vec::new();
        for (from, until) in &covered {
            if *from > at {
                holes.push((at, *from));
            }
            at = at.max(*until);
        }
        if at < part.until || part.from == part.until && events.is_some() {
            holes.push((at, part.until));
        }
        for (from, until) in holes {
            for hole in self.pieces_of(part, from, until) {
                self.pieces.push(Piece { run: self.run, part: hole });
            }
        }
        // Its traces are counted where it begins, whether or not there was time already: what exists depends on how
        // much of the time is read.
        if let Some(events) = events {
            let begins = self.pieces.iter_mut().filter(|piece| piece.part.from == part.from);
            if let Some(piece) = begins.max_by_key(|piece| piece.part.until) {
                piece.part.take_events(events);
            }
        }
        covered.iter().map(|(from, until)| until - from).sum()
    }

    /// A part's like, from one instant to another, cut where parts are.
    fn pieces_of(&mut self, like: &Part, from: i64, until: i64) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut at = from;
        loop {
            let (day, edge) = self.cuts.at(at);
            let to = until.min(edge);
            let stretch = self.cuts.start();
            parts.push(Part { from: at, until: to, day, stretch, ..like.silent() });
            at = to;
            if at >= until {
                return parts;
            }
        }
    }

    /// The part that is added.
    fn added(&self, from: i64, until: i64, label: Option<&Text>, title: Option<&Text>) -> Part {
        let params = self.params;
        let event = StoredEvent {
            date: Some(from),
            kind: CORRECTION.into(),
            source_type: CORRECTION.into(),
            title: title.cloned(),
            ..StoredEvent::default()
        };
        let context = Context { project: label.cloned(), ..params.lookup.context() };
        let kept = params.keep.as_ref().is_none_or(|keep| keep.matches(&event, &context));
        let key = match params.by {
            Some(Dimension::Source) => Some(CORRECTION.into()),
            Some(Dimension::Project | Dimension::Tag) => label.cloned(),
            Some(Dimension::Person) => Some(params.lookup.people.person(&event)),
            _ => None,
        };
        let project = label.cloned().filter(|_| params.terms.has_rates());
        let detail = Detail {
            start: from,
            source: CORRECTION.into(),
            title: title.cloned(),
            // A later correction may label it, and then it is evaluated again.
            event: params.keep.is_some().then(|| (event, Text::default(), Text::default())),
            ..Detail::default()
        };
        let detail = Some(Arc::new(detail));
        Part {
            from,
            until,
            day: chrono::NaiveDate::default(),
            stretch: 0,
            apart: false,
            label: Label { key, project, kept },
            events: 1,
            first: detail.clone(),
            last: detail.clone(),
            sources: BTreeSet::from([CORRECTION.into()]),
            owner: detail,
        }
    }
}

/// The source type of what a correction adds.
const CORRECTION: &str = "correction";

/// Whether a part is in an interval, at whose ends parts were cut.
fn within(part: &Part, from: i64, until: i64) -> bool {
    part.from >= from && part.until <= until && part.from < until
}

fn relabel(part: &mut Part, name: &Text, params: &ReportParams) {
    if matches!(params.by, Some(Dimension::Project | Dimension::Tag)) {
        part.label.key = Some(name.clone());
    }
    if params.terms.has_rates() {
        part.label.project = Some(name.clone());
    }
    let event = part.owner.as_ref().and_then(|owner| owner.event.as_ref());
    if let (Some(keep), Some((event, path, label))) = (&params.keep, event) {
        let context = Context { project: Some(name.clone()), ..params.lookup.context_of(path, label) };
        part.label.kept = keep.matches(event, &context);
    }
}

/// Sessions again: pieces of one run that touch.
fn regroup(who: &Who, mut pieces: Vec<Piece>) -> Vec<Session> {
    pieces.sort_by_key(|piece| (piece.part.from, piece.part.until));
    let mut sessions: Vec<(u64, Session)> = Vec::new();
    for Piece { run, part } in pieces {
        match sessions.last_mut() {
            Some((last, session)) if *last == run && session.end() == part.from => session.parts.push(part),
            _ => sessions.push((run, Session { who: who.clone(), parts: vec![part] })),
        }
    }
    sessions.into_iter().map(|(_, session)| session).collect()
}
