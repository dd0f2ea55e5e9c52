//! Copying a database to another backend: every table, page by page in order of its key, each page in its own
//! transaction. Checksums of both sides, over the same canonical bytes, are compared.
//!
//! An interrupted copy continues with the same command: an existing page is compared and kept, one that differs is
//! replaced. So a second copy of a database that has grown updates the first. The source is read in one snapshot and
//! isn't changed. The target keeps its own id, because it is another database from then on.

mod pages;
pub(crate) mod tables;

use super::canon::Sum;
use workhours_base::database::Access;

use super::backend::conn::{Conn, Purpose};
use super::purge::{FLUSHED, REWRITTEN, Scrubbed};
use super::schema::{counters, events, inputs, meta};
use super::{Seq, Store, counter};
use diesel::prelude::*;
use pages::Job;
use std::time::Duration;
use workhours_base::database::{DatabaseUri, SqlitePath};
use workhours_base::error::{Error, Result};

/// In `meta`: of which database this one is a copy, and at which state of it; `…` while it is not finished.
const FROM: &str = "copy.from";
const AS_OF: &str = "copy.as_of";
const UNFINISHED: &str = "…";

/// Receives the progress of a copy.
pub trait CopyProgress: Sync {
    /// A table begins, with this many rows to process. It is called twice for each: copying, then checking.
    fn table(&self, name: &str, rows: u64, checking: bool);
    /// This many more rows are done.
    fn advance(&self, rows: u64);
}

/// A table that was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedTable {
    /// Its name.
    pub name: &'static str,
    /// Its rows, the same on both sides.
    pub sum: Sum,
    /// Rows written; the others were there from an earlier attempt.
    pub written: u64,
}

/// In `meta`: that it is a backup, of which database, when it was made, and its last batch then.
const BACKUP: &str = "backup";

/// A backup: of which database, and when it was made, µs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupOf {
    /// The id of the database.
    pub uuid: String,
    /// When it was made.
    pub made_us: i64,
}

/// Marks a finished copy as a backup of its source.
///
/// # Errors
/// Database errors; an error if the copy is incomplete.
pub fn mark_backup(store: &mut Store, made_us: i64) -> Result<()> {
    let Some(uuid) = copied_from(store)? else {
        return Err(Error::failed("the copy is not complete, so it can't be a backup"));
    };
    let seq = store.as_of()?.get();
    store.write_alone("mark a backup", |conn| {
        diesel::delete(meta::table.find(BACKUP)).execute(conn)?;
        let value = format!("{uuid} {made_us} {seq}");
        diesel::insert_into(meta::table)
            .values((meta::key.eq(BACKUP), meta::value.eq(value)))
            .execute(conn)?;
        Ok(())
    })
}

/// Whether a database is a backup, and nothing was loaded into it since.
///
/// # Errors
/// Database errors.
pub fn backup_of(store: &mut Store) -> Result<Option<BackupOf>> {
    let value: Option<String> = store.read("read whether it is a backup", |conn| {
        meta::table.find(BACKUP).select(meta::value).first(conn).optional()
    })?;
    let Some(value) = value else { return Ok(None) };
    let mut parts = value.split(' ');
    let (uuid, made, seq) = (parts.next(), parts.next(), parts.next());
    let made_us = made.and_then(|made| made.parse().ok());
    let is_unchanged = seq.and_then(|seq| seq.parse().ok()) == Some(store.as_of()?.get());
    let backup = uuid.zip(made_us).map(|(uuid, made_us)| BackupOf { uuid: uuid.to_owned(), made_us });
    Ok(backup.filter(|_| is_unchanged))
}

/// The id of the database that one is a finished copy of; `None` if it is none.
///
/// # Errors
/// Database errors.
fn copied_from(store: &mut Store) -> Result<Option<String>> {
    let value = |conn: &mut Conn, key: &str| -> QueryResult<Option<String>> {
        meta::table.find(key).select(meta::value).first(conn).optional()
    };
    store.read("read of what it is a copy", |conn| {
        let as_of = value(conn, AS_OF)?;
        Ok(value(conn, FROM)?.filter(|_| as_of.is_some_and(|as_of| as_of != UNFINISHED)))
    })
}

