//! A block of rows, decoded.

use super::Plan;
use crate::column::{Code, DATE, absent};
use crate::dead::Dead;
use crate::dictionary::IdSet;
use crate::encoding::lists::Lists;
use crate::encoding::{ids, numbers};
use crate::rows_file::RowsFile;
use crate::{ABSENT, BLOCK, MANY, SEGMENT, UNDATED};
use workhours_base::error::Result;
use workhours_event::EventId;

/// Up to 4,096 rows of one segment, in order of time.
#[derive(Debug, Default)]
pub struct Block {
    rows: usize,
    dates: Vec<i64>,
    columns: Vec<Decoded>,
    live: Vec<u64>,
}

/// A column of a block.
#[derive(Debug, Default)]
struct Decoded {
    ids: Vec<u32>,
    numbers: Vec<i64>,
    /// Rows of the block with several texts.
    lists: Lists,
}

impl Block {
    /// How many rows there are, dead ones too.
    #[allow(clippy::len_without_is_empty)] // there is at least one
    pub fn len(&self) -> usize {
        self.rows
    }

    /// The dates, µs since the Unix epoch, [`UNDATED`] for an undated event. Empty unless [`Column::Date`] is wanted or
    /// the scan is ordered.
    ///
    /// [`Column::Date`]: crate::Column::Date
    pub fn dates(&self) -> &[i64] {
        &self.dates
    }

    /// The ids of texts in the `n`th wanted column: [`ABSENT`] for none, [`MANY`] for several.
    pub fn ids(&self, n: usize) -> &[u32] {
        &self.columns[n].ids
    }

    /// All ids of texts of a row in the `n`th wanted column.
    pub fn values(&self, n: usize, row: usize) -> &[u32] {
        let column = &self.columns[n];
        match &column.ids[row] {
            &ABSENT => &[],
            &MANY => column.lists.of(row as u32),
            id => std::slice::from_ref(id),
        }
    }

    /// The numbers in the `n`th wanted column, [`NO_NUMBER`](crate::NO_NUMBER) for none.
    pub fn numbers(&self, n: usize) -> &[i64] {
        &self.columns[n].numbers
    }

    /// The identity of a row, if [`Column::Date`](crate::Column::Date) is wanted and the `n`th wanted column is
    /// [`Column::Id`](crate::Column::Id).
    pub fn id(&self, n: usize, row: usize) -> EventId {
        identity(self.dates[row], self.columns[n].numbers[row])
    }

    /// The live rows, a bit for each: those that are neither deleted nor outside of the window.
    pub fn live(&self) -> &[u64] {
        &self.live
    }

    /// Whether a row is live.
    pub fn is_live(&self, row: usize) -> bool {
        self.live[row / 64] >> (row % 64) & 1 == 1
    }

    /// Whether all rows are live.
    pub fn all_live(&self) -> bool {
        self.live.iter().map(|word| word.count_ones() as usize).sum::<usize>() == self.rows
    }

    /// The live rows, in order.
    pub fn live_rows(&self) -> impl Iterator<Item = usize> {
        let words = self.live.iter().enumerate();
        words.flat_map(|(n, word)| Bits(*word).map(move |bit| n * 64 + bit))
    }

    /// Decodes a block of a file, given its segment and number. Returns whether a row is live.
    pub(crate) fn load(
        &mut self,
        file: &RowsFile,
        dead: &Dead,
        at: (usize, usize),
        plan: &Plan,
    ) -> Result<bool> {
        let (segment, n) = at;
        let start = n * BLOCK;
        self.rows = (file.segments[segment].rows as usize - start).min(BLOCK);
        let Some(is_cut) = self.meets(file, at, plan)? else { return Ok(false) };
        self.set_live(dead.of(file.entry.number), segment * SEGMENT + start);
        if plan.wants_dates || is_cut {
            decode_numbers(file, DATE, at, self.rows, &mut self.dates)?;
        } else {
            self.dates.clear();
        }
        if let Some((from, until)) = plan.window.filter(|_| is_cut) {
            self.keep(|block, row| (from..until).contains(&block.dates[row]) && block.dates[row] != UNDATED);
        }
        if self.is_dead() {
            return Ok(false);
        }
        self.columns.resize_with(plan.wanted.len(), Decoded::default);
        for (column, wanted) in &plan.only {
            let code = plan.wanted[*column].1;
            if !may_have(file, code, at, wanted)? {
                return Ok(false);
            }
            self.decode(*column, file, code, at)?;
            self.keep_ids(*column, wanted);
            if self.is_dead() {
                return Ok(false);
            }
        }
        for (column, (is_text, code)) in plan.wanted.iter().enumerate() {
            match (is_text, code) {
                (true, _) if plan.only.iter().any(|(done, _)| *done == column) => {}
                (true, code) => self.decode(column, file, *code, at)?,
                (false, Some(code)) => {
                    decode_numbers(file, *code, at, self.rows, &mut self.columns[column].numbers)?;
                }
                (false, None) => {}
            }
        }
        Ok(true)
    }

