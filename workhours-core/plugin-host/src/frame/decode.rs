//! Reading frames: the host's side, where every byte is a stranger's.
//!
//! Doesn't decode the content of a batch: `items` does, on demand.

use super::take::{Result, Take, wrong};
use super::*;
use std::fmt;

/// Bytes that aren't frames, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameError(pub String);

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FrameError {}

/// A frame; the payload of a batch is still to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame<'b> {
    /// The plugin is loaded.
    Hello(Hello),
    /// Its records.
    Batch(&'b [u8]),
    /// It has returned.
    End(End),
    /// It was killed.
    Crash(Crash),
}

/// Takes frames out of a stream of bytes.
#[derive(Debug)]
pub struct Decoder {
    buf: Vec<u8>,
    /// Bytes of the last returned frame, which are dropped with the next call.
    done: usize,
    largest: usize,
}

impl Decoder {
    /// Rejects frames that are larger than one event of this many bytes could need.
    pub fn new(largest_event: usize) -> Self {
        Self { buf: Vec::new(), done: 0, largest: largest_event.saturating_add(SLACK) }
    }

    /// Takes what arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buf.drain(..self.done);
        self.done = 0;
        self.buf.extend_from_slice(bytes);
    }

    /// Bytes of memory held.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.buf.capacity()
    }

    /// Whether part of a frame is here.
    pub fn is_torn(&self) -> bool {
        self.buf.len() > self.done
    }

    /// The next frame, if all of it is here.
    ///
    /// # Errors
    /// When the bytes are invalid. The stream can't be read further then.
    #[allow(clippy::should_implement_trait)] // lends the buffer
    pub fn next(&mut self) -> Result<Option<Frame<'_>>> {
        let rest = &self.buf[self.done..];
        let Some((head, rest)) = rest.split_first_chunk::<HEAD>() else { return Ok(None) };
        let len = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
        if !(HELLO..=CRASH).contains(&head[0]) {
            return wrong(format!("a frame of the unknown kind {}", head[0]));
        }
        if len > self.largest {
            return wrong(format!("a frame of {len} bytes; {} are allowed", self.largest));
        }
        let Some(payload) = rest.get(..len) else { return Ok(None) };
        self.done += HEAD + len;
        let mut take = Take(payload);
        let frame = match head[0] {
            BATCH => return Ok(Some(Frame::Batch(payload))),
            HELLO => Frame::Hello(take.hello()?),
            END => Frame::End(take.end()?),
            _ => Frame::Crash(take.crash()?),
        };
        if !take.0.is_empty() {
            return wrong("a frame that is longer than its content");
        }
        Ok(Some(frame))
    }
}
