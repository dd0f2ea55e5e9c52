//! The clock of an entry's times: from local time to UTC, and back.
//!
//! [`names`](crate::calendar::names) and [`zone`](crate::calendar::zone) know which clock a name means.

use crate::calendar::time::Moment;
use crate::calendar::zone::{Observance, offset_at, offset_at_utc, offsets};
use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;
use workhours_plugin_api::{EventTime, Precision, Zone};

/// A clock.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Clock<'z> {
    /// That of the input, which only the host knows. Whole days hang on it too.
    Floating,
    /// Always this many seconds east of UTC.
    Fixed(i64),
    /// That of a VTIMEZONE.
    Rules(&'z [Observance]),
    /// That of a zone of the IANA database.
    Iana(Tz),
}

impl Clock<'_> {
    /// Seconds east of UTC when it shows `wall`. A repeated time is the first of both; a skipped time is read with the
    /// offset before (RFC 5545, 3.3.5).
    pub(crate) fn offset(&self, wall: i64) -> Option<i64> {
        match self {
            Self::Floating => None,
            Self::Fixed(offset) => Some(*offset),
            Self::Rules(rules) => offset_at(rules, wall),
            Self::Iana(zone) => {
                let naive = naive(wall)?;
                Some(match zone.offset_from_local_datetime(&naive) {
                    MappedLocalTime::Single(o) => o.fix().local_minus_utc().into(),
                    // The first of both has the greater offset: the clock is set back between them.
                    MappedLocalTime::Ambiguous(a, b) => {
                        a.fix().local_minus_utc().max(b.fix().local_minus_utc()).into()
                    }
                    MappedLocalTime::None => {
                        let earlier = (1..=26).find_map(|hours| {
                            zone.offset_from_local_datetime(&(naive - TimeDelta::hours(hours))).latest()
                        });
                        earlier.map_or(0, |o| o.fix().local_minus_utc().into())
                    }
                })
            }
        }
    }

    /// The instant when it shows `wall`; `None` if only the host knows.
    pub(crate) fn utc(&self, wall: i64) -> Option<i64> {
        self.offset(wall).map(|offset| wall - offset)
    }

    /// Its local time at an instant.
    pub(crate) fn wall(&self, utc: i64) -> i64 {
        utc + match self {
            Self::Floating => 0,
            Self::Fixed(offset) => *offset,
            Self::Rules(rules) => offset_at_utc(rules, utc).unwrap_or(0),
            Self::Iana(zone) => naive(utc)
                .map_or(0, |naive| zone.offset_from_utc_datetime(&naive).fix().local_minus_utc().into()),
        }
    }

    /// All instants at which it shows `wall`, in order: none, one or two.
    pub(crate) fn instants(&self, wall: i64) -> Vec<i64> {
        let offsets = match self {
            Self::Floating | Self::Fixed(_) => return self.utc(wall).into_iter().collect(),
            Self::Rules(rules) => offsets(rules),
            Self::Iana(zone) => {
                let Some(naive) = naive(wall) else { return Vec::new() };
                let mapped = zone.offset_from_local_datetime(&naive);
                let both = [mapped.earliest(), mapped.latest()];
                both.into_iter().flatten().map(|o| o.fix().local_minus_utc().into()).collect()
            }
        };
        let mut found: Vec<i64> =
            offsets.into_iter().map(|o| wall - o).filter(|utc| self.wall(*utc) == wall).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// A moment as an event's time.
    pub(crate) fn time(&self, moment: Moment) -> EventTime {
        let local = EventTime::local(moment.wall, moment.precision);
        if moment.precision == Precision::Day {
            return local;
        }
        match self.offset(moment.wall) {
            Some(offset) => at_offset(moment.wall - offset, offset),
            None => local,
        }
    }

    /// An instant as an event's time.
    pub(crate) fn time_at(&self, utc: i64) -> EventTime {
        at_offset(utc, self.wall(utc) - utc)
    }
}

fn at_offset(utc: i64, offset: i64) -> EventTime {
    let zone = Zone::Offset((offset / 60) as i16);
    EventTime { secs: utc, nanos: 0, zone, precision: Precision::Second }
}

fn naive(secs: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp(secs, 0).map(|t| t.naive_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::time::moment;

    #[test]
    fn gaps_and_folds() {
        let berlin = Clock::Iana(chrono_tz::Europe::Berlin);
        let wall = |text: &str| moment(text.as_bytes()).unwrap().wall;
        let gap = wall("20260329T023000");
        assert_eq!(berlin.utc(gap), Some(wall("20260329T013000")));
        assert!(berlin.instants(gap).is_empty());
        let fold = wall("20261025T023000");
        assert_eq!(berlin.instants(fold), [wall("20261025T003000"), wall("20261025T013000")]);
        assert_eq!(berlin.utc(fold), Some(wall("20261025T003000")));
        assert_eq!(berlin.wall(wall("20261025T013000")), fold);
        // A whole day that Samoa never had.
        let apia = Clock::Iana(chrono_tz::Pacific::Apia);
        assert_eq!(apia.utc(wall("20111230T120000")), Some(wall("20111230T220000")));
        assert!(apia.instants(i64::MAX).is_empty());
    }
}
