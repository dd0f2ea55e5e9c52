//! Rows on their way into a file: a vector for each column, ids instead of texts.

use crate::column::{Code, NUMBERS};
use crate::encoding::lists::Lists;
use crate::{ABSENT, UNDATED};

/// The ids of a text column. Only rows that have one take memory: keys of `meta` may be many and rare.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    /// The rows that have an id, in order.
    rows: Vec<u32>,
    /// The id of each; of a row with several, the first.
    first: Vec<u32>,
    /// All ids of the rows with several.
    pub(crate) lists: Lists,
}

impl Ids {
    /// Sets the ids of a row. Rows come in order.
    pub(crate) fn set(&mut self, row: usize, ids: &[u32]) {
        let [first, more @ ..] = ids else { return };
        self.rows.push(row as u32);
        self.first.push(*first);
        if !more.is_empty() {
            self.lists.push(row as u32, ids);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// An id for each of this many rows.
    pub(crate) fn filled(&self, rows: usize) -> Vec<u32> {
        let mut filled = vec![ABSENT; rows];
        for (row, id) in self.rows.iter().zip(&self.first) {
            filled[*row as usize] = *id;
        }
        filled
    }
}

/// Rows in memory.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) dates: Vec<i64>,
    pub(crate) ids: Vec<i64>,
    pub(crate) numbers: [Vec<i64>; NUMBERS.len()],
    /// In order of the columns' numbers.
    pub(crate) texts: Vec<Ids>,
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.dates.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.dates.is_empty()
    }

    /// Adds a row without texts; returns its number.
    pub(crate) fn push(&mut self, date: Option<i64>, id: u64, numbers: [i64; NUMBERS.len()]) -> usize {
        self.dates.push(date.unwrap_or(UNDATED));
        self.ids.push(id.cast_signed());
        for (all, number) in self.numbers.iter_mut().zip(numbers) {
            all.push(number);
        }
        self.dates.len() - 1
    }

    /// Sets the ids of the last row or one before it. Rows come in order.
    pub(crate) fn set(&mut self, column: Code, row: usize, ids: &[u32]) {
        let n = usize::from(column);
        if n >= self.texts.len() {
            self.texts.resize_with(n + 1, Ids::default);
        }
        self.texts[n].set(row, ids);
    }

    /// The rows in order of time; then of file, position and identity, as the store reads them. Undated ones are last.
    pub(crate) fn order(&self) -> Vec<u32> {
        let [_, files, offsets, ..] = &self.numbers;
        let key = |row: &u32| {
            let n = *row as usize;
            (self.dates[n], files[n], offsets[n], self.ids[n].cast_unsigned())
        };
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        if !order.is_sorted_by_key(key) {
            order.sort_unstable_by_key(key);
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_order_of_time_file_position_and_identity() {
        let mut rows = Rows::default();
        let at = |file, offset| [1, file, offset, 0, 0, 0, 0];
        rows.push(None, 0, at(1, 1));
        rows.push(Some(2), u64::MAX, at(1, 1));
        rows.push(Some(2), 1, at(1, 1));
        rows.push(Some(2), 9, at(1, 0));
        rows.push(Some(1), 9, at(2, 7));
        assert_eq!(rows.order(), [4, 3, 2, 1, 0]);
        let mut ids = Ids::default();
        assert!(ids.is_empty());
        ids.set(2, &[7]);
        ids.set(4, &[8, 9]);
        ids.set(5, &[]);
        assert_eq!(ids.filled(6), [ABSENT, ABSENT, 7, ABSENT, 8, ABSENT]);
        assert_eq!(ids.lists.of(4), [8, 9]);
    }
}
