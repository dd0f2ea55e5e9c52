//! How many events there are in each interval of time: by year, quarter, month, week, day, hour or minute, or by the
//! hour of the week.

use super::params::ReportParams;
use super::period::Period;
use super::sessions::{key_of, wanted};
use super::settings::{BUCKET, BY, DAY_START};
use super::{Report, ReportEntry, ReportInfo, summed};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use workhours_base::Text;
use workhours_base::error::Result;
use workhours_base::table::{Cell, Chart, Column, ColumnType, Table};
use workhours_base::vocabulary::{Bucket, Dimension};
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
        let spans = match params.by {
            None | Some(Dimension::Source) => summed::spans(store, &filter, params, MINUTE_US)?,
            _ => None,
        };
        let mut counts: Counts = BTreeMap::new();
        let mut here = Here::default();
        for span in spans.unwrap_or_else(|| vec![Span::Events(filter.clone())]) {
            match span {
                Span::Events(filter) => {
                    let mut reader = store.events().reader_of(filter, wanted(params.by));
                    while let Some(event) = reader.next_event()? {
                        let Some(date) = event.date else { continue };
                        let period = here.period(bucket, date, params);
                        let label = reader.label_of(event.input_id);
                        let key = params.by.and_then(|by| match by {
                            Dimension::User => event.user.clone(),
                            by => key_of(by, &event, label, &params.lookup.people, &Who::Me),
                        });
                        *counts.entry(period).or_default().entry(key).or_default() += 1;
                    }
                }
                Span::Days(days) => {
                    let by_source = params.by.is_some();
                    let inputs = store.inputs().all()?.into_iter();
                    let keys: FxHashMap<InputId, Option<Text>> =
                        inputs.map(|i| (i.id, by_source.then(|| i.source_type.into()))).collect();
                    let mut sums = store.rollups().by_minute(&days, &filter)?;
                    loop {
                        let page = sums.page(store)?;
                        if page.is_empty() {
                            break;
                        }
                        for sum in page {
                            let period = here.period(bucket, sum.start_us(), params);
                            let key = keys.get(&sum.input_id).cloned().flatten();
                            *counts.entry(period).or_default().entry(key).or_default() += sum.n;
                        }
                    }
                }
            }
        }
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
        Ok(table.drawn(Chart::Bars { x: "period", y: "count", series: params.by.map(|_| "key") }))
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
