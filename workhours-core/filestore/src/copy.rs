//! Reading a logical file back from its copies.

use super::{Filestore, Health};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use workhours_store::Segment;

/// The bytes of a logical file from the start of its first copy on. Copies may overlap (a resumed read
/// begins where its cursor was, inside the copy before); the later one counts.
pub struct CopyReader {
    store: Filestore,
    /// Start, end (exclusive) and object of the parts still to read.
    pieces: VecDeque<(u64, u64, String)>,
    current: Option<io::Take<Box<dyn Read + Send>>>,
}

impl CopyReader {
    /// A reader over all copies of one file, or `None` when they do not hold it from its first byte without
    /// a gap.
    pub fn new(store: &Filestore, segments: &[Segment]) -> Option<Self> {
        let mut pieces = VecDeque::new();
        let mut covered = 0;
        for (i, s) in segments.iter().enumerate() {
            let start = s.start as u64;
            let end = start + s.length as u64;
            let next = segments.get(i + 1).map_or(end, |n| n.start as u64);
            if start > covered {
                return None;
            }
            pieces.push_back((start, end.min(next), s.object.clone()));
            covered = end.min(next);
        }
        let last = pieces.back().map_or(0, |p| p.1);
        (last > 0).then(|| Self { store: store.clone(), pieces, current: None })
    }

    /// How far the copies hold a file from its first byte without a gap.
    pub fn reach(segments: &[Segment]) -> u64 {
        let ends = segments.iter().map(|s| (s.start as u64, (s.start + s.length) as u64));
        ends.fold(0, |reach, (start, end)| if start <= reach { reach.max(end) } else { reach })
    }

    /// The first object it needs that can't be relied on, if there is one, and why. Reads all of them.
    pub fn flaw(&self) -> Option<(&str, Health)> {
        let objects = self.pieces.iter().map(|(_, _, object)| object.as_str());
        let mut checked = objects.map(|object| (object, super::health(&self.store, object)));
        checked.find(|(_, health)| *health != Health::Whole)
    }

    /// Whether every object it needs is there.
    pub fn is_complete(&self) -> bool {
        self.pieces.iter().all(|(_, _, object)| self.store.object_path(object).is_file())
    }
}

impl Read for CopyReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(current) = &mut self.current {
                let n = current.read(buf)?;
                if n > 0 || buf.is_empty() {
                    return Ok(n);
                }
                if current.limit() > 0 {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "a copy in the filestore is cut",
                    ));
                }
            }
            let Some((start, end, object)) = self.pieces.pop_front() else { return Ok(0) };
            let file = File::open(self.store.object_path(&object))?;
            let decoder: Box<dyn Read + Send> = Box::new(zstd::Decoder::new(file)?);
            self.current = Some(decoder.take(end - start));
        }
    }
}
