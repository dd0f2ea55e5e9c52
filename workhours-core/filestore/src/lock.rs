//! Takes SQLite's shared lock: while it is held, no other process changes a database without a write-ahead log. Only
//! for reading a file's bytes; to read its tables, use SQLite.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;

/// Where SQLite's locks are, in a page that is never used: <https://www.sqlite.org/fileformat2.html#lockbyte>.
#[cfg(unix)]
const PENDING: i64 = 0x4000_0000;
#[cfg(unix)]
const SHARED: (i64, i64) = (PENDING + 2, 510);

/// Held until it is dropped, or the file is closed.
#[must_use]
pub(super) struct Shared<'f> {
    #[cfg_attr(not(unix), allow(dead_code))]
    file: &'f File,
}

/// Takes the lock; `None` when a writer is at work just now.
///
/// # Errors
/// When the file system has no locks at all.
pub(super) fn shared(file: &File) -> io::Result<Option<Shared<'_>>> {
    #[cfg(unix)]
    {
        // A writer that waits for readers to go holds this one: to take it first is how SQLite keeps readers from
        // starving it.
        if !set(file, libc::F_RDLCK, (PENDING, 1))? {
            return Ok(None);
        }
        let taken = set(file, libc::F_RDLCK, SHARED);
        set(file, libc::F_UNLCK, (PENDING, 1))?;
        if !taken? {
            return Ok(None);
        }
    }
    Ok(Some(Shared { file }))
}

impl Drop for Shared<'_> {
    fn drop(&mut self) {
        #[cfg(unix)]
        let _ = set(self.file, libc::F_UNLCK, SHARED);
    }
}

/// Locks or unlocks some bytes, without waiting.
#[cfg(unix)]
fn set(file: &File, kind: libc::c_int, (start, len): (i64, i64)) -> io::Result<bool> {
    use std::os::fd::AsRawFd;
    // One that belongs to this open file, where there is such: the other kind is lost when any descriptor of the
    // file is closed anywhere in the process.
    #[cfg(target_os = "linux")]
    const SET: libc::c_int = libc::F_OFD_SETLK;
    #[cfg(not(target_os = "linux"))]
    const SET: libc::c_int = libc::F_SETLK;
    // SAFETY: a struct of numbers, for which zero is valid.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = kind as _;
    lock.l_whence = libc::SEEK_SET as _;
    (lock.l_start, lock.l_len) = (start as _, len as _);
    // SAFETY: the descriptor is open, and the struct outlives the call.
    if unsafe { libc::fcntl(file.as_raw_fd(), SET, &lock) } == 0 {
        return Ok(true);
    }
    let e = io::Error::last_os_error();
    match e.raw_os_error() {
        Some(libc::EACCES | libc::EAGAIN) => Ok(false),
        _ => Err(e),
    }
}
