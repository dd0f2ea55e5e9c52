//! The host's view of a record: borrowed fields, still unresolved, still unredacted.

use crate::time::EventTime;
use std::borrow::Cow;
use std::ops::{BitOr, BitOrAssign};

/// A record as found in an input: a line, a row, an entry.
pub trait IEventRecord {
    /// The record as the host wants it. Borrows from the record; called once, right after `emit`.
    fn to_event_row(&self) -> EventRow<'_>;
}

/// Text as the source holds it: bytes that should be UTF-8. Empty means absent.
///
/// A source never decodes or repairs: the host turns invalid UTF-8 into U+FFFD and NUL into U+2400, and
/// flags the event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text<'a>(pub &'a [u8]);

impl<'a> Text<'a> {
    /// No text.
    pub const NONE: Text<'static> = Text(b"");

    /// Whether there is no text.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For people: invalid UTF-8 replaced.
    pub fn to_string_lossy(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.0)
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(s: &'a str) -> Self {
        Text(s.as_bytes())
    }
}

impl<'a> From<&'a [u8]> for Text<'a> {
    fn from(s: &'a [u8]) -> Self {
        Text(s)
    }
}

impl<'a> From<&'a Vec<u8>> for Text<'a> {
    fn from(s: &'a Vec<u8>) -> Self {
        Text(s)
    }
}

impl<'a> From<&'a String> for Text<'a> {
    fn from(s: &'a String) -> Self {
        Text(s.as_bytes())
    }
}

/// The value of an [`Attr`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Text.
    Str(Text<'a>),
    /// An integer.
    Int(i64),
    /// A number; not-a-number and infinities are stored as null.
    Float(f64),
    /// Yes or no.
    Bool(bool),
}

/// One fact more than the fixed fields hold: it becomes a key of the event's `meta` object.
///
/// Keys are `snake_case`, unique in a row, and carry their unit (`size_bytes`, `elapsed_ms`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attr<'a> {
    /// The key in `meta`.
    pub key: &'a str,
    /// The value.
    pub value: Value<'a>,
}

/// The position of a record in its input, and its raw bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span<'a> {
    /// Offset of the first raw byte in the decompressed input, or a row id.
    pub offset: u64,
    /// Line of the first byte, from 1; 0 when the input has no lines.
    pub line: u64,
    /// The record as it is in the input, without its line end. Empty for a row of a database.
    pub raw: &'a [u8],
}

/// Remarks on a row; a set of bits. Bits 0–15 are a source's to set, the rest are the host's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RowFlags(pub u32);

impl RowFlags {
    /// Nothing to remark.
    pub const NONE: Self = Self(0);
    /// The last record of the input, which may still grow: no line end was seen, or the format lets lines follow.
    pub const PROVISIONAL: Self = Self(1);
    /// Second 60, counted as 59.
    pub const LEAP_SECOND: Self = Self(1 << 1);
    /// The source stores no year; it was inferred.
    pub const INFERRED_YEAR: Self = Self(1 << 2);
    /// The record is cut or its end is malformed; the readable part is here.
    pub const MALFORMED_TAIL: Self = Self(1 << 3);
    /// A number did not fit or made no sense and was left out.
    pub const BAD_NUMBER: Self = Self(1 << 4);
    /// A date was there but could not be read; the event is undated.
    pub const BAD_TIME: Self = Self(1 << 5);
    /// The record names an unknown time zone; its local time is read in the input's zone.
    pub const UNKNOWN_ZONE: Self = Self(1 << 6);
    /// Part of the record is in no field because its meaning is not known.
    pub const UNPLACED: Self = Self(1 << 7);
    /// The text declares no encoding and is not UTF-8; it was read as windows-1252.
    pub const GUESSED_ENCODING: Self = Self(1 << 8);

    /// The bits a source may set.
    pub const SOURCE_BITS: Self = Self(0xffff);

    /// Whether all bits of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for RowFlags {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for RowFlags {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// One event as the source describes it. Everything is borrowed; everything except `span` and `kind` may be absent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EventRow<'a> {
    /// Its position and its raw bytes, from which the host makes the identity if there is no `key`.
    pub span: Span<'a>,
    /// When it happened or began. `None` for an undated record: never invent "now".
    pub time: Option<EventTime>,
    /// When it ended, if the source knows.
    pub end: Option<EventTime>,
    /// One of the source's declared kinds: `web.visit`, `shell.command`.
    pub kind: &'a str,
    /// The record's own stable id in its source (visit id, message id); empty when it has none.
    pub key: &'a [u8],
    /// The address it is about: absolute, or a path when the host is not known.
    pub url: Text<'a>,
    /// The address it came from.
    pub referrer: Text<'a>,
    /// One line that names it.
    pub title: Text<'a>,
    /// Its content: the command, the message, the description.
    pub text: Text<'a>,
    /// The machine where it happened, if the record names it: the host of a log line. Never the other end.
    pub host: Text<'a>,
    /// The other end: the client of a request, the machine a login came from.
    pub peer: Text<'a>,
    /// The user the record itself names.
    pub user: Text<'a>,
    /// The program that acted: user agent, browser, syslog tag.
    pub agent: Text<'a>,
    /// The user's labels.
    pub tags: &'a [Text<'a>],
    /// All else worth keeping.
    pub attrs: &'a [Attr<'a>],
    /// Remarks.
    pub flags: RowFlags,
    /// Replaces `host` in the identity of a record with a `key`; empty means `host` itself. For a source that once
    /// reported the machine differently: identities must not change.
    pub key_host: Text<'a>,
    /// Replaces `user` in the identity of a record with a `key`; empty means `user` itself. Here and in `key_host` a
    /// single NUL means empty: for a source that once reported none.
    pub key_user: Text<'a>,
    /// The series of an instance, by the record's own id: a calendar entry's UID. A later version of a document with
    /// the series replaces every instance of it. Empty for a single event.
    pub series: &'a [u8],
    /// The version of the series: a lower one never replaces a higher one.
    pub revision: i64,
}

impl EventRow<'_> {
    /// The row for the ABI: an impossible time is left out, and if it is the event's own, the row is flagged
    /// [`RowFlags::BAD_TIME`]. Sources written in Rust needn't check this.
    pub fn with_possible_times(self) -> Self {
        let time = self.time.filter(EventTime::is_possible);
        let bad = if time == self.time { RowFlags::NONE } else { RowFlags::BAD_TIME };
        Self { time, end: self.end.filter(EventTime::is_possible), flags: self.flags | bad, ..self }
    }
}

/// A row is a record that shows itself.
impl IEventRecord for EventRow<'_> {
    fn to_event_row(&self) -> EventRow<'_> {
        *self
    }
}
