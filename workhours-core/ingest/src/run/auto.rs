//! Inputs of the type `auto`: the source that understands a file reads it, even in a mixed folder. `detect` finds that
//! source.

use super::{Engine, Files, Reading, failed, partial};
use crate::detect::{AUTO, Detected, Unclaimed, detect};
use crate::path::{path_key, state_token};
use crate::plan::{Expanded, source_of_folder};
use crate::summary::{RunSummary, TaskSummary};
use std::path::Path;
use std::sync::atomic::Ordering;
use workhours_base::error::{Error, Result};
use workhours_base::file::vouches;
use workhours_base::input::InputSpec;
use workhours_filestore::stat;
use workhours_store::{Sighting, TaskState, now_us};

impl Engine<'_> {
    /// Reads the files of an input, each with its own source. A file that no source claims fails if it was named, and
    /// is skipped if it came from a folder or a pattern.
    pub(super) fn run_auto(
        &mut self,
        spec: &InputSpec,
        files: Files<'_>,
        summary: &mut RunSummary,
    ) -> Result<()> {
        let registry = self.registry;
        let Expanded { files, left_alone, errors } = match self.list(spec, files) {
            Ok(expanded) => expanded,
            Err(e) => {
                summary.push(failed(AUTO, spec, &spec.path, &e));
                return Ok(());
            }
        };
        summary.leave_kinds_alone(&left_alone);
        for (path, e) in &errors {
            summary.push(partial(AUTO, spec, path, e));
        }
        if let ([], [(path, kind), ..]) = (&files[..], &left_alone[..]) {
            let why = format!("{} holds no file; {} is {}", spec.path.display(), path.display(), kind.name());
            summary.push(failed(AUTO, spec, &spec.path, &Error::failed(why)));
        }
        let named = matches!(&files[..], [only] if only.path == spec.path);
        let mut readings: Vec<Reading<'_>> = Vec::new();
        for planned in files {
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            let path = planned.path.as_path();
            let found = match source_of_folder(registry, path) {
                Some(registered) => Ok(Detected { registered, others: Vec::new() }),
                None => self.find_source(spec, path)?,
            };
            let detected = match found {
                Ok(detected) => detected,
                Err(why) => {
                    unclaimed(spec, path, named, why, summary);
                    continue;
                }
            };
            let name = detected.registered.source.info().name;
            let known = readings.iter().position(|r| r.job.source_type() == name);
            let at = match known {
                Some(at) => at,
                None => {
                    readings.push(self.begin(detected.registered, spec)?);
                    readings.len() - 1
                }
            };
            let Some(Reading { job, rotation }) = readings.get_mut(at) else { continue };
            let notes = detected.others.iter().map(|other| {
                format!("{other} reads other records of it; load it with that type too if you want them")
            });
            self.run_file(job, &planned, rotation, summary, notes.collect());
        }
        self.end_group(summary);
        Ok(())
    }

    /// The source of a file: the one that it was loaded as before, if nothing has changed since or that one still
    /// claims it; else whichever claims it. Another source would make other events of the same records.
    fn find_source(&mut self, spec: &InputSpec, path: &Path) -> Result<Result<Detected, Unclaimed>> {
        let before = self.loaded_as(path, spec.scope.as_deref().unwrap_or_default())?;
        if let (Some(now), false) = (stat(path), self.reread) {
            let same = before.iter().find_map(|seen| {
                let registered = self.registry.get(&seen.source_type).ok()?;
                let token = state_token(path, &now, registered.source.info().companions, now_us());
                (vouches(&seen.stat) && seen.stat == token).then_some(registered)
            });
            if let Some(registered) = same {
                return Ok(Ok(Detected { registered, others: Vec::new() }));
            }
        }
        let names: Vec<String> = before.into_iter().map(|seen| seen.source_type).collect();
        Ok(detect(self.registry, path, &names))
    }

    /// Sources that read dated events at this path before, the latest first.
    fn loaded_as(&mut self, path: &Path, scope: &str) -> Result<Vec<Sighting>> {
        let mut before = Vec::new();
        for seen in self.store.sightings().at(&path_key(path), scope)? {
            if self.store.files().get(seen.file_id)?.is_some_and(|(row, _)| row.last_date.is_some()) {
                before.push(seen);
            }
        }
        Ok(before)
    }
}

/// How to treat a file that no source claims.
fn unclaimed(spec: &InputSpec, path: &Path, named: bool, why: Unclaimed, summary: &mut RunSummary) {
    match why {
        Unclaimed::Unreadable(e) => summary.push(failed(AUTO, spec, path, &e)),
        Unclaimed::Unknown(e) | Unclaimed::Torn(e) if named => summary.push(failed(AUTO, spec, path, &e)),
        Unclaimed::Unknown(e) => leave_alone(path, &e, summary),
        Unclaimed::Torn(e) => leave_alone(path, &e, summary),
        Unclaimed::Empty => {
            let nothing = Error::failed(format!("{} is empty", path.display()));
            let task = failed(AUTO, spec, path, &nothing);
            summary.push(TaskSummary { state: TaskState::Unchanged, error: None, ..task });
        }
    }
}

fn leave_alone(path: &Path, why: &Error, summary: &mut RunSummary) {
    summary.leave_alone(path, &why.full_message());
}
