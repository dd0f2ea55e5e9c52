//! Hours worked, by day or longer, divided by what they were about, exact and rounded side by side.

use super::explain::explain;
use super::params::{Bucket, ReportParams, RoundPer};
use super::period::Period;
use super::sensitivity::sensitivity;
use super::worked::{Sessions, Traces, hours, hours_text, round, share};
use super::{Opt, Report, ReportEntry, ReportInfo};
use crate::error::Result;
use crate::store::Store;
use crate::table::{Cell, Chart, Column, ColumnType, Row, Rows, Table};
use chrono::{Datelike, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};

const COLUMNS: [Column; 11] = [
    Column::new("period", ColumnType::Text, "the day, or the week, month … of --bucket"),
    Column::new("key", ColumnType::Text, "what the hours were about: see --by"),
    Column::new("first", ColumnType::Time, "when work began"),
    Column::new("last", ColumnType::Time, "when it was over"),
    Column::new("sessions", ColumnType::Int, "sessions that were worked in"),
    Column::new("events", ColumnType::Int, "events they are made of"),
    Column::bar("hours", ColumnType::Float, "hours, exact").unit("h"),
    Column::new("rounded", ColumnType::Float, "hours, rounded as --round says; the same without it")
        .unit("h"),
    Column::new("amount", ColumnType::Float, "what the rounded hours cost, in the currency of the config"),
    Column::new("target", ColumnType::Float, "hours meant to be worked; on a period's first row"),
    Column::new("balance", ColumnType::Float, "hours of the period beyond its target; on its first row"),
];

struct Hours;

static INFO: ReportInfo = ReportInfo {
    name: "hours",
    summary: "Hours worked a day, from sessions, divided, rounded and priced",
    columns: &COLUMNS,
    options: &[
        Opt::Gaptime,
        Opt::Pad,
        Opt::Activity,
        Opt::By,
        Opt::Bucket,
        Opt::DayStart,
        Opt::Round,
        Opt::Sensitivity,
        Opt::Explain,
    ],
};

impl Report for Hours {
    fn info(&self) -> &'static ReportInfo {
        &INFO
    }

    fn run<'s>(&self, store: &'s mut Store, params: &ReportParams) -> Result<Table<'s>> {
        if params.explain {
            return explain(INFO.name, store, params);
        }
        let traces = Traces::summed(store, params)?;
        if params.sensitivity {
            return sensitivity(INFO.name, traces, params);
        }
        let days = days(Sessions::new(traces, params.gaptime_min, params.pad_min), params)?;
        let periods = periods(days, params);
        let mut rows = Vec::new();
        let (mut sum, mut rounded_sum, mut amount_sum) = (0, 0, 0.0);
        for (period, lines) in &periods {
            let target = target(params, period);
            let worked: i64 = lines.values().map(|line| line.rounded).sum();
            for (i, (key, line)) in lines.iter().enumerate() {
                let amount = params.terms.rate_of(key.as_deref()).map(|rate| hours(line.rounded) * rate);
                (sum, rounded_sum) = (sum + line.exact, rounded_sum + line.rounded);
                amount_sum += amount.unwrap_or(0.0);
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
                    amount.map_or(Cell::Null, |amount| Cell::Float(cents(amount))),
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
            totals.push((
                "amount".into(),
                format!("{:.2} {}", amount_sum, params.terms.currency).trim_end().into(),
            ));
        }
        let mut table = INFO.table(Box::new(Done { rows: rows.into_iter(), totals }));
        // What is not asked for is still there for programs, but nothing to look at.
        for (column, shown) in [
            ("key", params.by.is_some()),
            ("rounded", params.rounding.is_some()),
            ("amount", params.terms.has_rates()),
            ("target", params.terms.targets.is_some()),
            ("balance", params.terms.targets.is_some()),
        ] {
            table.columns.iter_mut().filter(|c| c.name == column).for_each(|c| c.detail = !shown);
        }
        Ok(table.drawn(Chart::Bars { x: "period", y: "hours", series: params.by.map(|_| "key") }))
    }
}

