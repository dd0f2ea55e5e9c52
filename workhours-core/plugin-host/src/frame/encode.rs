//! Writing frames: the worker's side.

use super::*;
use std::io::{self, Write};
use std::time::{Duration, Instant};
use workhours_plugin_api::{EventRow, EventTime, Position, Reject, RowFlags, Value, Zone};

/// An unfinished batch is written after this time, so that the host sees that the plugin lives.
const LATE: Duration = Duration::from_millis(250);

/// Collects what a source pushes and writes it in frames.
pub struct FrameWriter<W: Write> {
    out: W,
    /// A batch under construction, with room for its header in front.
    batch: Vec<u8>,
    since: Instant,
    end: End,
}

impl<W: Write> FrameWriter<W> {
    /// Writes to `out`, a frame a call.
    pub fn new(out: W) -> Self {
        let mut batch = Vec::with_capacity(FULL + SLACK);
        batch.resize(HEAD, 0);
        Self { out, batch, since: Instant::now(), end: End::default() }
    }

    /// The frame that must be first.
    ///
    /// # Errors
    /// As all of these: when the host is gone.
    pub fn hello(&mut self, hello: &Hello) -> io::Result<()> {
        let mut frame = vec![0; HEAD];
        text(&mut frame, hello.enforced.as_bytes());
        text(&mut frame, hello.sdk.as_bytes());
        number(&mut frame, hello.abi.0.into());
        number(&mut frame, hello.abi.1.into());
        number(&mut frame, hello.manifests.len() as u64);
        hello.manifests.iter().for_each(|json| text(&mut frame, json.as_bytes()));
        self.write(HELLO, frame)
    }

    /// One event.
    ///
    /// # Errors
    /// When the host is gone.
    pub fn event(&mut self, row: &EventRow<'_>) -> io::Result<()> {
        let b = &mut self.batch;
        b.push(ITEM_EVENT);
        number(b, row.flags.0.into());
        number(b, row.span.offset);
        number(b, row.span.line);
        time(b, row.time);
        time(b, row.end);
        let raw = row.span.raw;
        text(b, raw);
        text(b, row.kind.as_bytes());
        part(b, raw, row.key);
        for field in [
            row.url,
            row.referrer,
            row.title,
            row.text,
            row.host,
            row.user,
            row.agent,
            row.peer,
            row.key_host,
            row.key_user,
        ] {
            part(b, raw, field.0);
        }
        part(b, raw, row.series);
        b.extend_from_slice(&row.revision.to_le_bytes());
        number(b, row.tags.len() as u64);
        row.tags.iter().for_each(|tag| text(b, tag.0));
        number(b, row.attrs.len() as u64);
        for attr in row.attrs {
            text(b, attr.key.as_bytes());
            match attr.value {
                Value::Str(s) => {
                    b.push(1);
                    text(b, s.0);
                }
                Value::Int(i) => {
                    b.push(2);
                    b.extend_from_slice(&i.to_le_bytes());
                }
                Value::Float(f) => {
                    b.push(3);
                    b.extend_from_slice(&f.to_le_bytes());
                }
                Value::Bool(v) => b.extend_from_slice(&[4, v.into()]),
            }
        }
        self.end.events += 1;
        self.written()
    }

    /// One rejected record.
    ///
    /// # Errors
    /// When the host is gone.
    pub fn reject(&mut self, reject: &Reject<'_>) -> io::Result<()> {
        let b = &mut self.batch;
        b.push(ITEM_REJECT);
        number(b, reject.code as u64);
        number(b, if reject.provisional { RowFlags::PROVISIONAL.0.into() } else { 0 });
        number(b, reject.span.offset);
        number(b, reject.span.line);
        text(b, reject.span.raw);
        text(b, reject.reason.as_bytes());
        self.end.rejects += 1;
        self.written()
    }

    /// Lines that aren't records.
    ///
    /// # Errors
    /// When the host is gone.
    pub fn ignored(&mut self, n: u64) -> io::Result<()> {
        self.batch.push(ITEM_IGNORED);
        number(&mut self.batch, n);
        self.end.ignored = self.end.ignored.saturating_add(n);
        self.written()
    }

