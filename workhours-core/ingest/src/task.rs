//! One task over growing text: the source on its own thread, the loader on this one. For a small file both are on this
//! one: starting a thread would cost more than reading it.

use super::host::{Facts, ServedInput, is_another_file, limit_reached};
use super::job::Job;
use super::progress::Progress;
use super::siblings::Loading;
use super::sink::{Shared, State, TaskSink};
use super::tee::Tee;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};
use workhours_base::disk::{Written, explain};
use workhours_base::error::Error;
use workhours_config::{Limit, Limits};
use workhours_event::{EventBuilder, Identity, Ordinals, Reading, WallClock};
use workhours_filestore as filestore;
use workhours_filestore::{Extract, Filestore};
use workhours_plugin_api::{Input, Resume, SourceError};
use workhours_store::{Batch, Cursor, FileId, FileRow, LoadMode, Siblings, Store, TaskId, TaskState, Totals};

/// How often the progress bar moves and the stop flag is checked.
const TICK: Duration = Duration::from_millis(100);
/// How long a source may take to notice that it should stop; after that it is left to itself.
const STOP_TIMEOUT: Duration = Duration::from_millis(1_200);

/// How a task ended.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) id: Option<TaskId>,
    pub(super) state: TaskState,
    pub(super) totals: Totals,
    pub(super) error: Option<Error>,
    /// Resolved rejects of earlier reads.
    pub(super) resolved: u64,
    /// Whether the file was read from its start.
    pub(super) whole: bool,
    /// How far it was read, in whole records; `None` for a document, which is read whole.
    pub(super) reached: Option<u64>,
}

/// The result of the parsing thread.
pub(super) struct Parsed {
    pub(super) end: Result<(), SourceError>,
    pub(super) state: State,
}

/// Everything a task needs except the store.
pub(super) struct Append<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) file: &'a FileRow,
    /// Where to continue reading; `None` for the start.
    pub(super) base: Option<Cursor>,
    /// Bytes before this are in the filestore.
    pub(super) copied_to: u64,
    pub(super) path: &'a str,
}

/// Runs the task, or returns `None` if the bytes turn out to be another file's: then nothing was loaded.
pub(super) fn run(
    task: &Append<'_>,
    store: &mut Store,
    mut extract: Extract,
    shared: &Arc<Shared>,
    progress: &dyn Progress,
) -> Option<Outcome> {
    let base = task.base.clone().unwrap_or_default();
    let consumed = Arc::clone(&extract.consumed);
    let total = extract.stat.as_ref().map(|s| s.size);
    match extract.skip_to(base.warm.position.offset) {
        Ok(true) => {}
        // A copy of the file as it was earlier: it holds nothing that is not known.
        Ok(false) => return Some(ended(None, TaskState::Unchanged, Totals::default(), None)),
        Err(e) => {
            let error = Error::failed(format!("cannot read {}: {e}", task.path));
            return Some(ended(None, TaskState::Partial, Totals::default(), Some(error)));
        }
    }
    let siblings = Loading::new(task.job, task.path, task.file, &extract);
    let end = task.job.end(&extract, base.at.position.offset);
    let parser = Parser::new(task, &base, end, Arc::clone(shared));
    let is_small = store.allows_group();
    let mut loader = Loader {
        task,
        store,
        siblings: &siblings,
        id: None,
        totals: Totals::default(),
        error: None,
        resolved: 0,
        seen: false,
        reached: 0,
    };
    progress.start(task.path, total);
    let parsed = if is_small {
        loader.parse_here(parser, extract, &base)
    } else {
        let tick = || progress.tick(consumed.load(Ordering::Relaxed), shared);
        loader.parse_in_thread(parser, extract, &base, shared, &tick)
    };
    progress.finish();
    match parsed {
        Some(Parsed { end: Err(SourceError::Io(e)), .. }) if is_another_file(&e) => None,
        parsed => Some(loader.conclude(parsed, &base, shared)),
    }
}

fn wait(thread: &std::thread::JoinHandle<Parsed>) -> bool {
    let since = Instant::now();
    while !thread.is_finished() && since.elapsed() < STOP_TIMEOUT {
        std::thread::park_timeout(Duration::from_millis(10));
    }
    thread.is_finished()
}

pub(super) fn ended(id: Option<TaskId>, state: TaskState, totals: Totals, error: Option<Error>) -> Outcome {
    Outcome { id, state, totals, error, resolved: 0, whole: true, reached: None }
}

/// Values that move to the parsing thread.
struct Parser {
    source: &'static dyn workhours_plugin_api::IDataSource,
    identity: Identity,
    ordinals: Ordinals,
    builder: EventBuilder,
    clock: WallClock,
    cursor: Cursor,
    file_id: FileId,
    fs: Option<Filestore>,
    copied_to: u64,
    facts: Facts,
    limits: Limits,
    end: Option<(u64, Limit)>,
    shared: Arc<Shared>,
}