    /// Whether the block meets the window, `None` if not; and whether rows outside of it are in the block.
    fn meets(&self, file: &RowsFile, (segment, n): (usize, usize), plan: &Plan) -> Result<Option<bool>> {
        let Some((from, until)) = plan.window else { return Ok(Some(false)) };
        let Some(chunk) = file.chunk(DATE, segment)? else { return Ok(None) };
        let header = numbers::header(chunk, n).ok_or_else(|| file.damaged())?;
        if header.present == 0 || header.least >= until || header.greatest < from {
            return Ok(None);
        }
        let inside = header.least >= from && header.greatest < until;
        Ok(Some(!inside || usize::from(header.present) < self.rows))
    }

    fn set_live(&mut self, dead: &[u64], start: usize) {
        self.live.clear();
        self.live.resize(self.rows.div_ceil(64), u64::MAX);
        if !self.rows.is_multiple_of(64)
            && let Some(last) = self.live.last_mut()
        {
            *last = (1 << (self.rows % 64)) - 1;
        }
        for (live, dead) in self.live.iter_mut().zip(dead.get(start / 64..).unwrap_or_default()) {
            *live &= !dead;
        }
    }

    /// Keeps the live rows of which something is true.
    fn keep(&mut self, is: impl Fn(&Self, usize) -> bool) {
        for n in 0..self.live.len() {
            let word = self.live[n];
            let kept = Bits(word).filter(|bit| is(self, n * 64 + bit)).fold(0, |kept, bit| kept | 1 << bit);
            self.live[n] = kept;
        }
    }

    /// Keeps the live rows that have one of these ids.
    fn keep_ids(&mut self, column: usize, wanted: &IdSet) {
        let Decoded { ids, lists, .. } = &self.columns[column];
        let mut kept: Vec<u64> = Vec::with_capacity(self.live.len());
        for ids in ids.chunks(64) {
            let bit = |(n, id): (usize, &u32)| u64::from(wanted.contains(*id)) << n;
            kept.push(ids.iter().enumerate().map(bit).fold(0, |kept, bit| kept | bit));
        }
        for (n, row) in lists.rows.iter().enumerate() {
            if lists.nth(n).iter().any(|id| wanted.contains(*id)) {
                kept[*row as usize / 64] |= 1 << (row % 64);
            }
        }
        self.live.iter_mut().zip(kept).for_each(|(live, kept)| *live &= kept);
    }

    fn is_dead(&self) -> bool {
        self.live.iter().all(|word| *word == 0)
    }

    /// Decodes a column of texts.
    fn decode(
        &mut self,
        column: usize,
        file: &RowsFile,
        code: Option<Code>,
        at: (usize, usize),
    ) -> Result<()> {
        let Decoded { ids, lists, .. } = &mut self.columns[column];
        decode_ids(file, code, at, self.rows, ids, lists)
    }
}

/// The identity made of its two halves.
pub(crate) fn identity(date: i64, id: i64) -> EventId {
    let mut whole = if date == UNDATED { EventId::first_undated() } else { EventId::first_at(date) };
    whole.0[8..].copy_from_slice(&id.to_be_bytes());
    whole
}

/// Decodes the ids of texts of a block, and the rows with several.
pub(crate) fn decode_ids(
    file: &RowsFile,
    code: Option<Code>,
    (segment, n): (usize, usize),
    rows: usize,
    out: &mut Vec<u32>,
    lists: &mut Lists,
) -> Result<()> {
    out.resize(rows, ABSENT);
    *lists = Lists::default();
    let chunk = code.map(|code| file.chunk(code, segment)).transpose()?.flatten();
    let (Some(code), Some(chunk)) = (code, chunk) else {
        out.fill(ABSENT);
        return Ok(());
    };
    ids::decode(chunk, n, out).ok_or_else(|| file.damaged())?;
    if let Some(all) = file.lists(code, segment)? {
        let start = (n * BLOCK) as u32;
        let from = all.rows.partition_point(|row| *row < start);
        let until = all.rows.partition_point(|row| *row < start + rows as u32);
        for list in from..until {
            let row = all.rows[list] - start;
            out[row as usize] = MANY;
            lists.push(row, all.nth(list));
        }
    }
    Ok(())
}

/// Decodes the numbers of a block.
pub(crate) fn decode_numbers(
    file: &RowsFile,
    code: Code,
    (segment, n): (usize, usize),
    rows: usize,
    out: &mut Vec<i64>,
) -> Result<()> {
    let absent = absent(code);
    out.resize(rows, absent);
    match file.chunk(code, segment)? {
        Some(chunk) => numbers::decode(chunk, n, absent, out).ok_or_else(|| file.damaged()),
        None => {
            out.fill(absent);
            Ok(())
        }
    }
}

/// Whether a block may have one of these ids, by its least and greatest.
fn may_have(
    file: &RowsFile,
    code: Option<Code>,
    (segment, n): (usize, usize),
    wanted: &IdSet,
) -> Result<bool> {
    let Some(code) = code else { return Ok(false) };
    let Some(chunk) = file.chunk(code, segment)? else { return Ok(false) };
    let header = ids::header(chunk, n).ok_or_else(|| file.damaged())?;
    let by_bounds = header.present > 0 && wanted.may_meet(header.least, header.greatest);
    Ok(by_bounds || !wanted.is_empty() && file.lists(code, segment)?.is_some())
}

/// The bits of a word that are set, from the lowest.
struct Bits(u64);

impl Iterator for Bits {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let bit = (self.0 != 0).then(|| self.0.trailing_zeros() as usize)?;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}
