//! Where an open database is on disk. A file that is removed or replaced while it is open stays writable for programs
//! that have it open, and everything written to it is lost when the last of them closes it. Without checking the path,
//! a load would succeed and store nothing.

use std::path::PathBuf;
use workhours_base::database::SqlitePath;
use workhours_base::error::{Error, Result};
use workhours_base::file::Stat;
use workhours_base::file::stat;

/// The path of a database and the file that was there when it was opened.
#[derive(Debug)]
pub(crate) struct Place {
    path: PathBuf,
    inode: (u64, u64),
}

impl Place {
    /// Of an open database; nothing for one in memory, and where files have no numbers.
    pub(crate) fn of(path: &SqlitePath) -> Option<Self> {
        let SqlitePath::File(path) = path else { return None };
        let Stat { inode, .. } = stat(path)?;
        (inode != (0, 0)).then(|| Self { path: path.clone(), inode })
    }

    /// Whether the file is still there.
    ///
    /// # Errors
    /// If it isn't: data written to it is lost.
    pub(crate) fn check(&self) -> Result<()> {
        let what = match stat(&self.path) {
            Some(stat) if stat.inode == self.inode => return Ok(()),
            Some(_) => "was replaced by another file",
            None => "was removed",
        };
        let error = format!("the database {} {what} while it was in use", self.path.display());
        Err(Error::failed(error).hint("what this run wrote is not in it; run the same command again"))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_that_is_gone_or_another_is_no_place() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("events.db");
        assert!(Place::of(&SqlitePath::File(file.clone())).is_none());
        assert!(Place::of(&SqlitePath::Memory).is_none());
        fs::write(&file, "a").unwrap();
        let place = Place::of(&SqlitePath::File(file.clone())).unwrap();
        fs::write(&file, "more of it").unwrap();
        place.check().unwrap();
        let other = dir.path().join("other");
        fs::write(&other, "b").unwrap();
        fs::rename(&file, dir.path().join("kept")).unwrap();
        assert!(place.check().unwrap_err().to_string().contains("was removed"));
        fs::rename(&other, &file).unwrap();
        assert!(place.check().unwrap_err().to_string().contains("was replaced"));
    }
}
