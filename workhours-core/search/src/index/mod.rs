//! Searching: the questions and results of an index of the events. The [`Index`] trait hides the engine: `embedded`
//! keeps an index in its own files. [`Scan`] reads the database itself, slower and with a deadline, and returns the
//! same results.
//!
//! An index is a cache of the database. It knows events by their identity and searchable fields; the events themselves
//! are read from the store. It never decides what a question means: `query` does, and its filter (`Expr::matches`) is
//! the authority that every engine is tested against.

mod checkpoint;
#[cfg(feature = "elasticsearch")]
mod elasticsearch;
#[cfg(feature = "embedded")]
mod embedded;
mod engine;
mod highlight;
mod meta;
mod order;
mod rounds;
mod scan;
mod time_buckets;

#[cfg(test)]
#[cfg(feature = "embedded")]
mod tests;

pub use engine::{IndexAccess, IndexWriter, Priority, Progress, SearchIndex, Status, Watch, open};
pub use highlight::{Highlights, Segment};
pub(crate) use order::First;
pub use order::{After, Hit, Order, PageAsk, Rank, SortBy};
pub(crate) use scan::walk;
pub use scan::{Scan, values_of};
pub use time_buckets::{Cut, MAX_BARS, Step, TimeBuckets, edges_of};
use workhours_base::budget::Budget;

use std::sync::Arc;
use workhours_base::error::{Error, Result};
use workhours_query::{Expr, Field, Lookup};
use workhours_store::Seq;

/// A question about events.
#[derive(Clone, Debug)]
pub struct Question {
    /// The condition.
    pub expr: Expr,
    /// Only those that had been committed with this batch or before it; `None` for all there are.
    pub as_of: Option<Seq>,
    /// How projects and persons are determined.
    pub lookup: Lookup,
}

impl Question {
    /// All events of which this is true.
    pub fn of(expr: Expr) -> Self {
        Self { expr, as_of: None, lookup: Lookup::default() }
    }

    /// Whether only the database can run it: an index has stored fields, not those that follow from rules of the
    /// config.
    pub fn needs_database(&self) -> bool {
        self.expr.asks_for(&|field| !is_indexed(field))
    }
}

/// Whether an index knows a field.
pub fn is_indexed(field: &Field) -> bool {
    !matches!(field, Field::Project | Field::Person | Field::Input | Field::Label)
}

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// This many, or more if it isn't exact.
    pub value: u64,
    /// Whether there are exactly that many.
    pub exact: bool,
}

/// A page of events.
#[derive(Clone, Debug)]
pub struct HitPage {
    /// The events, in order.
    pub hits: Vec<Hit>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<After>,
    /// How many events the question is true of, on this page and all others.
    pub total: Total,
    /// The batch up to which the index knew the events.
    pub as_of: Seq,
    /// Whether all were read; otherwise time ran out.
    pub complete: bool,
}

impl HitPage {
    /// A page in the order of a field, of all events that match.
    pub(crate) fn of_first(first: order::First, ask: &PageAsk, total: u64, as_of: Seq) -> Self {
        let mut hits = first.into_hits();
        let more = hits.len() > ask.size;
        hits.truncate(ask.size);
        let next = hits.last().filter(|_| more).map(Hit::position);
        Self { hits, next, total: Total { value: total, exact: true }, as_of, complete: true }
    }
}

/// The error of a search that must read all matching events to sort them, and can't in time: a part would be in a wrong
/// order.
pub(crate) fn out_of_time(by: &SortBy) -> Error {
    let name = by.field().name();
    Error::limit_exceeded(format!("time ran out before all events that match were sorted by {name}"))
        .hint("narrow the search down, or sort by date")
}

/// What to count.
#[derive(Clone, Debug, Default)]
pub struct CountAsk {
    /// The intervals to count events in; `None` for no such counts.
    pub edges: Option<Arc<TimeBuckets>>,
    /// A field that divides each interval by its values: see [`dividing_field`].
    pub split: Option<Field>,
    /// Fields, and how many of their most frequent values.
    pub facets: Vec<(Field, usize)>,
}

