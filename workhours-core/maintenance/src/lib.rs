//! What changes or checks everything that is stored at once: database, copies, index and snapshots. Stands above all the
//! others.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

pub mod deep;
pub mod purge;
pub mod redaction;
