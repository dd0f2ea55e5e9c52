//! From a source's row to a stored event: identity, time, text, places. All of it on the parsing thread,
//! none of it knows a database.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod attrs;
mod builder;
pub mod chunk;
mod columns;
mod flags;
mod identity;
mod ids;
mod ordinals;
mod places;
mod redact;
mod scratch;
mod stored;
mod tagging;
mod text;
mod time;
mod wall;

pub use builder::{EventBuilder, InputFacts, Rules};
pub use columns::{COLUMNS as EVENT_COLUMNS, cells as event_cells};
pub use flags::{flag_names, host_flags};
pub use identity::{EventId, Identity, Number, hash64};
pub use ids::{BatchId, FileId, InputId, Seq, TaskId};
pub use ordinals::Ordinals;
pub use places::{Place, split as split_url};
pub use redact::{RedactionSettings, Redactor, Secret};
pub use stored::StoredEvent;
pub use tagging::{TagField, TagRule, Taggable, Tagger};
pub use text::{MAX_TEXT_BYTES, portable};
pub use time::{Resolved, resolve};
pub use wall::{Reading, WallClock};

/// A longer duration is a holiday in a calendar, or a stopped clock.
pub const LONGEST_US: i64 = 12 * 3_600_000_000;

/// An event ready to be stored, its numbers in the types of their columns. Borrowed: its texts live in a
/// [`chunk`] or in the builder's buffers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NewEvent<'a> {
    /// The identity, in order of time.
    pub id: EventId,
    /// µs since the Unix epoch; `None` for an undated event.
    pub date: Option<i64>,
    /// Minutes east of UTC where it happened, if known.
    pub offset_min: Option<i16>,
    /// [`workhours_plugin_api::Precision`] as a number.
    pub precision: i16,
    /// The source's and the host's remarks, a set of bits.
    pub flags: i32,
    /// How long it took, µs.
    pub duration_us: Option<i64>,
    /// Its kind.
    pub kind: &'a str,
    /// The place it is about.
    pub place_id: Option<i64>,
    /// The place it came from.
    pub referrer_id: Option<i64>,
    /// The program that acted.
    pub agent_id: Option<i64>,
    /// The address, if it isn't a place: a path without a host.
    pub url: Option<&'a str>,
    /// One line that names it.
    pub title: Option<&'a str>,
    /// Its content.
    pub text: Option<&'a str>,
    /// The machine.
    pub host: Option<&'a str>,
    /// The other end.
    pub peer: Option<&'a str>,
    /// The user.
    pub user: Option<&'a str>,
    /// A JSON object of all else.
    pub meta: Option<&'a str>,
    /// Its position in its logical file.
    pub offset: i64,
    /// How many bytes it takes there.
    pub length: i64,
    /// The series it belongs to, for the loader; no column.
    pub series: Option<i64>,
    /// The version of that.
    pub revision: i64,
    /// Its number among equal records of its file, for the loader; no column.
    pub number: Number,
}
