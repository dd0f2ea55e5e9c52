//! Dates as `git log --date=…` writes them.
//!
//! Not for relative and human dates: their meaning depends on when they were printed.

use crate::toolkit::stamp;
use workhours_plugin_api::*;

/// A date in one of the spellings `default`, `local`, `iso`, `iso-strict`, `rfc`, `raw`, `unix` or `short`.
pub(crate) fn date(text: &[u8]) -> Option<EventTime> {
    let text = text.trim_ascii();
    if text.len() > 48 {
        return None;
    }
    epoch(text).or_else(|| iso(text)).or_else(|| written(text))
}

/// `1486157970` or `1486157970 -0600`.
fn epoch(text: &[u8]) -> Option<EventTime> {
    let (number, zone) = match text.iter().position(|b| *b == b' ') {
        Some(at) => (&text[..at], Some(text[at..].trim_ascii())),
        None => (text, None),
    };
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    if digits.is_empty() || digits.len() > 12 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let secs: i64 = std::str::from_utf8(number).ok()?.parse().ok()?;
    let time = EventTime::from_unix(secs);
    match zone {
        None => Some(time),
        // Tools have written zones that no clock has: the seconds count all the same.
        Some(zone) if is_zone(zone) => {
            Some(civil::offset_min(zone).map_or(time, |min| EventTime { zone: Zone::Offset(min), ..time }))
        }
        Some(_) => None,
    }
}

fn is_zone(text: &[u8]) -> bool {
    matches!(text, [b'+' | b'-', digits @ ..] if (1..=5).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit))
}

/// `2017-02-03`, `2017-02-03 15:39:30 -0600` or `2017-02-03T15:39:30-06:00`.
fn iso(text: &[u8]) -> Option<EventTime> {
    let (day, rest) = text.split_at_checked(10)?;
    if !stamp::fits(day, b"####-##-##") {
        return None;
    }
    let number = |from, to| civil::digits(day.get(from..to)?);
    let (year, month, day) = (number(0, 4)? as i32, number(5, 7)?, number(8, 10)?);
    if rest.is_empty() {
        return Some(EventTime::local(civil::seconds(year, month, day, 0, 0, 0)?, Precision::Day));
    }
    let rest = rest.strip_prefix(b" ").or_else(|| rest.strip_prefix(b"T"))?;
    let (clock, zone) = rest.split_at_checked(8)?;
    wall(year, month, day, clock, zone.trim_ascii())
}

/// `Fri Feb 3 15:39:30 2017 -0600` or `Fri, 3 Feb 2017 15:39:30 -0600`.
fn written(text: &[u8]) -> Option<EventTime> {
    let mut words = text.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty());
    let weekday = words.next()?;
    let (a, b, c, d) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let zone = words.next().unwrap_or_default();
    if words.next().is_some() || !(3..=4).contains(&weekday.len()) {
        return None;
    }
    let (day, month, year, clock) = match weekday.ends_with(b",") {
        true => (a, b, c, d),
        false => (b, a, d, c),
    };
    let year = civil::digits(year).filter(|y| *y <= 9999)? as i32;
    wall(year, civil::month(month)?, civil::digits(day)?, clock, zone)
}

fn wall(year: i32, month: u32, day: u32, clock: &[u8], zone: &[u8]) -> Option<EventTime> {
    if !stamp::fits(clock, b"##:##:##") {
        return None;
    }
    let part = |from, to| civil::digits(clock.get(from..to)?);
    let secs = civil::seconds(year, month, day, part(0, 2)?, part(3, 5)?, part(6, 8)?)?;
    match zone {
        b"" => Some(EventTime::local(secs, Precision::Second)),
        zone => Some(EventTime::at_offset(secs, civil::offset_min(zone)?, Precision::Second)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_moment() {
        for text in [
            "Fri Feb 3 15:39:30 2017 -0600",
            "2017-02-03 15:39:30 -0600",
            "2017-02-03T15:39:30-06:00",
            "Fri, 3 Feb 2017 15:39:30 -0600",
            "1486157970 -0600",
        ] {
            let time = date(text.as_bytes()).unwrap();
            assert_eq!((time.secs, time.zone), (1_486_157_970, Zone::Offset(-360)), "{text}");
        }
        assert_eq!(date(b"1486157970").unwrap().zone, Zone::Unknown);
        assert_eq!(date(b"1486157970 -9999").unwrap().zone, Zone::Unknown);
        assert_eq!(date(b"Fri Feb 3 15:39:30 2017").unwrap().zone, Zone::Local);
        assert_eq!(date(b"2017-02-03").unwrap().precision, Precision::Day);
        assert_eq!(date(b"Thu Jan 1 00:00:00 1970 +0000").unwrap().secs, 0);
        for none in ["3 years ago", "Fri Feb 30 15:39:30 2017 -0600", "", "yesterday 10:00", "12 34"] {
            assert_eq!(date(none.as_bytes()), None, "{none}");
        }
    }
}
