//! The protocol of a worker and its host: frames on a pipe, written by a process that may be under another's control.
//!
//! A frame is its kind (one byte), the length of its payload (four bytes, little-endian) and the payload. HELLO comes
//! first and END last. BATCH contains events, rejects, ignored counts and checkpoints in the order in which the source
//! pushed them. CRASH is what a signal handler could still write. Numbers in payloads are LEB128, strings a length and
//! bytes. A field of an event has twice its length; an odd value means that the field is part of the record's raw
//! bytes, at the position of the next number. Most fields are, so half of the bytes needn't go through the pipe.
//!
//! Nothing here knows processes or files. What the decoder returns is as checked as the output of the ABI's own host
//! side, except for the kinds, which need the manifest. No input makes it panic, or allocate for bytes that weren't
//! sent.

mod decode;
mod encode;
mod items;
mod take;
#[cfg(test)]
mod tests;

pub use decode::{Decoder, Frame, FrameError};
pub use encode::{FrameWriter, crash_frame};
pub use items::{Counts, FrameItem, Items, validate, validate_with};

/// The first frame: the plugin is loaded, and the sandbox closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hello {
    /// The sandbox in force.
    pub enforced: String,
    /// The plugin's SDK, as it describes itself.
    pub sdk: String,
    /// The version of the ABI it was built for.
    pub abi: (u16, u16),
    /// The manifests of its sources.
    pub manifests: Vec<String>,
}

/// The last frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// How it ended: a status of the ABI; 0 means success.
    pub status: i32,
    /// The message.
    pub message: String,
    /// Events before it.
    pub events: u64,
    /// Rejects before it.
    pub rejects: u64,
    /// Lines before it that aren't records.
    pub ignored: u64,
}

/// What killed the worker, as far as its signal handler knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash {
    /// The signal.
    pub signal: i32,
    /// For SIGSYS the number of the system call, for a fault its address.
    pub value: u64,
    /// Pages of address space in use.
    pub pages: u64,
}

const HELLO: u8 = 1;
const BATCH: u8 = 2;
const END: u8 = 3;
const CRASH: u8 = 4;

/// Bytes before the payload.
const HEAD: usize = 5;
/// Bytes of a crash frame, whole.
pub const CRASH_FRAME: usize = HEAD + 20;
/// A batch is written when it has this many bytes.
const FULL: usize = 64 << 10;
/// Room in a frame in addition to one event of the largest size.
const SLACK: usize = 128 << 10;
/// Tags or attributes of one event.
pub const MAX_LIST: usize = 10_000;

const ITEM_EVENT: u8 = 1;
const ITEM_REJECT: u8 = 2;
const ITEM_IGNORED: u8 = 3;
const ITEM_CHECKPOINT: u8 = 4;
const ITEM_PROGRESS: u8 = 5;
