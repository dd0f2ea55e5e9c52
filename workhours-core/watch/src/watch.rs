//! The watch: it waits for notices, finds what has changed, and has it loaded.

use crate::clock::Clock;
use crate::followed::Followed;
use crate::happening::{Happening, Observer};
use crate::holder::holder_text;
use crate::inbox::Inbox;
use crate::ledger::Ledger;
use crate::network;
use crate::notices::Notices;
use crate::pace::Retry;
use crate::places::Places;
use crate::spool::Spool;
use crate::state::on_disk;
use crate::work::{Done, Work};
use crate::workers::{self, Tools};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};
use workhours_base::error::Result;
use workhours_base::input::InputSpec;
use workhours_config::Config;
use workhours_filestore::Filestore;
use workhours_ingest::{RunSummary, TaskSummary};
use workhours_registry::Registry;
use workhours_store::{Store, TaskState};

/// How soon a request to stop is seen.
const HEARTBEAT: Duration = Duration::from_millis(250);
/// Time between two checks for new streams of the spool, and between two removals of files.
const SPOOLED: Duration = Duration::from_secs(1);
const CLEANED: Duration = Duration::from_secs(30);
/// The least number of threads that load: a document that takes long doesn't hold up the logs.
const FEWEST_WORKERS: u32 = 2;

/// The needs of a watch.
pub struct Watch<'w> {
    /// How inputs are followed and loaded.
    pub config: &'w Config,
    /// The inputs.
    pub inputs: &'w [InputSpec],
    /// What programs send, which is followed too.
    pub spool: Option<&'w Spool>,
    /// The sources.
    pub registry: &'w Registry,
    /// The folder for copies.
    pub fs: Filestore,
    /// Set it to end the watch; a load that runs is ended too, with what was committed kept.
    pub stop: Arc<AtomicBool>,
}

impl Watch<'_> {
    /// Follows the inputs until it is stopped.
    ///
    /// # Errors
    /// Only when threads can't be started. The observer learns of failures of files and of the database, and they are tried again.
    pub fn run(&self, observer: &mut dyn Observer) -> Result<()> {
        let inbox = Arc::new(Inbox::default());
        let (notices, refused) = Notices::open(&inbox);
        let tools = Tools {
            config: self.config,
            registry: self.registry,
            fs: &self.fs,
            stop: &self.stop,
            inbox: &inbox,
        };
        std::thread::scope(|scope| {
            let n = self.config.jobs.max(FEWEST_WORKERS);
            let work = workers::start(scope, n, tools);
            let now = Instant::now();
            let follow = |spec| Followed::new(spec, self.registry, &self.config.watch, now);
            let mut running = Running {
                watch: self,
                observer,
                inbox: &inbox,
                notices,
                work,
                refused,
                inputs: self.inputs.iter().cloned().map(follow).collect(),
                spooled: now,
                cleaned: None,
                polled: HashMap::new(),
                failing: HashMap::new(),
                absent: HashSet::new(),
                ledger: Ledger::new(&self.config.database, self.inputs.len(), now),
                held: HashSet::new(),
                database: None,
                begun: false,
            };
            running.run();
            running.ledger.release();
        });
        Ok(())
    }
}

/// A watch that runs.
struct Running<'r> {
    watch: &'r Watch<'r>,
    observer: &'r mut dyn Observer,
    inbox: &'r Inbox,
    notices: Notices,
    work: Sender<Work>,
    /// Why the system gives no notices at all.
    refused: Option<String>,
    inputs: Vec<Followed>,
    /// When the spool is checked for new streams next.
    spooled: Instant,
    /// When files were last removed from it.
    cleaned: Option<Instant>,
    /// Inputs whose files are checked in turn, and why.
    polled: HashMap<usize, String>,
    /// Files that can't be read, with the error that was told.
    failing: HashMap<String, String>,
    /// Inputs without files, as was told.
    absent: HashSet<usize>,
    ledger: Ledger,
    /// Inputs that another program follows, as was told.
    held: HashSet<usize>,
    /// Set while the database can't be written.
    database: Option<Retry>,
    /// Whether all inputs were checked once.
    begun: bool,
}

