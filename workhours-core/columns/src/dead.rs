//! Which rows are dead: deleted, or replaced by a later row of the same event. One file has them all, a bitmap for each
//! file of rows with dead ones. It is written again, under another number, whenever they change.
//!
//! The content, compressed with zstd: for each file of rows its number, its number of words (`u32` each), and the words
//! (`u64` each), a bit for each row.

use crate::disk;
use crate::encoding::Bytes;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use workhours_base::error::{Context, Result};

const LEVEL: i32 = 1;

/// What is known about the file without opening it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct DeadEntry {
    pub(crate) number: u32,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) raw: u64,
    pub(crate) checksum: u32,
}

impl DeadEntry {
    pub(crate) fn path(&self, dir: &Path) -> PathBuf {
        dir.join(name(self.number))
    }
}

pub(crate) fn name(number: u32) -> String {
    format!("{number:08}.dead")
}

/// The dead rows of all files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dead {
    files: BTreeMap<u32, Vec<u64>>,
}

impl Dead {
    /// Marks a row. Returns whether it was alive.
    pub(crate) fn insert(&mut self, file: u32, rows: u32, row: u32) -> bool {
        let words = self.files.entry(file).or_insert_with(|| vec![0; (rows as usize).div_ceil(64)]);
        let (word, bit) = (&mut words[row as usize / 64], 1 << (row % 64));
        let was_alive = *word & bit == 0;
        *word |= bit;
        was_alive
    }

    /// The words of a file; none if it has no dead rows.
    pub(crate) fn of(&self, file: u32) -> &[u64] {
        self.files.get(&file).map_or(&[], Vec::as_slice)
    }

    /// How many rows of a file are dead.
    pub(crate) fn count(&self, file: u32) -> u32 {
        self.of(file).iter().map(|word| word.count_ones()).sum()
    }

    /// Forgets a file that was written again without them.
    pub(crate) fn forget(&mut self, file: u32) -> bool {
        self.files.remove(&file).is_some()
    }

    /// How many rows are dead.
    pub(crate) fn len(&self) -> u64 {
        self.files.keys().map(|file| u64::from(self.count(*file))).sum()
    }

    /// Writes them under a number; `None` if there are none.
    pub(crate) fn write(&self, dir: &Path, number: u32) -> Result<Option<DeadEntry>> {
        if self.files.is_empty() {
            return Ok(None);
        }
        let mut raw = Vec::new();
        for (file, words) in &self.files {
            raw.extend_from_slice(&file.to_le_bytes());
            raw.extend_from_slice(&(words.len() as u32).to_le_bytes());
            raw.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        }
        let bytes = zstd::bulk::compress(&raw, LEVEL).context(|| "cannot compress the dead rows")?;
        disk::create(&dir.join(name(number)), &bytes)?;
        Ok(Some(DeadEntry {
            number,
            rows: self.len(),
            bytes: bytes.len() as u64,
            raw: raw.len() as u64,
            checksum: crc32fast::hash(&bytes),
        }))
    }

    /// Reads them.
    ///
    /// # Errors
    /// When the file can't be read, or is damaged.
    pub(crate) fn read(dir: &Path, entry: Option<&DeadEntry>) -> Result<Self> {
        let Some(entry) = entry else { return Ok(Self::default()) };
        let path = entry.path(dir);
        let bytes = disk::read(&disk::open(&path)?, &path, 0, entry.bytes as usize, entry.checksum)?;
        let raw = zstd::bulk::decompress(&bytes, entry.raw as usize);
        let raw = raw.context(|| format!("cannot read {}", path.display()))?;
        Self::from_raw(&raw).ok_or_else(|| disk::damaged(&path))
    }

    fn from_raw(raw: &[u8]) -> Option<Self> {
        let (mut bytes, mut files) = (Bytes(raw), BTreeMap::new());
        while !bytes.0.is_empty() {
            let (file, words) = (bytes.u32()?, bytes.u32()? as usize);
            let words = bytes.take(words.checked_mul(8)?)?;
            files.insert(file, words.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)).collect());
        }
        Some(Self { files })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_written_and_read() {
        let dir = tempfile::tempdir().unwrap();
        let mut dead = Dead::default();
        assert_eq!(dead.write(dir.path(), 1).unwrap(), None);
        assert!(dead.insert(3, 100, 99) && !dead.insert(3, 100, 99) && dead.insert(9, 64, 0));
        assert_eq!((dead.len(), dead.count(3), dead.of(3)), (2, 1, &[0, 1 << 35][..]));
        let entry = dead.write(dir.path(), 7).unwrap();
        assert_eq!(Dead::read(dir.path(), entry.as_ref()).unwrap(), dead);
        assert!(dead.forget(3) && !dead.forget(3));
        assert_eq!((dead.len(), dead.of(3).len()), (1, 0));
    }
}
