//! One input: its files, the state of each before its last load, and what to load.

use crate::pace::{Pace, Retry, Timer};
use crate::places::{self, Places, absolute, is_pattern};
use crate::reader::Reader;
use crate::state::{State, state_of};
use crate::work::Scope;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use workhours_base::file::stat;
use workhours_base::input::InputSpec;
use workhours_config::{Limits, WatchSettings};
use workhours_ingest::{RunSummary, files_of, rotated_with, series};
use workhours_plugin_api::Growth;
use workhours_registry::Registry;
use workhours_store::TaskState;

/// Programs write to a log for a while after it was renamed.
const STILL_WRITTEN: Duration = Duration::from_secs(600);
/// Time between two loads of all files, changed or not: what a calendar says of next year comes near, too.
const ALL_AGAIN: Duration = Duration::from_secs(6 * 3600);
/// A look at all files may take this part of the time.
const SHARE: u32 = 500;

/// A file of the input.
#[derive(Debug)]
struct File {
    /// Its path as the input's files are listed.
    listed: PathBuf,
    growth: Growth,
    /// Its state before its last load.
    loaded: Option<State>,
    /// Set if the input's file was renamed to this: until when it is followed.
    rotated: Option<Instant>,
}

/// Files to load at one pace.
struct Lane {
    timer: Timer,
    pending: HashSet<PathBuf>,
}

impl Lane {
    fn new(pace: Pace) -> Self {
        Self { timer: Timer::new(pace), pending: HashSet::new() }
    }

    fn add(&mut self, path: &Path, now: Instant) {
        self.pending.insert(path.to_owned());
        self.timer.change(now);
    }
}

/// One input that is followed.
pub(crate) struct Followed {
    pub(crate) spec: InputSpec,
    /// Its path or pattern.
    path: PathBuf,
    reader: Reader,
    /// By absolute path.
    files: HashMap<PathBuf, File>,
    /// Those that failed.
    retries: HashMap<PathBuf, Retry>,
    /// What the files that are links point to.
    targets: HashMap<PathBuf, PathBuf>,
    growing: Lane,
    documents: Lane,
    /// When its files are to be listed again because some have come or gone.
    listing: Timer,
    /// When that is done in any case.
    next_scan: Instant,
    /// When all files are loaded, changed or not.
    all_at: Instant,
    /// Why there is nothing to read.
    pub(crate) absent: Option<String>,
    /// The other program that follows it.
    pub(crate) held_by: Option<String>,
    /// Nothing is loaded before this.
    held_until: Option<Instant>,
    /// Whether a load of it has not ended.
    pub(crate) busy: bool,
}

impl Followed {
    pub(crate) fn new(spec: InputSpec, registry: &Registry, settings: &WatchSettings, now: Instant) -> Self {
        let WatchSettings { min_interval, max_delay, document_interval, .. } = *settings;
        let pace = Pace { min_interval, max_delay };
        Self {
            path: absolute(&spec.path),
            reader: Reader::of(&spec, registry),
            spec,
            files: HashMap::new(),
            retries: HashMap::new(),
            targets: HashMap::new(),
            growing: Lane::new(pace),
            documents: Lane::new(Pace { min_interval: document_interval, max_delay }),
            listing: Timer::new(pace),
            next_scan: now,
            all_at: now,
            absent: None,
            held_by: None,
            held_until: None,
            busy: false,
        }
    }

    /// How many files there are.
    pub(crate) fn files(&self) -> usize {
        self.files.len()
    }

    /// How many of them are to be loaded.
    pub(crate) fn pending(&self) -> usize {
        self.growing.pending.len() + self.documents.pending.len()
    }

    /// Lists the files and finds those that have changed since they were loaded.
    pub(crate) fn scan(&mut self, registry: &Registry, limits: &Limits, every: Duration, now: Instant) {
        self.listing.begin(now);
        let listed = match files_of(&self.spec, registry, limits) {
            Ok(expanded) => expanded.files,
            Err(e) => {
                self.absent = Some(e.full_message());
                Vec::new()
            }
        };
        let mut there = HashSet::with_capacity(listed.len());
        let is_named = listed.len() == 1;
        for planned in listed {
            let path = absolute(&planned.path);
            if is_named && state_of(&path, self.reader.parts()).is_none() {
                continue;
            }
            if let Some(target) = places::target(&path) {
                self.targets.insert(target, path.clone());
            }
            let growth = self.reader.growth();
            let new = File { listed: planned.path, growth, loaded: None, rotated: None };
            self.files.entry(path.clone()).or_insert(new).rotated = None;
            there.insert(path);
        }
        if !there.is_empty() {
            self.absent = None;
        } else if self.absent.is_none() {
            self.absent = Some(format!("{}: no such file", self.spec.path.display()));
        }
        let known: Vec<PathBuf> = self.files.keys().cloned().collect();
        for path in known {
            let rotated = self.files.get(&path).and_then(|file| file.rotated);
            let is_other = !there.contains(&path) && rotated.is_none_or(|until| until < now) && path.exists();
            match is_other {
                true => drop(self.forget(&path)),
                false => self.look(&path, now),
            }
        }
        let took = now.elapsed();
        self.next_scan = now + every.max(took * SHARE);
    }

