//! Keeping an index up to date: the writer's lock, whether it belongs to this database, and its folder. Not how events
//! get into it: that is [`Writing`].

use super::checked;
use super::folder::{Folder, Lock};
use super::schema::schema;
use super::writing::Writing;
use crate::index::rounds::{self, Target};
use crate::index::{IndexWriter, Priority, Watch};
use workhours_base::disk::{Written, explain};
use workhours_base::error::{Context, Error, Result};
use workhours_store::Store;

/// Writes the index of a database. There is at most one writer.
pub(super) struct FolderWriter {
    folder: Folder,
    #[allow(dead_code)] // held
    lock: Lock,
    open: Option<Writing>,
    priority: Priority,
    damage: Option<Error>,
}

impl FolderWriter {
    pub(super) fn new(folder: Folder, lock: Lock) -> Self {
        Self { folder, lock, open: None, priority: Priority::Live, damage: None }
    }

    fn follow(&mut self, store: &mut Store, watch: Watch<'_>) -> Result<u64> {
        let mut writing = match self.open.take() {
            Some(writing) if checked::check_index(writing.dir()).is_ok() => writing,
            _ => self.begin(store)?,
        };
        if !rounds::fits(store, writing.checkpoint())? {
            drop(writing);
            writing = self.publish_new(store)?;
        }
        writing = writing.prepare(store, self.priority)?;
        let added = rounds::catch_up(&mut writing, store, self.priority, watch)?;
        self.open = Some(writing);
        Ok(added)
    }

    fn make_again(&mut self, store: &mut Store, watch: Watch<'_>) -> Result<u64> {
        self.open = None;
        self.folder.tidy();
        let mut writing = self.create()?.prepare(store, Priority::Bulk)?;
        let mut stopped = false;
        let added = rounds::catch_up(&mut writing, store, Priority::Bulk, &mut |progress| {
            let flow = watch(progress);
            stopped = flow.is_break();
            flow
        })?;
        if stopped {
            return Err(
                Error::failed("the index was not rebuilt: interrupted").hint("the old index stays in use")
            );
        }
        self.folder.publish(writing.dir())?;
        self.folder.tidy();
        self.open = Some(writing);
        Ok(added)
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
        rounds::begin(&mut writing, store)?;
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

impl IndexWriter for FolderWriter {
    fn set_priority(&mut self, priority: Priority) {
        self.priority = priority;
    }

    fn catch_up(&mut self, store: &mut Store, watch: Watch<'_>) -> Result<u64> {
        self.follow(store, watch).map_err(|e| explain(e, Written::Filestore, self.folder.root()))
    }

    fn rebuild(&mut self, store: &mut Store, watch: Watch<'_>) -> Result<u64> {
        self.make_again(store, watch).map_err(|e| explain(e, Written::Filestore, self.folder.root()))
    }

    fn take_damage(&mut self) -> Option<Error> {
        self.damage.take()
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        match self.open.take() {
            Some(writing) => writing.finish().map_err(|e| explain(e, Written::Filestore, self.folder.root())),
            None => Ok(()),
        }
    }
}
