//! How many events have each tag.

use super::counting::{COUNT, Counting, DAYS, FIRST, LAST, OPTIONS, SHARE, Values};
use super::{ReportEntry, ReportInfo, ReportParams};
use workhours_base::table::{Column, ColumnType};
use workhours_event::StoredEvent;
use workhours_store::{RollupField, Wanted};

const COLUMNS: [Column; 6] =
    [Column::new("tag", ColumnType::Text, "the tag"), COUNT, SHARE, DAYS, FIRST, LAST];

static INFO: ReportInfo = ReportInfo {
    name: "tags",
    summary: "The tags, by how many events have them",
    columns: &COLUMNS,
    options: OPTIONS,
};

fn keys(_: &ReportParams, e: &StoredEvent) -> Values {
    e.tags.iter().map(|tag| vec![Some(tag.into())]).collect()
}

inventory::submit! { ReportEntry(&Counting { info: &INFO, distinct: 1, keys, wanted: Wanted { tags: true, ..Wanted::NONE }, kind: None, with_place: false, sums: Some((RollupField::Tag, |value, _| vec![Some(value)])) }) }
