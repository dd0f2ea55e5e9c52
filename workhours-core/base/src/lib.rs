//! Shared by every part of the engine: errors, names, time zones and periods, tables, files, settings. Knows no event
//! and no database.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

pub mod ago;
pub mod budget;
pub mod database;
pub mod disk;
pub mod duration;
pub mod environment;
pub mod error;
pub mod file;
pub mod input;
pub mod names;
pub mod priority;
pub mod secret;
pub mod table;
pub mod token;
pub mod vocabulary;
pub mod when;
pub mod zones;

/// A text of an event or of a cell. Up to 24 bytes, which hosts, users, kinds and sources hardly ever exceed, need no
/// separate allocation; allocations are what makes reading many events slow.
pub use compact_str::CompactString as Text;
