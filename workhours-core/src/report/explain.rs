//! `--explain`: the hours, event by event. Each moment of a session belongs to the event that began last, so what the
//! events account for adds up to the session, and all sessions to the report's total.
//!
//! Where an event stands is told by file and line. Lines are not stored: whoever asks for a report brings somebody who
//! finds them, see [`FindLines`].

use super::params::ReportParams;
use super::worked::{Origin, Part, Session, Sessions, Trace, Traces, WithTraces, hours_text};
use crate::error::Result;
use crate::store::{Store, Wanted, span_of};
use crate::table::{Cell, Chart, Column, ColumnType, Row, Rows, Table};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::fmt::Debug;

/// Lines by logical file and offset, counted from 1.
pub type Lines = FxHashMap<(i64, i64), u64>;

/// Finds the lines at which records begin.
pub trait FindLines: Debug + Send + Sync {
    /// The lines of these offsets in logical files. Those are missing whose file has no lines, or is there no more.
    ///
    /// # Errors
    /// What the database reports.
    fn find(&self, store: &mut Store, at: &[(i64, i64)]) -> Result<Lines>;
}

const COLUMNS: [Column; 12] = [
    Column::new("session", ColumnType::Int, "its number, in order of time"),
    Column::detail("session_start", ColumnType::Time, "when it began"),
    Column::detail("session_end", ColumnType::Time, "when it was over"),
    Column::new("date", ColumnType::Time, "when the event was"),
    Column::bar("minutes", ColumnType::Float, "of the session, what is the event's: until the next one")
        .unit("min"),
    Column::new("key", ColumnType::Text, "what the session is divided by: see --by"),
    Column::new("source_type", ColumnType::Category, "its source type, or correction"),
    Column::new("title", ColumnType::Text, "the command, or what names the event"),
    Column::new("path", ColumnType::Text, "the file it was read from"),
    Column::new("line", ColumnType::Int, "the line there; empty where there are none, or no copy is left"),
    Column::detail("file_offset", ColumnType::Int, "where it stands there, in bytes"),
    Column::detail("id", ColumnType::Text, "its identity"),
];

/// The events of the sessions a report is made of.
pub(super) fn explain<'s>(
    name: &'static str,
    store: &'s mut Store,
    params: &ReportParams,
) -> Result<Table<'s>> {
    let mut places = Places::default();
    if let Some(finder) = &params.lines {
        let (filter, mut at) = (params.work_filter(store)?, Vec::new());
        let mut reader = store.event_reader_of(filter, Wanted::NONE);
        while let Some(event) = reader.next_event()? {
            if span_of(event.date, event.precision, event.duration_us).is_some() {
                at.push((event.file_id, event.file_offset));
            }
        }
        places.lines = finder.find(store, &at)?;
    }
    places.paths = store.file_paths()?;
    let sessions =
        Sessions::new(Traces::new(store, params)?, params.gaptime_min, params.pad_min).with_traces();
    let rows = Explained { sessions, places, ready: VecDeque::new(), n: 0, events: 0, worked_us: 0 };
    let mut table = Table::new(name, &COLUMNS, rows);
    table.columns[5].detail = params.by.is_none();
    Ok(table.drawn(Chart::None))
}

/// Where events stand.
#[derive(Default)]
struct Places {
    lines: Lines,
    paths: FxHashMap<i64, String>,
}

struct Explained<'s> {
    sessions: Sessions<'s>,
    places: Places,
    ready: VecDeque<Vec<Cell>>,
    /// Sessions so far.
    n: i64,
    events: u64,
    worked_us: i64,
}

impl Explained<'_> {
    /// One run of traces, and what corrections left of it.
    fn session(&mut self, WithTraces { whole, traces, left }: &WithTraces) {
        let mut shares: Vec<Share<'_>> = Vec::new();
        let parts: Vec<(usize, &Part)> =
            left.iter().enumerate().flat_map(|(n, s)| s.parts.iter().map(move |part| (n, part))).collect();
        let mut first = 0;
        for (i, trace) in traces.iter().enumerate() {
            // Padding is the first one's.
            let from = if i == 0 { whole.start() } else { trace.start };
            let until = traces.get(i + 1).map_or(whole.end(), |next| next.start);
            let found = shares.len();
            // Both are in order of time.
            first += parts[first..].iter().take_while(|(_, part)| part.until <= from).count();
            for (n, part) in parts[first..].iter().take_while(|(_, part)| part.from < until) {
                let us = part.until.min(until) - part.from.max(from);
                match shares.last_mut().filter(|s| s.trace == i && s.session == *n && *s.key == part.key) {
                    Some(share) if us > 0 => share.us += us,
                    _ if us > 0 => shares.push(Share { trace: i, session: *n, key: &part.key, us }),
                    _ => {}
                }
            }
            // At the same moment as the next one, or at the very end, or in time that does not count.
            if shares.len() == found {
                let near = left.iter().position(|session| trace.start <= session.end());
                if let Some(n) = near.or(left.len().checked_sub(1)) {
                    shares.push(Share { trace: i, session: n, key: &trace.key, us: 0 });
                }
            }
        }
        for share in shares {
            let (trace, session) = (&traces[share.trace], &left[share.session]);
            self.events += 1;
            self.worked_us += share.us;
            let row =
                self.row(self.n + share.session as i64 + 1, session, trace, share.key.clone(), share.us);
            self.ready.push_back(row);
        }
        self.n += left.len() as i64;
    }

    fn row(&self, n: i64, session: &Session, trace: &Trace, key: Option<String>, us: i64) -> Vec<Cell> {
        let places = &self.places;
        let at = trace.origin.as_ref();
        let line = at.and_then(|at: &Origin| places.lines.get(&(at.file_id, at.file_offset)));
        let path = at.and_then(|at| places.paths.get(&at.file_id));
        let id = at.map(|at| at.id.to_hex());
        vec![
            Cell::Int(n),
            Cell::Time(session.start()),
            Cell::Time(session.end()),
            Cell::Time(trace.start),
            Cell::Float((us as f64 / 60.0).round() / 1e6),
            key.into(),
            trace.source.clone().into(),
            trace.title.clone().into(),
            path.cloned().into(),
            line.map(|line| *line as i64).into(),
            at.map(|at| at.file_offset).into(),
            id.into(),
        ]
    }
}

/// What of a session is an event's.
struct Share<'p> {
    trace: usize,
    session: usize,
    key: &'p Option<String>,
    us: i64,
}

impl Rows for Explained<'_> {
    fn next_row(&mut self) -> Result<Option<Row>> {
        loop {
            if let Some(row) = self.ready.pop_front() {
                return Ok(Some(Row::Data(row)));
            }
            let Some(session) = self.sessions.next_with_traces()? else { return Ok(None) };
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