impl Running<'_> {
    fn run(&mut self) {
        let mut wait = Duration::ZERO;
        let mut clock = Clock::new();
        while !self.watch.stop.load(Ordering::Relaxed) {
            let mail = self.inbox.take(wait);
            let now = Instant::now();
            self.observer.beat();
            if let Some(jump) = clock.jump() {
                self.observer.tell(&Happening::TimeJumped { jump });
                self.inputs.iter_mut().for_each(|input| input.stale(now));
            }
            mail.done.into_iter().for_each(|done| self.end(done, now));
            if mail.lost {
                self.observer.tell(&Happening::NoticesLost);
                self.inputs.iter_mut().for_each(|input| input.stale(now));
            }
            for path in &mail.paths {
                self.inputs.iter_mut().for_each(|input| input.notice(path, now));
            }
            self.receive(now);
            self.scan(now);
            self.ledger.keep(&mut self.inputs, now);
            self.tell_held();
            self.begin_loads(now);
            let next = self.inputs.iter().map(Followed::next).min();
            let next = next.map_or(HEARTBEAT, |next| next.saturating_duration_since(Instant::now()));
            wait = next.clamp(Duration::from_millis(5), HEARTBEAT);
        }
    }

    /// Follows new streams of the spool, and removes what is in the database.
    fn receive(&mut self, now: Instant) {
        let Some(spool) = self.watch.spool else { return };
        if self.spooled > now {
            return;
        }
        self.spooled = now + SPOOLED;
        for spec in spool.inputs() {
            if self.inputs.iter().all(|input| input.spec.path != spec.path) {
                self.inputs.push(Followed::new(spec, self.watch.registry, &self.watch.config.watch, now));
                self.ledger.add_input();
            }
        }
        if self.cleaned.is_none_or(|cleaned| now >= cleaned + CLEANED) {
            self.cleaned = Some(now);
            // Next time, if the database can't be read now.
            let _ = Store::open(&self.watch.config.database).and_then(|mut store| spool.clean(&mut store));
        }
    }

    /// Lists the files of the inputs for which that is due, and has their folders watched.
    fn scan(&mut self, now: Instant) {
        let settings = self.watch.config.watch;
        let mut scanned = Vec::new();
        for at in 0..self.inputs.len() {
            if !self.inputs[at].is_scan_due(now) {
                continue;
            }
            let every = if self.polled.contains_key(&at) { settings.poll } else { settings.rescan };
            self.inputs[at].scan(self.watch.registry, &self.watch.config.limits, every, now);
            scanned.push(at);
        }
        // Without inputs there is still a beginning to tell of.
        let is_news = !scanned.is_empty() || (self.inputs.is_empty() && !self.begun);
        if !is_news {
            return;
        }
        for at in &scanned {
            self.tell_absent(*at);
        }
        self.forget_gone();
        self.watch_places(&scanned, now);
        if !std::mem::replace(&mut self.begun, true) {
            let files = self.inputs.iter().map(Followed::files).sum();
            self.observer.tell(&Happening::Following { inputs: self.inputs.len(), files });
        }
    }

    /// A file that could not be read and is gone is not a problem any more.
    fn forget_gone(&mut self) {
        let gone: Vec<String> =
            self.failing.keys().filter(|path| on_disk(Path::new(path)).is_none()).cloned().collect();
        for path in gone {
            self.failing.remove(&path);
            (0..self.inputs.len()).for_each(|at| self.ledger.recover(at, &path));
            self.observer.tell(&Happening::Gone { path: &path });
        }
    }

    fn tell_absent(&mut self, at: usize) {
        let input = &self.inputs[at];
        match &input.absent {
            Some(why) if self.absent.insert(at) => {
                self.ledger.change();
                self.observer.tell(&Happening::Absent { input: &input.spec, why });
            }
            None if self.absent.remove(&at) => {
                self.ledger.change();
                self.observer.tell(&Happening::Appeared { input: &input.spec });
            }
            _ => {}
        }
    }

    /// Watches the folders of all inputs. What came into a folder before it was watched is found by another look.
    fn watch_places(&mut self, scanned: &[usize], now: Instant) {
        let mut of_each = Vec::with_capacity(self.inputs.len());
        let mut places = Places::new();
        for input in &self.inputs {
            let mut own = Places::new();
            input.add_places(&mut own);
            own.iter().for_each(|(path, below)| *places.entry(path.clone()).or_default() |= below);
            of_each.push(own);
        }
        let outcome = self.notices.watch(&places);
        for (at, own) in of_each.iter().enumerate() {
            if own.keys().any(|path| outcome.new.contains(path)) {
                self.inputs[at].stale(now);
            }
            let remote = || own.keys().find(|path| !network::reports_changes(path));
            let why = match &self.refused {
                Some(why) => Some(why.clone()),
                None => own.keys().find_map(|path| outcome.failed.get(path).cloned()),
            };
            let why = why.or_else(|| {
                scanned.contains(&at).then(remote).flatten().map(|path| {
                    format!("{} is on a file system that does not report what others change", path.display())
                })
            });
            match why {
                Some(why) if !self.polled.contains_key(&at) => {
                    let input = &self.inputs[at].spec;
                    self.observer.tell(&Happening::Polling { input, why: &why });
                    self.polled.insert(at, why);
                    self.inputs[at].stale(now);
                }
                None if scanned.contains(&at) => drop(self.polled.remove(&at)),
                _ => {}
            }
        }
    }

    fn tell_held(&mut self) {
        for (at, input) in self.inputs.iter().enumerate() {
            match &input.held_by {
                Some(by) if self.held.insert(at) => {
                    let by = holder_text(by);
                    self.observer.tell(&Happening::Held { input: &input.spec, by: &by });
                }
                None if self.held.remove(&at) => self.observer.tell(&Happening::Taken { input: &input.spec }),
                _ => {}
            }
        }
    }

    fn begin_loads(&mut self, now: Instant) {
        if self.database.is_some_and(|retry| retry.at > now) {
            return;
        }
        for (at, input) in self.inputs.iter_mut().enumerate() {
            if let Some(scope) = input.take(now) {
                // The workers live as long as this.
                let _ = self.work.send(Work { input: at, spec: input.spec.clone(), scope });
            }
        }
    }

    fn end(&mut self, done: Done, now: Instant) {
        match done.result {
            Ok(summary) => {
                if self.database.take().is_some() {
                    self.observer.tell(&Happening::DatabaseRecovered);
                }
                self.inputs[done.input].end(&summary, self.watch.registry, now);
                self.tell(done.input, &summary);
            }
            Err(error) => {
                if self.database.is_none() {
                    self.observer.tell(&Happening::DatabaseFailed { error: &error });
                }
                let retry = Retry::after(self.database, now);
                self.database = Some(retry);
                self.inputs.iter_mut().for_each(|input| input.hold(retry.at));
                self.inputs[done.input].fail(retry.at);
            }
        }
    }

    fn tell(&mut self, at: usize, summary: &RunSummary) {
        self.ledger.add(at, summary);
        // How the files of a load that was stopped are isn't known.
        let tasks = if summary.interrupted { &[][..] } else { &summary.tasks[..] };
        for task in tasks {
            let failed = task.error.as_ref().filter(|_| is_failure(task));
            match failed {
                Some(error) if self.failing.get(&task.path) != Some(error) => {
                    self.failing.insert(task.path.clone(), error.clone());
                    self.ledger.fail(at, task);
                    self.observer.tell(&Happening::Failed { task });
                }
                None if self.failing.remove(&task.path).is_some() => {
                    self.ledger.recover(at, &task.path);
                    self.observer.tell(&Happening::Recovered { path: &task.path });
                }
                _ => {}
            }
        }
        if summary.events > 0 || summary.rejected > 0 || summary.has_warnings() {
            self.observer.tell(&Happening::Loaded { input: &self.inputs[at].spec, summary });
        }
    }
}

fn is_failure(task: &TaskSummary) -> bool {
    matches!(task.state, TaskState::Failed | TaskState::Partial)
}
