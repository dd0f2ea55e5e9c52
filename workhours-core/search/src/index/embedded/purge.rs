//! Data purged from the database is purged from the index too: waiting for it, and checking it.

use super::{Embedded, IndexWriter};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use workhours_base::error::{Context, Result};
use workhours_store::Store;

/// Between two looks at what another program does.
const PAUSE: Duration = Duration::from_millis(100);

impl Embedded {
    /// Removes everything from the index that was purged from the database. If another program is writing the index,
    /// waits for it to do so. Returns whether everything is gone.
    ///
    /// # Errors
    /// Errors of the database or the engine; the same call does the rest.
    pub fn purge(&self, store: &mut Store, wait: Duration) -> Result<bool> {
        let since = Instant::now();
        while self.folder().exists() {
            if let Some(keeper) = self.keeper()? {
                keeper.purge(store)?;
                return self.is_purged(store);
            }
            if self.is_purged(store)? {
                return Ok(true);
            }
            if since.elapsed() >= wait {
                return Ok(false);
            }
            std::thread::park_timeout(PAUSE);
        }
        Ok(true)
    }

    /// Whether its files contain nothing that was purged from the database.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn is_purged(&self, store: &mut Store) -> Result<bool> {
        let folders = match std::fs::read_dir(self.folder()) {
            Ok(entries) => entries.flatten().filter(|entry| entry.path().is_dir()).count(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(true),
            Err(e) => return Err(e).context(|| format!("cannot list {}", self.folder().display())),
        };
        let Some(open) = self.open()? else { return Ok(folders == 0) };
        Ok(folders == 1 && open.checkpoint.done.purges >= store.journal().moment()?.purges)
    }
}

impl IndexWriter {
    /// Removes files of other versions or an interrupted rebuild, and updates the current index, which removes purged
    /// words from its files. Builds none if there is none.
    fn purge(mut self, store: &mut Store) -> Result<()> {
        self.tidy();
        if self.has_index() {
            self.catch_up(store, &mut |_| ControlFlow::Continue(()))?;
            // It may have been of another history, and been replaced.
            self.tidy();
        }
        self.finish()
    }
}
