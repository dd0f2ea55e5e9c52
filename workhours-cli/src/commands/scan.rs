//! `scan`: shows the inputs on this machine, and loads them or writes them into a config. The engine finds and
//! identifies them.

use super::{Outcome, load};
use crate::args::Scan as Asked;
use crate::console::count;
use crate::session::Session;
use std::path::{Path, PathBuf};
use workhours_core::config::{show_inputs, show_me};
use workhours_core::database::{DatabaseUri, SqlitePath};
use workhours_core::error::{Error, Result};
use workhours_core::ingest::was_loaded;
use workhours_core::scan::{Chosen, Finding, Scan, scan, write_config};
use workhours_core::store::Store;
use workhours_core::table::{Cell, Column, ColumnType, Table};

const COLUMNS: [Column; 9] = [
    Column::new("source_type", ColumnType::Text, "the source type at whose usual place it lies"),
    Column::new("path", ColumnType::Text, "where it is"),
    Column::new("size_bytes", ColumnType::Int, "bytes on disk"),
    Column::new(
        "records",
        ColumnType::Int,
        "records in it, by its beginning; empty when that would be guessing",
    ),
    Column::detail("counted", ColumnType::Bool, "whether the records were counted, not estimated"),
    Column::new("modified", ColumnType::Time, "when it was last written to"),
    Column::new("loaded", ColumnType::Bool, "whether something of it was loaded"),
    Column::detail("place", ColumnType::Text, "the usual place it was found at"),
    Column::new("remark", ColumnType::Text, "what keeps it from being read, or speaks against its type"),
];

pub(crate) fn run(session: &Session<'_>, asked: &Asked) -> Result<Outcome> {
    session.output()?;
    let registry = session.registry()?;
    let mut types = Vec::new();
    for name in &asked.sources {
        types.push(registry.get(name)?.source.info().name);
    }
    let config = asked.write_config.as_ref().map(|file| config_file(session, file.as_deref())).transpose()?;
    let scan = scan(registry, &types, session.environment());
    let mut outcome = Outcome::Done;
    if let Some(file) = &config {
        write(session, file, &scan, asked.force)?;
    }
    if asked.load {
        let chosen = scan.to_load();
        say_left_out(session, &chosen);
        let mut store = session.store()?;
        outcome = load::load(session, &mut store, &chosen.inputs, load::How::default(), true)?;
    }
    if config.is_none() && !asked.load {
        list(session, &scan)?;
    }
    Ok(outcome)
}

fn list(session: &Session<'_>, scan: &Scan) -> Result<()> {
    let mut store = existing_store(session)?;
    let mut rows = Vec::new();
    for finding in &scan.findings {
        rows.push(cells(finding, store.as_mut())?);
    }
    session.print(&mut Table::ready("scan", &COLUMNS, rows))?;
    session.console.say(match scan.findings.len() {
        0 => "nothing was found".to_owned(),
        n => format!("{} found; --load loads, --write-config names them", count(n as u64, "input file")),
    });
    Ok(())
}

/// The database, if there is one: looking around creates none.
fn existing_store(session: &Session<'_>) -> Result<Option<Store>> {
    match &session.config.database {
        DatabaseUri::Sqlite(SqlitePath::File(file)) if !file.exists() => Ok(None),
        _ => session.store().map(Some),
    }
}

fn cells(f: &Finding, store: Option<&mut Store>) -> Result<Vec<Cell>> {
    let int = |n: u64| Cell::Int(i64::try_from(n).unwrap_or(i64::MAX));
    let mut loaded = false;
    if let Some(store) = store {
        for name in f.names() {
            loaded = loaded || was_loaded(store, f.source_type, name)?;
        }
    }
    Ok(vec![
        f.source_type.into(),
        Cell::from(f.path.to_string_lossy().into_owned()),
        f.size.map_or(Cell::Null, int),
        f.records.map_or(Cell::Null, int),
        f.records.map_or(Cell::Null, |_| Cell::Bool(f.counted)),
        f.modified_us.map_or(Cell::Null, Cell::Time),
        Cell::Bool(loaded),
        f.place.into(),
        f.look.remark().map(str::to_owned).into(),
    ])
}

fn say_left_out(session: &Session<'_>, chosen: &Chosen) {
    for (path, why) in &chosen.left_out {
        session.console.warn(format_args!("{} is left out: {why}", path.display()));
    }
}

/// The file to write: the one named, else the one read when none is named.
fn config_file(session: &Session<'_>, named: Option<&Path>) -> Result<PathBuf> {
    match named {
        Some(file) => Ok(file.to_owned()),
        None => session.environment().default_config_file().ok_or_else(|| {
            Error::failed("there is no home directory to keep a config in")
                .hint("name the file: --write-config FILE")
        }),
    }
}

fn write(session: &Session<'_>, file: &Path, scan: &Scan, force: bool) -> Result<()> {
    let chosen = scan.to_keep();
    say_left_out(session, &chosen);
    if chosen.inputs.is_empty() {
        session.console.say("nothing was found that could be loaded, so no config is written");
        return Ok(());
    }
    let text = format!(
        "# Written by workhours scan: what lay at the usual places.\n# workhours -P loads it.\n{}{}",
        show_me(&session.config.hours.people.me),
        show_inputs(&chosen.inputs)
    );
    write_config(file, &text, force)?;
    session.console.say(format_args!("{}: {}", file.display(), count(chosen.inputs.len() as u64, "input")));
    Ok(())
}
