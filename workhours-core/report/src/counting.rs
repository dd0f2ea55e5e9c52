//! Reports that count events by something: how often, on how many days, first and last, the most frequent first. Each
//! has a file that defines what is counted.

use super::engine::{self, Collect, Fields, Question, Reads};
use super::settings::{DAY_START, Parameter};
use super::{Report, ReportInfo, ReportParams, summed};
use chrono::NaiveDate;
use rustc_hash::FxHashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use workhours_base::Text;
use workhours_base::error::Result;
use workhours_base::table::{Cell, Chart, Column, ColumnType, Row, Rows, Table};
use workhours_event::StoredEvent;
use workhours_store::{DAY_US, DaySum, EventFilter, InputId, QUARTER_US, RollupField, Span, Store, Wanted};

/// The columns after the counted one.
pub(crate) const COUNT: Column = Column::bar("count", ColumnType::Int, "events");
pub(crate) const SHARE: Column =
    Column::new("share", ColumnType::Float, "percent of all counted events").unit("%");
pub(crate) const DAYS: Column = Column::new("days", ColumnType::Int, "days with at least one event");
pub(crate) const FIRST: Column = Column::new("first", ColumnType::Time, "when the first event was");
pub(crate) const LAST: Column = Column::new("last", ColumnType::Time, "when the last event was");

/// All of them, in the order in which every report that counts has them.
const TAIL: usize = 5;

/// The values of the report's own columns for an event. There may be several, or none.
pub(crate) type Values = Vec<Vec<Option<Text>>>;

/// The values for a sum: one of each of the report's own columns.
pub(crate) type OfSum = fn(Text, &str) -> Vec<Option<Text>>;

/// A report that counts.
pub(crate) struct Counting {
    pub(crate) info: &'static ReportInfo,
    /// How many of its columns identify a row; those after them show the latest event.
    pub(crate) distinct: usize,
    pub(crate) keys: fn(&ReportParams, &StoredEvent) -> Values,
    /// The columns of events it reads.
    pub(crate) wanted: Wanted,
    /// The only kind of events it counts, if there is one.
    pub(crate) kind: Option<&'static str>,
    /// Whether it counts only events with a whole address.
    pub(crate) with_place: bool,
    /// What sums by day contain, and the report's own columns made from it: the value and its source type.
    pub(crate) sums: Option<(RollupField, OfSum)>,
}

/// No option but those of every report.
pub(crate) const OPTIONS: &[Parameter] = &[DAY_START];

/// What is known of a row of a report.
#[derive(Default)]
struct Tally {
    more: Arc<[Option<Text>]>,
    n: i64,
    days: i64,
    last_day: Option<NaiveDate>,
    first: Option<i64>,
    last: Option<i64>,
}

impl Report for Counting {
    fn info(&self) -> &'static ReportInfo {
        self.info
    }

    fn run<'s>(&self, store: &'s mut Store, params: &ReportParams) -> Result<Table<'s>> {
        let spans = match self.sums {
            Some(_) if engine::prefers_sums(store, params)? => {
                summed::spans(store, &params.filter, params, QUARTER_US)?
            }
            _ => None,
        };
        let mut counts = Counts::new(self, params);
        let Some(spans) = spans else {
            let question = self.question(params.filter.clone());
            let (counts, notes) = engine::ask(store, params, &question, || Counts::new(self, params))?;
            return Ok(self.table(counts).noted(notes));
        };
        for span in spans {
            match (span, self.sums) {
                (Span::Days(days), Some((field, keys))) => counts.sums(store, field, &days, keys)?,
                (Span::Days(_), None) => {}
                (Span::Events(filter), _) => engine::read_events(store, &self.question(filter), &mut counts)?,
            }
        }
        Ok(self.table(counts))
    }
}

impl Counting {
    fn question(&self, filter: EventFilter) -> Question {
        let filter = EventFilter { kind: self.kind, with_place: self.with_place, ..filter };
        Question { filter, reads: Reads::key(Fields::texts(self.wanted)) }
    }

