//! What a worker says to its host: frames on a pipe, written by a process that may be under another's control.
//!
//! A frame is its kind (one byte), the length of its payload (four bytes, little-endian) and the payload. HELLO
//! comes first and END last; BATCH holds events, rejects, ignored counts and checkpoints in the order in which
//! the source pushed them; CRASH is what a signal handler could still write. Numbers in payloads are LEB128,
//! strings a length and bytes. A field of an event has twice its length, and an odd one stands in the record's raw
//! bytes, where the next number says: most fields do, and so half of the bytes need no pipe.
//!
//! Nothing here knows processes or files. What the decoder returns is as checked as what the border's own host
//! side passes on, but for what the manifest must tell (the kinds); and no input makes it panic, or allocate for
//! bytes that did not come.

mod decode;
mod encode;
mod items;
mod take;
#[cfg(test)]
mod tests;

pub use decode::{Decoder, Frame, FrameError};
pub use encode::{FrameWriter, crash_frame};
pub use items::{Counts, Item, Items, validate, validate_with};

/// The first frame: the plugin is loaded, and the sandbox closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hello {
    /// The sandbox in force.
    pub enforced: String,
    /// What the plugin was built with, in its own words.
    pub sdk: String,
    /// The version of the border it was built for.
    pub abi: (u16, u16),
    /// The manifests of its sources.
    pub manifests: Vec<String>,
}

/// The last frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// How it ended: a status of the border; 0 is well.
    pub status: i32,
    /// What there is to say about it.
    pub message: String,
    /// Events before it.
    pub events: u64,
    /// Rejects before it.
    pub rejects: u64,
    /// Lines that are no records before it.
    pub ignored: u64,
}

/// What killed the worker, as far as its signal handler could tell.
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
/// Room in a frame beside one event of the largest size.
const SLACK: usize = 128 << 10;
/// Tags or attributes of one event.
pub const MAX_LIST: usize = 10_000;

const ITEM_EVENT: u8 = 1;
const ITEM_REJECT: u8 = 2;
const ITEM_IGNORED: u8 = 3;
const ITEM_CHECKPOINT: u8 = 4;
const ITEM_PROGRESS: u8 = 5;
