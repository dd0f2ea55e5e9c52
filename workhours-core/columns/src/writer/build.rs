//! A build that is open for writing: rows and texts that are added, rows that die, and commits. What a commit has not
//! reached is gone with the program, and the folder is as after the commit before.

use crate::column::{Code, META};
use crate::dead::Dead;
use crate::dictionary::blocks::{Entry, read_index};
use crate::dictionary::writing::{Interner, TextsWriter};
use crate::manifest::{Manifest, Round, State, VERSION};
use crate::rows::Rows;
use crate::rows_file::encode;
use crate::{disk, rows_file};
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use workhours_base::error::Result;
use workhours_event::EventId;
use workhours_store::Moment;

/// A build, open for writing.
pub(crate) struct Build {
    pub(super) dir: PathBuf,
    /// As it was written last.
    pub(super) manifest: Manifest,
    pub(super) texts: TextsWriter,
    /// Of dictionaries that weren't needed yet.
    pub(super) entries: FxHashMap<Code, Vec<Entry>>,
    /// By the numbers of their columns.
    pub(super) interners: Vec<Option<Interner>>,
    pub(super) keys: FxHashMap<String, Code>,
    pub(super) more_keys: bool,
    pub(super) rows: Rows,
    /// What will be committed.
    pub(super) state: State,
    pub(super) dead: Dead,
    pub(super) dead_changed: bool,
    next: u32,
}

impl Build {
    /// A new one in an empty folder, of a database that had been purged this often.
    pub(super) fn create(dir: PathBuf, database: &str, purges: i64) -> Result<Self> {
        let done = Moment { purges, ..Moment::default() };
        let manifest =
            Manifest { version: VERSION, database: database.to_owned(), done, ..Manifest::default() };
        manifest.write(&dir)?;
        Self::open(dir)
    }

    /// Continues one after its last commit.
    pub(super) fn open(dir: PathBuf) -> Result<Self> {
        let manifest = Manifest::read(&dir)?;
        let state = manifest.round.as_ref().map_or(&manifest.state, |round| &round.state).clone();
        for entry in &state.files {
            rows_file::RowsFile::open(&dir, entry)?;
        }
        let codes = manifest.keys.iter().zip(META..).map(|(key, code)| (key.clone(), code));
        let build = Self {
            texts: TextsWriter::open(&dir, &manifest.extent)?,
            entries: read_index(&dir, &manifest.extent)?,
            interners: Vec::new(),
            keys: codes.collect(),
            more_keys: manifest.more_keys,
            rows: Rows::default(),
            dead: Dead::read(&dir, state.dead.as_ref())?,
            dead_changed: false,
            next: manifest.next,
            state,
            manifest,
            dir,
        };
        build.tidy();
        Ok(build)
    }

    /// Whether there is something that isn't committed.
    pub(super) fn is_dirty(&self) -> bool {
        let committed = self.manifest.round.as_ref().map_or(&self.manifest.state, |round| &round.state);
        !self.rows.is_empty() || self.dead_changed || self.state != *committed
    }

    /// Writes the rows in memory to a file of their own.
    pub(super) fn flush(&mut self) -> Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let number = self.number();
        let (bytes, entry) = encode(number, &std::mem::take(&mut self.rows));
        disk::create(&entry.path(&self.dir), &bytes)?;
        self.state.files.push(entry);
        Ok(())
    }

    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// Commits all there is as the state of a moment, or as a part of the next one.
    pub(super) fn commit(&mut self, to: Commit) -> Result<()> {
        self.flush()?;
        for interner in self.interners.iter_mut().flatten() {
            interner.flush(&mut self.texts)?;
        }
        let extent = self.texts.commit()?;
        if self.dead_changed {
            let number = self.number();
            self.state.dead = self.dead.write(&self.dir, number)?;
            self.dead_changed = false;
        }
        disk::flush_folder(&self.dir)?;
        let mut keys: Vec<(Code, String)> =
            self.keys.iter().map(|(key, code)| (*code, key.clone())).collect();
        keys.sort_unstable();
        let (done, state, round) = match to {
            Commit::Done(done) => (done, self.state.clone(), None),
            Commit::Part(until, after) => {
                let round = Round { until, after, state: self.state.clone() };
                (self.manifest.done, self.manifest.state.clone(), Some(round))
            }
        };
        let manifest = Manifest {
            version: VERSION,
            database: self.manifest.database.clone(),
            done,
            state,
            round,
            extent,
            keys: keys.into_iter().map(|(_, key)| key).collect(),
            more_keys: self.more_keys,
            next: self.next,
        };
        manifest.write(&self.dir)?;
        self.manifest = manifest;
        self.tidy();
        Ok(())
    }

    /// Deletes files that no state has: those of an interrupted commit, or of the state before.
    fn tidy(&self) {
        let round = self.manifest.round.as_ref().map(|round| &round.state);
        let mut paths: Vec<PathBuf> = Vec::new();
        for state in [Some(&self.manifest.state), round, Some(&self.state)].into_iter().flatten() {
            paths.extend(state.files.iter().map(|file| file.path(&self.dir)));
            paths.extend(state.dead.iter().map(|dead| dead.path(&self.dir)));
        }
        let others =
            [crate::manifest::MANIFEST, crate::dictionary::blocks::TEXTS, crate::dictionary::blocks::INDEX];
        paths.extend(others.map(|name| self.dir.join(name)));
        let Ok(entries) = std::fs::read_dir(&self.dir) else { return };
        for path in entries.flatten().map(|entry| entry.path()).filter(|path| !paths.contains(path)) {
            disk::remove(&path);
        }
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }
}

/// What a commit leads to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Commit {
    /// The state of this moment.
    Done(Moment),
    /// A part of the way to a moment, with events up to one.
    Part(Moment, EventId),
}

/// The half of an identity that isn't its time.
pub(super) fn low_half(id: EventId) -> u64 {
    u128::from_be_bytes(id.0) as u64
}
