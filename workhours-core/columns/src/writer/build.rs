//! A build that is open for writing: rows and texts that are added, rows that die, and commits. What a commit has not
//! reached is gone with the program, and the folder is as after the commit before.

use crate::column::{Code, MAX_KEYS, META, TEXTS, numbers, text};
use crate::dead::Dead;
use crate::dictionary::blocks::{Entry, read_index};
use crate::dictionary::writing::{Interner, TextsWriter};
use crate::manifest::{Manifest, Round, State, VERSION};
use crate::rows::Rows;
use crate::rows_file::encode;
use crate::value::leaves;
use crate::{FILE, disk, rows_file};
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use workhours_base::error::{Error, Result};
use workhours_event::{EventId, StoredEvent};
use workhours_store::Moment;

/// The number of the tags among the columns of texts.
const TAG: Code = TEXTS.len() as Code - 1;

/// A build, open for writing.
pub(crate) struct Build {
    pub(super) dir: PathBuf,
    /// As it was written last.
    pub(super) manifest: Manifest,
    texts: TextsWriter,
    /// Of dictionaries that weren't needed yet.
    entries: FxHashMap<Code, Vec<Entry>>,
    interners: FxHashMap<Code, Interner>,
    keys: FxHashMap<String, Code>,
    more_keys: bool,
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
            interners: FxHashMap::default(),
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

    /// Adds events as they are now.
    pub(super) fn append(&mut self, events: &[StoredEvent]) -> Result<()> {
        for event in events {
            if event.id.date() != event.date {
                return Err(Error::failed(format!(
                    "event {} has another date than its id",
                    event.id.to_hex()
                ))
                .hint("check the database with workhours db check"));
            }
            let row = self.rows.push(event.date, low_half(event.id), numbers(event));
            for code in 0..TAG {
                if let Some(text) = text(event, code) {
                    let id = self.id(code, text)?;
                    self.rows.set(code, row, &[id]);
                }
            }
            if !event.tags.is_empty() {
                let mut ids = Vec::with_capacity(event.tags.len());
                for tag in &event.tags {
                    let id = self.id(TAG, tag)?;
                    if !ids.contains(&id) {
                        ids.push(id);
                    }
                }
                self.rows.set(TAG, row, &ids);
            }
            if let Some(meta) = &event.meta {
                self.append_meta(row, meta)?;
            }
            if self.rows.len() == FILE {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn append_meta(&mut self, row: usize, meta: &str) -> Result<()> {
        let mut found: Vec<(Code, u32)> = Vec::new();
        let mut column = None;
        let mut result = Ok(());
        let is_object = leaves(meta, &mut |key, value| match (value, column) {
            (None, _) => {
                column = self.key(key);
                found.retain(|(code, _)| Some(*code) != column);
            }
            (Some(value), Some(code)) if result.is_ok() => match self.id(code, value) {
                Ok(id) if !found.contains(&(code, id)) => found.push((code, id)),
                Ok(_) => {}
                Err(e) => result = Err(e),
            },
            _ => {}
        });
        result?;
        if !is_object {
            return Ok(());
        }
        let mut ids = Vec::new();
        for values in found.chunk_by(|a, b| a.0 == b.0) {
            ids.clear();
            ids.extend(values.iter().map(|(_, id)| *id));
            self.rows.set(values[0].0, row, &ids);
        }
        Ok(())
    }

    /// The column of a key of `meta`; `None` if there are too many.
    fn key(&mut self, key: &str) -> Option<Code> {
        if let Some(code) = self.keys.get(key) {
            return Some(*code);
        }
        if self.keys.len() == MAX_KEYS {
            self.more_keys = true;
            return None;
        }
        let code = META + self.keys.len() as Code;
        self.keys.insert(key.into(), code);
        Some(code)
    }

    fn id(&mut self, column: Code, text: &str) -> Result<u32> {
        let Self { interners, entries, texts, .. } = self;
        let interner = interners
            .entry(column)
            .or_insert_with(|| Interner::new(column, entries.remove(&column).unwrap_or_default()));
        interner.id(text, texts)
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
        for interner in self.interners.values_mut() {
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
