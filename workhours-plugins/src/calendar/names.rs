//! Names of time zones without a VTIMEZONE in the calendar: those of the IANA database, with the prefixes of programs,
//! those of Windows, and offsets.
//!
//! The IANA database is compiled in (`chrono-tz`), so the same bytes produce the same times on every machine.

use crate::calendar::clock::Clock;
use crate::calendar::windows;
use chrono_tz::{TZ_VARIANTS, Tz};
use workhours_plugin_api::civil;

/// The clock of a name; `None` for an unknown one.
pub(crate) fn clock_of(name: &[u8]) -> Option<Clock<'static>> {
    let name = std::str::from_utf8(name).ok()?.trim().trim_matches('"').trim();
    if let Some(zone) = iana(name).or_else(|| prefixed(name)) {
        return Some(Clock::Iana(zone));
    }
    if let Some(zone) = windows::iana_of(name).and_then(iana) {
        return Some(Clock::Iana(zone));
    }
    offset(name).map(Clock::Fixed)
}

fn iana(name: &str) -> Option<Tz> {
    let exact = name.parse().ok();
    exact.or_else(|| TZ_VARIANTS.iter().copied().find(|zone| zone.name().eq_ignore_ascii_case(name)))
}

/// `/mozilla.org/20050126_1/Europe/Berlin`, `tzone://Microsoft/Utc`: the name without its prefixes.
fn prefixed(name: &str) -> Option<Tz> {
    if name.eq_ignore_ascii_case("tzone://Microsoft/Utc") {
        return Some(Tz::UTC);
    }
    let mut rest = name.strip_prefix('/')?;
    loop {
        // A last part alone is ambiguous: a zone's own name has at least two parts, or is that of UTC.
        let is_whole = rest.contains('/') || rest.eq_ignore_ascii_case("UTC");
        if let Some(zone) = iana(rest).filter(|_| is_whole) {
            return Some(zone);
        }
        rest = rest.split_once('/')?.1;
    }
}

/// `GMT+0200`, `UTC-5`, `+05:30`: seconds east of UTC, as they say. (`Etc/GMT+2` is a name, and west.)
fn offset(name: &str) -> Option<i64> {
    let named = ["GMT", "UTC"].iter().find_map(|n| {
        let (head, rest) = name.split_at_checked(n.len())?;
        head.eq_ignore_ascii_case(n).then_some(rest.trim_start())
    });
    let rest = named.unwrap_or(name);
    let (sign, digits) = match rest.as_bytes() {
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits {
        [h1, b':', m1, m2] => (vec![*h1], vec![*m1, *m2]),
        [h1, h2, b':', m1, m2] | [h1, h2, m1, m2] => (vec![*h1, *h2], vec![*m1, *m2]),
        [_] | [_, _] if named.is_some() => (digits.to_vec(), b"0".to_vec()),
        _ => return None,
    };
    let (hours, minutes) = (civil::digits(&hours)?, civil::digits(&minutes)?);
    (hours <= 14 && minutes <= 59).then_some(sign * (i64::from(hours) * 3_600 + i64::from(minutes) * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_who_is_meant() {
        let zone = |name: &str| match clock_of(name.as_bytes()) {
            Some(Clock::Iana(zone)) => zone.name(),
            _ => "",
        };
        for (name, iana) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("europe/berlin", "Europe/Berlin"),
            ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
            ("/mozilla.org/20050126_1/Europe/Berlin", "Europe/Berlin"),
            ("/freeassociation.sourceforge.net/America/Denver", "America/Denver"),
            ("/citadel.org/20210210_1/America/Argentina/Salta", "America/Argentina/Salta"),
            ("/freeassociation.sourceforge.net/UTC", "UTC"),
            ("tzone://Microsoft/Utc", "UTC"),
            ("Romance Standard Time", "Europe/Paris"),
            ("\"Tokyo Standard Time\"", "Asia/Tokyo"),
            ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
            ("Eastern Time (US & Canada)", "America/New_York"),
            ("US/Pacific", "US/Pacific"),
            ("tzone://Microsoft/Custom", ""),
            ("/example.org/Berlin", ""),
            ("Example/City", ""),
            ("Customized Time Zone", ""),
            ("", ""),
        ] {
            assert_eq!(zone(name), iana, "{name}");
        }
        let secs = |name: &str| match clock_of(name.as_bytes()) {
            Some(Clock::Fixed(secs)) => secs,
            _ => 0,
        };
        let offsets = ["GMT+0200", "UTC-5", "UTC+05:30", "GMT +1", "-03:00", "+5", "GMT+25"].map(secs);
        assert_eq!(offsets, [7_200, -18_000, 19_800, 3_600, -10_800, 0, 0]);
    }
}
