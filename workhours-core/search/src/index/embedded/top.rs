//! The most frequent values of a column, over segments that have a dictionary each.
//!
//! A segment can have a hundred thousand hosts, of which ten are shown, and during a load there are dozens of segments.
//! So only values that can be among the first are looked up. Take a segment in which as many values as wanted are each
//! counted `floor` times or more. In each segment, values counted up to some `rest` aren't looked up, and the sum of
//! all rests is less than the floor. Then a value that is looked up nowhere is less frequent than any wanted one.

use super::count::Column;
use super::schema::NONE;
use crate::index::Facet;
use crate::index::scan::ranked;
use rustc_hash::FxHashMap;
use workhours_query::Field;

/// The most frequent values of a field, and how many events have others.
pub(super) fn top(field: &Field, most: usize, segments: &[&Column]) -> tantivy::Result<Facet> {
    let counts: Vec<&[u64]> = segments.iter().map(|segment| &segment.counts[..]).collect();
    let rests = rests(&counts, floor(&counts, most));
    let mut named: FxHashMap<Option<String>, u64> = FxHashMap::default();
    for (segment, rest) in segments.iter().zip(&rests) {
        let numbers = (0..).zip(&segment.counts).filter(|(_, n)| *n > rest).map(|(number, _)| number);
        let numbers: Vec<u64> = numbers.collect();
        for (name, number) in names(segment, &numbers)?.into_iter().zip(numbers) {
            *named.entry(name).or_default() += segment.counts[number as usize];
        }
    }
    // Now the values below the rest.
    for (segment, rest) in segments.iter().zip(&rests).filter(|(_, rest)| **rest > 0) {
        let Some(names) = &segment.names else { continue };
        for (name, n) in &mut named {
            let number = names.dictionary().term_ord(name.as_deref().unwrap_or(NONE))?;
            let here = number.map_or(0, |number| segment.counts[number as usize]);
            *n += if here <= *rest { here } else { 0 };
        }
    }
    let mut facet = ranked(field, most, named.into_iter());
    let shown: u64 = facet.values.iter().map(|(_, n)| n).sum();
    facet.others = counts.iter().copied().flatten().sum::<u64>() - shown;
    Ok(facet)
}

/// The count of the least frequent of this many values in the segment where it is highest; 0 if there are fewer.
fn floor(segments: &[&[u64]], most: usize) -> u64 {
    let mut floor = 0;
    for counts in segments {
        let mut above: Vec<u64> = counts.iter().copied().filter(|n| *n > floor).collect();
        if let Some(last) = most.checked_sub(1).filter(|last| *last < above.len()) {
            floor = *above.select_nth_unstable_by(last, |a, b| b.cmp(a)).1;
        }
    }
    floor
}

/// Up to which count values may stay unnamed in each segment, so that all rests are less than the floor. Segments of small
/// counts need little, and leave more to the others.
fn rests(segments: &[&[u64]], floor: u64) -> Vec<u64> {
    let largest = |counts: &[u64]| counts.iter().copied().max().unwrap_or(0);
    let mut order: Vec<(u64, usize)> = segments.iter().map(|counts| largest(counts)).zip(0..).collect();
    order.sort_unstable();
    let mut spare = floor.saturating_sub(1);
    let mut rests = vec![0; segments.len()];
    for ((largest, at), left) in order.into_iter().zip((1..=segments.len() as u64).rev()) {
        rests[at] = largest.min(spare / left);
        spare -= rests[at];
    }
    rests
}

/// The values of these numbers of a segment's dictionary, which are in order; `None` is the value of events without
/// one.
fn names(segment: &Column, numbers: &[u64]) -> tantivy::Result<Vec<Option<String>>> {
    let Some(dictionary) = segment.names.as_ref().map(|names| names.dictionary()) else {
        return Ok(vec![None; numbers.len()]);
    };
    let mut names = Vec::with_capacity(numbers.len());
    dictionary.sorted_ords_to_term_cb(numbers, |bytes| {
        names.push(Some(String::from_utf8_lossy(bytes).into_owned()).filter(|name| name != NONE));
    })?;
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_segments_leave_what_they_do_not_need() {
        let large: Vec<u64> = (1..=1_000).collect();
        let segments: [&[u64]; 4] = [&[1, 2, 1], &large, &[3], &[]];
        let floor = floor(&segments, 10);
        assert_eq!(floor, 991);
        assert_eq!(rests(&segments, floor), [2, 985, 3, 0]);
    }

    #[test]
    fn where_there_are_few_values_all_are_named() {
        let segments: [&[u64]; 2] = [&[7, 7, 7], &[9]];
        assert_eq!(floor(&segments, 4), 0);
        assert_eq!(rests(&segments, 0), [0, 0]);
    }

    proptest! {
        #[test]
        fn what_is_not_named_is_not_among_the_first(
            // The same dictionary everywhere: a value is its number.
            segments in prop::collection::vec(prop::collection::vec(0..50u64, 30), 1..6),
            most in 0..12usize,
        ) {
            let counts: Vec<&[u64]> = segments.iter().map(|counts| &counts[..]).collect();
            let rests = rests(&counts, floor(&counts, most));
            let sum = |value: usize| segments.iter().map(|counts| counts[value]).sum::<u64>();
            let mut sums: Vec<u64> = (0..30).map(sum).collect();
            let is_named = |value: usize| segments.iter().zip(&rests).any(|(counts, rest)| counts[value] > *rest);
            let unnamed = (0..30).filter(|value| !is_named(*value)).map(sum).max().unwrap_or(0);
            sums.sort_unstable_by(|a, b| b.cmp(a));
            let least_shown = most.checked_sub(1).map_or(u64::MAX, |last| sums[last]);
            prop_assert!(unnamed == 0 || unnamed < least_shown, "{unnamed} {least_shown}");
        }
    }
}