/// Rows that are all there, and what they come to.
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

#[derive(Clone, Debug, Default)]
struct Line {
    exact: i64,
    rounded: i64,
    events: u64,
    sessions: BTreeSet<u64>,
    first: i64,
    last: i64,
}

type Days = BTreeMap<NaiveDate, BTreeMap<Option<String>, Line>>;

/// What was worked each day, by key.
fn days(mut sessions: Sessions<'_>, params: &ReportParams) -> Result<Days> {
    let mut days: Days = BTreeMap::new();
    let mut n = 0;
    while let Some(session) = sessions.next_session()? {
        n += 1;
        let parts = session.by_day(&params.zones);
        let lengths: Vec<i64> = parts.iter().map(|(_, part)| part.until - part.from).collect();
        let by_session = params.rounding.filter(|r| r.per == RoundPer::Session);
        let rounded = by_session.map_or_else(Vec::new, |rounding| share(&lengths, rounding));
        for (i, (day, part)) in parts.into_iter().enumerate() {
            let line = days.entry(day).or_default().entry(part.key).or_insert_with(|| Line {
                first: part.from,
                last: part.until,
                ..Line::default()
            });
            line.exact += lengths[i];
            line.rounded += rounded.get(i).copied().unwrap_or(0);
            line.events += part.events;
            line.sessions.insert(n);
            line.first = line.first.min(part.from);
            line.last = line.last.max(part.until);
        }
    }
    let Some(rounding) = params.rounding else {
        days.values_mut().flat_map(BTreeMap::values_mut).for_each(|line| line.rounded = line.exact);
        return Ok(days);
    };
    match rounding.per {
        RoundPer::Session => {}
        RoundPer::Row => {
            days.values_mut()
                .flat_map(BTreeMap::values_mut)
                .for_each(|line| line.rounded = round(line.exact, rounding));
        }
        RoundPer::Day => days.values_mut().for_each(|lines| spread(lines.values_mut().collect(), rounding)),
        RoundPer::Total => spread(days.values_mut().flat_map(BTreeMap::values_mut).collect(), rounding),
    }
    Ok(days)
}

fn spread(lines: Vec<&mut Line>, rounding: super::params::Rounding) {
    let lengths: Vec<i64> = lines.iter().map(|line| line.exact).collect();
    for (line, rounded) in lines.into_iter().zip(share(&lengths, rounding)) {
        line.rounded = rounded;
    }
}

/// Days put together to longer periods.
fn periods(days: Days, params: &ReportParams) -> BTreeMap<Period, BTreeMap<Option<String>, Line>> {
    let bucket = params.bucket.filter(|b| *b <= Bucket::Day).unwrap_or(Bucket::Day);
    let mut periods: BTreeMap<Period, BTreeMap<Option<String>, Line>> = BTreeMap::new();
    for (day, lines) in days {
        let period = periods.entry(Period::of_day(bucket, day)).or_default();
        for (key, line) in lines {
            let sum = period.entry(key).or_insert_with(|| Line {
                first: line.first,
                last: line.last,
                ..Line::default()
            });
            sum.exact += line.exact;
            sum.rounded += line.rounded;
            sum.events += line.events;
            sum.sessions.extend(line.sessions);
            sum.first = sum.first.min(line.first);
            sum.last = sum.last.max(line.last);
        }
    }
    periods
}

/// Hours meant to be worked in a period.
fn target(params: &ReportParams, period: &Period) -> Option<f64> {
    let targets = params.terms.targets?;
    Some(period.days().map(|day| targets[day.weekday().num_days_from_monday() as usize]).sum())
}

fn cents(amount: f64) -> f64 {
    (amount * 100.0).round() / 100.0
}

inventory::submit! { ReportEntry(&Hours) }
