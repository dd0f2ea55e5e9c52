//! Where an index is: a folder for each database, named after the database's id; in it a folder for each build of the
//! index, and a file that names the one in use. A new one is built in another folder and then replaces it.
//!
//! Any number of processes may read; the writer holds the lock.

use super::schema::VERSION;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use workhours_base::error::{Context, Result};

const CURRENT: &str = "current";
const LOCK: &str = "lock";

/// The folder of one database.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    root: PathBuf,
}

/// Held by the writer.
#[must_use]
pub(super) struct Lock(#[allow(dead_code)] File);

impl Folder {
    pub(super) fn new(base: &Path, database: &str) -> Self {
        Self { root: base.join(database) }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The index in use; `None` if there is none, or only one of another version of the program.
    pub(super) fn current(&self) -> Option<PathBuf> {
        let name = fs::read_to_string(self.root.join(CURRENT)).ok()?;
        let name = name.trim();
        let ours = name.starts_with(&prefix()) && !name.contains(['/', '\\']);
        Some(self.root.join(name)).filter(|dir| ours && dir.join("meta.json").is_file())
    }

    /// A folder for an index to be made.
    pub(super) fn create(&self) -> Result<PathBuf> {
        let dir =
            self.root.join(format!("{}{:x}-{}", prefix(), workhours_store::now_us(), std::process::id()));
        private(&dir).context(|| format!("cannot make {}", dir.display()))?;
        Ok(dir)
    }

    /// From now on this is the index in use.
    pub(super) fn publish(&self, dir: &Path) -> Result<()> {
        let name = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let write = || -> std::io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(&self.root)?;
            writeln!(file, "{name}")?;
            file.as_file().sync_all()?;
            file.persist(self.root.join(CURRENT))?;
            Ok(())
        };
        write().context(|| format!("cannot write {}", self.root.join(CURRENT).display()))
    }

    /// Deletes unused files. A program that still reads there has its files open.
    pub(super) fn tidy(&self) {
        let current = self.current();
        let Ok(entries) = fs::read_dir(&self.root) else { return };
        for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
            if Some(&path) != current.as_ref() {
                // Files that can't be deleted now are deleted the next time.
                let _ = fs::remove_dir_all(&path);
            }
        }
    }

    /// The writer's lock; `None` while another program holds it.
    pub(super) fn lock(&self) -> Result<Option<Lock>> {
        private(&self.root).context(|| format!("cannot make {}", self.root.display()))?;
        let path = self.root.join(LOCK);
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.context(|| format!("cannot open {}", path.display()))?;
        #[cfg(unix)]
        {
            use rustix::fs::{FlockOperation, flock};
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {}
                Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
                Err(e) => return Err(e).context(|| format!("cannot lock {}", path.display())),
            }
        }
        // Elsewhere the engine's own lock has to do.
        Ok(Some(Lock(file)))
    }

    /// The disk usage of the index.
    pub(super) fn bytes(&self) -> u64 {
        let Some(entries) = self.current().and_then(|dir| fs::read_dir(dir).ok()) else { return 0 };
        entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|meta| meta.len()).sum()
    }
}

fn prefix() -> String {
    format!("v{VERSION}-")
}

/// Makes a folder that only its owner can look into: words of events are in it.
fn private(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_writes_and_a_new_one_takes_over() {
        let base = tempfile::tempdir().unwrap();
        let folder = Folder::new(base.path(), "abc");
        assert_eq!(folder.current(), None);
        let lock = folder.lock().unwrap().expect("nobody holds it");
        assert!(folder.lock().unwrap().is_none());
        let (first, second) = (folder.create().unwrap(), folder.create().unwrap());
        folder.publish(&first).unwrap();
        assert_eq!(folder.current(), None, "nothing in it yet");
        fs::write(first.join("meta.json"), "{}").unwrap();
        fs::write(second.join("meta.json"), "{}").unwrap();
        assert_eq!(folder.current(), Some(first.clone()));
        folder.publish(&second).unwrap();
        folder.tidy();
        assert_eq!((folder.current(), first.exists()), (Some(second), false));
        drop(lock);
        assert!(folder.lock().unwrap().is_some());
    }
}
