//! One file per thing the command line can do; this one decides which of them runs.

mod alert;
mod background;
mod backup;
mod columns;
mod db;
mod event_lines;
mod fs;
mod hours;
mod index;
mod inputs;
mod kept;
mod list;
mod load;
mod plugin;
mod purge;
mod receiving;
mod redact;
mod rejects;
mod report;
mod reports;
mod retain;
mod runner;
mod scan;
mod schedule;
mod search;
mod selftest;
mod serve;
mod shell;
mod spooled;
mod status;
mod tags;
mod tail;
mod tasks;
mod tokens;
mod watch;
mod watching;
mod writes;

use crate::args::{Cli, Command, ConfigCommand, MainArgs};
use crate::console::Console;
use crate::session::Session;
use crate::{FAILED, USAGE};
use std::process::ExitCode;
use std::time::Instant;
use workhours_core::config;
use workhours_core::error::{Error, Result};
use workhours_core::report::shape::shape;

/// How a command ended that did not fail as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Success.
    Done,
    /// Part of it failed; the details have been printed.
    SomeFailed,
}

impl Outcome {
    pub(crate) fn exit_code(self) -> ExitCode {
        match self {
            Self::Done => ExitCode::SUCCESS,
            Self::SomeFailed => ExitCode::from(FAILED),
        }
    }
}

/// Runs the command.
pub(crate) fn run(cli: &Cli, console: &Console) -> Result<Outcome> {
    match &cli.command {
        Some(Command::Completions { shell }) => return shell::completions(*shell),
        Some(Command::Man) => return shell::man(),
        _ => {}
    }
    let session = Session::open(cli, console)?;
    writes::check(cli, &session)?;
    match &cli.command {
        Some(Command::Inputs(command)) => inputs::run(&session, command, cli.common.timezone.is_some()),
        Some(Command::Tasks(command)) => tasks::run(&session, command),
        Some(Command::Tags(command)) => tags::run(&session, command),
        Some(Command::Purge(asked)) => purge::run(&session, asked),
        Some(Command::Redact(asked)) => redact::run(&session, asked),
        Some(Command::Scan(asked)) => scan::run(&session, asked),
        Some(Command::Search(asked)) => search::run(&session, asked),
        Some(Command::Columns(command)) => columns::run(&session, command),
        Some(Command::Index(command)) => index::run(&session, command),
        Some(Command::Rejects(command)) => rejects::run(&session, command),
        Some(Command::Reports(command)) => reports::run(&session, &cli.main, command),
        Some(Command::Hours(command)) => hours::run(&session, command),
        Some(Command::Retain(asked)) => retain::run(&session, asked),
        Some(Command::Tokens(command)) => tokens::run(&session, command),
        Some(Command::Alert(command)) => alert::run(&session, command),
        Some(Command::Schedule(command)) => schedule::run(&session, command),
        Some(Command::Tail(asked)) => tail::run(&session, asked),
        Some(Command::Status) => status::run(&session),
        Some(Command::Watch(_)) => watch::run(&session),
        Some(Command::Serve(asked)) => serve::run(&session, asked),
        Some(Command::Db(command)) => db::run(&session, command),
        Some(Command::Fs(command)) => fs::run(&session, command),
        Some(Command::Plugin(command)) => plugin::run(&session, command),
        Some(Command::Config(ConfigCommand::Show)) => {
            session.print_text(&config::show(&session.config)).map(|()| Outcome::Done)
        }
        Some(Command::Completions { .. } | Command::Man) => Ok(Outcome::Done),
        None => main_flags(&cli.main, &session),
    }
}

/// The task of the flags without a sub-command.
fn main_flags(main: &MainArgs, session: &Session<'_>) -> Result<Outcome> {
    let mut reports: Vec<String> = main.reports.clone();
    if main.print_all {
        reports.push("events".into());
    }
    let listed = main.list_source_types || main.list_report_types;
    if !(listed || main.test || main.parse) && reports.is_empty() {
        let error = Error::usage(if main.src.is_empty() {
            "nothing to do"
        } else {
            "inputs are given, but neither loading nor a report is asked for"
        });
        return Err(error.hint("-P loads the inputs, -r NAME prints a report; see workhours --help"));
    }
    // Names first: a mistyped report must not be found out after an hour of loading.
    let reports = report::resolve(&reports)?;
    if reports.len() > 1 && session.to_file() {
        return Err(Error::usage("-o takes one report").hint("run one report at a time, or write to -"));
    }
    report::check(main, &reports)?;
    let params = report::params(main, session)?;
    let shaped = report::shape(main)?;
    session.output()?;
    if !main.parse {
        warn_of_unread(main, session);
    }
    let mut outcome = Outcome::Done;
    if main.test && selftest::run(session)? == Outcome::SomeFailed {
        outcome = Outcome::SomeFailed;
    }
    if main.list_source_types {
        list::source_types(session)?;
    }
    if main.list_report_types {
        list::report_types(session)?;
    }
    if main.parse || !reports.is_empty() {
        let mut store = session.store()?;
        let how = load::How { reread: main.reread, strict: main.strict, index: main.index };
        if main.parse && load::run(session, &mut store, how, reports.is_empty())? == Outcome::SomeFailed {
            outcome = Outcome::SomeFailed;
        }
        if !reports.is_empty() {
            columns::refresh(session, &mut store, columns::Refresh::BeforeReport);
            kept::warn_of_hosts(session, &mut store)?;
        }
        let begun = Instant::now();
        for report in reports {
            session.print(&mut shape(workhours_core::report::run(report, &mut store, &params)?, &shaped)?)?;
        }
        columns::suggest(session, &store, begun.elapsed());
    }
    Ok(outcome)
}

/// Only -P reads inputs on the command line: without it a report shows what was loaded before.
fn warn_of_unread(main: &MainArgs, session: &Session<'_>) {
    let (pairs, _) = main.src.as_chunks::<2>();
    let paths: Vec<_> = pairs.iter().map(|[_, path]| path.to_string_lossy()).collect();
    if !paths.is_empty() {
        session.console.warn(format_args!("nothing was loaded from {}; -P loads it", paths.join(", ")));
    }
}

// The exit code of wrong usage is decided in `main`; named here so that the two stay side by side.
const _: () = assert!(FAILED == 1 && USAGE == 2);