/// Copies one database to another, which must be empty or an earlier copy of the same. The first is opened for this
/// access, and never written to.
///
/// # Errors
/// Errors of either database; when the target has other data; when the written data differs from the source.
pub fn copy(
    from: &DatabaseUri,
    access: Access,
    to: &DatabaseUri,
    progress: &dyn CopyProgress,
) -> Result<Vec<CopiedTable>> {
    if from == to {
        return Err(Error::usage("a database cannot be copied to itself"));
    }
    if let DatabaseUri::Sqlite(SqlitePath::File(file)) = from
        && !file.exists()
    {
        return Err(Error::usage(format!("there is no database {from}")).hint("see what is in that folder"));
    }
    let mut source = Store::open_as(from, access)?;
    let mut target = Store::open(to)?;
    let fresh = prepare(&mut source, &mut target)?;
    source.conn.begin(Purpose::Snapshot).map_err(|e| cannot_read(from, e))?;
    let as_of = counter(&mut source.conn, "seq").map_err(|e| cannot_read(from, e))?;
    let mut job = Job { from, source: &mut source.conn, target: &mut target, fresh, progress };
    let mut copied = tables::all(&mut job, false)?;
    let numbers = numbers(&mut source.conn).map_err(|e| cannot_read(from, e))?;
    target.write_alone("copy the counters", |conn| {
        for (name, value) in &numbers {
            if diesel::update(counters::table.find(name)).set(counters::value.eq(value)).execute(conn)? == 0 {
                let row = (counters::name.eq(name), counters::value.eq(value));
                diesel::insert_into(counters::table).values(row).execute(conn)?;
            }
        }
        Ok(())
    })?;
    let mut job = Job { from, source: &mut source.conn, target: &mut target, fresh, progress };
    let arrived = tables::all(&mut job, true)?;
    for (sent, arrived) in copied.iter_mut().zip(arrived) {
        if sent.sum != arrived.sum {
            return Err(Error::failed(format!(
                "the copy of {} differs: {} were sent, {} arrived",
                sent.name, sent.sum, arrived.sum
            ))
            .hint(
                "does something else write to the target? Run the same command again: it mends what differs",
            ));
        }
    }
    source.conn.roll_back();
    if source.conn.link().is_outdated() {
        return Err(Error::failed(format!("{from} was written to while it was copied"))
            .hint("run the command again when the other program has ended"));
    }
    if fresh {
        target.scrub().set_done()?;
    } else if target.scrub().flush(Duration::ZERO)? != Scrubbed::Done {
        // Data purged from the original since the last copy is gone from the tables; this removes it from the files
        // too.
        target.scrub().run()?;
    }
    note(&mut target, source.uuid(), &as_of.to_string())?;
    Ok(copied)
}

/// Whether the target is empty; fails if it holds anything but an earlier copy of the source.
fn prepare(source: &mut Store, target: &mut Store) -> Result<bool> {
    let uri = target.uri().to_string();
    if source.uuid() == target.uuid() {
        return Err(Error::usage(format!("{uri} is the same database under another name")));
    }
    let value = |key: &'static str| {
        move |conn: &mut Conn| meta::table.find(key).select(meta::value).first::<String>(conn).optional()
    };
    let copy_of = target.read("see what the target is", value(FROM))?;
    let copied_at = target.read("see what the target is", value(AS_OF))?;
    let as_of = target.as_of()?;
    match copy_of {
        Some(uuid) if uuid != source.uuid() => {
            Err(Error::usage(format!("{uri} is a copy of another database"))
                .hint("copy to a database that is empty"))
        }
        Some(_) if copied_at.as_deref() != Some(UNFINISHED) && copied_at != Some(as_of.to_string()) => {
            Err(Error::usage(format!("{uri} is a copy of that database, but was loaded into since"))
                .hint("copy to a database that is empty, or what was loaded there would be lost"))
        }
        Some(_) => {
            note(target, source.uuid(), UNFINISHED)?;
            Ok(false)
        }
        None => {
            let (events, inputs): (i64, i64) = target.read("see what the target is", |conn| {
                Ok((events::table.count().get_result(conn)?, inputs::table.count().get_result(conn)?))
            })?;
            if as_of > Seq::default() || events > 0 || inputs > 0 {
                return Err(Error::usage(format!("{uri} is not empty"))
                    .hint("copy to a database that is empty, or that is an earlier copy of the same"));
            }
            note(target, source.uuid(), UNFINISHED)?;
            Ok(true)
        }
    }
}

/// Whether a database is a copy that was never finished.
pub(super) fn is_unfinished(conn: &mut Conn) -> QueryResult<bool> {
    let at: Option<String> = meta::table.find(AS_OF).select(meta::value).first(conn).optional()?;
    Ok(at.as_deref() == Some(UNFINISHED))
}

fn note(target: &mut Store, from: &str, as_of: &str) -> Result<()> {
    target.write("note what the target is", |conn| {
        for (key, value) in [(FROM, from), (AS_OF, as_of)] {
            diesel::delete(meta::table.find(key)).execute(conn)?;
            diesel::insert_into(meta::table)
                .values((meta::key.eq(key), meta::value.eq(value)))
                .execute(conn)?;
        }
        Ok(())
    })
}

/// All dense numbers except the gate, which isn't a number, and the state of the source's own files.
fn numbers(conn: &mut Conn) -> QueryResult<Vec<(String, i64)>> {
    let others = ["gate", REWRITTEN, FLUSHED];
    counters::table.filter(counters::name.ne_all(others)).order(counters::name).load(conn)
}

fn cannot_read(from: &DatabaseUri, e: diesel::result::Error) -> Error {
    Error::failed(format!("cannot read {from}"))
        .with_source(e)
        .hint("run the same command again: it goes on where it stopped")
}
