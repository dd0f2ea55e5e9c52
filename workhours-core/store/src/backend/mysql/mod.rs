//! Code only for MySQL and MariaDB: connecting, session settings, the lock around migrations, and bulk statements.
//! Everything else in the store is plain Diesel.

mod bulk;
pub(crate) mod rewrite;
mod tls;

pub(crate) use bulk::insert;

use super::migrate;
use diesel::connection::SimpleConnection;
use diesel::{Connection, MysqlConnection};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use workhours_base::error::{Context, Error, Result};

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/mysql");

/// Strict, or long values would be cut silently. `ANSI_QUOTES` reads `"user"` as the standard does. Each statement sees
/// others' commits, as on PostgreSQL, which also keeps InnoDB from locking the gaps between rows.
const SESSION: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE,ANSI_QUOTES,\
    PIPES_AS_CONCAT', innodb_lock_wait_timeout = 60; SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";

/// Connects.
pub(crate) fn open(uri: &str) -> Result<MysqlConnection> {
    let encrypted = tls::wanted(uri)?;
    let mut conn = MysqlConnection::establish(uri).map_err(|e| {
        Error::failed("cannot connect to the MySQL or MariaDB server").with_source(e).hint(
            "is it running, does the database exist (CREATE DATABASE NAME), and may this user use it? \
             mysql://USER@HOST:PORT/DATABASE",
        )
    })?;
    conn.batch_execute(SESSION).context(|| "cannot set up the database session")?;
    if encrypted {
        tls::confirm(&mut conn)?;
    }
    Ok(conn)
}

/// Lets the session change nothing.
pub(crate) fn read_only(conn: &mut MysqlConnection) -> Result<()> {
    conn.batch_execute("SET SESSION TRANSACTION READ ONLY")
        .context(|| "cannot set the database session to read only")
}

/// Updates the tables, one program at a time. Each statement commits by itself on these servers, so the migrations can
/// run again after an interruption.
pub(crate) fn migrate(conn: &mut MysqlConnection) -> Result<Vec<String>> {
    conn.batch_execute("DO GET_LOCK(CONCAT('workhours ', DATABASE()), 600)")
        .context(|| "cannot wait for others who prepare the tables")?;
    let names = migrate::run(conn, MIGRATIONS)
        .map_err(|e| e.hint("the database's user must be allowed to create tables in it"));
    // Goes with the connection in any case.
    let _ = conn.batch_execute("DO RELEASE_LOCK(CONCAT('workhours ', DATABASE()))");
    names
}
