//! Adding texts to dictionaries. In memory are a print and a place in a table for each text, about 10 to 16 bytes, but
//! not the texts: those of a hit are compared with the block they are in, of which a limited number stay decompressed.

use super::blocks::{
    BLOCK_BYTES, BLOCK_TEXTS, Cache, Entry, Extent, INDEX, TEXTS, Texts, TextsFile, block, block_of, firsts,
};
use super::front::Front;
use crate::column::Code;
use crate::{MANY, disk};
use hashbrown::HashTable;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use workhours_base::error::{Context, Error, Result};
use workhours_event::hash64;

/// Texts kept in memory for each dictionary that is written, bytes.
const CACHE: usize = 32 << 20;
/// The lowest level of zstd that compresses well; writing must not take longer than reading the database.
const LEVEL: i32 = 1;

/// The files of the dictionaries, open for appending.
pub(crate) struct TextsWriter {
    file: TextsFile,
    len: u64,
    index: File,
    index_path: PathBuf,
    index_len: u64,
    index_checksum: crc32fast::Hasher,
    /// Entries of blocks since the last commit.
    entries: Vec<u8>,
    compressor: zstd::bulk::Compressor<'static>,
}

impl TextsWriter {
    /// Continues after a state. What comes behind it in the files is cut off.
    pub(crate) fn open(dir: &Path, extent: &Extent) -> Result<Self> {
        let (path, index_path) = (dir.join(TEXTS), dir.join(INDEX));
        let file = TextsFile { file: disk::open_growing(&path)?, path };
        let index = disk::open_growing(&index_path)?;
        disk::cut(&file.file, &file.path, extent.texts)?;
        disk::cut(&index, &index_path, extent.index)?;
        Ok(Self {
            file,
            len: extent.texts,
            index,
            index_path,
            index_len: extent.index,
            index_checksum: crc32fast::Hasher::new_with_initial_len(extent.index_checksum, extent.index),
            entries: Vec::new(),
            compressor: zstd::bulk::Compressor::new(LEVEL).context(|| "cannot compress texts")?,
        })
    }

    fn add(&mut self, column: Code, hashes: &[u64], texts: &Texts, raw: &[u8]) -> Result<Entry> {
        debug_assert!(texts.get(hashes.len()).is_none());
        let compressed = self.compressor.compress(raw).context(|| "cannot compress texts")?;
        let mut bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        let entry = Entry {
            column,
            texts: hashes.len() as u16,
            hashes_checksum: crc32fast::hash(&bytes),
            at: self.len,
            len: compressed.len() as u32,
            raw_len: raw.len() as u32,
            texts_checksum: crc32fast::hash(&compressed),
        };
        bytes.extend_from_slice(&compressed);
        disk::append(&self.file.file, &self.file.path, self.len, &bytes)?;
        self.len += bytes.len() as u64;
        entry.write(&mut self.entries);
        Ok(entry)
    }

    /// Waits until all blocks are on the disk.
    pub(crate) fn commit(&mut self) -> Result<Extent> {
        if !self.entries.is_empty() {
            disk::flush(&self.file.file, &self.file.path)?;
            disk::append(&self.index, &self.index_path, self.index_len, &self.entries)?;
            disk::flush(&self.index, &self.index_path)?;
            self.index_len += self.entries.len() as u64;
            self.index_checksum.update(&self.entries);
            self.entries.clear();
        }
        let index_checksum = self.index_checksum.clone().finalize();
        Ok(Extent { texts: self.len, index: self.index_len, index_checksum })
    }
}

/// The dictionary of a column, open for adding texts.
pub(crate) struct Interner {
    column: Code,
    entries: Vec<Entry>,
    firsts: Vec<u32>,
    /// A print of each text, in order of their ids. Filled when first needed.
    prints: Vec<u32>,
    table: HashTable<u32>,
    is_loaded: bool,
    /// Texts that aren't in a block yet.
    pending_first: u32,
    hashes: Vec<u64>,
    ends: Vec<u32>,
    pending: String,
    cache: Cache,
    front: Front,
}

/// The print of a text: half of its hash. Different texts may have the same.
fn print(hash: u64) -> u32 {
    hash as u32
}

