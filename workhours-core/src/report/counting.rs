//! Reports that count events by something: how often, on how many days, first and last, the most frequent first.
//! Each is a file of its own that says what is counted.

use super::{Opt, Report, ReportInfo, ReportParams};
use crate::error::Result;
use crate::store::{Store, StoredEvent};
use crate::table::{Cell, Chart, Column, ColumnType, Row, Rows, Table};
use chrono::NaiveDate;
use rustc_hash::FxHashMap;

/// The columns behind what is counted.
pub(super) const COUNT: Column = Column::bar("count", ColumnType::Int, "events");
pub(super) const SHARE: Column =
    Column::new("share", ColumnType::Float, "of all that are counted, percent").unit("%");
pub(super) const DAYS: Column = Column::new("days", ColumnType::Int, "days on which there was any");
pub(super) const FIRST: Column = Column::new("first", ColumnType::Time, "the first time");
pub(super) const LAST: Column = Column::new("last", ColumnType::Time, "the last time");

/// All of them, in the order in which every report that counts has them.
const TAIL: usize = 5;

/// What an event counts for: the values of the report's own columns. It may count for several, or for none.
pub(super) type Keys = Vec<Vec<Option<String>>>;

/// A report that counts.
pub(super) struct Counting {
    pub(super) info: &'static ReportInfo,
    /// How many of its own columns tell rows apart; those behind them are those of the latest event.
    pub(super) distinct: usize,
    pub(super) keys: fn(&ReportParams, &StoredEvent) -> Keys,
}

/// No option but those of every report.
pub(super) const OPTIONS: &[Opt] = &[Opt::DayStart];

#[derive(Default)]
struct Tally {
    more: Vec<Option<String>>,
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
        let mut reader = store.event_reader(params.filter.clone());
        let mut tallies: FxHashMap<Vec<Option<String>>, Tally> = FxHashMap::default();
        let (mut all, mut day) = (0, Day::default());
        while let Some(event) = reader.next_event()? {
            for mut key in (self.keys)(params, &event) {
                debug_assert_eq!(key.len() + TAIL, self.info.columns.len());
                let more = key.split_off(self.distinct);
                let tally = tallies.entry(key).or_default();
                tally.more = more;
                tally.n += 1;
                all += 1;
                let Some(date) = event.date else { continue };
                tally.first = tally.first.or(Some(date));
                tally.last = Some(date);
                let today = day.of(date, params);
                tally.days += i64::from(tally.last_day.replace(today) != Some(today));
            }
        }
        let mut rows: Vec<_> = tallies.into_iter().collect();
        rows.sort_by(|(a, x), (b, y)| y.n.cmp(&x.n).then_with(|| a.cmp(b)));
        let rows = rows.into_iter().map(move |(key, tally)| row(key, tally, all));
        let chart = Chart::Bars { x: self.info.columns[0].name, y: COUNT.name, series: None };
        Ok(self.info.table(Box::new(Counted { rows, n: 0, all })).drawn(chart))
    }
}

fn row(key: Vec<Option<String>>, tally: Tally, all: i64) -> Vec<Cell> {
    let time = |us: Option<i64>| us.map_or(Cell::Null, Cell::Time);
    let mut cells: Vec<Cell> = key.into_iter().chain(tally.more).map(Cell::from).collect();
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
struct Day {
    day: NaiveDate,
    from: i64,
    until: i64,
}

impl Day {
    fn of(&mut self, us: i64, params: &ReportParams) -> NaiveDate {
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
