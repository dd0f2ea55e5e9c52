//! A path that holds another file than last time: the rest of the old one is read where it went.

use super::file;
use super::job::Job;
use super::plan::PlannedFile;
use super::run::Engine;
use super::summary::RunSummary;
use crate::error::Result;
use crate::filestore::Extract;
use crate::store::TaskState;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// What is remembered from file to file of one input.
#[derive(Default)]
pub(super) struct Series {
    /// The latest file of each rotated series, and where its bytes are.
    pub(super) latest: HashMap<PathBuf, (i64, PathBuf)>,
    /// The paths being read: a rotation is followed from one to the next, and never back.
    pub(super) open: Vec<PathBuf>,
}

/// What following a rotation came to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Followed {
    /// What the path held is not beside it.
    Lost,
    /// All that was moved away has been read.
    Whole,
    /// Some of it could not be read: the next run must look for it again.
    InPart,
}

impl Engine<'_> {
    /// The path holds another file than last time: reads the rest of the old one where it went, and then
    /// what was rotated away after it.
    pub(super) fn follow_rotation(
        &mut self,
        job: &Job<'_>,
        path: &Path,
        old: i64,
        series: &mut Series,
        summary: &mut RunSummary,
    ) -> Result<Followed> {
        let Some((row, _)) = self.store.file(old)? else { return Ok(Followed::Lost) };
        let rotated = file::find_rotated(path, &row);
        if rotated.is_empty() {
            return Ok(Followed::Lost);
        }
        let mut inner = RunSummary::default();
        for path in rotated {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(Followed::InPart);
            }
            if !series.open.contains(&path) {
                let planned = PlannedFile { series: super::plan::series(&path), path };
                self.run_file(job, &planned, series, &mut inner, Vec::new());
            }
        }
        let followed = if inner.failed_tasks > 0 { Followed::InPart } else { Followed::Whole };
        for task in inner.tasks.into_iter().filter(|t| t.state != TaskState::Unchanged) {
            summary.push(task);
        }
        Ok(followed)
    }

    /// Whether what was read at a path is still its beginning: a copy of a file that has gone its own way since.
    pub(super) fn has_grown(&mut self, path: &Path, old: i64, extract: &Extract) -> Result<bool> {
        let Some((row, cursor)) = self.store.file(old)? else { return Ok(false) };
        let length = cursor.map_or(0, |c| c.at.position.offset);
        let begins = row.head_len > 0
            && extract.head.prefix_hash(row.head_len as u64).as_ref() == Some(&row.head_hash);
        Ok(begins && Path::new(&row.path) != path && extract.size().is_some_and(|size| size >= length))
    }
}
