//! `--index`: updates the search index during a load, on a separate thread and connection, so that searches can begin
//! when the load ends. The load only waits for it at the end.

use super::index::open;
use crate::console::count;
use crate::progress::Indexed;
use crate::session::Session;
use crate::signals;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use workhours_core::database::DatabaseUri;
use workhours_core::error::{Context, Error, Result};
use workhours_core::index::{IndexWriter, Priority};
use workhours_core::priority::give_way;
use workhours_core::store::Store;

/// Time between two checks for loaded events, while there are none.
const IDLE_INTERVAL: Duration = Duration::from_millis(100);
/// The same when everything was indexed: new events are indexed in batches.
const UPDATE_INTERVAL: Duration = Duration::from_secs(1);

/// An index that is fed.
pub(super) struct BackgroundIndexer<'s> {
    session: &'s Session<'s>,
    feeder: JoinHandle<Result<(Box<dyn IndexWriter>, u64)>>,
    shared: Arc<Shared>,
}

/// State shared by both threads.
struct Shared {
    /// Nothing more is loaded.
    loaded: AtomicBool,
    stop: Arc<AtomicBool>,
    /// How far it is, of how many events.
    progress: [AtomicU64; 2],
}

impl<'s> BackgroundIndexer<'s> {
    /// Starts; `None` if another program already writes the index, with a message.
    ///
    /// # Errors
    /// For a database in memory, and when the index cannot be opened.
    pub(super) fn begin(session: &'s Session<'s>, store: &Store) -> Result<Option<Self>> {
        let Some(mut writer) = open(session, store)?.writer()? else {
            session.console.detail("another program is bringing the index up to date");
            return Ok(None);
        };
        writer.set_priority(Priority::Bulk);
        let stop = signals::stop_flag()?;
        let shared = Arc::new(Shared { loaded: AtomicBool::new(false), stop, progress: Default::default() });
        let (uri, its) = (session.config.database.clone(), shared.clone());
        let feeder = thread::Builder::new()
            .name("index".into())
            .spawn(move || feed(writer, &uri, &its))
            .context(|| "cannot begin to make the index")?;
        Ok(Some(Self { session, feeder, shared }))
    }

    /// Waits until all loaded events are indexed, with progress. A stopped load doesn't wait for that.
    ///
    /// # Errors
    /// Errors of the database or the index.
    pub(super) fn finish(self) -> Result<()> {
        self.shared.loaded.store(true, Ordering::Relaxed);
        // Wakes it, should it pause.
        self.feeder.thread().unpark();
        let mut bar = Indexed::new(self.session.console.is_quiet());
        while !self.feeder.is_finished() {
            let [done, of] = [0, 1].map(|at| self.shared.progress[at].load(Ordering::Relaxed));
            bar.show(done, of);
            thread::park_timeout(IDLE_INTERVAL);
        }
        drop(bar);
        let ended = self.feeder.join().map_err(|_| Error::failed("indexing ended in a panic"))?;
        let (mut writer, added) = ended?;
        if let Some(damage) = writer.take_damage() {
            self.session.console.warn(format_args!("{}; the index was rebuilt", damage.full_message()));
        }
        writer.finish()?;
        self.session.console.say(format_args!("indexed {}", count(added, "event")));
        Ok(())
    }
}

/// Indexes loaded events, in a loop, until all are in.
fn feed(
    mut writer: Box<dyn IndexWriter>,
    uri: &DatabaseUri,
    shared: &Shared,
) -> Result<(Box<dyn IndexWriter>, u64)> {
    give_way();
    let mut store = Store::open(uri)?;
    let mut added = 0;
    loop {
        let last = shared.loaded.load(Ordering::Relaxed);
        added += writer.catch_up(&mut store, &mut |progress| {
            for (at, n) in shared.progress.iter().zip([progress.done, progress.of]) {
                at.store(n, Ordering::Relaxed);
            }
            flow(shared.stop.load(Ordering::Relaxed))
        })?;
        if last || shared.stop.load(Ordering::Relaxed) {
            return Ok((writer, added));
        }
        // The end of loading is checked again here: a writer that waits for space consumes its wake-up.
        if !shared.loaded.load(Ordering::Relaxed) {
            thread::park_timeout(if added == 0 { IDLE_INTERVAL } else { UPDATE_INTERVAL });
        }
    }
}

fn flow(stop: bool) -> ControlFlow<()> {
    if stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}
