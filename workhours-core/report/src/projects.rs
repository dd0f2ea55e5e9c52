//! Projects, by the rules of the config, by forges and by folders. The query language's `project` defines them.

use super::counting::{COUNT, Counting, DAYS, FIRST, LAST, OPTIONS, SHARE, Values};
use super::{ReportEntry, ReportInfo, ReportParams};
use workhours_base::table::{Column, ColumnType};
use workhours_event::StoredEvent;
use workhours_store::Wanted;

const COLUMNS: [Column; 6] =
    [Column::new("project", ColumnType::Text, "the project"), COUNT, SHARE, DAYS, FIRST, LAST];

static INFO: ReportInfo = ReportInfo {
    name: "projects",
    summary: "The projects, by how many events they have",
    columns: &COLUMNS,
    options: OPTIONS,
};

fn keys(_: &ReportParams, e: &StoredEvent) -> Values {
    e.project.iter().map(|project| vec![Some(project.clone())]).collect()
}

inventory::submit! { ReportEntry(&Counting { info: &INFO, distinct: 1, keys, wanted: Wanted::PROJECT, kind: None, with_place: false, sums: None }) }
