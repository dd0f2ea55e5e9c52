//! Copies of the events that are kept up to date during a load: the columns, and with `--index` the search index. Each is
//! written on its own thread and connection, so that reports and searches can begin when the load ends. The load only
//! waits for them at the end.

use crate::console::count;
use crate::progress::Indexed;
use crate::session::Session;
use crate::signals;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use workhours_core::columns;
use workhours_core::config::ColumnsPolicy;
use workhours_core::database::DatabaseUri;
use workhours_core::error::{Context, Error, Result};
use workhours_core::index::{IndexWriter, Priority};
use workhours_core::priority::give_way;
use workhours_core::store::Store;

/// Time between two checks for loaded events, while there are none.
const IDLE_INTERVAL: Duration = Duration::from_millis(100);
/// The same when everything is in: new events are added in batches.
const UPDATE_INTERVAL: Duration = Duration::from_secs(1);

/// A copy of the events.
pub(super) trait EventCopy: Send + 'static {
    /// Whether a load that is over at once needs no thread: what it brought is added by the caller.
    const SKIPS_SHORT_LOADS: bool;

    /// Adds what is missing, and calls `watch` with how far it is, of how many events. Returns how many were added.
    fn catch_up(
        &mut self,
        store: &mut Store,
        watch: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<u64>;

    /// Ends it; tells the user what they should know.
    fn finish(self, session: &Session<'_>, added: u64) -> Result<()>;
}

/// A copy that is being written.
pub(super) struct Background<'s, C> {
    session: &'s Session<'s>,
    writer: JoinHandle<Result<(C, u64)>>,
    /// Closed when the writer has ended.
    ended: Receiver<()>,
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

impl<'s, C: EventCopy> Background<'s, C> {
    /// Starts a thread.
    ///
    /// # Errors
    /// When there can't be one.
    pub(super) fn begin(session: &'s Session<'s>, copy: C) -> Result<Self> {
        let stop = signals::stop_flag()?;
        let shared = Arc::new(Shared { loaded: AtomicBool::new(false), stop, progress: Default::default() });
        let (uri, its) = (session.config.database.clone(), shared.clone());
        let (open, ended) = channel();
        let work = move || {
            let done = follow(copy, &uri, &its);
            drop(open);
            done
        };
        let writer =
            thread::Builder::new().name("copy".into()).spawn(work).context(|| "cannot start a thread")?;
        Ok(Self { session, writer, ended, shared })
    }

    /// Waits until all loaded events are in, with progress. A stopped load doesn't wait for that.
    ///
    /// # Errors
    /// Errors of the database or the copy.
    pub(super) fn finish(self) -> Result<()> {
        self.shared.loaded.store(true, Ordering::Relaxed);
        // Wakes it, should it pause.
        self.writer.thread().unpark();
        let mut bar = Indexed::new(self.session.console.is_quiet());
        while self.ended.recv_timeout(IDLE_INTERVAL) == Err(RecvTimeoutError::Timeout) {
            let [done, of] = [0, 1].map(|at| self.shared.progress[at].load(Ordering::Relaxed));
            bar.show(done, of);
        }
        drop(bar);
        let ended = self.writer.join().map_err(|_| Error::failed("a thread ended in a panic"))?;
        let (copy, added) = ended?;
        copy.finish(self.session, added)
    }
}

/// Adds loaded events, in a loop, until all are in.
fn follow<C: EventCopy>(mut copy: C, uri: &DatabaseUri, shared: &Shared) -> Result<(C, u64)> {
    give_way();
    if C::SKIPS_SHORT_LOADS {
        thread::park_timeout(IDLE_INTERVAL);
        if shared.loaded.load(Ordering::Relaxed) {
            return Ok((copy, 0));
        }
    }
    let mut store = Store::open(uri)?;
    let mut added = 0;
    loop {
        let last = shared.loaded.load(Ordering::Relaxed);
        added += copy.catch_up(&mut store, &mut |done, of| {
            for (at, n) in shared.progress.iter().zip([done, of]) {
                at.store(n, Ordering::Relaxed);
            }
            match shared.stop.load(Ordering::Relaxed) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })?;
        if last || shared.stop.load(Ordering::Relaxed) {
            return Ok((copy, added));
        }
        // The end of loading is checked again here: a writer that waits for space consumes its wake-up.
        if !shared.loaded.load(Ordering::Relaxed) {
            thread::park_timeout(if added == 0 { IDLE_INTERVAL } else { UPDATE_INTERVAL });
        }
    }
}

/// The search index.
pub(super) struct IndexCopy(Box<dyn IndexWriter>);

impl IndexCopy {
    /// `None` if another program already writes it, with a message.
    ///
    /// # Errors
    /// For a database in memory, and when the index can't be opened.
    pub(super) fn open(session: &Session<'_>, store: &Store) -> Result<Option<Self>> {
        let Some(mut writer) = super::index::open(session, store)?.writer()? else {
            session.console.detail("another program is bringing the index up to date");
            return Ok(None);
        };
        writer.set_priority(Priority::Bulk);
        Ok(Some(Self(writer)))
    }
}

impl EventCopy for IndexCopy {
    const SKIPS_SHORT_LOADS: bool = false;

    fn catch_up(
        &mut self,
        store: &mut Store,
        watch: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<u64> {
        self.0.catch_up(store, &mut |progress| watch(progress.done, progress.of))
    }

    fn finish(mut self, session: &Session<'_>, added: u64) -> Result<()> {
        if let Some(damage) = self.0.take_damage() {
            session.console.warn(format_args!("{}; the index was rebuilt", damage.full_message()));
        }
        self.0.finish()?;
        session.console.say(format_args!("indexed {}", count(added, "event")));
        Ok(())
    }
}

/// The columns, once there are enough events for them.
pub(super) struct ColumnsCopy {
    folder: PathBuf,
    policy: ColumnsPolicy,
    writer: Option<columns::Writer>,
}

impl ColumnsCopy {
    pub(super) fn new(session: &Session<'_>) -> Self {
        Self { folder: session.config.columns_folder(), policy: session.config.columns, writer: None }
    }
}

impl EventCopy for ColumnsCopy {
    const SKIPS_SHORT_LOADS: bool = true;

    fn catch_up(
        &mut self,
        store: &mut Store,
        watch: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<u64> {
        if self.writer.is_none() {
            if !super::columns::is_due(&self.folder, self.policy, store)? {
                return Ok(0);
            }
            // While another program writes them, there is nothing to do here.
            self.writer = columns::Writer::open(&self.folder, store.uuid())?;
        }
        let Some(writer) = &mut self.writer else { return Ok(0) };
        writer.catch_up(store, &mut |progress| watch(progress.done, progress.of))
    }

    fn finish(self, session: &Session<'_>, _: u64) -> Result<()> {
        if let Some(damage) = self.writer.and_then(|mut writer| writer.take_damage()) {
            session.console.warn(format_args!("{}; the columns were rebuilt", damage.full_message()));
        }
        Ok(())
    }
}
