//! A path that has another file than last time: the rest of the old one is read at its new place.

use super::{Engine, Reading};
use crate::file::{self, MAX_LISTINGS};
use crate::job::Job;
use crate::path::{open_named, path_key};
use crate::plan::PlannedFile;
use crate::summary::RunSummary;
use crate::task::{self, Outcome};
use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;
use workhours_base::error::Result;
use workhours_filestore::{Extract, open_source, stat};
use workhours_plugin_api::Growth;
use workhours_store::{FileId, Sighting, TaskState, Totals};

/// State kept between the files of one input.
#[derive(Default)]
pub(super) struct Rotation {
    /// The paths being read: a rotation is followed from one to the next, and never back.
    pub(super) open: Vec<PathBuf>,
    /// Completely read files, by path and inode: files that all changed their names lead to each other.
    pub(super) read: HashSet<(PathBuf, (u64, u64))>,
    /// Files that were there when the run began and were not when their turn came.
    pub(super) gone: Vec<PathBuf>,
}

/// The result of following a rotation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Followed {
    /// The old file of the path isn't next to it.
    Lost,
    /// All rotated files have been read.
    Whole,
    /// Part of it couldn't be read: the next run must look for it again.
    InPart,
}

/// The note on a file that was rotated by copying and truncating.
pub(super) const COPIED: &str = "it was copied and truncated since the last run (copytruncate), as far as can be told; lines written \
    between the two are in neither file, so some may be missing. With create in the place of copytruncate none are";

/// The file at each path.
pub(super) type Inodes = HashMap<PathBuf, (u64, u64)>;

/// The identity of these files, to recognise them under other names.
pub(super) fn inodes(files: &[PlannedFile]) -> Inodes {
    let inode = |file: &PlannedFile| Some((file.path.clone(), stat(&file.path)?.inode));
    files.iter().filter_map(inode).filter(|(_, inode)| *inode != (0, 0)).collect()
}

/// Opens a file whose name may be missing for a moment during rotation.
pub(super) fn open(path: &Path, job: &Job<'_>) -> Result<Extract> {
    let mut opened = open_named(path, job);
    for _ in 0..MAX_LISTINGS {
        if opened.is_ok() || stat(path).is_none() {
            break;
        }
        opened = open_named(path, job);
    }
    opened
}

/// Whether a growing log no longer exists: rotated away, perhaps, since the files were listed.
pub(super) fn has_gone(job: &Job<'_>, path: &Path) -> bool {
    job.source.info().growth == Growth::Append
        && path.as_os_str() != "-"
        && matches!(std::fs::symlink_metadata(path), Err(e) if e.kind() == ErrorKind::NotFound)
        && stat(path).is_none()
}

/// Whether a path leads to another file by now than the one that was opened there.
pub(super) fn has_moved(path: &Path, opened: &Extract) -> bool {
    let inode = opened.stat.as_ref().map(|s| s.inode).filter(|inode| *inode != (0, 0));
    inode.is_some_and(|inode| stat(path).is_none_or(|now| now.inode != inode))
}

