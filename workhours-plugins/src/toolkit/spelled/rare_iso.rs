//! The rarer forms of ISO 8601: without separators, by week, by day of the year.

use super::zone_of;
use crate::toolkit::moments::{self, Written};
use workhours_plugin_api::{Precision, RowFlags, civil};

/// ISO 8601 without separators: `20240315`, `20240315T103000Z`, `20240315T1030+0100`; also `20240315103000`.
pub(super) fn compact(text: &str) -> Option<Written> {
    let bytes = text.as_bytes();
    let date = bytes.get(..8).filter(|d| d.iter().all(u8::is_ascii_digit))?;
    let rest = bytes.get(8..)?;
    let (clock, zone) = match rest.split_first() {
        None => (&b""[..], &b""[..]),
        Some((separator, clock)) => {
            let clock = if b"Tt _-".contains(separator) { clock } else { rest };
            let len = clock.iter().take_while(|b| b.is_ascii_digit()).count();
            let len = if len == 6 { len } else { len.min(4) };
            if !(len == 4 && clock.len() != rest.len() || len == 6) {
                return None;
            }
            clock.split_at(len)
        }
    };
    let (nanos, precision, zone) = match clock.len() {
        0 => (0, Precision::Day, zone),
        4 => (0, Precision::Minute, zone),
        _ => moments::fraction(zone)?,
    };
    let zone = std::str::from_utf8(zone).ok()?.trim();
    let offset_min = if zone.is_empty() { None } else { Some(zone_of(zone)?) };
    let part = |at: usize| clock.get(at..at + 2).map_or(Some(0), civil::digits);
    let second = part(4)?;
    let year = i32::try_from(civil::digits(&date[..4])?).ok().filter(|y| (1900..2200).contains(y))?;
    let wall = civil::seconds(
        year,
        civil::digits(&date[4..6])?,
        civil::digits(&date[6..])?,
        part(0)?,
        part(2)?,
        second,
    )?;
    let flags = if second == 60 { RowFlags::LEAP_SECOND } else { RowFlags::NONE };
    Some(Written { wall, nanos, precision, offset_min, flags })
}

/// A day by its number in the year, `2024-075`, or by its week, `2024-W11-5`.
pub(super) fn of_year(text: &str) -> Option<Written> {
    let (year, rest) = text.split_at_checked(4)?;
    let year = i32::try_from(civil::digits(year.as_bytes())?).ok()?;
    let rest = rest.strip_prefix('-')?;
    let first = civil::days(year, 1, 1);
    let days = match rest.strip_prefix(['W', 'w']) {
        Some(week) => {
            let (week, day) = week.split_once('-')?;
            let (week, day) = (i64::from(digits_of(week, 2)?), i64::from(digits_of(day, 1)?));
            // The 4th of January is in week 1; 1970-01-01 was a Thursday.
            let fourth = first + 3;
            let monday = fourth - (fourth + 3).rem_euclid(7);
            ((1..=53).contains(&week) && (1..=7).contains(&day))
                .then_some(monday + (week - 1) * 7 + day - 1)?
        }
        None => {
            let length = civil::days(year + 1, 1, 1) - first;
            let day = i64::from(digits_of(rest, 3)?);
            (1..=length).contains(&day).then_some(first + day - 1)?
        }
    };
    let (precision, flags) = (Precision::Day, RowFlags::NONE);
    Some(Written { wall: days * 86_400, nanos: 0, precision, offset_min: None, flags })
}

fn digits_of(text: &str, len: usize) -> Option<u32> {
    if text.len() == len { civil::digits(text.as_bytes()) } else { None }
}
