//! The engine of workhours: config, registry, filestore, pipeline, store, reports and outputs.
//!
//! Knows no concrete source, no argv and no HTTP. `pipeline` is the way in, `report` and `output` the way
//! out, `store` the record between them.

pub mod budget;
pub mod config;
pub mod database;
pub mod declared;
pub mod deep;
pub mod disk;
pub mod environment;
pub mod error;
pub mod event;
pub mod file;
pub mod filestore;
pub mod index;
pub mod input;
pub mod names;
pub mod output;
pub mod people;
pub mod pipeline;
pub mod plugin;
pub mod priority;
pub mod purge;
pub mod query;
pub mod redaction;
pub mod registry;
pub mod report;
pub mod scan;
pub mod search;
pub mod secret;
pub mod snapshots;
pub mod store;
pub mod table;
pub mod unmatched;
pub mod vocabulary;
pub mod when;
pub mod zones;

/// A text of an event or of a cell. Up to 24 bytes, which hosts, users, kinds and sources hardly ever exceed, need no
/// block of memory of their own; and blocks are what reading many events is slow by.
pub use compact_str::CompactString as Text;
