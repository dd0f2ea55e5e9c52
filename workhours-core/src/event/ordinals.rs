//! How many equal records stood before this one: two identical lines in one second are two events.
//!
//! The answer must be the same whether a file is read in one go or resumed after every line, so it depends
//! on the file's bytes alone: equal records are counted over the present *generation* (8 MiB of the input)
//! and the one before. A resumed read re-hashes from the start of the generation before, which the cursor
//! keeps. Equal records carry equal times, so only records of one second can be equal; 8 MiB is far more
//! than a second of any log. Undated records have no such bound and are counted over the whole input.
//!
//! A rotated successor starts with what its predecessor's last minutes held: the *carry*.

use rustc_hash::FxHashMap;
use workhours_plugin_api::Resume;

/// Bytes of input per generation.
const GENERATION_BYTES: u64 = 8 << 20;
/// How far back from a file's latest time its successor may see equal records, µs.
const CARRY_WINDOW_US: i64 = 5 * 60 * 1_000_000;
/// At most this many records are carried over.
const CARRY_MAX: usize = 1 << 16;

#[derive(Clone, Copy)]
struct Seen {
    count: u32,
    date: i64,
}

/// The table of recent equal records of one logical file.
#[derive(Default)]
pub struct Ordinals {
    carry: FxHashMap<u64, u32>,
    previous: FxHashMap<u64, Seen>,
    current: FxHashMap<u64, Seen>,
    undated: FxHashMap<u64, u32>,
    previous_start: Resume,
    current_start: Resume,
    /// The start of the input, with what the source gave there if it set a checkpoint before its first record.
    origin: Resume,
    last_date: Option<i64>,
}

impl Ordinals {
    /// A table that starts reading at `start` (a generation's start) with what the predecessor left.
    pub fn new(start: Resume, carry: &[u8]) -> Self {
        let (entries, _) = carry.as_chunks::<12>();
        let carry = entries
            .iter()
            .filter_map(|e| {
                let (base, count) = e.split_first_chunk::<8>()?;
                Some((u64::from_le_bytes(*base), u32::from_le_bytes(count.try_into().ok()?)))
            })
            .collect();
        let origin = if start.position.offset == 0 { start.clone() } else { Resume::default() };
        Self { carry, previous_start: start.clone(), current_start: start, origin, ..Self::default() }
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
        let before =
            if self.previous.is_empty() { 0 } else { self.previous.get(&base).map_or(0, |s| s.count) };
        let seen = self.current.entry(base).or_insert(Seen { count: 0, date });
        seen.count += 1;
        carried + before + seen.count - 1
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

    /// Where a resumed read must begin to rebuild this table.
    pub fn warm_start(&self) -> Resume {
        if self.undated.is_empty() { self.previous_start.clone() } else { self.origin.clone() }
    }

    /// The latest time seen.
    pub fn last_date(&self) -> Option<i64> {
        self.last_date
    }

    /// What a rotated successor starts with.
    pub fn carry(&self) -> Vec<u8> {
        let since = self.last_date.unwrap_or(i64::MIN).saturating_sub(CARRY_WINDOW_US);
        let mut counts: FxHashMap<u64, u32> = FxHashMap::default();
        let recent = |s: &&Seen| s.date >= since;
        for (base, seen) in self.current.iter().chain(&self.previous).filter(|(_, s)| recent(s)) {
            *counts.entry(*base).or_insert(0) += seen.count;
        }
        for (base, count) in &self.undated {
            *counts.entry(*base).or_insert(0) += count;
        }
        // A short file may have been rotated away within the window of its own predecessor.
        if self.previous_start.position.offset == 0 {
            for (base, count) in &self.carry {
                *counts.entry(*base).or_insert(0) += count;
            }
        }
        let mut counts: Vec<_> = counts.into_iter().filter(|(_, n)| *n > 0).collect();
        counts.sort_unstable();
        counts.truncate(CARRY_MAX);
        counts.iter().flat_map(|(k, n)| k.to_le_bytes().into_iter().chain(n.to_le_bytes())).collect()
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
    fn a_successor_goes_on_counting() {
        let mut first = Ordinals::default();
        first.next(1, Some(10));
        let mut second = Ordinals::new(Resume::default(), &first.carry());
        assert_eq!(second.next(1, Some(10)), 1);
        let mut third = Ordinals::new(Resume::default(), &second.carry());
        assert_eq!(third.next(1, Some(10)), 2, "also through a file rotated away at once");
    }

    #[test]
    fn old_records_are_not_carried() {
        let mut first = Ordinals::default();
        first.next(1, Some(0));
        first.next(2, Some(CARRY_WINDOW_US + 1));
        let mut second = Ordinals::new(Resume::default(), &first.carry());
        assert_eq!(second.next(1, Some(0)), 0);
        assert_eq!(second.next(2, Some(CARRY_WINDOW_US + 1)), 1);
    }
}
