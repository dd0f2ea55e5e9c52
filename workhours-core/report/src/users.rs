//! How many events each user has.

use super::counting::{COUNT, Counting, DAYS, FIRST, LAST, OPTIONS, SHARE, Values};
use super::{ReportEntry, ReportInfo, ReportParams};
use workhours_base::table::{Column, ColumnType};
use workhours_event::StoredEvent;
use workhours_store::{RollupField, Wanted};

const COLUMNS: [Column; 6] =
    [Column::new("user", ColumnType::Text, "the user"), COUNT, SHARE, DAYS, FIRST, LAST];

static INFO: ReportInfo = ReportInfo {
    name: "users",
    summary: "The users, by how many events they have",
    columns: &COLUMNS,
    options: OPTIONS,
};

fn keys(_: &ReportParams, e: &StoredEvent) -> Values {
    e.user.iter().map(|user| vec![Some(user.clone())]).collect()
}

/// The report.
pub(crate) const REPORT: Counting = Counting {
    info: &INFO,
    distinct: 1,
    keys,
    wanted: Wanted { user: true, ..Wanted::NONE },
    kind: None,
    with_place: false,
    sums: Some((RollupField::User, |value, _| vec![Some(value)])),
};

inventory::submit! { ReportEntry(&REPORT) }
