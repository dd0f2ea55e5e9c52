//! The store: the SQL system of record. A facade of verbs the engine needs; SQL stays inside.
//!
//! How it is cut, so that more backends fit beside SQLite: every query here is plain, portable Diesel
//! (no upsert clauses, no RETURNING, ids and times as numbers, JSON as text); what a backend does in its own
//! way (opening, migrating, bulk inserts) is behind the few functions of a folder, `sqlite/`.

mod events;
mod files;
mod load;
mod manage;
mod purge;
mod refused;
mod rejects;
mod schema;
mod sqlite;
mod tagging;
mod tasks;
#[cfg(test)]
mod tests;
mod types;
mod upsert;

pub use events::{EventFilter, EventReader, StoredEvent};
pub use files::{FileRow, NewFile, Segment, Sighting};
pub use load::{Batch, Committed, Last, LoadMode};
pub use manage::{InputRow, Removed};
pub use purge::RejectText;
pub use refused::Supersedes;
pub use rejects::{RejectFilter, RejectReader, StoredReject};
pub use tagging::Tagged;
pub use tasks::{TaskRow, TaskState, Totals};
pub use types::{Cursor, Tail};

use crate::config::DatabaseUri;
use crate::error::{Context, Error, Result};
use diesel::prelude::*;
use std::time::{SystemTime, UNIX_EPOCH};

/// The connection type of this build's backend.
pub(crate) type Conn = SqliteConnection;

/// An open database with its tables in place.
pub struct Store {
    conn: Conn,
    uri: DatabaseUri,
    uuid: String,
}

impl Store {
    /// Opens the database, creating it and its tables as needed.
    ///
    /// # Errors
    /// When the backend is not part of this build, or the database cannot be opened or migrated.
    pub fn open(uri: &DatabaseUri) -> Result<Self> {
        let path = match uri {
            DatabaseUri::Sqlite(path) => path,
            DatabaseUri::Postgres(_) | DatabaseUri::Mysql(_) => {
                return Err(Error::usage(format!("this build cannot open {uri}")).hint(
                    "it knows SQLite only: sqlite:///relative.db, sqlite:////absolute.db, sqlite:///:memory:",
                ));
            }
        };
        let mut conn = sqlite::open(path)?;
        let uuid = database_uuid(&mut conn).context(|| format!("cannot read the database {uri}"))?;
        Ok(Self { conn, uri: uri.clone(), uuid })
    }

    /// The URI it was opened by.
    pub fn uri(&self) -> &DatabaseUri {
        &self.uri
    }

    /// The database's own name for itself, made when it was created.
    pub fn uuid(&self) -> &str {
        &self.uuid
    }

    /// The highest committed batch number: the state of the database in one number.
    ///
    /// # Errors
    /// What the database reports.
    pub fn as_of(&mut self) -> Result<i64> {
        use schema::counters::dsl;
        dsl::counters
            .find("seq")
            .select(dsl::value)
            .first(&mut self.conn)
            .context(|| "cannot read the state of the database")
    }

    /// Runs `work` in a transaction that holds the write lock from its first statement, so that it never
    /// fails half-way for want of it.
    fn write<T>(&mut self, what: &str, work: impl FnOnce(&mut Conn) -> QueryResult<T>) -> Result<T> {
        self.conn.immediate_transaction(work).map_err(|e| {
            let busy = e.to_string().contains("locked");
            let error = Error::failed(format!("cannot {what}")).because(e);
            if busy {
                error.hint("another program holds the database; run the command again when it is done")
            } else {
                error
            }
        })
    }

    fn read<T>(&mut self, what: &str, work: impl FnOnce(&mut Conn) -> QueryResult<T>) -> Result<T> {
        work(&mut self.conn).context(|| format!("cannot {what}"))
    }
}

/// The next number of a dense sequence; call it inside a write transaction.
fn next_number(conn: &mut Conn, counter: &str) -> QueryResult<i64> {
    use schema::counters::dsl;
    diesel::update(dsl::counters.find(counter)).set(dsl::value.eq(dsl::value + 1)).execute(conn)?;
    dsl::counters.find(counter).select(dsl::value).first(conn)
}

fn database_uuid(conn: &mut Conn) -> QueryResult<String> {
    use schema::meta::dsl;
    conn.immediate_transaction(|conn| {
        if let Some(uuid) = dsl::meta.find("db_uuid").select(dsl::value).first(conn).optional()? {
            return Ok(uuid);
        }
        // Unique enough for a folder's name: time, process and an address nobody else has.
        let seed = format!("{}-{}-{:p}", now_us(), std::process::id(), conn);
        let uuid: String = blake3::hash(seed.as_bytes()).to_hex().chars().take(32).collect();
        diesel::insert_into(dsl::meta)
            .values((dsl::key.eq("db_uuid"), dsl::value.eq(&uuid)))
            .execute(conn)?;
        Ok(uuid)
    })
}

/// Now, in µs since the Unix epoch.
pub fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
