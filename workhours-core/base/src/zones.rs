//! The clock of a report: a time zone, other zones during travel, and the hour at which a day begins. Instants are µs
//! since 1970 UTC. A day is a date, from its beginning to that of the next, with 23, 24 or 25 hours.

use crate::error::{Error, Result};
use chrono::{
    DateTime, Datelike, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone,
};
use chrono_tz::Tz;

/// The user's zone from the first of these days to the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Travel {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The zone there.
    pub zone: Tz,
}

/// Zones over time, and when days begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zones {
    home: Tz,
    /// Without overlaps, in order.
    travels: Vec<Travel>,
    /// Minutes after midnight.
    day_start: u32,
}

impl Zones {
    /// Days begin this many minutes after midnight, up to noon.
    ///
    /// # Errors
    /// When two travels overlap or one ends before it begins.
    pub fn new(home: Tz, mut travels: Vec<Travel>, day_start: u32) -> Result<Self> {
        travels.sort_by_key(|t| t.from);
        if let Some(t) = travels.iter().find(|t| t.to < t.from) {
            return Err(Error::usage(format!("a travel from {} ends on {}, before it begins", t.from, t.to)));
        }
        if let Some(two) = travels.windows(2).find(|two| two[1].from <= two[0].to) {
            return Err(Error::usage(format!(
                "two travels overlap: one until {}, one from {}",
                two[0].to, two[1].from
            )));
        }
        Ok(Self { home, travels, day_start: day_start.min(12 * 60) })
    }

    /// One zone, days from midnight.
    pub fn plain(home: Tz) -> Self {
        Self { home, travels: Vec::new(), day_start: 0 }
    }

    /// The zone on a day.
    pub fn on(&self, day: NaiveDate) -> Tz {
        self.travels.iter().find(|t| (t.from..=t.to).contains(&day)).map_or(self.home, |t| t.zone)
    }

    /// The first instant of a day.
    pub fn start_of(&self, day: NaiveDate) -> i64 {
        let wall = day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(self.day_start));
        // Out of range only beyond the years that are stored.
        to_utc(wall, self.on(day)).unwrap_or_else(|_| wall.and_utc().timestamp_micros())
    }

    /// The day an instant is part of.
    pub fn day_of(&self, us: i64) -> NaiveDate {
        let utc = DateTime::from_timestamp_micros(us).map(|t| t.date_naive()).unwrap_or_default();
        // No zone is further from Greenwich than that, nor does a day begin later than noon.
        let mut day = (-2..=2)
            .rev()
            .find_map(|ahead| {
                let day = utc + TimeDelta::days(ahead);
                (self.start_of(day) <= us).then_some(day)
            })
            .unwrap_or(utc);
        // A zone change may leave a day without an instant.
        while let Some(next) = day.succ_opt()
            && self.start_of(next) <= us
        {
            day = next;
        }
        day
    }

    /// The local time.
    pub fn wall(&self, us: i64) -> NaiveDateTime {
        let zone = self.on(self.day_of(us));
        let utc = DateTime::from_timestamp_micros(us).unwrap_or_default();
        utc.with_timezone(&zone).naive_local()
    }

    /// Minutes east of UTC there and then.
    pub fn offset_min(&self, us: i64) -> i32 {
        let zone = self.on(self.day_of(us));
        let utc = DateTime::from_timestamp_micros(us).unwrap_or_default();
        zone.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc().div_euclid(60)
    }

    /// Whether every day from one to another begins a whole number of units of this many µs after 1970.
    pub fn begin_at(&self, unit_us: i64, from_us: i64, until_us: i64) -> bool {
        self.days(from_us, until_us).all(|(_, start, end)| {
            start.rem_euclid(unit_us) == 0 && (end == i64::MAX || end.rem_euclid(unit_us) == 0)
        })
    }

    /// The days from one instant to another, each with its first instant and that of the next.
    pub fn days(&self, from: i64, until: i64) -> impl Iterator<Item = (NaiveDate, i64, i64)> + '_ {
        let mut day = Some(self.day_of(from));
        std::iter::from_fn(move || {
            let this = day?;
            let start = self.start_of(this);
            if start >= until {
                return None;
            }
            day = this.succ_opt();
            Some((this, start, day.map_or(i64::MAX, |next| self.start_of(next))))
        })
    }
}

/// The Monday of a day's week.
pub fn monday(day: NaiveDate) -> NaiveDate {
    day - TimeDelta::days(i64::from(day.weekday().num_days_from_monday()))
}

