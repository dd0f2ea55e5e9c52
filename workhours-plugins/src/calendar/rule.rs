//! Yearly rules of VTIMEZONE (RFC 5545, section 3.3.10), as far as zones have them.
//!
//! Not for the rules of events: those are kept as written.

use crate::calendar::time::{Moment, moment};
use workhours_plugin_api::civil;

const DAY: i64 = 86_400;

/// `FREQ=YEARLY` with what zones need of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rule {
    month: Option<u32>,
    /// Which one in the month (negative: from its end; 0: any), and the weekday, Monday being 0.
    day: Option<(i64, i64)>,
    month_days: Vec<i64>,
    pub(crate) until: Option<Moment>,
    pub(crate) count: Option<i64>,
}

impl Rule {
    /// When it takes place in a year, at the time of day of `start`.
    pub(crate) fn in_year(&self, year: i64, start: i64) -> Option<i64> {
        let (_, month, day) = date_of(start);
        let year = i32::try_from(year).ok()?;
        let month = self.month.unwrap_or(month);
        let length = civil::days_in_month(year, month) as i64;
        let first = civil::days(year, month, 1);
        // 1970-01-01 was a Thursday.
        let weekday = |day: i64| (first + day - 1 + 3).rem_euclid(7);
        let wanted = |day: &i64| self.day.is_none_or(|(_, w)| weekday(*day) == w);
        let mut days = (1..=length).filter(wanted).filter(|d| {
            let from_end = *d - length - 1;
            self.month_days.is_empty() || self.month_days.contains(d) || self.month_days.contains(&from_end)
        });
        let day = match self.day {
            Some((nth @ 1..=5, _)) => days.nth(nth as usize - 1)?,
            Some((nth @ -5..=-1, _)) => days.rev().nth((-nth) as usize - 1)?,
            Some(_) => days.next()?,
            None if self.month_days.is_empty() => i64::from(day).min(length),
            None => days.next()?,
        };
        Some((first + day - 1) * DAY + start.rem_euclid(DAY))
    }
}

/// The rule, if it is a yearly one.
pub(crate) fn rule(text: &[u8]) -> Option<Rule> {
    let (mut rule, mut yearly) = (Rule::default(), false);
    for part in text.split(|b| *b == b';') {
        let Some((name, value)) = std::str::from_utf8(part).ok().and_then(|p| p.split_once('=')) else {
            continue;
        };
        match name.trim().to_ascii_uppercase().as_str() {
            "FREQ" => yearly = value.eq_ignore_ascii_case("YEARLY"),
            // Every other year: no zone has had that, and a single year wouldn't show it.
            "INTERVAL" if value.trim() != "1" => return None,
            "BYMONTH" => rule.month = value.parse().ok().filter(|m| (1..=12).contains(m)),
            "BYDAY" => rule.day = Some(weekday(value)?),
            "BYMONTHDAY" => rule.month_days = value.split(',').filter_map(|d| d.parse().ok()).collect(),
            "UNTIL" => rule.until = moment(value.as_bytes()),
            "COUNT" => rule.count = value.parse().ok(),
            _ => {}
        }
    }
    yearly.then_some(rule)
}

/// `-1SU`
fn weekday(text: &str) -> Option<(i64, i64)> {
    let (nth, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let day = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].iter().position(|d| d.eq_ignore_ascii_case(name))?;
    Some((if nth.is_empty() { 0 } else { nth.parse().ok()? }, day as i64))
}

pub(crate) fn year_of(wall: i64) -> i64 {
    date_of(wall).0
}

/// Year, month and day of a clock reading between the years 0 and 9999.
fn date_of(wall: i64) -> (i64, u32, u32) {
    let days = wall.div_euclid(DAY);
    // The guess is off by a year at most.
    let mut year = 1970 + days * 400 / 146_097;
    let first = |y: i64| civil::days(y as i32, 1, 1);
    year += i64::from(days >= first(year + 1)) - i64::from(days < first(year));
    let mut month = 12;
    while month > 1 && civil::days(year as i32, month, 1) > days {
        month -= 1;
    }
    (year, month, (days - civil::days(year as i32, month, 1) + 1) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_back() {
        for days in (-719_000..2_900_000).step_by(13) {
            let (y, m, d) = date_of(days * DAY + 5);
            assert_eq!(civil::days(y as i32, m, d), days);
        }
    }
}
