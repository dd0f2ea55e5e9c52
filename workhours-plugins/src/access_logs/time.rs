//! Times of access logs as servers and their users' formats write them: `10/Oct/2000:13:55:36 -0700`, ISO 8601,
//! `Tue, 10 Oct 2000 20:55:36 GMT`, seconds to nanoseconds since 1970.
//!
//! A time without an offset from UTC is a local time. Other modules find the time in a line.

use crate::toolkit::stamp::{self, Stamp};
use workhours_plugin_api::{EventTime, Precision, RowFlags, civil};

/// The time, if all of `text` is one.
pub(crate) fn read(text: &[u8]) -> Option<Stamp> {
    let text = text.trim_ascii();
    stamp::clf(text).or_else(|| written(text)).or_else(|| number(text))
}

/// Whether the text after a bracket begins like a time; a truncated one does too.
pub(crate) fn begins(text: &[u8]) -> bool {
    let is = |at: usize, byte: u8| text.get(at).is_none_or(|b| *b == byte);
    let text = &text[..text.len().min(40)];
    match text.first() {
        None => true,
        Some(b'0'..=b'9') => {
            let slashes = is(2, b'/') && is(6, b'/') && is(11, b':');
            let spaced = is(2, b'/') && is(6, b'/') && text.get(11) == Some(&b' ');
            let iso = text.len() >= 11
                && (stamp::fits(&text[..10], b"####-##-##") || stamp::fits(&text[..10], b"####/##/##"));
            let number = || {
                let inside = text.split(|b| *b == b']').next().unwrap_or_default();
                inside.len() >= 9 && number(inside).is_some()
            };
            slashes || spaced || iso || named(text).is_some() || number()
        }
        Some(_) => named(text).is_some(),
    }
}

type Day = (i32, u32, u32);

/// A date, a clock and perhaps an offset.
fn written(text: &[u8]) -> Option<Stamp> {
    if let Some(found) = named(text) {
        let (day, rest) = match found {
            (Some(year), month, day, rest) => ((year, month, day), rest),
            // `Oct 10 13:55:36 2000`
            (None, month, day, rest) => {
                let at = rest.len().checked_sub(5)?;
                let year = rest[at..].strip_prefix(b" ").and_then(civil::digits)?;
                ((year as i32, month, day), &rest[..at])
            }
        };
        return clock(day, rest);
    }
    let (date, rest) = text.split_at_checked(10)?;
    if stamp::fits(date, b"####-##-##") || stamp::fits(date, b"####/##/##") {
        let day =
            (civil::digits(&date[..4])? as i32, civil::digits(&date[5..7])?, civil::digits(&date[8..])?);
        return clock(day, rest);
    }
    None
}

type Named<'a> = (Option<i32>, u32, u32, &'a [u8]);

/// A date with a month name, perhaps after that of its weekday: `10/Oct/2000`, `Tue, 10 Oct 2000`, `Tue Oct 10`; and
/// the rest of the text.
fn named(text: &[u8]) -> Option<Named<'_>> {
    match text.split_at_checked(3)? {
        (word, rest) if is_weekday(word) => {
            let rest = rest.strip_prefix(b",").unwrap_or(rest);
            named_day(rest.strip_prefix(b" ")?.trim_ascii_start())
        }
        _ => named_day(text),
    }
}

fn named_day(text: &[u8]) -> Option<Named<'_>> {
    if text.first()?.is_ascii_digit() {
        let (day, rest) = digits(text, 2)?;
        let (separator, rest) = rest.split_first().filter(|(b, _)| b"/-. ".contains(b))?;
        let (name, rest) = rest.split_at_checked(3)?;
        let (year, rest) = digits(rest.strip_prefix(&[*separator])?, 4)?;
        return Some((Some(year as i32), civil::month(name)?, day, rest));
    }
    let (name, rest) = text.split_at_checked(3)?;
    let (day, rest) = digits(rest.strip_prefix(b" ")?.trim_ascii_start(), 2)?;
    Some((None, civil::month(name)?, day, rest))
}

