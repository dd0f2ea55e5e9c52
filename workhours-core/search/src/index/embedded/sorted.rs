//! The first events in the order of a field. Its terms are in order: they are walked over from one end, each with the
//! events found that have it, until there are as many as wanted. Durations are in a column, and each is compared.
//!
//! Titles, texts and addresses are in the index only as words: see [`sorts_by`].

use super::document::joined;
use super::schema::{DURATION, Fields, HASH, NONE, TIME};
use super::walk::walk;
use crate::index::order::{First, Place, sortable};
use crate::index::{SortBy, meta};
use std::sync::Arc;
use tantivy::columnar::ColumnValues;
use tantivy::index::SegmentReader;
use tantivy::query::{BitSetDocSet, EnableScoring, Query, Weight};
use tantivy::schema::{Field as Column, IndexRecordOption};
use tantivy::{BitSet, DocId, DocSet, Searcher, TERMINATED};
use workhours_base::budget::Budget;
use workhours_event::EventId;
use workhours_query::Field;

/// Terms between two looks at the clock.
const BETWEEN_LOOKS: usize = 1_000;

/// Whether the index has the values of a field as a whole.
pub(super) fn sorts_by(field: &Field) -> bool {
    !matches!(field, Field::Title | Field::Text | Field::Url | Field::Referrer)
}

/// A search for the first events in the order of a field.
pub(super) struct Sorted<'s> {
    pub(super) fields: Fields,
    pub(super) by: &'s SortBy,
    /// The place behind which they are.
    pub(super) after: Option<Place>,
    /// How many are wanted.
    pub(super) most: usize,
    pub(super) budget: &'s Budget,
}

/// The ids of a segment's events.
struct Ids {
    times: Arc<dyn ColumnValues<i64>>,
    hashes: Arc<dyn ColumnValues<u64>>,
}

impl Ids {
    fn of(&self, doc: DocId) -> EventId {
        EventId(joined(self.times.get_val(doc), self.hashes.get_val(doc)).to_be_bytes())
    }
}

impl Sorted<'_> {
    /// The first places, and how many events there are in all; `None` if time ran out.
    pub(super) fn search(
        &self,
        searcher: &Searcher,
        query: &dyn Query,
    ) -> tantivy::Result<Option<(First, u64)>> {
        let weight = query.weight(EnableScoring::disabled_from_searcher(searcher))?;
        let (mut first, mut total) = (First::new(self.most, self.after.clone()), 0);
        for reader in searcher.segment_readers() {
            match self.segment(&*weight, reader, &mut first)? {
                Some(n) => total += n,
                None => return Ok(None),
            }
        }
        Ok(Some((first, total)))
    }

    /// Offers the first places of a segment; returns how many events match there.
    fn segment(
        &self,
        weight: &dyn Weight,
        reader: &SegmentReader,
        first: &mut First,
    ) -> tantivy::Result<Option<u64>> {
        let (mut found, mut total) = (BitSet::with_max_value(reader.max_doc()), 0);
        let complete = walk(weight, reader, self.budget, |docs| {
            total += docs.len() as u64;
            for doc in docs {
                found.insert(*doc);
            }
        })?;
        let columns = reader.fast_fields();
        let ids = Ids { times: columns.i64(TIME)?.values, hashes: columns.u64(HASH)?.values };
        let complete = complete
            && match self.by.field() {
                Field::Duration => {
                    let durations = columns.i64(DURATION)?;
                    each(found, |doc| {
                        first.offer(self.by.place(durations.first(doc).map(sortable), ids.of(doc)));
                    });
                    true
                }
                field => self.terms(reader, (field, found), &ids, first)?,
            };
        Ok(complete.then_some(total))
    }

    /// Offers events by the terms of a field, in order, and then those that have none. Returns whether time was enough.
    fn terms(
        &self,
        reader: &SegmentReader,
        (field, mut found): (&Field, BitSet),
        ids: &Ids,
        first: &mut First,
    ) -> tantivy::Result<bool> {
        let (column, start) = self.column(field);
        let index = reader.inverted_index(column)?;
        let mut range = index.terms().range();
        if !start.is_empty() {
            // Those of a key end with NUL; none begins with what is above that.
            range = range.ge(&start).lt(format!("{}\u{1}", start.trim_end_matches('\0')));
        }
        let mut stream = if self.by.descending() { range.backward() } else { range }.into_stream()?;
        // Values that differ only beyond what is compared are one. Each has as many events as are wanted of the segment.
        let (mut value, mut offered, mut looked_at) = (String::new(), 0, 0);
        while stream.advance() {
            let Ok(term) = std::str::from_utf8(stream.key()) else { continue };
            let Some(of_term) = self.value(field, term) else { continue };
            let is_next = of_term != value;
            if is_next && offered >= self.most {
                return Ok(true);
            }
            if is_next {
                of_term.clone_into(&mut value);
            }
            looked_at += 1;
            if looked_at % BETWEEN_LOOKS == 0 && self.budget.is_spent() {
                return Ok(false);
            }
            let mut postings =
                index.read_block_postings_from_terminfo(stream.value(), IndexRecordOption::Basic)?;
            while !postings.docs().is_empty() {
                for doc in postings.docs().iter().filter(|doc| found.contains(**doc)) {
                    let place = self.by.place(Some(value.clone()), ids.of(*doc));
                    offered += usize::from(self.after.as_ref().is_none_or(|after| place > *after));
                    first.offer(place);
                }
                // Of several values the first one counts.
                for doc in postings.docs() {
                    found.remove(*doc);
                }
                postings.advance();
            }
        }
        if offered < self.most {
            each(found, |doc| first.offer(self.by.place(None, ids.of(doc))));
        }
        Ok(true)
    }

    /// The field whose terms have the values, and what they begin with.
    fn column(&self, field: &Field) -> (Column, String) {
        let f = self.fields;
        match field {
            Field::Meta(key) => (f.meta, meta::of_key(key)),
            Field::Source => (f.source, String::new()),
            Field::Kind => (f.kind, String::new()),
            Field::Host => (f.host, String::new()),
            Field::Peer => (f.peer, String::new()),
            Field::User => (f.user, String::new()),
            Field::Domain => (f.domain, String::new()),
            Field::Agent => (f.agent, String::new()),
            _ => (f.tag, String::new()),
        }
    }

    /// The value of a term, as far as it is compared; `None` for one that isn't a value.
    fn value<'t>(&self, field: &Field, term: &'t str) -> Option<&'t str> {
        let value = match field {
            Field::Meta(key) => meta::sorted(key, term)?,
            _ => Some(term).filter(|term| *term != NONE)?,
        };
        Some(self.by.compared(value))
    }
}

/// Calls a function with each event of a set.
fn each(docs: BitSet, mut call: impl FnMut(DocId)) {
    let mut docs = BitSetDocSet::from(docs);
    while docs.doc() != TERMINATED {
        call(docs.doc());
        docs.advance();
    }
}
