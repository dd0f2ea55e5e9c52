//! Letting a source try an input without loading anything: what would it make of these bytes? Not the place for
//! what to conclude from it: see `detect` and `crate::scan`.

use super::host::{Facts, ServedInput};
use super::tee::Tee;
use std::cell::RefCell;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;
use workhours_filestore::Extract;
use workhours_plugin_api::{
    EventSink, IDataSource, IEventRecord, Input, InputHost, Position, Reject, Resume, SourceError, Stop,
};

/// The result of a source for an input.
#[derive(Debug)]
pub(crate) struct Trial {
    /// Records that would become events.
    pub(crate) events: u64,
    /// Rejected records.
    pub(crate) rejects: u64,
    /// Its end state.
    pub(crate) end: Result<(), SourceError>,
}

/// Lets the source read the beginning of an input. One that wants a file gets none.
pub(crate) fn beginning(source: &dyn IDataSource, bytes: &[u8], reference_secs: i64) -> Trial {
    counted(|counts| read_bytes(source, bytes, reference_secs, counts))
}

/// Lets the source read all of an input.
pub(crate) fn whole(source: &dyn IDataSource, extract: Extract, reference_secs: i64) -> Trial {
    counted(|counts| read_extract(source, extract, reference_secs, counts))
}

/// Lets the source push its records of these bytes into a sink of the caller.
pub(super) fn read_bytes(
    source: &dyn IDataSource,
    bytes: &[u8],
    reference_secs: i64,
    out: &mut dyn EventSink,
) -> Result<(), SourceError> {
    let mut host = Bytes { rest: bytes, all: bytes, resume: Resume::default(), reference_secs };
    source.parse(&mut Input::new(&mut host), out)
}

/// The same for an opened input, which can also be had as a file.
pub(super) fn read_extract(
    source: &dyn IDataSource,
    extract: Extract,
    reference_secs: i64,
    out: &mut dyn EventSink,
) -> Result<(), SourceError> {
    let tee = Rc::new(RefCell::new(Tee::new(None, 0)));
    let facts = Facts { reference_secs, tmp: std::env::temp_dir(), ..Facts::default() };
    let mut host = ServedInput::new(extract, tee, Resume::default(), Default::default(), facts);
    source.parse(&mut Input::new(&mut host), out)
}

fn counted(read: impl FnOnce(&mut Counts) -> Result<(), SourceError>) -> Trial {
    let mut counts = Counts::default();
    let end = read(&mut counts);
    let Counts { events, rejects } = counts;
    Trial { events, rejects, end }
}

/// The first `most` bytes of an input, and whether they are all of it; without the last, probably cut line if not.
///
/// # Errors
/// With what could be read, when reading failed.
pub(crate) fn first_bytes(extract: &mut Extract, most: u64) -> Result<(Vec<u8>, bool), (Vec<u8>, io::Error)> {
    let mut bytes = Vec::new();
    if let Err(e) = extract.by_ref().take(most + 1).read_to_end(&mut bytes) {
        return Err((bytes, e));
    }
    let all = bytes.len() as u64 <= most;
    if !all {
        bytes.truncate(most as usize);
        let end = memchr::memrchr(b'\n', &bytes).map_or(bytes.len(), |i| i + 1);
        bytes.truncate(end);
    }
    Ok((bytes, all))
}

#[derive(Default)]
struct Counts {
    events: u64,
    rejects: u64,
}

impl EventSink for Counts {
    fn emit(&mut self, record: &dyn IEventRecord) -> Result<(), Stop> {
        // Looking at it is part of the trial: a row may be made only then.
        let _ = record.to_event_row();
        self.events += 1;
        Ok(())
    }
    fn reject(&mut self, _: &Reject<'_>) -> Result<(), Stop> {
        self.rejects += 1;
        Ok(())
    }
    fn ignored(&mut self, _: u64) -> Result<(), Stop> {
        Ok(())
    }
    fn checkpoint(&mut self, _: Position, _: &[u8]) -> Result<(), Stop> {
        Ok(())
    }
    fn progress(&mut self, _: u64) -> Result<(), Stop> {
        Ok(())
    }
}

/// An input of bytes in memory.
struct Bytes<'a> {
    rest: &'a [u8],
    all: &'a [u8],
    resume: Resume,
    reference_secs: i64,
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
        self.reference_secs
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
