//! `-P`: loads every input and prints the result.

use super::Outcome;
use super::background::{Background, ColumnsCopy, IndexCopy};
use super::columns::{self, Refresh};
use crate::console::count;
use crate::progress::Bar;
use crate::session::Session;
use crate::signals;
use indicatif::MultiProgress;
use std::path::Path;
use workhours_core::config::ColumnsPolicy;
use workhours_core::error::{Error, Result};
use workhours_core::ingest::{Crew, Engine, LeftAlone, RunSummary, TaskSummary};
use workhours_core::input::InputSpec;
use workhours_core::store::{Pool, Store, TaskState};
use workhours_core::table::{Cell, Column, ColumnType, Table};

/// How to load.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct How {
    /// From the start, whatever was read before.
    pub(crate) reread: bool,
    /// Rejects and warnings fail the run.
    pub(crate) strict: bool,
    /// The search index is updated in parallel.
    pub(crate) index: bool,
}

/// Loads the inputs of `-s` and of the config. With `summary_on_stdout`, `-O` formats the summary instead of a report.
pub(crate) fn run(
    session: &Session<'_>,
    store: &mut Store,
    how: How,
    summary_on_stdout: bool,
) -> Result<Outcome> {
    let registry = session.registry()?;
    let inputs = &session.config.inputs;
    if inputs.is_empty() {
        return Err(Error::usage("there is no input to load")
            .hint("name one with -s TYPE PATH, or in a config file given by -c"));
    }
    for input in inputs.iter().filter(|i| i.source_type != "auto") {
        registry.get(&input.source_type).map_err(|e| {
            Error::usage(format!("{}: {e}", input.origin)).hint(e.hint_text().unwrap_or_default())
        })?;
    }
    load(session, store, inputs, how, summary_on_stdout)
}

/// Loads these inputs, whose source types are known.
pub(crate) fn load(
    session: &Session<'_>,
    store: &mut Store,
    inputs: &[InputSpec],
    how: How,
    summary_on_stdout: bool,
) -> Result<Outcome> {
    let index = match how.index {
        true => match IndexCopy::open(session, store) {
            // Loading doesn't depend on it.
            Err(e) if !e.is_user_error() => {
                session.console.warn_of_error(&e);
                None
            }
            opened => opened?,
        },
        false => None,
    };
    let index = index.map(|copy| Background::begin(session, copy)).transpose()?;
    let columns_copy = match store.can_be_shared() && session.config.columns != ColumnsPolicy::Never {
        true => Some(Background::begin(session, ColumnsCopy::new(session))?),
        false => None,
    };
    let summary = if session.config.jobs > 1 && inputs.len() > 1 && store.can_be_shared() {
        load_together(session, inputs, how)?
    } else {
        let bar = Bar::new(session.console.is_quiet());
        let mut engine = Engine {
            store,
            fs: session.filestore()?,
            registry: session.registry()?,
            config: &session.config,
            reread: how.reread,
            stop: signals::stop_flag()?,
            progress: &bar,
        };
        engine.run(inputs)?
    };
    report(session, &summary, summary_on_stdout)?;
    if let Some(copy) = columns_copy {
        match copy.finish() {
            Ok(()) if !summary.interrupted => columns::refresh(session, store, Refresh::AfterLoad),
            Ok(()) => {}
            Err(e) => session.console.warn_of_error(&e),
        }
    }
    if let Some(index) = index {
        index.finish()?;
    }
    let strictly = how.strict && is_doubtful(session, &summary);
    Ok(if summary.failed_tasks > 0 || summary.interrupted || strictly {
        Outcome::SomeFailed
    } else {
        Outcome::Done
    })
}

/// Prints what makes a load fail with `--strict`, if anything does.
fn is_doubtful(session: &Session<'_>, summary: &RunSummary) -> bool {
    let what = match (summary.rejected, summary.has_warnings()) {
        (0, false) => return false,
        (0, true) => "there were warnings".into(),
        (rejected, _) => format!("rejected {}", count(rejected, "record")),
    };
    session.console.problem(what, Some("without --strict this does not fail the run"));
    true
}

fn load_together(session: &Session<'_>, inputs: &[InputSpec], how: How) -> Result<RunSummary> {
    let config = &session.config;
    let quiet = session.console.is_quiet();
    let bars = MultiProgress::new();
    let crew = Crew {
        pool: &Pool::open(&config.database, config.database_connections)?,
        fs: session.filestore()?,
        registry: session.registry()?,
        config,
        reread: how.reread,
        stop: signals::stop_flag()?,
        progress: &|| Box::new(Bar::among(&bars, quiet)),
    };
    crew.run(inputs)
}

/// With more files than this, successful ones are shown only with `-v`.
const MANY_FILES: usize = 20;

/// Among how many others a file was read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Each {
    Alone,
    OfFew,
    OfMany,
}

