//! A columnar copy of the events, so that reports count ten million of them in a fraction of a second. It is a cache in a
//! folder of its own: the database stays the only truth, and the copy can always be made again from it.
//!
//! [`Writer`] follows the database's journal. [`Columns`] is a state for reading: which [`Moment`] of the database it has,
//! its dictionaries, and scans of its columns, a block of up to 4,096 rows at a time:
//!
//! ```no_run
//! # use workhours_columns::{Column, Columns, ABSENT, MANY};
//! # fn main() -> workhours_base::error::Result<()> {
//! # let (base, uuid) = (std::path::Path::new("columns"), "0123");
//! let Some(columns) = Columns::open(base, uuid)? else { return Ok(()) };
//! let Some(users) = columns.dictionary(&Column::User) else { return Ok(()) };
//! let mut counts = vec![0_u64; users.len() as usize];
//! let mut blocks = columns.blocks(None, &[Column::User]);
//! while let Some(block) = blocks.next_block()? {
//!     for row in block.live_rows() {
//!         if let Some(count) = counts.get_mut(block.ids(0)[row] as usize) {
//!             *count += 1;
//!         }
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Not here: what a question means, and what a report counts. `docs/columns.md` has the format of the files.
//!
//! [`Moment`]: workhours_store::Moment

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod column;
mod columns;
mod dead;
mod dictionary;
mod disk;
mod encoding;
mod folder;
mod manifest;
mod rows;
mod rows_file;
mod scan;
#[cfg(test)]
mod tests;
mod value;
mod writer;

pub use column::Column;
pub use columns::{Columns, Status, status, verify};
pub use dictionary::{Dictionary, IdSet};
pub use scan::{Block, Blocks, Ordered};
pub use value::Value;
pub use writer::{Progress, Watch, Writer};

/// The id of a row without a text in a column.
pub const ABSENT: u32 = u32::MAX;
/// The id of a row with several texts in a column: see [`Block::values`].
pub const MANY: u32 = u32::MAX - 1;
/// The date of an undated event.
pub const UNDATED: i64 = i64::MAX;
/// The number of a row without one in a column.
pub const NO_NUMBER: i64 = i64::MIN;

/// Rows of a block, at most.
pub const BLOCK: usize = 4_096;
/// Rows of a segment, at most.
pub(crate) const SEGMENT: usize = 65_536;
/// Rows of a file, at most: a file is a run in order of time, and is held in memory while it is written.
pub(crate) const FILE: usize = 8 * SEGMENT;
