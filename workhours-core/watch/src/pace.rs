//! When what has changed is loaded: soon, but not for each line, and not more often than configured; and when what has
//! failed is tried again.

use std::time::{Duration, Instant};

/// A burst of changes is over when none came for this long.
const SETTLE: Duration = Duration::from_millis(50);
/// The first wait after a failure; it doubles with each.
const FIRST_RETRY: Duration = Duration::from_secs(2);
/// The longest.
const LAST_RETRY: Duration = Duration::from_secs(300);

/// How often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Least time between the beginnings of two loads.
    pub(crate) min_interval: Duration,
    /// Longest time from a change to the load, while changes keep coming.
    pub(crate) max_delay: Duration,
}

/// The changes since the last load began, and when the next may begin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timer {
    pace: Pace,
    /// The first and the last change.
    changed: Option<(Instant, Instant)>,
    not_before: Option<Instant>,
}

impl Timer {
    pub(crate) fn new(pace: Pace) -> Self {
        Self { pace, changed: None, not_before: None }
    }

    /// Something has changed.
    pub(crate) fn change(&mut self, now: Instant) {
        let first = self.changed.map_or(now, |(first, _)| first);
        self.changed = Some((first, now));
    }

    /// When the next load is due; `None` if nothing has changed.
    pub(crate) fn due(&self) -> Option<Instant> {
        let (first, last) = self.changed?;
        let due = (last + SETTLE.min(self.pace.max_delay)).min(first + self.pace.max_delay);
        Some(self.not_before.map_or(due, |earliest| due.max(earliest)))
    }

    /// A load of what has changed begins.
    pub(crate) fn begin(&mut self, now: Instant) {
        self.changed = None;
        self.hold(now + self.pace.min_interval);
    }

    /// No load begins before this.
    pub(crate) fn hold(&mut self, until: Instant) {
        self.not_before = Some(self.not_before.map_or(until, |earliest| earliest.max(until)));
    }
}

/// Something that has failed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retry {
    failures: u32,
    /// When to try it again.
    pub(crate) at: Instant,
}

impl Retry {
    /// After one more failure. The more there were, the longer it waits.
    pub(crate) fn after(before: Option<Self>, now: Instant) -> Self {
        let failures = before.map_or(0, |retry| retry.failures);
        let wait = FIRST_RETRY.saturating_mul(1 << failures.min(16)).min(LAST_RETRY);
        Self { failures: failures.saturating_add(1), at: now + wait }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace =
        Pace { min_interval: Duration::from_millis(200), max_delay: Duration::from_millis(500) };

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_burst_is_loaded_once_and_endless_changes_are_loaded_in_time() {
        let start = Instant::now();
        let mut timer = Timer::new(PACE);
        assert_eq!(timer.due(), None);
        timer.change(start);
        timer.change(start + ms(30));
        assert_eq!(timer.due(), Some(start + ms(80)), "when the burst is over");
        for n in 1..100 {
            timer.change(start + ms(30 * n));
        }
        assert_eq!(timer.due(), Some(start + ms(500)), "though changes keep coming");
        timer.begin(start + ms(500));
        assert_eq!(timer.due(), None);
        timer.change(start + ms(510));
        assert_eq!(timer.due(), Some(start + ms(700)), "no sooner than the interval allows");
    }

    #[test]
    fn failures_wait_longer_and_longer() {
        let start = Instant::now();
        let mut retry = None;
        let waits = [2, 4, 8, 16, 32, 64, 128, 256, 300, 300];
        for wait in waits {
            let next = Retry::after(retry, start);
            assert_eq!((next.at - start).as_secs(), wait);
            retry = Some(next);
        }
    }
}
