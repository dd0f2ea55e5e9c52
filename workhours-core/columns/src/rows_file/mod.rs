//! A file of rows: up to eight segments of up to 65,536 rows, sorted by time through the whole file. Chunks come first,
//! column by column, then the directory, then the foot. A file never changes.
//!
//! The directory has the number of segments (`u32`); for each its rows (`u32`), its undated rows (`u32`), its first and
//! its last date (`i64` each); the number of chunks (`u32`); for each its column (`u16`), its kind, its segment (`u8`
//! each), its length (`u32`), where it begins (`u64`) and its checksum (`u32`), sorted by column, kind and segment. The
//! foot is 16 bytes: the length of the directory, its checksum (`u32` each) and the eight bytes `workcols`.

mod encode;

pub(crate) use encode::encode;

use crate::column::Code;
use crate::disk;
use crate::encoding::Bytes;
use crate::encoding::lists::Lists;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use workhours_base::error::Result;

pub(crate) const MAGIC: &[u8; 8] = b"workcols";
const FOOT: usize = 16;

/// What a chunk has: ids of texts or numbers, or the ids of rows with several texts.
pub(crate) const VALUES: u8 = 0;
pub(crate) const LISTS: u8 = 1;

/// What is known about a file without opening it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct FileEntry {
    pub(crate) number: u32,
    pub(crate) rows: u32,
    pub(crate) segments: u32,
    /// The least and the greatest date; [`UNDATED`](crate::UNDATED) if it has undated rows.
    pub(crate) dates: (i64, i64),
    pub(crate) bytes: u64,
    /// Of the foot, which has the directory's, which has those of all chunks.
    pub(crate) checksum: u32,
}

impl FileEntry {
    pub(crate) fn path(&self, dir: &Path) -> PathBuf {
        dir.join(name(self.number))
    }
}

/// The name of a file of rows.
pub(crate) fn name(number: u32) -> String {
    format!("{number:08}.rows")
}

/// A segment: rows that are decoded together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) rows: u32,
    pub(crate) undated: u32,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

impl Segment {
    /// Whether dated rows of it may be in a window.
    pub(crate) fn meets(&self, (from, until): (i64, i64)) -> bool {
        self.undated < self.rows && self.first < until && self.last >= from
    }
}

/// A chunk, which is read when it is first needed.
#[derive(Debug)]
struct Chunk {
    column: Code,
    kind: u8,
    segment: u8,
    len: u32,
    at: u64,
    checksum: u32,
    bytes: OnceLock<Box<[u8]>>,
    lists: OnceLock<Lists>,
}

/// An open file of rows.
#[derive(Debug)]
pub(crate) struct RowsFile {
    pub(crate) entry: FileEntry,
    pub(crate) path: PathBuf,
    file: File,
    pub(crate) segments: Vec<Segment>,
    chunks: Vec<Chunk>,
}

impl RowsFile {
    /// Opens a file and reads its directory.
    ///
    /// # Errors
    /// When it can't be read, or is damaged.
    pub(crate) fn open(dir: &Path, entry: &FileEntry) -> Result<Self> {
        let path = entry.path(dir);
        let file = disk::open(&path)?;
        let damaged = || disk::damaged(&path);
        let foot_at = entry.bytes.checked_sub(FOOT as u64).ok_or_else(damaged)?;
        let foot = disk::read(&file, &path, foot_at, FOOT, entry.checksum)?;
        let mut foot = Bytes(&foot);
        let (Some(len), Some(checksum)) = (foot.u32(), foot.u32()) else { return Err(damaged()) };
        if foot.0 != MAGIC {
            return Err(damaged());
        }
        let at = foot_at.checked_sub(u64::from(len)).ok_or_else(damaged)?;
        let directory = disk::read(&file, &path, at, len as usize, checksum)?;
        let (segments, chunks) = read_directory(&directory).ok_or_else(damaged)?;
        Ok(Self { entry: entry.clone(), file, segments, chunks, path })
    }

    /// The chunk of a column in a segment; `None` if no row there has a value.
    ///
    /// # Errors
    /// When it can't be read, or is damaged.
    pub(crate) fn chunk(&self, column: Code, segment: usize) -> Result<Option<&[u8]>> {
        self.find(column, VALUES, segment).map(|chunk| self.bytes(chunk)).transpose()
    }

    /// The rows of a segment with several texts.
    ///
    /// # Errors
    /// As for [`chunk`](Self::chunk).
    pub(crate) fn lists(&self, column: Code, segment: usize) -> Result<Option<&Lists>> {
        let Some(chunk) = self.find(column, LISTS, segment) else { return Ok(None) };
        if let Some(lists) = chunk.lists.get() {
            return Ok(Some(lists));
        }
        let lists = Lists::decode(self.bytes(chunk)?).ok_or_else(|| self.damaged())?;
        Ok(Some(chunk.lists.get_or_init(|| lists)))
    }

    /// The columns there are, each once.
    pub(crate) fn columns(&self) -> Vec<Code> {
        let mut columns: Vec<Code> = self.chunks.iter().map(|chunk| chunk.column).collect();
        columns.dedup();
        columns
    }

    /// Reads all of it, for its checksums. What was read is not kept.
    ///
    /// # Errors
    /// When it can't be read, or is damaged.
    pub(crate) fn verify(&self) -> Result<()> {
        for chunk in &self.chunks {
            disk::read(&self.file, &self.path, chunk.at, chunk.len as usize, chunk.checksum)?;
        }
        Ok(())
    }

    pub(crate) fn damaged(&self) -> workhours_base::error::Error {
        disk::damaged(&self.path)
    }

    fn find(&self, column: Code, kind: u8, segment: usize) -> Option<&Chunk> {
        let key = |chunk: &Chunk| (chunk.column, chunk.kind, usize::from(chunk.segment));
        let n = self.chunks.binary_search_by_key(&(column, kind, segment), key).ok()?;
        self.chunks.get(n)
    }

    fn bytes<'c>(&self, chunk: &'c Chunk) -> Result<&'c [u8]> {
        if let Some(bytes) = chunk.bytes.get() {
            return Ok(bytes);
        }
        let bytes = disk::read(&self.file, &self.path, chunk.at, chunk.len as usize, chunk.checksum)?;
        Ok(chunk.bytes.get_or_init(|| bytes.into()))
    }
}

fn read_directory(bytes: &[u8]) -> Option<(Vec<Segment>, Vec<Chunk>)> {
    let mut bytes = Bytes(bytes);
    let mut segments = Vec::new();
    for _ in 0..bytes.u32()? {
        let (rows, undated) = (bytes.u32()?, bytes.u32()?);
        segments.push(Segment { rows, undated, first: bytes.i64()?, last: bytes.i64()? });
    }
    let mut chunks = Vec::new();
    for _ in 0..bytes.u32()? {
        let (column, kind, segment) = (bytes.u16()?, bytes.u8()?, bytes.u8()?);
        let (len, at, checksum) = (bytes.u32()?, bytes.u64()?, bytes.u32()?);
        let (bytes, lists) = (OnceLock::new(), OnceLock::new());
        chunks.push(Chunk { column, kind, segment, len, at, checksum, bytes, lists });
    }
    Some((segments, chunks))
}