/// A field's most frequent values.
#[derive(Clone, Debug, PartialEq)]
pub struct Facet {
    /// The field.
    pub field: Field,
    /// The values with their counts, the most frequent first; equal ones by name. `None` are events without one.
    pub values: Vec<(Option<String>, u64)>,
    /// How many events have other values.
    pub others: u64,
}

/// The values that bars are divided by; `None` are events without one, and all if no field divides them.
pub type Series = Vec<Option<String>>;

/// Counts of events.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// How many there are in all.
    pub total: u64,
    /// By interval and value of the dividing field: `bars[interval]` has a count for each of `series`.
    pub bars: Vec<Vec<u64>>,
    /// The values the bars are divided by.
    pub series: Series,
    /// By field.
    pub facets: Vec<Facet>,
    /// The batch up to which the index knew the events.
    pub as_of: Seq,
    /// Whether all were read; otherwise time ran out.
    pub complete: bool,
}

/// The current state of an index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The batch up to which it knows the events.
    pub as_of: Seq,
    /// How many events it knows.
    pub events: u64,
    /// Its disk usage.
    pub bytes: u64,
}

/// Answers questions about events. Several threads may ask at once.
pub trait Index: Send + Sync {
    /// A page of the events a question is true of.
    ///
    /// # Errors
    /// A usage error for something this engine doesn't support, and engine errors.
    fn page(&self, question: &Question, ask: &PageAsk, budget: &Budget) -> Result<HitPage>;

    /// Whether it finds the first events in the order of a field without reading each of them.
    fn sorts_by(&self, field: &Field) -> bool;

    /// How many events match a question, and the last batch in the index; `None` if counting isn't much faster than
    /// reading each.
    ///
    /// # Errors
    /// Engine errors.
    fn total(&self, question: &Question) -> Result<Option<(u64, Seq)>> {
        let _ = question;
        Ok(None)
    }

    /// How many events a question is true of, by time and by fields.
    ///
    /// # Errors
    /// A usage error for something this engine doesn't support, and engine errors.
    fn counts(&self, question: &Question, ask: &CountAsk, budget: &Budget) -> Result<Counts>;

    /// The times of the first and the last dated event that match; `None` if there are none.
    ///
    /// # Errors
    /// Engine errors.
    fn span(&self, question: &Question, budget: &Budget) -> Result<Option<(i64, i64)>>;

    /// Values of a field that begin like this, the most frequent first, with how many events have them.
    ///
    /// # Errors
    /// Engine errors.
    fn values(&self, field: &Field, start: &str, most: usize) -> Result<Vec<(String, u64)>>;
}

/// The fields for facets, in addition to keys of `meta`.
pub const FACETS: [Field; 11] = [
    Field::Source,
    Field::Kind,
    Field::Host,
    Field::Peer,
    Field::User,
    Field::Person,
    Field::Project,
    Field::Domain,
    Field::Tag,
    Field::Input,
    Field::Label,
];

/// Rejects a facet with too many values, or none.
///
/// # Errors
/// A usage error that names those that can be.
pub fn facet_field(field: &Field) -> Result<()> {
    if FACETS.contains(field) || matches!(field, Field::Meta(_)) {
        return Ok(());
    }
    let names: Vec<String> = FACETS.iter().map(Field::name).collect();
    Err(Error::usage(format!("the values of {} cannot be counted", field.name()))
        .hint(format!("those of {}, or of a key such as status or meta.KEY, can", names.join(", "))))
}

/// Rejects a field that can't divide a histogram: one with too many values, or several of one event.
///
/// # Errors
/// A usage error that names those that can.
pub fn dividing_field(field: &Field) -> Result<()> {
    let divides = |field: &Field| FACETS.contains(field) && *field != Field::Tag;
    if divides(field) {
        return Ok(());
    }
    let names: Vec<String> = FACETS.iter().filter(|field| divides(field)).map(Field::name).collect();
    Err(Error::usage(format!("a histogram cannot be divided by {}", field.name()))
        .hint(format!("it can by {}", names.join(", "))))
}

/// The error of a histogram with more bars than memory is spent on.
pub(crate) fn too_many_bars(field: &Field) -> Error {
    Error::limit_exceeded(format!("a histogram by {} would have too many bars", field.name()))
        .hint("ask for fewer events, for longer intervals, or for --facet instead")
}
