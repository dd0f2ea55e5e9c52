//! Code only for PostgreSQL: connecting, session settings, the lock around migrations, and bulk statements. Everything
//! else in the store is plain Diesel.

mod bulk;
pub(crate) mod rewrite;

pub(crate) use bulk::{fill, insert, insert_events};

use super::migrate;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use workhours_base::error::{Context, Error, Result};

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The advisory lock for creating tables: a number that identifies workhours.
const MIGRATING: i64 = 0x776f_726b_686f_7572;

/// Connects. libpq reads missing parts of the URI from its own variables and files (`PGPASSWORD`, `~/.pgpass`,
/// `PGSSLMODE` …).
pub(crate) fn open(uri: &str) -> Result<PgConnection> {
    let mut conn = PgConnection::establish(&with_timeout(uri)).map_err(|e| {
        Error::failed("cannot connect to the PostgreSQL server").with_source(e).hint(
            "is it running, does the database exist (createdb NAME), and may this user use it? \
             postgresql://USER@HOST:PORT/DATABASE",
        )
    })?;
    conn.batch_execute("SET client_min_messages = warning; SET application_name = 'workhours'")
        .context(|| "cannot set up the PostgreSQL session")?;
    Ok(conn)
}

/// Lets the session change nothing.
pub(crate) fn read_only(conn: &mut PgConnection) -> Result<()> {
    conn.batch_execute("SET default_transaction_read_only = on")
        .context(|| "cannot set the PostgreSQL session to read only")
}

/// Without it libpq waits for a host that does not answer for as long as the system does: minutes.
fn with_timeout(uri: &str) -> String {
    if uri.contains("connect_timeout=") {
        return uri.to_owned();
    }
    let mark = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{mark}connect_timeout=10")
}

/// Brings the tables up to date, one program at a time.
pub(crate) fn migrate(conn: &mut PgConnection) -> Result<Vec<String>> {
    conn.batch_execute(&format!("SELECT pg_advisory_lock({MIGRATING})"))
        .context(|| "cannot wait for others who prepare the tables")?;
    let names = migrate::run(conn, MIGRATIONS)
        .map_err(|e| e.hint("the database's user must be allowed to create tables in its schema"));
    // Goes with the connection in any case.
    let _ = conn.batch_execute(&format!("SELECT pg_advisory_unlock({MIGRATING})"));
    names
}
