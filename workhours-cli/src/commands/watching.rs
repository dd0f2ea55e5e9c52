//! What `watch` prints, and what it tells the service manager: its beginning, new events every few seconds, and each
//! problem once.

use crate::console::{Console, count};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::{Duration, Instant};
use workhours_core::ingest::RunSummary;
use workhours_core::input::InputSpec;
use workhours_core::watch::{Happening, Jump, Observer};

/// Time between two lines about new events of one input.
const INTERVAL: Duration = Duration::from_secs(5);

/// More notes than this aren't remembered.
const MOST_NOTES: usize = 1_000;

/// What was loaded from an input since its last line.
#[derive(Default)]
struct Loaded {
    inserted: u64,
    updated: u64,
    rejected: u64,
    told: Option<Instant>,
}

/// Prints what happens.
pub(super) struct Watching<'c> {
    console: &'c Console,
    announces: bool,
    loaded: BTreeMap<String, Loaded>,
    /// Notes that were printed, each with its file.
    noted: HashSet<(String, String)>,
    manager: Manager,
}

impl<'c> Watching<'c> {
    /// With `announces`, it prints that it has begun.
    pub(super) fn new(console: &'c Console, announces: bool) -> Self {
        Self { console, announces, loaded: BTreeMap::new(), noted: HashSet::new(), manager: Manager::new() }
    }

    fn add(&mut self, input: &InputSpec, summary: &RunSummary) {
        let loaded = self.loaded.entry(name(input)).or_default();
        loaded.inserted += summary.inserted;
        loaded.updated += summary.updated;
        loaded.rejected += summary.rejected;
        for task in &summary.tasks {
            for note in &task.notes {
                if self.noted.len() == MOST_NOTES {
                    self.noted.clear();
                }
                if self.noted.insert((task.path.clone(), note.clone())) {
                    self.console.warn(format_args!("{}: {note}", task.path));
                }
            }
        }
        for file in &summary.left_alone {
            self.console.detail(format_args!("{}: left alone: {}", file.path, file.reason));
        }
        self.tell_loaded(false);
    }

    /// A line for each input of which there is news, or all of it now.
    fn tell_loaded(&mut self, now: bool) {
        for (name, loaded) in &mut self.loaded {
            let is_due = now || loaded.told.is_none_or(|told| told.elapsed() >= INTERVAL);
            let parts: Vec<String> =
                [(loaded.inserted, "new"), (loaded.updated, "updated"), (loaded.rejected, "rejected")]
                    .into_iter()
                    .filter(|(n, _)| *n > 0)
                    .map(|(n, what)| format!("{n} {what}"))
                    .collect();
            if is_due && !parts.is_empty() {
                self.console.say(format_args!("{name}: {}", parts.join(", ")));
                *loaded = Loaded { told: Some(Instant::now()), ..Loaded::default() };
            }
        }
    }
}

impl Observer for Watching<'_> {
    fn tell(&mut self, happening: &Happening<'_>) {
        let console = self.console;
        match happening {
            Happening::Following { .. } if !self.announces => self.manager.ready(),
            Happening::Following { inputs: 0, .. } => {
                console.say("no inputs are followed; receiving and running schedules; Ctrl-C ends it");
                self.manager.ready();
            }
            Happening::Following { inputs, files } => {
                console.say(format_args!(
                    "following {} with {}; Ctrl-C ends it",
                    count(*inputs as u64, "input"),
                    count(*files as u64, "file")
                ));
                self.manager.ready();
            }
            Happening::Loaded { input, summary } => self.add(input, summary),
            Happening::Failed { task } => {
                let error = task.error.as_deref().unwrap_or_default();
                match error.contains(&task.path) {
                    true => console.problem(error, task.hint.as_deref()),
                    false => console.problem(format_args!("{}: {error}", task.path), task.hint.as_deref()),
                }
            }
            Happening::Recovered { path } => console.say(format_args!("{path}: it can be read again")),
            Happening::Gone { path } => console.say(format_args!("{path}: it is gone")),
            Happening::Absent { input, why } => {
                console.warn(format_args!("{}: nothing to read yet: {why}; waiting for it", name(input)));
            }
            Happening::Appeared { input } => console.say(format_args!("{}: there it is", name(input))),
            Happening::Held { input, by } => {
                console.warn(format_args!("{}: {by} follows it; waiting for that to end", name(input)));
            }
            Happening::Taken { input } => {
                console.say(format_args!("{}: followed from now on", name(input)));
            }
            Happening::Polling { input, why } => {
                console.warn(format_args!("{}: files are checked in turn: {why}", name(input)));
            }
            Happening::NoticesLost => {
                console.detail("too many changes at once to be told of each: all files are checked");
            }
            Happening::DatabaseFailed { error } => {
                console.error(error);
                console.say("nothing is loaded until the database can be written; it is tried again");
            }
            Happening::DatabaseRecovered => console.say("the database can be written again"),
            Happening::TimeJumped { jump } => console.say(match jump {
                Jump::StoodStill(time) => format!("did not run for {} s: all files are checked", time.as_secs()),
                Jump::Forward(time) => format!(
                    "the clock is {} s further than it should be, after a sleep perhaps: all files are checked",
                    time.as_secs()
                ),
                Jump::Back(time) => {
                    format!("the clock was set back by {} s: all files are checked", time.as_secs())
                }
            }),
        }
    }

    fn beat(&mut self) {
        self.tell_loaded(false);
        self.manager.alive();
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        self.tell_loaded(true);
    }
}

/// An input for people: its label, or else its path.
fn name(input: &InputSpec) -> String {
    match input.label.as_str() {
        "" => Path::display(&input.path).to_string(),
        label => label.to_owned(),
    }
}

/// The service manager, if there is one that listens (systemd's `Type=notify`).
struct Manager {
    /// Time between two signs of life, if it wants any.
    every: Option<Duration>,
    last: Instant,
}

impl Manager {
    fn new() -> Self {
        #[cfg(target_os = "linux")]
        let every = sd_notify::watchdog_enabled().map(|limit| limit / 3);
        #[cfg(not(target_os = "linux"))]
        let every = None;
        Self { every, last: Instant::now() }
    }

    /// It runs as it should.
    fn ready(&self) {
        #[cfg(target_os = "linux")]
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    }

    /// A sign of life.
    fn alive(&mut self) {
        if self.every.is_some_and(|every| self.last.elapsed() >= every) {
            self.last = Instant::now();
            #[cfg(target_os = "linux")]
            let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
        }
    }
}
