//! A summary of a web server's log: totals, status codes, methods, paths, missing pages, clients, robots.
//!
//! A visitor is defined as in GoAccess: an address with a program on a day; requests answered with 4xx don't count. The
//! extension decides what is a static file, with GoAccess's list; paths keep their query.

mod requests;

use super::engine::{self, Question};
use super::settings::DAY_START;
use super::{Report, ReportEntry, ReportInfo, ReportParams};
use requests::{Requests, reads};
use workhours_base::error::Result;
use workhours_base::table::{Cell, Column, ColumnType, Table};
use workhours_store::{EventFilter, Store};

const COLUMNS: [Column; 6] = [
    Column::new(
        "section",
        ColumnType::Category,
        "what is counted: total, client, status, method, protocol, path, static, not_found, host, referrer",
    ),
    Column::new("value", ColumnType::Text, "the status code, path, client … that is counted"),
    Column::bar("hits", ColumnType::Int, "requests"),
    Column::new(
        "visitors",
        ColumnType::Int,
        "distinct pairs of client and user agent, for each day; without requests answered with 4xx",
    ),
    Column::new("bytes", ColumnType::Int, "bytes sent").unit("bytes"),
    Column::new("share", ColumnType::Float, "percent of all requests").unit("%"),
];

/// Values shown of each section, at most.
const TOP: usize = 100;

struct Http;

static INFO: ReportInfo = ReportInfo {
    name: "http",
    summary: "Web-server logs at a glance: totals, status codes, paths, what was not found, visitors, robots",
    columns: &COLUMNS,
    options: &[DAY_START],
};

impl Report for Http {
    fn info(&self) -> &'static ReportInfo {
        &INFO
    }

    fn run<'s>(&self, store: &'s mut Store, params: &ReportParams) -> Result<Table<'s>> {
        let filter = EventFilter { kind: Some("http.request"), ..params.filter.clone() };
        let question = Question { filter, reads: reads() };
        let (requests, notes) = engine::ask(store, params, &question, || Requests::new(params))?;
        let all = requests.n();
        let mut rows = Vec::new();
        for (section, mut tallies) in requests.sections() {
            tallies.sort_by(|(a, x), (b, y)| y.hits.cmp(&x.hits).then_with(|| a.cmp(b)));
            for (value, tally) in tallies.into_iter().take(TOP) {
                let share = (tally.hits as f64 / all.max(1) as f64 * 10_000.0).round() / 100.0;
                rows.push(vec![
                    Cell::from(section),
                    Cell::from(Some(value)),
                    Cell::Int(tally.hits),
                    Cell::Int(tally.visitors),
                    Cell::Int(tally.bytes),
                    Cell::Float(share),
                ]);
            }
        }
        Ok(Table::ready(INFO.name, &COLUMNS, rows).noted(notes))
    }
}

inventory::submit! { ReportEntry(&Http) }
