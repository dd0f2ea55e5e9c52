//! Passes of a repeated hour, and times that cannot be.

use super::*;
use chrono_tz::Europe::Berlin;
use workhours_plugin_api::{Position, Precision, civil};

/// 2026-11-29
const NOW_US: i64 = 1_795_910_400_000_000;

fn clock(ordered: bool) -> WallClock {
    if ordered {
        WallClock::ordered(Berlin, NOW_US, Reading::CURRENT)
    } else {
        WallClock::new(Berlin, NOW_US)
    }
}

/// On the day in 2025 on which Berlin had 02:00 to 03:00 twice: first at UTC + 2, then at UTC + 1.
fn wall(hour: u32, minute: u32, second: u32) -> EventTime {
    EventTime::local(civil::seconds(2025, 10, 26, hour, minute, second).unwrap(), Precision::Second)
}

/// The offsets that records with these clocks get, in hours.
fn offsets(clock: &mut WallClock, walls: &[(u32, u32, u32)]) -> Vec<i16> {
    walls.iter().map(|(h, m, s)| clock.resolve(wall(*h, *m, *s)).offset_min.unwrap() / 60).collect()
}

#[test]
fn a_step_back_begins_the_second_pass() {
    let read = |walls: &[_]| offsets(&mut clock(true), walls);
    let case = [(2, 30, 0), (2, 59, 59), (2, 0, 1), (2, 30, 0), (3, 0, 0)];
    assert_eq!(read(&case), [2, 2, 1, 1, 1]);
    assert_eq!(read(&[(1, 59, 0), (2, 10, 0), (2, 9, 30), (2, 20, 0)]), [2, 2, 2, 2], "disorder");
    assert_eq!(read(&[(2, 50, 0), (2, 10, 0), (2, 59, 0), (2, 58, 30), (3, 1, 0)]), [2, 1, 1, 1, 1]);
    assert_eq!(read(&[(2, 50, 0), (2, 10, 0), (3, 0, 0), (2, 59, 58)]), [2, 1, 1, 1], "late by 2 s");
    assert_eq!(
        read(&[(3, 0, 10), (2, 59, 50), (2, 0, 10), (2, 59, 0), (1, 59, 0)]),
        [1, 1, 1, 2, 2],
        "latest first"
    );
    assert_eq!(read(&[(9, 0, 0), (2, 50, 0), (2, 10, 0)]), [1, 2, 2], "in no order");
    assert_eq!(offsets(&mut clock(false), &case), [2, 2, 2, 2, 1], "which tells nothing elsewhere");
}

#[test]
fn other_zones_tell_nothing_of_the_clock() {
    let mut clock = clock(true);
    assert_eq!(offsets(&mut clock, &[(2, 50, 0)]), [2]);
    clock.resolve(EventTime::from_unix(0));
    assert_eq!(offsets(&mut clock, &[(2, 49, 50), (2, 10, 0)]), [2, 1]);
}

#[test]
fn the_pass_survives_a_checkpoint_at_any_record() {
    let walls = [(1, 59, 0), (2, 30, 0), (2, 59, 59), (2, 0, 1), (2, 30, 0), (3, 0, 0)];
    let whole = offsets(&mut clock(true), &walls);
    for cut in 0..walls.len() {
        let mut first = clock(true);
        offsets(&mut first, &walls[..cut]);
        let state = first.sealed(b"years");
        let mut second = clock(true);
        let resume = second.unseal(Resume { position: Position::default(), state });
        assert_eq!(resume.state, b"years");
        assert_eq!(offsets(&mut second, &walls[cut..]), whole[cut..], "{cut}");
    }
}

#[test]
fn an_end_is_in_the_pass_of_its_start() {
    let mut clock = clock(true);
    offsets(&mut clock, &[(2, 50, 0), (2, 10, 0)]);
    assert_eq!(clock.resolve_end(wall(2, 20, 0)), Some(clock.resolve(wall(2, 20, 0)).date.unwrap()));
}

#[test]
fn times_that_cannot_be_keep_their_date() {
    let implausible = |us: i64| {
        let resolved = clock(true).resolve(EventTime::from_unix_us(us));
        assert_eq!(resolved.date, Some(us));
        resolved.flags & host_flags::IMPLAUSIBLE_TIME != 0
    };
    assert!([0, -1, PLAUSIBLE_FROM_US - 1].into_iter().all(implausible));
    assert!(![PLAUSIBLE_FROM_US, NOW_US, NOW_US + PLAUSIBLE_AHEAD_US].into_iter().any(implausible));
    assert!(implausible(NOW_US + PLAUSIBLE_AHEAD_US + 1));
}

#[test]
fn files_keep_their_reading() {
    assert_eq!(Reading::of(&Reading::tz_version()), Reading::CURRENT);
    assert_eq!(Reading::of(chrono_tz::IANA_TZDB_VERSION), Reading::First);
    let mut clock = WallClock::ordered(Berlin, NOW_US, Reading::First);
    assert_eq!((offsets(&mut clock, &[(2, 30, 0), (2, 59, 59)]), clock.kept()), (vec![2, 2], false));
    assert_eq!((offsets(&mut clock, &[(2, 0, 1)]), clock.kept()), (vec![2], true), "and it is known");
    assert_eq!(clock.sealed(b"x"), b"x");
}
