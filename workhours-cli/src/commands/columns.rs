//! `columns status|verify|update|rebuild`, and bringing the columns up to date after a load. `workhours-columns` knows what
//! is in them.

use super::Outcome;
use crate::args::ColumnsCommand;
use crate::console::count;
use crate::progress::Indexed;
use crate::session::Session;
use crate::signals;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;
use workhours_core::columns::{self, Progress, Status, Writer};
use workhours_core::config::ColumnsPolicy;
use workhours_core::error::{Error, Result};
use workhours_core::store::Store;
use workhours_core::table::{Cell, Column, ColumnType, Table};

const COLUMNS: [Column; 6] = [
    Column::new("state", ColumnType::Category, "absent, growing, behind or current"),
    Column::new("events", ColumnType::Int, "events in them"),
    Column::new("as_of", ColumnType::Int, "the last batch of the database that is in them"),
    Column::new("behind", ColumnType::Int, "batches that are not in them yet"),
    Column::new("bytes", ColumnType::Int, "their size").unit("bytes"),
    Column::new("folder", ColumnType::Text, "where they are"),
];

pub(crate) fn run(session: &Session<'_>, command: &ColumnsCommand) -> Result<Outcome> {
    let mut store = session.store()?;
    if !store.can_be_shared() {
        return Err(Error::usage("a database in memory has no columns")
            .hint("load into a file: --db sqlite:///events.db"));
    }
    let folder = session.config.columns_folder();
    match command {
        ColumnsCommand::Status => status(session, &mut store, &folder)?,
        ColumnsCommand::Verify => match columns::verify(&folder, store.uuid())? {
            Some(n) => {
                session.console.say(format_args!("{} of the columns are whole", count(n as u64, "file")));
            }
            None => session.console.say("no columns yet; run workhours columns update to build them"),
        },
        ColumnsCommand::Update => {
            let added =
                write(session, &store, |writer, watch| writer.catch_up(&mut session.store()?, watch))?;
            session.console.say(format_args!("added {}", count(added.ok_or_else(busy)?, "event")));
        }
        ColumnsCommand::Rebuild => {
            let added = write(session, &store, |writer, watch| writer.rebuild(&mut session.store()?, watch))?;
            session
                .console
                .say(format_args!("rebuilt the columns with {}", count(added.ok_or_else(busy)?, "event")));
        }
    }
    Ok(Outcome::Done)
}

fn busy() -> Error {
    Error::failed("another program writes the columns just now")
        .hint("run the command again when it has ended")
}

/// A report that takes longer could be much faster.
const SLOW: Duration = Duration::from_secs(5);

/// Whether columns are kept for a database and don't have its present state.
///
/// # Errors
/// Database errors.
pub(super) fn is_due(folder: &Path, policy: ColumnsPolicy, store: &mut Store) -> Result<bool> {
    let is_due = match columns::status(folder, store.uuid()) {
        Ok(Status::Ready { seq, .. }) => seq < store.as_of()?,
        Ok(Status::Absent) => return Ok(policy.keeps(false, store.journal().added()?)),
        Ok(Status::Growing(_)) => true,
        // The writer repairs them.
        Err(_) => true,
    };
    Ok(is_due && policy.keeps(true, 0))
}

/// The occasions on which columns are brought up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refresh {
    /// They are built if there are none and they are worth it.
    AfterLoad,
    /// Only those that exist: building them would take longer than the report.
    BeforeReport,
}

/// Brings the columns up to date, if they are kept. What prevents it is a warning: reports then read events.
pub(super) fn refresh(session: &Session<'_>, store: &mut Store, when: Refresh) {
    if !store.can_be_shared() || store.read_only().is_some() {
        return;
    }
    let folder = session.config.columns_folder();
    let exist = || !matches!(columns::status(&folder, store.uuid()), Ok(Status::Absent | Status::Growing(_)));
    if when == Refresh::BeforeReport && !exist() {
        return;
    }
    match is_due(&folder, session.config.columns, store) {
        Ok(true) => {}
        Ok(false) => return,
        Err(e) => return session.console.warn_of_error(&e),
    }
    match write(session, store, |writer, watch| writer.catch_up(&mut session.store()?, watch)) {
        Ok(Some(_)) => {}
        Ok(None) => session.console.detail("another program is bringing the columns up to date"),
        Err(e) => session.console.warn_of_error(&e),
    }
}

/// After a report that took this long: says what would make it faster.
pub(super) fn suggest(session: &Session<'_>, store: &Store, took: Duration) {
    let status = || columns::status(&session.config.columns_folder(), store.uuid());
    if took > SLOW && store.can_be_shared() && matches!(status(), Ok(Status::Absent)) {
        session.console.say("reports are faster with columns: workhours columns update builds them");
    }
}

/// Does something as the writer; `None` if another program is. Ctrl-C stops it and keeps the work done.
fn write(
    session: &Session<'_>,
    store: &Store,
    work: impl FnOnce(&mut Writer, &mut dyn FnMut(Progress) -> ControlFlow<()>) -> Result<u64>,
) -> Result<Option<u64>> {
    let Some(mut writer) = Writer::open(&session.config.columns_folder(), store.uuid())? else {
        return Ok(None);
    };
    let stop = signals::stop_flag()?;
    let mut bar = Indexed::new(session.console.is_quiet());
    let added = work(&mut writer, &mut |progress| {
        bar.show(progress.done, progress.of);
        match stop.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    drop(bar);
    if stop.load(Ordering::Relaxed) {
        return Err(
            Error::failed("interrupted").hint("what is in the columns stays; the next run goes on there")
        );
    }
    if let Some(damage) = writer.take_damage() {
        session.console.warn(format_args!("{}; the columns were rebuilt", damage.full_message()));
    }
    Ok(Some(added))
}

fn status(session: &Session<'_>, store: &mut Store, folder: &Path) -> Result<()> {
    let now = store.as_of()?;
    let place = folder.join(store.uuid()).display().to_string();
    let row = |state: &str, events: u64, as_of: i64, bytes: u64| {
        vec![
            state.into(),
            Cell::Int(events as i64),
            Cell::Int(as_of),
            Cell::Int(now.get() - as_of),
            Cell::Int(bytes as i64),
            place.as_str().into(),
        ]
    };
    let row = match columns::status(folder, store.uuid())? {
        Status::Absent => row("absent", 0, 0, 0),
        Status::Growing(events) => row("growing", events, 0, 0),
        Status::Ready { events, bytes, seq } => {
            row(if seq < now { "behind" } else { "current" }, events, seq.get(), bytes)
        }
    };
    session.print(&mut Table::ready("columns", &COLUMNS, vec![row]))
}