impl Parser {
    fn new(task: &Append<'_>, base: &Cursor, end: Option<(u64, Limit)>, shared: Arc<Shared>) -> Self {
        let job = task.job;
        let reading = Reading::of(&task.file.tz_version);
        Self {
            source: job.source,
            identity: Identity::new(job.source_type(), &task.file.scope),
            ordinals: Ordinals::new(base.warm.clone(), &task.file.carry),
            builder: job.builder(),
            clock: WallClock::ordered(job.zone, job.now_us, reading),
            cursor: base.clone(),
            file_id: task.file.id,
            fs: job.copies(),
            copied_to: task.copied_to,
            facts: job.facts(task.path, task.file.reference_secs, reading),
            limits: job.limits,
            end,
            shared,
        }
    }

    fn parse(mut self, extract: Extract, deliver: impl FnMut(Batch) -> bool) -> Parsed {
        let tee = Rc::new(RefCell::new(Tee::new(self.fs, self.copied_to)));
        let resume: Resume = self.clock.unseal(self.cursor.warm.clone());
        let mut host =
            ServedInput::new(extract, Rc::clone(&tee), resume.clone(), self.cursor.tail, self.facts)
                .up_to(self.end);
        let mut sink = TaskSink {
            identity: self.identity,
            ordinals: self.ordinals,
            builder: self.builder,
            clock: self.clock,
            warm_until: self.cursor.at.position.offset,
            file_id: self.file_id,
            limits: self.limits,
            appends: true,
            tee,
            shared: &self.shared,
            deliver: Box::new(deliver),
            state: State::default(),
        };
        sink.begin_at(&resume);
        let mut end = self.source.parse(&mut Input::new(&mut host), &mut sink);
        let keep = match &end {
            Err(SourceError::Unsupported(_)) => false,
            Err(SourceError::Io(e)) => !is_another_file(e),
            Ok(()) | Err(SourceError::Stopped) => true,
            // A run that failed before its first record leaves nothing: no copy, and no cursor.
            Err(_) => sink.has_taken(),
        };
        if keep && sink.finish().is_err() && end.is_ok() {
            end = Err(SourceError::Stopped);
        }
        let mut state = sink.state;
        state.totals.bytes = host.position().saturating_sub(self.cursor.at.position.offset);
        Parsed { end, state }
    }
}

/// The database's side.
struct Loader<'a> {
    task: &'a Append<'a>,
    store: &'a mut Store,
    siblings: &'a dyn Siblings,
    id: Option<TaskId>,
    totals: Totals,
    error: Option<Error>,
    resolved: u64,
    /// Whether any batch moved anything.
    seen: bool,
    /// The end of the last complete record.
    reached: u64,
}

