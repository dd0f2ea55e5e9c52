//! Dictionaries: each text of a column once, with an id. Ids count from 0 in order of first appearance, are the same in
//! all segments, and never change.
//!
//! Here is reading: texts of ids, ids of texts. Writing is in `writing`; the files are in `blocks`.

pub(crate) mod blocks;
mod front;
mod id_set;
pub(crate) mod writing;

pub use id_set::IdSet;

use crate::disk;
use crate::value::{Value, marked, unmarked};
use blocks::{Cache, Entry, Texts, TextsFile, block, block_of, firsts};
use std::sync::{Arc, OnceLock};
use workhours_base::error::Result;
use workhours_event::hash64;

/// Texts kept in memory for each dictionary that is read, bytes.
const CACHE: usize = 8 << 20;
/// Fewer blocks are searched on one thread.
const FEW_BLOCKS: usize = 64;

/// The texts of a column.
#[derive(Debug)]
pub struct Dictionary {
    file: Arc<TextsFile>,
    entries: Vec<Entry>,
    firsts: Vec<u32>,
    len: u32,
    /// Whether its texts are marked as texts or numbers.
    is_meta: bool,
    cache: Arc<Cache>,
    hashes: OnceLock<Vec<u64>>,
}

impl Dictionary {
    pub(crate) fn new(
        file: Arc<TextsFile>,
        entries: Vec<Entry>,
        is_meta: bool,
        before: Option<&Self>,
    ) -> Self {
        let (firsts, len) = firsts(&entries);
        let cache = before.map_or_else(|| Arc::new(Cache::new(CACHE)), |before| before.cache.clone());
        Self { file, entries, firsts, len, is_meta, cache, hashes: OnceLock::new() }
    }

    /// How many texts there are. All ids are below.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The text of an id. Texts near each other are read together.
    ///
    /// # Errors
    /// If the file can't be read or is damaged, or the id doesn't exist.
    pub fn text(&self, id: u32) -> Result<Arc<str>> {
        self.with(id, |value| value.text.into())
    }

    /// Whether an id is of a number of `meta`.
    ///
    /// # Errors
    /// As for [`text`](Self::text).
    pub fn is_number(&self, id: u32) -> Result<bool> {
        self.with(id, |value| value.is_number)
    }

    /// Calls a function with the value of an id.
    ///
    /// # Errors
    /// As for [`text`](Self::text).
    pub fn with<T>(&self, id: u32, each: impl FnOnce(Value<'_>) -> T) -> Result<T> {
        if id >= self.len {
            return Err(disk::damaged(&self.file.path));
        }
        let n = block_of(&self.firsts, id);
        let texts = block(&self.cache, &self.file, &self.entries, n)?;
        let text = texts.get((id - self.firsts[n]) as usize).ok_or_else(|| disk::damaged(&self.file.path))?;
        Ok(each(self.value(text)))
    }

    fn value<'t>(&self, text: &'t str) -> Value<'t> {
        if self.is_meta { unmarked(text) } else { Value::text(text) }
    }

    /// The id of a value; `None` if no event has it.
    ///
    /// # Errors
    /// When the file can't be read or is damaged.
    pub fn find(&self, value: Value<'_>) -> Result<Option<u32>> {
        let mut text = value.text.to_owned();
        if self.is_meta {
            marked(value, &mut text);
        } else if value.is_number {
            return Ok(None);
        }
        let hash = hash64(text.as_bytes()).cast_unsigned();
        for (id, _) in self.hashes()?.iter().enumerate().filter(|(_, other)| **other == hash) {
            let id = id as u32;
            if self.with(id, |other| other == value)? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    fn hashes(&self) -> Result<&[u64]> {
        if let Some(hashes) = self.hashes.get() {
            return Ok(hashes);
        }
        let mut hashes = Vec::with_capacity(self.len as usize);
        for entry in &self.entries {
            self.file.hashes(entry, &mut hashes)?;
        }
        Ok(self.hashes.get_or_init(|| hashes))
    }

    /// The ids of the values of which something is true. Reads all texts, with all processors.
    ///
    /// # Errors
    /// When the file can't be read or is damaged.
    pub fn ids_where(&self, test: impl Fn(Value<'_>) -> bool + Sync) -> Result<IdSet> {
        let parts = self.each_part(|texts, first, found: &mut Vec<u32>| {
            let ids = texts.iter().zip(first..).filter(|(text, _)| test(self.value(text)));
            found.extend(ids.map(|(_, id)| id));
        })?;
        let mut set = IdSet::new(self.len);
        parts.into_iter().flatten().for_each(|id| set.insert(id));
        Ok(set)
    }

    /// What a function makes of each value, in order of their ids. Reads all texts, with all processors.
    ///
    /// # Errors
    /// When the file can't be read or is damaged.
    pub fn map<T: Send>(&self, each: impl Fn(Value<'_>) -> T + Sync) -> Result<Vec<T>> {
        let parts = self.each_part(|texts, _, made: &mut Vec<T>| {
            made.extend(texts.iter().map(|text| each(self.value(text))));
        })?;
        Ok(parts.into_iter().flatten().collect())
    }

    /// Calls a function with the texts of each block and the id of its first; what it adds to is returned for
    /// consecutive parts.
    fn each_part<T: Send>(&self, each: impl Fn(&Texts, u32, &mut Vec<T>) + Sync) -> Result<Vec<Vec<T>>> {
        let threads = match self.entries.len() < FEW_BLOCKS {
            true => 1,
            false => std::thread::available_parallelism().map_or(1, usize::from),
        };
        let part = self.entries.len().div_ceil(threads).max(1);
        let read = |from: usize| -> Result<Vec<T>> {
            let mut made = Vec::new();
            for (entry, first) in self.entries.iter().zip(&self.firsts).skip(from).take(part) {
                each(&self.file.texts(entry)?, *first, &mut made);
            }
            Ok(made)
        };
        std::thread::scope(|scope| {
            let read = &read;
            let others: Vec<_> = (1..threads).map(|n| scope.spawn(move || read(n * part))).collect();
            let mut all = vec![read(0)];
            all.extend(others.into_iter().map(|thread| match thread.join() {
                Ok(made) => made,
                Err(panic) => std::panic::resume_unwind(panic),
            }));
            all.into_iter().collect()
        })
    }
}
