//! Counting what a query finds: by stretch of time, by field.
//!
//! Names have columns of numbers, and are counted in a table as long as the segment's dictionary. Tags and `meta` have
//! terms only: their lists are held against the set of events found.

use super::schema::TIME;
use super::walk::walk;
use crate::index::{Budget, CountAsk};
use std::sync::Arc;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{ColumnValues, StrColumn};
use tantivy::index::SegmentReader;
use tantivy::query::Weight;
use tantivy::{BitSet, COLLECT_BLOCK_BUFFER_LEN, DocId, Score, SegmentOrdinal};

/// Fields of a stretch and a value, at most: more are counted undivided.
const MOST_CELLS: usize = 1 << 20;

/// What is collected.
#[derive(Clone)]
pub(super) struct Counting {
    pub(super) ask: CountAsk,
    /// The column that divides the stretches.
    pub(super) split: Option<String>,
    /// The columns to be counted.
    pub(super) columns: Vec<String>,
    /// Whether the set of events found is needed.
    pub(super) docs: bool,
    pub(super) budget: Budget,
}

/// Values of a column, by number in the segment's dictionary.
pub(super) struct Column {
    pub(super) names: Option<StrColumn>,
    values: Arc<dyn ColumnValues<u64>>,
    pub(super) counts: Vec<u64>,
}

impl Column {
    fn open(reader: &SegmentReader, name: &str) -> tantivy::Result<Self> {
        let names = reader.fast_fields().str(name)?;
        let values = match &names {
            Some(names) => names.ords().clone().first_or_default_col(0),
            None => tantivy::columnar::Column::build_empty_column(reader.max_doc()).first_or_default_col(0),
        };
        let terms = names.as_ref().map_or(0, |names| names.dictionary().num_terms());
        Ok(Self { names, values, counts: vec![0; terms.max(1)] })
    }
}

/// The counts of a segment.
pub(super) struct SegmentCounts {
    pub(super) ord: SegmentOrdinal,
    ask: CountAsk,
    pub(super) total: u64,
    times: Arc<dyn ColumnValues<i64>>,
    pub(super) split: Option<Column>,
    /// By stretch, and within it by number in the dictionary of `split`.
    pub(super) bars: Vec<u64>,
    pub(super) columns: Vec<Column>,
    pub(super) docs: Option<BitSet>,
    pub(super) complete: bool,
}

impl SegmentCounts {
    fn block(&mut self, docs: &[DocId]) {
        self.total += docs.len() as u64;
        let mut numbers = [0; COLLECT_BLOCK_BUFFER_LEN];
        let numbers = &mut numbers[..docs.len()];
        if let Some(edges) = &self.ask.edges {
            let mut times = [0; COLLECT_BLOCK_BUFFER_LEN];
            self.times.get_vals(docs, &mut times[..docs.len()]);
            let width = match &self.split {
                Some(split) => {
                    split.values.get_vals(docs, numbers);
                    split.counts.len()
                }
                None => 1,
            };
            for (time, number) in times.iter().zip(numbers.iter()) {
                if let Some(at) = edges.find(*time) {
                    self.bars[at * width + *number as usize] += 1;
                }
            }
        }
        for column in &mut self.columns {
            column.values.get_vals(docs, numbers);
            for number in numbers.iter() {
                column.counts[*number as usize] += 1;
            }
        }
        if let Some(set) = &mut self.docs {
            for doc in docs {
                set.insert(*doc);
            }
        }
    }
}

impl SegmentCollector for SegmentCounts {
    type Fruit = Self;

    fn collect(&mut self, doc: DocId, _: Score) {
        self.block(&[doc]);
    }

    fn harvest(self) -> Self {
        self
    }
}

impl Collector for Counting {
    type Fruit = Vec<SegmentCounts>;
    type Child = SegmentCounts;

    fn for_segment(&self, ord: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<SegmentCounts> {
        let stretches = self.ask.edges.as_ref().map_or(0, |edges| edges.len());
        let split = self.split.as_ref().map(|name| Column::open(reader, name)).transpose()?;
        let split = split.filter(|split| split.counts.len() * stretches <= MOST_CELLS);
        let width = split.as_ref().map_or(1, |split| split.counts.len());
        let columns: tantivy::Result<_> =
            self.columns.iter().map(|name| Column::open(reader, name)).collect();
        Ok(SegmentCounts {
            ord,
            ask: self.ask.clone(),
            total: 0,
            times: reader.fast_fields().i64(TIME)?.values,
            split,
            bars: vec![0; stretches * width],
            columns: columns?,
            docs: self.docs.then(|| BitSet::with_max_value(reader.max_doc())),
            complete: true,
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn collect_segment(
        &self,
        weight: &dyn Weight,
        ord: u32,
        reader: &SegmentReader,
    ) -> tantivy::Result<SegmentCounts> {
        let mut counts = self.for_segment(ord, reader)?;
        counts.complete = walk(weight, reader, &self.budget, |docs| counts.block(docs))?;
        Ok(counts)
    }

    fn merge_fruits(&self, fruits: Vec<SegmentCounts>) -> tantivy::Result<Vec<SegmentCounts>> {
        Ok(fruits)
    }
}

/// The first and last time of the dated events that a query finds.
#[derive(Clone)]
pub(super) struct Spans {
    pub(super) budget: Budget,
}

/// That of a segment.
pub(super) struct SegmentSpan {
    times: Arc<dyn ColumnValues<i64>>,
    span: Option<(i64, i64)>,
}

impl SegmentSpan {
    fn block(&mut self, docs: &[DocId]) {
        let mut times = [0; COLLECT_BLOCK_BUFFER_LEN];
        self.times.get_vals(docs, &mut times[..docs.len()]);
        for time in times[..docs.len()].iter().filter(|time| **time != i64::MAX) {
            let (first, last) = self.span.unwrap_or((*time, *time));
            self.span = Some((first.min(*time), last.max(*time)));
        }
    }
}

impl SegmentCollector for SegmentSpan {
    type Fruit = Option<(i64, i64)>;

    fn collect(&mut self, doc: DocId, _: Score) {
        self.block(&[doc]);
    }

    fn harvest(self) -> Self::Fruit {
        self.span
    }
}

impl Collector for Spans {
    type Fruit = Option<(i64, i64)>;
    type Child = SegmentSpan;

    fn for_segment(&self, _: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<SegmentSpan> {
        Ok(SegmentSpan { times: reader.fast_fields().i64(TIME)?.values, span: None })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn collect_segment(
        &self,
        weight: &dyn Weight,
        ord: u32,
        reader: &SegmentReader,
    ) -> tantivy::Result<Option<(i64, i64)>> {
        let mut span = self.for_segment(ord, reader)?;
        walk(weight, reader, &self.budget, |docs| span.block(docs))?;
        Ok(span.harvest())
    }

    fn merge_fruits(&self, fruits: Vec<Option<(i64, i64)>>) -> tantivy::Result<Option<(i64, i64)>> {
        Ok(fruits.into_iter().flatten().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))))
    }
}
