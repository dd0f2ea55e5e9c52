//! Where the columns are: a folder for each database, named after the database's id; in it a folder for each build, and a
//! file that names the one in use. A new one is built in another folder and then replaces it.
//!
//! Any number of processes may read; the writer holds the lock.

use crate::disk;
use crate::manifest::{MANIFEST, VERSION};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use workhours_base::disk::{OnDisk, Written};
use workhours_base::error::{Context, Result};

const CURRENT: &str = "current";
const LOCK: &str = "lock";

/// The folder of one database.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    root: PathBuf,
}

/// Held by the writer.
#[must_use]
pub(crate) struct Lock(#[allow(dead_code)] File);

impl Folder {
    pub(crate) fn new(base: &Path, database: &str) -> Self {
        Self { root: base.join(database) }
    }

    /// The build in use; `None` if there is none, or only one of another version of the program.
    pub(crate) fn current(&self) -> Option<PathBuf> {
        let name = fs::read_to_string(self.root.join(CURRENT)).ok()?;
        let name = name.trim();
        let ours = name.starts_with(&prefix()) && !name.contains(['/', '\\']);
        Some(self.root.join(name)).filter(|dir| ours && dir.join(MANIFEST).is_file())
    }

    /// A folder for a build to be made.
    pub(crate) fn create(&self) -> Result<PathBuf> {
        let (now, process) = (workhours_store::now_us(), std::process::id());
        let dir = self.root.join(format!("{}{now:x}-{process}", prefix()));
        private(&dir)?;
        Ok(dir)
    }

    /// From now on this is the build in use.
    pub(crate) fn publish(&self, dir: &Path) -> Result<()> {
        let name = dir.file_name().unwrap_or_default().to_string_lossy();
        disk::replace(&self.root.join(CURRENT), format!("{name}\n").as_bytes())
    }

    /// From now on no build is in use.
    pub(crate) fn retire(&self) {
        disk::remove(&self.root.join(CURRENT));
    }

    /// Deletes builds that are not in use. A program that still reads there has its files open.
    pub(crate) fn tidy(&self) {
        let current = self.current();
        let Ok(entries) = fs::read_dir(&self.root) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            let is_dir = path.is_dir();
            // What can't be deleted now is deleted the next time.
            if is_dir && Some(&path) != current.as_ref() {
                let _ = fs::remove_dir_all(&path);
            } else if !is_dir && !path.ends_with(CURRENT) && !path.ends_with(LOCK) {
                let _ = fs::remove_file(&path);
            }
        }
    }

    /// The writer's lock; `None` while another program holds it.
    pub(crate) fn lock(&self) -> Result<Option<Lock>> {
        private(&self.root)?;
        let path = self.root.join(LOCK);
        let file = disk::open_growing(&path)?;
        #[cfg(unix)]
        {
            use rustix::fs::{FlockOperation, flock};
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {}
                Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
                Err(e) => return Err(e).context(|| format!("cannot lock {}", path.display())),
            }
        }
        Ok(Some(Lock(file)))
    }
}

/// The size of all files in a folder.
pub(crate) fn bytes(dir: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(dir) else { return 0 };
    entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|meta| meta.len()).sum()
}

fn prefix() -> String {
    format!("v{VERSION}-")
}

/// Makes a folder that only its owner can look into: texts of events are in it.
fn private(folder: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).on_disk(Written::Filestore, folder, || format!("cannot make {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_writes_and_a_new_build_takes_over() {
        let base = tempfile::tempdir().unwrap();
        let folder = Folder::new(base.path(), "abc");
        assert_eq!(folder.current(), None);
        let lock = folder.lock().unwrap().expect("no one holds it");
        assert!(folder.lock().unwrap().is_none());
        let (first, second) = (folder.create().unwrap(), folder.create().unwrap());
        folder.publish(&first).unwrap();
        assert_eq!(folder.current(), None, "nothing in it yet");
        fs::write(first.join(MANIFEST), "{}").unwrap();
        fs::write(second.join(MANIFEST), "{}").unwrap();
        assert_eq!(folder.current(), Some(first.clone()));
        folder.publish(&second).unwrap();
        folder.tidy();
        assert_eq!((folder.current(), first.exists()), (Some(second), false));
        drop(lock);
        assert!(folder.lock().unwrap().is_some());
    }
}
