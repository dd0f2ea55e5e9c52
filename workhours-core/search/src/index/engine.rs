//! What an index engine is: it answers ([`Index`]), it says how far it is ([`SearchIndex`]), and it's written
//! ([`IndexWriter`]). An engine is one folder next to `embedded`; [`open`] chooses one.

#[cfg(feature = "elasticsearch")]
use super::elasticsearch::Elasticsearch;
#[cfg(feature = "embedded")]
use super::embedded::Embedded;
use super::{Index, State};
use std::ops::ControlFlow;
use std::time::Duration;
use workhours_base::error::{Error, Result};
use workhours_config::{Config, IndexEngine};
use workhours_store::{Seq, Store};

/// Whether there is an index to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// There is none.
    Absent,
    /// It is being built for the first time; this many events are in.
    Growing(u64),
    /// There is one.
    Ready(State),
}

/// Whether an index is written or only read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexAccess {
    /// It may be written.
    Write,
    /// Nothing is written, not even the files that opening an index creates.
    Read,
}

/// The index of one database, whether or not it exists yet. Any number of threads and processes may read it.
pub trait SearchIndex: Index {
    /// Whether there is one.
    ///
    /// # Errors
    /// When there is one that can't be read.
    fn status(&self) -> Result<Status>;

    /// The last batch in the index; `None` if there is no index.
    ///
    /// # Errors
    /// When there is one that can't be read.
    fn known(&self) -> Result<Option<Seq>>;

    /// The number of the last purge it includes; `None` if there is no index.
    ///
    /// # Errors
    /// When there is one that can't be read.
    fn purges(&self) -> Result<Option<i64>>;

    /// Whether it has exactly the current content of the database: nothing missing, and nothing purged.
    ///
    /// # Errors
    /// Database errors, and when there is an index that can't be read.
    fn is_current(&self, store: &mut Store) -> Result<bool>;

    /// Checks every part of the index. Returns how many there are; `None` if there is no index.
    ///
    /// # Errors
    /// When one is damaged, or the index can't be opened.
    fn verify(&self) -> Result<Option<usize>>;

    /// Where it is, for people: a folder, or an address.
    fn place(&self) -> String;

    /// The right to write it; `None` while another program has it.
    ///
    /// # Errors
    /// When it's only read, or the right can't be asked for.
    fn writer(&self) -> Result<Option<Box<dyn IndexWriter>>>;

    /// Removes everything from the index that was purged from the database. If another program is writing the index,
    /// waits for it to do so. Returns whether everything is gone.
    ///
    /// # Errors
    /// Errors of the database or the engine; the same call does the rest.
    fn purge(&self, store: &mut Store, wait: Duration) -> Result<bool>;

    /// Whether it holds nothing that was purged from the database.
    ///
    /// # Errors
    /// When it can't be read.
    fn is_purged(&self, store: &mut Store) -> Result<bool>;
}

/// When new documents become visible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// Soon: a user is looking at it.
    #[default]
    Live,
    /// When everything is in, or very much of it: no one waits for a part.
    Bulk,
}

/// How far a writer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Events read.
    pub done: u64,
    /// Events there are to look at, about.
    pub of: u64,
}

/// Called from time to time; returns whether to continue.
pub type Watch<'w> = &'w mut dyn FnMut(Progress) -> ControlFlow<()>;

/// Writes the index of a database. There is at most one writer.
pub trait IndexWriter: Send {
    /// When what is written from now on becomes visible; [`Priority::Live`] unless set.
    fn set_priority(&mut self, priority: Priority);

    /// Brings the index up to date, building it if none is intact and matches the database. Returns how many events
    /// were indexed. If `watch` stops it, it keeps its work and continues there the next time.
    ///
    /// # Errors
    /// Errors of the database or the engine; earlier commits stay.
    fn catch_up(&mut self, store: &mut Store, watch: Watch<'_>) -> Result<u64>;

    /// Builds the index again; it replaces the old one when it is done.
    ///
    /// # Errors
    /// As for [`catch_up`](Self::catch_up); then the old one stays.
    fn rebuild(&mut self, store: &mut Store, watch: Watch<'_>) -> Result<u64>;

    /// The problem of the index that [`catch_up`](Self::catch_up) has replaced, if any.
    fn take_damage(&mut self) -> Option<Error>;

    /// Finishes: waits until the index is in the form that is fastest to read.
    ///
    /// # Errors
    /// Engine errors.
    fn finish(self: Box<Self>) -> Result<()>;
}

/// The index of this database, by the engine that is configured. It need not exist.
///
/// # Errors
/// When this program was built without the engine, or its settings can't be used.
pub fn open(config: &Config, database: &str, access: IndexAccess) -> Result<Box<dyn SearchIndex>> {
    match config.index.engine {
        #[cfg(feature = "embedded")]
        IndexEngine::Embedded => {
            let base = config.index_folder();
            Ok(Box::new(match access {
                IndexAccess::Write => Embedded::new(&base, database),
                IndexAccess::Read => Embedded::for_reading(&base, database),
            }))
        }
        #[cfg(feature = "elasticsearch")]
        IndexEngine::Elasticsearch => {
            Ok(Box::new(Elasticsearch::new(config.index.clone(), database, access)?))
        }
        #[cfg(not(all(feature = "embedded", feature = "elasticsearch")))]
        engine => {
            let _ = (database, access);
            let name = engine.as_str();
            Err(Error::usage(format!("this workhours was built without the index engine {name}"))
                .hint(format!("build it with cargo build --release --features {name}")))
        }
    }
}