impl Loader<'_> {
    /// Runs the source on this thread.
    fn parse_here(&mut self, parser: Parser, extract: Extract, base: &Cursor) -> Option<Parsed> {
        let deliver = |batch: Batch| match self.load(&batch, base) {
            Ok(()) => true,
            Err(e) => {
                self.error = Some(e);
                false
            }
        };
        catch_unwind(AssertUnwindSafe(|| parser.parse(extract, deliver))).ok()
    }

    /// Runs the source on a separate thread and loads its records meanwhile.
    fn parse_in_thread(
        &mut self,
        parser: Parser,
        extract: Extract,
        base: &Cursor,
        shared: &Shared,
        tick: &dyn Fn(),
    ) -> Option<Parsed> {
        let (send, receive) = sync_channel(1);
        let builder = std::thread::Builder::new().name("parse".into());
        let thread = match builder.spawn(move || parser.parse(extract, |batch| send.send(batch).is_ok())) {
            Ok(thread) => thread,
            Err(e) => {
                self.error = Some(Error::failed("cannot start a thread").with_source(e));
                return None;
            }
        };
        self.drain(&receive, base, shared, tick);
        drop(receive);
        if shared.stop.load(Ordering::Relaxed) && !wait(&thread) {
            return None; // stuck in a read that no signal ends; it holds nothing that must be saved
        }
        thread.join().ok()
    }

    fn drain(&mut self, receive: &Receiver<Batch>, base: &Cursor, shared: &Shared, tick: &dyn Fn()) {
        let mut stopping: Option<Instant> = None;
        loop {
            match receive.recv_timeout(TICK) {
                Ok(batch) => {
                    if let Err(e) = self.load(&batch, base) {
                        self.error = Some(e);
                        return; // the closed channel stops the source
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            tick();
            if shared.stop.load(Ordering::Relaxed)
                && stopping.get_or_insert_with(Instant::now).elapsed() > STOP_TIMEOUT
            {
                return;
            }
        }
    }

    fn load(&mut self, batch: &Batch, base: &Cursor) -> workhours_base::error::Result<()> {
        let moved = batch.cursor.as_ref().is_some_and(|c| c.at != base.at);
        self.reached = batch.cursor.as_ref().map_or(self.reached, |c| c.at.position.offset);
        if batch.chunk.is_empty() && batch.last.is_none() && batch.segment.is_none() && !moved {
            return Ok(());
        }
        self.seen |= moved || !batch.chunk.is_empty();
        let (file, job) = (self.task.file, self.task.job);
        let input_id = job.input_id;
        let id = match self.id {
            Some(id) => id,
            None => self.store.tasks().begin(
                job.source_type(),
                input_id,
                Some((file.id, base)),
                self.task.path,
            )?,
        };
        self.id = Some(id);
        let owner = (job.source_type(), input_id, id, file.id);
        let done = self.store.load(owner, batch, LoadMode::Count(self.siblings)).inspect_err(|_| {
            batch.segment.iter().for_each(|copy| filestore::discard(self.store, &job.fs, copy));
        })?;
        // The last record, read again without a change, isn't new unless the user asked to re-read.
        let again = if job.reread { 0 } else { done.withdrawn };
        let last = batch.last.as_ref().map_or(0, |l| l.chunk.events);
        self.totals.events += batch.chunk.events + last - again;
        let refused_again = if job.reread { 0 } else { done.withdrawn_rejects };
        let last_refused = batch.last.as_ref().map_or(0, |l| l.chunk.rejects);
        self.totals.rejected += batch.chunk.rejects + last_refused - refused_again;
        self.totals.inserted += done.inserted;
        self.resolved += done.resolved;
        self.totals.updated += done.updated;
        self.totals.duplicates += done.duplicates + done.withdrawn - again;
        self.totals.records = self.totals.events + self.totals.rejected;
        Ok(())
    }

    fn conclude(mut self, parsed: Option<Parsed>, base: &Cursor, shared: &Shared) -> Outcome {
        let stopped = shared.stop.load(Ordering::Relaxed);
        let state = match parsed {
            None if stopped => TaskState::Partial,
            None if self.error.is_some() => TaskState::Failed,
            None => {
                let name = self.task.job.source_type();
                self.error = Some(
                    Error::failed(format!("the source {name} crashed while reading {}", self.task.path))
                        .hint("this is a bug in the source; please report it with the file"),
                );
                TaskState::Failed
            }
            Some(parsed) => {
                self.totals.ignored = parsed.state.totals.ignored;
                self.totals.undated = parsed.state.totals.undated;
                self.totals.unplaced = parsed.state.totals.unplaced;
                self.totals.bytes = parsed.state.totals.bytes;
                self.judge(parsed, base, stopped)
            }
        };
        if stopped && self.error.is_none() {
            self.error = Some(interrupted());
        }
        let whole = base.at.position.offset == 0;
        let reached = Some(self.reached);
        Outcome { resolved: self.resolved, whole, reached, ..ended(self.id, state, self.totals, self.error) }
    }

    fn judge(&mut self, parsed: Parsed, base: &Cursor, stopped: bool) -> TaskState {
        let some = self.totals.records > 0 || base.at.position.offset > 0;
        let unfinished = if some { TaskState::Partial } else { TaskState::Failed };
        if let Some(e) = parsed.state.failure {
            let error =
                Error::failed(format!("cannot copy {} to the filestore", self.task.path)).with_source(e);
            let hint = "or load without copies: --fs-keep none, or fs.keep in the config file";
            self.error = Some(explain(error, Written::Filestore, self.task.job.fs.root()).or_hint(hint));
            return unfinished;
        }
        if self.error.is_some() {
            return TaskState::Failed;
        }
        let by_bytes = match &parsed.end {
            Err(SourceError::Io(e)) => limit_reached(e),
            _ => None,
        };
        if let Some(limit) = parsed.state.limit.or(by_bytes) {
            self.error = Some(self.task.job.beyond(limit, self.task.path));
            return TaskState::Partial;
        }
        match parsed.end {
            Err(_) if stopped => TaskState::Partial,
            Ok(()) if stopped => TaskState::Partial,
            Ok(()) if !self.seen && self.totals.records == 0 && self.totals.ignored == 0 => {
                TaskState::Unchanged
            }
            Ok(()) => TaskState::Done,
            Err(SourceError::Stopped) => TaskState::Partial,
            Err(SourceError::Io(e)) => {
                self.error = Some(cut_short(self.task.path, &e));
                unfinished
            }
            Err(e) => {
                // It has no cursor to continue from, whatever earlier runs have loaded.
                let broke = self.totals.records == 0;
                self.error = Some(Error::failed(format!("{}: {e}", self.task.path)));
                if broke { TaskState::Failed } else { unfinished }
            }
        }
    }
}

/// How a task ends that the user did not let begin.
pub(super) fn stopped() -> Outcome {
    ended(None, TaskState::Partial, Totals::default(), Some(interrupted()))
}

/// The error for an input the user did not let end.
pub(super) fn interrupted() -> Error {
    Error::failed("interrupted; what was loaded is kept, and the next run goes on there")
}

/// The error for an input that ended before its time.
pub(super) fn cut_short(path: &str, e: &std::io::Error) -> Error {
    Error::failed(format!("{path} ends too soon or is damaged: {e}"))
        .hint("the complete records before that point are loaded; replace the file and run again")
}
