//! Clocks that programs count by, other than the seconds since 1970, as times.
//!
//! Not for written dates: see `stamp`.

use workhours_plugin_api::{EventTime, Precision, Zone};

/// Seconds from 1601-01-01, where Windows and Chrome begin to count, to 1970-01-01.
const FROM_1601_SECS: i64 = 11_644_473_600;
/// Seconds from 1970-01-01 to 2001-01-01, where Apple begins to count.
const TO_2001_SECS: i64 = 978_307_200;

/// Microseconds since 1601.
pub(crate) fn from_1601_us(us: i64) -> Option<EventTime> {
    Some(EventTime::from_unix_us(us.checked_sub(FROM_1601_SECS * 1_000_000)?))
}

/// Seconds since 1970 with a fraction. A double holds it to the microsecond, no finer.
pub(crate) fn from_1970_secs(secs: f64) -> Option<EventTime> {
    let us = (secs * 1e6).round();
    crate::toolkit::cells::whole(us).map(EventTime::from_unix_us)
}

/// Seconds since 2001 with a fraction.
pub(crate) fn from_2001_secs(secs: f64) -> Option<EventTime> {
    let time = from_1970_secs(secs)?;
    Some(EventTime { secs: time.secs.checked_add(TO_2001_SECS)?, ..time })
}

/// Nanoseconds since 1970.
pub(crate) fn from_1970_ns(ns: i64) -> EventTime {
    EventTime {
        secs: ns.div_euclid(1_000_000_000),
        nanos: ns.rem_euclid(1_000_000_000) as u32,
        zone: Zone::Unknown,
        precision: Precision::Nanosecond,
    }
}