/// Prints the result: for people on standard error, for programs on standard output if nothing else goes there.
pub(crate) fn report(session: &Session<'_>, summary: &RunSummary, on_stdout: bool) -> Result<()> {
    let each = match summary.tasks.len() {
        1 => Each::Alone,
        n if n > MANY_FILES => Each::OfMany,
        _ => Each::OfFew,
    };
    for task in &summary.tasks {
        tell(session, task, each);
    }
    tell_left_alone(session, summary);
    if summary.tasks.len() != 1 {
        session.console.say(format_args!(
            "{}: {}: {} new, {} known, {} updated; {} rejected",
            count(summary.tasks.len() as u64, "file"),
            count(summary.events, "event"),
            summary.inserted,
            summary.duplicates,
            summary.updated,
            summary.rejected
        ));
    }
    if !on_stdout || !session.wants_data() {
        return Ok(());
    }
    if session.output()?.info().name == "json" {
        let text = serde_json::to_string(summary).unwrap_or_default();
        return session.print_text(&(text + "\n"));
    }
    session.print(&mut table(summary))
}

/// Files of folders and patterns that weren't read: a line for those no source understands, and one for those that
/// aren't regular files.
fn tell_left_alone(session: &Session<'_>, summary: &RunSummary) {
    for file in &summary.left_alone {
        session.console.detail(format_args!("{}: left alone: {}", file.path, file.reason));
    }
    let (files, others): (Vec<_>, Vec<_>) = summary.left_alone.iter().partition(|found| found.kind.is_none());
    let names = first_names(&files);
    match files.len() {
        0 => {}
        1 => {
            session.console.warn(format_args!("1 file was left alone: no source knows its format ({names})"))
        }
        n => session
            .console
            .warn(format_args!("{n} files were left alone: no source knows their format ({names})")),
    }
    let names = first_names(&others);
    match others.len() {
        0 => {}
        1 => session.console.warn(format_args!(
            "1 was left alone, because it is no regular file ({names}); name it to read it as a stream"
        )),
        n => session.console.warn(format_args!(
            "{n} were left alone, because they are pipes, devices, sockets or the like ({names}); name one to read it \
             as a stream"
        )),
    }
}

/// The names of the first few; all are in the summary for scripts.
fn first_names(files: &[&LeftAlone]) -> String {
    const SHOWN: usize = 3;
    let name = |path: &str| match Path::new(path).file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => path.to_owned(),
    };
    let mut names: Vec<String> = files.iter().take(SHOWN).map(|file| name(&file.path)).collect();
    if files.len() > SHOWN {
        names.push("…".into());
    }
    names.join(", ")
}

fn tell(session: &Session<'_>, task: &TaskSummary, each: Each) {
    let t = &task.totals;
    let took = format!("{:.1} s", task.elapsed_ms as f64 / 1000.0);
    let read_as = if task.detected { format!("{}, ", task.source_type) } else { String::new() };
    match task.state {
        TaskState::Unchanged if each == Each::Alone => {
            session.console.say(format_args!("{}: {read_as}nothing new", task.path));
        }
        TaskState::Unchanged => session.console.detail(format_args!("{}: {read_as}nothing new", task.path)),
        TaskState::Failed => {}
        TaskState::Done | TaskState::Partial => {
            let mut parts = vec![format!("{} new", t.inserted)];
            for (n, what) in [(t.duplicates, "known"), (t.updated, "updated"), (t.rejected, "rejected")] {
                if n > 0 {
                    parts.push(format!("{n} {what}"));
                }
            }
            let line = format_args!(
                "{}: {read_as}{}, {} ({took})",
                task.path,
                count(t.events, "event"),
                parts.join(", ")
            )
            .to_string();
            match (each, task.state) {
                (Each::OfMany, TaskState::Done) => session.console.detail(line),
                _ => session.console.say(line),
            }
        }
    }
    for note in &task.notes {
        session.console.warn(format_args!("{}: {note}", task.path));
    }
    if let Some(error) = &task.error {
        session.console.problem(error, task.hint.as_deref());
    }
}

const COLUMNS: [Column; 13] = [
    Column::new("id", ColumnType::Text, "the task's number; empty when there was nothing to do"),
    Column::new("source_type", ColumnType::Text, "its source type"),
    Column::detail("label", ColumnType::Text, "the input's label"),
    Column::new("path", ColumnType::Text, "the file read"),
    Column::new("state", ColumnType::Text, "done, unchanged, partial or failed"),
    Column::new("records", ColumnType::Int, "records found"),
    Column::new("events", ColumnType::Int, "records that became events"),
    Column::new("inserted", ColumnType::Int, "events that were not there"),
    Column::new("duplicates", ColumnType::Int, "events that were"),
    Column::new("updated", ColumnType::Int, "events that were there with another content"),
    Column::new("rejected", ColumnType::Int, "records refused"),
    Column::detail("elapsed_ms", ColumnType::Int, "how long it took, milliseconds"),
    Column::detail("error", ColumnType::Text, "why it failed"),
];

fn table(summary: &RunSummary) -> Table<'static> {
    let int = |n: u64| Cell::Int(i64::try_from(n).unwrap_or(i64::MAX));
    let row = |task: &TaskSummary| {
        let t = &task.totals;
        vec![
            task.id.clone().into(),
            task.source_type.as_str().into(),
            task.label.as_str().into(),
            task.path.as_str().into(),
            task.state.as_str().into(),
            int(t.records),
            int(t.events),
            int(t.inserted),
            int(t.duplicates),
            int(t.updated),
            int(t.rejected),
            int(task.elapsed_ms),
            task.error.clone().into(),
        ]
    };
    Table::ready("run", &COLUMNS, summary.tasks.iter().map(row).collect())
}
