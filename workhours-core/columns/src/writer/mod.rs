//! Keeping columns up to date: the writer's lock, whether the build belongs to this database, and its folder. How events
//! get into it is in `follow`, what a build is in `build`.

mod append;
mod build;
mod follow;
mod merge;
mod remove;

use crate::columns;
use crate::folder::{Folder, Lock};
use build::{Build, Commit};
use follow::End;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use workhours_base::error::{Error, Result};
use workhours_event::{EventId, StoredEvent};
use workhours_store::{Moment, Seq, Store};

/// How far a writer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Events read.
    pub done: u64,
    /// Events there are to read, about.
    pub of: u64,
}

/// Called from time to time; returns whether to continue.
pub type Watch<'w> = &'w mut dyn FnMut(Progress) -> ControlFlow<()>;

/// Writes the columns of a database. There is at most one writer.
///
/// After an error, what isn't committed is gone, and the next call continues from the last commit.
pub struct Writer {
    base: PathBuf,
    database: String,
    folder: Folder,
    #[allow(dead_code)] // held
    lock: Lock,
    build: Option<Build>,
    damage: Option<Error>,
}

impl Writer {
    /// The right to write the columns of a database, below a folder for those of all databases; `None` while another
    /// program has it.
    ///
    /// # Errors
    /// When the folder can't be made or locked.
    pub fn open(base: &Path, database: &str) -> Result<Option<Self>> {
        let folder = Folder::new(base, database);
        let Some(lock) = folder.lock()? else { return Ok(None) };
        let (base, database) = (base.to_owned(), database.to_owned());
        Ok(Some(Self { base, database, folder, lock, build: None, damage: None }))
    }

    /// Brings the columns up to date with the database's journal, building them if there are none that are intact and
    /// match the database, or if something was purged from it. Returns how many events were added. If `watch` stops it,
    /// it keeps its work and continues there the next time. Drops what was appended and not committed.
    ///
    /// # Errors
    /// Errors of the database or the disk; earlier commits stay.
    pub fn catch_up(&mut self, store: &mut Store, watch: Watch<'_>) -> Result<u64> {
        let mut added = 0;
        match self.follow(store, watch, &mut added) {
            // A file may have become damaged since it was opened. Then all are made again, once.
            Err(_) if self.damage.is_none() && self.check_damage() => {
                added = 0;
                self.follow(store, watch, &mut added)?;
            }
            other => other?,
        }
        Ok(added)
    }

    /// Builds the columns again; they replace the old ones when they are done. Returns how many events they have.
    ///
    /// # Errors
    /// As for [`catch_up`](Self::catch_up), and when `watch` stops it; then the old ones stay.
    pub fn rebuild(&mut self, store: &mut Store, watch: Watch<'_>) -> Result<u64> {
        self.build = None;
        loop {
            self.folder.tidy();
            let mut build = self.create(store)?;
            let mut added = 0;
            match build.catch_up(store, watch, &mut added)? {
                End::Done => {
                    self.folder.publish(build.dir())?;
                    self.folder.tidy();
                    self.build = Some(build);
                    return Ok(added);
                }
                End::Stopped => {
                    self.folder.tidy();
                    return Err(Error::failed("the columns were not rebuilt: interrupted")
                        .hint("the old columns stay in use"));
                }
                End::Purged => {}
            }
        }
    }

    /// Adds events as they are now, after the last commit. Readers see them after [`commit`](Self::commit).
    ///
    /// # Errors
    /// Disk errors.
    pub fn append(&mut self, events: &[StoredEvent]) -> Result<()> {
        self.with_build(|build| build.append(events))
    }

    /// Removes events. Returns how many of them were there.
    ///
    /// # Errors
    /// Disk errors, and when a file is damaged.
    pub fn remove(&mut self, ids: &[EventId]) -> Result<u64> {
        self.with_build(|build| build.remove(ids))
    }

