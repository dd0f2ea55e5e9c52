//! Counting what a query finds: by interval of time, by field.
//!
//! Names have columns of numbers, and are counted in a table as long as the segment's dictionary. Tags and `meta` have
//! only terms: their lists are intersected with the set of events found.

use super::bars::Bars;
use super::walk::walk;
use super::zones::{Known, Times};
use crate::index::CountAsk;
use crate::index::time_buckets::TimeBuckets;
use std::sync::Arc;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{ColumnValues, StrColumn};
use tantivy::index::SegmentReader;
use tantivy::query::Weight;
use tantivy::{BitSet, COLLECT_BLOCK_BUFFER_LEN, DocId, Score, SegmentOrdinal};
use workhours_base::budget::Budget;

/// The collected counts.
#[derive(Clone)]
pub(super) struct Counting {
    pub(super) ask: CountAsk,
    /// The column that divides the stretches.
    pub(super) split: Option<String>,
    /// The columns to be counted.
    pub(super) columns: Vec<String>,
    /// Whether the set of events found is needed.
    pub(super) docs: bool,
    pub(super) times: Arc<Known>,
    pub(super) budget: Budget,
}

/// Values of a column, by number in the segment's dictionary.
pub(super) struct Column {
    pub(super) names: Option<StrColumn>,
    /// `None` when there is but one value.
    values: Option<Arc<dyn ColumnValues<u64>>>,
    pub(super) counts: Vec<u64>,
}

impl Column {
    fn open(reader: &SegmentReader, name: &str) -> tantivy::Result<Self> {
        let names = reader.fast_fields().str(name)?;
        let terms = names.as_ref().map_or(0, |names| names.dictionary().num_terms());
        // Every event has one value, which may be the mark for none. The column itself is fastest then.
        let values = names.as_ref().filter(|_| terms > 1).map(|names| match names.ords() {
            ords if ords.get_cardinality().is_full() => ords.values.clone(),
            ords => ords.clone().first_or_default_col(0),
        });
        Ok(Self { names, values, counts: vec![0; terms.max(1)] })
    }

    /// The numbers of events.
    fn read(&self, docs: &[DocId], numbers: &mut [u64]) {
        match &self.values {
            Some(values) => values.get_vals(docs, numbers),
            None => numbers.fill(0),
        }
    }

    fn count(&mut self, docs: &[DocId]) {
        if self.values.is_none() {
            self.counts[0] += docs.len() as u64;
            return;
        }
        let mut numbers = [0; COLLECT_BLOCK_BUFFER_LEN];
        let numbers = &mut numbers[..docs.len()];
        self.read(docs, numbers);
        for number in numbers {
            self.counts[*number as usize] += 1;
        }
    }
}

/// The counts of a segment.
pub(super) struct SegmentCounts {
    pub(super) ord: SegmentOrdinal,
    ask: CountAsk,
    pub(super) total: u64,
    times: Arc<Times>,
    pub(super) split: Option<Column>,
    pub(super) bars: Bars,
    pub(super) columns: Vec<Column>,
    pub(super) docs: Option<BitSet>,
    pub(super) complete: bool,
}

impl SegmentCounts {
    fn block(&mut self, docs: &[DocId]) {
        self.total += docs.len() as u64;
        if let Some(edges) = self.ask.edges.take() {
            self.bars(&edges, docs);
            self.ask.edges = Some(edges);
        }
        for column in &mut self.columns {
            column.count(docs);
        }
        if let Some(set) = &mut self.docs {
            for doc in docs {
                set.insert(*doc);
            }
        }
    }

    fn bars(&mut self, edges: &TimeBuckets, docs: &[DocId]) {
        let mut numbers = [0; COLLECT_BLOCK_BUFFER_LEN];
        let numbers = &mut numbers[..docs.len()];
        let width = match &self.split {
            Some(split) => {
                split.read(docs, numbers);
                split.counts.len()
            }
            None => 1,
        };
        let around = self.times.around(docs).map(|(first, last)| (edges.find(first), edges.find(last)));
        if let Some((Some(at), Some(same))) = around
            && at == same
        {
            match width {
                1 => self.bars.add(at, 0, docs.len() as u64),
                _ => numbers.iter().for_each(|number| self.bars.add(at, *number, 1)),
            }
            return;
        }
        let mut times = [0; COLLECT_BLOCK_BUFFER_LEN];
        let times = &mut times[..docs.len()];
        self.times.read(docs, times);
        for (time, number) in times.iter().zip(numbers.iter()) {
            if let Some(at) = edges.find(*time) {
                self.bars.add(at, *number, 1);
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
        let width = split.as_ref().map_or(1, |split| split.counts.len());
        let columns: tantivy::Result<_> =
            self.columns.iter().map(|name| Column::open(reader, name)).collect();
        Ok(SegmentCounts {
            ord,
            ask: self.ask.clone(),
            total: 0,
            times: self.times.of(reader)?,
            split,
            bars: Bars::new(stretches, width),
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
