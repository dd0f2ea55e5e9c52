//! `--index`: the search index is brought up to date while a load runs, on a thread and a connection of its own, so
//! that searching begins where loading ends. Loading does not wait for it, but for its end.

use super::index::open;
use crate::console::count;
use crate::progress::Indexed;
use crate::session::Session;
use crate::signals;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use workhours_core::config::DatabaseUri;
use workhours_core::error::{Context, Error, Result};
use workhours_core::index::embedded::{Keeper, Pace};
use workhours_core::priority::give_way;
use workhours_core::store::Store;

/// Between two looks at what was loaded, while there is nothing yet.
const SOON: Duration = Duration::from_millis(100);
/// The same when all of it was put in: what comes by and by is put in together.
const PAUSE: Duration = Duration::from_secs(1);

/// An index that is fed.
pub(super) struct Beside<'s> {
    session: &'s Session<'s>,
    feeder: JoinHandle<Result<(Keeper, u64)>>,
    loaded: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
}

impl<'s> Beside<'s> {
    /// Begins; `None` when another program writes the index already, which is said.
    ///
    /// # Errors
    /// For a database in memory, and when the index cannot be opened.
    pub(super) fn begin(session: &'s Session<'s>, store: &Store) -> Result<Option<Self>> {
        let Some(keeper) = open(session, store)?.keeper()? else {
            session.console.detail("another program is bringing the index up to date");
            return Ok(None);
        };
        let keeper = keeper.at_pace(Pace::Bulk);
        let (loaded, stop) = (Arc::new(AtomicBool::new(false)), signals::stop_flag()?);
        let (uri, ends) = (session.config.database.clone(), [loaded.clone(), stop.clone()]);
        let feeder = thread::Builder::new()
            .name("index".into())
            .spawn(move || feed(keeper, &uri, &ends))
            .context(|| "cannot begin to make the index")?;
        Ok(Some(Self { session, feeder, loaded, stop }))
    }

    /// Puts in what is left once everything was loaded. A load that was stopped does not wait for that.
    ///
    /// # Errors
    /// What the database or the index reports.
    pub(super) fn finish(self) -> Result<()> {
        self.loaded.store(true, Ordering::Relaxed);
        // Wakes it, should it pause.
        self.feeder.thread().unpark();
        let ended = self.feeder.join().map_err(|_| Error::failed("making the index ended in a panic"))?;
        let (mut keeper, mut added) = ended?;
        let mut store = self.session.store()?;
        let mut bar = Indexed::new(self.session.console.is_quiet());
        added += keeper.catch_up(&mut store, &mut |progress| {
            bar.show(progress.done, progress.of);
            flow(self.stop.load(Ordering::Relaxed))
        })?;
        drop(bar);
        keeper.finish()?;
        self.session.console.say(format_args!("put {} into the index", count(added, "event")));
        Ok(())
    }
}

/// Puts in what is loaded, again and again, until one of these is set.
fn feed(mut keeper: Keeper, uri: &DatabaseUri, ends: &[Arc<AtomicBool>]) -> Result<(Keeper, u64)> {
    give_way();
    let mut store = Store::open(uri)?;
    let ended = || ends.iter().any(|end| end.load(Ordering::Relaxed));
    let mut added = 0;
    while !ended() {
        added += keeper.catch_up(&mut store, &mut |_| flow(ended()))?;
        thread::park_timeout(if added == 0 { SOON } else { PAUSE });
    }
    Ok((keeper, added))
}

fn flow(stop: bool) -> ControlFlow<()> {
    if stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}
