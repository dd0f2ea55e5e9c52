//! The store: the SQL system of record. A facade of verbs the engine needs; SQL stays inside.
//!
//! How it is cut, so that SQLite, PostgreSQL and MariaDB answer alike: every query is plain, portable Diesel on one
//! connection type, [`Conn`] (no upsert clauses, no RETURNING, ids and times as numbers, JSON as text). What a
//! backend does in its own way is in its folder below `backend`: opening, migrating and bulk statements (`sqlite/`,
//! `postgres/`, `mysql/`); how a transaction begins and what it locks is in `conn`; what is done when one fails, in
//! `retry`.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod access;
mod backend;
mod canon;
mod census;
mod check;
mod copy;
mod corrections;
mod decode;
mod delete;
pub mod draw;
mod events;
mod files;
mod group;
mod host_to_peer;
mod journal;
mod lines;
mod load;
mod manage;
mod model;
mod names;
mod pool;
mod purge;
mod redaction;
mod rejects;
mod rollup;
mod saved;
mod schema;
mod tables;
mod tagging;
mod tasks;
#[cfg(test)]
mod tests;
mod together;
mod types;

pub use access::{Barrier, ReadOnly};
pub use canon::Sum;
pub use check::{Check, Verdict};
pub use copy::{CopiedTable, CopyProgress, copy};
pub use corrections::Correction;
pub use events::{EventFilter, EventReader, EventWalk, Wanted};
pub use files::{FileRow, NewFile, Segment, Sighting};
pub use journal::{BatchRow, Moment};
pub use lines::{FindLines, Lines};
pub use load::{
    Batch, BegunReload, Committed, Last, LeftOut, LoadMode, Met, ReadTo, Reread, Series, SeriesOf, Sibling,
    Siblings, Supersedes,
};
pub use manage::{InputRow, Removed};
pub use pool::Pool;
pub use purge::{RejectText, Scrubbed, TextPattern, excerpt_stone, record_stone};
pub use redaction::{EventTexts, Renamed};
pub use rejects::{RefusedAs, RejectFilter, RejectReader, StoredReject};
pub use rollup::{DaySum, DaySums, Field as RollupField, MinuteSum, MinuteSums, Span, Whose};
pub use tagging::Tagged;
pub use tasks::{TaskRow, TaskState, Totals};
pub use together::Fate;
pub use types::{Cursor, Tail};
pub use workhours_event::{BatchId, FileId, InputId, Seq, TaskId};

pub(crate) use backend::{Conn, MultiBackend};
pub use rollup::{DAY_US, MINUTE_US, QUARTER_US, span_of};

use backend::conn::{Lock, Purpose};
use backend::link::Link;
use backend::retry::{self, Attempts, Remedy};
use backend::{migrate, sqlite};
use diesel::prelude::*;
use pool::Held;
use std::time::{SystemTime, UNIX_EPOCH};
use workhours_base::database::{Access, DatabaseUri, SqlitePath};
use workhours_base::disk;
use workhours_base::error::{Error, Result};

/// The name of a database that has no id yet and can't get one.
const UNNAMED: &str = "unnamed";

/// Why an existing database can't be written, as far as known without opening it.
pub fn barred(uri: &DatabaseUri) -> Option<ReadOnly> {
    let DatabaseUri::Sqlite(SqlitePath::File(named)) = uri else { return None };
    let barrier = sqlite::barrier(&named.canonicalize().ok()?)?;
    Some(ReadOnly::Medium(named.display().to_string(), barrier))
}

/// An open database with its tables in place.
pub struct Store {
    conn: Held,
    uri: DatabaseUri,
    access: Access,
    read_only: Option<ReadOnly>,
    uuid: String,
    /// Where an SQLite file is.
    place: Option<sqlite::Place>,
    /// How often anything had been purged when the present task began.
    purges: Option<i64>,
    /// Names of purged records that the present task has not stored.
    withheld: load::Withheld,
    /// Events found that belong to other inputs than the one being loaded, if they are counted.
    collapses: Option<Met>,
    /// The events seen by a new reading of an input, during one.
    renewal: Option<load::Renewal>,
    /// Whether a transaction is open that all reads and writes are a part of.
    together: bool,
    /// Data written together.
    group: group::Group,
    /// The heads of files that many are compared with.
    heads: Vec<files::Heads>,
}

impl Store {
    /// Opens the database, creating its tables or bringing them up to date as needed.
    ///
    /// # Errors
    /// When the backend is not part of this build, or the database cannot be opened or migrated.
    pub fn open(uri: &DatabaseUri) -> Result<Self> {
        Self::open_as(uri, Access::Write)
    }

