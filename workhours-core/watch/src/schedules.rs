//! Schedules: each run when it is due, once, whichever program sees it first. One that was missed, because nothing ran or
//! the machine slept, is made up for once.

use crate::clock::Clock;
use crate::holder::{has_ended, holder};
use crate::pace::Retry;
use chrono_tz::Tz;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};
use workhours_base::database::DatabaseUri;
use workhours_base::error::Result;
use workhours_config::ScheduleSpec;
use workhours_store::{Begun, DueRun, Store, now_us};

/// Time between two checks of what is due.
const TICK: Duration = Duration::from_millis(250);
/// A run is held for this long, and held again in time.
const HELD_US: i64 = 60_000_000;
const RENEWED: Duration = Duration::from_secs(15);
/// How soon one is tried again whose last run hasn't ended.
const BUSY_US: i64 = 5_000_000;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Whether it did what it should.
    pub is_ok: bool,
    /// What it said at its end.
    pub message: String,
}

/// Something about a schedule.
#[derive(Debug)]
pub enum ScheduleNews<'n> {
    /// A run begins. It's late by this much.
    Begun(&'n ScheduleSpec, Duration),
    /// A run has ended.
    Ended(&'n ScheduleSpec, &'n Ran),
    /// What is due can't be looked up in the database; it's tried again.
    Failed(&'n workhours_base::error::Error),
}

/// Runs a schedule that was due at a time, until it ends or the flag is set.
pub type Runner<'r> = dyn Fn(&ScheduleSpec, i64, &AtomicBool) -> Ran + Sync + 'r;

/// The needs of schedules.
pub struct Schedules<'s> {
    /// Which.
    pub specs: &'s [ScheduleSpec],
    /// The zone of times without one.
    pub zone: Tz,
    /// Where runs are stored.
    pub database: &'s DatabaseUri,
    /// Runs one.
    pub runner: &'s Runner<'s>,
    /// Set it to end all.
    pub stop: &'s AtomicBool,
    /// Told what happens; from several threads.
    pub tell: &'s (dyn Fn(&ScheduleNews<'_>) + Sync),
}

/// A schedule and when it is due next.
struct Entry<'s> {
    spec: &'s ScheduleSpec,
    due_us: Option<i64>,
    /// Not before this, though it is due.
    not_before_us: i64,
}

