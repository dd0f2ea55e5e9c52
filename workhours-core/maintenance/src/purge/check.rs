//! Checks for remains of a purge, and waits until there are none.

use super::pattern::Pattern;
use super::purge;
use super::{columns, leftovers};
use std::fmt;
use std::path::Path;
use std::time::Duration;
use workhours_base::error::Result;
use workhours_filestore::Filestore;
use workhours_search::index::SearchIndex;
use workhours_store::{Scrubbed, Store};

/// What is made from the database, and can be made again.
#[derive(Clone, Copy)]
pub struct Caches<'c> {
    /// The search index.
    pub index: &'c dyn SearchIndex,
    /// The folder of the databases' columns.
    pub columns: &'c Path,
}

/// Something that may hold purged text still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// This many purges were interrupted.
    Unfinished(i64),
    /// The tables were not rewritten since.
    Tables,
    /// These programs read the state from before.
    Readers(Vec<String>),
    /// The index has not heard of the purge.
    Index,
    /// Neither have the columns.
    Columns,
    /// This many of something match the pattern.
    Matching(u64, &'static str),
    /// This many inputs and files have a name that matches.
    Names(u64),
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfinished(1) => f.write_str("a purge was interrupted"),
            Self::Unfinished(n) => write!(f, "{n} purges were interrupted"),
            Self::Tables => f.write_str("the database was not rewritten since the last purge"),
            Self::Readers(names) => {
                write!(f, "the database keeps old pages or rows for a reader: {}", names.join(", "))
            }
            Self::Index => f.write_str("the index still holds purged words"),
            Self::Columns => f.write_str("the columns still hold purged texts"),
            Self::Matching(1, what) => write!(f, "1 {what} matches"),
            Self::Matching(n, what) => write!(f, "{n} {what}s match"),
            Self::Names(1) => f.write_str("the name of 1 input or file matches"),
            Self::Names(n) => write!(f, "the names of {n} inputs or files match"),
        }
    }
}

impl Left {
    /// A hint.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unfinished(_) => "run the same command again: it does the rest",
            Self::Tables => "run the purge again: it rewrites the database",
            Self::Readers(_) => "end what it reads there, then run workhours purge --check",
            Self::Index => "another program may be writing it; when that is done, run workhours index update",
            Self::Columns => {
                "another program may be writing them; when that is done, run workhours columns update"
            }
            Self::Matching(..) => "run workhours purge with that pattern",
            Self::Names(_) => "a purge keeps names; workhours inputs remove ID forgets those of an input",
        }
    }
}

/// Ends a purge: removes the purged text from the index and the columns, and waits until no program reads old pages of the database.
/// Returns what is left when the time is up.
///
/// # Errors
/// Errors of the database or the index; the same call does the rest.
pub fn settle(store: &mut Store, caches: Option<Caches<'_>>, wait: Duration) -> Result<Vec<Left>> {
    let mut left = Vec::new();
    if let Some(caches) = caches {
        if !caches.index.purge(store, wait)? {
            left.push(Left::Index);
        }
        if !columns::purge(caches.columns, store, wait)? {
            left.push(Left::Columns);
        }
    }
    left.extend(state(store, wait)?);
    Ok(left)
}

/// Remains of any purge; with a pattern also what matches it.
///
/// # Errors
/// Errors of the database, the filestore or the index.
pub fn check(
    store: &mut Store,
    fs: &Filestore,
    caches: Option<Caches<'_>>,
    pattern: Option<&Pattern>,
) -> Result<Vec<Left>> {
    let mut left: Vec<Left> = state(store, Duration::ZERO)?.into_iter().collect();
    let open = store.purge().unfinished()?.max(i64::from(!store.purge().condemned_objects()?.is_empty()));
    if open > 0 {
        left.insert(0, Left::Unfinished(open));
    }
    if let Some(caches) = caches {
        if !caches.index.is_purged(store)? {
            left.push(Left::Index);
        }
        if !columns::is_purged(caches.columns, store)? {
            left.push(Left::Columns);
        }
    }
    let Some(pattern) = pattern else { return Ok(left) };
    let found = purge(store, fs, pattern, true)?;
    let counts = [
        (found.events, "event"),
        (found.rejects, "reject"),
        (found.copies_blanked + found.copies_removed, "copied file"),
        (found.texts, "other text"),
        (found.snapshots, "snapshot"),
        (leftovers::holding(store, fs, pattern)?, "left-over file"),
        (leftovers::received(fs, pattern)?, "received file"),
    ];
    left.extend(counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| Left::Matching(n, what)));
    let names = store.purge().names_of_inputs_with(pattern)?;
    left.extend((names > 0).then_some(Left::Names(names)));
    Ok(left)
}

/// How far the database's files are. What a reader held up is done as soon as it is gone.
fn state(store: &mut Store, wait: Duration) -> Result<Option<Left>> {
    Ok(match store.scrub().flush(wait)? {
        Scrubbed::Done => None,
        Scrubbed::NotRewritten => Some(Left::Tables),
        Scrubbed::Read(names) => Some(Left::Readers(names)),
    })
}