    /// Commits what was appended and removed as the state of the database at a moment, and merges small files. The caller
    /// knows that it is that state: every change since [`moment`](Self::moment) was appended or removed. Fails if
    /// something was purged since, or a build is not finished; then [`catch_up`](Self::catch_up) has to do it.
    ///
    /// # Errors
    /// Disk errors, and those above.
    pub fn commit(&mut self, moment: Moment) -> Result<()> {
        self.with_build(|build| {
            let manifest = &build.manifest;
            let is_new = manifest.done.seq == Seq::default() && manifest.state.files.is_empty();
            if manifest.round.is_some() || !is_new && manifest.done.purges != moment.purges {
                return Err(Error::failed("the columns don't have the state before"));
            }
            build.merge()?;
            build.commit(Commit::Done(moment))
        })
    }

    /// The moment of the last commit; `None` if there are no columns yet.
    ///
    /// # Errors
    /// When a file can't be read or is damaged.
    pub fn moment(&mut self) -> Result<Option<Moment>> {
        if self.build.is_none() && self.folder.current().is_none() {
            return Ok(None);
        }
        self.with_build(|build| Ok(Some(build.manifest.done)))
    }

    /// The problem of the columns that [`catch_up`](Self::catch_up) has replaced, if any.
    pub fn take_damage(&mut self) -> Option<Error> {
        self.damage.take()
    }

    /// Runs a function on the build, which is gone after an error: the next call begins after the last commit.
    fn with_build<T>(&mut self, run: impl FnOnce(&mut Build) -> Result<T>) -> Result<T> {
        let mut build = match (self.build.take(), self.folder.current()) {
            (Some(build), _) => build,
            (None, Some(dir)) => Build::open(dir)?,
            (None, None) => {
                let build = Build::create(self.folder.create()?, &self.database, 0)?;
                self.folder.publish(build.dir())?;
                self.folder.tidy();
                build
            }
        };
        let result = run(&mut build)?;
        self.build = Some(build);
        Ok(result)
    }

    fn follow(&mut self, store: &mut Store, watch: Watch<'_>, added: &mut u64) -> Result<()> {
        let current = self.folder.current();
        let mut build = match self.build.take() {
            Some(build) if !build.is_dirty() && current.as_deref() == Some(build.dir()) => build,
            _ => self.begin(store)?,
        };
        loop {
            if !fits(store, &build)? {
                drop(build);
                build = self.publish_new(store)?;
            }
            if build.catch_up(store, watch, added)? != End::Purged {
                self.build = Some(build);
                return Ok(());
            }
            // What was purged is gone at once; the columns come back as they are built.
            *added = 0;
            drop(build);
            build = self.publish_new(store)?;
        }
    }

    fn begin(&mut self, store: &mut Store) -> Result<Build> {
        self.folder.tidy();
        let Some(dir) = self.folder.current() else { return self.publish_new(store) };
        match Build::open(dir) {
            Ok(build) if build.manifest.database == self.database => Ok(build),
            Ok(_) => self.publish_new(store),
            Err(damage) => {
                self.damage = Some(damage);
                self.publish_new(store)
            }
        }
    }

    /// A new build instead of any other.
    fn publish_new(&self, store: &mut Store) -> Result<Build> {
        let mut build = self.create(store)?;
        build.begin(store)?;
        self.folder.publish(build.dir())?;
        self.folder.tidy();
        Ok(build)
    }

    fn create(&self, store: &mut Store) -> Result<Build> {
        // Before anything is read: what is purged later is noticed.
        let purges = store.journal().moment()?.purges;
        Build::create(self.folder.create()?, &self.database, purges)
    }

    /// Whether a file is damaged. If so, no build is in use any more.
    fn check_damage(&mut self) -> bool {
        match columns::verify(&self.base, &self.database) {
            Ok(_) => false,
            Err(damage) => {
                self.damage = Some(damage);
                self.build = None;
                self.folder.retire();
                true
            }
        }
    }
}

/// Whether a build that has come so far is one of this database as it is.
fn fits(store: &mut Store, build: &Build) -> Result<bool> {
    let mut moments = vec![build.manifest.done];
    moments.extend(build.manifest.round.as_ref().map(|round| round.until));
    for moment in moments.iter().filter(|moment| moment.seq > Seq::default()) {
        if !store.journal().remembers(moment)? {
            return Ok(false);
        }
    }
    Ok(store.journal().moment()?.purges == build.manifest.done.purges)
}