impl Schedules<'_> {
    /// Runs what is due until it's stopped, and waits for the runs.
    pub fn run(&self) {
        if self.specs.is_empty() {
            return;
        }
        let mut store = None;
        let mut entries: Option<Vec<Entry<'_>>> = None;
        let mut retry: Option<Retry> = None;
        let mut clock = Clock::new();
        thread::scope(|scope| {
            while !self.stop.load(Ordering::Relaxed) {
                thread::park_timeout(TICK);
                if clock.jump().is_some() {
                    // Times to come may be far off by now; one that has passed was missed.
                    let now = now_us();
                    for entry in
                        entries.iter_mut().flatten().filter(|entry| entry.due_us.is_none_or(|due| due > now))
                    {
                        entry.due_us = entry.spec.timing.next(now, self.zone);
                    }
                }
                if retry.is_some_and(|retry| retry.at > Instant::now()) {
                    continue;
                }
                match self.tick(scope, &mut store, &mut entries) {
                    Ok(()) => retry = None,
                    Err(e) => {
                        if retry.is_none() {
                            (self.tell)(&ScheduleNews::Failed(&e));
                        }
                        store = None;
                        retry = Some(Retry::after(retry, Instant::now()));
                    }
                }
            }
        });
    }

    fn tick<'scope, 'env: 'scope>(
        &'env self,
        scope: &'scope Scope<'scope, 'env>,
        store: &mut Option<Store>,
        entries: &mut Option<Vec<Entry<'env>>>,
    ) -> Result<()> {
        let opened = match store {
            Some(store) => store,
            None => store.insert(Store::open(self.database)?),
        };
        let now = now_us();
        let entries = match entries {
            Some(entries) => entries,
            None => entries.insert(self.entries(opened, now)?),
        };
        for entry in entries {
            let Some(due) = entry.due_us.filter(|due| *due <= now && entry.not_before_us <= now) else {
                continue;
            };
            let run = DueRun {
                schedule: entry.spec.name.clone(),
                due_us: due,
                holder: holder().to_owned(),
                until_us: now + HELD_US,
                state: "running".to_owned(),
                began_us: now,
                ended_us: None,
                message: None,
            };
            match opened.due_runs().begin(&run, &has_ended)? {
                Begun::Busy => {
                    entry.not_before_us = now + BUSY_US;
                    continue;
                }
                Begun::Taken => {}
                Begun::Yes => {
                    let spec = entry.spec;
                    scope.spawn(move || self.run_one(spec, due, now));
                }
            }
            entry.due_us = entry.spec.timing.next(now, self.zone);
        }
        Ok(())
    }

    /// When each is due: at once if it was missed.
    fn entries<'e>(&'e self, store: &mut Store, now: i64) -> Result<Vec<Entry<'e>>> {
        let mut entries = Vec::with_capacity(self.specs.len());
        for spec in self.specs {
            let before = store.due_runs().last_due(&spec.name)?;
            let missed =
                before.and_then(|before| spec.timing.last(now, self.zone).filter(|last| *last > before));
            let due_us = missed.or_else(|| spec.timing.next(now, self.zone));
            entries.push(Entry { spec, due_us, not_before_us: i64::MIN });
        }
        Ok(entries)
    }

    fn run_one(&self, spec: &ScheduleSpec, due_us: i64, now_us: i64) {
        let late = Duration::from_micros(u64::try_from(now_us - due_us).unwrap_or_default());
        (self.tell)(&ScheduleNews::Begun(spec, late));
        let is_over = AtomicBool::new(false);
        let ran = thread::scope(|scope| {
            let renewing = scope.spawn(|| self.renew(spec, due_us, &is_over));
            let ran = (self.runner)(spec, due_us, self.stop);
            is_over.store(true, Ordering::Relaxed);
            renewing.thread().unpark();
            ran
        });
        (self.tell)(&ScheduleNews::Ended(spec, &ran));
        let state = if ran.is_ok { "done" } else { "failed" };
        let end = || {
            let mut store = Store::open(self.database)?;
            store.due_runs().end(&spec.name, due_us, state, workhours_store::now_us(), Some(&ran.message))
        };
        if let Err(e) = end() {
            (self.tell)(&ScheduleNews::Failed(&e));
        }
    }

    /// Says again and again that a run is still at work.
    fn renew(&self, spec: &ScheduleSpec, due_us: i64, is_over: &AtomicBool) {
        let mut last = Instant::now();
        while !is_over.load(Ordering::Relaxed) {
            thread::park_timeout(RENEWED);
            if last.elapsed() < RENEWED || is_over.load(Ordering::Relaxed) {
                continue;
            }
            last = Instant::now();
            // Should that fail, it counts as lost after a minute.
            let _ = Store::open(self.database)
                .and_then(|mut store| store.due_runs().renew(&spec.name, due_us, now_us() + HELD_US));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Mutex, PoisonError};
    use workhours_base::database::SqlitePath;
    use workhours_config::Timing;

    /// Runs a schedule in two programs' stead for a while; returns how often it ran, and how late the first time.
    fn runs(database: &DatabaseUri, spec: &ScheduleSpec, length: Duration) -> Vec<i64> {
        let (stop, ran) = (AtomicBool::new(false), Mutex::new(Vec::new()));
        let runner = |_: &ScheduleSpec, due: i64, _: &AtomicBool| {
            ran.lock().unwrap_or_else(PoisonError::into_inner).push(due);
            Ran { is_ok: true, message: "fine".into() }
        };
        let schedules = Schedules {
            specs: std::slice::from_ref(spec),
            zone: Tz::UTC,
            database,
            runner: &runner,
            stop: &stop,
            tell: &|_| {},
        };
        thread::scope(|scope| {
            scope.spawn(|| schedules.run());
            scope.spawn(|| schedules.run());
            let since = Instant::now();
            while since.elapsed() < length {
                thread::park_timeout(Duration::from_millis(50));
            }
            stop.store(true, Ordering::Relaxed);
        });
        ran.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    #[test]
    fn each_due_time_runs_once_and_missed_ones_once_together() {
        let dir = tempfile::tempdir().unwrap();
        let database = DatabaseUri::Sqlite(SqlitePath::File(dir.path().join("events.db")));
        let every = |every: Duration| ScheduleSpec {
            name: "tick".into(),
            timing: Timing::Every(every),
            run: "index update".into(),
            origin: String::new(),
        };
        let mut due = runs(&database, &every(Duration::from_secs(1)), Duration::from_millis(3_400));
        let n = due.len();
        assert!((2..=4).contains(&n), "{due:?}");
        due.dedup();
        assert_eq!(due.len(), n, "each once");
        // An hour goes by without a program.
        let mut store = Store::open(&database).unwrap();
        let old = now_us() - 7_200_000_000;
        store.due_runs().forget("tick").unwrap();
        let run = DueRun {
            schedule: "tick".into(),
            due_us: old,
            holder: "elsewhere/1/1".into(),
            until_us: old,
            state: "running".into(),
            began_us: old,
            ended_us: None,
            message: None,
        };
        assert_eq!(store.due_runs().begin(&run, &|_| false).unwrap(), Begun::Yes);
        let due = runs(&database, &every(Duration::from_secs(3_600)), Duration::from_millis(700));
        assert_eq!(due, [Timing::Every(Duration::from_secs(3_600)).last(now_us(), Tz::UTC).unwrap()]);
        let states: Vec<String> = store.due_runs().all().unwrap().into_iter().map(|run| run.state).collect();
        assert_eq!(states, ["done", "lost"]);
    }
}
