//! The bars of a segment's histogram: how many events there are in each interval, by their number in the dictionary of the
//! dividing column. A table where it fits; where there are very many values, only the cells that have events.

use rustc_hash::FxHashMap;

/// Cells kept in memory, at most.
const MAX_CELLS: usize = 1 << 20;

/// Bars with their parts.
pub(super) struct Bars {
    /// Values of the dividing column.
    width: usize,
    cells: Cells,
}

enum Cells {
    /// By interval, and within it by number.
    All(Vec<u64>),
    /// By interval and number; `None` once there are too many.
    Some(Option<FxHashMap<(usize, usize), u64>>),
}

impl Bars {
    pub(super) fn new(intervals: usize, width: usize) -> Self {
        let cells = match intervals.checked_mul(width) {
            Some(cells) if cells <= MAX_CELLS => Cells::All(vec![0; cells]),
            _ => Cells::Some(Some(FxHashMap::default())),
        };
        Self { width, cells }
    }

    /// Adds events of an interval with a value.
    pub(super) fn add(&mut self, interval: usize, number: u64, n: u64) {
        let number = number as usize;
        match &mut self.cells {
            Cells::All(cells) => cells[interval * self.width + number] += n,
            Cells::Some(cells) => {
                if let Some(counts) = cells {
                    *counts.entry((interval, number)).or_default() += n;
                    if counts.len() > MAX_CELLS {
                        *cells = None;
                    }
                }
            }
        }
    }

    /// Whether there were too many cells to count them.
    pub(super) fn is_too_wide(&self) -> bool {
        matches!(self.cells, Cells::Some(None))
    }

    /// The intervals with their counts, by the number of the value; without those that have none.
    pub(super) fn by_number(&self) -> Vec<(usize, Vec<(usize, u64)>)> {
        match &self.cells {
            Cells::All(cells) => (0..self.width)
                .map(|number| {
                    let column = cells.iter().skip(number).step_by(self.width).copied().enumerate();
                    (number, column.filter(|(_, n)| *n > 0).collect::<Vec<_>>())
                })
                .filter(|(_, bars)| !bars.is_empty())
                .collect(),
            Cells::Some(cells) => {
                let mut by_number: FxHashMap<usize, Vec<(usize, u64)>> = FxHashMap::default();
                for ((interval, number), n) in cells.iter().flatten() {
                    by_number.entry(*number).or_default().push((*interval, *n));
                }
                by_number.into_iter().collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_and_single_cells_count_alike() {
        let (mut few, mut many) = (Bars::new(3, 4), Bars::new(3, MAX_CELLS));
        for (interval, number, n) in [(0, 3, 1), (2, 3, 5), (1, 0, 2), (0, 3, 1)] {
            few.add(interval, number, n);
            many.add(interval, number, n);
        }
        let sorted = |bars: &Bars| {
            let mut all = bars.by_number();
            all.iter_mut().for_each(|(_, bars)| bars.sort_unstable());
            all.sort_unstable();
            all
        };
        assert_eq!(sorted(&few), [(0, vec![(1, 2)]), (3, vec![(0, 2), (2, 5)])]);
        assert_eq!(sorted(&many), sorted(&few));
        assert!(!few.is_too_wide() && !many.is_too_wide());
        (0..=MAX_CELLS).for_each(|n| many.add(n % 2, n as u64 / 2, 1));
        assert!(many.is_too_wide() && many.by_number().is_empty());
    }
}
