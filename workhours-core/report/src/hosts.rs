//! How many events each machine has.

use super::counting::{COUNT, Counting, DAYS, FIRST, LAST, OPTIONS, SHARE, Values};
use super::{ReportEntry, ReportInfo, ReportParams};
use workhours_base::table::{Column, ColumnType};
use workhours_event::StoredEvent;
use workhours_store::{RollupField, Wanted};

const COLUMNS: [Column; 6] =
    [Column::new("host", ColumnType::Text, "the machine where it happened"), COUNT, SHARE, DAYS, FIRST, LAST];

static INFO: ReportInfo = ReportInfo {
    name: "hosts",
    summary: "The machines, by how many events they have",
    columns: &COLUMNS,
    options: OPTIONS,
};

fn keys(_: &ReportParams, e: &StoredEvent) -> Values {
    e.host.iter().map(|host| vec![Some(host.clone())]).collect()
}

inventory::submit! { ReportEntry(&Counting { info: &INFO, distinct: 1, keys, wanted: Wanted { host: true, ..Wanted::NONE }, kind: None, with_place: false, sums: Some((RollupField::Host, |value, _| vec![Some(value)])) }) }
