//! Scans: the wanted columns of all events of a window, a block at a time. [`Blocks`] has the blocks as they are in the
//! files, in parts for several threads if wanted; [`Ordered`] has the rows in order of time over all files.

mod block;
mod ordered;

pub use block::Block;
pub(crate) use block::{decode_ids, decode_numbers};
pub use ordered::Ordered;

use crate::BLOCK;
use crate::column::{Code, Column};
use crate::columns::Columns;
use crate::dictionary::IdSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use workhours_base::error::Result;

/// What a scan is to return.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// From one date to before another.
    pub(crate) window: Option<(i64, i64)>,
    /// Each column, whether it is of texts, and its number; `None` if no event has a value.
    pub(crate) wanted: Vec<(bool, Option<Code>)>,
    /// The rows wanted: those that have one of these ids in a wanted column.
    pub(crate) only: Vec<(usize, IdSet)>,
    pub(crate) wants_dates: bool,
}

impl Plan {
    fn new(columns: &Columns, window: Option<(i64, i64)>, wanted: &[Column]) -> Self {
        let code = |column: &Column| (column.is_text(), column.code(columns.keys()));
        Self {
            window,
            wanted: wanted.iter().map(code).collect(),
            only: Vec::new(),
            wants_dates: wanted.contains(&Column::Date),
        }
    }
}

/// The blocks of a scan, in any order.
///
/// Blocks outside of the window, and those without a live row, are left out. In others the rows outside of the window
/// are not live.
#[derive(Debug)]
pub struct Blocks<'c> {
    columns: &'c Columns,
    plan: Plan,
    /// File and segment.
    segments: Arc<[(usize, usize)]>,
    /// The next segment that no part has taken.
    next: Arc<AtomicUsize>,
    /// The segment, and the next block in it.
    at: Option<(usize, usize, usize)>,
    block: Block,
}

impl Columns {
    /// The blocks with events of a window, `None` for all events. [`Block::ids`] and [`Block::numbers`] take the place of
    /// a column in `wanted`. Undated events are in no window.
    pub fn blocks(&self, window: Option<(i64, i64)>, wanted: &[Column]) -> Blocks<'_> {
        let mut segments = Vec::new();
        for (n, file) in self.files().iter().enumerate() {
            let meets = |segment: usize| window.is_none_or(|window| file.segments[segment].meets(window));
            segments.extend(
                (0..file.segments.len()).filter(|segment| meets(*segment)).map(|segment| (n, segment)),
            );
        }
        Blocks {
            columns: self,
            plan: Plan::new(self, window, wanted),
            segments: segments.into(),
            next: Arc::default(),
            at: None,
            block: Block::default(),
        }
    }

    /// The same blocks in parts, one for each of `n` threads. Each block is in one part. A part takes the next segment
    /// when it is done with one, so parts end together.
    pub fn parts(&self, n: usize, window: Option<(i64, i64)>, wanted: &[Column]) -> Vec<Blocks<'_>> {
        self.blocks(window, wanted).split(n)
    }

    /// The same rows in order of time, events of one instant in order of file, position and identity; undated ones last.
    ///
    /// # Errors
    /// When a file can't be read or is damaged.
    pub fn ordered(&self, window: Option<(i64, i64)>, wanted: &[Column]) -> Result<Ordered<'_>> {
        Ordered::new(self, Plan { wants_dates: true, ..Plan::new(self, window, wanted) })
    }
}

impl<'c> Blocks<'c> {
    /// Only rows that have one of these ids in a wanted column of texts. Blocks without such a row are left out, mostly
    /// without decoding their other columns.
    pub fn only(mut self, column: usize, ids: IdSet) -> Self {
        self.plan.only.push((column, ids));
        self
    }

    /// Cuts what is left of it into parts, one for each of `n` threads.
    pub fn split(self, n: usize) -> Vec<Self> {
        let part = |_| Blocks {
            columns: self.columns,
            plan: self.plan.clone(),
            segments: self.segments.clone(),
            next: self.next.clone(),
            at: None,
            block: Block::default(),
        };
        let mut parts: Vec<Self> = (1..n.max(1)).map(part).collect();
        parts.push(self);
        parts
    }

    /// The next block; `None` at the end.
    ///
    /// # Errors
    /// When a file can't be read or is damaged.
    pub fn next_block(&mut self) -> Result<Option<&Block>> {
        loop {
            let (file, segment, n) = match self.at.take() {
                Some(at) => at,
                None => match self.segments.get(self.next.fetch_add(1, Ordering::Relaxed)) {
                    Some((file, segment)) => (*file, *segment, 0),
                    None => return Ok(None),
                },
            };
            let rows = &self.columns.files()[file];
            if n * BLOCK >= rows.segments[segment].rows as usize {
                continue;
            }
            self.at = Some((file, segment, n + 1));
            if self.block.load(rows, self.columns.dead(), (segment, n), &self.plan)? {
                return Ok(Some(&self.block));
            }
        }
    }
}
