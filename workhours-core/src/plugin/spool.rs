//! What a worker pushed, kept aside until it has said that all is well: nothing of a plugin that fails is loaded.
//! Small amounts stay in memory, large ones go to a private file.

use super::frame::{Counts, FrameError, Item, Items, validate};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use tempfile::SpooledTempFile;
use workhours_plugin_api::{EventSink, SourceError};

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
    /// It is none.
    Bad(FrameError),
    /// It could not be kept.
    Io(io::Error),
}

impl Spool {
    /// An empty one, whose file would lie in `tmp`.
    pub(super) fn new(tmp: &Path) -> Self {
        let dir = if tmp.is_dir() { tmp.to_owned() } else { std::env::temp_dir() };
        Self { file: tempfile::spooled_tempfile_in(IN_MEMORY, dir), len: 0, counts: Counts::default() }
    }

    /// Takes a batch after reading it through.
    pub(super) fn push(&mut self, payload: &[u8]) -> Result<(), Refused> {
        let counts = validate(payload).map_err(Refused::Bad)?;
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

    /// What it holds.
    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// Pushes all of it on, in the order in which it came.
    ///
    /// # Errors
    /// When the sink says stop, or the file cannot be read back.
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
                    Item::Event(row) => out.emit(&row)?,
                    Item::Reject(reject) => out.reject(&reject)?,
                    Item::Ignored(n) => out.ignored(n)?,
                    Item::Checkpoint(at, state) => out.checkpoint(at, state)?,
                    Item::Progress(done) => out.progress(done)?,
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
    use workhours_plugin_api::{EventRow, Position, Span};

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
            spool.push(payload).unwrap();
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
        spool.push(payload).unwrap();
        let mut sink = MemorySink::stop_after(3);
        assert!(matches!(spool.replay(&mut sink), Err(SourceError::Stopped)));
        assert_eq!(sink.events.len(), 3);
    }

    #[test]
    fn what_is_no_batch_is_refused() {
        let refused = Spool::new(Path::new("/nowhere")).push(b"\x09");
        assert!(matches!(refused, Err(Refused::Bad(_))), "{refused:?}");
    }
}

#[cfg(test)]
mod speed {
    #![allow(clippy::unwrap_used)]
    use super::super::frame::{Decoder, Frame, FrameWriter};
    use super::*;
    use std::time::Instant;
    use workhours_plugin_api::*;
    #[derive(Default)]
    struct Count(u64);
    impl EventSink for Count {
        fn emit(&mut self, r: &dyn IEventRecord) -> std::result::Result<(), Stop> {
            let row = r.to_event_row();
            self.0 += std::hint::black_box(row.span.raw.len() + row.text.0.len()) as u64;
            Ok(())
        }
        fn reject(&mut self, _: &Reject<'_>) -> std::result::Result<(), Stop> {
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
    #[test]
    #[ignore = "measures"]
    fn speed() {
        for _ in 0..3 {
            let n = 1_000_000u64;
            let raw = [b'r'; 110];
            let attrs = [
                Attr { key: "status", value: Value::Int(200) },
                Attr { key: "size_bytes", value: Value::Int(5120) },
            ];
            let mut bytes = Vec::with_capacity(400 << 20);
            let t = Instant::now();
            let mut w = FrameWriter::new(&mut bytes);
            for i in 0..n {
                let span = Span { offset: i * 111, line: i + 1, raw: &raw };
                w.event(&EventRow {
                    span,
                    time: Some(EventTime::from_unix(1_700_000_000)),
                    kind: "web.request",
                    url: Text(&raw[..30]),
                    agent: Text(&raw[..40]),
                    host: Text(b"10.0.0.1"),
                    attrs: &attrs,
                    ..EventRow::default()
                })
                .unwrap();
                w.checkpoint(Position { offset: i * 111 + 111, lines: i + 1 }, b"").unwrap();
            }
            w.end(0, "").unwrap();
            let enc = t.elapsed();
            let t = Instant::now();
            let mut spool = Spool::new(Path::new("/tmp"));
            let mut d = Decoder::new(40 << 20);
            for piece in bytes.chunks(64 << 10) {
                d.push(piece);
                while let Some(f) = d.next().unwrap() {
                    if let Frame::Batch(p) = f {
                        spool.push(p).unwrap()
                    }
                }
            }
            let val = t.elapsed();
            let t = Instant::now();
            let mut c = Count::default();
            spool.replay(&mut c).unwrap();
            let rep = t.elapsed();
            let per = |d: std::time::Duration| d.as_nanos() as u64 / n;
            eprintln!(
                "{} B/event: encode {} validate+spool {} replay {} ns",
                bytes.len() as u64 / n,
                per(enc),
                per(val),
                per(rep)
            );
        }
    }
}
