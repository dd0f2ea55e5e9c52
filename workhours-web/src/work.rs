//! Work for the database: on threads that may block, at most as many as there are connections, with a short queue and a
//! time limit. Abandoned work stops at its next row.

use crate::problem::Problem;
use crate::site::Site;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use workhours_core::budget::Budget;
use workhours_core::error::{Error, Result};
use workhours_core::store::Store;
use workhours_core::table::{Row, Rows, Table};

/// Requests that wait for their turn, at most.
const QUEUE: usize = 32;
/// How long they wait.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long the work for a page may take.
const DEADLINE: Duration = Duration::from_secs(30);
/// How long an export may take, which streams.
const EXPORT: Duration = Duration::from_secs(3600);
/// Exports at once: they take as long as their reader does.
const EXPORTS: usize = 2;
/// Connections reserved for quick work: the state of the database, for validating copies.
const SPARE: usize = 2;

/// The entrance for work.
pub(crate) struct Desk {
    turns: Arc<Semaphore>,
    exports: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Desk {
    /// For a database with this many connections.
    pub(crate) fn new(connections: u32) -> Self {
        let turns = (connections as usize).saturating_sub(SPARE + EXPORTS).max(1);
        Self {
            turns: Arc::new(Semaphore::new(turns)),
            exports: Arc::new(Semaphore::new(EXPORTS)),
            waiting: AtomicUsize::new(0),
        }
    }

    /// How many wait for their turn.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    async fn turn(&self, of: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Problem> {
        if let Ok(turn) = of.clone().try_acquire_owned() {
            return Ok(turn);
        }
        let place = Place::take(&self.waiting).ok_or_else(Problem::busy)?;
        let turn = timeout(PATIENCE, of.clone().acquire_owned()).await;
        drop(place);
        turn.ok().and_then(Result::ok).ok_or_else(Problem::busy)
    }
}

/// A place in the queue, given back when its holder goes.
struct Place<'d>(&'d AtomicUsize);

impl<'d> Place<'d> {
    fn take(waiting: &'d AtomicUsize) -> Option<Self> {
        let place = Self(waiting);
        (waiting.fetch_add(1, Ordering::Relaxed) < QUEUE).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether a client still waits for the work.
#[derive(Clone)]
pub(crate) struct Stop {
    gone: Arc<AtomicBool>,
    until: Instant,
}

impl Stop {
    fn new(within: Duration) -> Self {
        Self { gone: Arc::default(), until: Instant::now() + within }
    }

    /// This much time, and only while a client waits.
    pub(crate) fn budget(&self, time: Duration) -> Budget {
        Budget::of(time.min(self.until.saturating_duration_since(Instant::now()))).or_until(self.gone.clone())
    }

    /// # Errors
    /// When no client does.
    pub(crate) fn check(&self) -> Result<()> {
        if self.gone.load(Ordering::Relaxed) || Instant::now() > self.until {
            return Err(Error::failed("nobody waits for this any more"));
        }
        Ok(())
    }

    /// The table, whose rows end with an error once no client waits for them.
    pub(crate) fn watch<'t>(&self, mut table: Table<'t>) -> Table<'t> {
        table.rows = Box::new(Watched { rows: table.rows, stop: self.clone() });
        table
    }
}

/// Stops the work when it is dropped.
pub(crate) struct Held(Stop);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.gone.store(true, Ordering::Relaxed);
    }
}

struct Watched<'t> {
    rows: Box<dyn Rows + 't>,
    stop: Stop,
}

impl Rows for Watched<'_> {
    fn next_row(&mut self) -> Result<Option<Row>> {
        self.stop.check()?;
        self.rows.next_row()
    }

    fn totals(&self) -> Vec<(String, String)> {
        self.rows.totals()
    }
}

impl Site {
    /// Does what needs the database, when it is its turn.
    ///
    /// # Errors
    /// Errors of the work; a problem if there is too much to do or it takes too long.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Site, &mut Store, &Stop) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = self.desk.turn(&self.desk.turns).await?;
        // It learns of its end from here first, where it differs from a failure.
        let (site, stop) = (self.clone(), Stop::new(DEADLINE + PATIENCE));
        let held = Held(stop.clone());
        let done = spawn_blocking(move || {
            let _turn = turn;
            stop.check()?;
            work(&site, &mut site.pool.store()?, &stop)
        });
        let done = timeout(DEADLINE, done).await;
        drop(held);
        match done {
            Ok(done) => done.unwrap_or_else(|e| Err(Problem::failed(e.to_string()))),
            Err(_) => Err(Problem::too_slow(DEADLINE.as_secs())),
        }
    }

    /// Does quick work that must not wait: no report, no page of events.
    ///
    /// # Errors
    /// Its errors.
    pub(crate) async fn glance<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Store) -> Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let site = self.clone();
        let seen = spawn_blocking(move || look(&mut site.pool.store()?)).await;
        Ok(seen.map_err(|e| Problem::failed(e.to_string()))??)
    }

    /// Starts work that streams its response, when it is its turn. It runs until it is done or the returned value is
    /// dropped.
    ///
    /// # Errors
    /// A problem when there is too much to do.
    pub(crate) async fn export(
        &self,
        work: impl FnOnce(&Site, &Stop) + Send + 'static,
    ) -> Result<Held, Problem> {
        let turn = self.desk.turn(&self.desk.exports).await?;
        let (site, stop) = (self.clone(), Stop::new(EXPORT));
        let held = Held(stop.clone());
        spawn_blocking(move || {
            let _turn = turn;
            work(&site, &stop);
        });
        Ok(held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_queue_is_short() {
        let desk = Desk::new(1);
        let turn = desk.turn(&desk.turns).await.unwrap();
        let places: Vec<_> = (0..QUEUE).map(|_| Place::take(&desk.waiting).unwrap()).collect();
        assert!(desk.turn(&desk.turns).await.is_err());
        drop(places);
        assert_eq!(desk.waiting(), 0);
        drop(turn);
        assert!(desk.turn(&desk.turns).await.is_ok());
    }

    #[test]
    fn work_that_nobody_waits_for_stops() {
        let stop = Stop::new(Duration::from_secs(60));
        let held = Held(stop.clone());
        assert!(stop.check().is_ok());
        drop(held);
        assert!(stop.check().is_err());
    }
}
