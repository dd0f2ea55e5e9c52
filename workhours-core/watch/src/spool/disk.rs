//! Files of the spool on the disk: made, written, locked.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// A name that no other file has. Of letters: numbers would make files parts of one rotated log.
pub(super) fn new_name() -> String {
    static NAMED: AtomicU64 = AtomicU64::new(0);
    let seed = format!("{} {}", crate::holder::holder(), NAMED.fetch_add(1, Ordering::Relaxed));
    let hash = blake3::hash(seed.as_bytes());
    let digits = hash.as_bytes()[..16].iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(b'a' + digit)).collect()
}

/// Has the system keep room for what will be written at an offset, without changing the file's length.
pub(super) fn reserve(file: &File, offset: u64, bytes: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{FallocateFlags, fallocate};
        use rustix::io::Errno;
        match fallocate(file, FallocateFlags::KEEP_SIZE, offset, bytes) {
            // Not every file system can.
            Err(Errno::OPNOTSUPP | Errno::NOSYS) | Ok(()) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (file, offset, bytes);
        Ok(())
    }
}

/// Keeps other programs from removing a file, or from writing to it; returns whether that worked.
pub(super) fn hold(file: &File) -> bool {
    #[cfg(unix)]
    return rustix::fs::flock(file, rustix::fs::FlockOperation::LockExclusive).is_ok();
    // There an open file can't be removed.
    #[cfg(not(unix))]
    {
        let _ = file;
        true
    }
}

pub(super) fn release(file: &File) {
    #[cfg(unix)]
    let _ = rustix::fs::flock(file, rustix::fs::FlockOperation::Unlock);
    #[cfg(not(unix))]
    let _ = file;
}

/// Whether an open file has not been removed.
pub(super) fn is_there(file: &File) -> bool {
    #[cfg(unix)]
    return file.metadata().is_ok_and(|meta| std::os::unix::fs::MetadataExt::nlink(&meta) > 0);
    #[cfg(not(unix))]
    {
        let _ = file;
        true
    }
}

/// A new file that only this user can read.
pub(super) fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes lines, each with its end, to the disk.
pub(super) fn write(file: &mut File, lines: &[u8]) -> io::Result<()> {
    write_soon(file, lines)?;
    file.sync_data()
}

/// Writes them for the system to have on the disk when it likes.
pub(super) fn write_soon(file: &mut File, lines: &[u8]) -> io::Result<()> {
    file.write_all(lines)?;
    if !lines.ends_with(b"\n") {
        file.write_all(b"\n")?;
    }
    Ok(())
}

/// Writes a folder's list of files to the disk.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
