//! From a source's time to UTC: applies the input's zone to local times, and flags uncertain ones.

use super::flags::host_flags;
use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;
use workhours_plugin_api::{EventTime, Zone};

/// Years 0001 to 9999: what every backend and every reader of ours can show.
const EARLIEST_SECS: i64 = -62_135_596_800;
const LATEST_SECS: i64 = 253_402_300_799;

/// A time as it is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// µs since the Unix epoch; `None` when outside the years 1 to 9999.
    pub date: Option<i64>,
    /// Minutes east of UTC there and then, when known.
    pub offset_min: Option<i16>,
    /// Host flags.
    pub flags: u32,
}

/// Resolves a time by itself; `zone` is that of the input's local times. Of two times that the clock showed it returns
/// the earlier.
pub fn resolve(time: EventTime, zone: Tz) -> Resolved {
    resolve_in(time, zone, || false)
}

/// Resolves a time; `later` decides which of two it is if the clock showed it twice.
pub(super) fn resolve_in(time: EventTime, zone: Tz, later: impl FnOnce() -> bool) -> Resolved {
    if !(EARLIEST_SECS..=LATEST_SECS).contains(&time.secs) {
        return Resolved { flags: host_flags::TIME_OUT_OF_RANGE, ..Resolved::default() };
    }
    let micros = |secs: i64| secs * 1_000_000 + (time.nanos.min(999_999_999) / 1_000) as i64;
    match time.zone {
        Zone::Unknown => Resolved { date: Some(micros(time.secs)), offset_min: None, flags: 0 },
        Zone::Offset(min) => Resolved { date: Some(micros(time.secs)), offset_min: Some(min), flags: 0 },
        Zone::Local => {
            let Some(wall) = DateTime::from_timestamp(time.secs, 0).map(|t| t.naive_utc()) else {
                return Resolved { flags: host_flags::TIME_OUT_OF_RANGE, ..Resolved::default() };
            };
            let (secs, offset_secs, remark) = from_wall(wall, zone, later);
            let offset_min = i16::try_from(offset_secs.div_euclid(60)).ok();
            Resolved { date: Some(micros(secs)), offset_min, flags: host_flags::LOCAL_TIME | remark }
        }
    }
}

/// UTC seconds, offset in seconds, and FOLD or GAP.
fn from_wall(wall: NaiveDateTime, zone: Tz, later: impl FnOnce() -> bool) -> (i64, i32, u32) {
    match zone.from_local_datetime(&wall) {
        MappedLocalTime::Single(t) => (t.timestamp(), t.offset().fix().local_minus_utc(), 0),
        MappedLocalTime::Ambiguous(a, b) => {
            let t = if later() { a.max(b) } else { a.min(b) };
            (t.timestamp(), t.offset().fix().local_minus_utc(), host_flags::FOLD)
        }
        MappedLocalTime::None => {
            // The clocks jumped over this time. Read it with the offset before the jump, as if the clock hadn't been
            // set: 02:30 becomes the instant that is now called 03:30.
            let before = (1..=26)
                .find_map(|hours| zone.from_local_datetime(&(wall - TimeDelta::hours(hours))).latest());
            let offset = before.map_or(0, |t| t.offset().fix().local_minus_utc());
            (wall.and_utc().timestamp() - offset as i64, offset, host_flags::GAP)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use workhours_plugin_api::{Precision, civil};

    fn chicago(y: i32, mo: u32, d: u32, h: u32, mi: u32) -> Resolved {
        let wall = civil::seconds(y, mo, d, h, mi, 0).unwrap();
        resolve(EventTime::local(wall, Precision::Second), chrono_tz::America::Chicago)
    }

    fn utc(y: i32, mo: u32, d: u32, h: u32, mi: u32) -> Option<i64> {
        civil::seconds(y, mo, d, h, mi, 0).map(|s| s * 1_000_000)
    }

    #[test]
    fn fold_gap_and_plain() {
        let fold = chicago(2026, 11, 1, 1, 30);
        assert_eq!((fold.date, fold.offset_min), (utc(2026, 11, 1, 6, 30), Some(-300)));
        assert_eq!(fold.flags, host_flags::LOCAL_TIME | host_flags::FOLD);
        let gap = chicago(2026, 3, 8, 2, 30);
        assert_eq!(gap.date, utc(2026, 3, 8, 8, 30));
        assert_eq!(gap.flags, host_flags::LOCAL_TIME | host_flags::GAP);
        let plain = chicago(2026, 7, 4, 12, 0);
        assert_eq!((plain.date, plain.flags), (utc(2026, 7, 4, 17, 0), host_flags::LOCAL_TIME));
    }

    #[test]
    fn extremes_are_undated_and_flagged() {
        for secs in [i64::MIN, i64::MAX, LATEST_SECS + 1, EARLIEST_SECS - 1] {
            for zone in [Zone::Unknown, Zone::Local, Zone::Offset(60)] {
                let t = EventTime { zone, ..EventTime::from_unix(secs) };
                let got = resolve(t, chrono_tz::Asia::Kolkata);
                assert_eq!((got.date, got.flags), (None, host_flags::TIME_OUT_OF_RANGE));
            }
        }
        assert!(resolve(EventTime::from_unix(LATEST_SECS), Tz::UTC).date.is_some());
        assert_eq!(resolve(EventTime::from_unix(-1), Tz::UTC).date, Some(-1_000_000));
    }
}
