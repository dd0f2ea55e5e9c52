//! How many events there are in each interval of time: by year, quarter, month, week, day, hour or minute, or by the
//! hour of the week.

use super::engine::{self, Collect, Fields, Keys, Question, Reads, Row};
use super::params::ReportParams;
use super::period::Period;
use super::sessions::{key_of, wanted};
use super::settings::{BUCKET, BY, DAY_START};
use super::{Report, ReportEntry, ReportInfo, summed};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use workhours_base::Text;
use workhours_base::error::Result;
use workhours_base::table::{Cell, Chart, Column, ColumnType, Table};
use workhours_base::vocabulary::{Bucket, Dimension};
use workhours_event::StoredEvent;
use workhours_query::people::Who;
use workhours_store::{EventFilter, InputId, MINUTE_US, Span, Store};

const COLUMNS: [Column; 4] = [
    Column::new("period", ColumnType::Text, "the interval, in local time"),
    Column::detail("start", ColumnType::Time, "when it begins; empty for an hour of the week"),
    Column::new("key", ColumnType::Text, "the value that is counted: see --by"),
    Column::bar("count", ColumnType::Int, "events"),
];

/// Events by period and by key.
type Counts = BTreeMap<Period, BTreeMap<Option<Text>, i64>>;

/// Maximum number of shown periods without events: more would hide those with events.
const MAX_EMPTY: usize = 5_000;

struct Histogram;

static INFO: ReportInfo = ReportInfo {
    name: "histogram",
    summary: "How many events there are in each --bucket of time",
    columns: &COLUMNS,
    options: &[BUCKET, BY, DAY_START],
};

impl Report for Histogram {
    fn info(&self) -> &'static ReportInfo {
        &INFO
    }

    fn run<'s>(&self, store: &'s mut Store, params: &ReportParams) -> Result<Table<'s>> {
        let bucket = params.bucket.unwrap_or(Bucket::Day);
        // A clock that was never set must not extend the axis.
        let filter = params.plausible(EventFilter { dated_only: true, ..params.filter.clone() });
        let question = |filter: EventFilter| Question { filter, reads: reads(params.by) };
        let spans = match params.by {
            None | Some(Dimension::Source) if engine::prefers_sums(store, params)? => {
                summed::spans(store, &filter, params, MINUTE_US)?
            }
            _ => None,
        };
        let new = || Counting::new(bucket, params);
        let (mut counting, notes) = match spans {
            None => engine::ask(store, params, &question(filter), new)?,
            Some(spans) => {
                let mut counting = new();
                for span in spans {
                    match span {
                        Span::Events(filter) => {
                            engine::read_events(store, &question(filter), &mut counting)?;
                        }
                        Span::Days(days) => counting.sums(store, &days, &filter)?,
                    }
                }
                (counting, Vec::new())
            }
        };
        let mut counts = counting.take();
        if params.by.is_none() {
            fill(&mut counts, params);
        }
        let mut rows = Vec::new();
        for (period, keys) in counts {
            for (key, n) in keys {
                let start = period.start_us(&params.zones).map_or(Cell::Null, Cell::Time);
                rows.push(vec![Cell::from(period.label()), start, key.into(), Cell::Int(n)]);
            }
        }
        let mut table = Table::ready(INFO.name, &COLUMNS, rows);
        table.columns[2].detail = params.by.is_none();
        Ok(table
            .drawn(Chart::Bars { x: "period", y: "count", series: params.by.map(|_| "key") })
            .noted(notes))
    }
}

/// What the key of an event follows from.
fn reads(by: Option<Dimension>) -> Reads {
    let input = matches!(by, Some(Dimension::Input | Dimension::Label));
    Reads::key(Fields { input, ..Fields::texts(wanted(by)) })
}

/// The counts so far. Those of the latest period are apart: most events are of the same period as the one before.
struct Counting<'p> {
    params: &'p ReportParams,
    bucket: Bucket,
    here: Here,
    latest: Option<Period>,
    /// By the numbers of keys.
    of_latest: Vec<i64>,
    numbers: FxHashMap<Option<Text>, usize>,
    keys: Vec<Option<Text>>,
    counts: Counts,
}

