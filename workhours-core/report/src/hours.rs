//! Hours worked, by day or longer, divided by what they were about, with exact and rounded hours.

use super::explain::explain;
use super::params::ReportParams;
use super::period::Period;
use super::priced::{Piece, priced};
use super::sensitivity::sensitivity;
use super::sessions::{Build, Depth, Sessions, hours, hours_text};
use super::settings::{ACTIVITY, BUCKET, BY, DAY_START, EXPLAIN, GAPTIME, PAD, ROUND, SENSITIVITY};
use super::{Report, ReportEntry, ReportInfo};
use chrono::Datelike;
use std::collections::{BTreeMap, BTreeSet};
use workhours_base::error::{Error, Result};
use workhours_base::table::{Cell, Chart, Column, ColumnType, Row, Rows, Table};
use workhours_base::vocabulary::{Bucket, Dimension};
use workhours_query::NO_VALUE;
use workhours_store::Store;

const COLUMNS: [Column; 11] = [
    Column::new("period", ColumnType::Text, "the day, or the week, month … of --bucket"),
    Column::new("key", ColumnType::Text, "what the hours were about: see --by"),
    Column::new("first", ColumnType::Time, "when work began"),
    Column::new("last", ColumnType::Time, "when work ended"),
    Column::new("sessions", ColumnType::Int, "sessions with work in the period"),
    Column::new("events", ColumnType::Int, "events they are made of"),
    Column::bar("hours", ColumnType::Float, "hours, exact").unit("h"),
    Column::new("rounded", ColumnType::Float, "rounded hours; the exact ones without --round").unit("h"),
    Column::new("amount", ColumnType::Float, "what the rounded hours cost, in the currency of the config"),
    Column::new("target", ColumnType::Float, "target hours of the period; only on its first row"),
    Column::new("balance", ColumnType::Float, "hours of the period minus its target; only on its first row"),
];

struct Hours;

static INFO: ReportInfo = ReportInfo {
    name: "hours",
    summary: "Hours worked a day, from sessions, divided, rounded and priced",
    columns: &COLUMNS,
    options: &[GAPTIME, PAD, ACTIVITY, BY, BUCKET, DAY_START, ROUND, SENSITIVITY, EXPLAIN],
};

impl Report for Hours {
    fn info(&self) -> &'static ReportInfo {
        &INFO
    }

    fn run<'s>(&self, store: &'s mut Store, params: &ReportParams) -> Result<Table<'s>> {
        if let Some(bucket) = params.bucket.filter(|bucket| *bucket > Bucket::Day) {
            return Err(Error::usage(format!("hours has no bucket {}", bucket.as_str()))
                .hint("use day, week, month, quarter or year; histogram counts events by the hour"));
        }
        if params.explain {
            return explain(INFO.name, store, params);
        }
        if params.sensitivity {
            return sensitivity(INFO.name, store, params);
        }
        let build = Build { whole_days: params.terms.has_rates(), ..Build::new(params, Depth::Times) };
        let mut sessions = Sessions::new(store, params, build)?;
        let notes = sessions.notes();
        let periods = periods(&priced(&mut sessions, params), params);
        let mut rows = Vec::new();
        let (mut sum, mut rounded_sum, mut cents_sum) = (0, 0, 0);
        for (period, lines) in &periods {
            let target = target(params, period);
            let worked: i64 = lines.values().map(|line| line.rounded).sum();
            for (i, (key, line)) in lines.iter().enumerate() {
                (sum, rounded_sum) = (sum + line.exact, rounded_sum + line.rounded);
                cents_sum += line.cents.unwrap_or(0);
                let on_first = |value: Option<f64>| value.filter(|_| i == 0).map_or(Cell::Null, Cell::Float);
                rows.push(vec![
                    Cell::from(period.label()),
                    key.clone().into(),
                    Cell::Time(line.first),
                    Cell::Time(line.last),
                    Cell::Int(line.sessions.len() as i64),
                    Cell::Int(line.events as i64),
                    Cell::Float(hours(line.exact)),
                    Cell::Float(hours(line.rounded)),
                    line.cents.map_or(Cell::Null, |cents| Cell::Float(cents as f64 / 100.0)),
                    on_first(target),
                    on_first(target.map(|target| hours(worked) - target)),
                ]);
            }
        }
        let mut totals = vec![("hours".to_owned(), hours_text(sum))];
        if params.rounding.is_some() {
            totals.push(("rounded".into(), hours_text(rounded_sum)));
        }
        if params.terms.has_rates() {
            let amount = format!("{}.{:02} {}", cents_sum / 100, cents_sum % 100, params.terms.currency);
            totals.push(("amount".into(), amount.trim_end().into()));
        }
        let mut table = INFO.table(Box::new(Done { rows: rows.into_iter(), totals }));
        // Columns without a request are still there for programs, but hidden from people.
        for (column, shown) in [
            ("key", params.by.is_some()),
            ("rounded", params.rounding.is_some()),
            ("amount", params.terms.has_rates()),
            ("target", params.terms.targets.is_some()),
            ("balance", params.terms.targets.is_some()),
        ] {
            table.columns.iter_mut().filter(|c| c.name == column).for_each(|c| c.detail = !shown);
        }
        let chart = Chart::Bars { x: "period", y: "hours", series: params.by.map(|_| "key") };
        Ok(table.drawn(chart).noted(notes))
    }
}

