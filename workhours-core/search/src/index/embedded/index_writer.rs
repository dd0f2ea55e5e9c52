//! Keeping an index up to date: the writer's lock, whether it belongs to this database, and its folder. Not how events
//! get into it: that is [`Writing`].

use super::checked;
use super::checkpoint::Checkpoint;
use super::folder::{Folder, Lock};
use super::schema::schema;
use super::writing::Writing;
use std::ops::ControlFlow;
use workhours_base::disk::{Written, explain};
use workhours_base::error::{Context, Error, Result};
use workhours_store::{Seq, Store};

/// When new documents become visible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// Soon: a user is looking at it.
    #[default]
    Live,
    /// When everything is in, or very much of it: no one waits for a part.
    Bulk,
}

/// Writes the index of a database. There is at most one writer.
pub struct IndexWriter {
    folder: Folder,
    #[allow(dead_code)] // held
    lock: Lock,
    open: Option<Writing>,
    pace: Priority,
    damage: Option<Error>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Events read.
    pub done: u64,
    /// Events there are to look at, about.
    pub of: u64,
}

/// Called from time to time; returns whether to continue.
pub(super) type Watch<'w> = &'w mut dyn FnMut(Progress) -> ControlFlow<()>;

impl IndexWriter {
    pub(super) fn new(folder: Folder, lock: Lock) -> Self {
        Self { folder, lock, open: None, pace: Priority::Live, damage: None }
    }

    /// The same at another pace.
    pub fn at_pace(self, pace: Priority) -> Self {
        Self { pace, ..self }
    }

    /// The problem of the index that [`catch_up`](Self::catch_up) has replaced, if any.
    pub fn take_damage(&mut self) -> Option<Error> {
        self.damage.take()
    }

    /// Brings the index up to date, building it if none is intact and matches the database. Returns how many events
    /// were indexed. If `watch` stops it, it keeps its work and continues there the next time.
    ///
    /// # Errors
    /// Errors of the database or the engine; earlier commits stay.
    pub fn catch_up(&mut self, store: &mut Store, watch: Watch<'_>) -> Result<u64> {
        self.follow(store, watch).map_err(|e| explain(e, Written::Filestore, self.folder.root()))
    }

    fn follow(&mut self, store: &mut Store, watch: Watch<'_>) -> Result<u64> {
        let mut writing = match self.open.take() {
            Some(writing) if checked::check_index(writing.dir()).is_ok() => writing,
            _ => self.begin(store)?,
        };
        if !fits(store, writing.checkpoint())? {
            drop(writing);
            writing = self.publish_new(store)?;
        }
        writing = writing.prepare(store, self.pace)?;
        let added = writing.catch_up(store, watch)?;
        self.open = Some(writing);
        Ok(added)
    }

    /// Rebuilds the index in another folder; it replaces the old one when it is done.
    ///
    /// # Errors
    /// As for [`catch_up`](Self::catch_up); then the old one stays.
    pub fn rebuild(&mut self, store: &mut Store, watch: Watch<'_>) -> Result<u64> {
        self.make_again(store, watch).map_err(|e| explain(e, Written::Filestore, self.folder.root()))
    }

    fn make_again(&mut self, store: &mut Store, watch: Watch<'_>) -> Result<u64> {
        self.open = None;
        self.folder.tidy();
        let mut writing = self.create()?.prepare(store, Priority::Bulk)?;
        let mut stopped = false;
        let added = writing.catch_up(store, &mut |progress| {
            let flow = watch(progress);
            stopped = flow.is_break();
            flow
        })?;
        if stopped {
            return Err(Error::failed("the index was not made anew: interrupted")
                .hint("the one there was stays in use"));
        }
        self.folder.publish(writing.dir())?;
        self.folder.tidy();
        self.open = Some(writing);
        Ok(added)
    }

    /// Finishes: waits until the files are in the form that is fastest to read.
    ///
    /// # Errors
    /// Engine errors.
    pub fn finish(mut self) -> Result<()> {
        let Self { folder, open, .. } = &mut self;
        match open.take() {
            Some(writing) => writing.finish().map_err(|e| explain(e, Written::Filestore, folder.root())),
            None => Ok(()),
        }
    }

    /// Deletes unused files.
    pub(super) fn tidy(&self) {
        self.folder.tidy();
    }

    /// Whether there is one to update.
    pub(super) fn has_index(&self) -> bool {
        self.folder.current().is_some()
    }

    fn begin(&mut self, store: &mut Store) -> Result<Writing> {
        self.folder.tidy();
        let Some(dir) = self.folder.current() else { return self.publish_new(store) };
        match checked::check_index(&dir) {
            Ok(()) => Writing::open(dir),
            Err(damage) => {
                self.damage = Some(damage);
                self.publish_new(store)
            }
        }
    }

    /// A new one instead of any other, marked as being built.
    fn publish_new(&self, store: &mut Store) -> Result<Writing> {
        let mut writing = self.create()?;
        writing.begin(store)?;
        self.folder.publish(writing.dir())?;
        Ok(writing)
    }

    fn create(&self) -> Result<Writing> {
        let dir = self.folder.create()?;
        tantivy::Index::create_in_dir(&dir, schema().0)
            .context(|| format!("cannot make an index in {}", dir.display()))?;
        Writing::open(dir)
    }
}

/// Whether an index that has come so far is one of this database as it is.
fn fits(store: &mut Store, checkpoint: &Checkpoint) -> Result<bool> {
    let mut moments = vec![checkpoint.done];
    moments.extend(checkpoint.round.map(|round| round.until));
    for moment in moments.iter().filter(|moment| moment.seq > Seq::default()) {
        if !store.journal().remembers(moment)? {
            return Ok(false);
        }
    }
    Ok(true)
}
