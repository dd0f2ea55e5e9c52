//! Bytes in memory, as an input: for readers of streams that get a document in pieces or twice.

use std::io;
use std::path::Path;
use workhours_plugin_api::{InputHost, Resume};

/// Serves a slice.
#[derive(Default)]
pub(crate) struct BytesInput<'a> {
    rest: &'a [u8],
    whole: &'a [u8],
    resume: Resume,
}

impl<'a> BytesInput<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, whole: bytes, resume: Resume::default() }
    }
}

impl InputHost for BytesInput<'_> {
    fn name(&self) -> &str {
        ""
    }

    fn resume(&self) -> &Resume {
        &self.resume
    }

    fn size(&self) -> Option<u64> {
        Some(self.whole.len() as u64)
    }

    fn reference_secs(&self) -> i64 {
        0
    }

    fn option(&self, _name: &str) -> Option<&str> {
        None
    }

    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let len = buf.len().min(self.rest.len());
        let (now, rest) = self.rest.split_at(len);
        buf[..len].copy_from_slice(now);
        self.rest = rest;
        Ok(len)
    }

    fn map(&mut self) -> io::Result<&[u8]> {
        Ok(self.whole)
    }

    fn path(&mut self) -> io::Result<&Path> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
