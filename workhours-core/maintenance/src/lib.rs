//! What changes or checks everything that is stored at once: database, copies, index and snapshots. Stands above all the
//! others.

pub mod deep;
pub mod purge;
pub mod redaction;
