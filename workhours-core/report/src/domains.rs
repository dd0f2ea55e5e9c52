//! Registrable domains: `www.bbc.co.uk` and `news.bbc.co.uk` are both `bbc.co.uk`.

use super::counting::{COUNT, Counting, DAYS, FIRST, LAST, OPTIONS, SHARE, Values};
use super::{ReportEntry, ReportInfo, ReportParams};
use workhours_base::table::{Column, ColumnType};
use workhours_event::StoredEvent;
use workhours_query::domain_of;
use workhours_store::{RollupField, Wanted};
const COLUMNS: [Column; 6] = [
    Column::new(
        "domain",
        ColumnType::Text,
        "the registrable domain, by the public suffix list, or the IP address",
    ),
    COUNT,
    SHARE,
    DAYS,
    FIRST,
    LAST,
];

static INFO: ReportInfo = ReportInfo {
    name: "domains",
    summary: "The domains of addresses, by how often they come up",
    columns: &COLUMNS,
    options: OPTIONS,
};

fn keys(_: &ReportParams, e: &StoredEvent) -> Values {
    let domain = e.url.as_deref().and_then(domain_of);
    domain.into_iter().map(|domain| vec![Some(domain.into())]).collect()
}

inventory::submit! { ReportEntry(&Counting { info: &INFO, distinct: 1, keys, wanted: Wanted { url: true, ..Wanted::NONE }, kind: None, with_place: true, sums: Some((RollupField::Domain, |value, _| vec![Some(value)])) }) }