    fn table<'s>(&self, counts: Counts<'_>) -> Table<'s> {
        let all = counts.all;
        drop(counts.places);
        let mut rows: Vec<(Vec<Option<Text>>, Tally)> = counts.keys.into_iter().zip(counts.tallies).collect();
        rows.sort_unstable_by(|(a, x), (b, y)| y.n.cmp(&x.n).then_with(|| a.cmp(b)));
        let rows = rows.into_iter().map(move |(key, tally)| row(key, tally, all));
        let chart = Chart::Bars { x: self.info.columns[0].name, y: COUNT.name, series: None };
        self.info.table(Box::new(Counted { rows, n: 0, all })).drawn(chart)
    }
}

/// The counts so far, in order of time.
struct Counts<'r> {
    report: &'r Counting,
    params: &'r ReportParams,
    /// The place of each row among the tallies.
    places: FxHashMap<Vec<Option<Text>>, u32>,
    keys: Vec<Vec<Option<Text>>>,
    tallies: Vec<Tally>,
    /// By tally, a UTC day with sums, and which of its quarters of an hour have events.
    open: Vec<Option<(i64, u128)>>,
    day: Day,
    all: i64,
}

/// The rows of the report that an event counts for: mostly one.
enum RowsOf {
    One(RowOf),
    Some(Box<[RowOf]>),
}

/// A row of the report that an event counts for.
struct RowOf {
    tally: u32,
    /// The columns that show the latest event.
    more: Arc<[Option<Text>]>,
}

impl<'r> Counts<'r> {
    fn new(report: &'r Counting, params: &'r ReportParams) -> Self {
        Self {
            report,
            params,
            places: FxHashMap::default(),
            keys: Vec::new(),
            tallies: Vec::new(),
            open: Vec::new(),
            day: Day::default(),
            all: 0,
        }
    }

    fn place(&mut self, key: Vec<Option<Text>>) -> u32 {
        let next = self.tallies.len() as u32;
        *self.places.entry(key).or_insert_with_key(|key| {
            self.keys.push(key.clone());
            self.tallies.push(Tally::default());
            next
        })
    }
}

impl Collect for Counts<'_> {
    type Key = RowsOf;

    fn key(&mut self, _: usize, event: &StoredEvent, _: &str) -> Self::Key {
        let keys = (self.report.keys)(self.params, event).into_iter();
        let counted = keys.map(|mut key| {
            debug_assert_eq!(key.len() + TAIL, self.report.info.columns.len());
            let more = key.split_off(self.report.distinct).into();
            RowOf { tally: self.place(key), more }
        });
        let mut counted: Vec<RowOf> = counted.collect();
        match counted.len() {
            1 => RowsOf::One(counted.remove(0)),
            _ => RowsOf::Some(counted.into()),
        }
    }

    fn add(&mut self, row: &engine::Row, keys: &engine::Keys<'_, Self::Key>) {
        let counted = match keys.first() {
            RowsOf::One(one) => std::slice::from_ref(one),
            RowsOf::Some(some) => some,
        };
        for counted in counted {
            let tally = &mut self.tallies[counted.tally as usize];
            self.all += 1;
            tally.add(row.date, |date| self.day.of(date, self.params));
            if !counted.more.is_empty() && !Arc::ptr_eq(&counted.more, &tally.more) {
                tally.more = counted.more.clone();
            }
        }
    }
}

impl Counts<'_> {
    fn sums(
        &mut self,
        store: &mut Store,
        field: RollupField,
        days: &RangeInclusive<i64>,
        keys: OfSum,
    ) -> Result<()> {
        let sources: FxHashMap<InputId, String> =
            store.inputs().all()?.into_iter().map(|input| (input.id, input.source_type)).collect();
        let mut sums = store.rollups().by_day(field, days, &self.params.filter)?;
        let mut quarters = Quarters::default();
        loop {
            let page = sums.page(store)?;
            if page.is_empty() {
                break;
            }
            for DaySum { day, input_id, value, n, first_us, last_us, quarters: bits } in page {
                let source = sources.get(&input_id).map_or("", String::as_str);
                let place = self.place(keys(value.into(), source)) as usize;
                self.open.resize(self.tallies.len(), None);
                let (tally, open) = (&mut self.tallies[place], &mut self.open[place]);
                tally.n += n;
                self.all += n;
                let Some(day) = day else { continue };
                tally.first = Some(tally.first.map_or(first_us, |first| first.min(first_us)));
                tally.last = tally.last.max(Some(last_us));
                match open {
                    // Of another input.
                    Some((open, there)) if *open == day => *there |= bits,
                    _ => tally.close(open.replace((day, bits)), &mut quarters, self.params),
                }
            }
        }
        for (tally, open) in self.tallies.iter_mut().zip(std::mem::take(&mut self.open)) {
            tally.close(open, &mut quarters, self.params);
        }
        Ok(())
    }
}

