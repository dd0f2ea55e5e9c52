//! What a report asks of events, and the two engines that answer: the columns, if they have the present state of the
//! database, and the events themselves. Both give the same rows in the same order.
//!
//! A report says which events it reads and what its *key* of an event follows from: the texts, the project, the input.
//! Columns call [`Collect::key`] once for all rows with the same texts; then a row costs a few nanoseconds. What differs
//! from row to row, such as times and sizes, is in the [`Row`].

pub(crate) mod columnar;
mod events;

pub(crate) use events::{answer as read_events, number_of};

use super::ReportParams;
use workhours_base::error::{Error, Result};
use workhours_base::table::Note;
use workhours_event::StoredEvent;
use workhours_store::{EventFilter, Store, Wanted};

/// Which events a report reads, and what of them.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) filter: EventFilter,
    pub(crate) reads: Reads,
}

/// What a report reads of an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reads {
    /// The texts its key follows from, in addition to the kind and the source. Of `meta`, only [`keys`](Self::keys) are
    /// there.
    pub(crate) texts: Wanted,
    /// The keys of `meta` its key follows from.
    pub(crate) keys: &'static [&'static str],
    /// Whether its key follows from the input.
    pub(crate) input: bool,
    /// Whether its key follows from the flags.
    pub(crate) flags: bool,
    /// The key of `meta` whose number is read with each row.
    pub(crate) number: Option<&'static str>,
    /// Whether durations and precisions are read.
    pub(crate) span: bool,
}

impl Reads {
    /// Only times, kinds and sources.
    pub(crate) const NOTHING: Self =
        Self { texts: Wanted::NONE, keys: &[], input: false, flags: false, number: None, span: false };

    /// The columns of the table of events that have all of it.
    fn wanted(&self) -> Wanted {
        let meta = self.texts.meta || !self.keys.is_empty() || self.number.is_some();
        Wanted { meta, ..self.texts }
    }
}

/// What differs between events with the same key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// µs since the Unix epoch; `None` for an undated event.
    pub(crate) date: Option<i64>,
    /// µs, if it is asked for and known.
    pub(crate) duration_us: Option<i64>,
    /// How exact the date is, if it is asked for.
    pub(crate) precision: i16,
    /// The whole number in the key of `meta` that is asked for, if there is one.
    pub(crate) number: Option<i64>,
}

/// Takes the rows of an answer, in order of time; undated ones come last.
pub(crate) trait Collect {
    /// What rows count for. It follows from what [`Reads`] names, and from nothing else.
    type Key;

    /// The key of an event that has only what was asked for, and the label of its input.
    fn key(&mut self, event: &StoredEvent, label: &str) -> Self::Key;

    /// One more row with a key.
    fn add(&mut self, row: &Row, key: &Self::Key);
}

/// Answers a question. Begins again with the events if columns turn out to be damaged, and notes that.
///
/// # Errors
/// Database errors.
pub(crate) fn ask<C: Collect>(
    store: &mut Store,
    params: &ReportParams,
    question: &Question,
    new: impl Fn() -> C,
) -> Result<(C, Vec<Note>)> {
    let mut notes = Vec::new();
    if let Some(columns) = columnar::of(store, params)? {
        let mut collect = new();
        match columnar::answer(&columns, store, question, &mut collect) {
            Ok(true) => return Ok((collect, notes)),
            Ok(false) => {}
            Err(e) => notes.push(damaged(&e)),
        }
    }
    let mut collect = new();
    read_events(store, question, &mut collect)?;
    Ok((collect, notes))
}

/// The note on columns that can't be read.
pub(crate) fn damaged(e: &Error) -> Note {
    Note::new(e.full_message()).hint(e.hint_text().unwrap_or_default())
}
