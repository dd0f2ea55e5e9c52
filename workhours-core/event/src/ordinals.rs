//! How many equal records precede this one: two identical lines in one second are two events.
//!
//! The result must be the same whether a file is read in one go or resumed after every line, so it depends only on the
//! file's bytes: equal records are counted over the current *generation* (8 MiB of the input) and the one before. A
//! resumed read re-hashes from the start of the previous generation, whose position is in the cursor. Equal records
//! have equal times, so only records of one second can be equal; 8 MiB is far more than a second of any log. Undated
//! records have no such limit and are counted over the whole input.
//!
//! This table ignores equal records of another file of the same rotated log: the loader finds them in the database.
//! Files known to an older version may have a *carry*, though: the counts of their predecessors' last minutes.

use rustc_hash::FxHashMap;
use workhours_plugin_api::Resume;

/// Bytes of input per generation.
const GENERATION_BYTES: u64 = 8 << 20;
/// 1971, µs: earlier dates come from a clock that was never set.
const PLAUSIBLE_US: i64 = 31_536_000_000_000;

/// The table of recent equal records of one logical file.
#[derive(Default)]
pub struct Ordinals {
    carry: FxHashMap<u64, u32>,
    previous: FxHashMap<u64, u32>,
    current: FxHashMap<u64, u32>,
    undated: FxHashMap<u64, u32>,
    previous_start: Resume,
    current_start: Resume,
    /// The start of the input, with the source's state if it set a checkpoint before its first record.
    origin: Resume,
    last_date: Option<i64>,
    first_date: Option<i64>,
    /// Whether it has seen all of the input.
    from_start: bool,
}

impl Ordinals {
    /// A table that starts reading at `start` (a generation's start), with what an older version carried over.
    pub fn new(start: Resume, carry: &[u8]) -> Self {
        let (entries, _) = carry.as_chunks::<12>();
        let carry = entries
            .iter()
            .filter_map(|e| {
                let (base, count) = e.split_first_chunk::<8>()?;
                Some((u64::from_le_bytes(*base), u32::from_le_bytes(count.try_into().ok()?)))
            })
            .collect();
        let from_start = start.position.offset == 0;
        let origin = if from_start { start.clone() } else { Resume::default() };
        Self {
            carry,
            from_start,
            previous_start: start.clone(),
            current_start: start,
            origin,
            ..Self::default()
        }
    }

    /// The ordinal of one more record of this base.
    pub fn next(&mut self, base: u64, date: Option<i64>) -> u32 {
        let carried = if self.carry.is_empty() { 0 } else { self.carry.get(&base).copied().unwrap_or(0) };
        let Some(date) = date else {
            let seen = self.undated.entry(base).or_insert(0);
            *seen += 1;
            return carried + *seen - 1;
        };
        self.last_date = self.last_date.max(Some(date));
        if date >= PLAUSIBLE_US {
            self.first_date = self.first_date.into_iter().chain([date]).min();
        }
        let before =
            if self.previous.is_empty() { 0 } else { self.previous.get(&base).copied().unwrap_or(0) };
        let seen = self.current.entry(base).or_insert(0);
        *seen += 1;
        carried + before + *seen - 1
    }

    /// Between two records: starts a new generation when the present one is full. `resume` is called only then, and
    /// where the present one starts: a source may have found out there how to read what follows.
    pub fn checkpoint(&mut self, offset: u64, resume: impl FnOnce() -> Resume) {
        if offset == self.current_start.position.offset && self.current_start.state.is_empty() {
            let start = resume();
            if self.previous_start.position == start.position {
                self.previous_start = start.clone();
            }
            if start.position == self.origin.position {
                self.origin = start.clone();
            }
            self.current_start = start;
            return;
        }
        if offset >= self.current_start.position.offset + GENERATION_BYTES {
            self.previous = std::mem::take(&mut self.current);
            self.previous_start = std::mem::replace(&mut self.current_start, resume());
        }
    }

    /// The end of the current generation.
    pub fn due(&self) -> u64 {
        self.current_start.position.offset + GENERATION_BYTES
    }

    /// Where a resumed read must begin to rebuild this table.
    pub fn warm_start(&self) -> Resume {
        if self.undated.is_empty() { self.previous_start.clone() } else { self.origin.clone() }
    }

    /// The latest time seen.
    pub fn last_date(&self) -> Option<i64> {
        self.last_date
    }

    /// The earliest time seen; `None` when the input was not read from its start.
    pub fn first_date(&self) -> Option<i64> {
        self.first_date.filter(|_| self.from_start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use workhours_plugin_api::Position;

    fn at(offset: u64) -> Resume {
        Resume { position: Position { offset, lines: 0 }, state: vec![] }
    }

    #[test]
    fn equal_records_are_numbered() {
        let mut o = Ordinals::default();
        assert_eq!(
            [o.next(1, Some(5)), o.next(1, Some(5)), o.next(2, Some(5)), o.next(1, None)],
            [0, 1, 0, 0]
        );
    }

    #[test]
    fn what_a_source_found_out_at_the_start_is_kept() {
        let plan = || Resume { state: b"plan".to_vec(), ..Resume::default() };
        for date in [Some(5), None] {
            let mut o = Ordinals::default();
            o.checkpoint(0, plan);
            o.next(1, date);
            o.checkpoint(100, || at(100));
            assert_eq!(o.warm_start(), plan());
            let again = Ordinals::new(o.warm_start(), &[]);
            assert_eq!(again.warm_start(), plan());
        }
    }

    #[test]
    fn a_rebuilt_table_gives_the_same_ordinals() {
        // One record a MiB, equal ones near and far; resume before each.
        let records: Vec<u64> = (0..64).map(|i| i % 5).collect();
        let run = |o: &mut Ordinals, from: usize, to: usize| -> Vec<u32> {
            (from..to)
                .map(|i| {
                    let n = o.next(records[i], Some(0));
                    let end = (i as u64 + 1) << 20;
                    o.checkpoint(end, || at(end));
                    n
                })
                .collect()
        };
        let whole = run(&mut Ordinals::default(), 0, 64);
        for stop in 0..64 {
            let mut first = Ordinals::default();
            run(&mut first, 0, stop);
            let warm = first.warm_start();
            let from = (warm.position.offset >> 20) as usize;
            let mut again = Ordinals::new(warm, &[]);
            run(&mut again, from, stop);
            assert_eq!(run(&mut again, stop, 64), whole[stop..], "resumed at {stop}");
        }
    }

    #[test]
    fn what_an_older_version_carried_over_is_counted_on_from() {
        let carry: Vec<u8> = 1_u64.to_le_bytes().into_iter().chain(2_u32.to_le_bytes()).collect();
        let mut o = Ordinals::new(Resume::default(), &carry);
        assert_eq!([o.next(1, Some(5)), o.next(1, Some(5)), o.next(2, Some(5))], [2, 3, 0]);
    }

    #[test]
    fn the_first_date_is_the_earliest_since_the_start() {
        let first = |start: Resume| {
            let mut o = Ordinals::new(start, &[]);
            for date in [None, Some(7), Some(3), Some(9), Some(0)] {
                o.next(1, date.map(|n: i64| if n == 0 { 0 } else { PLAUSIBLE_US + n }));
            }
            (o.first_date(), o.last_date())
        };
        let at_us = |n: i64| Some(PLAUSIBLE_US + n);
        assert_eq!(first(Resume::default()), (at_us(3), at_us(9)));
        assert_eq!(first(at(10)), (None, at_us(9)));
    }
}
