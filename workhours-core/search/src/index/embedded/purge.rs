//! Data purged from the database is purged from the index too: waiting for it, and checking it.

use super::Embedded;
use super::index_writer::FolderWriter;
use crate::index::IndexWriter;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use workhours_base::error::{Context, Result};
use workhours_store::Store;

/// Between two looks at what another program does.
const PAUSE: Duration = Duration::from_millis(100);

/// Removes what was purged; see [`SearchIndex::purge`](crate::index::SearchIndex::purge).
pub(super) fn purge(index: &Embedded, store: &mut Store, wait: Duration) -> Result<bool> {
    let since = Instant::now();
    while index.folder.root().exists() {
        if let Some(writer) = index.folder_writer()? {
            writer.purge(store)?;
            return is_purged(index, store);
        }
        if is_purged(index, store)? {
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
pub(super) fn is_purged(index: &Embedded, store: &mut Store) -> Result<bool> {
    let folders = match std::fs::read_dir(index.folder.root()) {
        Ok(entries) => entries.flatten().filter(|entry| entry.path().is_dir()).count(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(true),
        Err(e) => return Err(e).context(|| format!("cannot list {}", index.folder.root().display())),
    };
    let Some(open) = index.open()? else { return Ok(folders == 0) };
    Ok(folders == 1 && open.checkpoint.done.purges >= store.journal().moment()?.purges)
}

impl FolderWriter {
    /// Removes files of other versions or an interrupted rebuild, and updates the current index, which removes purged
    /// words from its files. Builds none if there is none.
    fn purge(mut self, store: &mut Store) -> Result<()> {
        self.tidy();
        if self.has_index() {
            self.catch_up(store, &mut |_| ControlFlow::Continue(()))?;
            // It may have been of another history, and been replaced.
            self.tidy();
        }
        Box::new(self).finish()
    }
}
