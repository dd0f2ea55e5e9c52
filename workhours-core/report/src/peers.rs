//! The other ends: how many events each has, the clients of requests and where logins came from.

use super::counting::{COUNT, Counting, DAYS, FIRST, LAST, OPTIONS, SHARE, Values};
use super::{ReportEntry, ReportInfo, ReportParams};
use workhours_base::table::{Column, ColumnType};
use workhours_event::StoredEvent;
use workhours_store::{RollupField, Wanted};

const COLUMNS: [Column; 6] = [
    Column::new("peer", ColumnType::Text, "the other end: the client of a request, where a login came from"),
    COUNT,
    SHARE,
    DAYS,
    FIRST,
    LAST,
];

static INFO: ReportInfo = ReportInfo {
    name: "peers",
    summary: "The other ends, by how many events they have: clients, where logins came from",
    columns: &COLUMNS,
    options: OPTIONS,
};

fn keys(_: &ReportParams, e: &StoredEvent) -> Values {
    e.peer.iter().map(|peer| vec![Some(peer.clone())]).collect()
}

inventory::submit! { ReportEntry(&Counting { info: &INFO, distinct: 1, keys, wanted: Wanted { peer: true, ..Wanted::NONE }, kind: None, with_place: false, sums: Some((RollupField::Peer, |value, _| vec![Some(value)])) }) }
