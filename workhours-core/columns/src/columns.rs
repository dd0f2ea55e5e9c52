//! A state of the columns, open for reading. It stays as it is, whatever is written meanwhile; [`Columns::reopen`] takes
//! the latest one and shares with the old one what didn't change.

use crate::column::{Column, DATE, META};
use crate::dead::Dead;
use crate::dictionary::Dictionary;
use crate::dictionary::blocks::{TextsFile, read_index};
use crate::folder::{self, Folder};
use crate::manifest::Manifest;
use crate::rows_file::RowsFile;
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use workhours_base::error::Result;
use workhours_store::{Moment, Seq};

/// How often to begin again when the writer replaces what is being opened.
const ATTEMPTS: usize = 5;

/// Whether there are columns to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// There are none.
    Absent,
    /// They are being built for the first time; this many events are in.
    Growing(u64),
    /// There are.
    Ready {
        /// How many events they have.
        events: u64,
        /// Their size on the disk.
        bytes: u64,
        /// The last batch they have.
        seq: Seq,
    },
}

/// A state of the columns of a database. Threads can share it.
#[derive(Debug)]
pub struct Columns {
    folder: Folder,
    database: String,
    dir: PathBuf,
    manifest: Manifest,
    files: Vec<Arc<RowsFile>>,
    dead: Arc<Dead>,
    dictionaries: FxHashMap<u16, Arc<Dictionary>>,
}

impl Columns {
    /// The latest state of a database's columns, below a folder for those of all databases; `None` if there is none, or
    /// it is being built.
    ///
    /// # Errors
    /// When a file can't be read or is damaged.
    pub fn open(base: &Path, database: &str) -> Result<Option<Self>> {
        Self::latest(Folder::new(base, database), database, None)
    }

    /// The latest state.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn reopen(&self) -> Result<Option<Self>> {
        Self::latest(self.folder.clone(), &self.database, Some(self))
    }

    fn latest(folder: Folder, database: &str, known: Option<&Self>) -> Result<Option<Self>> {
        let mut attempt = 0;
        loop {
            let Some(dir) = folder.current() else { return Ok(None) };
            let known = known.filter(|known| known.dir == dir);
            let (manifest, opened) = match Manifest::read(&dir) {
                Ok(manifest) if manifest.is_growing() || manifest.database != database => return Ok(None),
                Ok(manifest) => {
                    let opened = Self::open_state(&folder, &dir, &manifest, known);
                    (Some(manifest), opened)
                }
                Err(e) => (None, Err(e)),
            };
            attempt += 1;
            match opened {
                Ok(columns) => return Ok(Some(columns)),
                // The writer deletes what no state has any more.
                Err(e) if attempt == ATTEMPTS || is_current(&folder, &dir, manifest.as_ref()) => {
                    return Err(e);
                }
                Err(_) => {}
            }
        }
    }

    fn open_state(folder: &Folder, dir: &Path, manifest: &Manifest, known: Option<&Self>) -> Result<Self> {
        let mut files = Vec::with_capacity(manifest.state.files.len());
        for entry in &manifest.state.files {
            let known = known.and_then(|known| known.files.iter().find(|file| file.entry == *entry));
            files.push(match known {
                Some(file) => file.clone(),
                None => Arc::new(RowsFile::open(dir, entry)?),
            });
        }
        let known_dead = known.filter(|known| known.manifest.state.dead == manifest.state.dead);
        let dead = match known_dead {
            Some(known) => known.dead.clone(),
            None => Arc::new(Dead::read(dir, manifest.state.dead.as_ref())?),
        };
        let dictionaries = match known.filter(|known| known.manifest.extent == manifest.extent) {
            Some(known) => known.dictionaries.clone(),
            None => dictionaries(dir, manifest, known)?,
        };
        Ok(Self {
            folder: folder.clone(),
            database: manifest.database.clone(),
            dir: dir.to_owned(),
            manifest: manifest.clone(),
            files,
            dead,
            dictionaries,
        })
    }

    /// The moment of the database that this is exactly the copy of.
    pub fn moment(&self) -> Moment {
        self.manifest.done
    }

    /// How many events there are.
    pub fn events(&self) -> u64 {
        self.manifest.state.events()
    }

    /// The texts of a column; `None` if no event has one, or the column is of numbers.
    pub fn dictionary(&self, column: &Column) -> Option<&Dictionary> {
        let code = column.code(&self.manifest.keys)?;
        self.dictionaries.get(&code).map(|dictionary| &**dictionary)
    }

    /// The keys of `meta` that have a column.
    pub fn keys(&self) -> &[String] {
        &self.manifest.keys
    }

    /// Whether a column has all of its values. Keys of `meta` that came after very many others have no column; then only
    /// the database can answer.
    pub fn covers(&self, column: &Column) -> bool {
        column.code(&self.manifest.keys).is_some() || !self.manifest.more_keys
    }

    /// Whether all keys of `meta` have a column.
    pub fn has_all_keys(&self) -> bool {
        !self.manifest.more_keys
    }

    pub(crate) fn files(&self) -> &[Arc<RowsFile>] {
        &self.files
    }

    pub(crate) fn dead(&self) -> &Dead {
        &self.dead
    }
}

