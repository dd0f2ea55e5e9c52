//! Several inputs in parallel, each on a thread with its own connection. The files of one input stay in order, because
//! a rotated log continues where the one before it ended.

use super::progress::Progress;
use super::run::Engine;
use super::summary::RunSummary;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use workhours_base::error::Result;
use workhours_base::input::InputSpec;
use workhours_config::Config;
use workhours_filestore::Filestore;
use workhours_registry::Registry;
use workhours_store::Pool;

/// The needs of a run with several jobs.
pub struct Crew<'a> {
    /// The source of each job's connection.
    pub pool: &'a Pool,
    /// The folder for copies.
    pub fs: Filestore,
    /// The sources.
    pub registry: &'a Registry,
    /// Zone, keeping rule, number of jobs.
    pub config: &'a Config,
    /// Read from the start, whatever the cursors say.
    pub reread: bool,
    /// Set it to end the run.
    pub stop: Arc<AtomicBool>,
    /// Observers of jobs: each job asks for one, on its thread.
    pub progress: &'a (dyn Fn() -> Box<dyn Progress> + Sync),
}

impl Crew<'_> {
    /// Reads all inputs. The summary has them in their order, whichever was done first.
    ///
    /// # Errors
    /// As for [`Engine::run`]; the first job's that failed, once the others have ended.
    pub fn run(&self, inputs: &[InputSpec]) -> Result<RunSummary> {
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<(usize, Result<RunSummary>)>> = Mutex::default();
        let jobs = (self.config.jobs as usize).clamp(1, inputs.len().max(1));
        std::thread::scope(|scope| {
            for _ in 0..jobs {
                scope.spawn(|| {
                    let progress = (self.progress)();
                    loop {
                        let i = next.fetch_add(1, Ordering::Relaxed);
                        let Some(input) = inputs.get(i) else { return };
                        let summary = self.run_one(input, &*progress);
                        let failed = summary.is_err();
                        done.lock().unwrap_or_else(PoisonError::into_inner).push((i, summary));
                        if failed || self.stop.load(Ordering::Relaxed) {
                            return;
                        }
                    }
                });
            }
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(i, _)| *i);
        let mut whole = RunSummary::default();
        for (_, summary) in done {
            whole.add(summary?);
        }
        whole.interrupted = self.stop.load(Ordering::Relaxed);
        Ok(whole)
    }

    fn run_one(&self, input: &InputSpec, progress: &dyn Progress) -> Result<RunSummary> {
        let mut store = self.pool.store()?;
        let mut engine = Engine {
            store: &mut store,
            fs: self.fs.clone(),
            registry: self.registry,
            config: self.config,
            reread: self.reread,
            stop: Arc::clone(&self.stop),
            progress,
        };
        engine.run(std::slice::from_ref(input))
    }
}
