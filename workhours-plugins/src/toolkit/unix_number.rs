//! Unix seconds written as a number, with or without a fraction.
//!
//! Not for numbers in other units, nor for dates.

use workhours_plugin_api::{EventTime, Precision};

/// The parts of such a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// It begins with a minus sign.
    pub(crate) negative: bool,
    /// The digits before the point, without the sign.
    pub(crate) secs: i64,
    /// The digits after it, to nine digits.
    pub(crate) nanos: u32,
    pub(crate) precision: Precision,
}

impl Written {
    /// The time if the fraction counts away from 1970, as in any written number.
    pub(crate) fn time(self) -> EventTime {
        match (self.negative, self.nanos) {
            (true, 1..) => self.at(-self.secs - 1, 1_000_000_000 - self.nanos),
            _ => self.time_of_parts(),
        }
    }

    /// The time if the fraction counts forward whatever the sign, as when both parts of a time are printed separately.
    pub(crate) fn time_of_parts(self) -> EventTime {
        self.at(if self.negative { -self.secs } else { self.secs }, self.nanos)
    }

    fn at(self, secs: i64, nanos: u32) -> EventTime {
        EventTime { nanos, precision: self.precision, ..EventTime::from_unix(secs) }
    }
}

/// Whether `text` is such a number: digits, perhaps a minus sign, perhaps a point and more digits.
pub(crate) fn fits(text: &[u8]) -> bool {
    parts(text).is_some()
}

/// The parts of the number `text` is, unless it is none or too large.
pub(crate) fn written(text: &[u8]) -> Option<Written> {
    let (negative, whole, fraction) = parts(text)?;
    let secs = std::str::from_utf8(whole).ok()?.parse().ok()?;
    let digit = |place| fraction.get(place).map_or(0, |b| u32::from(b - b'0'));
    let nanos = (0..9).fold(0, |n, place| n * 10 + digit(place));
    let precision = match fraction.len() {
        0 => Precision::Second,
        1..=3 => Precision::Millisecond,
        4..=6 => Precision::Microsecond,
        _ => Precision::Nanosecond,
    };
    Some(Written { negative, secs, nanos, precision })
}

fn parts(text: &[u8]) -> Option<(bool, &[u8], &[u8])> {
    let (negative, text) = text.strip_prefix(b"-").map_or((false, text), |rest| (true, rest));
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    match memchr::memchr(b'.', text).map(|point| text.split_at(point)) {
        None => digits(text).then_some((negative, text, b"")),
        Some((whole, fraction)) => {
            let fraction = fraction.get(1..)?;
            (digits(whole) && digits(fraction)).then_some((negative, whole, fraction))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let shown = |text: &str| written(text.as_bytes()).map(|w| (w.time().secs, w.time().nanos));
        assert_eq!(shown("1709251210"), Some((1_709_251_210, 0)));
        assert_eq!(shown("0.25"), Some((0, 250_000_000)));
        assert_eq!(shown("-0.25"), Some((-1, 750_000_000)));
        assert_eq!(shown("-1.5"), Some((-2, 500_000_000)));
        assert_eq!(shown("1.1234567899"), Some((1, 123_456_789)), "what is finer is cut off");
        for bad in ["", "-", "1.", ".5", "1.5.5", "+1", "1e3", "99999999999999999999"] {
            assert_eq!(shown(bad), None, "{bad}");
        }
        let parts = written(b"-2.5").unwrap().time_of_parts();
        assert_eq!((parts.secs, parts.nanos, parts.precision), (-2, 500_000_000, Precision::Millisecond));
    }
}