impl Tally {
    /// One more, which is not before the last; `day` is the report's day of a date.
    fn add(&mut self, date: Option<i64>, day: impl FnOnce(i64) -> NaiveDate) {
        self.n += 1;
        let Some(date) = date else { return };
        self.first = self.first.or(Some(date));
        self.last = Some(date);
        self.on(day(date));
    }

    /// There was one on this day, which is not before the last.
    fn on(&mut self, day: NaiveDate) {
        self.days += i64::from(self.last_day.replace(day) != Some(day));
    }

    /// Counts a day with sums that is complete.
    fn close(&mut self, day: Option<(i64, u128)>, quarters: &mut Quarters, params: &ReportParams) {
        let Some((day, bits)) = day else { return };
        for (day, of_day) in quarters.of(day, params) {
            if bits & of_day != 0 {
                self.on(*day);
            }
        }
    }
}

/// The days of the report for quarters of a UTC day.
#[derive(Default)]
struct Quarters(FxHashMap<i64, Vec<(NaiveDate, u128)>>);

impl Quarters {
    fn of(&mut self, day: i64, params: &ReportParams) -> &[(NaiveDate, u128)] {
        self.0.entry(day).or_insert_with(|| {
            let (from, until) = (day * DAY_US, (day + 1) * DAY_US);
            let part = |(date, start, end): (NaiveDate, i64, i64)| {
                let quarter = |us: i64| (us.clamp(from, until) - from) / QUARTER_US;
                let bits = (quarter(start)..quarter(end)).fold(0, |bits, quarter| bits | 1 << quarter);
                (date, bits)
            };
            params.zones.days(from, until).map(part).collect()
        })
    }
}

fn row(key: Vec<Option<Text>>, tally: Tally, all: i64) -> Vec<Cell> {
    let time = |us: Option<i64>| us.map_or(Cell::Null, Cell::Time);
    let mut cells: Vec<Cell> = key.into_iter().chain(tally.more.iter().cloned()).map(Cell::from).collect();
    let share = (tally.n as f64 / all.max(1) as f64 * 10_000.0).round() / 100.0;
    cells.extend([
        Cell::Int(tally.n),
        Cell::Float(share),
        Cell::Int(tally.days),
        time(tally.first),
        time(tally.last),
    ]);
    cells
}

/// The day of the latest date: most have the same as the one before.
#[derive(Default)]
pub(crate) struct Day {
    day: NaiveDate,
    from: i64,
    until: i64,
}

impl Day {
    pub(crate) fn of(&mut self, us: i64, params: &ReportParams) -> NaiveDate {
        if !(self.from..self.until).contains(&us) {
            self.day = params.zones.day_of(us);
            self.from = params.zones.start_of(self.day);
            self.until = self.day.succ_opt().map_or(i64::MAX, |next| params.zones.start_of(next));
        }
        self.day
    }
}

struct Counted<I> {
    rows: I,
    n: u64,
    all: i64,
}

impl<I: Iterator<Item = Vec<Cell>>> Rows for Counted<I> {
    fn next_row(&mut self) -> Result<Option<Row>> {
        let row = self.rows.next();
        self.n += u64::from(row.is_some());
        Ok(row.map(Row::Data))
    }

    fn totals(&self) -> Vec<(String, String)> {
        vec![("rows".into(), self.n.to_string()), ("counted".into(), self.all.to_string())]
    }
}
