//! How many events of each kind there are.

use super::counting::{COUNT, Counting, DAYS, FIRST, LAST, OPTIONS, SHARE, Values};
use super::{ReportEntry, ReportInfo, ReportParams};
use workhours_base::table::{Column, ColumnType};
use workhours_event::StoredEvent;
use workhours_store::{RollupField, Wanted};

const COLUMNS: [Column; 7] = [
    Column::new("kind", ColumnType::Category, "what it is: shell.command, http.request"),
    Column::new("source_type", ColumnType::Category, "the source type of its input"),
    COUNT,
    SHARE,
    DAYS,
    FIRST,
    LAST,
];

static INFO: ReportInfo = ReportInfo {
    name: "kinds",
    summary: "The kinds of events and their source types, by how many there are",
    columns: &COLUMNS,
    options: OPTIONS,
};

fn keys(_: &ReportParams, e: &StoredEvent) -> Values {
    vec![vec![Some(e.kind.clone()), Some(e.source_type.clone())]]
}

inventory::submit! { ReportEntry(&Counting { info: &INFO, distinct: 2, keys, wanted: Wanted { kind: true, source: true, ..Wanted::NONE }, kind: None, with_place: false, sums: Some((RollupField::Kind, |kind, source| vec![Some(kind), Some(source.into())])) }) }
