//! The contract between workhours and everything that reads a format.
//!
//! A source implements [`IDataSource`]: it reads an [`Input`] and *pushes* records into an [`EventSink`].
//! A record implements [`IEventRecord`]: it knows how to show itself as an [`EventRow`]. That is all a
//! source does. Batches, databases, time zones, identities, redaction and places belong to the host.
//!
//! The rules of the ABI, which apply to dynamic libraries too:
//!
//! * Rows are borrowed for the length of one call and copied by the host; nothing owned crosses.
//! * A sink call that returns [`Stop`] means "return now": `?` does that.
//! * A source looks up no zone, no clock, no environment and no other file.
//! * The same bytes produce the same records, on any machine and any number of times.
//!
//! A source of lines such as `1772355600 wrote the offer`, and a test of it:
//!
//! ```
//! use workhours_plugin_api::testing::parse_bytes;
//! use workhours_plugin_api::*;
//!
//! struct Notes;
//!
//! static INFO: SourceInfo = SourceInfo {
//!     name: "my.notes",
//!     aliases: &[],
//!     summary: "Notes with a Unix time before them",
//!     details: "One note a line: seconds, a space, text.",
//!     authority: "",
//!     activity: Activity::Human,
//!     growth: Growth::Append,
//!     kinds: &["note"],
//!     input: InputNeed::Read,
//!     locations: &[],
//!     companions: &[],
//!     options: &[],
//!     sample: Sample { bytes: b"1772355600 wrote the offer\n", events: 1, rejects: 0 },
//! };
//!
//! impl IDataSource for Notes {
//!     fn info(&self) -> &'static SourceInfo {
//!         &INFO
//!     }
//!
//!     fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
//!         let mut lines = Lines::new(input);
//!         while let Some(line) = lines.next()? {
//!             let (span, end) = (line.span, line.end);
//!             let text = std::str::from_utf8(line.bytes()).unwrap_or_default();
//!             let parts = text.split_once(' ').and_then(|(secs, note)| Some((secs.parse().ok()?, note)));
//!             match parts {
//!                 Some((secs, note)) => out.emit(&EventRow {
//!                     span,
//!                     kind: "note",
//!                     time: Some(EventTime::from_unix(secs)),
//!                     text: note.into(),
//!                     ..EventRow::default()
//!                 })?,
//!                 None => out.reject(&Reject {
//!                     span,
//!                     code: RejectCode::Malformed,
//!                     reason: "expected seconds, a space and a note",
//!                     provisional: !line.terminated,
//!                 })?,
//!             }
//!             out.checkpoint(end, &[])?;
//!         }
//!         Ok(())
//!     }
//! }
//!
//! let found = parse_bytes(&Notes, b"1772355600 wrote the offer\nnot a note\n");
//! assert_eq!((found.events.len(), found.rejects.len()), (1, 1));
//! ```
//!
//! This crate depends on nothing in the workspace and on two small crates outside it, and shows no type of
//! theirs. It is not the place for helpers that only built-in sources want.

pub mod abi;
pub mod civil;
mod error;
mod folder;
mod input;
mod lines;
mod registry;
mod row;
mod sink;
mod source;
#[cfg(feature = "testing")]
pub mod testing;
mod time;

pub use abi::entry::SourceEntry;
pub use error::SourceError;
pub use folder::{FolderReader, folder_readers};
pub use input::{Input, InputHost, Resume};
pub use lines::{Line, Lines, MAX_RECORD_BYTES};
pub use registry::built_in_sources;
pub use row::{Attr, EventRow, IEventRecord, RowFlags, Span, Text, Value};
pub use sink::{EventSink, Position, Reject, RejectCode, Stop};
pub use source::{Activity, Growth, IDataSource, InputNeed, Location, Os, Sample, SourceInfo, SourceOption};
pub use time::{EventTime, Precision, Zone};

/// Names that [`export_source!`] needs from another crate. Not part of the contract.
#[doc(hidden)]
#[cfg(feature = "inventory")]
pub mod __private {
    pub use inventory;
}
