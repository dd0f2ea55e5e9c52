//! A run: all inputs, one file after the other, and what is stored about each.

mod auto;
mod growing;
mod rotation;

use super::detect::AUTO;
use super::document;
use super::file;
use super::horizon;
use super::job::Job;
use super::notes;
use super::others;
use super::path::{open_document, path_key, state_token};
use super::plan::{Expanded, PlannedFile, files_of};
use super::progress::Progress;
use super::sink::Shared;
use super::summary::{RunSummary, TaskSummary};
use super::task::{self, Outcome};
use chrono::DateTime;
use rotation::Rotation;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use workhours_base::error::{Error, Result};
use workhours_base::file::vouches;
use workhours_base::input::InputSpec;
use workhours_config::Config;
use workhours_event::Rules;
use workhours_filestore as filestore;
use workhours_filestore::{Extract, Filestore, stat};
use workhours_plugin_api::Growth;
use workhours_registry::{Registered, Registry};
use workhours_store::{FileRow, Sighting, Store, TaskState, Totals, now_us};

/// The needs of a run.
pub struct Engine<'a> {
    /// The database.
    pub store: &'a mut Store,
    /// The folder for copies.
    pub fs: Filestore,
    /// The sources.
    pub registry: &'a Registry,
    /// Zone, keeping rule.
    pub config: &'a Config,
    /// Read from the start, whatever the cursors say.
    pub reread: bool,
    /// Set it to end the run.
    pub stop: Arc<AtomicBool>,
    /// The observer.
    pub progress: &'a dyn Progress,
}

/// Files of at most this many bytes are stored together with others.
const SMALL_BYTES: u64 = 64 << 10;

/// Which files of an input are read.
#[derive(Clone, Copy)]
enum Files<'a> {
    All,
    /// Those at these paths.
    Only(&'a [PathBuf]),
}

/// Files of an input that one source reads.
struct Reading<'j> {
    job: Job<'j>,
    rotation: Rotation,
}

impl<'e> Engine<'e> {
    /// Reads all inputs. A failing one does not keep the others from being read.
    ///
    /// # Errors
    /// Only what makes the whole run pointless: the database cannot be written.
    pub fn run(&mut self, inputs: &[InputSpec]) -> Result<RunSummary> {
        let mut summary = RunSummary::default();
        for spec in inputs {
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            self.run_input(spec, Files::All, &mut summary)?;
        }
        summary.interrupted = self.stop.load(Ordering::Relaxed);
        Ok(summary)
    }

