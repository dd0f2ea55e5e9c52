//! What a watch tells: once when it begins, and not again for each line or each attempt.

use crate::clock::Jump;
use workhours_base::input::InputSpec;
use workhours_ingest::{RunSummary, TaskSummary};

/// Something worth telling.
#[derive(Debug)]
pub enum Happening<'h> {
    /// All inputs are followed from now on.
    Following {
        /// How many inputs there are.
        inputs: usize,
        /// How many files they have.
        files: usize,
    },
    /// A load has ended that found something.
    Loaded {
        /// Of this input.
        input: &'h InputSpec,
        /// What it came to.
        summary: &'h RunSummary,
    },
    /// A file can't be read; it is tried again.
    Failed {
        /// The file and why.
        task: &'h TaskSummary,
    },
    /// A file that could not be read could.
    Recovered {
        /// The file.
        path: &'h str,
    },
    /// A file that could not be read is gone.
    Gone {
        /// The file.
        path: &'h str,
    },
    /// An input has no files; they are waited for.
    Absent {
        /// Of this input.
        input: &'h InputSpec,
        /// Why.
        why: &'h str,
    },
    /// An input that had no files has some.
    Appeared {
        /// This one.
        input: &'h InputSpec,
    },
    /// Another program follows an input; this one waits.
    Held {
        /// This input.
        input: &'h InputSpec,
        /// The program, for people.
        by: &'h str,
    },
    /// This program follows it now.
    Taken {
        /// This input.
        input: &'h InputSpec,
    },
    /// Files of an input are checked in turn, because the system reports no changes.
    Polling {
        /// Of this input.
        input: &'h InputSpec,
        /// Why, with a hint.
        why: &'h str,
    },
    /// Notices were lost: all files are checked.
    NoticesLost,
    /// The database can't be written; it is tried again.
    DatabaseFailed {
        /// Why.
        error: &'h workhours_base::error::Error,
    },
    /// The database can be written again.
    DatabaseRecovered,
    /// The machine slept, or the clock was set: all files are checked.
    TimeJumped {
        /// How.
        jump: Jump,
    },
}

/// Told what happens, on the watch's thread.
pub trait Observer {
    /// Something has happened.
    fn tell(&mut self, happening: &Happening<'_>);

    /// Called several times a second, whatever happens: it's alive.
    fn beat(&mut self) {}
}
