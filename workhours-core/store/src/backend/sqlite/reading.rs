//! Reading an SQLite database without writing a byte next to it.
//!
//! SQLite reads a database with a write-ahead log by way of two more files, `-wal` and `-shm`, and makes them where they
//! are missing, even when it is to read only. So there are two ways:
//!
//! - **Shared**: both files are there, because a program has the database open or didn't close it. SQLite reads them as
//!   they are, with `mode=ro` and `readonly_shm=1`.
//! - **Alone**: they don't exist, so everything is in the database file, which is read as unchanging, with
//!   `immutable=1`. Another program may still write to it, so after every query the file's state is compared, and the
//!   query is repeated if it changed.
//!
//! A log with content that can't be read is an error: without it, results would be of an older state.

use crate::access::{Barrier, ReadOnly};
use std::fs::{self, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use workhours_base::database::Access;
use workhours_base::database::encode_path;
use workhours_base::error::{Context, Error, Result};

/// How a database file is opened.
#[derive(Debug)]
pub(super) enum Opening {
    /// For reading and writing.
    Write,
    /// By this URI, for reading alone.
    Read { uri: String, why: ReadOnly, watch: Option<Watch> },
}

/// Decides how to open a file.
///
/// # Errors
/// When it should be read and doesn't exist, or has a log that can't be read.
pub(super) fn opening(named: &Path, access: Access) -> Result<Opening> {
    let file = match named.canonicalize() {
        Ok(file) => file,
        Err(_) if access == Access::Write => return Ok(Opening::Write),
        Err(e) => {
            return Err(Error::usage(format!("cannot read the database {}", named.display()))
                .with_source(e)
                .hint("--read-only makes no database; name one that is there with --db"));
        }
    };
    let barrier = barrier(&file);
    let why = match (access, barrier) {
        (Access::Read, _) => ReadOnly::Requested,
        (Access::Write, Some(barrier)) => ReadOnly::NotWritable(named.display().to_string(), barrier),
        (Access::Write, None) => return Ok(Opening::Write),
    };
    let [wal, shm, journal] = ["-wal", "-shm", "-journal"].map(|ending| beside(&file, ending));
    let logged = holds_something(&wal);
    if holds_something(&journal) || (logged && !(is_readable(&wal) && is_readable(&shm))) {
        let log = if logged { wal } else { journal };
        return Err(Error::failed(format!(
            "the database {} was not closed properly, and reading {} would write beside it",
            named.display(),
            log.display()
        ))
        .hint("copy the database with its -wal, -shm and -journal files to a folder that can be written to, and name the copy with --db"));
    }
    let alone = uses_log(&file)? && !(is_readable(&wal) && is_readable(&shm));
    let option = if alone { "mode=ro&immutable=1" } else { "mode=ro&readonly_shm=1" };
    // Also where nothing can be written by us: another user may, or another mount of the same file system.
    let watch = alone.then(|| Watch::new(&file)).transpose()?;
    Ok(Opening::Read { uri: format!("file:{}?{option}", rooted(&file)), why, watch })
}

/// Why this user can't write to a database file, if so.
pub(crate) fn barrier(file: &Path) -> Option<Barrier> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    #[cfg(unix)]
    {
        use rustix::fs::{Access as Right, StatVfsMountFlags, access, statvfs};
        let may_write = |path: &Path| access(path, Right::WRITE_OK).is_ok();
        if statvfs(file).is_ok_and(|stat| stat.f_flag.contains(StatVfsMountFlags::RDONLY)) {
            return Some(Barrier::FileSystem);
        }
        if !may_write(file) {
            return Some(Barrier::File);
        }
        let has_log = || ["-wal", "-shm"].iter().all(|ending| may_write(&beside(file, ending)));
        (!may_write(folder) && !has_log()).then_some(Barrier::Folder)
    }
    #[cfg(not(unix))]
    {
        let is_set = |path: &Path| fs::metadata(path).is_ok_and(|meta| meta.permissions().readonly());
        let _ = folder;
        is_set(file).then_some(Barrier::File)
    }
}

/// The state a file was in when it was opened.
#[derive(Debug)]
pub(crate) struct Watch {
    file: PathBuf,
    state: State,
}

