//! Times in words: `last monday`, `1 may`, `-7d`, `yesterday 17:30`. The grammar is `interim`'s, held to words
//! that mean a time and to years that are likely meant.

use super::{Reading, Span};
use crate::names;
use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use interim::{Dialect, Interval, parse_date_string};

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
/// Other words allowed in a human date. `interim` alone would read "3 monkeys ago" as three months.
const WORDS: [&str; 40] = [
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
    "quarter",
    "quarters",
    "y",
    "yr",
    "year",
    "years",
];

pub(super) fn check_words(text: &str) -> Reading<()> {
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

/// A run of days counted from today, one past its last day, and the rest of the text. A bare weekday is the latest one,
/// including today, because reports look back; `last` excludes today.
pub(super) fn leading_day(text: &str, today: NaiveDate) -> Reading<Option<(NaiveDate, NaiveDate, &str)>> {
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
        "quarter" => {
            let start = months(month, -(today.month0() as i32 % 3));
            start.and_then(|start| months(start, 3 * step).zip(months(start, 3 * (step + 1))))
        }
        "year" => months(year, 12 * step).zip(months(year, 12 * (step + 1))),
        _ => None,
    }
    .map(|(start, end)| (start, end, "")))
}

/// Hours and less are counted in real time, days and more on the calendar.
pub(super) fn shift(now_us: i64, now: NaiveDateTime, by: Interval) -> Reading<Span> {
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
pub(super) fn by_month(text: &str, now: NaiveDateTime) -> Reading<Span> {
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
            Span::Days(start.date(), after.map_or(start.date() + TimeDelta::days(1), |after| after.date()))
        }
        _ => Span::Wall(start, start),
    })
}

/// `interim` on the wall clock: it works in UTC here, so that a gap in the zone is ours to decide.
pub(super) fn human(text: &str, base: NaiveDateTime) -> Reading<NaiveDateTime> {
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