    /// Reading may resume at `at`.
    ///
    /// # Errors
    /// When the host is gone.
    pub fn checkpoint(&mut self, at: Position, state: &[u8]) -> io::Result<()> {
        let b = &mut self.batch;
        b.push(ITEM_CHECKPOINT);
        number(b, at.offset);
        number(b, at.lines);
        text(b, state);
        self.written()
    }

    /// A sign of life.
    ///
    /// # Errors
    /// When the host is gone.
    pub fn progress(&mut self, done: u64) -> io::Result<()> {
        self.batch.push(ITEM_PROGRESS);
        number(&mut self.batch, done);
        self.written()
    }

    /// The last frame, with the counts.
    ///
    /// # Errors
    /// When the host is gone.
    pub fn end(&mut self, status: i32, message: &str) -> io::Result<()> {
        self.flush()?;
        let mut frame = vec![0; HEAD];
        number(&mut frame, u64::from(status.cast_unsigned()));
        text(&mut frame, message.as_bytes());
        for count in [self.end.events, self.end.rejects, self.end.ignored] {
            number(&mut frame, count);
        }
        self.write(END, frame)
    }

    /// Writes the batch as it is.
    ///
    /// # Errors
    /// When the host is gone.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.batch.len() == HEAD {
            return Ok(());
        }
        let written = seal(BATCH, &mut self.batch).and_then(|()| self.out.write_all(&self.batch));
        self.batch.truncate(HEAD);
        self.since = Instant::now();
        written
    }

    fn written(&mut self) -> io::Result<()> {
        if self.batch.len() >= FULL || self.since.elapsed() >= LATE { self.flush() } else { Ok(()) }
    }

    fn write(&mut self, kind: u8, mut frame: Vec<u8>) -> io::Result<()> {
        seal(kind, &mut frame)?;
        self.out.write_all(&frame)
    }
}

/// A crash frame: made without allocating, for a signal handler.
pub fn crash_frame(signal: i32, value: u64, pages: u64) -> [u8; CRASH_FRAME] {
    let mut frame = [0; CRASH_FRAME];
    frame[0] = CRASH;
    frame[1..HEAD].copy_from_slice(&((CRASH_FRAME - HEAD) as u32).to_le_bytes());
    frame[HEAD..HEAD + 4].copy_from_slice(&signal.to_le_bytes());
    frame[HEAD + 4..HEAD + 12].copy_from_slice(&value.to_le_bytes());
    frame[HEAD + 12..].copy_from_slice(&pages.to_le_bytes());
    frame
}

/// Fills in the head of a frame.
fn seal(kind: u8, frame: &mut [u8]) -> io::Result<()> {
    let len = u32::try_from(frame.len() - HEAD).map_err(|_| io::Error::other("a frame of 4 GiB"))?;
    frame[0] = kind;
    frame[1..HEAD].copy_from_slice(&len.to_le_bytes());
    Ok(())
}

fn number(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn text(out: &mut Vec<u8>, bytes: &[u8]) {
    number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// A field of a record whose raw bytes are already known: mostly it is a part of them, and needn't be sent twice.
fn part(out: &mut Vec<u8>, raw: &[u8], bytes: &[u8]) {
    let at = bytes.as_ptr().addr().wrapping_sub(raw.as_ptr().addr());
    let inside = !bytes.is_empty() && at.checked_add(bytes.len()).is_some_and(|end| end <= raw.len());
    number(out, (bytes.len() as u64) << 1 | u64::from(inside));
    if inside {
        number(out, at as u64);
    } else {
        out.extend_from_slice(bytes);
    }
}

fn time(out: &mut Vec<u8>, time: Option<EventTime>) {
    let Some(t) = time else { return out.push(0) };
    let (zone, offset) = match t.zone {
        Zone::Unknown => (1, 0),
        Zone::Offset(minutes) => (2, minutes),
        Zone::Local => (3, 0),
    };
    out.extend_from_slice(&[zone, t.precision as u8]);
    out.extend_from_slice(&t.secs.to_le_bytes());
    out.extend_from_slice(&t.nanos.to_le_bytes());
    if zone == 2 {
        out.extend_from_slice(&offset.to_le_bytes());
    }
}
