//! What receivers report, and what they count.

use std::sync::atomic::{AtomicU64, Ordering};
use workhours_base::error::Error;

/// Something to report.
#[derive(Debug)]
pub enum News<'a> {
    /// It can't store or read anything, and tries again.
    Failed(&'a Error),
    /// It can again.
    Recovered,
    /// This many messages came faster than they could be read, and the system dropped them.
    Lost(u64),
    /// This many messages were too long, and are cut.
    Cut(u64),
    /// There are too many connections: further ones wait.
    Full,
    /// A connection failed, for instance because what it sent isn't encrypted.
    Broken(&'a str),
}

/// Takes news of a receiver, by its name.
pub type Tell<'a> = &'a (dyn Fn(&str, &News<'_>) + Sync);

/// What a receiver has counted since it began.
#[derive(Debug, Default)]
pub struct Counts {
    /// Messages.
    pub messages: AtomicU64,
    /// Their bytes.
    pub bytes: AtomicU64,
    /// Messages that the system dropped.
    pub lost: AtomicU64,
    /// Messages that were too long.
    pub cut: AtomicU64,
    /// Connections now.
    pub connections: AtomicU64,
}

impl Counts {
    /// All of them, with their names.
    pub fn all(&self) -> [(&'static str, u64); 5] {
        let n = |count: &AtomicU64| count.load(Ordering::Relaxed);
        [
            ("messages", n(&self.messages)),
            ("bytes", n(&self.bytes)),
            ("lost", n(&self.lost)),
            ("cut", n(&self.cut)),
            ("connections", n(&self.connections)),
        ]
    }
}
