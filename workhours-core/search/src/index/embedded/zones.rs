//! The time range of the events in each zone of a segment. It is read once; then most events of a segment can be
//! counted without reading their times, because they are nearly in order of time.

use super::schema::TIME;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::{Arc, Mutex, PoisonError};
use tantivy::columnar::ColumnValues;
use tantivy::index::{SegmentId, SegmentReader};
use tantivy::{COLLECT_BLOCK_BUFFER_LEN, DocId, Searcher};

/// Events of a zone: as many as come in a block, so that a block in which none is missing is a zone.
const ZONE: usize = COLLECT_BLOCK_BUFFER_LEN;
/// Maximum number of zones checked for a block. Beyond that, reading the times is as quick.
const MAX_ZONES: usize = 64;

/// The times of a segment's events, µs; those of undated ones are `i64::MAX`.
pub(super) struct Times {
    values: Arc<dyn ColumnValues<i64>>,
    zones: Vec<(i64, i64)>,
}

impl Times {
    fn open(reader: &SegmentReader) -> tantivy::Result<Self> {
        let values = reader.fast_fields().i64(TIME)?.values;
        let mut zones = Vec::with_capacity(reader.max_doc() as usize / ZONE + 1);
        let mut times = [0; ZONE];
        for first in (0..reader.max_doc()).step_by(ZONE) {
            let times = &mut times[..ZONE.min((reader.max_doc() - first) as usize)];
            values.get_range(u64::from(first), times);
            let (least, greatest) = (times.iter().min(), times.iter().max());
            zones.extend(least.copied().zip(greatest.copied()));
        }
        Ok(Self { values, zones })
    }

    /// The times of events.
    pub(super) fn read(&self, docs: &[DocId], times: &mut [i64]) {
        self.values.get_vals(docs, times);
    }

    /// Between which times these events lie, which are in order; `None` when it is not worth finding out.
    pub(super) fn around(&self, docs: &[DocId]) -> Option<(i64, i64)> {
        let (first, last) = (*docs.first()? as usize / ZONE, *docs.last()? as usize / ZONE);
        let zones = self.zones.get(first..=last).filter(|zones| zones.len() <= MAX_ZONES)?;
        zones.iter().copied().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// The least and the greatest of their times, when these events are all of a zone.
    pub(super) fn of_zone(&self, docs: &[DocId]) -> Option<(i64, i64)> {
        let first = *docs.first()? as usize;
        (docs.len() == ZONE && first.is_multiple_of(ZONE) && docs[ZONE - 1] as usize == first + ZONE - 1)
            .then(|| self.zones[first / ZONE])
    }
}

/// Those of the segments used so far.
#[derive(Default)]
pub(super) struct Known(Mutex<FxHashMap<SegmentId, Arc<Times>>>);

impl Known {
    /// Those of a segment.
    pub(super) fn of(&self, reader: &SegmentReader) -> tantivy::Result<Arc<Times>> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(times) = known().get(&reader.segment_id()) {
            return Ok(times.clone());
        }
        // A search of another segment doesn't wait for this.
        let times = Arc::new(Times::open(reader)?);
        known().insert(reader.segment_id(), times.clone());
        Ok(times)
    }

    /// Forgets the segments that no longer exist.
    pub(super) fn keep(&self, searcher: &Searcher) {
        let there: FxHashSet<SegmentId> =
            searcher.segment_readers().iter().map(|reader| reader.segment_id()).collect();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|id, _| there.contains(id));
    }
}
