//! The files of all dictionaries: `texts` with the blocks, and `index` with an entry for each of them. Both only grow.
//!
//! A block has up to 256 texts of one column: their hashes (`u64` each), then, compressed with zstd, where each text
//! ends (`u32` each) and the texts. An entry is 32 bytes: the column, the number of texts (`u16` each), the checksum of
//! the hashes (`u32`), where the block begins (`u64`), the compressed and the original length of the texts, the checksum
//! of the compressed texts (`u32` each), and four zeros.

use crate::column::Code;
use crate::disk;
use crate::encoding::Bytes;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use workhours_base::error::{Context, Result};

pub(crate) const TEXTS: &str = "texts";
pub(crate) const INDEX: &str = "index";

/// Texts of a block, at most.
pub(crate) const BLOCK_TEXTS: usize = 256;
/// A block isn't filled any further from this many bytes on.
pub(crate) const BLOCK_BYTES: usize = 64 << 10;
/// The bytes of an entry of the index.
const ENTRY: usize = 32;
/// The bytes of a hash.
const HASH: usize = 8;

/// How much of the two files belongs to a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Extent {
    pub(crate) texts: u64,
    pub(crate) index: u64,
    pub(crate) index_checksum: u32,
}

/// An entry of the index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) column: Code,
    pub(crate) texts: u16,
    pub(crate) hashes_checksum: u32,
    pub(crate) at: u64,
    pub(crate) len: u32,
    pub(crate) raw_len: u32,
    pub(crate) texts_checksum: u32,
}

impl Entry {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.column.to_le_bytes());
        out.extend_from_slice(&self.texts.to_le_bytes());
        out.extend_from_slice(&self.hashes_checksum.to_le_bytes());
        out.extend_from_slice(&self.at.to_le_bytes());
        for number in [self.len, self.raw_len, self.texts_checksum, 0] {
            out.extend_from_slice(&number.to_le_bytes());
        }
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let entry = Self {
            column: bytes.u16()?,
            texts: bytes.u16()?,
            hashes_checksum: bytes.u32()?,
            at: bytes.u64()?,
            len: bytes.u32()?,
            raw_len: bytes.u32()?,
            texts_checksum: bytes.u32()?,
        };
        bytes.u32().map(|_| entry)
    }
}

/// Reads the index of a state: the entries of each column, in order of their texts' ids.
///
/// # Errors
/// When the file can't be read or is damaged.
pub(crate) fn read_index(dir: &Path, extent: &Extent) -> Result<FxHashMap<Code, Vec<Entry>>> {
    let mut columns: FxHashMap<Code, Vec<Entry>> = FxHashMap::default();
    if extent.index == 0 {
        return Ok(columns);
    }
    let path = dir.join(INDEX);
    let bytes = disk::read(&disk::open(&path)?, &path, 0, extent.index as usize, extent.index_checksum)?;
    let mut rest = Bytes(&bytes);
    for _ in 0..bytes.len() / ENTRY {
        let entry = Entry::read(&mut rest).ok_or_else(|| disk::damaged(&path))?;
        columns.entry(entry.column).or_default().push(entry);
    }
    Ok(columns)
}

/// The file of the blocks.
#[derive(Debug)]
pub(crate) struct TextsFile {
    pub(crate) file: File,
    pub(crate) path: PathBuf,
}

impl TextsFile {
    pub(crate) fn open(dir: &Path) -> Result<Self> {
        let path = dir.join(TEXTS);
        Ok(Self { file: disk::open(&path)?, path })
    }

    /// Adds the hashes of a block's texts.
    pub(crate) fn hashes(&self, entry: &Entry, out: &mut Vec<u64>) -> Result<()> {
        let len = usize::from(entry.texts) * HASH;
        let bytes = disk::read(&self.file, &self.path, entry.at, len, entry.hashes_checksum)?;
        out.extend(bytes.as_chunks().0.iter().map(|hash| u64::from_le_bytes(*hash)));
        Ok(())
    }

    /// The texts of a block.
    pub(crate) fn texts(&self, entry: &Entry) -> Result<Texts> {
        let at = entry.at + u64::from(entry.texts) * HASH as u64;
        let bytes = disk::read(&self.file, &self.path, at, entry.len as usize, entry.texts_checksum)?;
        let raw = decompress(&bytes, entry.raw_len as usize)
            .context(|| format!("cannot read {}", self.path.display()))?;
        Texts::from_raw(raw, usize::from(entry.texts)).ok_or_else(|| disk::damaged(&self.path))
    }

