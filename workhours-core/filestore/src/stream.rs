//! Reading what may never end and may never begin: standard input, pipes, devices, files that the system makes up. No
//! read waits longer than a moment without looking whether the user wants the run to end.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use workhours_base::file::{Kind, open_at_once};

/// The error of a read that the user did not let end.
#[derive(Debug)]
struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Stopped {}

/// Bytes that come when they come.
pub(super) struct Stream {
    from: From,
    stop: Arc<AtomicBool>,
}

enum From {
    Stdin(io::Stdin),
    File(File),
}

impl Stream {
    /// Standard input.
    pub(super) fn stdin(stop: &Arc<AtomicBool>) -> Self {
        Self { from: From::Stdin(io::stdin()), stop: Arc::clone(stop) }
    }

    /// Opens a pipe or device without waiting for a writer.
    ///
    /// # Errors
    /// When permission is missing, or when it is a socket.
    pub(super) fn open(path: &Path, stop: &Arc<AtomicBool>) -> io::Result<Self> {
        if Kind::of(path) == Some(Kind::Socket) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it is a socket, and nothing can be read there",
            ));
        }
        Ok(Self { from: From::File(open_at_once(path)?), stop: Arc::clone(stop) })
    }

    /// Waits until there is something to read, or nothing more to come.
    #[cfg(unix)]
    fn wait(&self) -> io::Result<()> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        use std::os::fd::AsFd;
        const MOMENT: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(io::Error::other(Stopped));
            }
            let fd = match &self.from {
                From::Stdin(stdin) => stdin.as_fd(),
                From::File(file) => file.as_fd(),
            };
            match poll(&mut [PollFd::from_borrowed_fd(fd, PollFlags::IN)], Some(&MOMENT)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                // A file that can't be polled is read directly.
                Ok(_) | Err(_) => return Ok(()),
            }
        }
    }

    #[cfg(not(unix))]
    fn wait(&self) -> io::Result<()> {
        if self.stop.load(Ordering::Relaxed) { Err(io::Error::other(Stopped)) } else { Ok(()) }
    }
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            self.wait()?;
            let read = match &mut self.from {
                From::Stdin(stdin) => stdin.read(buf),
                From::File(file) => file.read(buf),
            };
            match read {
                Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                read => return read,
            }
        }
    }
}
