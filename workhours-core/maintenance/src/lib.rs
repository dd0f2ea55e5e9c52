//! Changes and checks of everything that is stored: database, copies, index and snapshots. Above all the other crates.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

pub mod deep;
pub mod purge;
pub mod redaction;
