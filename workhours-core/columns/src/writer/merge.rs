//! Merging files of rows: small ones into a larger one, and those that are mostly dead into one without dead rows. A row
//! is written again once for each level of size, four times at most.

use super::build::Build;
use crate::column::{DATE, FIRST_NUMBER, ID, NUMBERS, is_text};
use crate::dead::Dead;
use crate::encoding::lists::Lists;
use crate::rows::Rows;
use crate::rows_file::{FileEntry, RowsFile};
use crate::scan::{decode_ids, decode_numbers};
use crate::{ABSENT, BLOCK, FILE, MANY, SEGMENT};
use workhours_base::error::Result;

/// Files of one level that are merged.
const TOGETHER: usize = 8;
/// Rows of a file of the lowest level, at most.
const LOWEST: usize = 1024;

impl Build {
    /// Merges files as long as there are some to merge.
    pub(super) fn merge(&mut self) -> Result<()> {
        self.flush()?;
        while let Some(files) = self.choose() {
            let mut rows = Rows::default();
            for entry in &files {
                read(&RowsFile::open(&self.dir, entry)?, &self.dead, &mut rows)?;
            }
            for entry in &files {
                self.dead_changed |= self.dead.forget(entry.number);
            }
            self.state.files.retain(|entry| !files.contains(entry));
            self.rows = rows;
            self.flush()?;
        }
        Ok(())
    }

    /// The files to merge next.
    fn choose(&self) -> Option<Vec<FileEntry>> {
        let live = |entry: &FileEntry| (entry.rows - self.dead.count(entry.number)) as usize;
        let mut levels: [(Vec<FileEntry>, usize); 4] = Default::default();
        for entry in &self.state.files {
            let rows = live(entry);
            if rows * 2 < entry.rows as usize {
                return Some(vec![entry.clone()]);
            }
            let Some(level) = level(rows) else { continue };
            let (files, all) = &mut levels[level];
            if *all + rows > FILE {
                return Some(std::mem::take(files));
            }
            files.push(entry.clone());
            *all += rows;
            if files.len() == TOGETHER {
                return Some(std::mem::take(files));
            }
        }
        None
    }
}

/// The level of a file; `None` if it is large enough.
fn level(rows: usize) -> Option<usize> {
    let limits = [LOWEST, LOWEST * 8, LOWEST * 64, FILE / 2 + 1];
    limits.iter().position(|limit| rows < *limit)
}

/// Adds the live rows of a file.
fn read(file: &RowsFile, dead: &Dead, rows: &mut Rows) -> Result<()> {
    let dead = dead.of(file.entry.number);
    let is_live = |row: usize| dead.get(row / 64).is_none_or(|word| word >> (row % 64) & 1 == 0);
    let columns = file.columns();
    let base = rows.len();
    for (segment, known) in file.segments.iter().enumerate() {
        for block in 0..(known.rows as usize).div_ceil(BLOCK) {
            let at = (segment, block);
            let len = (known.rows as usize - block * BLOCK).min(BLOCK);
            let start = segment * SEGMENT + block * BLOCK;
            let live: Vec<usize> = (0..len).filter(|row| is_live(start + row)).collect();
            let mut numbers = Vec::new();
            let mut add = |code, out: &mut Vec<i64>| -> Result<()> {
                decode_numbers(file, code, at, len, &mut numbers)?;
                out.extend(live.iter().map(|row| numbers[*row]));
                Ok(())
            };
            let first = rows.len();
            add(DATE, &mut rows.dates)?;
            add(ID, &mut rows.ids)?;
            for n in 0..NUMBERS.len() {
                add(FIRST_NUMBER + n as u16, &mut rows.numbers[n])?;
            }
            debug_assert!(first >= base);
            let (mut ids, mut lists) = (Vec::new(), Lists::default());
            for code in columns.iter().copied().filter(|code| is_text(*code)) {
                decode_ids(file, Some(code), at, len, &mut ids, &mut lists)?;
                for (n, row) in live.iter().enumerate() {
                    match ids[*row] {
                        ABSENT => {}
                        MANY => rows.set(code, first + n, lists.of(*row as u32)),
                        id => rows.set(code, first + n, &[id]),
                    }
                }
            }
        }
    }
    Ok(())
}