    /// The same with a given access. With [`Access::Read`], or if the database can't be written, it is read as it is:
    /// tables aren't created or updated, and every write fails.
    ///
    /// # Errors
    /// As for `open`; when a database that is only read has tables of another version.
    pub fn open_as(uri: &DatabaseUri, access: Access) -> Result<Self> {
        let mut link = Link::open(uri, access)?;
        let read_only = link.read_only.clone();
        match &read_only {
            None => drop(link.migrate().map_err(|e| on_its_disk(uri, e))?),
            Some(why) => migrate::require_current(&mut link, uri, why)?,
        }
        let mut store = Self {
            conn: Held::Own(link),
            uri: uri.clone(),
            access,
            read_only,
            uuid: String::new(),
            place: None,
            purges: None,
            withheld: load::Withheld::default(),
            collapses: None,
            renewal: None,
            together: false,
            group: group::Group::default(),
            heads: Vec::new(),
        };
        if let DatabaseUri::Sqlite(path) = uri {
            store.place = sqlite::Place::of(path);
        }
        store.uuid = store.database_uuid()?;
        match store.read_only.clone() {
            None => store.move_host_to_peer()?,
            Some(why) if store.has_hosts_to_move()? => return Err(migrate::outdated(uri, &why)),
            Some(_) => {}
        }
        Ok(store)
    }

    /// Brings a database's tables up to date, as opening it does; returns the migrations it ran, and the current
    /// version.
    ///
    /// # Errors
    /// As for `open`.
    pub fn migrate(uri: &DatabaseUri) -> Result<(Vec<String>, String)> {
        let mut link = Link::open(uri, Access::Write)?;
        if let Some(why) = &link.read_only {
            return Err(why.refuse("bring the tables up to date"));
        }
        let names = link.migrate().map_err(|e| on_its_disk(uri, e))?;
        drop(link);
        Self::open(uri)?;
        let version = migrate::known().pop().map(|(_, name)| name).unwrap_or_default();
        Ok((names, version))
    }

    /// Whether others can open the same database: yes, unless it is in memory.
    pub fn can_be_shared(&self) -> bool {
        self.uri != DatabaseUri::Sqlite(SqlitePath::Memory)
    }

    /// The URI it was opened by.
    pub fn uri(&self) -> &DatabaseUri {
        &self.uri
    }

    /// Why it can't be written to; `None` where it can.
    pub fn read_only(&self) -> Option<&ReadOnly> {
        self.read_only.as_ref()
    }

    /// Another connection to the same database, for the same access.
    ///
    /// # Errors
    /// As for [`open_as`](Self::open_as).
    pub fn again(&self) -> Result<Self> {
        Self::open_as(&self.uri, self.access)
    }

    /// The database's own name for itself, made when it was created.
    pub fn uuid(&self) -> &str {
        &self.uuid
    }

    /// The highest committed batch number: the state of the database in one number.
    ///
    /// # Errors
    /// Database errors.
    pub fn as_of(&mut self) -> Result<Seq> {
        self.read("read the state of the database", |conn| counter(conn, "seq")).map(Seq::new)
    }

    /// Runs `work` in a writing transaction. On a conflict or a lost connection it runs again from the start. The
    /// commit may already have happened then, so `work` must check first.
    fn write<T>(&mut self, what: &str, mut work: impl FnMut(&mut Conn) -> QueryResult<T>) -> Result<T> {
        self.attempt(what, Purpose::Write, &mut work)
    }

    /// Like `write`, while no other program loads.
    fn write_alone<T>(&mut self, what: &str, mut work: impl FnMut(&mut Conn) -> QueryResult<T>) -> Result<T> {
        self.write(what, |conn| {
            conn.lock(Lock::GateAlone)?;
            work(conn)
        })
    }

    /// Runs queries that need not agree with each other.
    fn read<T>(&mut self, what: &str, mut work: impl FnMut(&mut Conn) -> QueryResult<T>) -> Result<T> {
        let mut attempts = Attempts::default();
        loop {
            let done = work(&mut self.conn);
            if self.conn.link().is_outdated() {
                self.open_again(what, &mut attempts)?;
                continue;
            }
            match done {
                Ok(value) => return Ok(value),
                Err(e) => self.mend(what, e, &mut attempts)?,
            }
        }
    }

    /// Runs queries that all see the same state.
    fn snapshot<T>(&mut self, what: &str, mut work: impl FnMut(&mut Conn) -> QueryResult<T>) -> Result<T> {
        self.attempt(what, Purpose::Snapshot, &mut work)
    }

    /// Runs a transaction until it succeeds or can't succeed.
    fn attempt<T>(
        &mut self,
        what: &str,
        purpose: Purpose,
        work: &mut dyn FnMut(&mut Conn) -> QueryResult<T>,
    ) -> Result<T> {
        if let Some(why) = self.read_only.as_ref().filter(|_| purpose == Purpose::Write) {
            return Err(why.refuse(what));
        }
        if self.together {
            return work(&mut self.conn).map_err(|e| Error::failed(format!("cannot {what}")).with_source(e));
        }
        let mut attempts = Attempts::default();
        loop {
            let done = self
                .enter_group(purpose)
                .and_then(|grouped| Ok((transaction(&mut self.conn, purpose, grouped, work)?, grouped)));
            if self.conn.link().is_outdated() {
                self.open_again(what, &mut attempts)?;
                continue;
            }
            match done {
                Ok((value, grouped)) => {
                    // Data written to a deleted file would be lost.
                    let written = purpose == Purpose::Write && !grouped;
                    if let Some(place) = self.place.as_ref().filter(|_| written) {
                        place.check()?;
                    }
                    return Ok(value);
                }
                Err(e) => self.mend(what, e, &mut attempts)?,
            }
        }
    }

