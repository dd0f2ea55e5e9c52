//! When no one was at a machine, as a tracker recorded it: what the machine showed meanwhile doesn't count.
//!
//! A tracker notices that someone is away only minutes later, so this is read when hours are counted, not when events
//! are loaded. Records of one machine that are a few seconds apart are joined, as ActivityWatch's own queries do it.

use super::super::params::EARLIEST_US;
use rustc_hash::FxHashMap;
use workhours_base::Text;
use workhours_base::error::Result;
use workhours_base::vocabulary::{PRESENCE, SHOWN};
use workhours_event::{InputId, StoredEvent};
use workhours_query::meta_text;
use workhours_store::{EventFilter, Store, Wanted};

/// Records this close to each other have no gap between them.
const CLOSE_US: i64 = 5_000_000;
/// The longest time away that reaches into a window of time from before it.
const REACH_US: i64 = 31 * 86_400_000_000;

/// A time from one instant to another.
pub(super) type Span = (i64, i64);

/// Whose time it is: that of a machine, or, of events that name none, of all that one program has sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Owner {
    Host(Text),
    Input(InputId),
}

/// The times away.
#[derive(Default)]
pub(super) struct Presence {
    away: FxHashMap<Owner, Vec<Span>>,
}

impl Presence {
    /// Those that matter for traces that begin from one instant to before another.
    pub(super) fn new(
        store: &mut Store,
        sources: &[String],
        (from_us, until_us): (Option<i64>, Option<i64>),
    ) -> Result<Self> {
        if sources.is_empty() {
            return Ok(Self::default());
        }
        let inputs: Vec<InputId> = store
            .inputs()
            .all()?
            .into_iter()
            .filter(|input| sources.contains(&input.source_type))
            .map(|input| input.id)
            .collect();
        if inputs.is_empty() {
            return Ok(Self::default());
        }
        let filter = EventFilter {
            source_types: sources.to_vec(),
            input_ids: Some(inputs),
            kind: Some(PRESENCE),
            from_us: from_us.map(|from| from.saturating_sub(REACH_US).max(EARLIEST_US)),
            until_us: until_us.map(|until| until.saturating_add(REACH_US)),
            dated_only: true,
            ..EventFilter::default()
        };
        let mut records: FxHashMap<Owner, Vec<(Span, bool)>> = FxHashMap::default();
        let mut reader = store.events().reader_of(filter, Wanted::ALL);
        while let Some(event) = reader.next_event()? {
            let Some(start) = event.date else { continue };
            let is_away = meta_text(&event, PRESENCE).is_some_and(|status| status == "away");
            let span = (start, start.saturating_add(event.duration_us.unwrap_or_default()));
            let host = event.host.clone().map(Owner::Host);
            for owner in host.into_iter().chain([Owner::Input(event.input_id)]) {
                records.entry(owner).or_default().push((span, is_away));
            }
        }
        let away = records.into_iter().map(|(owner, records)| (owner, away_of(records)));
        Ok(Self { away: away.filter(|(_, spans)| !spans.is_empty()).collect() })
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.away.is_empty()
    }

    /// When no one was there for what an event is about; `None` if it counts in any case.
    pub(super) fn away_from(&self, event: &StoredEvent) -> Option<&[Span]> {
        if !SHOWN.contains(&event.kind.as_str()) {
            return None;
        }
        let of_host = event.host.as_ref().and_then(|host| self.away.get(&Owner::Host(host.clone())));
        let of_input = || self.away.get(&Owner::Input(event.input_id)).filter(|_| event.host.is_none());
        of_host.or_else(of_input).map(Vec::as_slice)
    }
}

/// The times away of records in order of their beginnings. Between two that are close to each other and differ, the change
/// is in the middle; of two that overlap, the later one is right.
fn away_of(records: Vec<(Span, bool)>) -> Vec<Span> {
    let mut joined: Vec<(Span, bool)> = Vec::new();
    for ((mut start, end), is_away) in records {
        if let Some(((_, last_end), was_away)) = joined.last_mut() {
            let gap = start.saturating_sub(*last_end);
            if *was_away == is_away && gap <= CLOSE_US {
                *last_end = end.max(*last_end);
                continue;
            }
            if gap < 0 {
                *last_end = start;
            } else if gap <= CLOSE_US {
                *last_end += gap / 2;
                start = *last_end;
            }
        }
        joined.push(((start, end.max(start)), is_away));
    }
    joined.into_iter().filter(|(_, is_away)| *is_away).map(|(span, _)| span).collect()
}

/// What is left of a span without these, which are in order and don't overlap. An instant is left if it's in none.
pub(super) fn without((start, end): Span, away: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    let mut from = start;
    let first = away.partition_point(|(_, until)| *until <= start);
    for &(away_from, away_until) in away[first..].iter().take_while(|(from, _)| *from < end.max(start + 1)) {
        if away_from > from {
            left.push((from, away_from));
        }
        from = away_until;
    }
    if from < end || (from == end && start == end && from == start && left.is_empty()) {
        left.push((from, end));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: f64) -> i64 {
        (seconds * 1e6) as i64
    }

    #[test]
    fn close_records_have_their_change_in_the_middle() {
        let record = |from: f64, until: f64, is_away| ((s(from), s(until)), is_away);
        let records = vec![
            record(0.0, 600.0, false),
            record(600.0, 1000.0, true),
            record(1000.0, 2000.0, false),
            record(2003.0, 2303.0, true),
            record(2303.0, 3000.0, false),
            record(3006.0, 3010.0, true),
            record(3012.0, 3020.0, true),
            record(3015.0, 3030.0, false),
        ];
        let away = [(600.0, 1000.0), (2001.5, 2303.0), (3006.0, 3015.0)].map(|(a, b)| (s(a), s(b)));
        assert_eq!(away_of(records), away);
    }

    #[test]
    fn what_is_left() {
        let away = [(10, 20), (30, 40)];
        for (span, want) in [
            ((0, 5), vec![(0, 5)]),
            ((0, 15), vec![(0, 10)]),
            ((0, 50), vec![(0, 10), (20, 30), (40, 50)]),
            ((12, 18), vec![]),
            ((15, 35), vec![(20, 30)]),
            ((20, 30), vec![(20, 30)]),
            ((10, 20), vec![]),
            ((5, 5), vec![(5, 5)]),
            ((15, 15), vec![]),
            ((10, 10), vec![]),
            ((20, 20), vec![(20, 20)]),
        ] {
            assert_eq!(without(span, &away), want, "{span:?}");
        }
    }
}