type State = (u64, Option<SystemTime>, u64);

impl Watch {
    fn new(file: &Path) -> Result<Self> {
        let meta = fs::metadata(file).context(|| format!("cannot look at {}", file.display()))?;
        Ok(Self { file: file.to_owned(), state: state(&meta) })
    }

    /// Whether another program has written to the database since: to its file, or to a log, whose content may not be in
    /// it yet.
    pub(crate) fn has_changed(&self) -> bool {
        let same = fs::metadata(&self.file).is_ok_and(|meta| state(&meta) == self.state);
        !same || ["-wal", "-journal"].iter().any(|ending| holds_something(&beside(&self.file, ending)))
    }
}

fn state(meta: &Metadata) -> State {
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(meta);
    #[cfg(not(unix))]
    let inode = 0;
    (meta.len(), meta.modified().ok(), inode)
}

/// Whether the header of the database says that it has a write-ahead log:
/// <https://www.sqlite.org/fileformat2.html#file_format_version_numbers>.
fn uses_log(file: &Path) -> Result<bool> {
    let mut head = [0; 20];
    let mut open = fs::File::open(file).context(|| format!("cannot read the database {}", file.display()))?;
    Ok(open.read_exact(&mut head).is_ok() && head[18..] == [2, 2])
}

fn holds_something(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|meta| meta.len() > 0)
}

fn is_readable(file: &Path) -> bool {
    fs::File::open(file).is_ok()
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The path as a URI has it. Two slashes at its beginning would be a host's.
fn rooted(file: &Path) -> String {
    let path = encode_path(file);
    if path.starts_with('/') { format!("//{path}") } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::connection::SimpleConnection;
    use diesel::{Connection, SqliteConnection};

    /// A database with a log, open.
    fn made(file: &Path) -> SqliteConnection {
        let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        conn.batch_execute("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)")
            .unwrap();
        conn
    }

    fn read(file: &Path) -> (String, Option<Watch>) {
        match opening(file, Access::Read).unwrap() {
            Opening::Read { uri, watch, .. } => (uri, watch),
            Opening::Write => panic!("to be read only"),
        }
    }

    #[test]
    fn a_closed_database_is_read_alone_and_an_open_one_with_its_log() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a b%?.db");
        let mut writer = made(&file);
        let (uri, watch) = read(&file);
        assert!(uri.ends_with("a b%25%3F.db?mode=ro&readonly_shm=1") && watch.is_none(), "{uri}");
        SqliteConnection::establish(&uri).unwrap().batch_execute("SELECT x FROM t").unwrap();
        writer.batch_execute("SELECT 1").unwrap();
        drop(writer);
        let (uri, watch) = read(&file);
        assert!(uri.ends_with("immutable=1"), "{uri}");
        let mut conn = SqliteConnection::establish(&uri).unwrap();
        conn.batch_execute("SELECT x FROM t").unwrap();
        let watch = watch.unwrap();
        assert!(!watch.has_changed());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is written beside it");
        assert!(conn.batch_execute("INSERT INTO t VALUES (2)").is_err());
        let mut writer = made_again(&file);
        assert!(watch.has_changed());
        writer.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        drop(writer);
        assert!(watch.has_changed());
    }

    fn made_again(file: &Path) -> SqliteConnection {
        let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        conn.batch_execute("INSERT INTO t VALUES (2)").unwrap();
        conn
    }

    #[test]
    fn a_log_that_cannot_be_read_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.db");
        let writer = made(&file);
        let copy = dir.path().join("copy");
        fs::create_dir(&copy).unwrap();
        for ending in ["", "-wal"] {
            fs::copy(beside(&file, ending), beside(&copy.join("a.db"), ending)).unwrap();
        }
        drop(writer);
        let error = opening(&copy.join("a.db"), Access::Read).unwrap_err();
        assert!(error.to_string().contains("a.db-wal"), "{error}");
        assert!(error.hint_text().unwrap().contains("copy the database with its -wal"));
        assert!(matches!(opening(&copy.join("a.db"), Access::Write).unwrap(), Opening::Write));
        assert!(opening(&dir.path().join("none"), Access::Read).unwrap_err().is_user_error());
    }
}
