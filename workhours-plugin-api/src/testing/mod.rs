//! The test kit: runs a source in memory, inspects its records, compares them with a fixture folder.
//!
//! Behind the feature `testing`. Not for production: everything is copied and kept.

mod check;
mod fixture;
mod memory;

pub use check::{CHECKS, Check, check_source};
pub use fixture::{Fixture, fixtures_in};
pub use memory::{Event, MemoryInput, MemorySink, Rejected, parse_bytes};
