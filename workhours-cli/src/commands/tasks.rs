//! `tasks list|undo`.

use super::Outcome;
use crate::args::Tasks;
use crate::console::count;
use crate::session::Session;
use workhours_core::error::Result;
use workhours_core::store::TaskId;
use workhours_core::table::{Cell, Column, ColumnType, Table};

const COLUMNS: [Column; 15] = [
    Column::new("id", ColumnType::Int, "its number"),
    Column::new("started", ColumnType::Time, "when it began"),
    Column::new("source_type", ColumnType::Text, "its source type"),
    Column::new("path", ColumnType::Text, "the file read"),
    Column::new("state", ColumnType::Text, "running, done, unchanged, partial, failed or undone"),
    Column::detail("records", ColumnType::Int, "records found"),
    Column::new("events", ColumnType::Int, "records that became events"),
    Column::new("inserted", ColumnType::Int, "events that were not there"),
    Column::new("duplicates", ColumnType::Int, "events that were"),
    Column::detail("updated", ColumnType::Int, "events that were there with another content"),
    Column::new("rejected", ColumnType::Int, "records refused"),
    Column::detail("ignored", ColumnType::Int, "lines that are no records"),
    Column::detail("elapsed_ms", ColumnType::Int, "how long it took, milliseconds"),
    Column::detail("input_id", ColumnType::Int, "its input"),
    Column::new("error", ColumnType::Text, "why it failed"),
];

pub(crate) fn run(session: &Session<'_>, command: &Tasks) -> Result<Outcome> {
    let mut store = session.store()?;
    match command {
        Tasks::List => {
            let rows = store
                .tasks()
                .all()?
                .into_iter()
                .map(|t| {
                    vec![
                        Cell::Int(t.id.get()),
                        Cell::Time(t.started_us),
                        Cell::from(t.source_type),
                        Cell::from(t.path),
                        Cell::from(t.state),
                        Cell::Int(t.records),
                        Cell::Int(t.events),
                        Cell::Int(t.inserted),
                        Cell::Int(t.duplicates),
                        Cell::Int(t.updated),
                        Cell::Int(t.rejected),
                        Cell::Int(t.ignored),
                        Cell::Int(t.elapsed_ms),
                        Cell::Int(t.input_id.get()),
                        t.error.into(),
                    ]
                })
                .collect();
            session.print(&mut Table::ready("tasks", &COLUMNS, rows))?;
        }
        Tasks::Undo { id } => {
            let removed = store.tasks().undo(TaskId::new(*id))?;
            session.console.say(format_args!(
                "task {id} is undone: {} and {} removed; the next load reads them again",
                count(removed.events, "event"),
                count(removed.rejects, "reject")
            ));
        }
    }
    Ok(Outcome::Done)
}
