//! The input of a source. The host has already copied, decompressed and decoded it.

use std::io::{self, Read};
use std::path::Path;

use crate::sink::Position;

/// Where to continue reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resume {
    /// The position in the input of the first byte that `read` delivers. All zero for a fresh start.
    pub position: Position,
    /// The source's state at the [`checkpoint`](crate::EventSink::checkpoint) there. Empty for a fresh start.
    pub state: Vec<u8>,
}

/// The host's side of an input. Sources use [`Input`].
pub trait InputHost {
    /// A name for messages. Not to be opened.
    fn name(&self) -> &str;
    /// Where reading starts.
    fn resume(&self) -> &Resume;
    /// Size in decompressed bytes, if known.
    fn size(&self) -> Option<u64>;
    /// The moment a yearless date is counted back from, in Unix seconds: fixed at the input's first load.
    fn reference_secs(&self) -> i64;
    /// The moment up to which a source expands endless series, in Unix seconds: see [`Input::horizon_secs`].
    fn horizon_secs(&self) -> i64 {
        self.reference_secs().saturating_add(366 * 86_400)
    }
    /// The value of an option, or `None` when it is not given.
    fn option(&self, name: &str) -> Option<&str>;
    /// The next bytes; 0 at the end.
    ///
    /// # Errors
    /// Whatever keeps the host from delivering them, such as a truncated archive.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize>;
    /// The whole input at once, as it was when the host took its copy.
    ///
    /// # Errors
    /// As [`read`](Self::read), or because the input is larger than the host maps.
    fn map(&mut self) -> io::Result<&[u8]>;
    /// A private copy with its companions next to it, for a library that needs a file.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn path(&mut self) -> io::Result<&Path>;
}

/// An input: read it once from `resume().position` to its end, or map it, or open its private copy.
pub struct Input<'h> {
    host: &'h mut dyn InputHost,
}

impl<'h> Input<'h> {
    /// An input served by `host`.
    pub fn new(host: &'h mut dyn InputHost) -> Self {
        Self { host }
    }

    /// A name for messages. Not to be opened.
    pub fn name(&self) -> &str {
        self.host.name()
    }

    /// Where reading starts, with the source's state there.
    pub fn resume(&self) -> &Resume {
        self.host.resume()
    }

    /// Size in decompressed bytes, if known.
    pub fn size(&self) -> Option<u64> {
        self.host.size()
    }

    /// The moment a yearless date is counted back from, in Unix seconds.
    pub fn reference_secs(&self) -> i64 {
        self.host.reference_secs()
    }

    /// The moment up to which a source expands endless series, such as a weekly meeting, in Unix seconds. It moves with
    /// the time of loading, and when it has moved, the host reads the input again.
    pub fn horizon_secs(&self) -> i64 {
        self.host.horizon_secs()
    }

    /// The value of one of the options the source declares, or `None` when it is not given.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.host.option(name)
    }

    /// The whole input at once.
    ///
    /// # Errors
    /// See [`InputHost::map`].
    pub fn map(&mut self) -> io::Result<&[u8]> {
        self.host.map()
    }

    /// A private copy of the input.
    ///
    /// # Errors
    /// See [`InputHost::path`].
    pub fn path(&mut self) -> io::Result<&Path> {
        self.host.path()
    }
}

impl Read for Input<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.host.read(buf)
    }
}