fn is_weekday(word: &[u8]) -> bool {
    [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"].iter().any(|day| word.eq_ignore_ascii_case(*day))
}

/// The time of a day, after a colon, a space or a `T`, with or without a fraction and an offset.
fn clock((year, month, day): Day, text: &[u8]) -> Option<Stamp> {
    let (separator, rest) = text.split_first()?;
    if !b":T t_".contains(separator) {
        return None;
    }
    let (clock, rest) = rest.trim_ascii_start().split_at_checked(8)?;
    if !stamp::fits(clock, b"##:##:##") {
        return None;
    }
    let part = |from: usize| civil::digits(&clock[from..from + 2]);
    let second = part(6)?;
    let secs = civil::seconds(year, month, day, part(0)?, part(3)?, second)?;
    let (nanos, precision, rest) = fraction(rest)?;
    let mut flags = stamp::leap_second(second);
    let time = match rest.trim_ascii_start() {
        b"" => EventTime::local(secs, precision),
        zone => match offset(zone) {
            Some(offset) => EventTime::at_offset(secs, offset, precision),
            // WEBrick writes the system's name of the zone, an abbreviation that several zones share.
            None if (2..=5).contains(&zone.len()) && zone.iter().all(u8::is_ascii_uppercase) => {
                flags |= RowFlags::UNKNOWN_ZONE;
                EventTime::local(secs, precision)
            }
            None => return None,
        },
    };
    Some((EventTime { nanos, ..time }, flags))
}

/// `Z`, `UTC`, `GMT`, `+02`, `+0200`, `+02:00`.
pub(crate) fn offset(zone: &[u8]) -> Option<i16> {
    match zone {
        b"UTC" | b"GMT" | b"UT" => Some(0),
        [sign @ (b'+' | b'-'), h1, h2] => civil::offset_min(&[*sign, *h1, *h2, b'0', b'0']),
        _ => civil::offset_min(zone),
    }
}

fn fraction(text: &[u8]) -> Option<(u32, Precision, &[u8])> {
    let Some(rest) = text.strip_prefix(b".").or_else(|| text.strip_prefix(b",")) else {
        return Some((0, Precision::Second, text));
    };
    let len = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let (nanos, precision) = nanos(&rest[..len])?;
    Some((nanos, precision, &rest[len..]))
}

/// The digits after a decimal point, of which nine count.
fn nanos(digits: &[u8]) -> Option<(u32, Precision)> {
    let precision = match digits.len() {
        0 => return None,
        1..=3 => Precision::Millisecond,
        4..=6 => Precision::Microsecond,
        _ => Precision::Nanosecond,
    };
    let kept = &digits[..digits.len().min(9)];
    Some((civil::digits(kept)? * 10_u32.pow(9 - kept.len() as u32), precision))
}

/// Seconds with or without a fraction, milliseconds, microseconds or nanoseconds since 1970, by how many digits
/// there are: those of the years 1973 to 5138.
fn number(text: &[u8]) -> Option<Stamp> {
    let point = text.iter().position(|b| *b == b'.').unwrap_or(text.len());
    let (whole, fraction) = (&text[..point], text.get(point + 1..).unwrap_or_default());
    if !whole.iter().all(u8::is_ascii_digit) || whole.len() < 9 || text.ends_with(b".") {
        return None;
    }
    let (secs, behind) = match whole.len() {
        9..=11 => (whole, fraction),
        12..=14 => whole.split_at(whole.len() - 3),
        15..=17 => whole.split_at(whole.len() - 6),
        18..=20 => whole.split_at(whole.len() - 9),
        _ => return None,
    };
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let secs = secs.iter().fold(0, |n, b| n * 10 + i64::from(b - b'0'));
    let (nanos, precision) = nanos(behind).unwrap_or((0, Precision::Second));
    Some((EventTime { nanos, precision, ..EventTime::from_unix(secs) }, RowFlags::NONE))
}

fn digits(text: &[u8], most: usize) -> Option<(u32, &[u8])> {
    let len = text.iter().take_while(|b| b.is_ascii_digit()).count();
    Some((civil::digits(&text[..len]).filter(|_| len <= most)?, &text[len..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use workhours_plugin_api::Zone;

    #[test]
    fn one_instant_in_every_layout() {
        const SECS: i64 = 971_211_336;
        for (text, zone, nanos) in [
            ("10/Oct/2000:13:55:36 -0700", Zone::Offset(-420), 0),
            ("10/Oct/2000:13:55:36 -07:00", Zone::Offset(-420), 0),
            ("10/Oct/2000:20:55:36.250 +0000", Zone::Offset(0), 250_000_000),
            ("10/Oct/2000:20:55:36", Zone::Local, 0),
            ("10/Oct/2000:20:55:36.584", Zone::Local, 584_000_000),
            ("10/Oct/2000 20:55:36", Zone::Local, 0),
            ("10-Oct-2000 20:55:36 UTC", Zone::Offset(0), 0),
            ("2000-10-10T13:55:36-07:00", Zone::Offset(-420), 0),
            ("2000-10-10T20:55:36Z", Zone::Offset(0), 0),
            ("2000-10-10T20:55:36.123456789Z", Zone::Offset(0), 123_456_789),
            ("2000-10-10 13:55:36,786 -0700", Zone::Offset(-420), 786_000_000),
            ("2000/10/10 20:55:36", Zone::Local, 0),
            ("2000-10-10T20:55:36", Zone::Local, 0),
            ("2000-10-10 22:55:36+02", Zone::Offset(120), 0),
            ("Tue, 10 Oct 2000 20:55:36 GMT", Zone::Offset(0), 0),
            ("10 Oct 2000 20:55:36 +0000", Zone::Offset(0), 0),
            ("Tue Oct 10 20:55:36 2000", Zone::Local, 0),
            ("Oct  10 20:55:36.5 2000", Zone::Local, 500_000_000),
            ("971211336", Zone::Unknown, 0),
            ("971211336.125", Zone::Unknown, 125_000_000),
            ("971211336125", Zone::Unknown, 125_000_000),
            ("971211336000125", Zone::Unknown, 125_000),
            ("971211336000000125", Zone::Unknown, 125),
        ] {
            let (time, flags) = read(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((time.secs, time.nanos, time.zone), (SECS, nanos, zone), "{text}");
            assert_eq!(flags, RowFlags::NONE, "{text}");
            assert!(begins(text.as_bytes()), "{text}");
        }
        assert_eq!(read(b"2016-12-31T23:59:60Z").unwrap().1, RowFlags::LEAP_SECOND);
        let (time, flags) = read(b"10/Oct/2000:20:55:36 CEST").unwrap();
        assert_eq!((time.secs, time.zone, flags), (SECS, Zone::Local, RowFlags::UNKNOWN_ZONE));
    }

    #[test]
    fn no_times() {
        for text in [
            "",
            "-",
            "30/Feb/2024:10:00:00 +0000",
            "05/Feb/2024:24:00:00 +0000",
            "2024-02-30T10:00:00Z",
            "2024-02-05T10:00:00 Europe",
            "05/Okt/2024:10:00:00 +0000",
            "12345",
            "10.0.0.1",
            "1234567890.",
            "1234567890.1x",
            "2024-02-05",
            "Xyz 10 20:55:36 2000",
            "Tue Tue Tue",
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
        for text in ["10.244.0.1]", "b]", "a/b", "12:00", "pod/web/1"] {
            assert!(!begins(text.as_bytes()), "{text}");
        }
    }
}
