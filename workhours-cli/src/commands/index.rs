//! `index status|verify|update|rebuild`, and bringing the index up to date before a search. The engine knows what is in
//! it.

use super::Outcome;
use crate::args::IndexCommand;
use crate::console::count;
use crate::progress::Indexed;
use crate::session::Session;
use crate::signals;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use workhours_core::error::{Error, Result};
use workhours_core::index::{self, IndexAccess, IndexWriter, Progress, SearchIndex, Status};
use workhours_core::store::{Seq, Store};
use workhours_core::table::{Cell, Column, ColumnType, Table};

const COLUMNS: [Column; 6] = [
    Column::new("state", ColumnType::Category, "absent, growing, behind or current"),
    Column::new("events", ColumnType::Int, "events in it"),
    Column::new("as_of", ColumnType::Int, "the last batch of the database that is in it"),
    Column::new("behind", ColumnType::Int, "batches that are not in it yet"),
    Column::new("bytes", ColumnType::Int, "its size").unit("bytes"),
    Column::new("folder", ColumnType::Text, "where it is: a folder, or a server"),
];

pub(crate) fn run(session: &Session<'_>, command: &IndexCommand) -> Result<Outcome> {
    let mut store = session.store()?;
    let index = match command {
        // Asked for by name, it is written also where the database can't be.
        IndexCommand::Update | IndexCommand::Rebuild => {
            shared(&store)?;
            index::open(&session.config, store.uuid(), IndexAccess::Write)?
        }
        IndexCommand::Status | IndexCommand::Verify => open(session, &store)?,
    };
    match command {
        IndexCommand::Status => status(session, &mut store, &*index)?,
        IndexCommand::Verify => match index.verify()? {
            Some(n) => {
                session.console.say(format_args!("{} of the index are whole", count(n as u64, "file")))
            }
            None => session.console.say("no index yet; run workhours index update to build it"),
        },
        IndexCommand::Update => {
            let added = write(session, &*index, |writer, watch| writer.catch_up(&mut store, watch))?;
            let added = added.ok_or_else(busy)?;
            session.console.say(format_args!("indexed {}", count(added, "event")));
        }
        IndexCommand::Rebuild => {
            let added = write(session, &*index, |writer, watch| writer.rebuild(&mut store, watch))?;
            let added = added.ok_or_else(busy)?;
            session.console.say(format_args!("rebuilt the index with {}", count(added, "event")));
        }
    }
    Ok(Outcome::Done)
}

fn busy() -> Error {
    Error::failed("another program writes the index just now")
        .hint("is workhours serve running? It keeps the index up to date")
}

/// The index of the database, be it there or not.
pub(super) fn open(session: &Session<'_>, store: &Store) -> Result<Box<dyn SearchIndex>> {
    shared(store)?;
    let access = if store.read_only().is_some() { IndexAccess::Read } else { IndexAccess::Write };
    index::open(&session.config, store.uuid(), access)
}

fn shared(store: &Store) -> Result<()> {
    match store.can_be_shared() {
        true => Ok(()),
        false => Err(Error::usage("a database in memory has no index")
            .hint("load into a file: --db sqlite:///events.db")),
    }
}

/// Whether a read-only index matches the current database. Problems are printed.
pub(super) fn is_current(session: &Session<'_>, store: &mut Store, index: &dyn SearchIndex) -> Result<bool> {
    Ok(index.is_current(store).unwrap_or_else(|e| {
        session.console.warn(e.full_message());
        false
    }))
}

/// Brings it up to date as far as possible, and prints what prevents it. Returns whether it can be used.
pub(super) fn up_to_date(session: &Session<'_>, store: &mut Store, index: &dyn SearchIndex) -> Result<bool> {
    match write(session, index, |writer, watch| writer.catch_up(store, watch)) {
        Ok(Some(_)) => {}
        Ok(None) => session.console.detail("another program is bringing the index up to date"),
        Err(e) => {
            session.console.warn_of_error(&e);
        }
    }
    match index.status() {
        Ok(status) => Ok(matches!(status, Status::Ready(_))),
        // Another program writes it and will find out too.
        Err(e) => {
            session.console.warn(e.full_message());
            Ok(false)
        }
    }
}

/// Does something as the writer; `None` if another program is. Ctrl-C stops it and keeps the work done.
fn write(
    session: &Session<'_>,
    index: &dyn SearchIndex,
    work: impl FnOnce(&mut dyn IndexWriter, &mut dyn FnMut(Progress) -> ControlFlow<()>) -> Result<u64>,
) -> Result<Option<u64>> {
    let Some(mut writer) = index.writer()? else { return Ok(None) };
    let stop = signals::stop_flag()?;
    let mut bar = Indexed::new(session.console.is_quiet());
    let added = work(&mut *writer, &mut |progress| {
        bar.show(progress.done, progress.of);
        match stop.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    drop(bar);
    if stop.load(Ordering::Relaxed) {
        return Err(
            Error::failed("interrupted").hint("what is in the index stays; the next run goes on there")
        );
    }
    if let Some(damage) = writer.take_damage() {
        session.console.warn(format_args!("{}; the index was rebuilt", damage.full_message()));
    }
    writer.finish()?;
    Ok(Some(added))
}

fn status(session: &Session<'_>, store: &mut Store, index: &dyn SearchIndex) -> Result<()> {
    let now = store.as_of()?;
    let row = |state: &str, events: u64, as_of: Seq, bytes: u64| {
        vec![
            state.into(),
            Cell::Int(events as i64),
            Cell::Int(as_of.get()),
            Cell::Int(now.get() - as_of.get()),
            Cell::Int(bytes as i64),
            index.place().as_str().into(),
        ]
    };
    let row = match index.status()? {
        Status::Absent => row("absent", 0, Seq::default(), 0),
        Status::Growing(events) => row("growing", events, Seq::default(), 0),
        Status::Ready(state) => {
            let name = if state.as_of < now { "behind" } else { "current" };
            row(name, state.events, state.as_of, state.bytes)
        }
    };
    session.print(&mut Table::ready("index", &COLUMNS, vec![row]))
}