/// The instant when clocks in `zone` show `wall`: the earlier of two, and after a jump forward the first one
/// there is.
pub(crate) fn to_utc(wall: NaiveDateTime, zone: Tz) -> Result<i64, String> {
    match zone.from_local_datetime(&wall) {
        MappedLocalTime::Single(t) => Ok(t.timestamp_micros()),
        MappedLocalTime::Ambiguous(a, b) => Ok(a.min(b).timestamp_micros()),
        MappedLocalTime::None => {
            // The offset changes once between a day before and a day after, both of which exist somewhere.
            let near = |hours: i64| zone.offset_from_utc_datetime(&(wall + TimeDelta::hours(hours))).fix();
            let (before, after) = (near(-26), near(26));
            let wall_s = wall.and_utc().timestamp();
            let mut low = wall_s - i64::from(after.local_minus_utc());
            let mut high = wall_s - i64::from(before.local_minus_utc());
            while low + 1 < high {
                let middle = low + (high - low) / 2;
                let at = DateTime::from_timestamp(middle, 0).ok_or("it is out of range")?.naive_utc();
                if zone.offset_from_utc_datetime(&at).fix() == before { low = middle } else { high = middle }
            }
            Ok(high * 1_000_000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600_000_000;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn length(zones: &Zones, day: &str) -> i64 {
        let day = date(day);
        (zones.start_of(day.succ_opt().unwrap()) - zones.start_of(day)) / HOUR
    }

    #[test]
    fn days_are_as_long_as_clocks_make_them() {
        for start in [0, 4 * 60] {
            let berlin = Zones::new(chrono_tz::Europe::Berlin, vec![], start).unwrap();
            let (spring, autumn) =
                if start == 0 { ("2026-03-29", "2026-10-25") } else { ("2026-03-28", "2026-10-24") };
            assert_eq!(
                (length(&berlin, spring), length(&berlin, autumn), length(&berlin, "2026-07-01")),
                (23, 25, 24)
            );
        }
        // Clocks that change at midnight: the day begins when it can.
        let beirut = Zones::plain(chrono_tz::Asia::Beirut);
        assert_eq!(length(&beirut, "2026-03-29"), 23);
    }

    #[test]
    fn the_night_belongs_to_the_day_before() {
        let zones = Zones::new(chrono_tz::Europe::Berlin, vec![], 4 * 60).unwrap();
        let at = |text: &str| to_utc(text.parse().unwrap(), chrono_tz::Europe::Berlin).unwrap();
        assert_eq!(zones.day_of(at("2026-05-02T03:59:59")), date("2026-05-01"));
        assert_eq!(zones.day_of(at("2026-05-02T04:00:00")), date("2026-05-02"));
        assert_eq!(zones.wall(at("2026-05-02T03:59:59")), "2026-05-02T03:59:59".parse().unwrap());
    }

    #[test]
    fn travels() {
        let travel = |from: &str, to: &str, zone| Travel { from: date(from), to: date(to), zone };
        let york = travel("2026-05-02", "2026-05-05", chrono_tz::America::New_York);
        let zones = Zones::new(chrono_tz::Europe::Berlin, vec![york.clone()], 0).unwrap();
        assert_eq!((length(&zones, "2026-05-01"), length(&zones, "2026-05-05")), (30, 18));
        assert_eq!(zones.offset_min(zones.start_of(date("2026-05-03"))), -240);
        assert!(
            Zones::new(Tz::UTC, vec![york.clone(), travel("2026-05-05", "2026-05-06", Tz::UTC)], 0).is_err()
        );
        assert!(Zones::new(Tz::UTC, vec![travel("2026-05-05", "2026-05-01", Tz::UTC)], 0).is_err());
    }

    proptest! {
        /// Every instant is in its day, and days have no gaps between them.
        #[test]
        fn days_divide_time(us in 0i64..4_000_000_000_000_000, zone in 0usize..6, start in 0u32..720) {
            let zone = [chrono_tz::Europe::Berlin, chrono_tz::America::Sao_Paulo, chrono_tz::Pacific::Apia,
                chrono_tz::Asia::Kolkata, chrono_tz::Australia::Lord_Howe, Tz::UTC][zone];
            let travel = Travel { from: date("2000-01-01"), to: date("2003-03-03"), zone: chrono_tz::Pacific::Honolulu };
            let zones = Zones::new(zone, vec![travel], start).unwrap();
            let day = zones.day_of(us);
            prop_assert!(zones.start_of(day) <= us, "{day}");
            prop_assert!(us < zones.start_of(day.succ_opt().unwrap()), "{day}");
        }
    }
}
