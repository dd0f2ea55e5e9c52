//! Handles database failures: retry, reconnect, or give up. With limits, so that a server that is down leads to an
//! error instead of an endless wait.

use super::Conn;
use diesel::result::{DatabaseErrorKind, Error};
use std::time::Duration;

/// Waits before the second, third … attempt after a lost connection: a server that is restarted has half a minute.
const RECONNECT: [u64; 8] = [50, 200, 500, 1_000, 2_000, 5_000, 10_000, 10_000];

/// Attempts at a transaction with conflicts. Each wait is short: the others are done by then.
const CONFLICTS: u64 = 12;

/// How to react to a failed statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// The same transaction, again.
    Again,
    /// The same on a new connection.
    Reconnect,
    /// Nothing: it would fail again.
    None,
}

/// Finds out by asking the connection, not by the wording of the error, which the server may say in any language.
pub(crate) fn remedy(conn: &mut Conn, error: &Error) -> Remedy {
    if !conn.is_server() {
        return Remedy::None;
    }
    if !conn.is_alive() {
        return Remedy::Reconnect;
    }
    match error {
        Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => Remedy::Again,
        // Two loaders stored the same row at once; the second attempt finds it.
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Remedy::Again,
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => Remedy::Reconnect,
        // Diesel has no kind for these. Most translations of the servers keep the word.
        Error::DatabaseError(DatabaseErrorKind::Unknown, about)
            if ["deadlock", "lock wait timeout", "try restarting transaction"]
                .iter()
                .any(|words| about.message().to_lowercase().contains(words)) =>
        {
            Remedy::Again
        }
        _ => Remedy::None,
    }
}

/// Whether another program holds a SQLite database. Diesel passes on SQLite's text but not its code; the texts are fixed and
/// never translated (`sqlite3ErrStr`).
pub(crate) fn is_busy(error: &Error) -> bool {
    const BUSY: [&str; 3] = ["database is locked", "database table is locked", "database schema is locked"];
    match error {
        Error::DatabaseError(_, about) => BUSY.iter().any(|text| about.message().starts_with(text)),
        _ => false,
    }
}

/// The attempts made so far.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    conflicts: u64,
    connections: usize,
}

impl Attempts {
    /// How long to wait before trying again after a conflict; `None` when that was the last.
    pub(crate) fn after_conflict(&mut self) -> Option<Duration> {
        self.conflicts += 1;
        // Waits differ between processes, or two that collided once would collide again.
        let spread = u64::from(std::process::id()) % 7 + self.conflicts;
        (self.conflicts <= CONFLICTS).then(|| Duration::from_millis(5 * spread * self.conflicts))
    }

    /// How long to wait before reconnecting; `None` after the last attempt.
    pub(crate) fn after_loss(&mut self) -> Option<Duration> {
        self.connections += 1;
        RECONNECT.get(self.connections - 1).map(|ms| Duration::from_millis(*ms))
    }
}

/// Waits; sometimes less, which does no harm.
pub(crate) fn pause(length: Duration) {
    std::thread::park_timeout(length);
}
