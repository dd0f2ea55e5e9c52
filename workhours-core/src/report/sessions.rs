//! Sessions: runs of events without a gap, one row each.

use super::explain::explain;
use super::gaps::minutes;
use super::params::ReportParams;
use super::worked::{Session, Sessions, Traces};
use super::{Opt, Report, ReportEntry, ReportInfo};
use crate::error::Result;
use crate::store::Store;
use crate::table::{Cell, Column, ColumnType, Row, Rows, Table};
use std::collections::BTreeMap;

const COLUMNS: [Column; 8] = [
    Column::new("start", ColumnType::Time, "when it began, with the padding before its first event"),
    Column::new("end", ColumnType::Time, "when its last event was over"),
    Column::bar("minutes", ColumnType::Float, "how long it was, minutes").unit("min"),
    Column::new("events", ColumnType::Int, "its events"),
    Column::detail("sources", ColumnType::List, "the source types they were found in"),
    Column::new("keys", ColumnType::List, "what it was about, the longest first: see --by"),
    Column::new("first", ColumnType::Text, "its first event: the command, the title"),
    Column::new("last", ColumnType::Text, "its last event"),
];

struct SessionsReport;

static INFO: ReportInfo = ReportInfo {
    name: "sessions",
    summary: "Runs of events without a gap of more than --gaptime minutes",
    columns: &COLUMNS,
    options: &[Opt::Gaptime, Opt::Pad, Opt::Activity, Opt::By, Opt::Explain],
};

impl Report for SessionsReport {
    fn info(&self) -> &'static ReportInfo {
        &INFO
    }

    fn run<'s>(&self, store: &'s mut Store, params: &ReportParams) -> Result<Table<'s>> {
        if params.explain {
            return explain(INFO.name, store, params);
        }
        let sessions = Sessions::new(Traces::new(store, params)?, params.gaptime_min, params.pad_min);
        Ok(INFO.table(Box::new(SessionRows { sessions, n: 0, sum: 0 })))
    }
}

struct SessionRows<'s> {
    sessions: Sessions<'s>,
    n: u64,
    sum: i64,
}

impl Rows for SessionRows<'_> {
    fn next_row(&mut self) -> Result<Option<Row>> {
        let Some(session) = self.sessions.next_session()? else { return Ok(None) };
        self.n += 1;
        self.sum += session.length();
        let keys = Cell::List(keys(&session));
        Ok(Some(Row::Data(vec![
            Cell::Time(session.start()),
            Cell::Time(session.end()),
            Cell::Float(minutes(session.length())),
            Cell::Int(session.events() as i64),
            Cell::List(session.sources.into_iter().collect()),
            keys,
            session.first.into(),
            session.last.into(),
        ])))
    }

    fn totals(&self) -> Vec<(String, String)> {
        vec![
            ("sessions".into(), self.n.to_string()),
            ("time in sessions".into(), format!("{} h", super::worked::hours_text(self.sum))),
        ]
    }
}

/// What a session was about, by how long.
fn keys(session: &Session) -> Vec<String> {
    let mut lengths: BTreeMap<&str, i64> = BTreeMap::new();
    for part in &session.parts {
        if let Some(key) = &part.key {
            *lengths.entry(key).or_default() += part.until - part.from;
        }
    }
    let mut keys: Vec<(&str, i64)> = lengths.into_iter().collect();
    keys.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
    keys.into_iter().map(|(key, _)| key.to_owned()).collect()
}

inventory::submit! { ReportEntry(&SessionsReport) }
