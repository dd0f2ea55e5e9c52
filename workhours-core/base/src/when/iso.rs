//! Times in figures: ISO 8601 dates with or without a time and a zone, and `@` seconds since 1970.

use super::{Reading, Span};
use crate::zones::Zones;
use crate::zones::to_utc;
use chrono::{Days, Months, NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;

pub(super) fn epoch(text: &str) -> Reading<i64> {
    let seconds: f64 = text.trim().parse().map_err(|_| "after @ go the seconds since 1970".to_owned())?;
    // Whole seconds exactly; a fraction as well as a float holds it, which is to the microsecond.
    let micros = match text.trim().parse::<i64>() {
        Ok(whole) => whole.checked_mul(1_000_000),
        Err(_) => Some((seconds * 1e6).round() as i64),
    };
    micros
        .filter(|_| (-62_135_596_800.0..253_402_300_800.0).contains(&seconds))
        .ok_or_else(|| "it is outside the years 1 to 9999".to_owned())
}

/// Date and rest, if the text starts like an ISO date: from there on it is held to ISO's rules.
pub(super) fn iso_split(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(text.len());
    let (date, rest) = text.split_at(end);
    let year = date.split('-').next().unwrap_or_default().len();
    // "2024 may" isn't an ISO date, and neither is "10:30" nor "7d".
    let iso = year == 4 && (rest.is_empty() || date.len() > 4) || year == 8 && date.len() == 8;
    iso.then_some((date, rest))
}

pub(super) fn iso(date: &str, time: &str, zones: &Zones) -> Reading<Span> {
    let digits = date.replace('-', "");
    let parts: Vec<&str> = match date.len() {
        8 if digits.len() == 8 => vec![&date[..4], &date[4..6], &date[6..]],
        _ => date.split('-').collect(),
    };
    let number = |i: usize| match parts.get(i) {
        Some(part) => part.parse::<u32>().map_err(|_| format!("{date} is not YYYY-MM-DD")),
        None => Ok(1),
    };
    let (year, month, day) = (number(0)?, number(1)?, number(2)?);
    let first = i32::try_from(year).ok().filter(|y| *y > 0);
    let first = first.and_then(|y| NaiveDate::from_ymd_opt(y, month, day));
    let first = first.filter(|_| parts.len() <= 3).ok_or_else(|| format!("there is no day {date}"))?;
    if time.is_empty() {
        let after = match parts.len() {
            1 => first.checked_add_months(Months::new(12)),
            2 => first.checked_add_months(Months::new(1)),
            _ => first.checked_add_days(Days::new(1)),
        };
        let after = after.ok_or("the calendar ends there")?;
        return Ok(Span::Days(first, after));
    }
    if parts.len() != 3 {
        return Err("a time of day needs the day".to_owned());
    }
    let time = time.strip_prefix(['T', 't']).unwrap_or(time);
    let end = time.find(|c: char| !c.is_ascii_digit() && !":.,".contains(c)).unwrap_or(time.len());
    let (clock, zone_text) = (&time[..end], time[end..].trim());
    if clock.is_empty() {
        return Err(format!("{time:?} is no time of day"));
    }
    let wall = first.and_time(NaiveTime::MIN) + clock_time(clock)?;
    if zone_text.is_empty() {
        return Ok(Span::Wall(wall, wall));
    }
    let us = match offset_minutes(zone_text) {
        Some(minutes) => wall.and_utc().timestamp_micros() - minutes * 60_000_000,
        None => {
            let zone: Tz = zone_text.parse().unwrap_or_else(|_| zones.on(first));
            if !zone.name().eq_ignore_ascii_case(zone_text) {
                return Err(format!("{zone_text:?} is not a time zone"));
            }
            to_utc(wall, zone)?
        }
    };
    Ok(Span::Utc(us, us))
}

/// `HH:MM`, `HH:MM:SS`, `HH:MM:SS.fraction`; 24:00 is the end of the day.
fn clock_time(text: &str) -> Reading<TimeDelta> {
    let wrong = || format!("{text:?} is not a time of day, HH:MM or HH:MM:SS");
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let mut parts = Vec::new();
    for part in whole.split(':') {
        parts.push(part.parse::<i64>().ok().filter(|_| part.len() == 2).ok_or_else(wrong)?);
    }
    let (hour, minute, second) = match parts[..] {
        [h, m] if fraction.is_empty() => (h, m, 0),
        [h, m, s] => (h, m, s),
        _ => return Err(wrong()),
    };
    let micros: i64 = format!("{fraction:0<6}").get(..6).and_then(|f| f.parse().ok()).ok_or_else(wrong)?;
    let total = ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros;
    if minute > 59 || second > 59 || total > 86_400_000_000 {
        return Err(wrong());
    }
    Ok(TimeDelta::microseconds(total))
}

/// `Z`, `UTC`, `+02`, `+0200`, `-05:00`.
fn offset_minutes(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") || text.eq_ignore_ascii_case("utc") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits = text.strip_prefix(['+', '-'])?.replacen(':', "", 1);
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = match digits.len() {
        2 => (digits.as_str(), "0"),
        4 => digits.split_at_checked(2)?,
        _ => return None,
    };
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 18 && (0..60).contains(&minutes)).then_some(sign * (hours * 60 + minutes))
}