    /// Something has changed at a path, perhaps one of this input.
    pub(crate) fn notice(&mut self, path: &Path, now: Instant) {
        if let Some(own) = self.file_of(path) {
            self.look(&own, now);
            return;
        }
        // One of its files may have been rotated to it.
        let before = series(path);
        if before != path && self.files.contains_key(&before) {
            self.follow_rotation(&before, None, now);
        }
        // A new file, or a folder in which there may be some.
        let pattern = || glob::Pattern::new(&self.path.to_string_lossy()).ok();
        let concerns = if self.path.starts_with(path) {
            true
        } else if is_pattern(&self.path.to_string_lossy()) {
            path.is_dir() || pattern().is_some_and(|pattern| pattern.matches_path(path))
        } else {
            path.starts_with(&self.path)
        };
        if concerns {
            self.stale(now);
        }
    }

    /// Its files are to be listed again.
    pub(crate) fn stale(&mut self, now: Instant) {
        self.listing.change(now);
    }

    /// The file of the input that is at a path, or that a file there is a part of.
    fn file_of(&self, path: &Path) -> Option<PathBuf> {
        if self.files.contains_key(path) {
            return Some(path.to_owned());
        }
        if let Some(link) = self.targets.get(path) {
            return Some(link.clone());
        }
        let name = path.as_os_str().to_string_lossy();
        let owner = |ending: &&&str| {
            let owner = PathBuf::from(name.strip_suffix(**ending)?);
            self.files.contains_key(&owner).then_some(owner)
        };
        if let Some(owner) = self.reader.parts().companions.iter().find_map(|ending| owner(&ending)) {
            return Some(owner);
        }
        // A folder that is read as one, or an archive's files.
        let above = path.ancestors().skip(1).find(|above| self.files.contains_key(*above));
        above.map(Path::to_owned)
    }

    /// Compares a file with what it was before its last load.
    fn look(&mut self, path: &Path, now: Instant) {
        let Some(state) = state_of(path, self.reader.parts()) else {
            if self.forget(path) {
                self.follow_rotation(path, None, now);
                self.stale(now);
            }
            return;
        };
        let Some(file) = self.files.get_mut(path) else { return };
        if file.loaded == Some(state) {
            return;
        }
        // Replaced, or truncated after it was copied.
        let is_rotated = file.loaded.filter(|before| before.inode != state.inode || before.size > state.size);
        let growth = file.growth;
        if file.rotated.is_some() {
            file.rotated = Some(now + STILL_WRITTEN);
        }
        self.lane(growth).add(path, now);
        if let Some(before) = is_rotated {
            self.follow_rotation(path, Some(before.inode), now);
        }
    }

    /// A file has another name by now: it is read under that, for as long as it is written to.
    fn follow_rotation(&mut self, path: &Path, inode: Option<(u64, u64)>, now: Instant) {
        if self.reader.growth() != Growth::Append {
            return;
        }
        for other in rotated_with(path) {
            if self.files.contains_key(&other) {
                continue;
            }
            let Some(there) = stat(&other) else { continue };
            let age_ns = i128::from(workhours_store::now_us()) * 1_000 - there.mtime_ns;
            let is_recent = age_ns < STILL_WRITTEN.as_nanos() as i128;
            if is_recent || inode == Some(there.inode) {
                let rotated = Some(now + STILL_WRITTEN);
                let file = File { listed: other.clone(), growth: Growth::Append, loaded: None, rotated };
                self.files.insert(other.clone(), file);
                self.growing.add(&other, now);
            }
        }
    }

    fn forget(&mut self, path: &Path) -> bool {
        self.growing.pending.remove(path);
        self.documents.pending.remove(path);
        self.retries.remove(path);
        self.targets.retain(|_, link| link != path);
        self.files.remove(path).is_some()
    }

    fn lane(&mut self, growth: Growth) -> &mut Lane {
        match growth {
            Growth::Append => &mut self.growing,
            Growth::Mutable => &mut self.documents,
        }
    }

