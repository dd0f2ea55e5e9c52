//! Day by day, whether anything happened or not: events, sessions, hours.

use super::params::ReportParams;
use super::sessions::{Build, Depth, Sessions, hours};
use super::settings::{ACTIVITY, DAY_START, GAPTIME, PAD};
use super::{Report, ReportEntry, ReportInfo};
use chrono::{Datelike, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};
use workhours_base::error::Result;
use workhours_base::table::{Cell, Chart, Column, ColumnType, Table};
use workhours_store::Store;

const COLUMNS: [Column; 8] = [
    Column::new("day", ColumnType::Text, "the day"),
    Column::new("weekday", ColumnType::Category, "Mon to Sun"),
    Column::detail("week", ColumnType::Text, "its week: 2026-W11"),
    Column::new("events", ColumnType::Int, "events"),
    Column::new("sessions", ColumnType::Int, "sessions with work on the day"),
    Column::bar("hours", ColumnType::Float, "hours worked").unit("h"),
    Column::new("first", ColumnType::Time, "when work began; empty on a day without work"),
    Column::new("last", ColumnType::Time, "when work ended"),
];

/// Days shown in a row, at most: a date far off must not make a calendar of ten thousand years.
const MAX_DAYS: i64 = 366 * 60;

struct Calendar;

static INFO: ReportInfo = ReportInfo {
    name: "calendar",
    summary: "Every day from the first to the last: events, sessions, hours",
    columns: &COLUMNS,
    options: &[GAPTIME, PAD, ACTIVITY, DAY_START],
};

#[derive(Default)]
struct Day {
    events: u64,
    sessions: BTreeSet<u64>,
    worked: i64,
    first: Option<i64>,
    last: Option<i64>,
}

impl Report for Calendar {
    fn info(&self) -> &'static ReportInfo {
        &INFO
    }

    fn run<'s>(&self, store: &'s mut Store, params: &ReportParams) -> Result<Table<'s>> {
        let mut sessions = Sessions::new(store, params, Build::new(params, Depth::Times))?;
        let notes = sessions.notes();
        let mut days: BTreeMap<NaiveDate, Day> = BTreeMap::new();
        let mut n = 0;
        while let Some(session) = sessions.next_session() {
            n += 1;
            for part in session.parts {
                let day = days.entry(part.day).or_default();
                day.events += part.events;
                day.sessions.insert(n);
                day.worked += part.length();
                day.first = Some(day.first.map_or(part.from, |first| first.min(part.from)));
                day.last = day.last.max(Some(part.until));
            }
        }
        if let (Some(first), Some(last)) = (days.keys().next().copied(), days.keys().next_back().copied())
            && (last - first).num_days() <= MAX_DAYS
        {
            first.iter_days().take_while(|day| *day < last).for_each(|day| _ = days.entry(day).or_default());
        }
        let time = |us: Option<i64>| us.map_or(Cell::Null, Cell::Time);
        let row = |(date, day): (NaiveDate, Day)| {
            vec![
                Cell::from(date.to_string()),
                Cell::from(date.weekday().to_string()),
                Cell::from(date.format("%G-W%V").to_string()),
                Cell::Int(day.events as i64),
                Cell::Int(day.sessions.len() as i64),
                Cell::Float(hours(day.worked)),
                time(day.first),
                time(day.last),
            ]
        };
        let table = Table::ready(INFO.name, &COLUMNS, days.into_iter().map(row).collect());
        Ok(table.drawn(Chart::Calendar { day: "day", value: "hours" }).noted(notes))
    }
}

inventory::submit! { ReportEntry(&Calendar) }
