//! Output for people: messages, warnings and errors, all on standard error.

use crate::args::{ColorChoice, Common};
use std::fmt::Display;
use std::io::{IsTerminal, Write};
use workhours_core::disk;
use workhours_core::error::Error;
use workhours_core::table::Note;

/// The standard error stream, as loud as the user wants it.
pub(crate) struct Console {
    quiet: bool,
    verbose: u8,
    color: bool,
}

impl Console {
    pub(crate) fn new(common: &Common) -> Self {
        let color = wants_color(common.color, std::io::stderr().is_terminal());
        Self { quiet: common.quiet, verbose: common.verbose, color }
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Something the user wants to know.
    pub(crate) fn say(&self, message: impl Display) {
        if !self.quiet {
            self.line("", "", message);
        }
    }

    /// A message that is printed even with `--quiet`.
    pub(crate) fn must_say(&self, message: impl Display) {
        self.line("", "", message);
    }

    /// Something the user wants to know when asked for more.
    pub(crate) fn detail(&self, message: impl Display) {
        if self.verbose > 0 && !self.quiet {
            self.line("", "", message);
        }
    }

    /// Something that is not wrong but may not be meant.
    pub(crate) fn warn(&self, message: impl Display) {
        if !self.quiet {
            self.line("33", "warning: ", message);
        }
    }

    /// The same, with what to do about it.
    pub(crate) fn warn_of(&self, note: &Note) {
        self.warn(&note.text);
        if let Some(hint) = note.hint.as_ref().filter(|_| !self.quiet) {
            self.line("36", "hint: ", hint);
        }
    }

    /// An error that doesn't end the run.
    pub(crate) fn warn_of_error(&self, error: &Error) {
        self.warn(error.full_message());
        if let Some(hint) = error.hint_text().filter(|_| !self.quiet) {
            self.line("36", "hint: ", hint);
        }
    }

    /// Notes on a result.
    pub(crate) fn note(&self, note: &Note) {
        if !self.quiet {
            self.line("36", "note: ", &note.text);
            if let Some(hint) = &note.hint {
                self.line("36", "hint: ", hint);
            }
        }
    }

    /// An error with its causes and its hint.
    pub(crate) fn error(&self, e: &Error) {
        self.problem(e.full_message(), e.hint_text().or_else(|| disk::hint(e)));
    }

    /// An error that is known by its text.
    pub(crate) fn problem(&self, message: impl Display, hint: Option<&str>) {
        self.line("31", "error: ", message);
        if let Some(hint) = hint {
            self.line("36", "hint: ", hint);
        }
    }

    fn line(&self, color: &str, label: &str, message: impl Display) {
        let mut err = std::io::stderr().lock();
        let text = printable(&message.to_string());
        // If standard error is closed, there is nowhere left to print.
        let _ = match self.color && !label.is_empty() {
            true => writeln!(err, "\x1b[1;{color}m{label}\x1b[0m{text}"),
            false => writeln!(err, "{label}{text}"),
        };
    }
}

/// Names and records of files end up in messages; they must not drive the terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() && c != '\n' && c != '\t' { char::REPLACEMENT_CHARACTER } else { c })
        .collect()
}

/// `1 event`, `2 events`.
pub(crate) fn count(n: u64, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// Whether to colour a stream. `NO_COLOR` (any value but empty) is obeyed as its convention asks.
pub(crate) fn wants_color(choice: ColorChoice, terminal: bool) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
    }
}
