//! From messages to the spool. What can't be stored now is kept and tried again; meanwhile nothing more is read.

use crate::frames::Messages;
use crate::news::{Counts, News, Tell};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::park_timeout;
use std::time::{Duration, Instant};
use workhours_base::error::{Error, Result};
use workhours_config::ReceiverSpec;
use workhours_watch::{Origin, Spool, Stream};

/// Time between two attempts.
const AGAIN: Duration = Duration::from_millis(500);
/// Time between two writes to the disk itself.
const SYNC: Duration = Duration::from_secs(1);
/// Time between two reports of one kind.
const REPORT: Duration = Duration::from_secs(60);

/// What all receivers share.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) spool: &'a Spool,
    /// The most bytes that may wait in it.
    pub(crate) most: u64,
    pub(crate) stop: &'a AtomicBool,
    pub(crate) tell: Tell<'a>,
}

impl Around<'_> {
    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Waits, unless all ends.
    pub(crate) fn wait(&self, time: Duration) {
        let until = Instant::now() + time;
        while !self.stopped() && Instant::now() < until {
            park_timeout(Duration::from_millis(100).min(time));
        }
    }
}

/// Where the messages of a receiver go.
pub(crate) struct Sink<'a> {
    around: Around<'a>,
    name: &'a str,
    counts: &'a Counts,
    stream: Stream,
    origin: Origin,
    failing: bool,
    /// Messages that were cut since they were last reported, and when that was.
    cut: (u64, Option<Instant>),
}

impl<'a> Sink<'a> {
    pub(crate) fn new(
        around: Around<'a>,
        spec: &'a ReceiverSpec,
        counts: &'a Counts,
        by_identity: bool,
    ) -> Self {
        let stream = Stream { source_type: spec.source_type.clone(), client: spec.name.clone(), by_identity };
        let origin = Origin { host: spec.host.clone(), user: None };
        Self { around, name: &spec.name, counts, stream, origin, failing: false, cut: (0, None) }
    }

    pub(crate) fn around(&self) -> &Around<'a> {
        &self.around
    }

    pub(crate) fn counts(&self) -> &'a Counts {
        self.counts
    }

    pub(crate) fn tell(&self, news: &News<'_>) {
        (self.around.tell)(self.name, news);
    }

    pub(crate) fn place(&self) -> (&'a Spool, &Stream, &Origin) {
        (self.around.spool, &self.stream, &self.origin)
    }

    /// Stores messages, however long it takes; returns whether they are stored: not if all ends first.
    pub(crate) fn put(&mut self, messages: &Messages) -> bool {
        if messages.count == 0 {
            self.idle();
            return true;
        }
        while let Err(e) = self.store(&messages.lines) {
            if !std::mem::replace(&mut self.failing, true) {
                self.tell(&News::Failed(&e));
            }
            if self.around.stopped() {
                return false;
            }
            self.around.wait(AGAIN);
        }
        if std::mem::take(&mut self.failing) {
            self.tell(&News::Recovered);
        }
        self.counts.messages.fetch_add(messages.count, Ordering::Relaxed);
        self.counts.bytes.fetch_add(messages.lines.len() as u64, Ordering::Relaxed);
        self.counts.cut.fetch_add(messages.cut, Ordering::Relaxed);
        self.cut.0 += messages.cut;
        self.idle();
        true
    }

    /// Does what has time: to be called now and then.
    pub(crate) fn idle(&mut self) {
        // An error here will be one of the next write.
        let _ = self.around.spool.sync(&self.stream, SYNC);
        if self.cut.0 > 0 && self.cut.1.is_none_or(|when| when.elapsed() >= REPORT) {
            self.tell(&News::Cut(self.cut.0));
            self.cut = (0, Some(Instant::now()));
        }
    }

    fn store(&self, lines: &[u8]) -> Result<()> {
        let Around { spool, most, .. } = self.around;
        if spool.bytes() > most {
            let detail = format!("{} MiB wait to be loaded, and watch.spool_mib allows no more", most >> 20);
            return Err(Error::limit_exceeded(detail).hint("workhours status says why they aren't loaded"));
        }
        spool.append_soon(&self.stream, &self.origin, lines)
    }
}

impl Sink<'_> {
    /// Has all of it on the disk, at the end.
    pub(crate) fn finish(&self) {
        let _ = self.around.spool.sync(&self.stream, Duration::ZERO);
    }
}