    /// After a failure: prepares another attempt, or returns the error.
    fn mend(&mut self, what: &str, error: diesel::result::Error, attempts: &mut Attempts) -> Result<()> {
        if self.together {
            return Err(Error::failed(format!("cannot {what}")).with_source(error));
        }
        match retry::remedy(&mut self.conn, &error) {
            Remedy::Again => match attempts.after_conflict() {
                Some(wait) => {
                    retry::pause(wait);
                    Ok(())
                }
                None => Err(Error::failed(format!("cannot {what}: others kept getting in the way"))
                    .with_source(error)
                    .hint("run the command again when fewer programs write to the database")),
            },
            Remedy::Reconnect => self.reconnect(what, error, attempts),
            Remedy::None => {
                let busy = retry::is_busy(&error);
                let mut failed = Error::failed(format!("cannot {what}")).with_source(error);
                if self.read_only.is_none() {
                    failed = on_its_disk(&self.uri, failed);
                }
                Err(if busy {
                    failed.hint("another program holds the database; run the command again when it is done")
                } else {
                    failed
                })
            }
        }
    }

    /// After another program wrote to a database that was read as unchanging.
    fn open_again(&mut self, what: &str, attempts: &mut Attempts) -> Result<()> {
        let wait = attempts.after_conflict().ok_or_else(|| {
            Error::failed(format!("cannot {what}: another program keeps writing to {}", self.uri))
                .hint("run the command again when that has ended")
        })?;
        retry::pause(wait);
        *self.conn.link_mut() = Link::open(&self.uri, self.access)?;
        Ok(())
    }

    fn reconnect(
        &mut self,
        what: &str,
        error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
        attempts: &mut Attempts,
    ) -> Result<()> {
        while let Some(wait) = attempts.after_loss() {
            retry::pause(wait);
            if let Ok(link) = Link::open(&self.uri, self.access) {
                *self.conn.link_mut() = link;
                return Ok(());
            }
        }
        Err(Error::failed(format!("cannot {what}: the connection to {} was lost", self.uri))
            .with_source(error)
            .hint("when the server is back, run the command again: it goes on where this one stopped"))
    }

    fn database_uuid(&mut self) -> Result<String> {
        use schema::meta::dsl;
        let stored = |conn: &mut Conn| dsl::meta.find("db_uuid").select(dsl::value).first(conn).optional();
        if let Some(uuid) = self.read("read the database's name", stored)? {
            return Ok(uuid);
        }
        if self.read_only.is_some() {
            return Ok(UNNAMED.to_owned());
        }
        self.write("name the database", |conn| {
            conn.lock(Lock::GateAlone)?;
            if let Some(uuid) = stored(conn)? {
                return Ok(uuid);
            }
            // Unique enough for a folder's name: time, process and an address.
            let seed = format!("{}-{}-{:p}", now_us(), std::process::id(), conn);
            let uuid: String = blake3::hash(seed.as_bytes()).to_hex().chars().take(32).collect();
            diesel::insert_into(dsl::meta)
                .values((dsl::key.eq("db_uuid"), dsl::value.eq(&uuid)))
                .execute(conn)?;
            Ok(uuid)
        })
    }
}

/// The error with what is known about the disk that the database is on.
fn on_its_disk(uri: &DatabaseUri, error: Error) -> Error {
    match uri {
        DatabaseUri::Sqlite(SqlitePath::File(file)) => disk::explain(error, disk::Written::Database, file),
        DatabaseUri::Sqlite(SqlitePath::Memory) => error,
        _ => disk::of_server(error),
    }
}

fn transaction<T>(
    conn: &mut Conn,
    purpose: Purpose,
    grouped: bool,
    work: &mut dyn FnMut(&mut Conn) -> QueryResult<T>,
) -> QueryResult<T> {
    if grouped {
        conn.begin_within()?
    } else {
        conn.begin(purpose)?
    }
    let done = work(conn).and_then(|value| conn.commit().map(|()| value));
    if done.is_err() {
        conn.roll_back();
    }
    done
}

/// The next number of a dense sequence; call it inside a write transaction.
fn next_number(conn: &mut Conn, name: &str) -> QueryResult<i64> {
    use schema::counters::dsl;
    diesel::update(dsl::counters.find(name)).set(dsl::value.eq(dsl::value + 1)).execute(conn)?;
    counter(conn, name)
}

/// The current value of a dense sequence.
fn counter(conn: &mut Conn, name: &str) -> QueryResult<i64> {
    use schema::counters::dsl;
    dsl::counters.find(name).select(dsl::value).first(conn)
}

/// Now, in µs since the Unix epoch.
pub fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
