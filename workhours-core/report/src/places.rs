//! Addresses that were visited, bookmarked or asked for.

use super::counting::{COUNT, Counting, DAYS, FIRST, LAST, OPTIONS, SHARE, Values};
use super::{ReportEntry, ReportInfo, ReportParams};
use workhours_base::table::{Column, ColumnType};
use workhours_event::StoredEvent;
use workhours_store::Wanted;

const COLUMNS: [Column; 7] = [
    Column::new("url", ColumnType::Text, "the address"),
    Column::new("title", ColumnType::Text, "its title when it was last seen"),
    COUNT,
    SHARE,
    DAYS,
    FIRST,
    LAST,
];

static INFO: ReportInfo = ReportInfo {
    name: "places",
    summary: "The addresses, by how often they come up",
    columns: &COLUMNS,
    options: OPTIONS,
};

fn keys(_: &ReportParams, e: &StoredEvent) -> Values {
    e.url.iter().map(|url| vec![Some(url.clone()), e.title.clone()]).collect()
}

inventory::submit! { ReportEntry(&Counting { info: &INFO, distinct: 1, keys, wanted: Wanted { url: true, title: true, ..Wanted::NONE }, kind: None, with_place: false, sums: None }) }
