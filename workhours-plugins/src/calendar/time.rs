//! Dates, times and durations of iCalendar (RFC 5545, section 3.3).
//!
//! Zones are for [`zone`](crate::calendar::zone).

use crate::toolkit::stamp;
use workhours_plugin_api::{Precision, civil};

/// A DATE or DATE-TIME as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// The clock reading counted as if it were UTC.
    pub(crate) wall: i64,
    pub(crate) precision: Precision,
    /// It ended in `Z`.
    pub(crate) utc: bool,
    pub(crate) leap: bool,
}

/// `20240229`, `20240229T235960`, `20240229T120000Z`; also with the time cut to minutes, as some write it.
pub(crate) fn moment(text: &[u8]) -> Option<Moment> {
    let text = text.trim_ascii();
    let (text, utc) = match text {
        [rest @ .., b'Z' | b'z'] => (rest, true),
        _ => (text, false),
    };
    let layout: &[u8] = match text.len() {
        8 => b"########",
        13 => b"########T####",
        15 => b"########T######",
        _ => return None,
    };
    if !stamp::fits(text, layout) {
        return None;
    }
    let part = |from: usize, to: usize| text.get(from..to).map_or(Some(0), civil::digits);
    let (hour, minute, second) = (part(9, 11)?, part(11, 13)?, part(13, 15)?);
    let wall = civil::seconds(part(0, 4)? as i32, part(4, 6)?, part(6, 8)?, hour, minute, second)?;
    let precision = if text.len() == 8 { Precision::Day } else { Precision::Second };
    // A date with a `Z` is still a date.
    Some(Moment { wall, precision, utc: utc && text.len() > 8, leap: second == 60 })
}

/// A duration: whole days, which follow the calendar, and seconds, which follow the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Duration {
    pub(crate) days: i64,
    pub(crate) secs: i64,
}

/// `P1W`, `P1DT2H3M4S`, `-PT15M`.
pub(crate) fn duration(text: &[u8]) -> Option<Duration> {
    let text = text.trim_ascii();
    let (sign, text) = match text {
        [b'-', rest @ ..] => (-1, rest),
        [b'+', rest @ ..] => (1, rest),
        _ => (1, text),
    };
    let mut rest = text.strip_prefix(b"P")?;
    let (mut total, mut in_time, mut parts) = (Duration { days: 0, secs: 0 }, false, 0);
    while let Some(first) = rest.first() {
        if *first == b'T' && !in_time {
            (in_time, rest) = (true, &rest[1..]);
            continue;
        }
        let len = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let n = civil::digits(&rest[..len])? as i64 * sign;
        match (rest.get(len)?, in_time) {
            (b'W', false) => total.days += n * 7,
            (b'D', false) => total.days += n,
            (b'H', true) => total.secs += n * 3600,
            (b'M', true) => total.secs += n * 60,
            (b'S', true) => total.secs += n,
            _ => return None,
        }
        rest = &rest[len + 1..];
        parts += 1;
    }
    // More days than a millennium has aren't a duration.
    (parts > 0 && total.days.abs() < 400_000 && total.secs.abs() < 400_000 * 86_400).then_some(total)
}

/// `+0130` or `-013000`, in seconds.
pub(crate) fn offset(text: &[u8]) -> Option<i64> {
    let text = text.trim_ascii();
    let (sign, digits) = match text {
        [b'-', rest @ ..] => (-1, rest),
        [b'+', rest @ ..] => (1, rest),
        _ => return None,
    };
    if !matches!(digits.len(), 4 | 6) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to).map_or(Some(0), civil::digits);
    let (hours, minutes, seconds) = (part(0, 2)?, part(2, 4)?, part(4, 6)?);
    let fine = hours <= 23 && minutes <= 59 && seconds <= 59;
    fine.then_some(sign * (hours as i64 * 3600 + minutes as i64 * 60 + seconds as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        assert_eq!(moment(b"19970714T170000Z").unwrap().wall, 868_899_600);
        assert_eq!(moment(b"20240229").unwrap().precision, Precision::Day);
        for bad in ["20230229", "20240101T250000", "2024-01-01", "20240101T", "", "0509T091040"] {
            assert_eq!(moment(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(duration(b"P1DT2H3M4S"), Some(Duration { days: 1, secs: 7384 }));
        assert_eq!(duration(b"-P2W"), Some(Duration { days: -14, secs: 0 }));
        for bad in ["P", "PT", "1D", "P1H", "PT1D", "P999999999D", "P1"] {
            assert_eq!(duration(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(
            (offset(b"-0330"), offset(b"+001640"), offset(b"0100")),
            (Some(-12_600), Some(1_000), None)
        );
    }
}
