//! The promises of hours: parts add up to the whole, and each moment has the owner of the definition.

mod made;
mod partitions;

use super::growing::Growing;
use super::part::Cuts;
use super::trace::{Label, Trace};
use super::*;
use proptest::prelude::*;
use workhours_base::vocabulary::{RoundMode, RoundPer, Rounding};
use workhours_base::zones::Zones;
use workhours_query::people::Who;

const MINUTE: i64 = 60_000_000;

fn trace(start: i64, lasts: i64, key: &str) -> Trace {
    let key = Some(key).filter(|key| !key.is_empty()).map(Into::into);
    let label = Label { key, project: None, kept: true };
    Trace {
        more: None,
        who: Who::Me,
        start: start * MINUTE,
        end: (start + lasts) * MINUTE,
        events: 1,
        label,
        detail: None,
    }
}

/// Sessions of these traces, as the reader makes them.
fn sessions(traces: &[Trace], gap_min: i64, pad_min: i64) -> Vec<Session> {
    let mut cuts = Cuts::new(Zones::plain(chrono_tz::Tz::UTC), Vec::new(), Vec::new());
    let mut found = Vec::new();
    let mut growing: Option<Growing> = None;
    let mut last_end = i64::MIN;
    for trace in traces {
        if let Some(open) = growing.take_if(|open| trace.start - open.end > gap_min * MINUTE) {
            let session = open.finish(&mut cuts);
            last_end = session.end();
            found.push(session);
        }
        match &mut growing {
            Some(open) => open.add(trace.clone(), &mut cuts),
            None => {
                let times = (gap_min * MINUTE, pad_min * MINUTE);
                growing = Some(Growing::new(trace.clone(), times, last_end, false, &mut cuts));
            }
        }
    }
    found.extend(growing.map(|open| open.finish(&mut cuts)));
    found
}

fn parts(session: &Session) -> Vec<(&str, i64)> {
    let minutes = |part: &Part| (part.until - part.from) / MINUTE;
    session.parts.iter().map(|p| (p.label.key.as_deref().unwrap_or(""), minutes(p))).collect()
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
fn a_commit_does_not_take_the_rest_of_a_meeting() {
    let traces = [trace(0, 60, "meeting"), trace(10, 0, "commit"), trace(65, 0, "mail")];
    let all = sessions(&traces, 15, 0);
    assert_eq!(parts(&all[0]), [("meeting", 10), ("commit", 15), ("meeting", 40), ("mail", 0)]);
}

#[test]
fn what_is_behind_all_belongs_to_what_ended_last() {
    // The short one began later and is over; the long one ended last.
    let traces = [trace(0, 50, "long"), trace(5, 10, "short"), trace(58, 0, "next")];
    assert_eq!(parts(&sessions(&traces, 10, 0)[0]), [("long", 5), ("short", 20), ("long", 33), ("next", 0)]);
    // Of those still running, the one that began last.
    let traces = [trace(0, 60, "a"), trace(5, 40, "b"), trace(10, 0, "c"), trace(61, 0, "d")];
    assert_eq!(
        parts(&sessions(&traces, 5, 0)[0]),
        [("a", 5), ("b", 5), ("c", 5), ("b", 30), ("a", 16), ("d", 0)]
    );
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

/// The definition, literally, for one minute of a session: its owner.
fn owner(traces: &[Trace], at: i64, gap: i64) -> Option<&Trace> {
    let begun: Vec<&Trace> = traces.iter().filter(|trace| trace.start <= at).collect();
    let latest = begun.last()?;
    if at < latest.end + gap {
        return Some(latest);
    }
    let running = begun.iter().rev().find(|trace| trace.end > at);
    running.or_else(|| begun.iter().max_by_key(|trace| trace.end)).copied()
}

proptest! {
    #[test]
    fn each_minute_has_the_owner_of_the_definition(
        given in prop::collection::vec((0i64..300, prop_oneof![Just(0i64), 0i64..90], 0..4usize), 1..40),
        gap in 1i64..60,
    ) {
        let mut traces: Vec<Trace> = given.iter().map(|(start, lasts, key)| trace(*start, *lasts, &"abcd"[*key..=*key])).collect();
        traces.sort_by_key(|trace| trace.start);
        for session in sessions(&traces, gap, 0) {
            let of: Vec<Trace> = traces.iter().filter(|t| session.start() <= t.start && t.start <= session.end()).cloned().collect();
            let mut at = session.start();
            for part in &session.parts {
                prop_assert_eq!(part.from, at, "parts touch");
                at = part.until;
                for minute in part.from / MINUTE..part.until / MINUTE {
                    let owner = owner(&of, minute * MINUTE, gap * MINUTE).unwrap();
                    prop_assert_eq!(&owner.label.key, &part.label.key, "minute {}", minute);
                }
            }
        }
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
