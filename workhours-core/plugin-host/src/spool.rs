//! A worker's records, kept until it reports success: nothing of a plugin that fails is loaded. Small amounts stay in
//! memory, large ones go to a private file.

use super::frame::{Counts, FrameError, FrameItem, Items, validate_with};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use tempfile::SpooledTempFile;
use workhours_plugin_api::{EventRow, EventSink, SourceError};

const IN_MEMORY: usize = 8 << 20;

/// The batches of one parse.
pub(super) struct Spool {
    file: SpooledTempFile,
    /// Bytes in it.
    len: u64,
    counts: Counts,
}

/// Why a batch was not taken.
#[derive(Debug)]
pub(super) enum Refused {
    /// It is invalid.
    Bad(FrameError),
    /// It could not be kept.
    Io(io::Error),
}

impl Spool {
    /// An empty one, with its file in `tmp` if needed.
    pub(super) fn new(tmp: &Path) -> Self {
        let dir = if tmp.is_dir() { tmp.to_owned() } else { std::env::temp_dir() };
        Self { file: tempfile::spooled_tempfile_in(IN_MEMORY, dir), len: 0, counts: Counts::default() }
    }

    /// Takes a batch after reading it through, and shows each of its events to `look`.
    pub(super) fn push(&mut self, payload: &[u8], look: impl FnMut(&EventRow<'_>)) -> Result<(), Refused> {
        let counts = validate_with(payload, look).map_err(Refused::Bad)?;
        self.counts.events += counts.events;
        self.counts.rejects += counts.rejects;
        self.counts.ignored = self.counts.ignored.saturating_add(counts.ignored);
        self.counts.reach = self.counts.reach.max(counts.reach);
        let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        self.file.write_all(&len.to_le_bytes()).map_err(Refused::Io)?;
        self.file.write_all(payload).map_err(Refused::Io)?;
        self.len += 4 + u64::from(len);
        Ok(())
    }

    /// Bytes in it.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Its counts.
    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// Pushes all of it on, in the order in which it came.
    ///
    /// # Errors
    /// When the sink stops, or the file can't be read back.
    pub(super) fn replay(mut self, out: &mut dyn EventSink) -> Result<(), SourceError> {
        self.file.seek(SeekFrom::Start(0))?;
        let (mut left, mut payload) = (self.len, Vec::new());
        while left > 0 {
            let mut len = [0; 4];
            self.file.read_exact(&mut len)?;
            let len = u32::from_le_bytes(len);
            payload.resize(len as usize, 0);
            self.file.read_exact(&mut payload)?;
            left -= 4 + u64::from(len);
            let mut items = Items::new(&payload);
            let damaged =
                |e: FrameError| SourceError::Io(io::Error::other(format!("its spool is damaged: {e}")));
            while let Some(item) = items.next().map_err(damaged)? {
                match item {
                    FrameItem::Event(row) => out.emit(&row)?,
                    FrameItem::Reject(reject) => out.reject(&reject)?,
                    FrameItem::Ignored(n) => out.ignored(n)?,
                    FrameItem::Checkpoint(at, state) => out.checkpoint(at, state)?,
                    FrameItem::Progress(done) => out.progress(done)?,
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::frame::{Decoder, Frame, FrameWriter};
    use super::*;
    use workhours_plugin_api::testing::MemorySink;
    use workhours_plugin_api::{Position, Span};

    fn batches(lines: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = FrameWriter::new(&mut bytes);
        for n in 0..lines {
            let raw = format!("line {n}");
            let span = Span { offset: n * 20, line: n + 1, raw: raw.as_bytes() };
            writer.event(&EventRow { span, kind: "a.b", ..EventRow::default() }).unwrap();
            writer.checkpoint(Position { offset: n * 20 + 20, lines: n + 1 }, b"s").unwrap();
        }
        writer.flush().unwrap();
        bytes
    }

    #[test]
    fn what_goes_in_comes_out_in_order() {
        // More than stays in memory.
        let lines = 600_000;
        let mut spool = Spool::new(Path::new("/nowhere"));
        let mut decoder = Decoder::new(1 << 20);
        decoder.push(&batches(lines));
        while let Some(frame) = decoder.next().unwrap() {
            let Frame::Batch(payload) = frame else { panic!("{frame:?}") };
            spool.push(payload, |_| {}).unwrap();
        }
        assert!(spool.len() > IN_MEMORY as u64);
        assert_eq!((spool.counts().events, spool.counts().reach), (lines, lines * 20));
        let mut sink = MemorySink::default();
        spool.replay(&mut sink).unwrap();
        assert_eq!(sink.events.len() as u64, lines);
        assert!(sink.events.iter().zip(1..).all(|(e, n)| e.line == n));
        assert_eq!(sink.checkpoints.len() as u64, lines);
    }

    #[test]
    fn a_stop_ends_it() {
        let mut spool = Spool::new(Path::new("/nowhere"));
        let mut decoder = Decoder::new(1 << 20);
        decoder.push(&batches(10));
        let Some(Frame::Batch(payload)) = decoder.next().unwrap() else { panic!() };
        spool.push(payload, |_| {}).unwrap();
        let mut sink = MemorySink::stop_after(3);
        assert!(matches!(spool.replay(&mut sink), Err(SourceError::Stopped)));
        assert_eq!(sink.events.len(), 3);
    }

    #[test]
    fn what_is_no_batch_is_refused() {
        let refused = Spool::new(Path::new("/nowhere")).push(b"\x09", |_| {});
        assert!(matches!(refused, Err(Refused::Bad(_))), "{refused:?}");
    }
}
