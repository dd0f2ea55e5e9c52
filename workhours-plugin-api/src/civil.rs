//! Calendar arithmetic without a calendar library: enough to read a written date, and no zones.
//!
//! The Gregorian calendar is used for all years (ISO 8601, proleptic).

/// Seconds from 1970-01-01T00:00:00 to a date and time, or `None` if there is no such date.
///
/// `second` may be 60: a leap second counts as the second 59 before it, and the caller should raise
/// [`RowFlags::LEAP_SECOND`](crate::RowFlags::LEAP_SECOND).
///
/// ```
/// # use workhours_plugin_api::civil::seconds;
/// assert_eq!(seconds(2000, 10, 10, 13, 55, 36), Some(971_186_136));
/// assert_eq!(seconds(2023, 2, 29, 0, 0, 0), None);
/// ```
pub fn seconds(year: i32, month: u32, day: u32, hour: u32, minute: u32, second: u32) -> Option<i64> {
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let clock = hour as i64 * 3_600 + minute as i64 * 60 + second.min(59) as i64;
    Some(days(year, month, day) * 86_400 + clock)
}

/// Days from 1970-01-01 to a date that is known to exist.
pub fn days(year: i32, month: u32, day: u32) -> i64 {
    // Count years from March, so that the leap day is the last of its year and months have a fixed start.
    let (y, m) =
        if month > 2 { (year as i64, month as i64 - 3) } else { (year as i64 - 1, month as i64 + 9) };
    let (era, year_of_era) = (y.div_euclid(400), y.rem_euclid(400));
    let day_of_year = (153 * m + 2) / 5 + day as i64 - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Length of a month that is between 1 and 12.
pub fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// 1 to 12 for an English month abbreviation in any case (`Jan`, `FEB`), else `None`.
///
/// ```
/// # use workhours_plugin_api::civil::month;
/// assert_eq!(month(b"OCT"), Some(10));
/// ```
pub fn month(name: &[u8]) -> Option<u32> {
    const NAMES: &[u8; 36] = b"janfebmaraprmayjunjulaugsepoctnovdec";
    NAMES.chunks(3).position(|m| name.eq_ignore_ascii_case(m)).map(|i| i as u32 + 1)
}

/// A run of ASCII digits as a number; `None` when empty, too long, or not all digits.
///
/// ```
/// # use workhours_plugin_api::civil::digits;
/// assert_eq!((digits(b"007"), digits(b"7a")), (Some(7), None));
/// ```
pub fn digits(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 9 {
        return None;
    }
    text.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + (b - b'0') as u32))
}

/// Minutes east of UTC for `+hhmm`, `-hh:mm` or `Z`, else `None`. Offsets reach from −23:59 to +23:59.
///
/// ```
/// # use workhours_plugin_api::civil::offset_min;
/// assert_eq!((offset_min(b"-0700"), offset_min(b"Z")), (Some(-420), Some(0)));
/// ```
pub fn offset_min(text: &[u8]) -> Option<i16> {
    let (sign, hh, mm) = match text {
        b"Z" | b"z" => return Some(0),
        [s, h1, h2, b':', m1, m2] | [s, h1, h2, m1, m2] => (s, [*h1, *h2], [*m1, *m2]),
        _ => return None,
    };
    let (hours, minutes) = (digits(&hh)?, digits(&mm)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let total = (hours * 60 + minutes) as i16;
    match sign {
        b'+' => Some(total),
        b'-' => Some(-total),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_dates() {
        assert_eq!(seconds(1970, 1, 1, 0, 0, 0), Some(0));
        assert_eq!(seconds(2000, 10, 10, 13, 55, 36), Some(971_186_136));
        assert_eq!(seconds(1969, 12, 31, 23, 59, 59), Some(-1));
        assert_eq!(seconds(2106, 2, 7, 6, 28, 16), Some(4_294_967_296));
    }

    #[test]
    fn dates_that_do_not_exist() {
        assert_eq!(seconds(2023, 2, 29, 0, 0, 0), None);
        assert_eq!(seconds(2024, 2, 30, 0, 0, 0), None);
        assert_eq!(seconds(2024, 1, 1, 24, 0, 0), None);
        assert_eq!(seconds(2024, 0, 1, 0, 0, 0), None);
        assert!(seconds(2024, 2, 29, 23, 59, 60).is_some(), "leap days and leap seconds do");
    }

    #[test]
    fn each_day_follows_the_one_before() {
        let mut previous = days(1599, 12, 31);
        for year in 1600..2401 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    previous += 1;
                    assert_eq!(days(year, month, day), previous, "{year}-{month}-{day}");
                }
            }
        }
    }

    #[test]
    fn offsets() {
        assert_eq!(offset_min(b"-0700"), Some(-420));
        assert_eq!(offset_min(b"+05:30"), Some(330));
        assert_eq!(offset_min(b"Z"), Some(0));
        assert_eq!(offset_min(b"+2500"), None);
        assert_eq!(offset_min(b""), None);
    }
}
