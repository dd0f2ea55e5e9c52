//! Files whose times were recorded.

use super::counting::{COUNT, Counting, DAYS, FIRST, LAST, OPTIONS, SHARE, Values};
use super::{ReportEntry, ReportInfo, ReportParams};
use workhours_base::table::{Column, ColumnType};
use workhours_event::StoredEvent;
use workhours_store::Wanted;

const COLUMNS: [Column; 8] = [
    Column::new("path", ColumnType::Text, "the file"),
    Column::new("kind", ColumnType::Category, "what happened to it last"),
    Column::detail("user", ColumnType::Text, "its owner"),
    COUNT,
    SHARE,
    DAYS,
    FIRST,
    LAST,
];

static INFO: ReportInfo = ReportInfo {
    name: "files",
    summary: "The files whose times were recorded, by how often",
    columns: &COLUMNS,
    options: OPTIONS,
};

fn keys(_: &ReportParams, e: &StoredEvent) -> Values {
    let path = e.title.as_ref().filter(|_| e.kind.starts_with("file."));
    path.into_iter().map(|path| vec![Some(path.clone()), Some(e.kind.clone()), e.user.clone()]).collect()
}

inventory::submit! { ReportEntry(&Counting { info: &INFO, distinct: 1, keys, wanted: Wanted { kind: true, title: true, user: true, ..Wanted::NONE }, kind: Some("file."), with_place: false, sums: None }) }
