//! The events with a row between them wherever nothing happened for long: the old tool's gap report.
//!
//! Undated events are left out: there is no time between them.

use super::settings::GAPTIME;
use super::{Report, ReportEntry, ReportInfo, ReportParams};
use workhours_base::error::Result;
use workhours_base::table::{Cell, Column, ColumnType, Row, Rows, Table};
use workhours_event::StoredEvent;
use workhours_event::{EVENT_COLUMNS, event_cells as cells};
use workhours_store::{EventReader, Store};

const COLUMNS: [Column; 25] = {
    let mut columns = [Column::detail("row_kind", ColumnType::Category, "event or gap"); 25];
    columns[1] =
        Column::new("gap_minutes", ColumnType::Float, "length of the gap, minutes; empty for an event")
            .unit("min");
    let mut i = 0;
    while i < EVENT_COLUMNS.len() {
        columns[i + 2] = EVENT_COLUMNS[i];
        i += 1;
    }
    columns
};

struct Gap;

static INFO: ReportInfo = ReportInfo {
    name: "gap",
    summary: "The events with a separator wherever more than --gaptime minutes lie between two",
    columns: &COLUMNS,
    options: &[GAPTIME],
};

impl Report for Gap {
    fn info(&self) -> &'static ReportInfo {
        &INFO
    }

    fn run<'s>(&self, store: &'s mut Store, params: &ReportParams) -> Result<Table<'s>> {
        let mut filter = params.filter.clone();
        filter.dated_only = true;
        let rows = GapRows {
            reader: store.events().reader(filter),
            gaptime_us: params.gaptime_min * 60e6,
            last: None,
            held: None,
            totals: Totals::default(),
        };
        Ok(INFO.table(Box::new(rows)))
    }
}

#[derive(Default)]
struct Totals {
    events: u64,
    gaps: u64,
    gap_us: i64,
    span_us: i64,
}

struct GapRows<'s> {
    reader: EventReader<'s>,
    gaptime_us: f64,
    last: Option<i64>,
    /// The event after a gap, while the gap's row is out.
    held: Option<StoredEvent>,
    totals: Totals,
}

impl GapRows<'_> {
    fn event_row(&mut self, event: StoredEvent) -> Result<Row> {
        self.totals.events += 1;
        let path = self.reader.path_of(event.file_id)?;
        let mut row = vec![Cell::from("event"), Cell::Null];
        row.extend(cells(event, path));
        Ok(Row::Data(row))
    }
}

impl Rows for GapRows<'_> {
    fn next_row(&mut self) -> Result<Option<Row>> {
        if let Some(event) = self.held.take() {
            return self.event_row(event).map(Some);
        }
        let Some(event) = self.reader.next_event()? else { return Ok(None) };
        let date = event.date.unwrap_or_default();
        let between = date - self.last.replace(date).unwrap_or(date);
        self.totals.span_us += between;
        if between as f64 <= self.gaptime_us {
            return self.event_row(event).map(Some);
        }
        self.held = Some(event);
        self.totals.gaps += 1;
        self.totals.gap_us += between;
        let mut row = vec![Cell::from("gap"), Cell::Float(minutes(between))];
        row.resize(COLUMNS.len(), Cell::Null);
        Ok(Some(Row::Separator(row)))
    }

    fn totals(&self) -> Vec<(String, String)> {
        let t = &self.totals;
        let show = |us: i64| format!("{} min", minutes(us));
        vec![
            ("events".into(), t.events.to_string()),
            ("gaps".into(), t.gaps.to_string()),
            ("time in gaps".into(), show(t.gap_us)),
            ("time between the other events".into(), show(t.span_us - t.gap_us)),
        ]
    }
}

/// Minutes to the hundredth: finer than any source the report is made for.
fn minutes(us: i64) -> f64 {
    (us as f64 / 600_000.0).round() / 100.0
}

inventory::submit! { ReportEntry(&Gap) }
