//! Finding the rows of events that were deleted or have changed. Rows are sorted by date, so only blocks with the date of
//! one of them are read; the other half of the identity confirms it.

use super::build::{Build, low_half};
use crate::column::{DATE, ID};
use crate::encoding::numbers;
use crate::rows_file::RowsFile;
use crate::scan::decode_numbers;
use crate::{BLOCK, SEGMENT, UNDATED};
use workhours_base::error::Result;
use workhours_event::EventId;

impl Build {
    /// Marks the rows of events dead. Returns how many there were.
    pub(super) fn remove(&mut self, ids: &[EventId]) -> Result<u64> {
        self.flush()?;
        let key = |id: &EventId| (id.date().unwrap_or(UNDATED), low_half(*id));
        let mut wanted: Vec<(i64, u64)> = ids.iter().map(key).collect();
        wanted.sort_unstable();
        let mut found = Vec::new();
        for entry in &self.state.files {
            let (least, greatest) = entry.dates;
            if !between(&wanted, least, greatest).is_empty() {
                let file = RowsFile::open(&self.dir, entry)?;
                for row in rows(&file, &wanted)? {
                    found.push((entry.number, entry.rows, row));
                }
            }
        }
        let died = found.into_iter().filter(|(file, rows, row)| self.dead.insert(*file, *rows, *row)).count();
        self.dead_changed |= died > 0;
        Ok(died as u64)
    }
}

/// Those with a date between two.
fn between(wanted: &[(i64, u64)], least: i64, greatest: i64) -> &[(i64, u64)] {
    let from = wanted.partition_point(|(date, _)| *date < least);
    let until = wanted.partition_point(|(date, _)| *date <= greatest);
    wanted.get(from..until).unwrap_or_default()
}

/// The rows of a file that have these identities.
fn rows(file: &RowsFile, wanted: &[(i64, u64)]) -> Result<Vec<u32>> {
    let (mut dates, mut ids, mut found) = (Vec::new(), Vec::new(), Vec::new());
    for (n, segment) in file.segments.iter().enumerate() {
        let dated = match segment.undated < segment.rows {
            true => between(wanted, segment.first, segment.last),
            false => &[],
        };
        let undated = if segment.undated > 0 { between(wanted, UNDATED, UNDATED) } else { &[] };
        if dated.is_empty() && undated.is_empty() {
            continue;
        }
        for block in 0..(segment.rows as usize).div_ceil(BLOCK) {
            let rows = (segment.rows as usize - block * BLOCK).min(BLOCK);
            if !may_have(file, (n, block), rows, dated, !undated.is_empty())? {
                continue;
            }
            decode_numbers(file, DATE, (n, block), rows, &mut dates)?;
            decode_numbers(file, ID, (n, block), rows, &mut ids)?;
            let start = n * SEGMENT + block * BLOCK;
            for (row, (date, id)) in dates.iter().zip(&ids).enumerate() {
                if wanted.binary_search(&(*date, id.cast_unsigned())).is_ok() {
                    found.push((start + row) as u32);
                }
            }
        }
    }
    Ok(found)
}

/// Whether a block has the date of one, or undated rows if one is undated.
fn may_have(
    file: &RowsFile,
    (segment, block): (usize, usize),
    rows: usize,
    dated: &[(i64, u64)],
    undated: bool,
) -> Result<bool> {
    let Some(chunk) = file.chunk(DATE, segment)? else { return Ok(undated) };
    let header = numbers::header(chunk, block).ok_or_else(|| file.damaged())?;
    let present = usize::from(header.present);
    let by_date = present > 0 && !between(dated, header.least, header.greatest).is_empty();
    Ok(by_date || undated && present < rows)
}
