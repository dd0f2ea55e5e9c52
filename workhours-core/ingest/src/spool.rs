//! Packed rows of a whole document, kept until the source has finished: nothing of a document is loaded unless all of
//! it was read. Small ones stay in memory, large ones go to a private file.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use tempfile::SpooledTempFile;
use workhours_base::error::{Context, Error, Result};
use workhours_event::chunk::Chunk;

const IN_MEMORY: usize = 8 << 20;

/// The spool of one document.
pub(super) struct Spool {
    file: SpooledTempFile,
}

impl Spool {
    pub(super) fn new(tmp: &Path) -> Self {
        Self { file: tempfile::spooled_tempfile_in(IN_MEMORY, tmp) }
    }

    /// Appends a chunk.
    pub(super) fn push(&mut self, chunk: &Chunk) -> std::io::Result<()> {
        for n in [chunk.len() as u64, chunk.events, chunk.rejects] {
            self.file.write_all(&n.to_le_bytes())?;
        }
        self.file.write_all(chunk.as_bytes())
    }

    /// Goes back to the first chunk.
    pub(super) fn rewind(&mut self) -> Result<()> {
        self.file.seek(SeekFrom::Start(0)).map(|_| ()).context(|| "cannot read the spool")
    }

    /// The next chunk.
    pub(super) fn next_chunk(&mut self) -> Result<Option<Chunk>> {
        let mut head = [0; 24];
        let got = read_full(&mut self.file, &mut head).context(|| "cannot read the spool")?;
        if got == 0 {
            return Ok(None);
        }
        let number = |i: usize| u64::from_le_bytes(head[i * 8..i * 8 + 8].try_into().unwrap_or_default());
        let mut bytes = vec![0; number(0) as usize];
        let full = read_full(&mut self.file, &mut bytes).context(|| "cannot read the spool")?;
        if got < head.len() || full < bytes.len() {
            return Err(Error::failed("the spool of a document is cut short; is the disk full?"));
        }
        Ok(Some(Chunk::from_bytes(bytes, number(1), number(2))))
    }
}

fn read_full(from: &mut impl Read, buf: &mut [u8]) -> std::io::Result<usize> {
    let mut got = 0;
    while got < buf.len() {
        match from.read(&mut buf[got..])? {
            0 => break,
            n => got += n,
        }
    }
    Ok(got)
}
