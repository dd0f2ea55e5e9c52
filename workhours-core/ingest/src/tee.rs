//! Copies the bytes a source reads into the filestore while it reads them, cut where batches are cut.

use std::io::{self, Write};
use workhours_filestore::{Filestore, ObjectWriter};
use workhours_store::{FileId, Segment, now_us};

/// The copying side of an input.
pub(super) struct Tee {
    store: Option<Filestore>,
    writer: Option<ObjectWriter>,
    /// The start of the object being written, in the logical file.
    start: u64,
    /// Bytes before this are in the filestore already.
    copy_from: u64,
    /// Hash of everything that passed, for documents.
    whole: Option<blake3::Hasher>,
    passed: u64,
}

impl Tee {
    /// Copies bytes from `copy_from` on; nothing if there is no store.
    pub(super) fn new(store: Option<Filestore>, copy_from: u64) -> Self {
        Self { store, writer: None, start: copy_from, copy_from, whole: None, passed: 0 }
    }

    /// Also hashes all bytes.
    pub(super) fn hashing(mut self) -> Self {
        self.whole = Some(blake3::Hasher::new());
        self
    }

    /// The hash of all bytes, for a tee made `hashing`.
    pub(super) fn whole_hash(&self) -> Vec<u8> {
        self.whole.as_ref().map_or_else(Vec::new, |h| h.finalize().as_bytes().to_vec())
    }

    /// How many bytes passed.
    pub(super) fn passed(&self) -> u64 {
        self.passed
    }

    /// Takes the bytes at `offset`.
    pub(super) fn feed(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.passed += bytes.len() as u64;
        if let Some(hasher) = &mut self.whole {
            hasher.update(bytes);
        }
        let Some(store) = &self.store else { return Ok(()) };
        let known = self.copy_from.saturating_sub(offset).min(bytes.len() as u64) as usize;
        let fresh = &bytes[known..];
        if fresh.is_empty() {
            return Ok(());
        }
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                self.start = offset + known as u64;
                self.writer.insert(ObjectWriter::create(store)?)
            }
        };
        writer.write_all(fresh)?;
        self.copy_from = offset + bytes.len() as u64;
        Ok(())
    }

    /// Ends the object being written, if any, and returns its place.
    pub(super) fn cut(&mut self, file_id: FileId) -> io::Result<Option<Segment>> {
        let Some(writer) = self.writer.take() else { return Ok(None) };
        let length = writer.written() as i64;
        let object = writer.finish()?;
        Ok(Some(Segment { file_id, start: self.start as i64, length, object, created_us: now_us() }))
    }
}
