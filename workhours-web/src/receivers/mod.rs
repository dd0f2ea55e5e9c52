//! The state of what programs send: the spool, who may send, and the heartbeats that came a while ago.

mod buckets;
mod clients;
mod heartbeats;

pub(crate) use buckets::{About, Activity, BucketStream, Buckets, SOURCE as ACTIVITYWATCH, iso, micros};
pub(crate) use clients::{ByHash, Client, Clients, shown};
pub(crate) use heartbeats::{Heartbeat, Remembered, of_body};

use std::sync::Arc;
use tokio::sync::{Mutex, Semaphore};
use workhours_core::listen::Counts;
use workhours_core::watch::Spool;

/// Bodies that may be in memory at once.
const AT_ONCE: usize = 4;

/// The state of the receivers.
pub(crate) struct Receivers {
    pub(crate) spool: Arc<Spool>,
    /// What those at sockets count, by their names.
    pub(crate) received: Vec<(String, Arc<Counts>)>,
    pub(crate) clients: Clients,
    /// Seats for large bodies.
    pub(crate) seats: Arc<Semaphore>,
    /// Held while heartbeats are stored.
    pub(crate) remembered: Mutex<Remembered>,
    /// Held while events of buckets are stored.
    pub(crate) buckets: Arc<Mutex<Buckets>>,
}

impl Receivers {
    pub(crate) fn new(spool: Arc<Spool>, received: Vec<(String, Arc<Counts>)>) -> Self {
        Self {
            spool,
            received,
            clients: Clients::default(),
            seats: Arc::new(Semaphore::new(AT_ONCE)),
            remembered: Mutex::default(),
            buckets: Arc::default(),
        }
    }
}
