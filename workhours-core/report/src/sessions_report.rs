//! Sessions: runs of events without a gap, one row each.

use super::explain::explain;
use super::gaps::minutes;
use super::params::ReportParams;
use super::sessions::{Build, Depth, Detail, Session, Sessions};
use super::settings::{ACTIVITY, BY, EXPLAIN, GAPTIME, PAD};
use super::{Report, ReportEntry, ReportInfo};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use workhours_base::Text;
use workhours_base::error::Result;
use workhours_base::table::{Cell, Column, ColumnType, Row, Rows, Table};
use workhours_store::Store;

const COLUMNS: [Column; 8] = [
    Column::new("start", ColumnType::Time, "when it began, including the padding before its first event"),
    Column::new("end", ColumnType::Time, "when its last event ended"),
    Column::bar("minutes", ColumnType::Float, "its length in minutes").unit("min"),
    Column::new("events", ColumnType::Int, "how many events it has"),
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
    options: &[GAPTIME, PAD, ACTIVITY, BY, EXPLAIN],
};

impl Report for SessionsReport {
    fn info(&self) -> &'static ReportInfo {
        &INFO
    }

    fn run<'s>(&self, store: &'s mut Store, params: &ReportParams) -> Result<Table<'s>> {
        if params.explain {
            return explain(INFO.name, store, params);
        }
        let sessions = Sessions::new(store, params, Build::new(params, Depth::Titles))?;
        let notes = sessions.notes();
        Ok(INFO.table(Box::new(SessionRows { sessions, n: 0, sum: 0 })).noted(notes))
    }
}

struct SessionRows {
    sessions: Sessions,
    n: u64,
    sum: i64,
}

impl Rows for SessionRows {
    fn next_row(&mut self) -> Result<Option<Row>> {
        let Some(session) = self.sessions.next_session() else { return Ok(None) };
        self.n += 1;
        self.sum += session.length();
        let keys = Cell::List(keys(&session));
        let sources: BTreeSet<&Text> = session.parts.iter().flat_map(|part| &part.sources).collect();
        let title = |detail: Option<&Arc<Detail>>| detail.and_then(|detail| detail.title.clone());
        let first = session.parts.iter().find_map(|part| part.first.as_ref());
        let last = session.parts.iter().rev().find_map(|part| part.last.as_ref());
        Ok(Some(Row::Data(vec![
            Cell::Time(session.start()),
            Cell::Time(session.end()),
            Cell::Float(minutes(session.length())),
            Cell::Int(session.events() as i64),
            Cell::List(sources.into_iter().map(Text::to_string).collect()),
            keys,
            title(first).into(),
            title(last).into(),
        ])))
    }

    fn totals(&self) -> Vec<(String, String)> {
        vec![
            ("sessions".into(), self.n.to_string()),
            ("time in sessions".into(), format!("{} h", super::sessions::hours_text(self.sum))),
        ]
    }
}

/// What a session was about, the longest first.
fn keys(session: &Session) -> Vec<String> {
    let mut lengths: BTreeMap<&str, i64> = BTreeMap::new();
    for part in &session.parts {
        if let Some(key) = &part.label.key {
            *lengths.entry(key.as_str()).or_default() += part.length();
        }
    }
    let mut keys: Vec<(&str, i64)> = lengths.into_iter().collect();
    keys.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
    keys.into_iter().map(|(key, _)| key.to_owned()).collect()
}

inventory::submit! { ReportEntry(&SessionsReport) }
