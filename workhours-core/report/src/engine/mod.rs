//! What a report asks of events, and the two engines that answer: the columns, if they have the present state of the
//! database, and the events themselves. Both give the same rows in the same order.
//!
//! A report says which events it reads and what its *keys* of an event follow from: texts, the project, the input.
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
#[derive(Clone, Debug, Default)]
pub(crate) struct Reads {
    /// What each of its keys follows from. Several keys from few texts are better than one from all: there are fewer
    /// different ones.
    pub(crate) keys: Vec<Fields>,
    /// The key of `meta` whose number is read with each row.
    pub(crate) number: Option<&'static str>,
    /// Whether durations and precisions are read.
    pub(crate) span: bool,
}

/// What a key of an event follows from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    /// Its texts and its project. Of `meta`, only these [`keys`](Self::meta) are there.
    pub(crate) texts: Wanted,
    /// Keys of `meta`.
    pub(crate) meta: &'static [&'static str],
    /// The input, and its label.
    pub(crate) input: bool,
    /// The flags.
    pub(crate) flags: bool,
}

impl Fields {
    /// Nothing: all events have the same key.
    pub(crate) const NONE: Self = Self { texts: Wanted::NONE, meta: &[], input: false, flags: false };

    /// These texts.
    pub(crate) const fn texts(texts: Wanted) -> Self {
        Self { texts, ..Self::NONE }
    }
}

impl Reads {
    /// What one key follows from.
    pub(crate) fn key(fields: Fields) -> Self {
        Self { keys: vec![fields], ..Self::default() }
    }

    /// The columns of the table of events that have all of it.
    fn wanted(&self) -> Wanted {
        let texts = self.keys.iter().fold(Wanted::NONE, |all, fields| all.and(fields.texts));
        let meta = self.number.is_some() || self.keys.iter().any(|fields| !fields.meta.is_empty());
        Wanted { meta: texts.meta || meta, ..texts }
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

/// The keys of a row, in the order of [`Reads::keys`].
pub(crate) struct Keys<'k, K> {
    all: &'k [Vec<K>],
    places: &'k [usize],
}

impl<'k, K> Keys<'k, K> {
    /// The first, which there must be.
    pub(crate) fn first(&self) -> &'k K {
        &self.all[0][self.places[0]]
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'k K> {
        self.all.iter().zip(self.places).map(|(keys, place)| &keys[*place])
    }
}

/// Takes the rows of an answer, in order of time; undated ones come last.
pub(crate) trait Collect {
    /// What rows count for. It follows from what [`Fields`] names, and from nothing else.
    type Key;

    /// The nth key of an event that has only what that one follows from, and the label of its input.
    fn key(&mut self, n: usize, event: &StoredEvent, label: &str) -> Self::Key;

    /// One more row with its keys.
    fn add(&mut self, row: &Row, keys: &Keys<'_, Self::Key>);
}

/// Whether sums are to be tried before columns: they are faster where they are up to date, and otherwise take long to be
/// brought up to date.
///
/// # Errors
/// Database errors.
pub(crate) fn prefers_sums(store: &mut Store, params: &ReportParams) -> Result<bool> {
    Ok(columnar::of(store, params)?.is_none() || store.rollups().due()?.is_empty())
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
