//! Where a source pushes its records.

use crate::row::{IEventRecord, Span};

/// The sink needs no more: return from `parse` now. `?` turns it into
/// [`SourceError::Stopped`](crate::SourceError::Stopped).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop;

/// A place between two records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Bytes of the decompressed input before it.
    pub offset: u64,
    /// Lines of the input before it.
    pub lines: u64,
}

/// Why a record was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RejectCode {
    /// It does not follow the format.
    Malformed = 1,
    /// It follows the format but is deliberately not read.
    Skipped = 2,
    /// Its date does not exist or cannot be read.
    BadTime = 3,
    /// It is not text.
    BadText = 4,
    /// It is cut.
    Truncated = 5,
    /// It is longer than a record may be.
    TooLong = 6,
}

impl RejectCode {
    /// All of them, in order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Malformed, Self::Skipped, Self::BadTime, Self::BadText, Self::Truncated, Self::TooLong];

    /// The code of a number.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|code| *code as u32 == number)
    }

    /// The word used in reports and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Skipped => "skipped",
            Self::BadTime => "bad-time",
            Self::BadText => "bad-text",
            Self::Truncated => "truncated",
            Self::TooLong => "too-long",
        }
    }
}

/// A rejected record: its position, and a reason that a user can act on.
#[derive(Clone, Copy, Debug)]
pub struct Reject<'a> {
    /// Its position; `raw` may be only its beginning.
    pub span: Span<'a>,
    /// The class of the reason.
    pub code: RejectCode,
    /// The reason: what was expected and what was found.
    pub reason: &'a str,
    /// The last record of an input whose end may still be missing: it is read again next time.
    pub provisional: bool,
}

/// Where a source pushes records, in the order of the input.
///
/// Every record of the input ends in exactly one of `emit`, `reject` and `ignored`. Each call may return [`Stop`]; the
/// source then returns at once, and records up to its last checkpoint are kept.
pub trait EventSink {
    /// One record. The host calls `to_event_row` once, copies, and keeps nothing borrowed.
    fn emit(&mut self, record: &dyn IEventRecord) -> Result<(), Stop>;

    /// One rejected record. It is stored with its position and reason; it doesn't fail the run.
    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), Stop>;

    /// `n` lines or entries that aren't records: blank lines, comments.
    fn ignored(&mut self, n: u64) -> Result<(), Stop>;

    /// All records before `at` have been pushed, and reading may resume there if `state` is passed back in
    /// [`Resume`](crate::Resume). Call it after each record; it costs almost nothing. A source of whole documents never
    /// calls it.
    fn checkpoint(&mut self, at: Position, state: &[u8]) -> Result<(), Stop>;

    /// A sign of life from a source that can go long without a record. `done` is in bytes of the input.
    fn progress(&mut self, done: u64) -> Result<(), Stop>;
}
