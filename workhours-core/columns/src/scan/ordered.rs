//! The rows of all files in order of time. A file is a run in that order, and so are files that follow one another; runs
//! that overlap are merged, as many rows at once as come from one of them.

use super::Plan;
use super::block::{Block, decode_numbers};
use crate::BLOCK;
use crate::column::{FILE, ID, OFFSET};
use crate::columns::Columns;
use std::ops::Range;
use workhours_base::error::Result;

/// Rows in order of time, in slices.
#[derive(Debug)]
pub struct Ordered<'c> {
    columns: &'c Columns,
    plan: Plan,
    runs: Vec<Run>,
    /// The run whose slice was returned last.
    last: Option<usize>,
}

/// Files one after the other, at a row.
#[derive(Debug, Default)]
struct Run {
    /// Files and segments still to be read, the next one last.
    left: Vec<(usize, usize)>,
    /// The file, the segment and the block in memory.
    at: (usize, usize, usize),
    block: Block,
    row: usize,
    /// The columns that decide between events of one instant, if they were needed in this block.
    ties: Option<[Vec<i64>; 3]>,
}

type Key = (i64, i64, u64);

impl<'c> Ordered<'c> {
    pub(super) fn new(columns: &'c Columns, plan: Plan) -> Result<Self> {
        let mut files: Vec<usize> = (0..columns.files().len()).collect();
        files.sort_by_key(|n| columns.files()[*n].entry.dates);
        let mut runs: Vec<(i64, Vec<(usize, usize)>)> = Vec::new();
        for n in files {
            let file = &columns.files()[n];
            let (first, last) = file.entry.dates;
            let meets =
                |segment: &usize| plan.window.is_none_or(|window| file.segments[*segment].meets(window));
            let segments = (0..file.segments.len()).filter(meets).map(|segment| (n, segment));
            match runs.iter_mut().find(|(end, _)| *end < first) {
                Some((end, run)) => {
                    *end = last;
                    run.extend(segments);
                }
                None => runs.push((last, segments.collect())),
            }
        }
        let mut ordered = Self { columns, plan, runs: Vec::new(), last: None };
        for (_, mut left) in runs {
            left.reverse();
            let mut run = Run { left, ..Run::default() };
            if run.begin(columns, &ordered.plan)? {
                ordered.runs.push(run);
            }
        }
        Ok(ordered)
    }

    /// The next rows in order: a block, and which of its rows. Some may not be live. `None` at the end.
    ///
    /// # Errors
    /// When a file can't be read or is damaged.
    pub fn next_slice(&mut self) -> Result<Option<(&Block, Range<usize>)>> {
        if let Some(last) = self.last.take()
            && self.runs[last].row == self.runs[last].block.len()
            && !self.runs[last].advance(self.columns, &self.plan)?
        {
            self.runs.swap_remove(last);
        }
        let Some(first) = self.runs.iter().map(Run::date).min() else { return Ok(None) };
        let is_first = |run: &Run| run.date() == first;
        let best = match self.runs.iter().filter(|run| is_first(run)).count() {
            1 => self.runs.iter().position(is_first).unwrap_or_default(),
            _ => self.first_of_instant(first)?,
        };
        let start = self.runs[best].row;
        let others = || self.runs.iter().enumerate().filter(|(n, _)| *n != best).map(|(_, run)| run);
        let tie = others().filter(|run| is_first(run)).filter_map(Run::key).min();
        let end = match (tie, others().map(Run::date).min()) {
            (Some(key), _) => self.runs[best].end_of_instant(first, key),
            (None, Some(date)) => self.runs[best].end_before(date),
            (None, None) => self.runs[best].block.len(),
        };
        self.runs[best].row = end;
        self.last = Some(best);
        Ok(Some((&self.runs[best].block, start..end)))
    }

    /// The block of the rows that [`next_slice`](Self::next_slice) returned last.
    pub fn block(&self) -> Option<&Block> {
        Some(&self.runs[self.last?].block)
    }

    /// The run with the first of the events of one instant.
    fn first_of_instant(&mut self, date: i64) -> Result<usize> {
        let mut best: Option<(Key, usize)> = None;
        for (n, run) in self.runs.iter_mut().enumerate().filter(|(_, run)| run.date() == date) {
            run.load_ties(self.columns)?;
            if let Some(key) = run.key()
                && best.is_none_or(|(least, _)| key < least)
            {
                best = Some((key, n));
            }
        }
        Ok(best.map_or(0, |(_, n)| n))
    }
}

impl Run {
    fn date(&self) -> i64 {
        self.block.dates()[self.row]
    }

    /// What decides between events of one instant; `None` if it isn't loaded.
    fn key(&self) -> Option<Key> {
        self.key_of(self.row)
    }

    fn key_of(&self, row: usize) -> Option<Key> {
        let [files, offsets, ids] = self.ties.as_ref()?;
        Some((files[row], offsets[row], ids[row].cast_unsigned()))
    }

    fn load_ties(&mut self, columns: &Columns) -> Result<()> {
        if self.ties.is_none() {
            let (file, segment, n) = self.at;
            let mut ties: [Vec<i64>; 3] = Default::default();
            for (code, out) in [FILE, OFFSET, ID].into_iter().zip(&mut ties) {
                decode_numbers(&columns.files()[file], code, (segment, n), self.block.len(), out)?;
            }
            self.ties = Some(ties);
        }
        Ok(())
    }

    /// The end of the rows of an instant that come before another run's.
    fn end_of_instant(&self, date: i64, key: Key) -> usize {
        let dates = self.block.dates();
        let comes_before =
            |row: &usize| dates[*row] == date && self.key_of(*row).is_some_and(|own| own <= key);
        let rows = (self.row + 1..dates.len()).take_while(comes_before);
        rows.last().unwrap_or(self.row) + 1
    }

    /// The end of the rows before a date.
    fn end_before(&self, date: i64) -> usize {
        let rest = &self.block.dates()[self.row..];
        let near = rest.iter().take(16).position(|own| *own >= date);
        self.row + near.unwrap_or_else(|| rest.partition_point(|own| *own < date))
    }

    fn begin(&mut self, columns: &Columns, plan: &Plan) -> Result<bool> {
        let Some((file, segment)) = self.left.pop() else { return Ok(false) };
        self.at = (file, segment, 0);
        if self.load(columns, plan)? { Ok(true) } else { self.advance(columns, plan) }
    }

    /// Goes to the next block with a live row. Returns whether there is one.
    fn advance(&mut self, columns: &Columns, plan: &Plan) -> Result<bool> {
        loop {
            let (file, segment, n) = self.at;
            self.at = if (n + 1) * BLOCK < columns.files()[file].segments[segment].rows as usize {
                (file, segment, n + 1)
            } else {
                let Some((file, segment)) = self.left.pop() else { return Ok(false) };
                (file, segment, 0)
            };
            if self.load(columns, plan)? {
                return Ok(true);
            }
        }
    }

    fn load(&mut self, columns: &Columns, plan: &Plan) -> Result<bool> {
        let (file, segment, n) = self.at;
        (self.row, self.ties) = (0, None);
        self.block.load(&columns.files()[file], columns.dead(), (segment, n), plan)
    }
}
