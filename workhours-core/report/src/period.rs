//! Periods of a calendar: their names, the period of an instant or day, and the days of a period.

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike};
use workhours_base::vocabulary::Bucket;
use workhours_base::zones::{Zones, monday};

/// A period, in order of time. Those shorter than a day are in UTC, so that an hour the clock shows twice is two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Period {
    /// Its first instant, µs; of a longer one its first day, counted in days.
    start: i64,
    bucket: Bucket,
    /// Minutes east of UTC, for what its name shows.
    offset_min: i32,
}

impl Period {
    /// The period a day is in. For buckets of a day and longer.
    pub(super) fn of_day(bucket: Bucket, day: NaiveDate) -> Self {
        let first = |month: u32| NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day);
        let first = match bucket {
            Bucket::Year => first(1),
            Bucket::Quarter => first(day.month0() / 3 * 3 + 1),
            Bucket::Month => first(day.month()),
            Bucket::Week => monday(day),
            _ => day,
        };
        let bucket = bucket.min(Bucket::Day);
        Self { start: i64::from(first.num_days_from_ce()), bucket, offset_min: 0 }
    }

    /// The period an instant is in.
    pub(super) fn of(bucket: Bucket, us: i64, zones: &Zones) -> Self {
        let length = match bucket {
            Bucket::Hour => 3_600_000_000,
            Bucket::Minute => 60_000_000,
            Bucket::WeekdayHour => {
                let wall = zones.wall(us);
                let start = i64::from(wall.weekday().num_days_from_monday() * 24 + wall.hour());
                return Self { start, bucket, offset_min: 0 };
            }
            _ => return Self::of_day(bucket, zones.day_of(us)),
        };
        let offset_min = zones.offset_min(us);
        // Hours begin by the local clock.
        let shift = i64::from(offset_min) * 60_000_000 % length;
        Self { start: (us + shift).div_euclid(length) * length - shift, bucket, offset_min }
    }

    fn day(&self) -> NaiveDate {
        i32::try_from(self.start).ok().and_then(NaiveDate::from_num_days_from_ce_opt).unwrap_or_default()
    }

    fn wall(&self) -> NaiveDateTime {
        let shown = self.start + i64::from(self.offset_min) * 60_000_000;
        chrono::DateTime::from_timestamp_micros(shown).map(|t| t.naive_utc()).unwrap_or_default()
    }

    /// As people write it: `2026`, `2026-Q1`, `2026-03`, `2026-W11`, `2026-03-10`, `2026-03-10 09:00+01:00`, `Mon 09`.
    pub(super) fn label(&self) -> String {
        let day = || self.day();
        match self.bucket {
            Bucket::Year => day().year().to_string(),
            Bucket::Quarter => format!("{}-Q{}", day().year(), day().month0() / 3 + 1),
            Bucket::Month => day().format("%Y-%m").to_string(),
            Bucket::Week => day().format("%G-W%V").to_string(),
            Bucket::Day => day().to_string(),
            Bucket::Hour | Bucket::Minute => {
                let (sign, offset) = (if self.offset_min < 0 { '-' } else { '+' }, self.offset_min.abs());
                format!("{}{sign}{:02}:{:02}", self.wall().format("%Y-%m-%d %H:%M"), offset / 60, offset % 60)
            }
            Bucket::WeekdayHour => {
                let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
                format!("{} {:02}", names[(self.start / 24).rem_euclid(7) as usize], self.start % 24)
            }
        }
    }

    /// Its first instant; none for a weekday's hour.
    pub(super) fn start_us(&self, zones: &Zones) -> Option<i64> {
        match self.bucket {
            Bucket::Hour | Bucket::Minute => Some(self.start),
            Bucket::WeekdayHour => None,
            _ => Some(zones.start_of(self.day())),
        }
    }

    /// Its days. For periods of a day and longer.
    pub(super) fn days(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let (bucket, first) = (self.bucket, self.day());
        let this = *self;
        let days = (0..366).map(move |n| first + TimeDelta::days(n));
        days.take_while(move |day| Self::of_day(bucket, *day) == this)
    }

    /// The period after it; none for a weekday's hour.
    pub(super) fn next(&self, zones: &Zones) -> Option<Self> {
        match self.bucket {
            Bucket::Hour => Some(Self::of(self.bucket, self.start + 3_600_000_000, zones)),
            Bucket::Minute => Some(Self::of(self.bucket, self.start + 60_000_000, zones)),
            Bucket::WeekdayHour => None,
            _ => Some(Self::of_day(self.bucket, self.days().last()?.succ_opt()?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_lengths() {
        let day: NaiveDate = "2026-03-10".parse().unwrap();
        let of = |bucket| Period::of_day(bucket, day);
        for (bucket, name, days) in [
            (Bucket::Year, "2026", 365),
            (Bucket::Quarter, "2026-Q1", 90),
            (Bucket::Month, "2026-03", 31),
            (Bucket::Week, "2026-W11", 7),
            (Bucket::Day, "2026-03-10", 1),
        ] {
            assert_eq!((of(bucket).label().as_str(), of(bucket).days().count()), (name, days));
        }
        assert_eq!(Period::of_day(Bucket::Week, "2027-01-01".parse().unwrap()).label(), "2026-W53");
    }

    #[test]
    fn an_hour_that_comes_twice_is_two() {
        let zones = Zones::plain(chrono_tz::Europe::Berlin);
        let first = 1_792_886_400_000_000; // 2026-10-25T00:00:00Z, 02:00 in summer time
        let labels: Vec<String> =
            (0..3).map(|h| Period::of(Bucket::Hour, first + h * 3_600_000_000 + 5, &zones).label()).collect();
        assert_eq!(labels, ["2026-10-25 02:00+02:00", "2026-10-25 02:00+01:00", "2026-10-25 03:00+01:00"]);
        let kolkata = Zones::plain(chrono_tz::Asia::Kolkata);
        let hour = Period::of(Bucket::Hour, first, &kolkata);
        assert_eq!(hour.label(), "2026-10-25 05:00+05:30");
        assert_eq!(hour.next(&kolkata).unwrap().label(), "2026-10-25 06:00+05:30");
    }
}
