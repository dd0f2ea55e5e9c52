//! Visits the events of a segment that a query finds, in blocks, until there are no more or time runs out.

use tantivy::index::SegmentReader;
use tantivy::query::Weight;
use tantivy::{COLLECT_BLOCK_BUFFER_LEN, DocId, DocSet};
use workhours_base::budget::Budget;

/// Blocks between two looks at the clock.
const UNWATCHED: usize = 256;

/// Passes the events to `each`; returns whether those were all.
pub(super) fn walk(
    weight: &dyn Weight,
    reader: &SegmentReader,
    budget: &Budget,
    mut each: impl FnMut(&[DocId]),
) -> tantivy::Result<bool> {
    let mut docs = weight.scorer(reader, 1.0)?;
    let mut block = [0; COLLECT_BLOCK_BUFFER_LEN];
    let mut left = UNWATCHED;
    loop {
        let found = docs.fill_buffer(&mut block);
        match reader.alive_bitset() {
            None => each(&block[..found]),
            Some(alive) => {
                let mut kept = 0;
                for at in 0..found {
                    block[kept] = block[at];
                    kept += usize::from(alive.is_alive(block[at]));
                }
                each(&block[..kept]);
            }
        }
        if found < block.len() {
            return Ok(true);
        }
        left -= 1;
        if left == 0 {
            left = UNWATCHED;
            if budget.is_spent() {
                return Ok(false);
            }
        }
    }
}
