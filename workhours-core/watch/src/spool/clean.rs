//! Files of the spool go when they are in the database and nothing more is written to them.

use super::disk::hold;
use super::{DONE, KEY, KEYED, LINES, REQUEST, Spool, Stream, growing};
use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::time::{Duration, SystemTime};
use workhours_base::disk::{OnDisk, Written};
use workhours_base::error::{Context, Result};
use workhours_ingest::is_read_whole;
use workhours_store::Store;

/// A file that was not written to for this long is closed, whichever program had it open.
const CLOSED: Duration = Duration::from_secs(2 * 3_600);
/// Keys are remembered for this long after their file has gone.
const REMEMBERED: Duration = Duration::from_secs(7 * 24 * 3_600);
/// Such files go this long after they were written.
const SETTLED: Duration = Duration::from_secs(60);
/// The same of a file of which its writer says so.
const DONE_FOR: Duration = Duration::from_secs(5);

impl Spool {
    /// Removes files that are in the database and closed, and keys that nothing is sent with any more.
    ///
    /// # Errors
    /// Database errors.
    pub fn clean(&self, store: &mut Store) -> Result<()> {
        for (stream, path) in self.files() {
            let age = fs::metadata(&path)
                .and_then(|meta| meta.modified())
                .ok()
                .and_then(|modified| SystemTime::now().duration_since(modified).ok())
                .unwrap_or_default();
            match path.extension().and_then(|ending| ending.to_str()) {
                Some(LINES) if age > settles_after(&path) => {
                    end(&path)?;
                    remove_if_loaded(store, &stream, &path)?;
                }
                Some(KEY) if age > REMEMBERED => drop(fs::remove_file(&path)),
                Some(DONE) if !path.with_extension(LINES).exists() => drop(fs::remove_file(&path)),
                Some("tmp") if age > CLOSED => drop(fs::remove_file(&path)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether all that a stream has received is in the database.
    ///
    /// # Errors
    /// Database errors.
    pub fn is_loaded(&self, store: &mut Store, stream: &Stream) -> Result<bool> {
        let entries = fs::read_dir(self.folder_of(stream)).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            let has_lines = path.extension().is_some_and(|ending| ending == LINES);
            if has_lines && !is_read_whole(store, &stream.source_type, &stream.scope_of(&path), &path)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Ends all records that may still grow, so that they can be loaded for good.
    ///
    /// # Errors
    /// When a file can't be written to.
    pub fn end(&self) -> Result<()> {
        self.files().iter().try_for_each(|(_, path)| end(path))
    }

    /// Removes all files that are in the database, also those that a program writes to: it begins others. Returns how many
    /// are left.
    ///
    /// # Errors
    /// Database errors, or when a file can't be removed.
    pub fn empty(&self, store: &mut Store) -> Result<u64> {
        let mut left = 0;
        for (stream, path) in self.files() {
            if path.extension().is_none_or(|ending| ending != LINES) {
                continue;
            }
            left += u64::from(!remove_if_loaded(store, &stream, &path)?);
        }
        Ok(left)
    }
}

/// How long after it was last written to a file isn't written to again.
fn settles_after(path: &Path) -> Duration {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match name.starts_with(KEYED) || name.starts_with(REQUEST) {
        true => SETTLED,
        false if path.with_extension(DONE).exists() => DONE_FOR,
        false => CLOSED,
    }
}

/// Ends the record of a file that may still grow.
pub(super) fn end(path: &Path) -> Result<()> {
    match growing::grows(path) {
        true => growing::seal(path)
            .on_disk(Written::Filestore, path, || format!("cannot write to the spool {}", path.display())),
        false => Ok(()),
    }
}

/// Removes a file if all of it is in the database, and remembers its key; returns whether it was.
fn remove_if_loaded(store: &mut Store, stream: &Stream, path: &Path) -> Result<bool> {
    let Ok(file) = OpenOptions::new().append(true).open(path) else { return Ok(true) };
    // Nothing is written to it from here on.
    hold(&file);
    if !is_read_whole(store, &stream.source_type, &stream.scope_of(path), path)? {
        return Ok(false);
    }
    let is_keyed = path.file_name().unwrap_or_default().to_string_lossy().starts_with(KEYED);
    // The key first: without both, lines sent again would be stored again.
    let kept = match is_keyed {
        true => File::create(path.with_extension(KEY)).and_then(|file| file.sync_all()),
        false => Ok(()),
    };
    kept.and_then(|()| fs::remove_file(path)).context(|| format!("cannot remove {}", path.display()))?;
    Ok(true)
}
