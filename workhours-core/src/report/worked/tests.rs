//! What sessions promise: the examples of others, and that parts, days and roundings always add up.

use super::super::params::{RoundMode, RoundPer, Rounding};
use super::events::Trace;
use super::sessions::Growing;
use super::*;
use crate::zones::{Travel, Zones};
use proptest::prelude::*;

const MINUTE: i64 = 60_000_000;

fn trace(start: i64, lasts: i64, key: &str) -> Trace {
    let key = Some(key.to_owned()).filter(|key| !key.is_empty());
    let (start, end) = (start * MINUTE, (start + lasts) * MINUTE);
    Trace { start, last: start, end, events: 1, key, source: Some("s".into()), title: None, origin: None }
}

/// Sessions of these traces, as the reader makes them.
fn sessions(traces: &[Trace], gap_min: i64, pad_min: i64) -> Vec<Session> {
    let mut found = Vec::new();
    let mut growing: Option<Growing> = None;
    let mut last_end = i64::MIN;
    for trace in traces {
        if let Some(open) = growing.take_if(|open| trace.start - open.end > gap_min * MINUTE) {
            let session = open.finish();
            last_end = session.end();
            found.push(session);
        }
        match &mut growing {
            Some(open) => open.add(trace.clone()),
            None => growing = Some(Growing::new(trace.clone(), pad_min * MINUTE, last_end)),
        }
    }
    found.extend(growing.map(Growing::finish));
    found
}

#[test]
fn plasos_example() {
    // https://plaso.readthedocs.io, "sessionize": ten minutes over 00:00, 00:09, 00:18, 01:00, 01:09.
    let traces: Vec<Trace> = [0, 9, 18, 60, 69].map(|minute| trace(minute, 0, "")).to_vec();
    let events: Vec<u64> = sessions(&traces, 10, 0).iter().map(Session::events).collect();
    assert_eq!(events, [3, 2]);
}

#[test]
fn padding_as_git_hours_has_it() {
    // Two hours before the first commit of a session, and the time between commits less than two hours apart.
    let traces: Vec<Trace> = [0, 30, 90, 400, 1000].map(|minute| trace(minute, 0, "")).to_vec();
    let minutes: i64 = sessions(&traces, 120, 120).iter().map(|s| s.length() / MINUTE).sum();
    assert_eq!(minutes, (120 + 30 + 60) + 120 + 120);
}

#[test]
fn overlaps_count_once_and_lasting_events_to_their_end() {
    let meeting = [trace(0, 60, "meeting"), trace(10, 0, "chat"), trace(20, 0, "chat"), trace(65, 0, "mail")];
    let all = sessions(&meeting, 10, 0);
    assert_eq!((all.len(), all[0].length()), (1, 65 * MINUTE));
    let parts: Vec<_> =
        all[0].parts.iter().map(|p| (p.key.as_deref().unwrap(), (p.until - p.from) / MINUTE)).collect();
    assert_eq!(parts, [("meeting", 10), ("chat", 55), ("mail", 0)]);
}

#[test]
fn rounded_rows_add_up() {
    let rounding = |mode, per| Rounding { step_min: 15, mode, per };
    let minutes = |lengths: &[i64]| lengths.iter().map(|m| m * MINUTE).collect::<Vec<_>>();
    let lengths = minutes(&[7, 7, 7, 1]);
    assert_eq!(share(&lengths, rounding(RoundMode::Nearest, RoundPer::Day)), minutes(&[15, 0, 0, 0]));
    assert_eq!(share(&lengths, rounding(RoundMode::Up, RoundPer::Day)), minutes(&[15, 15, 0, 0]));
    assert_eq!(share(&lengths, rounding(RoundMode::Down, RoundPer::Day)), minutes(&[15, 0, 0, 0]));
    assert_eq!(round(7 * MINUTE + MINUTE / 2, rounding(RoundMode::Nearest, RoundPer::Row)), 15 * MINUTE);
    assert_eq!(
        "6:up:session".parse::<Rounding>().unwrap(),
        Rounding { step_min: 6, mode: RoundMode::Up, per: RoundPer::Session }
    );
    for wrong in ["", "0", "x", "15:sideways", "15:up:week", "15:up:day:x"] {
        assert!(wrong.parse::<Rounding>().is_err(), "{wrong}");
    }
}

fn traces() -> impl Strategy<Value = Vec<Trace>> {
    prop::collection::vec((0i64..2_000, 0i64..200, "[a-c]?"), 1..60).prop_map(|mut list| {
        list.sort();
        list.into_iter().map(|(start, lasts, key)| trace(start, lasts, &key)).collect()
    })
}

proptest! {
    #[test]
    fn parts_and_days_are_the_whole(traces in traces(), gap in 0i64..120, pad in 0i64..60, day_start in 0u32..720) {
        let travel = Travel {
            from: "1970-01-02".parse().unwrap(), to: "1970-01-02".parse().unwrap(), zone: chrono_tz::Asia::Tokyo,
        };
        let zones = Zones::new(chrono_tz::America::New_York, vec![travel], day_start).unwrap();
        let all = sessions(&traces, gap, pad);
        prop_assert_eq!(all.iter().map(Session::events).sum::<u64>(), traces.len() as u64);
        let mut end = i64::MIN;
        for session in &all {
            prop_assert!(session.start() >= end, "sessions overlap");
            end = session.end();
            let parts: i64 = session.parts.iter().map(|p| p.until - p.from).sum();
            prop_assert_eq!(parts, session.length());
            prop_assert!(session.parts.windows(2).all(|two| two[0].until == two[1].from));
            let days = session.by_day(&zones);
            prop_assert_eq!(days.iter().map(|(_, p)| p.until - p.from).sum::<i64>(), session.length());
            prop_assert_eq!(days.iter().map(|(_, p)| p.events).sum::<u64>(), session.events());
            for (day, part) in days {
                prop_assert!(zones.day_of(part.from) == day && (part.until == part.from || zones.day_of(part.until - 1) == day));
            }
        }
        // Without padding it is what a stopwatch would have shown: the union of all events and of the gaps that are none.
        let bare: i64 = sessions(&traces, gap, 0).iter().map(Session::length).sum();
        let mut covered = std::collections::BTreeSet::new();
        let mut upto: Option<i64> = None;
        for t in &traces {
            let begin = upto.filter(|upto| t.start - upto <= gap * MINUTE).unwrap_or(t.start).min(t.start);
            (begin / MINUTE..t.end / MINUTE).for_each(|minute| _ = covered.insert(minute));
            upto = upto.max(Some(t.end));
        }
        prop_assert_eq!(bare / MINUTE, covered.len() as i64);
    }

    #[test]
    fn shares_sum_to_the_rounded_sum(lengths in prop::collection::vec(0i64..10_000_000_000, 0..12), step in 1u32..61, mode in 0usize..3) {
        let rounding = Rounding { step_min: step, mode: RoundMode::ALL[mode], per: RoundPer::Day };
        let shares = share(&lengths, rounding);
        prop_assert_eq!(shares.iter().sum::<i64>(), round(lengths.iter().sum(), rounding));
        for (share, length) in shares.iter().zip(&lengths) {
            prop_assert!((share - length).abs() < i64::from(step) * MINUTE, "{share} for {length}");
        }
    }
}
