//! A consistent copy of an SQLite database that others may be writing to right now: one file, in which the
//! write-ahead log or an interrupted transaction is already dealt with. The database itself is only read.
//!
//! Without a write-ahead log, SQLite's own shared lock keeps writers from changing the file during the copy. With one,
//! or if a browser keeps its database locked while it runs, a copy counts only if no write was seen meanwhile and
//! SQLite finds it intact. The source reads the tables, not this module.

use super::extract::{Extract, open, stat};
use super::lock;
use diesel::{Connection, RunQueryDsl, SqliteConnection, connection::SimpleConnection};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use workhours_base::error::{Context, Error, Result};
use workhours_base::file::open_regular;

/// The first bytes of a SQLite database.
pub const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// How long a busy database is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait for the lock: a browser may never release it.
const LOCK_TIMEOUT: Duration = Duration::from_millis(300);
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(3);

/// The copy, in a separate folder that is deleted with this value.
#[derive(Debug)]
struct Snapshot {
    _folder: TempDir,
    /// The one file.
    file: PathBuf,
}

/// Copies the database at `path`; `None` for any other file.
///
/// # Errors
/// When it cannot be read or copied, or does not hold still for ten seconds.
fn snapshot(path: &Path, tmp: &Path) -> Result<Option<Snapshot>> {
    let failed = || format!("cannot copy the database {}", path.display());
    if !begins_like_a_database(path) {
        return Ok(None);
    }
    let since = Instant::now();
    let mut torn = None;
    loop {
        let folder = tempfile::Builder::new().prefix("database-").tempdir_in(tmp).context(failed)?;
        let file = folder.path().join("input");
        if let Some(copied) = copy_files(path, &file, since.elapsed() < LOCK_TIMEOUT).context(failed)? {
            // Torn in the same way twice, without a writer: it is damaged, and the source must report it.
            if folded(&file) || torn.as_ref() == Some(&copied) {
                return Ok(Some(Snapshot { _folder: folder, file }));
            }
            torn = Some(copied);
        }
        if since.elapsed() > BUSY_TIMEOUT {
            return Err(Error::failed(format!(
                "{} was being written to without a pause for {} s",
                path.display(),
                BUSY_TIMEOUT.as_secs()
            ))
            .hint("try again when the program that uses it is less busy, or has ended"));
        }
        std::thread::park_timeout(PAUSE);
    }
}

/// Opens a file, and of a database a consistent copy, which has the time and inode of the original.
///
/// # Errors
/// As [`snapshot`], and as opening any file.
pub fn open_consistent(path: &Path, tmp: &Path) -> Result<Extract> {
    let Some(snapshot) = snapshot(path, tmp)? else { return open(path) };
    // An open file outlives its name.
    let mut extract = open(&snapshot.file)?;
    extract.stat = stat(path);
    Ok(extract)
}

fn begins_like_a_database(path: &Path) -> bool {
    let mut magic = [0; 16];
    open_regular(path).and_then(|mut f| f.read_exact(&mut magic)).is_ok() && magic == *MAGIC
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// What must be the same before and after: for the database its state, for a log its beginning, which changes when a
/// checkpoint restarts it. Data appended to a log meanwhile is a later transaction, or half of one.
#[derive(PartialEq)]
struct State {
    size: u64,
    modified: Option<std::time::SystemTime>,
    header: Vec<u8>,
    log: Option<Vec<u8>>,
    journal: Option<u64>,
}

fn state(path: &Path) -> io::Result<State> {
    let head = |path: &Path, len: u64| -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        open_regular(path)?.take(len).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let meta = std::fs::metadata(path)?;
    Ok(State {
        size: meta.len(),
        modified: meta.modified().ok(),
        header: head(path, 100)?,
        log: head(&beside(path, "-wal"), 32).ok(),
        journal: std::fs::metadata(beside(path, "-journal")).ok().map(|m| m.len()),
    })
}

/// Copies the database and its companions in one consistent state; `None` if another program wrote to it.
fn copy_files(path: &Path, to: &Path, need_lock: bool) -> io::Result<Option<State>> {
    let source = open_regular(path)?;
    // Some file systems have no locks: an error is not a writer.
    let shared = lock::shared(&source);
    if need_lock && matches!(shared, Ok(None)) {
        return Ok(None);
    }
    let before = state(path)?;
    // The log first: should a checkpoint come in between, the check below finds it.
    for ending in ["-wal", "-journal"] {
        let from = open_regular(&beside(path, ending));
        match from.and_then(|mut from| io::copy(&mut from, &mut File::create_new(beside(to, ending))?)) {
            // A transaction that has changed nothing yet: SQLite passes over such a journal, and lets it lie.
            Ok(0) => std::fs::remove_file(beside(to, ending))?,
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    // Through the open descriptor: closing another one of the same file would release the lock.
    io::copy(&mut &source, &mut File::create_new(to)?)?;
    Ok(Some(state(path)?).filter(|after| *after == before))
}

/// Whether SQLite finds no page in another's place.
#[derive(diesel::QueryableByName)]
struct Check {
    #[diesel(sql_type = diesel::sql_types::Text)]
    quick_check: String,
}

/// Lets SQLite merge the log, or undo an interrupted transaction, in the copy. A damaged one stays as it is, for the
/// source to report; `false` if its pages are inconsistent.
fn folded(file: &Path) -> bool {
    let Some(text) = file.to_str() else { return true };
    let Ok(mut database) = SqliteConnection::establish(text) else { return true };
    let whole = database.batch_execute("PRAGMA trusted_schema = OFF; PRAGMA journal_mode = DELETE");
    let checked: Result<Vec<Check>, _> = diesel::sql_query("PRAGMA quick_check(1)").load(&mut database);
    match (whole, checked) {
        (Ok(()), Ok(rows)) => rows.first().is_some_and(|row| row.quick_check == "ok"),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
