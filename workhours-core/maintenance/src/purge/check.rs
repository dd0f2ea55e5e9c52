//! Checks for remains of a purge, and waits until there are none.

use super::leftovers;
use super::pattern::Pattern;
use super::purge;
use std::fmt;
use std::time::Duration;
use workhours_base::error::Result;
use workhours_filestore::Filestore;
use workhours_search::index::SearchIndex;
use workhours_store::{Scrubbed, Store};

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
            Self::Matching(..) => "run workhours purge with that pattern",
            Self::Names(_) => "a purge keeps names; workhours inputs remove ID forgets those of an input",
        }
    }
}

/// Ends a purge: removes the purged text from the index, and waits until no program reads old pages of the database.
/// Returns what is left when the time is up.
///
/// # Errors
/// Errors of the database or the index; the same call does the rest.
pub fn settle(store: &mut Store, index: Option<&dyn SearchIndex>, wait: Duration) -> Result<Vec<Left>> {
    let mut left = Vec::new();
    if let Some(index) = index
        && !index.purge(store, wait)?
    {
        left.push(Left::Index);
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
    index: Option<&dyn SearchIndex>,
    pattern: Option<&Pattern>,
) -> Result<Vec<Left>> {
    let mut left: Vec<Left> = state(store, Duration::ZERO)?.into_iter().collect();
    let open = store.purge().unfinished()?.max(i64::from(!store.purge().condemned_objects()?.is_empty()));
    if open > 0 {
        left.insert(0, Left::Unfinished(open));
    }
    if let Some(index) = index
        && !index.is_purged(store)?
    {
        left.push(Left::Index);
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
