//! Several small files in one transaction. A separate commit costs more than the rest of loading a small file, so small
//! files that are read one after the other are committed together.
//!
//! Nothing else changes: each file's events and its cursor are in one transaction as before, together with those of
//! other files. A killed program has loaded none of the group, and the next run reads those files again. On a server
//! nothing is grouped: its locks would be held longer, and others write there.

use super::backend::conn::Purpose;
use super::{Conn, Store, TaskId};
use std::time::{Duration, Instant};
use workhours_base::error::{Context, Result};

/// A group is committed when it has been open for this long, because other writers wait for it …
const OPEN_TIME: Duration = Duration::from_millis(100);
/// … and get a chance between two groups: SQLite has no queue of waiting writers, they poll.
const PAUSE: Duration = Duration::from_millis(4);

/// The group being written, if any.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Whether the next writing transaction may begin one.
    wanted: bool,
    /// Since when it is open.
    since: Option<Instant>,
    /// Tasks that were begun in it.
    tasks: Vec<TaskId>,
}

impl Group {
    pub(super) fn is_open(&self) -> bool {
        self.since.is_some()
    }

    pub(super) fn begins_task(&mut self, id: TaskId) {
        if self.is_open() {
            self.tasks.push(id);
        }
    }
}

impl Store {
    /// Lets later writes be committed with [`end_group`](Self::end_group).
    pub fn allow_group(&mut self) {
        self.group.wanted = !self.conn.is_server();
    }

    /// Whether writes may be committed later.
    pub fn allows_group(&self) -> bool {
        self.group.wanted
    }

    /// Whether the group has been open long enough.
    pub fn is_group_due(&self) -> bool {
        self.group.since.is_some_and(|since| since.elapsed() >= OPEN_TIME)
    }

    /// Commits the group, if there is one. After this each transaction is separate.
    ///
    /// # Errors
    /// When the commit fails: then nothing of the group is in the database, and the tasks listed in the error don't
    /// exist.
    pub fn end_group(&mut self) -> Result<(), (workhours_base::error::Error, Vec<TaskId>)> {
        let group = std::mem::take(&mut self.group);
        if !group.is_open() {
            return Ok(());
        }
        let committed =
            self.conn.commit().context(|| "cannot store what was read").and_then(|()| match &self.place {
                Some(place) => place.check(),
                None => Ok(()),
            });
        super::backend::retry::pause(PAUSE);
        committed.map_err(|e| {
            self.conn.roll_back();
            // Numbers of files that were never stored are reused.
            self.heads.clear();
            // After some failures SQLite has already rolled back, which Diesel doesn't know.
            if let Ok(conn) = Conn::open(&self.uri) {
                *self.conn = conn;
            }
            (e, group.tasks)
        })
    }

    /// Begins the group before the first transaction that writes; returns whether there is one.
    pub(super) fn enter_group(&mut self, purpose: Purpose) -> diesel::QueryResult<bool> {
        if self.group.wanted && !self.group.is_open() && purpose == Purpose::Write {
            self.conn.begin(purpose)?;
            self.group.since = Some(Instant::now());
        }
        Ok(self.group.is_open())
    }
}