/// Whether a folder is still in use, and still as it was.
fn is_current(folder: &Folder, dir: &Path, manifest: Option<&Manifest>) -> bool {
    folder.current().as_deref() == Some(dir) && Manifest::read(dir).ok().as_ref() == manifest
}

fn dictionaries(
    dir: &Path,
    manifest: &Manifest,
    known: Option<&Columns>,
) -> Result<FxHashMap<u16, Arc<Dictionary>>> {
    let index = read_index(dir, &manifest.extent)?;
    if index.is_empty() {
        return Ok(FxHashMap::default());
    }
    let file = Arc::new(TextsFile::open(dir)?);
    let dictionary = |(code, entries)| {
        let known = known.and_then(|known| known.dictionaries.get(&code)).map(|known| &**known);
        let is_meta = (META..DATE).contains(&code);
        (code, Arc::new(Dictionary::new(file.clone(), entries, is_meta, known)))
    };
    Ok(index.into_iter().map(dictionary).collect())
}

/// Whether a database has columns.
///
/// # Errors
/// When there are some that can't be read.
pub fn status(base: &Path, database: &str) -> Result<Status> {
    let Some(dir) = Folder::new(base, database).current() else { return Ok(Status::Absent) };
    let manifest = Manifest::read(&dir)?;
    if let Some(round) = manifest.round.as_ref().filter(|_| manifest.is_growing()) {
        return Ok(Status::Growing(round.state.events()));
    }
    let (events, seq) = (manifest.state.events(), manifest.done.seq);
    Ok(Status::Ready { events, bytes: folder::bytes(&dir), seq })
}

/// Reads all files of a database's columns. Returns how many there are; `None` if there are no columns.
///
/// # Errors
/// When one can't be read or is damaged; the error names it.
pub fn verify(base: &Path, database: &str) -> Result<Option<usize>> {
    let Some(dir) = Folder::new(base, database).current() else { return Ok(None) };
    let manifest = Manifest::read(&dir)?;
    let mut files = 1;
    let round = manifest.round.as_ref().map(|round| &round.state);
    let mut checked: Vec<u32> = Vec::new();
    for state in [Some(&manifest.state), round].into_iter().flatten() {
        for entry in &state.files {
            if !checked.contains(&entry.number) {
                RowsFile::open(&dir, entry)?.verify()?;
                checked.push(entry.number);
                files += 1;
            }
        }
        files += usize::from(state.dead.is_some());
        Dead::read(&dir, state.dead.as_ref())?;
    }
    let index = read_index(&dir, &manifest.extent)?;
    if !index.is_empty() {
        let texts = TextsFile::open(&dir)?;
        for entry in index.values().flatten() {
            texts.verify(entry)?;
        }
        files += 2;
    }
    Ok(Some(files))
}
