//! Work for the database, on threads that may wait, when it is its turn at the desk.

use crate::problem::Problem;
use crate::site::Site;
use crate::work_queue::{CancelToken, Held, QUEUE_TIMEOUT};
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use workhours_core::error::Result;
use workhours_core::store::Store;

/// How long the work for a page may take.
const DEADLINE: Duration = Duration::from_secs(30);
/// How long an export may take, which streams.
const EXPORT: Duration = Duration::from_secs(3600);

impl Site {
    /// Does what needs the database, when it is its turn.
    ///
    /// # Errors
    /// Errors of the work; a problem if there is too much to do or it takes too long.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Site, &mut Store, &CancelToken) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = self.work_queue.turn(&self.work_queue.turns).await?;
        // It learns of its end from here first, where it differs from a failure.
        let (site, stop) = (self.clone(), CancelToken::new(DEADLINE + QUEUE_TIMEOUT));
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
    pub(crate) async fn quick_read<T: Send + 'static>(
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
        work: impl FnOnce(&Site, &CancelToken) + Send + 'static,
    ) -> Result<Held, Problem> {
        let turn = self.work_queue.turn(&self.work_queue.exports).await?;
        let (site, stop) = (self.clone(), CancelToken::new(EXPORT));
        let held = Held(stop.clone());
        spawn_blocking(move || {
            let _turn = turn;
            work(&site, &stop);
        });
        Ok(held)
    }
}