/// Complete rows, and their totals.
struct Done {
    rows: std::vec::IntoIter<Vec<Cell>>,
    totals: Vec<(String, String)>,
}

impl Rows for Done {
    fn next_row(&mut self) -> Result<Option<Row>> {
        Ok(self.rows.next().map(Row::Data))
    }

    fn totals(&self) -> Vec<(String, String)> {
        self.totals.clone()
    }
}

/// A row: work in a period on something.
#[derive(Clone, Debug, Default)]
struct Line {
    exact: i64,
    rounded: i64,
    cents: Option<i64>,
    events: u64,
    sessions: BTreeSet<u64>,
    first: i64,
    last: i64,
}

type Periods = BTreeMap<Period, BTreeMap<Option<workhours_base::Text>, Line>>;

/// Pieces of time grouped by period and by what they are about.
fn periods(pieces: &[Piece], params: &ReportParams) -> Periods {
    let bucket = params.bucket.filter(|b| *b <= Bucket::Day).unwrap_or(Bucket::Day);
    let mut periods = Periods::new();
    for piece in pieces.iter().filter(|piece| piece.counts) {
        let part = &piece.part;
        let none = || (params.by == Some(Dimension::Project)).then(|| NO_VALUE.into());
        let key = part.label.key.clone().or_else(none);
        let lines = periods.entry(Period::of_day(bucket, part.day)).or_default();
        let line = lines.entry(key).or_insert_with(|| Line {
            first: part.from,
            last: part.until,
            ..Line::default()
        });
        line.exact += part.length();
        line.rounded += piece.rounded;
        line.cents = match (line.cents, piece.cents) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
        line.events += part.events;
        line.sessions.insert(piece.session);
        line.first = line.first.min(part.from);
        line.last = line.last.max(part.until);
    }
    periods
}

/// Target hours on the days of a period within the window.
fn target(params: &ReportParams, period: &Period) -> Option<f64> {
    let targets = params.terms.targets?;
    let asked = |day: &chrono::NaiveDate| {
        let start = params.zones.start_of(*day);
        let end = day.succ_opt().map_or(i64::MAX, |next| params.zones.start_of(next));
        params.from_us.is_none_or(|from| end > from) && params.until_us.is_none_or(|until| start < until)
    };
    Some(period.days().filter(asked).map(|day| targets[day.weekday().num_days_from_monday() as usize]).sum())
}

inventory::submit! { ReportEntry(&Hours) }
