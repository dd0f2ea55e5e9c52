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

pub use error::SourceError;
pub use folder::{FolderReader, folder_readers};
pub use input::{Input, InputHost, Resume};
pub use lines::{Line, Lines, MAX_RECORD_BYTES};
pub use registry::{SourceEntry, built_in_sources};
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