    /// Reads only these files of an input, and those that they were rotated to since the last time. The paths are
    /// as [`files_of`] lists them.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn run_files(&mut self, spec: &InputSpec, paths: &[PathBuf]) -> Result<RunSummary> {
        let mut summary = RunSummary::default();
        self.run_input(spec, Files::Only(paths), &mut summary)?;
        summary.interrupted = self.stop.load(Ordering::Relaxed);
        Ok(summary)
    }

    /// Lists the files to read.
    fn list(&self, spec: &InputSpec, files: Files<'_>) -> Result<Expanded> {
        match files {
            Files::All => files_of(spec, self.registry, &self.config.limits),
            Files::Only(paths) => Ok(Expanded::of(paths)),
        }
    }

    fn run_input(&mut self, spec: &InputSpec, files: Files<'_>, summary: &mut RunSummary) -> Result<()> {
        if spec.source_type == AUTO {
            return self.run_auto(spec, files, summary);
        }
        let registered = match self.registry.get(&spec.source_type) {
            Ok(registered) => registered,
            Err(e) => {
                summary.push(failed(&spec.source_type, spec, &spec.path, &e));
                return Ok(());
            }
        };
        let info = registered.source.info();
        let Expanded { files, left_alone, errors } = match self.list(spec, files) {
            Ok(expanded) => expanded,
            Err(e) => {
                summary.push(failed(info.name, spec, &spec.path, &e));
                return Ok(());
            }
        };
        let mut reading = self.begin(registered, spec)?;
        let before = (summary.tasks.len(), summary.left_alone.len());
        summary.leave_kinds_alone(&left_alone);
        for (path, e) in &errors {
            summary.push(partial(info.name, spec, path, e));
        }
        let there = rotation::inodes(&files);
        for planned in files {
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            reading.job.turn_to(&planned.path);
            self.run_file(&reading.job, &planned, &mut reading.rotation, summary, Vec::new());
        }
        self.end_group(summary);
        let (limits, registry) = (self.config.limits, self.registry);
        let again = || files_of(spec, registry, &limits).map_or_else(|_| Vec::new(), |all| all.files);
        self.find_again(&mut reading, &there, &again, summary);
        self.end_group(summary);
        if summary.tasks.len() == before.0
            && let Some(first) = summary.left_alone.get(before.1)
        {
            let why =
                format!("{} holds no file that {} reads; {}", spec.path.display(), info.name, first.reason);
            summary.push(failed(info.name, spec, &spec.path, &Error::failed(why)));
        }
        Ok(())
    }

    /// What is needed to read files of an input with a source. Stores a new input.
    fn begin<'j>(&mut self, registered: Registered, spec: &'j InputSpec) -> Result<Reading<'j>>
    where
        'e: 'j,
    {
        let info = registered.source.info();
        let of_format = self.registry.declared(info.name).and_then(|format| format.timezone());
        let zone = spec.timezone.or(of_format).unwrap_or(self.config.timezone);
        let input_id = self.store.inputs().ensure(info.name, info.activity.as_str(), spec, zone.name())?;
        let job = Job {
            source: registered.source,
            spec,
            input_id,
            file_scope: None,
            zone,
            fs: self.fs.clone(),
            keep: &self.config.fs_keep,
            rules: Rules::new(&self.config.redaction, &self.config.tags)?,
            folder: registered.folder_reader(),
            reread: self.reread,
            replay: None,
            now_us: now_us(),
            may_group: registered.is_built_in(),
            limits: self.config.limits,
            stop: Arc::clone(&self.stop),
        };
        Ok(Reading { job, rotation: Rotation::default() })
    }

    /// Commits several small files together.
    pub(super) fn end_group(&mut self, summary: &mut RunSummary) {
        if let Err((e, tasks)) = self.store.end_group() {
            summary.undo(&tasks, &e);
        }
    }

    /// A small file may be committed with the next ones if its source is built in, because no other program can write
    /// to the database while the source reads.
    fn group(&mut self, job: &Job<'_>, path: &Path, summary: &mut RunSummary) {
        let small = job.may_group && !job.reread && stat(path).is_some_and(|stat| stat.size <= SMALL_BYTES);
        if !small || self.store.is_group_due() {
            self.end_group(summary);
        }
        if small {
            self.store.allow_group();
        }
    }

    /// Reads one file and adds its task to the summary, after that of the file it was rotated from if need be.
    fn run_file(
        &mut self,
        job: &Job<'_>,
        planned: &PlannedFile,
        rotation: &mut Rotation,
        summary: &mut RunSummary,
        mut notes: Vec<String>,
    ) {
        let since = Instant::now();
        if others::are_passed_over(job, &planned.path) {
            return summary.leave_alone(&planned.path, "it is not named like what this source reads");
        }
        self.group(job, &planned.path, summary);
        self.store.watch_collapses(!job.reread);
        let outcome = match self.read_file(job, planned, rotation, summary, &mut notes) {
            Err(_) if rotation::has_gone(job, &planned.path) => {
                self.store.take_collapses();
                match self.read_where_it_went(job, &planned.path, rotation, summary) {
                    Some(outcome) => outcome,
                    None => return rotation.gone.push(planned.path.clone()),
                }
            }
            outcome => outcome,
        };
        notes.extend(self.collapse(job, &planned.path, outcome.as_ref().ok()));
        let outcome =
            outcome.unwrap_or_else(|e| task::ended(None, TaskState::Failed, Totals::default(), Some(e)));
        if let (Some(e), None) = (&outcome.error, outcome.id)
            && e.is_foreign()
            && others::is_among(job, &planned.path)
        {
            return summary.leave_alone(&planned.path, &e.full_message());
        }
        summary.push(self.conclude(job, &planned.path.to_string_lossy(), outcome, since, notes));
    }

    /// Stores how a task ended and makes its line of the summary.
    pub(super) fn conclude(
        &mut self,
        job: &Job<'_>,
        path: &str,
        outcome: Outcome,
        since: Instant,
        mut notes: Vec<String>,
    ) -> TaskSummary {
        notes.extend(notes::of(job, &outcome));
        if let Err(e) = filestore::keep_out(self.store, &job.fs) {
            notes.push(format!("its copy still holds records that were purged: {}", e.full_message()));
        }
        if self.store.take_old() > 0 {
            notes.push(self.left_out_as_old(job));
        }
        let elapsed_ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        let error = outcome.error.as_ref().map(Error::full_message);
        if let Some(id) = outcome.id {
            // The counts are in the summary as well; a deleted database has already caused an error.
            let _ =
                self.store.tasks().finish(id, outcome.state, &outcome.totals, elapsed_ms, error.as_deref());
        }
        TaskSummary {
            id: outcome.id.map(|id| id.to_string()),
            source_type: job.source_type().into(),
            detected: job.spec.source_type == AUTO,
            label: job.spec.label.clone(),
            path: path.into(),
            state: outcome.state,
            totals: outcome.totals,
            elapsed_ms,
            hint: outcome.error.as_ref().and_then(|e| e.hint_text()).map(str::to_owned),
            error,
            notes,
        }
    }

    /// The note about events that were skipped because they are past their retention.
    fn left_out_as_old(&mut self, job: &Job<'_>) -> String {
        let floor = self.store.floors().of(job.source_type()).ok().flatten();
        let date = floor.and_then(DateTime::from_timestamp_micros);
        let since =
            date.map(|date| format!(" before {}", date.format("%Y-%m-%d %H:%M UTC"))).unwrap_or_default();
        format!(
            "its events{since} are left out: workhours retain removed such events of {}",
            job.source_type()
        )
    }

    fn read_file(
        &mut self,
        job: &Job<'_>,
        planned: &PlannedFile,
        rotation: &mut Rotation,
        summary: &mut RunSummary,
        notes: &mut Vec<String>,
    ) -> Result<Outcome> {
        let path = planned.path.as_path();
        let key = path_key(path);
        let seen = self.store.sightings().get(&key, job.source_type(), job.scope())?;
        let unchanged = task::ended(None, TaskState::Unchanged, Totals::default(), None);
        let mutable = job.source.info().growth == Growth::Mutable;
        if let (Some(seen), Some(now), false) = (&seen, stat(path), job.reread)
            && vouches(&seen.stat)
            && seen.stat == state_token(path, &now, job.source.info().companions, job.now_us)
            && let Some((row, Some(cursor))) = self.store.files().get(seen.file_id)?
            && !(mutable && horizon::may_be_due(job.now_us, Some(&cursor)))
        {
            file::check_zone(&row, job.zone)?;
            return Ok(unchanged);
        }
        if mutable {
            // Before the copy is taken: later writes must not look like a part of it.
            let companions = job.source.info().companions;
            let token = stat(path).map(|s| state_token(path, &s, companions, job.now_us));
            // The output of a program about a folder can't be verified, but that it was read is recorded.
            let token = token.or_else(|| path.is_dir().then(String::new));
            let extract = match open_document(path, job) {
                Err(_) if self.stop.load(Ordering::Relaxed) => return Ok(task::stopped()),
                opened => opened?,
            };
            let shown = path.to_string_lossy();
            let shared = self.share();
            let before = seen.map(|seen| seen.file_id);
            let (outcome, row) =
                document::run(job, self.store, extract, &shown, before, &shared, self.progress);
            if let Some(row) = row {
                self.see(job, path, &row, token)?;
            }
            return Ok(outcome);
        }
        let extract = match rotation::open(path, job) {
            Err(_) if self.stop.load(Ordering::Relaxed) => return Ok(task::stopped()),
            opened => opened?,
        };
        if extract.head.0.is_empty() {
            return self.empty(path, extract, unchanged);
        }
        rotation.open.push(planned.path.clone());
        let outcome = self.read_growing(job, planned, extract, seen, rotation, summary, notes);
        rotation.open.pop();
        outcome
    }

    /// An empty input, or one whose very first bytes can't be decompressed.
    pub(super) fn empty(&self, path: &Path, mut extract: Extract, unchanged: Outcome) -> Result<Outcome> {
        let mut byte = [0];
        match std::io::Read::read(&mut extract, &mut byte) {
            Ok(_) => Ok(Outcome { state: TaskState::Done, ..unchanged }),
            Err(_) if self.stop.load(Ordering::Relaxed) => Ok(task::stopped()),
            Err(e) => Err(task::cut_short(&path.to_string_lossy(), &e)),
        }
    }

    pub(super) fn share(&self) -> Arc<Shared> {
        Arc::new(Shared { stop: Arc::clone(&self.stop), ..Shared::default() })
    }

    pub(super) fn see(
        &mut self,
        job: &Job<'_>,
        path: &Path,
        row: &FileRow,
        token: Option<String>,
    ) -> Result<()> {
        let Some(stat) = token else { return Ok(()) };
        self.store.sightings().add(&Sighting {
            path_key: path_key(path),
            source_type: job.source_type().into(),
            scope: job.scope().into(),
            path: path.to_string_lossy().into_owned(),
            file_id: row.id,
            stat,
            // Not when the run began: a file created since then must not look newer than the sighting.
            seen_us: now_us(),
        })
    }
}

/// A path some of which is read, and some not.
pub(super) fn partial(source_type: &str, spec: &InputSpec, path: &Path, e: &Error) -> TaskSummary {
    TaskSummary { state: TaskState::Partial, ..failed(source_type, spec, path, e) }
}

pub(super) fn failed(source_type: &str, spec: &InputSpec, path: &Path, e: &Error) -> TaskSummary {
    TaskSummary {
        id: None,
        source_type: source_type.into(),
        detected: false,
        label: spec.label.clone(),
        path: path.to_string_lossy().into_owned(),
        state: TaskState::Failed,
        totals: Totals::default(),
        elapsed_ms: 0,
        error: Some(e.full_message()),
        hint: e.hint_text().map(str::to_owned),
        notes: Vec::new(),
    }
}
