//! The test kit: run a source in memory, look at what it gave, compare it with a fixture folder.
//!
//! Behind the feature `testing`. Not for production: everything is copied and kept.

mod check;
mod fixture;
mod memory;

pub use check::{CHECKS, Check, check_source};
pub use fixture::{Fixture, fixtures_in};
pub use memory::{Event, MemoryInput, MemorySink, Rejected, parse_bytes};
