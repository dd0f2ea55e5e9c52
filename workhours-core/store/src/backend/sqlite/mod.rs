//! Code only for SQLite: opening, pragmas, and bulk statements. Everything else in the store is plain Diesel.

mod bulk;
mod place;
pub(crate) mod readers;
mod reading;
pub(crate) mod rewrite;

pub(crate) use bulk::{ROWS, insert};
pub(crate) use place::Place;
pub(crate) use reading::{Watch, barrier};

use super::{migrate, retry};
use crate::access::ReadOnly;
use diesel::connection::SimpleConnection;
use diesel::{Connection, QueryResult, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use reading::Opening;
use std::path::Path;
use std::time::Duration;
use workhours_base::database::Access;
use workhours_base::database::{DatabaseUri, SqlitePath};
use workhours_base::disk::{OnDisk, Written, explain, is_explained};
use workhours_base::error::{Context, Error, Result};

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// An open database, and how it may be used.
pub(crate) struct Opened {
    pub(crate) conn: SqliteConnection,
    /// Why it can't be written to.
    pub(crate) read_only: Option<ReadOnly>,
    /// Shows whether another program wrote to it, if SQLite can't detect that.
    pub(crate) watch: Option<Watch>,
}

/// Opens a database as it may be used: for reading alone where nothing else is wanted or possible.
pub(crate) fn open_as(path: &SqlitePath, access: Access) -> Result<Opened> {
    let opening = match path {
        SqlitePath::File(file) => reading::opening(file, access)?,
        SqlitePath::Memory if access == Access::Read => {
            return Err(Error::usage("a database in memory is empty, and nothing can be read from it")
                .hint("name one with --db"));
        }
        SqlitePath::Memory => Opening::Write,
    };
    match opening {
        Opening::Write => Ok(Opened { conn: open(path)?, read_only: None, watch: None }),
        Opening::Read { uri, why, watch } => {
            let say = || format!("cannot read the database {}", DatabaseUri::Sqlite(path.clone()));
            let mut conn = SqliteConnection::establish(&uri).context(say)?;
            conn.batch_execute(
                "PRAGMA busy_timeout = 60000; PRAGMA cache_size = -24000; PRAGMA temp_store = FILE",
            )
            .context(say)?;
            Ok(Opened { conn, read_only: Some(why), watch })
        }
    }
}

/// Opens a database for writing, and creates the file if need be.
///
/// Order matters: the busy timeout before anything that may wait, the page size before the first page, WAL
/// once for the file. `synchronous = NORMAL` with WAL loses at most the last transactions on power failure,
/// never consistency, and a killed process loses nothing.
pub(crate) fn open(path: &SqlitePath) -> Result<SqliteConnection> {
    let name = match path {
        SqlitePath::Memory => ":memory:".to_owned(),
        SqlitePath::File(file) => {
            if let Some(dir) = file.parent().filter(|d| !d.as_os_str().is_empty()) {
                std::fs::create_dir_all(dir).on_disk(Written::Database, dir, || {
                    format!("cannot create the database's folder {}", dir.display())
                })?;
            }
            file.to_str()
                .ok_or_else(|| Error::usage(format!("the database path {} is not UTF-8", file.display())))?
                .to_owned()
        }
    };
    let say = || format!("cannot open the database {name}");
    let mut conn = SqliteConnection::establish(&name)
        .context(say)
        .map_err(|e| e.hint("is the folder writable, and is the file an SQLite database?"))
        .map_err(|e| explain(e, Written::Database, Path::new(&name)))?;
    set_up(&mut conn)
        .context(say)
        .map_err(|e| e.hint("is the file an SQLite database, and may you write to it?"))
        .map_err(|e| explain(e, Written::Database, Path::new(&name)))
        .map_err(|e| match std::fs::metadata(&name) {
            // A report needs no space.
            Ok(meta) if meta.len() > 0 && is_explained(&e) => e.or_hint("--read-only reads it as it is"),
            _ => e,
        })?;
    if matches!(path, SqlitePath::File(_)) {
        restrict(&name);
    }
    Ok(conn)
}

/// The session's settings. If several programs open a new database at once, those that are late to turn on its
/// write-ahead log get a lock error at once, whatever the busy timeout. It is on a moment later.
fn set_up(conn: &mut SqliteConnection) -> QueryResult<()> {
    let mut tries = 0;
    loop {
        let done = conn.batch_execute(
            "PRAGMA busy_timeout = 60000; PRAGMA page_size = 16384; PRAGMA journal_mode = WAL;
             PRAGMA synchronous = NORMAL; PRAGMA cache_size = -24000; PRAGMA temp_store = FILE;",
        );
        match done {
            Err(e) if tries < 1_000 && retry::is_busy(&e) => {
                tries += 1;
                retry::pause(Duration::from_millis(10));
            }
            done => return done,
        }
    }
}

/// Updates the tables. Two processes may open a new database at once: the write lock makes one wait for the other's
/// tables.
pub(crate) fn migrate(conn: &mut SqliteConnection) -> Result<Vec<String>> {
    // Without savepoints, unlike the crate's own way: a full disk ends the whole transaction, and then the error would
    // be `no such savepoint`.
    let done = conn.batch_execute("BEGIN IMMEDIATE").and_then(|()| migrate::run_in_transaction(conn));
    let done = done.and_then(|names| conn.batch_execute("COMMIT").map(|()| names));
    if done.is_err() {
        // There may be no transaction any more.
        let _ = conn.batch_execute("ROLLBACK");
    }
    done.context(|| "cannot prepare the tables")
}

/// Events are private. Best effort: on a file system without modes there is nothing to do.
fn restrict(name: &str) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for suffix in ["", "-wal", "-shm"] {
            let _ =
                std::fs::set_permissions(format!("{name}{suffix}"), std::fs::Permissions::from_mode(0o600));
        }
    }
    #[cfg(not(unix))]
    let _ = name;
}
