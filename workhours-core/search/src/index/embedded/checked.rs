//! Whether the files of an index are intact. The engine ends each file with a checksum, but verifies it only on
//! request: otherwise a damaged file returns wrong results and no error.
//!
//! A written file never changes. So each is checked once, and again if its size or modification time changes. A file in
//! the same folder lists the checked ones, for the next program.

use rustc_hash::FxHashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use tantivy::{Index, IndexMeta};
use workhours_base::error::{Context, Error, Result};

/// The file that lists the checked ones.
const CHECKED: &str = "checked.json";

/// The intact files of a folder, with their metadata at that time.
#[derive(Debug, Default)]
pub(super) struct Checked {
    files: FxHashMap<String, Stamp>,
}

/// Size in bytes and time of change, ns.
type Stamp = (u64, u64);

impl Checked {
    /// Those that any program checked before.
    pub(super) fn read(dir: &Path) -> Self {
        let text = fs::read(dir.join(CHECKED)).unwrap_or_default();
        Self { files: serde_json::from_slice(&text).unwrap_or_default() }
    }

    /// Checks the files that weren't checked, or that have changed since. Missing ones were merged into others.
    ///
    /// # Errors
    /// Names the first file that is damaged or can't be read.
    pub(super) fn check(
        &mut self,
        index: &Index,
        dir: &Path,
        files: &[PathBuf],
        read_only: bool,
    ) -> Result<()> {
        let mut news = false;
        for file in files {
            let Some(stamp) = stamp(&dir.join(file)) else { continue };
            let name = file.to_string_lossy();
            if self.files.get(&*name) != Some(&stamp) {
                check_file(index, dir, file)?;
                self.files.insert(name.into_owned(), stamp);
                news = true;
            }
        }
        if news && !read_only {
            self.files.retain(|name, _| files.iter().any(|file| file.as_os_str() == name.as_str()));
            // A folder that may only be read is checked by each program for itself.
            let _ = self.write(dir);
        }
        Ok(())
    }

    fn write(&self, dir: &Path) -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        file.write_all(&serde_json::to_vec(&self.files)?)?;
        file.persist(dir.join(CHECKED))?;
        Ok(())
    }
}

/// The files of the index in a state of it.
pub(super) fn files(meta: &IndexMeta) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = meta.list_segment_files().into_iter().collect();
    files.sort_unstable();
    files
}

/// Checks one file, whether it was checked before or not.
///
/// # Errors
/// When it is damaged or can't be read.
pub(super) fn check_file(index: &Index, dir: &Path, file: &Path) -> Result<()> {
    match index.directory().validate_checksum(file) {
        Ok(true) => Ok(()),
        Ok(false) => Err(damaged(dir, file)),
        // Its end, with the checksum, may be the damaged part.
        Err(e) => Err(damaged(dir, file).with_source(e)),
    }
}

/// The error for a file that is not as it was written.
pub(super) fn damaged(dir: &Path, file: &Path) -> Error {
    Error::failed(format!("the index file {} is damaged", dir.join(file).display()))
        .hint("workhours index rebuild builds it again from the database")
}

/// Checks all files of an index that have changed since they were checked.
///
/// # Errors
/// When one is damaged, or it can't be opened.
pub(super) fn check_index(dir: &Path) -> Result<()> {
    let open = || -> tantivy::Result<(Index, IndexMeta)> {
        let index = super::open_in(dir)?;
        let meta = index.load_metas()?;
        Ok((index, meta))
    };
    let (index, meta) = open().context(|| format!("cannot read the index in {}", dir.display()))?;
    Checked::read(dir).check(&index, dir, &files(&meta), false)
}

fn stamp(path: &Path) -> Option<Stamp> {
    let meta = path.metadata().ok()?;
    let since = meta.modified().ok()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Some((meta.len(), u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)))
}
