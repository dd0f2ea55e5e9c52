//! Traces from columns. Those of one person about one thing that follow each other without a gap are returned as one:
//! time between them has that owner in any case, so sessions are the same, and there are fewer to build them from.

use super::choice::{About, COMMAND, Choice};
use super::part::Cuts;
use super::trace::{Detail, Label, More, Origin, Trace};
use crate::engine::Question;
use crate::engine::columnar::{Rows, Shown};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use workhours_base::Text;
use workhours_base::error::Result;
use workhours_columns::{ABSENT, Column, Columns, MANY};
use workhours_store::{EventFilter, Store};

/// Reads traces from columns.
pub(super) struct ColumnTraces<'c> {
    columns: &'c Columns,
    rows: Rows<'c, u32>,
    abouts: Abouts,
    gap_us: i64,
    cuts: Cuts,
    open: Option<Run>,
}

/// What traces are about, and the number of each.
#[derive(Default)]
struct Abouts {
    all: Vec<About>,
    numbers: FxHashMap<About, u32>,
}

/// Traces that are returned as one.
struct Run {
    about: u32,
    kept: bool,
    start: i64,
    end: i64,
    events: u64,
    /// The next instant at which sessions are cut.
    edge: i64,
    first: Option<Shown>,
    last: Option<Shown>,
    sources: Vec<u32>,
}

impl<'c> ColumnTraces<'c> {
    /// `None` if columns don't have what is asked for.
    pub(super) fn new(
        columns: &'c Columns,
        store: &mut Store,
        choice: &Choice,
        filter: EventFilter,
        (gap_us, cuts): (i64, Cuts),
    ) -> Result<Option<Self>> {
        let Some(reads) = choice.reads() else { return Ok(None) };
        let question = Question { filter, reads };
        let rows = Rows::with(columns, store, &question, choice.keep(), choice.has_titles())?;
        Ok(rows.map(|rows| Self { columns, rows, abouts: Abouts::default(), gap_us, cuts, open: None }))
    }

    pub(super) fn next(&mut self, choice: &mut Choice) -> Result<Option<Trace>> {
        loop {
            let abouts = &mut self.abouts;
            let next = self.rows.next(|_, event, label| abouts.number(choice.about(event, label)))?;
            let Some((row, about)) = next.map(|(row, keys)| (row, *keys.first())) else {
                return self.open.take().map(|run| self.trace(run)).transpose();
            };
            let of = &self.abouts.all[about as usize];
            let Some((start, end)) = choice.span(of, row.date, row.precision, row.duration_us) else {
                continue;
            };
            let (kept, shown) = (self.rows.is_kept(), self.rows.shown());
            if let Some(run) = &mut self.open
                && run.joins(about, kept, (start, end), self.gap_us)
            {
                run.end = end;
                run.events += 1;
                run.show(shown);
                continue;
            }
            let (_, edge) = self.cuts.at(start);
            let mut run = Run {
                about,
                kept,
                start,
                end,
                events: 1,
                edge,
                first: shown,
                last: None,
                sources: Vec::new(),
            };
            run.show(shown);
            if let Some(before) = self.open.replace(run) {
                return self.trace(before).map(Some);
            }
        }
    }

    fn trace(&self, run: Run) -> Result<Trace> {
        let (who, key, project) = match &self.abouts.all[run.about as usize] {
            About::Mine { who, key, project } => (who.clone(), key.clone(), project.clone()),
            About::Nothing | About::Others => Default::default(),
        };
        let detail = run.first.map(|shown| self.detail(&shown)).transpose()?;
        let more = match run.last.filter(|_| run.events > 1) {
            None => None,
            Some(last) => {
                let sources: Result<Vec<Option<Text>>> =
                    run.sources.iter().map(|source| self.text(&Column::Source, *source)).collect();
                let sources = sources?.into_iter().flatten().collect();
                Some(More { last: Some(self.detail(&last)?), sources })
            }
        };
        let label = Label { key, project, kept: run.kept };
        Ok(Trace { who, start: run.start, end: run.end, events: run.events, label, detail, more })
    }

    fn detail(&self, shown: &Shown) -> Result<Arc<Detail>> {
        let command = match self.text(&Column::Kind, shown.kind)?.is_some_and(|kind| kind == COMMAND) {
            true => self.text(&Column::Text, shown.text)?,
            false => None,
        };
        let title = match command {
            Some(command) => Some(command),
            None => self.text(&Column::Title, shown.title)?,
        };
        let origin = Origin { file_id: shown.file_id, file_offset: shown.file_offset, id: shown.id };
        Ok(Arc::new(Detail {
            start: shown.start,
            source: self.text(&Column::Source, shown.source)?.unwrap_or_default(),
            title,
            origin: Some(origin),
            event: None,
        }))
    }

    fn text(&self, column: &Column, id: u32) -> Result<Option<Text>> {
        match self.columns.dictionary(column) {
            Some(dictionary) if id != ABSENT && id != MANY => Ok(Some(Text::from(&*dictionary.text(id)?))),
            _ => Ok(None),
        }
    }
}

impl Abouts {
    fn number(&mut self, about: About) -> u32 {
        let next = self.all.len() as u32;
        *self.numbers.entry(about).or_insert_with_key(|about| {
            self.all.push(about.clone());
            next
        })
    }
}

impl Run {
    /// Whether a trace changes nothing but how long this lasts. It ends no earlier than those before it, because
    /// otherwise a trace of something else that is still running may own what follows.
    fn joins(&self, about: u32, kept: bool, (start, end): (i64, i64), gap_us: i64) -> bool {
        self.about == about
            && self.kept == kept
            && end >= self.end
            && start < self.edge
            && start.saturating_sub(self.end) <= gap_us
    }

    fn show(&mut self, shown: Option<Shown>) {
        let Some(shown) = shown else { return };
        self.last = Some(shown);
        if !self.sources.contains(&shown.source) {
            self.sources.push(shown.source);
        }
    }
}
