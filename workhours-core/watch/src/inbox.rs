//! Where notices and results wait for the watch. Its size has a limit: beyond it, all files are checked.

use crate::work::Done;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// More paths than this at once, and looking at everything is cheaper.
const MOST_PATHS: usize = 10_000;

/// What has arrived.
#[derive(Default)]
pub(crate) struct Mail {
    /// Paths at which something has changed.
    pub(crate) paths: HashSet<PathBuf>,
    /// Whether notices were lost.
    pub(crate) lost: bool,
    /// Loads that have ended.
    pub(crate) done: Vec<Done>,
}

impl Mail {
    fn is_empty(&self) -> bool {
        self.paths.is_empty() && !self.lost && self.done.is_empty()
    }
}

/// The place.
#[derive(Default)]
pub(crate) struct Inbox {
    mail: Mutex<Mail>,
    arrived: Condvar,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something has changed at these paths.
    pub(crate) fn notice(&self, paths: impl IntoIterator<Item = PathBuf>) {
        let mut mail = self.lock();
        if !mail.lost {
            mail.paths.extend(paths);
            if mail.paths.len() > MOST_PATHS {
                mail.lost = true;
                mail.paths = HashSet::new();
            }
        }
        drop(mail);
        self.arrived.notify_one();
    }

    /// Notices were lost.
    pub(crate) fn lose(&self) {
        self.lock().lost = true;
        self.arrived.notify_one();
    }

    /// A load has ended.
    pub(crate) fn end(&self, done: Done) {
        self.lock().done.push(done);
        self.arrived.notify_one();
    }

    /// Takes what has arrived; waits for it at most this long.
    pub(crate) fn take(&self, wait: Duration) -> Mail {
        let mail = self.lock();
        let waited = self.arrived.wait_timeout_while(mail, wait, |mail| mail.is_empty());
        let (mut mail, _) = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *mail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_notices_become_one() {
        let inbox = Inbox::default();
        inbox.notice(["a".into(), "b".into()]);
        inbox.notice(["a".into()]);
        let mail = inbox.take(Duration::ZERO);
        assert_eq!((mail.paths.len(), mail.lost), (2, false));
        (0..=MOST_PATHS).for_each(|n| inbox.notice([PathBuf::from(n.to_string())]));
        let mail = inbox.take(Duration::ZERO);
        assert_eq!((mail.paths.len(), mail.lost), (0, true));
        assert!(inbox.take(Duration::ZERO).is_empty());
    }
}
