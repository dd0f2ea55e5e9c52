//! A load to do, and one that was done.

use std::path::PathBuf;
use workhours_base::error::Result;
use workhours_base::input::InputSpec;
use workhours_ingest::RunSummary;

/// Which files of an input are loaded.
#[derive(Debug)]
pub(crate) enum Scope {
    /// All, changed or not.
    All,
    /// Those at these paths.
    Files(Vec<PathBuf>),
}

/// A load to do.
pub(crate) struct Work {
    /// Which input.
    pub(crate) input: usize,
    pub(crate) spec: InputSpec,
    pub(crate) scope: Scope,
}

/// A load that was done.
pub(crate) struct Done {
    /// Which input.
    pub(crate) input: usize,
    /// Fails when the database can't be written.
    pub(crate) result: Result<RunSummary>,
}
