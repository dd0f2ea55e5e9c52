//! Search results, as tables that any output can write.

use super::{Found, Histogram};
use crate::index::Facet;
use workhours_base::table::{Cell, Chart, Column, ColumnType, Table};
use workhours_base::zones::Zones;
use workhours_event::{EVENT_COLUMNS, event_cells};

/// The row of all values beyond the most frequent ones.
const OTHERS: &str = "(others)";

const FACET: [Column; 3] = [
    Column::detail("field", ColumnType::Category, "the field"),
    Column::new("value", ColumnType::Text, "its value; empty for events without one"),
    Column::bar("count", ColumnType::Int, "events"),
];

/// The events, with the columns of the report `events`.
pub fn events_table(events: Vec<Found>) -> Table<'static> {
    let rows = events.into_iter().map(|found| event_cells(found.event, found.path.into())).collect();
    Table::ready("search", &EVENT_COLUMNS, rows)
}

/// The counts by time. An interval without events has a count of zero.
pub fn histogram_table(histogram: &Histogram, zones: &Zones) -> Table<'static> {
    let name = histogram.by.static_name();
    let columns = [
        Column::new("period", ColumnType::Text, "the interval, in local time"),
        Column::detail("start", ColumnType::Time, "when it begins"),
        Column::new(name, ColumnType::Category, "the value that is counted; empty for events without one"),
        Column::bar("count", ColumnType::Int, "events"),
    ];
    let mut rows = Vec::new();
    for (at, bar) in histogram.bars.iter().enumerate() {
        let (label, start) = (histogram.edges.label(at, zones), histogram.edges.bounds()[at]);
        let row =
            |value: Cell, n: u64| vec![label.as_str().into(), Cell::Time(start), value, Cell::Int(n as i64)];
        let before = rows.len();
        for (series, n) in histogram.series.iter().zip(bar).filter(|(_, n)| **n > 0) {
            rows.push(row(series.as_deref().map_or(Cell::Null, Cell::from), *n));
        }
        if let Some(n) = histogram.others.get(at).filter(|n| **n > 0) {
            rows.push(row(OTHERS.into(), *n));
        }
        if rows.len() == before {
            rows.push(row(Cell::Null, 0));
        }
    }
    let chart = Chart::Bars { x: "period", y: "count", series: Some(name) };
    Table::ready("histogram", &columns, rows).drawn(chart)
}

/// A field's most frequent values.
pub fn facet_table(facet: &Facet) -> Table<'static> {
    let row = |(value, n): &(Option<String>, u64)| {
        vec![
            facet.field.name().as_str().into(),
            value.as_deref().map_or(Cell::Null, Cell::from),
            Cell::Int(*n as i64),
        ]
    };
    let mut table = Table::ready(facet.field.name(), &FACET, facet.values.iter().map(row).collect());
    table.chart = Chart::Bars { x: "value", y: "count", series: None };
    table
}
