//! Named periods: ISO 8601 weeks, quarters, and the last N days.

use super::{Reading, Span};
use chrono::{Days, Months, NaiveDate, TimeDelta, Weekday};

/// `2026-w11`, `2026-w11-3`, `2026-q1`, in lower case. `None` for other forms.
pub(super) fn named(text: &str) -> Reading<Option<Span>> {
    let Some((year, rest)) = text.split_once('-').filter(|(year, _)| year.len() == 4) else {
        return Ok(None);
    };
    let Ok(year) = year.parse::<i32>() else { return Ok(None) };
    let (letter, number) = rest.split_at_checked(1).unwrap_or_default();
    let none = || format!("there is no {}", text.to_uppercase());
    match letter {
        "q" => {
            let quarter: u32 = number.parse().ok().filter(|n| (1..=4).contains(n)).ok_or_else(none)?;
            let first = NaiveDate::from_ymd_opt(year, quarter * 3 - 2, 1).ok_or_else(none)?;
            Ok(Some(Span::Days(first, first.checked_add_months(Months::new(3)).ok_or_else(none)?)))
        }
        "w" => {
            let (week, day) = number.split_once('-').map_or((number, None), |(week, day)| (week, Some(day)));
            let week: u32 = week.parse().ok().ok_or_else(none)?;
            let monday = NaiveDate::from_isoywd_opt(year, week, Weekday::Mon).ok_or_else(none)?;
            let (first, length) = match day {
                None => (monday, 7),
                Some(day) => {
                    let day: u64 = day.parse().ok().filter(|n| (1..=7).contains(n)).ok_or_else(none)?;
                    (monday + Days::new(day - 1), 1)
                }
            };
            Ok(Some(Span::Days(first, first.checked_add_days(Days::new(length)).ok_or_else(none)?)))
        }
        _ => Ok(None),
    }
}

/// `last 7 days`, `last 2 weeks`: whole days, today the last of them.
pub(super) fn last_days(text: &str, today: NaiveDate) -> Reading<Option<Span>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let ["last", count, unit] = words[..] else { return Ok(None) };
    let Ok(count) = count.parse::<u32>() else { return Ok(None) };
    let far = || "that is too far away".to_owned();
    let tomorrow = today.checked_add_days(Days::new(1)).ok_or_else(far)?;
    let first = match unit {
        "d" | "day" | "days" => tomorrow.checked_sub_signed(TimeDelta::days(count.into())),
        "w" | "week" | "weeks" => tomorrow.checked_sub_signed(TimeDelta::weeks(count.into())),
        "mo" | "month" | "months" => tomorrow.checked_sub_months(Months::new(count)),
        "y" | "year" | "years" => {
            count.checked_mul(12).and_then(|n| tomorrow.checked_sub_months(Months::new(n)))
        }
        _ => return Ok(None),
    };
    if count == 0 {
        return Err("none is no period".to_owned());
    }
    Ok(Some(Span::Days(first.ok_or_else(far)?, tomorrow)))
}
