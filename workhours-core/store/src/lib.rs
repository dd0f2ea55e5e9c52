//! The store: the SQL system of record. SQL stays inside.
//!
//! [`Store`] itself opens a database and loads into it: [`Store::load`], and what a load in progress needs. All else is
//! behind doors, one for each subject:
//!
//! | door | subject |
//! |---|---|
//! | [`Store::events`] | the events: read, counted, their values listed |
//! | [`Store::files`] | the logical files, and how far they were read |
//! | [`Store::sightings`] | where logical files were last seen |
//! | [`Store::segments`] | the copies of logical files in the filestore |
//! | [`Store::inputs`] | the configured inputs |
//! | [`Store::followed`] | the inputs that are followed, and by which program |
//! | [`Store::due_runs`] | the runs of schedules |
//! | [`Store::floors`] | from when on events are kept |
//! | [`Store::tokens`] | the tokens of programs that send events |
//! | [`Store::tasks`] | the tasks, and undoing one |
//! | [`Store::rejects`] | the rejected records |
//! | [`Store::reloads`] | readings of an input over its stored events |
//! | [`Store::tags`] | the tags of events |
//! | [`Store::corrections`] | the user's corrections of hours |
//! | [`Store::saved`] | saved reports and searches |
//! | [`Store::rollups`] | sums of events by minute and by day |
//! | [`Store::journal`] | the commits in order, for programs that follow the database |
//! | [`Store::redaction`] | stored texts, written again without secrets |
//! | [`Store::purge`] | deleting for good |
//! | [`Store::scrub`] | freeing the database's files of deleted data |
//!
//! A door borrows the store for one call: `store.files().create(&new)?`. Checks of the whole database are in [`check()`],
//! copying it is in [`copy()`].
//!
//! How it is cut, so that SQLite, PostgreSQL and MariaDB answer alike: every query is plain, portable Diesel on one
//! connection type, [`Conn`] (no upsert clauses, no RETURNING, ids and times as numbers, JSON as text). What a
//! backend does in its own way is in its folder below `backend`: opening, migrating and bulk statements (`sqlite/`,
//! `postgres/`, `mysql/`); how a transaction begins and what it locks is in `conn`; what is done when one fails, in
//! `retry`; `transact` runs them.

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
mod due_runs;
mod events;
mod files;
mod floors;
mod followed;
mod group;
mod host_to_peer;
mod inputs;
mod journal;
mod lines;
mod load;
mod model;
mod names;
mod pool;
mod purge;
mod redaction;
mod rejects;
mod rollup;
mod saved;
mod schema;
mod segments;
mod sightings;
mod tables;
mod tagging;
mod tasks;
#[cfg(test)]
mod tests;
mod together;
mod tokens;
mod transact;
mod types;

pub use access::{Barrier, ReadOnly};
pub use canon::Sum;
pub use check::{Check, Verdict, check};
pub use copy::{BackupOf, CopiedTable, CopyProgress, backup_of, copy, mark_backup};
pub use corrections::{Correction, Corrections};
pub use delete::Removed;
pub use due_runs::{Begun, DueRun, DueRuns};
pub use events::{EventFilter, EventReader, EventWalk, Events, Wanted};
pub use files::{FileRow, Files, NewFile};
pub use floors::{Below, Floors};
pub use followed::{Followed, FollowedRow};
pub use inputs::{InputRow, Inputs};
pub use journal::{BatchRow, Journal, Moment, key_ranges};
pub use lines::{FindLines, Lines};
pub use load::{
    Batch, BegunReload, Committed, Last, LeftOut, LoadMode, Met, ReadTo, Reloads, Reread, Series, SeriesOf,
    Sibling, Siblings, Supersedes,
};
pub use pool::Pool;
pub use purge::{Purge, Scrub, Scrubbed, TextPattern, excerpt_stone, record_stone};
pub use redaction::{EventTexts, Redaction, Renamed};
pub use rejects::{RefusedAs, RejectFilter, RejectReader, RejectText, Rejects, StoredReject};
pub use rollup::{DaySum, DaySums, Field as RollupField, MinuteSum, MinuteSums, Rollups, Span, Whose};
pub use saved::Saved;
pub use segments::{Segment, Segments};
pub use sightings::{Sighting, Sightings};
pub use tagging::{Tagged, Tags};
pub use tasks::{TaskRow, TaskState, Tasks, Totals};
pub use together::Fate;
pub use tokens::{TokenRow, Tokens};
pub use types::{Cursor, Tail};
pub use workhours_event::{BatchId, FileId, InputId, Seq, TaskId};

pub(crate) use backend::{Conn, MultiBackend};
pub use rollup::{DAY_US, MINUTE_US, QUARTER_US, span_of};

use backend::conn::Lock;
use backend::link::Link;
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
    Some(ReadOnly::NotWritable(named.display().to_string(), barrier))
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

/// The doors, a subject each.
impl Store {
    /// The events: read, counted, their values listed.
    pub fn events(&mut self) -> Events<'_> {
        Events { store: self }
    }

    /// The logical files, and how far they were read.
    pub fn files(&mut self) -> Files<'_> {
        Files { store: self }
    }

    /// Where logical files were last seen.
    pub fn sightings(&mut self) -> Sightings<'_> {
        Sightings { store: self }
    }

    /// The copies of logical files in the filestore.
    pub fn segments(&mut self) -> Segments<'_> {
        Segments { store: self }
    }

    /// The configured inputs.
    pub fn inputs(&mut self) -> Inputs<'_> {
        Inputs { store: self }
    }

    /// The tasks.
    pub fn tasks(&mut self) -> Tasks<'_> {
        Tasks { store: self }
    }

    /// The rejected records.
    pub fn rejects(&mut self) -> Rejects<'_> {
        Rejects { store: self }
    }

    /// Readings of an input over its stored events.
    pub fn reloads(&mut self) -> Reloads<'_> {
        Reloads { store: self }
    }

    /// The tags of events.
    pub fn tags(&mut self) -> Tags<'_> {
        Tags { store: self }
    }

    /// The user's corrections of hours.
    pub fn corrections(&mut self) -> Corrections<'_> {
        Corrections { store: self }
    }

    /// Saved reports and searches.
    pub fn saved(&mut self) -> Saved<'_> {
        Saved { store: self }
    }

    /// The inputs that are followed.
    pub fn followed(&mut self) -> Followed<'_> {
        Followed { store: self }
    }

    /// From when on events are kept.
    pub fn floors(&mut self) -> Floors<'_> {
        Floors { store: self }
    }

    /// The tokens of programs that send events.
    pub fn tokens(&mut self) -> Tokens<'_> {
        Tokens { store: self }
    }

    /// The runs of schedules.
    pub fn due_runs(&mut self) -> DueRuns<'_> {
        DueRuns { store: self }
    }

    /// Sums of events by minute and by day.
    pub fn rollups(&mut self) -> Rollups<'_> {
        Rollups { store: self }
    }

    /// The commits, in order.
    pub fn journal(&mut self) -> Journal<'_> {
        Journal { store: self }
    }

    /// Stored texts, written again without secrets.
    pub fn redaction(&mut self) -> Redaction<'_> {
        Redaction { store: self }
    }

    /// Deleting for good.
    pub fn purge(&mut self) -> Purge<'_> {
        Purge { store: self }
    }

    /// Freeing the database's files of deleted data.
    pub fn scrub(&mut self) -> Scrub<'_> {
        Scrub { store: self }
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