    /// Reads all of a block, for its checksums.
    pub(crate) fn verify(&self, entry: &Entry) -> Result<()> {
        self.hashes(entry, &mut Vec::new())?;
        self.texts(entry).map(drop)
    }
}

fn decompress(bytes: &[u8], raw_len: usize) -> std::io::Result<Vec<u8>> {
    thread_local! {
        static CONTEXT: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
    }
    CONTEXT.with_borrow_mut(|context| {
        let context = match context {
            Some(context) => context,
            None => context.insert(zstd::bulk::Decompressor::new()?),
        };
        context.decompress(bytes, raw_len)
    })
}

/// The texts of a block, in memory.
#[derive(Debug)]
pub(crate) struct Texts {
    ends: Vec<u32>,
    all: String,
}

impl Texts {
    pub(crate) fn new(ends: Vec<u32>, all: String) -> Self {
        Self { ends, all }
    }

    fn from_raw(mut raw: Vec<u8>, n: usize) -> Option<Self> {
        let ends: Vec<u32> =
            raw.get(..n * 4)?.as_chunks().0.iter().map(|end| u32::from_le_bytes(*end)).collect();
        let all = String::from_utf8(raw.split_off(n * 4)).ok()?;
        let whole = ends.is_sorted() && ends.last().is_none_or(|end| *end as usize == all.len());
        (whole && ends.iter().all(|end| all.is_char_boundary(*end as usize))).then_some(Self { ends, all })
    }

    /// The `n`th of them.
    pub(crate) fn get(&self, n: usize) -> Option<&str> {
        let start = if n == 0 { 0 } else { *self.ends.get(n - 1)? as usize };
        self.all.get(start..*self.ends.get(n)? as usize)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends
            .iter()
            .map(move |end| &self.all[std::mem::replace(&mut start, *end as usize)..*end as usize])
    }

    fn bytes(&self) -> usize {
        self.ends.len() * 4 + self.all.len() + 64
    }
}

/// Blocks of one dictionary that are in memory, up to a number of bytes.
#[derive(Debug)]
pub(crate) struct Cache {
    most: usize,
    blocks: Mutex<(Vec<Option<Arc<Texts>>>, usize)>,
}

impl Cache {
    /// One of at most this many bytes.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, blocks: Mutex::default() }
    }

    pub(crate) fn get(&self, block: usize) -> Option<Arc<Texts>> {
        let blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        blocks.0.get(block).cloned().flatten()
    }

    /// Keeps a block; drops all others first if there would be too many. What is in use comes back soon.
    pub(crate) fn keep(&self, block: usize, texts: Arc<Texts>) {
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = texts.bytes();
        if blocks.1 + bytes > self.most {
            *blocks = Default::default();
        }
        if block >= blocks.0.len() {
            blocks.0.resize(block + 1, None);
        }
        if blocks.0[block].replace(texts).is_none() {
            blocks.1 += bytes;
        }
    }
}

/// A block, from memory if it is there.
pub(crate) fn block(cache: &Cache, file: &TextsFile, entries: &[Entry], n: usize) -> Result<Arc<Texts>> {
    if let Some(texts) = cache.get(n) {
        return Ok(texts);
    }
    let entry = entries.get(n).ok_or_else(|| disk::damaged(&file.path))?;
    let texts = Arc::new(file.texts(entry)?);
    cache.keep(n, texts.clone());
    Ok(texts)
}

/// The block that has an id, which is one of them. Most blocks are full, so it isn't far from where it would be if all
/// were.
pub(crate) fn block_of(firsts: &[u32], id: u32) -> usize {
    let (mut from, mut step) = (id as usize / BLOCK_TEXTS, 1);
    while firsts.get(from + step).is_some_and(|first| *first <= id) {
        from += step;
        step *= 2;
    }
    let until = (from + step).min(firsts.len());
    from + firsts[from..until].partition_point(|first| *first <= id) - 1
}

/// The first id of each block, and how many texts there are.
pub(crate) fn firsts(entries: &[Entry]) -> (Vec<u32>, u32) {
    let mut len = 0;
    let mut first = |entry: &Entry| {
        let first = len;
        len += u32::from(entry.texts);
        first
    };
    let firsts = entries.iter().map(&mut first).collect();
    (firsts, len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_ids() {
        for blocks in [vec![256; 40], vec![1; 900], vec![256, 3, 256, 1, 1, 256, 9, 200, 256]] {
            let mut first = 0;
            let firsts: Vec<u32> = blocks
                .iter()
                .map(|n| {
                    first += n;
                    first - n
                })
                .collect();
            for id in 0..first {
                assert_eq!(block_of(&firsts, id), firsts.partition_point(|first| *first <= id) - 1);
            }
        }
    }
}
