//! The progress of a task, and who receives it.

use super::sink::Shared;
use std::sync::atomic::Ordering;

/// Told how far a task is. Called on the loader's thread.
pub trait Progress {
    /// A task begins; the size is that on disk, still compressed.
    fn start(&self, path: &str, bytes: Option<u64>);
    /// This many bytes were read from disk, and this many records found.
    fn advance(&self, bytes: u64, records: u64);
    /// The task has ended.
    fn finish(&self);
}

impl dyn Progress + '_ {
    pub(super) fn tick(&self, bytes: u64, shared: &Shared) {
        self.advance(bytes, shared.records.load(Ordering::Relaxed));
    }
}
