//! The inputs: each with its events, its rejects, and how fresh it is.

use super::engine::{self, Collect, Fields, Keys, Question, Reads, Row};
use super::{Report, ReportEntry, ReportInfo, ReportParams, summed};
use rustc_hash::FxHashMap;
use workhours_base::error::Result;
use workhours_base::table::{Cell, Column, ColumnType, Table};
use workhours_event::StoredEvent;
use workhours_store::{EventFilter, InputId, RollupField, Span, Store};

const COLUMNS: [Column; 11] = [
    Column::new("input_id", ColumnType::Int, "the input, see workhours inputs list"),
    Column::new("source_type", ColumnType::Category, "its source type"),
    Column::new("label", ColumnType::Text, "its label"),
    Column::new("path", ColumnType::Text, "what is read"),
    Column::new("activity", ColumnType::Category, "whose traces it holds: human, machine or mixed"),
    Column::new("events", ColumnType::Int, "its events that match the filters"),
    Column::new("rejects", ColumnType::Int, "all its rejected records"),
    Column::new("first", ColumnType::Time, "its first event"),
    Column::new("last", ColumnType::Time, "its last event"),
    Column::new("loaded", ColumnType::Time, "when it was last read"),
    Column::new("stale_days", ColumnType::Float, "days from its last event to now"),
];

struct Sources;

static INFO: ReportInfo = ReportInfo {
    name: "sources",
    summary: "The inputs that were loaded: events, rejects, and how fresh they are",
    columns: &COLUMNS,
    options: &[],
};

/// Events of an input.
#[derive(Clone, Copy, Default)]
struct Seen {
    n: i64,
    first: Option<i64>,
    last: Option<i64>,
}

impl Seen {
    fn add(&mut self, n: i64, first: Option<i64>, last: Option<i64>) {
        self.n += n;
        self.first = [self.first, first].into_iter().flatten().min();
        self.last = self.last.max(last);
    }
}

/// The events of each input.
#[derive(Default)]
struct Inputs {
    numbers: FxHashMap<InputId, usize>,
    seen: Vec<Seen>,
}

impl Inputs {
    fn number(&mut self, input: InputId) -> usize {
        let next = self.seen.len();
        *self.numbers.entry(input).or_insert_with(|| {
            self.seen.push(Seen::default());
            next
        })
    }

    fn of(&mut self, input: InputId) -> &mut Seen {
        let number = self.number(input);
        &mut self.seen[number]
    }

    fn by_input(self) -> FxHashMap<InputId, Seen> {
        self.numbers.into_iter().map(|(input, number)| (input, self.seen[number])).collect()
    }
}

impl Collect for Inputs {
    type Key = usize;

    fn key(&mut self, _: usize, event: &StoredEvent, _: &str) -> usize {
        self.number(event.input_id)
    }

    fn add(&mut self, row: &Row, keys: &Keys<'_, usize>) {
        self.seen[*keys.first()].add(1, row.date, row.date);
    }
}

impl Report for Sources {
    fn info(&self) -> &'static ReportInfo {
        &INFO
    }

    fn run<'s>(&self, store: &'s mut Store, params: &ReportParams) -> Result<Table<'s>> {
        let inputs = store.inputs().all()?;
        let rejects = store.rejects().by_input()?;
        let loaded = store.inputs().last_read()?;
        let reads = Reads::key(Fields { input: true, ..Fields::NONE });
        let question = |filter: EventFilter| Question { filter, reads: reads.clone() };
        let spans = match engine::prefers_sums(store, params)? {
            true => summed::spans(store, &params.filter, params, 1)?,
            false => None,
        };
        let (found, notes) = match spans {
            None => engine::ask(store, params, &question(params.filter.clone()), Inputs::default)?,
            Some(spans) => {
                let mut seen = Inputs::default();
                for span in spans {
                    match span {
                        Span::Events(filter) => engine::read_events(store, &question(filter), &mut seen)?,
                        // Every event has a kind.
                        Span::Days(days) => {
                            let mut sums =
                                store.rollups().by_day(RollupField::Kind, &days, &params.filter)?;
                            loop {
                                let page = sums.page(store)?;
                                if page.is_empty() {
                                    break;
                                }
                                for sum in page {
                                    let at = |us: i64| sum.day.map(|_| us);
                                    seen.of(sum.input_id).add(sum.n, at(sum.first_us), at(sum.last_us));
                                }
                            }
                        }
                    }
                }
                (seen, Vec::new())
            }
        };
        let seen = found.by_input();
        let row = |input: workhours_store::InputRow| {
            let Seen { n, first, last } = seen.get(&input.id).copied().unwrap_or_default();
            let time = |us: Option<i64>| us.map_or(Cell::Null, Cell::Time);
            let stale = last.map(|last| ((params.now_us - last) as f64 / 86_400e6 * 100.0).round() / 100.0);
            vec![
                Cell::Int(input.id.get()),
                Cell::from(input.source_type),
                Cell::from(input.label),
                Cell::from(input.path),
                Cell::from(input.activity),
                Cell::Int(n),
                Cell::Int(rejects.get(&input.id).copied().unwrap_or(0)),
                time(first),
                time(last),
                time(loaded.get(&input.id).copied()),
                stale.map_or(Cell::Null, Cell::Float),
            ]
        };
        Ok(Table::ready(INFO.name, &COLUMNS, inputs.into_iter().map(row).collect()).noted(notes))
    }
}

inventory::submit! { ReportEntry(&Sources) }
