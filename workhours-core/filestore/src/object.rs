//! Writing one object: compressed and hashed while it is written, named when it is whole.

use super::{Filestore, make_private_dir};
use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use zstd::stream::raw::{Encoder, Operation};
use zstd::stream::zio::Writer;

/// Copies must not cost more than parsing does: the fastest level but one.
const LEVEL: i32 = -1;

thread_local! {
    /// The encoder of the last object: making one takes longer than encoding a small file.
    static SPARE: Cell<Option<Encoder<'static>>> = const { Cell::new(None) };
}

fn encoder() -> io::Result<Encoder<'static>> {
    SPARE.take().map_or_else(|| Encoder::new(LEVEL), Ok)
}

/// An object being written. If it is dropped unfinished, it leaves no file.
pub struct ObjectWriter {
    store: Filestore,
    encoder: Option<Writer<File, Encoder<'static>>>,
    tmp: PathBuf,
    hasher: blake3::Hasher,
    written: u64,
}

impl ObjectWriter {
    /// Starts an object.
    ///
    /// # Errors
    /// When the temporary file cannot be made.
    pub fn create(store: &Filestore) -> io::Result<Self> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let n = COUNTER.fetch_add(1, Ordering::Relaxed);
        let tmp = store.tmp().join(format!("{}-{n}.zst", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let encoder = Writer::new(options.open(&tmp)?, encoder()?);
        Ok(Self {
            store: store.clone(),
            encoder: Some(encoder),
            tmp,
            hasher: blake3::Hasher::new(),
            written: 0,
        })
    }

    /// Bytes written so far, uncompressed.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Ends the object and names it: the hash of its uncompressed bytes.
    ///
    /// # Errors
    /// When the file cannot be finished or moved into place.
    pub fn finish(mut self) -> io::Result<String> {
        let hash = self.hasher.finalize().to_hex().to_string();
        if let Some(mut writer) = self.encoder.take() {
            writer.finish()?;
            let (_, mut encoder) = writer.into_inner();
            if encoder.reinit().is_ok() {
                SPARE.set(Some(encoder));
            }
        }
        let target = self.store.object_path(&hash);
        // An object of this name already has these bytes; replacing it is harmless and atomic.
        match std::fs::rename(&self.tmp, &target) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                target.parent().map_or(Ok(()), make_private_dir)?;
                std::fs::rename(&self.tmp, &target)?;
            }
            done => done?,
        }
        Ok(hash)
    }
}

impl Write for ObjectWriter {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.hasher.update(buf);
        self.written += buf.len() as u64;
        if let Some(encoder) = &mut self.encoder {
            encoder.write_all(buf)?;
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for ObjectWriter {
    fn drop(&mut self) {
        if self.encoder.take().is_some() {
            let _ = std::fs::remove_file(&self.tmp);
        }
    }
}
