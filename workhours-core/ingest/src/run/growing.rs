//! Reading a growing log: which logical file is at a path now, what the path had before, and where to continue.

use super::Engine;
use super::rotation::{self, Followed, Rotation};
use crate::file;
use crate::job::Job;
use crate::plan::PlannedFile;
use crate::summary::RunSummary;
use crate::task::{self, Append, Outcome};
use std::path::Path;
use std::sync::atomic::Ordering;
use workhours_base::error::{Error, Result};
use workhours_base::file::Stat;
use workhours_filestore::Extract;
use workhours_store::{Cursor, FileId, Sighting, TaskState, Totals};

/// How many wrong logical files one path may have before giving up.
const MAX_ROUNDS: usize = 8;
/// How often the old file of a path is looked for if it is renamed again meanwhile.
const MAX_FOLLOWS: usize = 4;

impl Engine<'_> {
    #[allow(clippy::too_many_arguments)] // one call, from `run`
    pub(super) fn read_growing(
        &mut self,
        job: &Job<'_>,
        planned: &PlannedFile,
        mut extract: Extract,
        seen: Option<Sighting>,
        rotation: &mut Rotation,
        summary: &mut RunSummary,
        notes: &mut Vec<String>,
    ) -> Result<Outcome> {
        let path = planned.path.as_path();
        let before = seen.as_ref().map(|s| s.file_id);
        let mut not = self.never(path, seen.as_ref(), &extract)?;
        let mut followed = Followed::Whole;
        let mut follows = 0;
        let mut to_follow = true;
        let mut to_note = false;
        for _ in 0..MAX_ROUNDS {
            let token = extract.stat.as_ref().map(|s| s.token(job.now_us));
            let inode = extract.stat.as_ref().map(|s| s.inode);
            let newest = self.store.files().newest()?;
            let known = file::recognise(self.store, job, path, &mut extract, before, &not)?;
            let other = |seen: &&Sighting| known.as_ref().is_none_or(|(row, _)| row.id != seen.file_id);
            let replaced = seen.as_ref().filter(other);
            if let Some(seen) = replaced.filter(|_| std::mem::take(&mut to_follow)) {
                if follows == MAX_FOLLOWS {
                    // It is renamed faster than that. The next run looks for the old file again.
                    return Ok(task::ended(None, TaskState::Unchanged, Totals::default(), None));
                }
                follows += 1;
                to_note = true;
                followed = self.follow_rotation(job, path, seen, rotation, summary)?;
                if self.stop.load(Ordering::Relaxed) {
                    return Ok(task::stopped());
                }
                // Meanwhile this one may have been renamed too, and have been read by its new name.
                if rotation::has_moved(path, &extract) || self.store.files().newest()? != newest {
                    extract = rotation::open(path, job)?;
                    // Those rotated between the two openings are not among the files that were followed.
                    to_follow = extract.stat.as_ref().map(|s| s.inode) != inode;
                    if extract.head.0.is_empty() {
                        let unchanged = task::ended(None, TaskState::Unchanged, Totals::default(), None);
                        return self.empty(path, extract, unchanged);
                    }
                    not = self.never(path, Some(seen), &extract)?;
                    continue;
                }
            }
            if let Some(seen) = replaced.filter(|_| std::mem::take(&mut to_note)) {
                let truncated = extract.stat.as_ref().is_some_and(|now| file::was_truncated(path, seen, now));
                if followed != Followed::Lost && truncated {
                    notes.push(rotation::COPIED.to_owned());
                } else if followed == Followed::Lost
                    && known.is_none()
                    && !self.has_grown(path, seen.file_id, &extract)?
                {
                    notes.push(format!(
                        "it was replaced or truncated since the last run and what it held is not beside it; \
                         lines written in between may be missing. Give the rotated files too: '{}*'",
                        path.display()
                    ));
                }
            }
            let (row, cursor) = match known {
                Some((row, cursor)) => {
                    file::check_zone(&row, job.zone)?;
                    if seen.as_ref().is_some_and(|seen| {
                        seen.file_id == row.id && file::may_be_truncated(path, seen, &row, cursor.as_ref())
                    }) {
                        notes.push(rotation::COPIED.to_owned());
                    }
                    (row, cursor)
                }
                None => (file::create(self.store, job, path, &extract, newest)?, None),
            };
            // Before anything is loaded: if this run is killed and the file renamed, the next run knows whose rest to
            // look for.
            if followed != Followed::InPart {
                self.see(job, path, &row, extract.stat.as_ref().map(Stat::inode_token))?;
            }
            let shown = path.to_string_lossy();
            let copied_to = self.copied_to(row.id, cursor.as_ref())?;
            let head = extract.head.fingerprint();
            let task =
                Append { job, file: &row, base: cursor.filter(|_| !job.reread), copied_to, path: &shown };
            let shared = self.share();
            let Some(outcome) = task::run(&task, self.store, extract, &shared, self.progress) else {
                if token.is_none() {
                    return Err(Error::failed(format!(
                        "{} begins like {} and then differs, and a pipe cannot be read again",
                        path.display(),
                        row.path
                    ))
                    .hint("save it to a file and load that"));
                }
                not.push(row.id);
                extract = rotation::open(path, job)?;
                continue;
            };
            if head.0 > row.head_len as u64 {
                self.store.files().grow_head(row.id, head.0, &head.1)?;
            }
            if followed != Followed::InPart && matches!(outcome.state, TaskState::Done | TaskState::Unchanged)
            {
                rotation.read.extend(inode.map(|inode| (path.to_owned(), inode)));
                self.see(job, path, &row, token)?;
            }
            if shared.kept_times.load(Ordering::Relaxed) {
                notes.push(format!(
                    "it was first loaded when the two passes of an hour in autumn were not told apart, and keeps its \
                     times; workhours inputs reload {} reads them anew",
                    row.input_id
                ));
            }
            return Ok(outcome);
        }
        Err(Error::failed(format!("{} changes faster than it can be read", path.display())))
    }

    /// A logical file with the same beginning, or the same content, that isn't this one: it was renamed to make way for
    /// this one.
    fn never(&mut self, path: &Path, seen: Option<&Sighting>, extract: &Extract) -> Result<Vec<FileId>> {
        match seen {
            Some(seen) if file::made_way(self.store, path, seen, extract)? => Ok(vec![seen.file_id]),
            _ => Ok(Vec::new()),
        }
    }

    /// Where copying must continue: after the last copy, if the copies reach that far.
    fn copied_to(&mut self, file_id: FileId, cursor: Option<&Cursor>) -> Result<u64> {
        let end = self.store.segments().of_file(file_id)?.last().map_or(0, |s| (s.start + s.length) as u64);
        // The unfinished last record is read again, and may have changed in the file.
        Ok(end.min(cursor.map_or(0, |c| c.at.position.offset)))
    }
}