/// A print spread over the bits that the table looks at.
fn spread(print: u32) -> u64 {
    u64::from(print).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Interner {
    pub(crate) fn new(column: Code, entries: Vec<Entry>) -> Self {
        let (firsts, len) = firsts(&entries);
        Self {
            column,
            entries,
            firsts,
            prints: Vec::new(),
            table: HashTable::new(),
            is_loaded: len == 0,
            pending_first: len,
            hashes: Vec::new(),
            ends: Vec::new(),
            pending: String::new(),
            cache: Cache::new(CACHE),
            front: Front::default(),
        }
    }

    /// The id of a text, which is added if it isn't there.
    pub(crate) fn id(&mut self, text: &str, out: &mut TextsWriter) -> Result<u32> {
        if let Some(id) = self.front.get(text) {
            return Ok(id);
        }
        self.load(out)?;
        let hash = hash64(text.as_bytes()).cast_unsigned();
        let print = print(hash);
        for id in self.table.iter_hash(spread(print)) {
            let id = *id;
            if self.prints[id as usize] == print && self.is(id, text, out)? {
                self.front.keep(text, id);
                return Ok(id);
            }
        }
        let id = self.prints.len() as u32;
        if id >= MANY {
            return Err(Error::failed("a column has more different texts than it can number"));
        }
        if self.prints.len() == self.prints.capacity() {
            // Twice as much would be too much for nearly unique texts.
            self.prints.reserve_exact((self.prints.len() / 4).max(BLOCK_TEXTS));
        }
        self.prints.push(print);
        let prints = &self.prints;
        self.table.insert_unique(spread(print), id, |id| spread(prints[*id as usize]));
        self.hashes.push(hash);
        self.pending.push_str(text);
        self.ends.push(self.pending.len() as u32);
        if self.ends.len() == BLOCK_TEXTS || self.pending.len() >= BLOCK_BYTES {
            self.flush(out)?;
        }
        Ok(id)
    }

    fn load(&mut self, out: &TextsWriter) -> Result<()> {
        if self.is_loaded {
            return Ok(());
        }
        let mut prints = Vec::with_capacity(self.pending_first as usize);
        let mut hashes = Vec::with_capacity(BLOCK_TEXTS);
        for entry in &self.entries {
            hashes.clear();
            out.file.hashes(entry, &mut hashes)?;
            prints.extend(hashes.iter().copied().map(print));
        }
        self.table.reserve(prints.len(), |id| spread(prints[*id as usize]));
        for (id, print) in (0..).zip(&prints) {
            self.table.insert_unique(spread(*print), id, |id| spread(prints[*id as usize]));
        }
        (self.prints, self.is_loaded) = (prints, true);
        Ok(())
    }

    /// Whether an id is of this text.
    fn is(&self, id: u32, text: &str, out: &TextsWriter) -> Result<bool> {
        if let Some(n) = id.checked_sub(self.pending_first) {
            let n = n as usize;
            let start = if n == 0 { 0 } else { self.ends[n - 1] as usize };
            return Ok(&self.pending[start..self.ends[n] as usize] == text);
        }
        let n = block_of(&self.firsts, id);
        let texts = block(&self.cache, &out.file, &self.entries, n)?;
        Ok(texts.get((id - self.firsts[n]) as usize) == Some(text))
    }

    /// Writes the pending texts as a block.
    pub(crate) fn flush(&mut self, out: &mut TextsWriter) -> Result<()> {
        if self.ends.is_empty() {
            return Ok(());
        }
        let mut raw = Vec::with_capacity(self.ends.len() * 4 + self.pending.len());
        raw.extend(self.ends.iter().flat_map(|end| end.to_le_bytes()));
        raw.extend_from_slice(self.pending.as_bytes());
        let n = self.ends.len() as u32;
        let texts = Texts::new(std::mem::take(&mut self.ends), std::mem::take(&mut self.pending));
        let entry = out.add(self.column, &self.hashes, &texts, &raw)?;
        self.hashes.clear();
        self.cache.keep(self.entries.len(), Arc::new(texts));
        self.entries.push(entry);
        self.firsts.push(self.pending_first);
        self.pending_first += n;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_with_equal_prints_are_told_apart_and_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let text = |n: u32| format!("text {n}");
        // Among this many, a few have equal prints.
        let all = 200_000;
        let mut seen = rustc_hash::FxHashSet::default();
        let print_of = |n: u32| print(hash64(text(n).as_bytes()).cast_unsigned());
        assert!((0..all).filter(|n| !seen.insert(print_of(*n))).count() > 0);
        let mut out = TextsWriter::open(dir.path(), &Extent::default()).unwrap();
        let mut interner = Interner::new(3, Vec::new());
        for n in 0..all {
            assert_eq!(interner.id(&text(n), &mut out).unwrap(), n);
        }
        for n in (0..all).rev().step_by(3) {
            assert_eq!(interner.id(&text(n), &mut out).unwrap(), n);
        }
        interner.flush(&mut out).unwrap();
        let extent = out.commit().unwrap();
        let entries = super::super::blocks::read_index(dir.path(), &extent).unwrap().remove(&3).unwrap();
        let mut out = TextsWriter::open(dir.path(), &extent).unwrap();
        let mut interner = Interner::new(3, entries);
        for n in (0..all + 10).rev().step_by(7) {
            let id = interner.id(&text(n), &mut out).unwrap();
            assert!(id == n || n >= all && id >= all, "{n}: {id}");
        }
    }
}
