//! `rejects list|replay`: the rejected records, and reading them again. The sources decide what is rejected and why.

use super::Outcome;
use crate::args::{Rejects, RejectsList};
use crate::console::count;
use crate::progress::Bar;
use crate::session::Session;
use crate::signals;
use workhours_core::error::Result;
use workhours_core::ingest::{Engine, Replay, replay_rejects};
use workhours_core::names;
use workhours_core::store::{InputId, RejectFilter, RejectReader, Store, StoredReject};
use workhours_core::table::{Cell, Column, ColumnType, Row, Rows, Table};
use workhours_plugin_api::RejectCode;

const COLUMNS: [Column; 13] = [
    Column::new("id", ColumnType::Text, "its number: the logical file and the place in it"),
    Column::new("source_type", ColumnType::Text, "what it was read as"),
    Column::new("path", ColumnType::Text, "the file it was first read from"),
    Column::new("line", ColumnType::Int, "its line there; empty when unknown"),
    Column::detail("offset", ColumnType::Int, "where it begins there, in bytes, decompressed"),
    Column::detail("length", ColumnType::Int, "how many bytes it takes there"),
    Column::new("code", ColumnType::Text, "the class of the reason"),
    Column::new("reason", ColumnType::Text, "what was expected and what stood there"),
    Column::new("excerpt", ColumnType::Text, "its beginning"),
    Column::detail("provisional", ColumnType::Bool, "whether it is a last record that may still grow"),
    Column::detail("input_id", ColumnType::Int, "the configured input, see workhours inputs list"),
    Column::new("task", ColumnType::Int, "the task that found it, see workhours tasks list"),
    Column::detail("loaded", ColumnType::Time, "when that task began"),
];

const REPLAY: [Column; 6] = [
    Column::new("files", ColumnType::Int, "files read again"),
    Column::new("replayed", ColumnType::Int, "rejects in them"),
    Column::new("resolved", ColumnType::Int, "rejects that are none any more"),
    Column::new("still_rejected", ColumnType::Int, "rejects that are refused again"),
    Column::new("unreadable", ColumnType::Int, "rejects whose files could not be read again"),
    Column::new("inserted", ColumnType::Int, "events that were not there before"),
];

pub(crate) fn run(session: &Session<'_>, command: &Rejects) -> Result<Outcome> {
    match command {
        Rejects::List(asked) => list(session, asked).map(|()| Outcome::Done),
        Rejects::Replay { sources } => replay(session, sources),
    }
}

fn list(session: &Session<'_>, asked: &RejectsList) -> Result<()> {
    for code in &asked.codes {
        let known = || RejectCode::ALL.into_iter().map(RejectCode::as_str);
        if !known().any(|k| k == code) {
            return Err(names::unknown("reject class", code, known(), "docs/sources.md"));
        }
    }
    let mut store = session.store()?;
    let input_id = asked.input.map(InputId::new);
    if let Some(id) = input_id {
        store.inputs().get(id)?;
    }
    let filter = RejectFilter {
        source_types: source_types(session, &mut store, &asked.sources)?,
        codes: asked.codes.clone(),
        input_id,
        limit: asked.limit,
    };
    let rows = RejectRows { reader: store.rejects().reader(filter), listed: 0 };
    session.print(&mut Table::new("rejects", &COLUMNS, rows))
}

/// The canonical names of the source types. One whose plugin is gone may still have rejects.
fn source_types(session: &Session<'_>, store: &mut Store, asked: &[String]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for name in asked {
        found.push(match session.registry()?.get(name) {
            Ok(registered) => registered.source.info().name.to_owned(),
            Err(_) if store.files().has_read(name)? => name.clone(),
            Err(e) => return Err(e),
        });
    }
    Ok(found)
}

struct RejectRows<'s> {
    reader: RejectReader<'s>,
    listed: u64,
}

impl Rows for RejectRows<'_> {
    fn next_row(&mut self) -> Result<Option<Row>> {
        let next = self.reader.next_reject()?;
        self.listed += u64::from(next.is_some());
        Ok(next.map(|reject| Row::Data(cells(reject))))
    }

    fn totals(&self) -> Vec<(String, String)> {
        vec![("rejects".into(), self.listed.to_string())]
    }
}

fn cells(reject: StoredReject) -> Vec<Cell> {
    vec![
        Cell::from(reject.id()),
        reject.source_type.into(),
        reject.path.into(),
        Some(reject.line).filter(|line| *line > 0).into(),
        Cell::Int(reject.file_offset),
        Cell::Int(reject.file_length),
        Cell::from(reject.code),
        Cell::from(reject.reason),
        Cell::from(reject.excerpt),
        Cell::Bool(reject.provisional),
        Cell::Int(reject.input_id.get()),
        Cell::Int(reject.task_id.get()),
        reject.task_started_us.map_or(Cell::Null, Cell::Time),
    ]
}

fn replay(session: &Session<'_>, sources: &[String]) -> Result<Outcome> {
    session.output()?;
    let registry = session.registry()?;
    let mut store = session.store()?;
    let source_types = source_types(session, &mut store, sources)?;
    let bar = Bar::new(session.console.is_quiet());
    let mut engine = Engine {
        store: &mut store,
        fs: session.filestore()?,
        registry,
        config: &session.config,
        reread: true,
        stop: signals::stop_flag()?,
        progress: &bar,
    };
    let replay = replay_rejects(&mut engine, &source_types)?;
    tell(session, &replay);
    let int = |n: u64| Cell::Int(i64::try_from(n).unwrap_or(i64::MAX));
    let row = [
        replay.tasks.len() as u64,
        replay.replayed,
        replay.resolved,
        replay.still_rejected,
        replay.unreadable,
        replay.inserted,
    ];
    if session.wants_data() {
        session.print(&mut Table::ready("replay", &REPLAY, vec![row.map(int).to_vec()]))?;
    }
    let failed = replay.tasks.iter().any(|task| task.error.is_some());
    Ok(if failed || replay.interrupted { Outcome::SomeFailed } else { Outcome::Done })
}

fn tell(session: &Session<'_>, replay: &Replay) {
    let console = session.console;
    for task in &replay.tasks {
        console.detail(format_args!("{}: {}, {} new", task.path, task.state.as_str(), task.totals.inserted));
        if let Some(error) = &task.error {
            console.problem(error, task.hint.as_deref());
        }
    }
    for error in &replay.missing {
        console.warn(error.full_message());
    }
    if replay.replayed + replay.unreadable == 0 {
        console.say("there are no rejects");
        return;
    }
    console.say(format_args!(
        "{} of {} replayed: {} resolved, {} still rejected; {} new",
        count(replay.replayed, "reject"),
        count(replay.tasks.len() as u64, "file"),
        replay.resolved,
        replay.still_rejected,
        count(replay.inserted, "event"),
    ));
    if replay.unreadable > 0 {
        console.warn(format_args!("{} could not be read again", count(replay.unreadable, "reject")));
    }
}
