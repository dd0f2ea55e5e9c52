//! The entrance for work on the database: at most as many jobs as there are connections, with a short queue before them and
//! a time limit. Abandoned work stops at its next row.

use crate::problem::Problem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use workhours_core::budget::Budget;
use workhours_core::error::{Error, Result};
use workhours_core::table::{Row, Rows, Table};

/// Requests that wait for their turn, at most.
const QUEUE: usize = 32;
/// How long they wait.
pub(crate) const QUEUE_TIMEOUT: Duration = Duration::from_secs(3);
/// Exports at once: they take as long as their reader does.
const EXPORTS: usize = 2;
/// Connections reserved for quick work: the state of the database, for validating copies.
const SPARE: usize = 2;

/// The entrance for work.
pub(crate) struct WorkQueue {
    pub(crate) turns: Arc<Semaphore>,
    pub(crate) exports: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl WorkQueue {
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

    /// A turn of these, when it comes.
    pub(crate) async fn turn(&self, of: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Problem> {
        if let Ok(turn) = of.clone().try_acquire_owned() {
            return Ok(turn);
        }
        let place = Permit::take(&self.waiting).ok_or_else(Problem::busy)?;
        let turn = timeout(QUEUE_TIMEOUT, of.clone().acquire_owned()).await;
        drop(place);
        turn.ok().and_then(Result::ok).ok_or_else(Problem::busy)
    }
}

/// A place in the queue, given back when its holder goes.
struct Permit<'d>(&'d AtomicUsize);

impl<'d> Permit<'d> {
    fn take(waiting: &'d AtomicUsize) -> Option<Self> {
        let place = Self(waiting);
        (waiting.fetch_add(1, Ordering::Relaxed) < QUEUE).then_some(place)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether a client still waits for the work.
#[derive(Clone)]
pub(crate) struct CancelToken {
    gone: Arc<AtomicBool>,
    until: Instant,
}

impl CancelToken {
    pub(crate) fn new(within: Duration) -> Self {
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
            return Err(Error::failed("the client has gone"));
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
pub(crate) struct Held(pub(crate) CancelToken);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.gone.store(true, Ordering::Relaxed);
    }
}

struct Watched<'t> {
    rows: Box<dyn Rows + 't>,
    stop: CancelToken,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_queue_is_short() {
        let desk = WorkQueue::new(1);
        let turn = desk.turn(&desk.turns).await.unwrap();
        let places: Vec<_> = (0..QUEUE).map(|_| Permit::take(&desk.waiting).unwrap()).collect();
        assert!(desk.turn(&desk.turns).await.is_err());
        drop(places);
        assert_eq!(desk.waiting(), 0);
        drop(turn);
        assert!(desk.turn(&desk.turns).await.is_ok());
    }

    #[test]
    fn work_that_nobody_waits_for_stops() {
        let stop = CancelToken::new(Duration::from_secs(60));
        let held = Held(stop.clone());
        assert!(stop.check().is_ok());
        drop(held);
        assert!(stop.check().is_err());
    }
}
