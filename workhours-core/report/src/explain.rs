//! `--explain`: the hours, event by event. Each moment of a session has one owner, so what the events account for adds
//! up to the session, and all sessions to the report's total.
//!
//! File and line say where an event is. Lines aren't stored: the caller of a report provides a way to find them, see
//! [`FindLines`](workhours_store::FindLines).

use super::params::ReportParams;
use super::sessions::{Build, Depth, Detail, Session, Sessions, hours_text};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::sync::Arc;
use workhours_base::Text;
use workhours_base::error::Result;
use workhours_base::table::{Cell, Chart, Column, ColumnType, Row, Rows, Table};
use workhours_base::vocabulary::Dimension;
use workhours_query::NO_VALUE;
use workhours_store::{FileId, Lines, Store};

const COLUMNS: [Column; 12] = [
    Column::new("session", ColumnType::Int, "its number, in order of time"),
    Column::detail("session_start", ColumnType::Time, "when it began"),
    Column::detail("session_end", ColumnType::Time, "when it ended"),
    Column::new("date", ColumnType::Time, "when the event happened"),
    Column::bar("minutes", ColumnType::Float, "minutes of the session that the event owns").unit("min"),
    Column::new("key", ColumnType::Text, "what the session is divided by: see --by"),
    Column::new("source_type", ColumnType::Category, "its source type, or correction"),
    Column::new("title", ColumnType::Text, "the command, or the title of the event"),
    Column::new("path", ColumnType::Text, "the file it was read from"),
    Column::new(
        "line",
        ColumnType::Int,
        "the number of its line there; empty if the file has no lines, or no copy is left",
    ),
    Column::detail("file_offset", ColumnType::Int, "its position there, in bytes"),
    Column::detail("id", ColumnType::Text, "its id"),
];

/// The events of the sessions a report is made of.
pub(super) fn explain<'s>(
    name: &'static str,
    store: &'s mut Store,
    params: &ReportParams,
) -> Result<Table<'s>> {
    let mut sessions = Sessions::new(store, params, Build::new(params, Depth::Each))?;
    let notes = sessions.notes();
    let mut found = Vec::new();
    while let Some(session) = sessions.next_session() {
        found.push(session);
    }
    let mut places = Places { lines: Lines::default(), paths: store.files().paths()? };
    if let Some(finder) = &params.lines {
        let parts = found.iter().flat_map(|session| &session.parts);
        let origins = parts.filter_map(|part| part.owner.as_ref()?.origin);
        let mut at: Vec<(FileId, i64)> = origins.map(|origin| (origin.file_id, origin.file_offset)).collect();
        at.sort_unstable();
        at.dedup();
        places.lines = finder.find(store, &at)?;
    }
    let rows = Explained {
        sessions: found.into_iter(),
        places,
        none: (params.by == Some(Dimension::Project)).then(|| NO_VALUE.into()),
        ready: VecDeque::new(),
        n: 0,
        events: 0,
        worked_us: 0,
    };
    let mut table = Table::new(name, &COLUMNS, rows);
    table.columns[5].detail = params.by.is_none();
    Ok(table.drawn(Chart::None).noted(notes))
}

/// Where events are.
struct Places {
    lines: Lines,
    paths: FxHashMap<FileId, String>,
}

struct Explained {
    sessions: std::vec::IntoIter<Session>,
    places: Places,
    /// The text for no value, as in the explained report.
    none: Option<Text>,
    ready: VecDeque<Vec<Cell>>,
    /// Sessions so far.
    n: i64,
    events: u64,
    worked_us: i64,
}

/// The part of a session that belongs to one trace and is about one thing.
struct Share {
    owner: Arc<Detail>,
    key: Option<Text>,
    us: i64,
}

impl Explained {
    fn session(&mut self, session: &Session) {
        self.n += 1;
        let mut shares: Vec<Share> = Vec::new();
        for part in &session.parts {
            let Some(owner) = &part.owner else { continue };
            self.events += part.events;
            let same = |share: &&mut Share| Arc::ptr_eq(&share.owner, owner) && share.key == part.label.key;
            // A trace that owns several intervals began shortly before.
            match shares.iter_mut().rev().find(same) {
                Some(share) => share.us += part.length(),
                None => {
                    let (owner, key) = (owner.clone(), part.label.key.clone());
                    shares.push(Share { owner, key, us: part.length() });
                }
            }
        }
        shares.sort_by_key(|share| share.owner.start);
        for share in shares {
            self.worked_us += share.us;
            let row = self.row(session, &share);
            self.ready.push_back(row);
        }
    }

    fn row(&self, session: &Session, share: &Share) -> Vec<Cell> {
        let (places, owner) = (&self.places, &share.owner);
        let at = owner.origin.as_ref();
        let line = at.and_then(|at| places.lines.get(&(at.file_id, at.file_offset)));
        let path = at.and_then(|at| places.paths.get(&at.file_id));
        vec![
            Cell::Int(self.n),
            Cell::Time(session.start()),
            Cell::Time(session.end()),
            Cell::Time(owner.start),
            Cell::Float((share.us as f64 / 60.0).round() / 1e6),
            share.key.clone().or_else(|| self.none.clone()).into(),
            Cell::Text(owner.source.clone()),
            owner.title.clone().into(),
            path.cloned().into(),
            line.map(|line| *line as i64).into(),
            at.map(|at| at.file_offset).into(),
            at.map(|at| at.id.to_hex()).into(),
        ]
    }
}

impl Rows for Explained {
    fn next_row(&mut self) -> Result<Option<Row>> {
        loop {
            if let Some(row) = self.ready.pop_front() {
                return Ok(Some(Row::Data(row)));
            }
            let Some(session) = self.sessions.next() else { return Ok(None) };
            self.session(&session);
        }
    }

    fn totals(&self) -> Vec<(String, String)> {
        vec![
            ("events".into(), self.events.to_string()),
            ("sessions".into(), self.n.to_string()),
            ("hours".into(), hours_text(self.worked_us)),
        ]
    }
}
