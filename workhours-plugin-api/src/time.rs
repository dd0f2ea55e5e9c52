//! When something happened, exactly as the source stored it. Zones are applied by the host, never here.

/// The finest unit a source stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Precision {
    /// Nanoseconds.
    Nanosecond = 0,
    /// Microseconds.
    Microsecond = 1,
    /// Milliseconds.
    Millisecond = 2,
    /// Whole seconds.
    Second = 3,
    /// Whole minutes.
    Minute = 4,
    /// A calendar day without a time.
    Day = 5,
}

impl Precision {
    /// The precision of a number.
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Nanosecond,
            1 => Self::Microsecond,
            2 => Self::Millisecond,
            3 => Self::Second,
            4 => Self::Minute,
            5 => Self::Day,
            _ => return None,
        })
    }
}

/// The meaning of the seconds of an [`EventTime`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Zone {
    /// Seconds since the Unix epoch; the source doesn't name the zone.
    Unknown,
    /// Seconds since the Unix epoch; the source wrote this offset from UTC, in minutes.
    Offset(i16),
    /// A wall clock counted as if it were UTC. The host applies the input's zone and flags folds and gaps.
    Local,
}

/// Seconds of the years 1 to 9999.
pub(crate) const YEARS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// A point in time as stored: seconds, nanoseconds, their meaning, and the source's precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventTime {
    /// Whole seconds; negative before 1970.
    pub secs: i64,
    /// Nanoseconds to add, 0 to 999 999 999, also before 1970.
    pub nanos: u32,
    /// The meaning of `secs`.
    pub zone: Zone,
    /// The finest unit the source stored.
    pub precision: Precision,
}

impl EventTime {
    /// Whether it is in the years 1 to 9999, with less than a second of nanoseconds and an offset of less than a day.
    pub fn is_possible(&self) -> bool {
        let near = !matches!(self.zone, Zone::Offset(minutes) if minutes.unsigned_abs() >= 24 * 60);
        YEARS.contains(&self.secs) && self.nanos < 1_000_000_000 && near
    }

    /// Unix seconds of a source that stores whole seconds and no zone.
    ///
    /// ```
    /// # use workhours_plugin_api::{EventTime, Precision};
    /// assert_eq!(EventTime::from_unix(1_772_355_600).precision, Precision::Second);
    /// ```
    pub const fn from_unix(secs: i64) -> Self {
        Self { secs, nanos: 0, zone: Zone::Unknown, precision: Precision::Second }
    }

    /// Unix milliseconds.
    ///
    /// ```
    /// # use workhours_plugin_api::EventTime;
    /// let before = EventTime::from_unix_ms(-1);
    /// assert_eq!((before.secs, before.nanos), (-1, 999_000_000));
    /// ```
    pub const fn from_unix_ms(ms: i64) -> Self {
        Self {
            secs: ms.div_euclid(1_000),
            nanos: ms.rem_euclid(1_000) as u32 * 1_000_000,
            zone: Zone::Unknown,
            precision: Precision::Millisecond,
        }
    }

    /// Unix microseconds.
    ///
    /// ```
    /// # use workhours_plugin_api::EventTime;
    /// assert_eq!(EventTime::from_unix_us(1_500_000).nanos, 500_000_000);
    /// ```
    pub const fn from_unix_us(us: i64) -> Self {
        Self {
            secs: us.div_euclid(1_000_000),
            nanos: us.rem_euclid(1_000_000) as u32 * 1_000,
            zone: Zone::Unknown,
            precision: Precision::Microsecond,
        }
    }

    /// A wall clock reading (see [`civil::seconds`](crate::civil::seconds)) in no stated zone.
    ///
    /// ```
    /// # use workhours_plugin_api::{EventTime, Precision, Zone, civil};
    /// let wall = civil::seconds(2026, 3, 1, 9, 0, 0).unwrap();
    /// assert_eq!(EventTime::local(wall, Precision::Minute).zone, Zone::Local);
    /// ```
    pub const fn local(wall_secs: i64, precision: Precision) -> Self {
        Self { secs: wall_secs, nanos: 0, zone: Zone::Local, precision }
    }

    /// A local time with the offset from the source, in minutes east of UTC.
    ///
    /// ```
    /// # use workhours_plugin_api::{EventTime, Precision, civil};
    /// let wall = civil::seconds(2026, 3, 1, 9, 0, 0).unwrap();
    /// assert_eq!(EventTime::at_offset(wall, 60, Precision::Second).secs, wall - 3_600);
    /// ```
    pub const fn at_offset(wall_secs: i64, offset_min: i16, precision: Precision) -> Self {
        Self {
            secs: wall_secs.saturating_sub(offset_min as i64 * 60),
            nanos: 0,
            zone: Zone::Offset(offset_min),
            precision,
        }
    }
}
