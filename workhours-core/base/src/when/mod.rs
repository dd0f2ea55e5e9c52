//! Times as people type them for `--from`, `--to` and `--in`: `2024-05`, `-7d`, `last monday`, `@1700000000`.
//!
//! Every text is a span with a first instant and one past its last. A day, a week, a month, a quarter and a year are
//! *periods*: they begin and end when work days do. An instant is empty. `--from` uses the start, `--to` the end,
//! `--in` both, but only of a period. Dates with slashes are errors, because the order of day and month differs between
//! countries. Not for times inside records: the sources parse those.

mod iso;
mod period;
#[cfg(test)]
mod tests;
mod words;

use crate::error::{Error, Result};
use crate::zones::Zones;
use crate::zones::to_utc;
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use interim::parse_duration;
use iso::{epoch, iso, iso_split};
use words::{by_month, check_words, human, leading_day, shift};

const EXAMPLES: &str = "try 2024-05-31, \"2024-05-31 18:00\", 2024-05, 2024-W22, today, yesterday, -7d, \
                        \"3 days ago\", \"last monday\" or @1700000000";
const PERIODS: &str = "try 2024-05, 2024-W22, 2024-Q2, today, yesterday, \"last month\", \"this week\", \
                       \"last 7 days\" or 2024-05-01..2024-05-15; for a moment use --from and --to";

/// The first instant `text` means, in µs since the Unix epoch, for a bound that includes it. `zones` is the user's
/// clock, `now_us` its current time.
///
/// # Errors
/// A usage error that says why the text isn't a time.
pub fn parse_when(text: &str, now_us: i64, zones: &Zones) -> Result<i64> {
    Ok(read(text, now_us, zones)?.0)
}

/// One past the last instant `text` means, for a bound that excludes it: `2024-05` returns the start of June.
///
/// # Errors
/// As [`parse_when`].
pub fn parse_until(text: &str, now_us: i64, zones: &Zones) -> Result<i64> {
    Ok(read(text, now_us, zones)?.1)
}

/// The first instant of a period and the first after it: `last month`, `2026-W11`, `2026-03-01..2026-03-15`.
///
/// # Errors
/// A usage error for a text that isn't a time, or is a moment.
pub fn parse_period(text: &str, now_us: i64, zones: &Zones) -> Result<(i64, i64)> {
    let wrong = |why: String| Error::usage(format!("cannot read {text:?} as a period: {why}")).hint(PERIODS);
    let days =
        |text: &str| match span(&text.trim().to_lowercase(), text.trim(), now_us, zones).map_err(wrong)? {
            Span::Days(from, until) => Ok((from, until)),
            Span::Utc(..) | Span::Wall(..) => Err(wrong("it is a moment".to_owned())),
        };
    let (from, until) = match text.split_once("..") {
        Some((first, last)) => (days(first)?.0, days(last)?.1),
        None => days(text)?,
    };
    if from >= until {
        return Err(wrong("it ends before it begins".to_owned()));
    }
    Ok((zones.start_of(from), zones.start_of(until)))
}

/// Why a text is not a time; the caller adds the text and the examples.
pub(crate) type Reading<T> = std::result::Result<T, String>;

/// A span of time: already in UTC, on the wall, or whole days, the second being the first after it.
enum Span {
    Utc(i64, i64),
    Wall(NaiveDateTime, NaiveDateTime),
    Days(NaiveDate, NaiveDate),
}

fn read(text: &str, now_us: i64, zones: &Zones) -> Result<(i64, i64)> {
    let asked = text.trim().to_lowercase();
    let on_wall = |wall: NaiveDateTime| to_utc(wall, zones.on(wall.date()));
    span(&asked, text.trim(), now_us, zones)
        .and_then(|span| match span {
            Span::Utc(start, end) => Ok((start, end)),
            Span::Wall(start, end) => Ok((on_wall(start)?, on_wall(end)?)),
            Span::Days(start, end) => Ok((zones.start_of(start), zones.start_of(end))),
        })
        .map_err(|why| Error::usage(format!("cannot read {text:?} as a time: {why}")).hint(EXAMPLES))
}

fn span(text: &str, original: &str, now_us: i64, zones: &Zones) -> Reading<Span> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if let Some(seconds) = text.strip_prefix('@') {
        return epoch(seconds).map(|us| Span::Utc(us, us));
    }
    if text == "now" {
        return Ok(Span::Utc(now_us, now_us));
    }
    if text.len() >= 9 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("write @{text} for seconds since 1970"));
    }
    if let Some(span) = period::named(text)? {
        return Ok(span);
    }
    // As typed: names of zones have capitals.
    if let Some((date, time)) = iso_split(original) {
        return iso(date, time.trim(), zones);
    }
    if text.contains('/') {
        return Err("with slashes, day and month cannot be told apart".to_owned());
    }
    check_words(text)?;
    let clock = DateTime::from_timestamp_micros(now_us).ok_or("the clock is out of range")?;
    if !(2..=9998).contains(&clock.year()) {
        return Err("the clock is out of range".to_owned());
    }
    let (now, today) = (zones.wall(now_us), zones.day_of(now_us));
    if let Some((start, end, time)) = leading_day(text, today)? {
        return match time {
            "" => Ok(Span::Days(start, end)),
            _ => human(time, start.and_time(NaiveTime::MIN)).map(|t| Span::Wall(t, t)),
        };
    }
    if let Some(span) = period::last_days(text, today)? {
        return Ok(span);
    }
    if let Some(count) =
        text.strip_prefix("last ").filter(|count| count.starts_with(|c: char| c.is_ascii_digit()))
    {
        let interval = parse_duration(&format!("-{count}")).map_err(|e| e.with_input(count).to_string())?;
        return match shift(now_us, now, interval)? {
            Span::Utc(start, _) => Ok(Span::Utc(start, now_us)),
            Span::Wall(start, _) => Ok(Span::Wall(start, now)),
            days @ Span::Days(..) => Ok(days),
        };
    }
    if let Ok(interval) = parse_duration(text.trim_start_matches('+')) {
        if !text.starts_with(['-', '+']) && !text.ends_with("ago") {
            return Err(format!("write -{text} or \"{text} ago\""));
        }
        return shift(now_us, now, interval);
    }
    by_month(text, now)
}
