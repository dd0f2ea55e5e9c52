//! `inputs list|reload|remove`.

use super::{Outcome, load};
use crate::args::Inputs;
use crate::console::count;
use crate::progress::Bar;
use crate::session::Session;
use crate::signals;
use workhours_core::error::Result;
use workhours_core::ingest::{Engine, Reload, reload_input};
use workhours_core::store::InputId;
use workhours_core::table::{Cell, Column, ColumnType, Table};

const COLUMNS: [Column; 11] = [
    Column::new("id", ColumnType::Int, "its number"),
    Column::new("source_type", ColumnType::Text, "what it is read as"),
    Column::new("label", ColumnType::Text, "the user's name for it"),
    Column::new("path", ColumnType::Text, "the file, folder or pattern"),
    Column::new("files", ColumnType::Int, "logical files first read through it"),
    Column::detail("host", ColumnType::Text, "the machine its traces are of, where they do not say"),
    Column::detail("user", ColumnType::Text, "the user they are of"),
    Column::detail("scope", ColumnType::Text, "what tells its records from equal ones of other inputs"),
    Column::new("timezone", ColumnType::Text, "where its wall clock hung"),
    Column::new("state", ColumnType::Text, "empty, or that a reload was begun and not finished"),
    Column::detail("activity", ColumnType::Text, "whose traces: human, machine or mixed"),
];

pub(crate) fn run(session: &Session<'_>, command: &Inputs, zone_given: bool) -> Result<Outcome> {
    let mut store = session.store()?;
    match command {
        Inputs::List => {
            let mut rows = Vec::new();
            for i in store.inputs().all()? {
                let files = store.files().of_input(i.id)?;
                // A reload may have given the files another zone than the input was configured with.
                let mut zones: Vec<&str> = files.iter().map(|f| f.timezone.as_str()).collect();
                zones.sort_unstable();
                zones.dedup();
                let zone = if zones.is_empty() { i.timezone } else { zones.join(", ") };
                let reload = store.reloads().unfinished(i.id)?;
                rows.push(vec![
                    Cell::Int(i.id.get()),
                    Cell::from(i.source_type),
                    Cell::from(i.label),
                    Cell::from(i.path),
                    Cell::Int(files.len() as i64),
                    i.host.into(),
                    i.user.into(),
                    Some(i.scope).filter(|s| !s.is_empty()).into(),
                    Cell::from(zone),
                    reload.map(|_| "reload not finished".to_owned()).into(),
                    Cell::from(i.activity),
                ]);
            }
            session.print(&mut Table::ready("inputs", &COLUMNS, rows))?;
        }
        Inputs::Reload { id, force, in_batches } => {
            let registry = session.registry()?;
            let bar = Bar::new(session.console.is_quiet());
            let mut engine = Engine {
                store: &mut store,
                fs: session.filestore()?,
                registry,
                config: &session.config,
                reread: false,
                stop: signals::stop_flag()?,
                progress: &bar,
            };
            let zone = zone_given.then_some(session.config.timezone);
            let asked = Reload { zone, accept_fewer: *force, in_batches: *in_batches };
            let reloaded = reload_input(&mut engine, InputId::new(*id), asked)?;
            load::report(session, &reloaded.summary, true)?;
            for note in &reloaded.notes {
                session.console.warn(note);
            }
            session.console.say(format_args!(
                "reloaded input {id}: {}, of which {} new and {} changed; {} of before are gone",
                count(reloaded.events, "event"),
                reloaded.summary.inserted,
                reloaded.summary.updated,
                reloaded.gone
            ));
        }
        Inputs::Remove { id } => {
            let removed = store.inputs().remove(InputId::new(*id))?;
            session.console.say(format_args!(
                "removed {}, {} and {} of input {id}",
                count(removed.events, "event"),
                count(removed.rejects, "reject"),
                count(removed.files, "file")
            ));
        }
    }
    Ok(Outcome::Done)
}
