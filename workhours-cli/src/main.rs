//! The `workhours` command: argv in, exit code out.
//!
//! The only crate that links the sources and the engine together. Nothing here parses a format, speaks SQL or
//! lays out a table.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod args;
mod commands;
mod console;
mod progress;
mod session;
mod signals;

// The linker drops an unreferenced crate, and its registered sources with it.
use workhours_plugins as _;

use args::Cli;
use clap::Parser;
use clap::error::ErrorKind;
use console::Console;
use std::io::Write;
use std::process::ExitCode;
use workhours_core::error::Error;

/// Rows are made on one thread and written on another; the system's allocator makes them wait for each other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Something failed, though the asking was right.
const FAILED: u8 = 1;
/// The asking was wrong.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    // A plugin's worker is this program again. Nothing else may happen before, and no user types this.
    if std::env::args_os().nth(1).is_some_and(|arg| arg == workhours_core::plugin_host::WORKER_ARG) {
        return workhours_core::plugin_host::worker_main();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            // Help and version arrive here too; clap knows which stream and code is theirs.
            let _ = e.print();
            let stray = matches!(e.kind(), ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand);
            if stray && std::env::args_os().any(|a| a == "-s") {
                let _ = writeln!(
                    std::io::stderr(),
                    "hint: -s takes one path; quote a pattern: -s TYPE 'access.log*'"
                );
            }
            return ExitCode::from(u8::try_from(e.exit_code()).unwrap_or(USAGE));
        }
    };
    let console = Console::new(&cli.common);
    signals::outlive_file_size_limit();
    let code = run(&cli, &console);
    if signals::is_file_size_limit_reached() {
        console.problem(
            "a file may not grow any further: the limit on the size of files (ulimit -f) was reached",
            Some(
                "raise it with `ulimit -f unlimited` and run the same command again; what was stored is kept",
            ),
        );
        return ExitCode::from(FAILED);
    }
    code
}

fn run(cli: &Cli, console: &Console) -> ExitCode {
    match commands::run(cli, console) {
        Ok(outcome) => outcome.exit_code(),
        Err(e) if is_closed_pipe(&e) => ExitCode::SUCCESS,
        Err(e) => {
            console.error(&e);
            ExitCode::from(if e.is_user_error() { USAGE } else { FAILED })
        }
    }
}

/// The reader of our output has closed it, as `head` does: that isn't an error.
fn is_closed_pipe(e: &Error) -> bool {
    let mut below: Option<&dyn std::error::Error> = Some(e);
    while let Some(e) = below {
        if e.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe) {
            return true;
        }
        below = e.source();
    }
    false
}
