//! The days of a year as a table of weeks: the darker, the more hours, in four levels of as many days each.

use super::home::{number, rows, text, today};
use crate::problem::Problem;
use crate::query_string::QueryString;
use crate::site::Site;
use crate::template::Template;
use chrono::{Datelike, Days, NaiveDate};
use serde::Serialize;
use std::collections::BTreeMap;
use workhours_core::zones::monday;

inventory::submit! { Template { name: "heatmap", text: include_str!("heatmap.hbs") } }

const WEEKS: u64 = 53;

/// A table of seven rows.
#[derive(Serialize)]
pub(super) struct Heatmap {
    months: Vec<Month>,
    days: Vec<Weekday>,
    /// The sum of all of it.
    sum: String,
}

/// A month above the weeks that begin in it.
#[derive(Serialize)]
struct Month {
    name: String,
    weeks: usize,
    path: String,
}

#[derive(Serialize)]
struct Weekday {
    name: &'static str,
    cells: Vec<Day>,
}

/// A day, or a place where none is yet.
#[derive(Serialize)]
struct Day {
    /// 0 to 4; none if there is no day.
    level: Option<u8>,
    title: String,
}

/// The last year.
pub(super) async fn heatmap(site: &Site) -> Result<Heatmap, Problem> {
    let today = today(site);
    let first = monday(today).checked_sub_days(Days::new(7 * (WEEKS - 1))).unwrap_or(today);
    let query = QueryString::default().with("from", first).at("");
    let rows = rows(site, "calendar", query.trim_start_matches('?'), 400).await?;
    let parse = |row: &BTreeMap<_, _>| {
        Some((text(row, "day").parse().ok()?, (number(row, "hours"), number(row, "events"))))
    };
    Ok(of(&rows.iter().filter_map(parse).collect(), first, today))
}

/// The sums of hours and events by day.
fn of(days: &BTreeMap<NaiveDate, (f64, f64)>, first: NaiveDate, today: NaiveDate) -> Heatmap {
    let levels = quartiles(days.values().map(|(hours, _)| *hours));
    let starts: Vec<NaiveDate> = first.iter_weeks().take(WEEKS as usize).collect();
    let day = |start: &NaiveDate, ahead: u64| {
        let day = start.checked_add_days(Days::new(ahead)).filter(|day| *day <= today);
        let Some(day) = day else { return Day { level: None, title: String::new() } };
        let (hours, events) = days.get(&day).copied().unwrap_or_default();
        let level =
            if events == 0.0 { 0 } else { 1 + levels.iter().filter(|edge| hours > **edge).count() as u8 };
        Day {
            level: Some(level),
            title: format!("{}: {hours:.1} h, {events} events", day.format("%a %Y-%m-%d")),
        }
    };
    let mut months: Vec<Month> = Vec::new();
    let mut last = None;
    for start in &starts {
        let month = (start.year(), start.month());
        match months.last_mut().filter(|_| last == Some(month)) {
            Some(month) => month.weeks += 1,
            None => {
                let name = start.format("%Y-%m").to_string();
                let path =
                    QueryString::default().with("from", &name).with("to", &name).at("/reports/calendar");
                months.push(Month { name: start.format("%b").to_string(), weeks: 1, path });
            }
        }
        last = Some(month);
    }
    let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let weekday = |(ahead, name): (usize, &&'static str)| Weekday {
        name,
        cells: starts.iter().map(|start| day(start, ahead as u64)).collect(),
    };
    let (hours, active) =
        (days.values().map(|(h, _)| h).sum::<f64>(), days.values().filter(|(_, n)| *n > 0.0).count());
    Heatmap {
        months,
        days: names.iter().enumerate().map(weekday).collect(),
        sum: format!("{hours:.0} hours on {active} days of the last year"),
    }
}

/// Three edges between four classes of as many days each.
fn quartiles(hours: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut worked: Vec<f64> = hours.filter(|h| *h > 0.0).collect();
    worked.sort_by(f64::total_cmp);
    [1, 2, 3].map(|i| worked.get(worked.len() * i / 4).copied().unwrap_or(f64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_of_weeks() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let (first, today) = (day("2025-03-10"), day("2026-03-11"));
        let days =
            BTreeMap::from([(today, (2.0, 9.0)), (day("2026-03-10"), (4.0, 9.0)), (first, (0.0, 1.0))]);
        let map = of(&days, first, today);
        assert_eq!(map.days.len(), 7);
        assert!(map.days.iter().all(|weekday| weekday.cells.len() == 53));
        assert_eq!(map.months.iter().map(|month| month.weeks).sum::<usize>(), 53);
        // Thursday has not come yet.
        assert_eq!(map.days[3].cells[52].level, None);
        assert_eq!(map.days[0].cells[0].level, Some(1));
        assert_eq!(map.days[2].cells[52].title, "Wed 2026-03-11: 2.0 h, 9 events");
        assert_eq!(map.sum, "6 hours on 3 days of the last year");
    }
}
