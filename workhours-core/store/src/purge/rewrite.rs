//! Rewriting the database's files, so that nothing of deleted rows stays in them: how far that has come, and which
//! programs still block it. The code for each backend is in its folder.
//!
//! Two numbers say how far it has come. Every step of a purge sets a new `purge` number; `purge_rewritten` is the one
//! at which the tables were last rewritten, `purge_flushed` the one that has reached the files. While they differ,
//! purged text may be left.

#[cfg(feature = "mysql")]
use super::super::backend::mysql;
#[cfg(feature = "postgres")]
use super::super::backend::postgres;
use super::super::backend::{retry, sqlite};
use super::super::schema::{counters, meta};
use super::super::{Conn, Store, counter};
use super::OPEN;
use diesel::prelude::*;
use std::time::{Duration, Instant};
use workhours_base::database::{DatabaseUri, SqlitePath};
use workhours_base::error::Result;

/// At which `purge` number the tables were rewritten.
pub(crate) const REWRITTEN: &str = "purge_rewritten";
/// The `purge` number at which the files had nothing older.
pub(crate) const FLUSHED: &str = "purge_flushed";

/// How long to wait for readers of old pages by default.
const WAIT: Duration = Duration::from_secs(60);
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// How far purged data is gone from the database's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scrubbed {
    /// All of it.
    Done,
    /// The tables aren't rewritten yet.
    NotRewritten,
    /// These programs still read the earlier state, so the old pages are kept for them.
    Read(Vec<String>),
}

/// The database's files, to be freed of deleted data. Opened by [`Store::scrub`].
pub struct Scrub<'s> {
    pub(crate) store: &'s mut Store,
}

impl Scrub<'_> {
    /// Checks for space to rewrite the database.
    ///
    /// # Errors
    /// When there is not: how much is missing, and where.
    pub fn check_room(&mut self) -> Result<()> {
        match (&mut *self.store.conn, &self.store.uri) {
            (Conn::Sqlite(conn), DatabaseUri::Sqlite(SqlitePath::File(file))) => {
                sqlite::rewrite::check_room(conn, file)
            }
            // A server's disks can't be checked from here; the server reports a full one.
            _ => Ok(()),
        }
    }

    /// Rewrites the tables without deleted data, and ends the purge of this mark. Waits for transactions that keep old
    /// rows. Returns those that are left when the time is up; then nothing was rewritten.
    ///
    /// # Errors
    /// Database errors; then the tables haven't changed.
    pub fn rewrite(&mut self, mark: Option<&str>, wait: Duration) -> Result<Scrubbed> {
        let reached = self.store.read("read the state of the database", |conn| counter(conn, "purge"))?;
        let now = self.store.read("read the clock", server_clock)?;
        let older = self.wait_for(wait, |conn| older_transactions(conn, &now))?;
        if !older.is_empty() {
            return Ok(Scrubbed::Read(older));
        }
        self.store.read("rewrite the tables", |conn| match conn {
            Conn::Sqlite(conn) => sqlite::rewrite::rewrite(conn),
            #[cfg(feature = "postgres")]
            Conn::Postgres(conn) => postgres::rewrite::rewrite(conn, &TABLES),
            #[cfg(feature = "mysql")]
            Conn::Mysql(conn) => mysql::rewrite::rewrite(conn, &TABLES),
        })
        .map_err(|e| match e.hint_text() {
            Some(_) => e,
            None => e.hint(
                "is the disk full, or does another program hold a table? What matched is deleted; run the purge again",
            ),
        })?;
        self.store.write_alone("end the purge", |conn| {
            set_counter(conn, REWRITTEN, reached)?;
            if let Some(mark) = mark {
                diesel::delete(meta::table.find(format!("{OPEN}{mark}"))).execute(conn)?;
            }
            Ok(())
        })?;
        Ok(Scrubbed::Done)
    }

    /// Moves the rewritten pages into the files and empties the write-ahead log, as soon as no program reads the
    /// earlier state; waits for that.
    ///
    /// # Errors
    /// Database errors.
    pub fn flush(&mut self, wait: Duration) -> Result<Scrubbed> {
        let (purged, rewritten, flushed) = self.store.read("read the state of the database", |conn| {
            Ok((counter(conn, "purge")?, stored(conn, REWRITTEN)?, stored(conn, FLUSHED)?))
        })?;
        if rewritten < purged {
            let now = self.store.read("read the clock", server_clock)?;
            let older = self.store.read("look for readers", |conn| older_transactions(conn, &now))?;
            return Ok(if older.is_empty() { Scrubbed::NotRewritten } else { Scrubbed::Read(older) });
        }
        if flushed >= purged {
            return Ok(Scrubbed::Done);
        }
        let file = match &self.store.uri {
            DatabaseUri::Sqlite(SqlitePath::File(file)) => Some(file.clone()),
            _ => None,
        };
        let readers = self.wait_for(wait, |conn| match conn {
            Conn::Sqlite(conn) => match sqlite::rewrite::flush(conn)? {
                true => Ok(Vec::new()),
                false => Ok(file.as_deref().map(sqlite::readers::of).unwrap_or_default()),
            },
            // A server looks after its own log.
            #[cfg(any(feature = "postgres", feature = "mysql"))]
            _ => Ok(Vec::new()),
        })?;
        if !readers.is_empty() {
            return Ok(Scrubbed::Read(readers));
        }
        self.store.write_alone("end the purge", |conn| set_counter(conn, FLUSHED, purged))?;
        Ok(Scrubbed::Done)
    }

    /// Removes deleted data from the files, as a purge does at its end: both steps, with the default wait.
    ///
    /// # Errors
    /// Database errors.
    pub fn run(&mut self) -> Result<Scrubbed> {
        match self.rewrite(None, WAIT)? {
            Scrubbed::Done => self.flush(WAIT),
            other => Ok(other),
        }
    }

    /// Records for a new database that nothing was ever deleted from its files.
    pub(crate) fn set_done(&mut self) -> Result<()> {
        self.store.write_alone("store the state of the files", |conn| {
            let purged = counter(conn, "purge")?;
            set_counter(conn, REWRITTEN, purged)?;
            set_counter(conn, FLUSHED, purged)
        })
    }

    /// Polls until no reader is left, or the time is up.
    fn wait_for(
        &mut self,
        wait: Duration,
        mut who: impl FnMut(&mut Conn) -> QueryResult<Vec<String>>,
    ) -> Result<Vec<String>> {
        let since = Instant::now();
        loop {
            let left = self.store.read("look for readers", &mut who)?;
            if left.is_empty() || since.elapsed() >= wait {
                return Ok(left);
            }
            retry::pause(PAUSE);
        }
    }
}