impl<'p> Counting<'p> {
    fn new(bucket: Bucket, params: &'p ReportParams) -> Self {
        Self {
            params,
            bucket,
            here: Here::default(),
            latest: None,
            of_latest: Vec::new(),
            numbers: FxHashMap::default(),
            keys: Vec::new(),
            counts: Counts::new(),
        }
    }

    fn number(&mut self, key: Option<Text>) -> usize {
        let next = self.keys.len();
        *self.numbers.entry(key).or_insert_with_key(|key| {
            self.keys.push(key.clone());
            self.of_latest.push(0);
            next
        })
    }

    fn count(&mut self, us: i64, key: usize, n: i64) {
        let period = self.here.period(self.bucket, us, self.params);
        if self.latest != Some(period) {
            self.close();
            self.latest = Some(period);
        }
        self.of_latest[key] += n;
    }

    /// Adds the counts of the latest period to the others.
    fn close(&mut self) {
        let Some(period) = self.latest.take() else { return };
        let counts = self.counts.entry(period).or_default();
        for (key, n) in self.keys.iter().zip(&mut self.of_latest).filter(|(_, n)| **n != 0) {
            *counts.entry(key.clone()).or_default() += std::mem::take(n);
        }
    }

    fn take(&mut self) -> Counts {
        self.close();
        std::mem::take(&mut self.counts)
    }

    fn sums(&mut self, store: &mut Store, days: &RangeInclusive<i64>, filter: &EventFilter) -> Result<()> {
        let by_source = self.params.by.is_some();
        let keys: FxHashMap<InputId, usize> = (store.inputs().all()?.into_iter())
            .map(|input| (input.id, self.number(by_source.then(|| input.source_type.into()))))
            .collect();
        let none = self.number(None);
        let mut sums = store.rollups().by_minute(days, filter)?;
        loop {
            let page = sums.page(store)?;
            if page.is_empty() {
                return Ok(());
            }
            for sum in page {
                let key = keys.get(&sum.input_id).copied().unwrap_or(none);
                self.count(sum.start_us(), key, sum.n);
            }
        }
    }
}

impl Collect for Counting<'_> {
    type Key = usize;

    fn key(&mut self, _: usize, event: &StoredEvent, label: &str) -> usize {
        let key = self.params.by.and_then(|by| match by {
            Dimension::User => event.user.clone(),
            by => key_of(by, event, label, &self.params.lookup.people, &Who::Me),
        });
        self.number(key)
    }

    fn add(&mut self, row: &Row, keys: &Keys<'_, usize>) {
        if let Some(date) = row.date {
            self.count(date, *keys.first(), 1);
        }
    }
}

/// The period of the latest date: most have the same as the one before.
#[derive(Default)]
struct Here {
    period: Option<Period>,
    from: i64,
    until: i64,
}

impl Here {
    fn period(&mut self, bucket: Bucket, us: i64, params: &ReportParams) -> Period {
        if let Some(period) = self.period.filter(|_| (self.from..self.until).contains(&us)) {
            return period;
        }
        let period = Period::of(bucket, us, &params.zones);
        let next = period.next(&params.zones).and_then(|next| next.start_us(&params.zones));
        (self.from, self.until) = match (period.start_us(&params.zones), next) {
            (Some(from), Some(until)) => (from, until),
            _ => (us, us),
        };
        self.period = Some(period);
        period
    }
}

/// Inserts the periods without events.
fn fill(counts: &mut Counts, params: &ReportParams) {
    let (Some(first), Some(last)) = (counts.keys().next().copied(), counts.keys().next_back().copied())
    else {
        return;
    };
    let mut empty = Vec::new();
    let mut period = first;
    while let Some(next) = period.next(&params.zones).filter(|next| *next < last) {
        if !counts.contains_key(&next) {
            empty.push(next);
        }
        if empty.len() > MAX_EMPTY {
            return;
        }
        period = next;
    }
    counts.extend(empty.into_iter().map(|period| (period, BTreeMap::from([(None, 0)]))));
}

inventory::submit! { ReportEntry(&Histogram) }
