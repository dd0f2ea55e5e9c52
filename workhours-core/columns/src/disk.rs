//! Reading and writing files of the folder: positions instead of cursors, checksums, flushing. Each write is a step, and
//! tests let a writer fail at any of them.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use workhours_base::disk::{OnDisk, Written};
use workhours_base::error::{Context, Error, Result};

/// The hint for a damaged file.
const REBUILD: &str = "rebuild the columns: they are made again from the database";

/// The error for a file that is not as it was written.
pub(crate) fn damaged(path: &Path) -> Error {
    Error::failed(format!("the file {} of the columns is damaged", path.display())).hint(REBUILD)
}

/// Opens a file for reading.
pub(crate) fn open(path: &Path) -> Result<File> {
    File::open(path).context(|| format!("cannot open {}", path.display())).map_err(|e| e.hint(REBUILD))
}

/// Reads bytes from a position, and compares their checksum.
///
/// # Errors
/// When they can't be read, or are not as they were written.
pub(crate) fn read(file: &File, path: &Path, at: u64, len: usize, checksum: u32) -> Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    match read_at(file, &mut bytes, at) {
        Ok(()) if crc32fast::hash(&bytes) == checksum => Ok(bytes),
        Ok(()) => Err(damaged(path)),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Err(damaged(path)),
        Err(e) => Err(e).context(|| format!("cannot read {}", path.display())),
    }
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(windows)]
fn read_at(file: &File, mut bytes: &mut [u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, at)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => (bytes, at) = (&mut bytes[n..], at + n as u64),
        }
    }
    Ok(())
}

/// Opens a file that grows.
pub(crate) fn open_growing(path: &Path) -> Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).read(true).write(true);
    private(&mut options);
    options.open(path).on_disk(Written::Filestore, path, || format!("cannot open {}", path.display()))
}

/// Cuts a file to the length it is known to have.
pub(crate) fn cut(file: &File, path: &Path, len: u64) -> Result<()> {
    let cut = || {
        step()?;
        if file.metadata()?.len() > len { file.set_len(len) } else { Ok(()) }
    };
    cut().on_disk(Written::Filestore, path, || format!("cannot write {}", path.display()))
}

/// Writes bytes at the end of a file that grows, which is at this position.
pub(crate) fn append(file: &File, path: &Path, at: u64, bytes: &[u8]) -> Result<()> {
    let write = || {
        if let Err(e) = step() {
            // The power went off in the middle of it.
            write_at(file, &bytes[..bytes.len() / 2], at)?;
            return Err(e);
        }
        write_at(file, bytes, at)
    };
    write().on_disk(Written::Filestore, path, || format!("cannot write {}", path.display()))
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(windows)]
fn write_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_write(file, bytes, at)?;
        (bytes, at) = (&bytes[n..], at + n as u64);
    }
    Ok(())
}

/// Waits until a file is on the disk.
pub(crate) fn flush(file: &File, path: &Path) -> Result<()> {
    let flush = || {
        step()?;
        file.sync_all()
    };
    flush().on_disk(Written::Filestore, path, || format!("cannot write {}", path.display()))
}

/// Writes a file that isn't there yet, or that a killed writer left, and flushes it.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        let mut options = File::options();
        options.create(true).truncate(true).write(true);
        private(&mut options);
        let mut file = options.open(path)?;
        if let Err(e) = step() {
            file.write_all(&bytes[..bytes.len() / 2])?;
            return Err(e);
        }
        file.write_all(bytes)?;
        step()?;
        file.sync_all()
    };
    write().on_disk(Written::Filestore, path, || format!("cannot write {}", path.display()))
}

/// Replaces a file by another with these bytes, at once.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let replace = || {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        step()?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        step()?;
        file.persist(path)?;
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok::<(), io::Error>(())
    };
    replace().on_disk(Written::Filestore, path, || format!("cannot write {}", path.display()))
}

/// Waits until the names of a folder's new files are on the disk.
pub(crate) fn flush_folder(dir: &Path) -> Result<()> {
    let flush = || {
        step()?;
        #[cfg(unix)]
        File::open(dir)?.sync_all()?;
        Ok::<(), io::Error>(())
    };
    flush().on_disk(Written::Filestore, dir, || format!("cannot write {}", dir.display()))
}

/// Deletes a file that no state has any more. One that can't be deleted now is deleted the next time.
pub(crate) fn remove(path: &Path) {
    if step().is_ok() {
        let _ = std::fs::remove_file(path);
    }
}

/// Only the owner may read what events say.
fn private(options: &mut std::fs::OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

/// A point at which a test may stop the writer.
#[cfg(not(test))]
#[allow(clippy::unnecessary_wraps)]
fn step() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(crate) use failing::{fail_after, step};

#[cfg(test)]
mod failing {
    use std::cell::Cell;
    use std::io;

    thread_local! {
        static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
    }

    /// After this many steps on this thread, each write fails; `None` for never.
    pub(crate) fn fail_after(steps: Option<u32>) {
        LEFT.set(steps);
    }

    pub(crate) fn step() -> io::Result<()> {
        match LEFT.get() {
            None => Ok(()),
            Some(0) => Err(io::Error::other("stopped by the test")),
            Some(left) => {
                LEFT.set(Some(left - 1));
                Ok(())
            }
        }
    }
}