/// The clock that transactions are stamped with, where that matters.
fn server_clock(conn: &mut Conn) -> QueryResult<String> {
    match conn {
        #[cfg(feature = "postgres")]
        Conn::Postgres(conn) => postgres::rewrite::now(conn),
        _ => Ok(String::new()),
    }
}

/// Transactions that had already begun, for which a server keeps rows that were deleted since.
#[cfg_attr(not(feature = "postgres"), allow(unused_variables))]
fn older_transactions(conn: &mut Conn, then: &str) -> QueryResult<Vec<String>> {
    match conn {
        #[cfg(feature = "postgres")]
        Conn::Postgres(conn) => postgres::rewrite::older_transactions(conn, then),
        // SQLite keeps old pages, not old rows; InnoDB keeps old rows in its undo log, not in the tables.
        _ => Ok(Vec::new()),
    }
}

fn stored(conn: &mut Conn, name: &str) -> QueryResult<i64> {
    let value = counters::table.find(name).select(counters::value).first(conn).optional()?;
    Ok(value.unwrap_or(0))
}

fn set_counter(conn: &mut Conn, name: &str, value: i64) -> QueryResult<()> {
    if diesel::update(counters::table.find(name)).set(counters::value.eq(value)).execute(conn)? == 0 {
        let row = (counters::name.eq(name), counters::value.eq(value));
        diesel::insert_into(counters::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// Every table of ours.
#[cfg(any(test, feature = "postgres", feature = "mysql"))]
const TABLES: [&str; 30] = [
    "agents",
    "batches",
    "changes",
    "corrections",
    "counters",
    "cursors",
    "due_runs",
    "event_tags",
    "events",
    "files",
    "floors",
    "followed",
    "inputs",
    "meta",
    "places",
    "queues",
    "rejects",
    "renumbered",
    "rollup_days",
    "rollup_dirty",
    "saved_reports",
    "saved_searches",
    "segments",
    "series",
    "series_events",
    "sightings",
    "tags",
    "tasks",
    "tokens",
    "tombstones",
];

#[cfg(test)]
mod tests {
    use super::super::super::model::model;
    use super::*;

    #[test]
    fn every_table_is_rewritten() {
        let mut names: Vec<String> = model().unwrap().into_iter().map(|table| table.name).collect();
        names.sort();
        assert_eq!(names, TABLES);
    }
}
