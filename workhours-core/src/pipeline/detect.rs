//! Which source a file is for, by letting each try its beginning: the type `auto`.

use crate::error::{Error, Result};
use crate::filestore::Extract;
use crate::registry::{Registered, Registry};
use std::io::{self, Read};
use std::path::Path;
use workhours_plugin_api::{
    EventSink, IEventRecord, Input, InputHost, Position, Reject, Resume, SourceError, Stop,
};

const TRIED_BYTES: u64 = 64 << 10;

/// The source whose reading of the file's first 64 KiB leaves the least refused.
///
/// # Errors
/// When the file cannot be read, is a pipe (what is looked at would be lost to loading), or no source finds an event in it.
pub fn detect(registry: &Registry, path: &Path) -> Result<Registered> {
    let mut extract: Extract = crate::filestore::open_source(path)?;
    if extract.stat.is_none() {
        return Err(Error::usage(format!("{} is a pipe, and a pipe cannot be read twice", path.display()))
            .hint("name the source type instead of auto; workhours -l lists them"));
    }
    let mut bytes = Vec::new();
    let _ = extract.by_ref().take(TRIED_BYTES).read_to_end(&mut bytes);
    if bytes.len() as u64 == TRIED_BYTES {
        // Without the last, probably cut line.
        let end = memchr::memrchr(b'\n', &bytes).map_or(bytes.len(), |i| i + 1);
        bytes.truncate(end);
    }
    let score = |r: &Registered| -> Option<(u64, u64)> {
        let mut counts = Counts::default();
        let mut host = Bytes { rest: &bytes, all: &bytes, resume: Resume::default() };
        let end = r.source.parse(&mut Input::new(&mut host), &mut counts);
        let usable = !matches!(end, Err(SourceError::Unsupported(_))) && counts.events > 0;
        usable.then(|| (counts.events * 1000 / (counts.events + counts.rejects), counts.events))
    };
    // Of equals the first by name: a general type comes before the special ones that refine it.
    let best =
        registry.all().iter().rev().filter_map(|r| Some((score(r)?, r))).max_by_key(|(score, _)| *score);
    best.map(|(_, r)| *r).ok_or_else(|| {
        Error::failed(format!("no source knows the format of {}", path.display()))
            .hint("name the source type instead of auto; workhours -l lists them")
    })
}

#[derive(Default)]
struct Counts {
    events: u64,
    rejects: u64,
}

impl EventSink for Counts {
    fn emit(&mut self, _: &dyn IEventRecord) -> std::result::Result<(), Stop> {
        self.events += 1;
        Ok(())
    }
    fn reject(&mut self, _: &Reject<'_>) -> std::result::Result<(), Stop> {
        self.rejects += 1;
        Ok(())
    }
    fn ignored(&mut self, _: u64) -> std::result::Result<(), Stop> {
        Ok(())
    }
    fn checkpoint(&mut self, _: Position, _: &[u8]) -> std::result::Result<(), Stop> {
        Ok(())
    }
    fn progress(&mut self, _: u64) -> std::result::Result<(), Stop> {
        Ok(())
    }
}

/// An input of bytes that are there already.
struct Bytes<'a> {
    rest: &'a [u8],
    all: &'a [u8],
    resume: Resume,
}

impl InputHost for Bytes<'_> {
    fn name(&self) -> &str {
        "beginning of the file"
    }
    fn resume(&self) -> &Resume {
        &self.resume
    }
    fn size(&self) -> Option<u64> {
        Some(self.all.len() as u64)
    }
    fn reference_secs(&self) -> i64 {
        0
    }
    fn option(&self, _: &str) -> Option<&str> {
        None
    }
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.rest.read(buf)
    }
    fn map(&mut self) -> io::Result<&[u8]> {
        Ok(self.all)
    }
    fn path(&mut self) -> io::Result<&Path> {
        Err(io::Error::other("only the beginning is here"))
    }
}
