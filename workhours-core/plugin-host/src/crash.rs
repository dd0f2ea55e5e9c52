//! The crash report of a worker: `reporter` writes it, `causes` explains it to people.
//!
//! One frame connects the two: a signal, a value that depends on it, and the memory in use. Not here: errors that the
//! source itself returns.

mod causes;
mod reporter;

pub(super) use causes::{describe, describe_exit};
pub(super) use reporter::install;

/// Exit status of a worker that was stopped by a signal and could say so.
const STATUS: i32 = 112;
/// The like, when its time was up. That can come while a frame is half written, and the words are lost then.
const STATUS_TIME: i32 = 113;
/// Set in the value of a frame: the stack overflowed, or more memory was asked for than there may ever be.
const TOO_MUCH: u64 = 1 << 63;
/// The value of a frame if it is unknown.
const UNKNOWN: u64 = TOO_MUCH - 1;
