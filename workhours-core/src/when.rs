//! Times as people type them for `--from` and `--to`: `2024-05`, `-7d`, `last monday`, `@1700000000`.
//!
//! Every text is a span with a first instant and one past its last; a day, a month and a year are long, an
//! instant is empty. `--from` takes the start, `--to` the end. Dates with slashes are refused, since half the
//! world reads them the other way round. Not for times inside records: those are the sources' affair.

use crate::error::{Error, Result};
use crate::names;
use chrono::{DateTime, Datelike, Days, MappedLocalTime, Months, NaiveDate, NaiveDateTime, NaiveTime};
use chrono::{Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use interim::{Dialect, Interval, parse_date_string, parse_duration};

const EXAMPLES: &str = "try 2024-05-31, \"2024-05-31 18:00\", 2024-05, today, yesterday, -7d, \"3 days ago\", \
                        \"last monday\" or @1700000000";

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// What else may stand in a human date. `interim` alone would take "3 monkeys ago" for three months.
const WORDS: [&str; 38] = [
    "now",
    "today",
    "yesterday",
    "tomorrow",
    "last",
    "this",
    "next",
    "ago",
    "am",
    "pm",
    "s",
    "sec",
    "secs",
    "second",
    "seconds",
    "m",
    "min",
    "mins",
    "minute",
    "minutes",
    "h",
    "hr",
    "hrs",
    "hour",
    "hours",
    "d",
    "day",
    "days",
    "w",
    "week",
    "weeks",
    "mo",
    "month",
    "months",
    "y",
    "yr",
    "year",
    "years",
];

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
type Reading<T> = std::result::Result<T, String>;

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

fn epoch(text: &str) -> Reading<i64> {
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
fn iso_split(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(text.len());
    let (date, rest) = text.split_at(end);
    let year = date.split('-').next().unwrap_or_default().len();
    // "2024 may" is no ISO date, and neither is "10:30" nor "7d".
    let iso = year == 4 && (rest.is_empty() || date.len() > 4) || year == 8 && date.len() == 8;
    iso.then_some((date, rest))
}

fn iso(date: &str, time: &str, zone: Tz) -> Reading<Span> {
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
        return Ok(Span::Wall(first.and_time(NaiveTime::MIN), after.and_time(NaiveTime::MIN)));
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
            let zone: Tz = zone_text.parse().unwrap_or(zone);
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

fn check_words(text: &str) -> Reading<()> {
    for word in text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()) {
        let long = DAYS.iter().chain(&MONTHS);
        if !WORDS.contains(&word) && !long.clone().any(|name| word.len() > 2 && name.starts_with(word)) {
            let near = names::nearest(word, WORDS.iter().chain(long).copied().filter(|w| w.len() > 2));
            let meant = near.map(|near| format!(", did you mean {near:?}?")).unwrap_or_default();
            return Err(format!("{word:?} says nothing about time{meant}"));
        }
    }
    Ok(())
}

/// A stretch of days counted from today, one past its last day, and what follows it in the text. A bare weekday
/// is the latest one, today included, since reports look back; `last` excludes today.
fn leading_day(text: &str, today: NaiveDate) -> Reading<Option<(NaiveDate, NaiveDate, &str)>> {
    let (first, after) = text.split_once(' ').unwrap_or((text, ""));
    let directed = matches!(first, "last" | "this" | "next");
    let (noun, rest) =
        if directed { after.trim().split_once(' ').unwrap_or((after.trim(), "")) } else { (first, after) };
    let monday = today - TimeDelta::days(today.weekday().num_days_from_monday().into());
    let named = DAYS.iter().position(|day| noun.len() > 2 && day.starts_with(noun));
    let offset = match (named.and_then(|d| i64::try_from(d).ok()), noun) {
        (Some(day), _) => {
            let this_week = (monday - today).num_days() + day;
            Some(match first {
                "this" => this_week,
                "next" => (this_week - 1).rem_euclid(7) + 1,
                "last" => this_week.rem_euclid(7) - 7,
                _ => -(-this_week).rem_euclid(7),
            })
        }
        (None, "today") => Some(0),
        (None, "yesterday") => Some(-1),
        (None, "tomorrow") => Some(1),
        _ => None,
    };
    let rest = rest.trim();
    if let Some(days) = offset {
        let day = today + TimeDelta::days(days);
        return Ok(Some((day, day + TimeDelta::days(1), rest)));
    }
    if !directed || !rest.is_empty() {
        return Ok(None);
    }
    let step = match first {
        "last" => -1,
        "next" => 1,
        _ => 0,
    };
    let months = |start: NaiveDate, n: i32| {
        let by = Months::new(n.unsigned_abs());
        if n < 0 { start.checked_sub_months(by) } else { start.checked_add_months(by) }
    };
    let month = today - TimeDelta::days(today.day0().into());
    let year = NaiveDate::from_ymd_opt(today.year(), 1, 1).unwrap_or(today);
    Ok(match noun {
        "day" => Some((today + TimeDelta::days(step.into()), today + TimeDelta::days(i64::from(step) + 1))),
        "week" => {
            let start = monday + TimeDelta::weeks(step.into());
            Some((start, start + TimeDelta::weeks(1)))
        }
        "month" => months(month, step).zip(months(month, step + 1)),
        "year" => months(year, 12 * step).zip(months(year, 12 * (step + 1))),
        _ => None,
    }
    .map(|(start, end)| (start, end, "")))
}

/// Hours and less are counted in real time, days and more on the calendar.
fn shift(now_us: i64, now: NaiveDateTime, by: Interval) -> Reading<Span> {
    let far = || "that is too far away".to_owned();
    let wall = match by {
        Interval::Seconds(s) => {
            return now_us.checked_add(i64::from(s) * 1_000_000).map(|us| Span::Utc(us, us)).ok_or_else(far);
        }
        Interval::Days(d) => now.checked_add_signed(TimeDelta::days(d.into())),
        Interval::Months(m) if m < 0 => now.checked_sub_months(Months::new(m.unsigned_abs())),
        Interval::Months(m) => now.checked_add_months(Months::new(m.unsigned_abs())),
    };
    wall.filter(|t| (1..=9999).contains(&t.year())).map(|t| Span::Wall(t, t)).ok_or_else(far)
}

/// `may`, `may 2024`, `1 may`, `may 1, 2024`, `10:30`, `8pm`. Without a year, the latest that has begun.
fn by_month(text: &str, now: NaiveDateTime) -> Reading<Span> {
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let is_month = |word: &str| word.len() > 2 && MONTHS.iter().any(|month| month.starts_with(word));
    let has_month = words.iter().any(|word| is_month(word));
    let month_only = !words.iter().any(|w| w.starts_with(|c: char| c.is_ascii_digit()) && w.len() != 4);
    let has_year = words.iter().any(|w| w.len() == 4 && w.bytes().all(|b| b.is_ascii_digit()));
    let asked = match (has_month, has_year) {
        (true, true) if month_only => format!("1 {text}"),
        (true, false) if !words.iter().any(|w| matches!(*w, "last" | "next" | "this")) => {
            format!("last {text}")
        }
        _ => text.to_owned(),
    };
    let start = human(&asked, now)?;
    let has_time = text.contains(':') || words.iter().any(|w| w.ends_with("am") || w.ends_with("pm"));
    Ok(match (has_month, has_time) {
        (true, false) => {
            let after = start.checked_add_months(Months::new(1)).filter(|_| month_only);
            Span::Wall(start, after.unwrap_or(start + TimeDelta::days(1)))
        }
        _ => Span::Wall(start, start),
    })
}

/// `interim` on the wall clock: it works in UTC here, so that a gap in the zone is ours to decide.
fn human(text: &str, base: NaiveDateTime) -> Reading<NaiveDateTime> {
    if text.contains('+') || text.contains(':') && text.contains('-') {
        return Err("a zone goes with a full date only".to_owned());
    }
    let wall: DateTime<Utc> =
        parse_date_string(text, base.and_utc(), Dialect::Uk).map_err(|e| e.with_input(text).to_string())?;
    if !(1900..=9999).contains(&wall.year()) {
        return Err(format!("the year {} is not likely meant", wall.year()));
    }
    Ok(wall.naive_utc())
}

/// The instant when clocks in `zone` show `wall`: the earlier of two, and after a jump forward the first one
/// there is.
fn to_utc(wall: NaiveDateTime, zone: Tz) -> Reading<i64> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::America::Chicago;
    use chrono_tz::Europe::Berlin;

    /// Wednesday, 15 May 2024, 12:34:56 in Berlin.
    const NOW: i64 = 1_715_769_296_000_000;

    fn shown(us: i64, zone: Tz) -> String {
        let t = DateTime::from_timestamp_micros(us).unwrap().with_timezone(&zone);
        t.format("%Y-%m-%d %H:%M:%S%.f").to_string()
    }

    fn bounds(text: &str, zone: Tz) -> (String, String) {
        let from = parse_when(text, NOW, zone).unwrap_or_else(|e| panic!("{text}: {e}"));
        (shown(from, zone), shown(parse_until(text, NOW, zone).unwrap(), zone))
    }

    #[test]
    fn spans() {
        for (text, from, until) in [
            ("2024", "2024-01-01", "2025-01-01"),
            ("2024-02", "2024-02-01", "2024-03-01"),
            ("2024-12", "2024-12-01", "2025-01-01"),
            ("2024-02-29", "2024-02-29", "2024-03-01"),
            ("20240229", "2024-02-29", "2024-03-01"),
            (" Today ", "2024-05-15", "2024-05-16"),
            ("yesterday", "2024-05-14", "2024-05-15"),
            ("last monday", "2024-05-13", "2024-05-14"),
            ("last wednesday", "2024-05-08", "2024-05-09"),
            ("wednesday", "2024-05-15", "2024-05-16"),
            ("thu", "2024-05-09", "2024-05-10"),
            ("next thursday", "2024-05-16", "2024-05-17"),
            ("this week", "2024-05-13", "2024-05-20"),
            ("last month", "2024-04-01", "2024-05-01"),
            ("last year", "2023-01-01", "2024-01-01"),
            ("2024-5-1", "2024-05-01", "2024-05-02"),
            ("april", "2024-04-01", "2024-05-01"),
            ("june", "2023-06-01", "2023-07-01"),
            ("may 2022", "2022-05-01", "2022-06-01"),
            ("1 may", "2024-05-01", "2024-05-02"),
            ("24 december", "2023-12-24", "2023-12-25"),
            ("1 may 2022", "2022-05-01", "2022-05-02"),
            ("May 1, 2022", "2022-05-01", "2022-05-02"),
        ] {
            let want = (format!("{from} 00:00:00"), format!("{until} 00:00:00"));
            assert_eq!(bounds(text, Berlin), want, "{text}");
        }
    }

    #[test]
    fn instants() {
        for (text, want) in [
            ("now", "2024-05-15 12:34:56"),
            ("2024-05-01T10:30", "2024-05-01 10:30:00"),
            ("2024-05-01 10:30:15.25", "2024-05-01 10:30:15.250"),
            ("2024-05-01T24:00", "2024-05-02 00:00:00"),
            ("2024-05-01T10:30Z", "2024-05-01 12:30:00"),
            ("2024-05-01t10:30z", "2024-05-01 12:30:00"),
            ("2024-05-01 10:30:00 +0530", "2024-05-01 07:00:00"),
            ("2024-05-01T10:30-05:00", "2024-05-01 17:30:00"),
            ("2024-05-01 10:30 America/Chicago", "2024-05-01 17:30:00"),
            ("-7d", "2024-05-08 12:34:56"),
            ("-2h", "2024-05-15 10:34:56"),
            ("- 90 min", "2024-05-15 11:04:56"),
            ("-1w", "2024-05-08 12:34:56"),
            ("3 days ago", "2024-05-12 12:34:56"),
            ("1 month ago", "2024-04-15 12:34:56"),
            ("+1h", "2024-05-15 13:34:56"),
            ("last monday 8am", "2024-05-13 08:00:00"),
            ("yesterday 17:30", "2024-05-14 17:30:00"),
            ("10:30", "2024-05-15 10:30:00"),
            ("8pm", "2024-05-15 20:00:00"),
            ("1 may 2022 10:30", "2022-05-01 10:30:00"),
            ("@1700000000", "2023-11-14 23:13:20"),
            ("@1700000000.5", "2023-11-14 23:13:20.500"),
            ("@-1", "1970-01-01 00:59:59"),
        ] {
            assert_eq!(bounds(text, Berlin), (want.to_owned(), want.to_owned()), "{text}");
        }
    }

    #[test]
    fn last_so_many_end_now() {
        let now = "2024-05-15 12:34:56".to_owned();
        assert_eq!(bounds("last 3 days", Berlin), ("2024-05-12 12:34:56".to_owned(), now.clone()));
        assert_eq!(bounds("Last 2 hours", Berlin), ("2024-05-15 10:34:56".to_owned(), now));
    }

    #[test]
    fn clocks_that_jump() {
        let utc = |text, zone| shown(parse_when(text, NOW, zone).unwrap(), Tz::UTC);
        assert_eq!(utc("2026-11-01 01:30", Chicago), "2026-11-01 06:30:00", "the earlier of two");
        assert_eq!(utc("2026-03-08 02:30", Chicago), "2026-03-08 08:00:00", "the first there is");
        assert_eq!(utc("2024-04-26", chrono_tz::Africa::Cairo), "2024-04-25 22:00:00", "no midnight");
        assert_eq!(utc("2011-12-30", chrono_tz::Pacific::Apia), "2011-12-30 10:00:00", "no such day");
        let hours = |text| {
            (parse_until(text, NOW, Berlin).unwrap() - parse_when(text, NOW, Berlin).unwrap()) / 3_600_000_000
        };
        assert_eq!((hours("2024-03-31"), hours("2024-10-27"), hours("2024-10-28")), (23, 25, 24));
    }

    #[test]
    fn mistakes_say_why_and_show_how() {
        for (text, part) in [
            ("", "empty"),
            ("2024-02-30", "no day 2024-02-30"),
            ("2024-13", "no day"),
            ("0000", "no day"),
            ("2024-05-01 25:00", "HH:MM"),
            ("2024-05-01 10:30 Mars/Base", "not a time zone"),
            ("2024-05T10:30", "needs the day"),
            ("2024-05-01-02", "no day"),
            ("2024-05-01 Europe/Berlin", "no time of day"),
            ("2024-05-01 İ", "no time of day"),
            ("2024-05-01 10:30 ++500", "not a time zone"),
            ("last 3 d 4", "cannot read"),
            ("01/04/2024", "slashes"),
            ("1700000000", "@1700000000"),
            ("7d", "-7d"),
            ("3 monkeys ago", "did you mean \"mo"),
            ("yestreday", "\"yesterday\""),
            ("4 july 17", "year"),
            ("@soon", "seconds since 1970"),
            ("@99999999999999", "years 1 to 9999"),
            ("yesterday 10:30+02:00", "zone"),
            ("-", "cannot read"),
            ("Łódź", "nothing about time"),
        ] {
            let error = parse_when(text, NOW, Berlin).expect_err(text);
            assert!(error.to_string().contains(part), "{text}: {error}");
            assert!(error.hint_text().unwrap().contains("last monday"));
        }
    }

    #[test]
    fn nothing_panics() {
        let pieces =
            ["", "-", "@", "9999", "12", ":", "may", "last", "d", " ", "T", "+", "ago", "é", ",", "."];
        let n = pieces.len();
        for i in 0..n.pow(3) {
            let text = format!("{}{}{}", pieces[i % n], pieces[i / n % n], pieces[i / n / n]);
            for now in [NOW, i64::MIN, i64::MAX] {
                let _ = parse_until(&text, now, Chicago);
            }
        }
    }
}
