//! Lines at which records begin. They aren't stored: the caller provides a way to find them.

use super::{FileId, Store};
use rustc_hash::FxHashMap;
use std::fmt::Debug;
use workhours_base::error::Result;

/// Lines by logical file and offset, counted from 1.
pub type Lines = FxHashMap<(FileId, i64), u64>;

/// Finds the lines at which records begin.
pub trait FindLines: Debug + Send + Sync {
    /// The lines of these offsets in logical files. Offsets are missing if their file has no lines or no longer exists.
    ///
    /// # Errors
    /// Database errors.
    fn find(&self, store: &mut Store, at: &[(FileId, i64)]) -> Result<Lines>;
}
