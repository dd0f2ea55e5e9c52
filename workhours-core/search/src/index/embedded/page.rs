//! The first events of an order that a query finds after a place, and how many it finds in all.

use super::document::joined;
use super::schema::{HASH, TIME};
use super::walk::walk;
use crate::index::{Hit, Order, PageAsk, Rank};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::ColumnValues;
use tantivy::index::SegmentReader;
use tantivy::query::Weight;
use tantivy::{COLLECT_BLOCK_BUFFER_LEN, DocId, Score, SegmentOrdinal};
use workhours_base::budget::Budget;
use workhours_event::EventId;

/// The collected hits.
#[derive(Clone)]
pub(super) struct Pages {
    pub(super) ask: PageAsk,
    pub(super) budget: Budget,
}

/// The result: the hits in order, one more than requested if there are more; how many in all; whether all were read.
pub(super) struct Found {
    pub(super) hits: Vec<Hit>,
    pub(super) total: u64,
    pub(super) complete: bool,
}

/// The position of an event in an order: the greatest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Bits of the score that sort as scores do; they are never negative.
    score: u32,
    /// From the id, see [`rank`].
    rank: u128,
}

/// An id as a number, of which the greatest is first.
fn rank(order: &Order, id: u128) -> u128 {
    const UNDATED: u128 = u128::MAX << 64;
    match order {
        Order::Oldest => !id,
        // Undated ones are last, below all dates.
        _ if id >= UNDATED => id & !UNDATED,
        _ => id,
    }
}

fn id_of(order: &Order, rank: u128) -> u128 {
    const UNDATED: u128 = u128::MAX << 64;
    match order {
        Order::Oldest => !rank,
        _ if rank >> 64 == 0 => rank | UNDATED,
        _ => rank,
    }
}

impl Pages {
    fn after(&self) -> Option<Place> {
        self.ask.after.as_ref().map(|after| Place {
            score: after.score().unwrap_or_default().to_bits(),
            rank: rank(&self.ask.order, u128::from_be_bytes(after.id.0)),
        })
    }
}

/// The best places of a segment so far.
pub(super) struct Best {
    order: Order,
    after: Option<Place>,
    /// How many are kept.
    most: usize,
    heap: BinaryHeap<Reverse<Place>>,
    total: u64,
    complete: bool,
    times: Arc<dyn ColumnValues<i64>>,
    hashes: Arc<dyn ColumnValues<u64>>,
}

impl Best {
    fn offer(&mut self, place: Place) {
        if self.after.is_some_and(|after| place >= after) {
            return;
        }
        if self.heap.len() < self.most {
            self.heap.push(Reverse(place));
        } else if let Some(mut least) = self.heap.peek_mut()
            && place > least.0
        {
            *least = Reverse(place);
        }
    }

    /// Whether an event of this time can be among the best: most cannot, and need no second look.
    fn hopeful(&self, time: i64) -> bool {
        let least_of_time = rank(&self.order, joined(time, 0)) >> 64;
        let above = self.after.is_none_or(|after| least_of_time <= after.rank >> 64);
        above
            && (self.heap.len() < self.most
                || self.heap.peek().is_none_or(|least| least_of_time >= least.0.rank >> 64))
    }

    fn block(&mut self, docs: &[DocId]) {
        self.total += docs.len() as u64;
        let mut times = [0; COLLECT_BLOCK_BUFFER_LEN];
        self.times.get_vals(docs, &mut times[..docs.len()]);
        for (doc, time) in docs.iter().zip(times) {
            if self.hopeful(time) {
                let id = joined(time, self.hashes.get_val(*doc));
                self.offer(Place { score: 0, rank: rank(&self.order, id) });
            }
        }
    }
}

impl SegmentCollector for Best {
    type Fruit = (Vec<Place>, u64, bool);

    fn collect(&mut self, doc: DocId, score: Score) {
        self.total += 1;
        let id = joined(self.times.get_val(doc), self.hashes.get_val(doc));
        self.offer(Place { score: score.max(0.0).to_bits(), rank: rank(&self.order, id) });
    }

    fn harvest(self) -> Self::Fruit {
        (self.heap.into_iter().map(|place| place.0).collect(), self.total, self.complete)
    }
}

impl Collector for Pages {
    type Fruit = Found;
    type Child = Best;

    fn for_segment(&self, _: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<Best> {
        Ok(Best {
            order: self.ask.order.clone(),
            after: self.after(),
            most: self.ask.size + 1,
            heap: BinaryHeap::with_capacity(self.ask.size + 1),
            total: 0,
            complete: true,
            times: reader.fast_fields().i64(TIME)?.values,
            hashes: reader.fast_fields().u64(HASH)?.values,
        })
    }

    fn requires_scoring(&self) -> bool {
        self.ask.order == Order::Relevance
    }

    fn collect_segment(
        &self,
        weight: &dyn Weight,
        ord: u32,
        reader: &SegmentReader,
    ) -> tantivy::Result<(Vec<Place>, u64, bool)> {
        let mut best = self.for_segment(ord, reader)?;
        if self.requires_scoring() {
            weight.for_each(reader, &mut |doc, score| {
                if !reader.is_deleted(doc) {
                    best.collect(doc, score);
                }
            })?;
        } else {
            best.complete = walk(weight, reader, &self.budget, |docs| best.block(docs))?;
        }
        Ok(best.harvest())
    }

    fn merge_fruits(&self, fruits: Vec<(Vec<Place>, u64, bool)>) -> tantivy::Result<Found> {
        let total = fruits.iter().map(|(_, total, _)| total).sum();
        let complete = fruits.iter().all(|(.., complete)| *complete);
        let mut places: Vec<Place> = fruits.into_iter().flat_map(|(places, ..)| places).collect();
        places.sort_unstable_by_key(|place| Reverse(*place));
        places.truncate(self.ask.size + 1);
        let scored = self.requires_scoring();
        let hit = |place: &Place| Hit {
            id: EventId(id_of(&self.ask.order, place.rank).to_be_bytes()),
            rank: if scored { Rank::Score(f32::from_bits(place.score)) } else { Rank::Time },
        };
        Ok(Found { hits: places.iter().map(hit).collect(), total, complete })
    }
}