    /// When it needs attention next.
    pub(crate) fn next(&self) -> Instant {
        let scan = self.listing.due().map_or(self.next_scan, |due| due.min(self.next_scan));
        let lanes = [&self.growing, &self.documents].into_iter().filter_map(|lane| lane.timer.due());
        let all = (self.absent.is_none()).then_some(self.all_at);
        let may_load = !self.busy && self.held_by.is_none();
        let loads = lanes.chain(all).filter(|_| may_load);
        let held = self.held_until;
        let later = move |at: Instant| held.map_or(at, |until| at.max(until));
        let retries = self.retries.values().map(move |retry| later(retry.at)).filter(|_| may_load);
        loads.chain(retries).fold(scan, Instant::min)
    }

    /// Whether its files are to be listed now.
    pub(crate) fn is_scan_due(&self, now: Instant) -> bool {
        self.next_scan <= now || self.listing.due().is_some_and(|due| due <= now)
    }

    /// Takes what to load now.
    pub(crate) fn take(&mut self, now: Instant) -> Option<Scope> {
        if self.busy || self.held_by.is_some() || self.files.is_empty() {
            return None;
        }
        self.try_again(now);
        if self.all_at <= now {
            self.all_at = now + ALL_AGAIN;
            let all: Vec<PathBuf> = self.files.keys().cloned().collect();
            self.growing.pending.clear();
            self.documents.pending.clear();
            self.growing.timer.begin(now);
            self.documents.timer.begin(now);
            self.begin(&all, now);
            return Some(Scope::All);
        }
        let mut paths = Vec::new();
        for lane in [&mut self.growing, &mut self.documents] {
            if lane.timer.due().is_some_and(|due| due <= now) {
                lane.timer.begin(now);
                paths.extend(lane.pending.drain());
            }
        }
        let listed = self.begin(&paths, now);
        (!listed.is_empty()).then_some(Scope::Files(listed))
    }

    /// Files that failed are loaded again when it's time, changed or not.
    fn try_again(&mut self, now: Instant) {
        let mut due = Vec::new();
        for (path, retry) in self.retries.iter_mut().filter(|(_, retry)| retry.at <= now) {
            *retry = Retry::after(Some(*retry), now);
            due.push(path.clone());
        }
        for path in due {
            if let Some(growth) = self.files.get(&path).map(|file| file.growth) {
                self.lane(growth).add(&path, now);
            }
        }
    }

    /// A load of these files begins; returns their listed paths.
    fn begin(&mut self, paths: &[PathBuf], now: Instant) -> Vec<PathBuf> {
        let mut listed = Vec::with_capacity(paths.len());
        let mut again = Vec::new();
        for path in paths {
            let state = state_of(path, self.reader.parts());
            let Some(file) = self.files.get_mut(path) else { continue };
            listed.push(file.listed.clone());
            file.loaded = state;
            if state.is_some_and(|state| state.is_young) {
                again.push((path.clone(), file.growth));
            }
        }
        for (path, growth) in again {
            self.lane(growth).add(&path, now);
        }
        self.busy = !listed.is_empty();
        listed
    }

    /// A load has ended.
    pub(crate) fn end(&mut self, summary: &RunSummary, registry: &Registry, now: Instant) {
        self.busy = false;
        for task in &summary.tasks {
            let path = absolute(Path::new(&task.path));
            let Some(file) = self.files.get_mut(&path) else { continue };
            if let Ok(registered) = registry.get(&task.source_type) {
                file.growth = registered.source.info().growth;
            }
            let failed = matches!(task.state, TaskState::Failed | TaskState::Partial) && !summary.interrupted;
            match failed {
                true => drop(self.retries.entry(path).or_insert_with(|| Retry::after(None, now))),
                false => drop(self.retries.remove(&path)),
            }
        }
    }

    /// Nothing is loaded before this.
    pub(crate) fn hold(&mut self, until: Instant) {
        self.all_at = self.all_at.max(until);
        self.held_until = Some(until);
        self.growing.timer.hold(until);
        self.documents.timer.hold(until);
    }

    /// A load could not be done: which of its files were is not known, so all are loaded then.
    pub(crate) fn fail(&mut self, until: Instant) {
        self.busy = false;
        self.all_at = until;
    }

    /// Adds the folders to watch for it.
    pub(crate) fn add_places(&self, places: &mut Places) {
        let files = self.files.keys().map(PathBuf::as_path);
        places::add(places, &self.path, files, self.reader.parts().inside);
    }
}