impl Engine<'_> {
    /// A missing path: reads the rest of its old file at its new place. `None` if the old file is unknown, or not in
    /// the same folder, and there are more paths than this one.
    pub(super) fn read_where_it_went(
        &mut self,
        job: &Job<'_>,
        path: &Path,
        rotation: &mut Rotation,
        summary: &mut RunSummary,
    ) -> Option<Result<Outcome>> {
        let seen = match self.store.sightings().get(&path_key(path), job.source_type(), job.scope()) {
            Ok(seen) => seen,
            Err(e) => return Some(Err(e)),
        };
        let followed = seen.map(|seen| self.follow_rotation(job, path, &seen, rotation, summary));
        match followed {
            Some(Err(e)) => Some(Err(e)),
            Some(Ok(Followed::Whole | Followed::InPart)) => {
                Some(Ok(task::ended(None, TaskState::Unchanged, Totals::default(), None)))
            }
            Some(Ok(Followed::Lost)) | None if path != job.spec.path => None,
            Some(Ok(Followed::Lost)) | None => Some(open_source(path).map(|_| {
                // It has come back this very moment. The next run reads it.
                task::ended(None, TaskState::Unchanged, Totals::default(), None)
            })),
        }
    }

    /// Files of a pattern or a folder disappeared before they were read: they are looked for under other names. Reports
    /// those that can't be found as removed.
    pub(super) fn find_again(
        &mut self,
        reading: &mut Reading<'_>,
        there: &Inodes,
        list: &dyn Fn() -> Vec<PlannedFile>,
        summary: &mut RunSummary,
    ) {
        let mut gone = HashSet::new();
        for _ in 0..MAX_LISTINGS {
            let new = std::mem::take(&mut reading.rotation.gone);
            if new.is_empty() || self.stop.load(Ordering::Relaxed) {
                break;
            }
            gone.extend(new);
            let mut inner = RunSummary::default();
            for planned in list() {
                reading.job.turn_to(&planned.path);
                self.run_file(&reading.job, &planned, &mut reading.rotation, &mut inner, Vec::new());
            }
            self.end_group(&mut inner);
            for task in inner.tasks.into_iter().filter(|t| t.state != TaskState::Unchanged) {
                summary.push(task);
            }
        }
        let now: HashSet<(u64, u64)> = inodes(&list()).into_values().collect();
        let mut lost: Vec<PathBuf> = gone
            .into_iter()
            .filter(|path| there.get(path).is_none_or(|inode| !now.contains(inode)))
            .collect();
        lost.sort();
        for path in lost {
            let outcome = task::ended(None, TaskState::Unchanged, Totals::default(), None);
            let note = "it was there when the run began and is not any more, under no name; if it was not \
                        loaded before, its lines are missing";
            let path = path.to_string_lossy();
            summary.push(self.conclude(&reading.job, &path, outcome, Instant::now(), vec![note.to_owned()]));
        }
    }

    /// The path has another file than last time: reads the rest of the old one at its new place, and then the files
    /// rotated after it.
    pub(super) fn follow_rotation(
        &mut self,
        job: &Job<'_>,
        path: &Path,
        seen: &Sighting,
        rotation: &mut Rotation,
        summary: &mut RunSummary,
    ) -> Result<Followed> {
        let Some((row, _)) = self.store.files().get(seen.file_id)? else { return Ok(Followed::Lost) };
        let mut rotated = file::find_rotated(path, &row, seen);
        for _ in 0..MAX_LISTINGS {
            let Some(files) = &rotated else { break };
            if files.is_empty() {
                return Ok(Followed::Lost);
            }
            let followed = self.read_rotated(job, files, rotation, summary);
            // The names may have changed since they were listed, and others been read under them.
            let now = file::find_rotated(path, &row, seen);
            if followed == Followed::InPart || now == rotated {
                return Ok(followed);
            }
            rotated = now;
        }
        Ok(Followed::InPart)
    }

    /// Reads the files of a rotated log that were not read yet in this run.
    fn read_rotated(
        &mut self,
        job: &Job<'_>,
        files: &[PathBuf],
        rotation: &mut Rotation,
        summary: &mut RunSummary,
    ) -> Followed {
        // The results for these files are counted separately.
        self.end_group(summary);
        let mut inner = RunSummary::default();
        for path in files {
            if self.stop.load(Ordering::Relaxed) {
                return Followed::InPart;
            }
            let is_read = stat(path).is_some_and(|s| rotation.read.contains(&(path.clone(), s.inode)));
            if !is_read && !rotation.open.contains(path) {
                self.run_file(job, &PlannedFile { path: path.clone() }, rotation, &mut inner, Vec::new());
            }
        }
        self.end_group(&mut inner);
        let followed = if inner.failed_tasks > 0 { Followed::InPart } else { Followed::Whole };
        for task in inner.tasks.into_iter().filter(|t| t.state != TaskState::Unchanged) {
            summary.push(task);
        }
        followed
    }

    /// Whether the part read at a path is still its beginning: a copy of a file that has diverged since.
    pub(super) fn has_grown(&mut self, path: &Path, old: FileId, extract: &Extract) -> Result<bool> {
        let Some((row, cursor)) = self.store.files().get(old)? else { return Ok(false) };
        let length = cursor.map_or(0, |c| c.at.position.offset);
        let begins = row.head_len > 0
            && extract.head.prefix_hash(row.head_len as u64).as_ref() == Some(&row.head_hash);
        Ok(begins && Path::new(&row.path) != path && extract.size().is_some_and(|size| size >= length))
    }
}
