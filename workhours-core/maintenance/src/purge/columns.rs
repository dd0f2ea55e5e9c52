//! What was purged from the database is purged from its columns too: waiting for it, and checking it.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};
use workhours_base::error::{Context, Result};
use workhours_columns::{Columns, Writer};
use workhours_store::Store;

/// Between two looks at what another program does.
const PAUSE: Duration = Duration::from_millis(100);

/// Removes what was purged. If another program is writing the columns, waits for it to do so. Returns whether everything
/// is gone.
pub(super) fn purge(folder: &Path, store: &mut Store, wait: Duration) -> Result<bool> {
    let since = Instant::now();
    while !is_purged(folder, store)? {
        if let Some(mut writer) = Writer::open(folder, store.uuid())? {
            writer.catch_up(store, &mut |_| ControlFlow::Continue(()))?;
            return is_purged(folder, store);
        }
        if since.elapsed() >= wait {
            return Ok(false);
        }
        std::thread::park_timeout(PAUSE);
    }
    Ok(true)
}

/// Whether the files hold nothing that was purged from the database.
pub(super) fn is_purged(folder: &Path, store: &mut Store) -> Result<bool> {
    let root = folder.join(store.uuid());
    let builds = match std::fs::read_dir(&root) {
        Ok(entries) => entries.flatten().filter(|entry| entry.path().is_dir()).count(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(true),
        Err(e) => return Err(e).context(|| format!("cannot list {}", root.display())),
    };
    let Some(columns) = Columns::open(folder, store.uuid())? else { return Ok(builds == 0) };
    Ok(builds == 1 && columns.moment().purges >= store.journal().moment()?.purges)
}
