//! Times as people type them for `--from` and `--to`: `2024-05`, `-7d`, `last monday`, `@1700000000`.
//!
//! Every text is a span with a first instant and one past its last; a day, a month and a year are long, an
//! instant is empty. `--from` takes the start, `--to` the end. Dates with slashes are refused, since half the
//! world reads them the other way round. Not for times inside records: those are the sources' affair.

mod iso;
#[cfg(test)]
mod tests;
mod words;

use crate::error::{Error, Result};
use chrono::{DateTime, Datelike, MappedLocalTime, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;
use interim::parse_duration;
use iso::{epoch, iso, iso_split};
use words::{by_month, check_words, human, leading_day, shift};

const EXAMPLES: &str = "try 2024-05-31, \"2024-05-31 18:00\", 2024-05, today, yesterday, -7d, \"3 days ago\", \
                        \"last monday\" or @1700000000";

/// The first instant `text` means, in µs since the Unix epoch, for a bound that includes it. `zone` is where
/// the user's clock hangs, `now_us` what it shows.
pub fn parse_when(text: &str, now_us: i64, zone: Tz) -> Result<i64> {
    Ok(read(text, now_us, zone)?.0)
}

/// One past the last instant `text` means, for a bound that excludes it: `2024-05` gives the start of June.
pub fn parse_until(text: &str, now_us: i64, zone: Tz) -> Result<i64> {
    Ok(read(text, now_us, zone)?.1)
}

/// Why a text is not a time; the caller adds the text and the examples.
pub(crate) type Reading<T> = std::result::Result<T, String>;

/// A stretch of time, on the wall or already in UTC.
enum Span {
    Utc(i64, i64),
    Wall(NaiveDateTime, NaiveDateTime),
}

fn read(text: &str, now_us: i64, zone: Tz) -> Result<(i64, i64)> {
    let asked = text.trim().to_lowercase();
    span(&asked, text.trim(), now_us, zone)
        .and_then(|span| match span {
            Span::Utc(start, end) => Ok((start, end)),
            Span::Wall(start, end) => Ok((to_utc(start, zone)?, to_utc(end, zone)?)),
        })
        .map_err(|why| Error::usage(format!("cannot read {text:?} as a time: {why}")).hint(EXAMPLES))
}

fn span(text: &str, original: &str, now_us: i64, zone: Tz) -> Reading<Span> {
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
    // As typed: names of zones have capitals.
    if let Some((date, time)) = iso_split(original) {
        return iso(date, time.trim(), zone);
    }
    if text.contains('/') {
        return Err("with slashes, day and month cannot be told apart".to_owned());
    }
    check_words(text)?;
    let now = DateTime::from_timestamp_micros(now_us).ok_or("the clock is out of range")?;
    let now = now.with_timezone(&zone).naive_local();
    if !(1..=9999).contains(&now.year()) {
        return Err("the clock is out of range".to_owned());
    }
    if let Some((start, end, time)) = leading_day(text, now.date())? {
        let end = end.and_time(NaiveTime::MIN);
        return match time {
            "" => Ok(Span::Wall(start.and_time(NaiveTime::MIN), end)),
            _ => human(time, start.and_time(NaiveTime::MIN)).map(|t| Span::Wall(t, t)),
        };
    }
    if let Some(count) =
        text.strip_prefix("last ").filter(|count| count.starts_with(|c: char| c.is_ascii_digit()))
    {
        let interval = parse_duration(&format!("-{count}")).map_err(|e| e.with_input(count).to_string())?;
        return match shift(now_us, now, interval)? {
            Span::Wall(start, _) => Ok(Span::Wall(start, now)),
            Span::Utc(start, _) => Ok(Span::Utc(start, now_us)),
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

/// The instant when clocks in `zone` show `wall`: the earlier of two, and after a jump forward the first one
/// there is.
pub(crate) fn to_utc(wall: NaiveDateTime, zone: Tz) -> Reading<i64> {
    match zone.from_local_datetime(&wall) {
        MappedLocalTime::Single(t) => Ok(t.timestamp_micros()),
        MappedLocalTime::Ambiguous(a, b) => Ok(a.min(b).timestamp_micros()),
        MappedLocalTime::None => {
            // The offset changes once between a day before and a day after, both of which exist somewhere.
            let near = |hours: i64| zone.offset_from_utc_datetime(&(wall + TimeDelta::hours(hours))).fix();
            let (before, after) = (near(-26), near(26));
            let wall_s = wall.and_utc().timestamp();
            let mut low = wall_s - i64::from(after.local_minus_utc());
            let mut high = wall_s - i64::from(before.local_minus_utc());
            while low + 1 < high {
                let middle = low + (high - low) / 2;
                let at = DateTime::from_timestamp(middle, 0).ok_or("it is out of range")?.naive_utc();
                if zone.offset_from_utc_datetime(&at).fix() == before { low = middle } else { high = middle }
            }
            Ok(high * 1_000_000)
        }
    }
}
