//! Written dates that several formats share, as [`EventTime`]s.
//!
//! Not a date guesser: each function reads one layout and returns `None` for everything else.

use workhours_plugin_api::{EventTime, Precision, RowFlags, civil};

/// Whether `text` has the layout of `mask`, where `#` means a digit and all else itself.
pub(crate) fn fits(text: &[u8], mask: &[u8]) -> bool {
    text.len() == mask.len()
        && text.iter().zip(mask).all(|(t, m)| if *m == b'#' { t.is_ascii_digit() } else { t == m })
}

/// The time with [`RowFlags::LEAP_SECOND`] if it has second 60.
pub(crate) type Stamp = (EventTime, RowFlags);

/// `10/Oct/2000:13:55:36 -0700`, seconds optionally with a fraction.
pub(crate) fn clf(text: &[u8]) -> Option<Stamp> {
    let date = text.get(..20)?;
    if date[2] != b'/' || date[6] != b'/' || date[11] != b':' || date[14] != b':' || date[17] != b':' {
        return None;
    }
    let year = civil::digits(&date[7..11])? as i32;
    let clock = [&date[12..14], &date[15..17], &date[18..20]];
    let secs = wall(year, civil::month(&date[3..6])?, civil::digits(&date[..2])?, clock)?;
    let (nanos, precision, rest) = fraction(&text[20..])?;
    let offset = civil::offset_min(rest.strip_prefix(b" ")?)?;
    let time = EventTime { nanos, ..EventTime::at_offset(secs, offset, precision) };
    Some((time, leap(clock[2])))
}

/// Length of the ISO 8601 date and time with an offset that `text` begins with: `2015-05-21T14:59:48-0500`.
/// The shape alone counts, the date may not exist.
pub(crate) fn iso_len(text: &[u8]) -> Option<usize> {
    let (date, rest) = text.split_at_checked(19)?;
    if !fits(date, b"####-##-##T##:##:##") {
        return None;
    }
    match rest {
        [b'Z', ..] => Some(20),
        [b'+' | b'-', zone @ ..] if zone.len() >= 4 && fits(&zone[..4], b"####") => Some(24),
        [b'+' | b'-', zone @ ..] if zone.len() >= 5 && fits(&zone[..5], b"##:##") => Some(25),
        _ => None,
    }
}

/// A text of which [`iso_len`] is the whole length, if the date exists.
pub(crate) fn iso(text: &[u8]) -> Option<Stamp> {
    if iso_len(text)? != text.len() {
        return None;
    }
    let number = |at: std::ops::Range<usize>| civil::digits(&text[at]);
    let clock = [&text[11..13], &text[14..16], &text[17..19]];
    let secs = wall(number(0..4)? as i32, number(5..7)?, number(8..10)?, clock)?;
    let offset = civil::offset_min(&text[19..])?;
    Some((EventTime::at_offset(secs, offset, Precision::Second), leap(clock[2])))
}

/// Whether `text` is `06/08/10 19:28` or `06/08/10 19:28.59`.
pub(crate) fn is_naive(text: &[u8]) -> bool {
    fits(text, b"##/##/## ##:##") || fits(text, b"##/##/## ##:##.##")
}

/// A text that [`is_naive`], if the date exists: month first, a local clock, years 70 to 99 are 19xx.
pub(crate) fn naive(text: &[u8]) -> Option<Stamp> {
    if !is_naive(text) {
        return None;
    }
    let (second, precision) = match text.get(15..) {
        Some(second) => (second, Precision::Second),
        None => (&b"00"[..], Precision::Minute),
    };
    let year = civil::digits(&text[6..8])? as i32;
    let year = if year >= 70 { 1900 + year } else { 2000 + year };
    let clock = [&text[9..11], &text[12..14], second];
    let secs = wall(year, civil::digits(&text[..2])?, civil::digits(&text[3..5])?, clock)?;
    Some((EventTime::local(secs, precision), leap(second)))
}

fn wall(year: i32, month: u32, day: u32, [hour, minute, second]: [&[u8]; 3]) -> Option<i64> {
    civil::seconds(year, month, day, civil::digits(hour)?, civil::digits(minute)?, civil::digits(second)?)
}

fn leap(second: &[u8]) -> RowFlags {
    if second == b"60" { RowFlags::LEAP_SECOND } else { RowFlags::NONE }
}

/// The remark for a second 60.
pub(crate) fn leap_second(second: u32) -> RowFlags {
    if second == 60 { RowFlags::LEAP_SECOND } else { RowFlags::NONE }
}

/// An optional `.` and 1 to 9 digits: nanoseconds, the unit they were written in, and what follows.
pub(crate) fn fraction(text: &[u8]) -> Option<(u32, Precision, &[u8])> {
    let Some(rest) = text.strip_prefix(b".") else { return Some((0, Precision::Second, text)) };
    let len = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let precision = match len {
        1..=3 => Precision::Millisecond,
        4..=6 => Precision::Microsecond,
        7..=9 => Precision::Nanosecond,
        _ => return None,
    };
    let (digits, rest) = rest.split_at(len);
    Some((civil::digits(digits)? * 10_u32.pow(9 - len as u32), precision, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use workhours_plugin_api::Zone;

    #[test]
    fn clf_times() {
        let (time, flags) = clf(b"10/Oct/2000:13:55:36 -0700").unwrap();
        assert_eq!((time.secs, time.zone, flags), (971_211_336, Zone::Offset(-420), RowFlags::NONE));
        let (time, _) = clf(b"10/Oct/2000:13:55:36.25 -0700").unwrap();
        assert_eq!((time.nanos, time.precision), (250_000_000, Precision::Millisecond));
        assert_eq!(clf(b"31/Dec/2016:23:59:60 +0000").unwrap().1, RowFlags::LEAP_SECOND);
        for bad in
            ["30/Feb/2024:00:00:12 +0000", "01/Jan/2024:24:00:00 +0000", "01/Jan/2024:00:00:13", "", "-"]
        {
            assert_eq!(clf(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn iso_times() {
        assert_eq!(iso_len(b"2015-05-21T14:59:48-0500  ls"), Some(24));
        assert_eq!(iso_len(b"2015-05-21T14:59:48+05:30"), Some(25));
        assert_eq!(iso_len(b"2015-05-21 14:59:48-0500"), None);
        assert_eq!(iso(b"2015-05-21T14:59:48-0500").unwrap().0.secs, 1_432_238_388);
        assert_eq!(iso(b"2015-02-29T14:59:48-0500"), None);
    }

    #[test]
    fn naive_times() {
        let (time, _) = naive(b"06/08/10 19:28").unwrap();
        assert_eq!((time.secs, time.precision), (1_276_025_280, Precision::Minute));
        assert_eq!(naive(b"10/28/14 17:25.54").unwrap().0.precision, Precision::Second);
        assert!(naive(b"12/31/99 00:00").unwrap().0.secs < naive(b"01/01/00 00:00").unwrap().0.secs);
        assert_eq!(naive(b"13/01/10 00:00"), None);
    }
}
