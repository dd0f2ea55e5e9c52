//! Tells a server to stop, from any thread that received a signal.

use std::sync::Arc;
use tokio::sync::watch;

/// Ends a server.
#[derive(Clone)]
pub struct Stopper(Arc<watch::Sender<bool>>);

impl Stopper {
    /// Ends it; once is enough.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

/// Waits for that.
pub(super) struct Stop(watch::Receiver<bool>);

impl Stop {
    pub(super) async fn asked(&mut self) {
        // The server keeps a sender for as long as it runs.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

pub(super) fn pair() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(Arc::new(sender)), Stop(receiver))
}
