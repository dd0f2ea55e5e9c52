//! How much time an answer may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long an answer may take.
#[derive(Clone, Debug, Default)]
pub struct Budget {
    until: Option<Instant>,
    cancelled: Option<Arc<AtomicBool>>,
}

impl Budget {
    /// Until the answer is there.
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// No longer than that from now on.
    pub fn of(time: Duration) -> Self {
        Self { until: Instant::now().checked_add(time), cancelled: None }
    }

    /// Also ends when this becomes true: the request was cancelled.
    pub fn or_until(self, cancelled: Arc<AtomicBool>) -> Self {
        Self { cancelled: Some(cancelled), ..self }
    }

    /// The time left, or `None` if it isn't limited.
    pub fn left(&self) -> Option<Duration> {
        self.until.map(|until| until.saturating_duration_since(Instant::now()))
    }

    /// Whether to stop.
    pub fn is_spent(&self) -> bool {
        self.cancelled.as_ref().is_some_and(|cancelled| cancelled.load(Ordering::Relaxed))
            || self.until.is_some_and(|until| Instant::now() >= until)
    }
}
