//! Changes and checks of everything that is stored: database, copies, index and snapshots. Above all the other crates.

pub mod deep;
pub mod purge;
pub mod redaction;
