//! From when to when: the first and last time of what a query finds.

use super::walk::walk;
use super::zones::{Known, Times};
use std::sync::Arc;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::index::SegmentReader;
use tantivy::query::Weight;
use tantivy::{COLLECT_BLOCK_BUFFER_LEN, DocId, Score, SegmentOrdinal};
use workhours_base::budget::Budget;

/// The first and last time of the dated events that a query finds.
#[derive(Clone)]
pub(super) struct Spans {
    pub(super) times: Arc<Known>,
    pub(super) budget: Budget,
}

/// That of a segment.
pub(super) struct SegmentSpan {
    times: Arc<Times>,
    span: Option<(i64, i64)>,
}

impl SegmentSpan {
    fn block(&mut self, docs: &[DocId]) {
        if let Some((first, last)) = self.times.of_zone(docs)
            && last != i64::MAX
        {
            return self.widen(first, last);
        }
        let inside =
            |(first, last): (i64, i64)| self.span.is_some_and(|span| span.0 <= first && last <= span.1);
        if self.times.around(docs).is_some_and(inside) {
            return;
        }
        let mut times = [0; COLLECT_BLOCK_BUFFER_LEN];
        let times = &mut times[..docs.len()];
        self.times.read(docs, times);
        for time in times.iter().filter(|time| **time != i64::MAX) {
            self.widen(*time, *time);
        }
    }

    fn widen(&mut self, first: i64, last: i64) {
        let span = self.span.unwrap_or((first, last));
        self.span = Some((span.0.min(first), span.1.max(last)));
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
        Ok(SegmentSpan { times: self.times.of(reader)?, span: None })
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
