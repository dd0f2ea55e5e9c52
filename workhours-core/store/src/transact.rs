//! Running transactions: until they succeed or can't succeed. How one begins and what it locks is in `backend/conn`; what a
//! failure means, in `backend/retry`.

use super::backend::conn::{Lock, Purpose};
use super::backend::link::Link;
use super::backend::retry::{self, Attempts, Remedy};
use super::{Conn, Store, on_its_disk};
use diesel::prelude::*;
use workhours_base::error::{Error, Result};

impl Store {
    /// Runs `work` in a writing transaction. On a conflict or a lost connection it runs again from the start. The
    /// commit may already have happened then, so `work` must check first.
    pub(crate) fn write<T>(
        &mut self,
        what: &str,
        mut work: impl FnMut(&mut Conn) -> QueryResult<T>,
    ) -> Result<T> {
        self.attempt(what, Purpose::Write, &mut work)
    }

    /// Like `write`, while no other program loads.
    pub(crate) fn write_alone<T>(
        &mut self,
        what: &str,
        mut work: impl FnMut(&mut Conn) -> QueryResult<T>,
    ) -> Result<T> {
        self.write(what, |conn| {
            conn.lock(Lock::GateAlone)?;
            work(conn)
        })
    }

    /// Runs queries that need not agree with each other.
    pub(crate) fn read<T>(
        &mut self,
        what: &str,
        mut work: impl FnMut(&mut Conn) -> QueryResult<T>,
    ) -> Result<T> {
        let mut attempts = Attempts::default();
        loop {
            let done = work(&mut self.conn);
            if self.conn.link().is_outdated() {
                self.open_again(what, &mut attempts)?;
                continue;
            }
            match done {
                Ok(value) => return Ok(value),
                Err(e) => self.mend(what, e, &mut attempts)?,
            }
        }
    }

    /// Runs queries that all see the same state.
    pub(crate) fn snapshot<T>(
        &mut self,
        what: &str,
        mut work: impl FnMut(&mut Conn) -> QueryResult<T>,
    ) -> Result<T> {
        self.attempt(what, Purpose::Snapshot, &mut work)
    }

    /// Runs a transaction until it succeeds or can't succeed.
    pub(crate) fn attempt<T>(
        &mut self,
        what: &str,
        purpose: Purpose,
        work: &mut dyn FnMut(&mut Conn) -> QueryResult<T>,
    ) -> Result<T> {
        if let Some(why) = self.read_only.as_ref().filter(|_| purpose == Purpose::Write) {
            return Err(why.refuse(what));
        }
        if self.together {
            return work(&mut self.conn).map_err(|e| Error::failed(format!("cannot {what}")).with_source(e));
        }
        let mut attempts = Attempts::default();
        loop {
            let done = self
                .enter_group(purpose)
                .and_then(|grouped| Ok((transaction(&mut self.conn, purpose, grouped, work)?, grouped)));
            if self.conn.link().is_outdated() {
                self.open_again(what, &mut attempts)?;
                continue;
            }
            match done {
                Ok((value, grouped)) => {
                    // Data written to a deleted file would be lost.
                    let written = purpose == Purpose::Write && !grouped;
                    if let Some(place) = self.place.as_ref().filter(|_| written) {
                        place.check()?;
                    }
                    return Ok(value);
                }
                Err(e) => self.mend(what, e, &mut attempts)?,
            }
        }
    }

    /// After a failure: prepares another attempt, or returns the error.
    fn mend(&mut self, what: &str, error: diesel::result::Error, attempts: &mut Attempts) -> Result<()> {
        if self.together {
            return Err(Error::failed(format!("cannot {what}")).with_source(error));
        }
        match retry::remedy(&mut self.conn, &error) {
            Remedy::Again => match attempts.after_conflict() {
                Some(wait) => {
                    retry::pause(wait);
                    Ok(())
                }
                None => Err(Error::failed(format!("cannot {what}: other programs kept getting in the way"))
                    .with_source(error)
                    .hint("run the command again when fewer programs write to the database")),
            },
            Remedy::Reconnect => self.reconnect(what, error, attempts),
            Remedy::None => {
                let busy = retry::is_busy(&error);
                let mut failed = Error::failed(format!("cannot {what}")).with_source(error);
                if self.read_only.is_none() {
                    failed = on_its_disk(&self.uri, failed);
                }
                Err(if busy {
                    failed.hint("another program holds the database; run the command again when it is done")
                } else {
                    failed
                })
            }
        }
    }

    /// After another program wrote to a database that was read as unchanging.
    fn open_again(&mut self, what: &str, attempts: &mut Attempts) -> Result<()> {
        let wait = attempts.after_conflict().ok_or_else(|| {
            Error::failed(format!("cannot {what}: another program keeps writing to {}", self.uri))
                .hint("run the command again when that has ended")
        })?;
        retry::pause(wait);
        *self.conn.link_mut() = Link::open(&self.uri, self.access)?;
        Ok(())
    }

    pub(crate) fn reconnect(
        &mut self,
        what: &str,
        error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
        attempts: &mut Attempts,
    ) -> Result<()> {
        while let Some(wait) = attempts.after_loss() {
            retry::pause(wait);
            if let Ok(link) = Link::open(&self.uri, self.access) {
                *self.conn.link_mut() = link;
                return Ok(());
            }
        }
        Err(Error::failed(format!("cannot {what}: the connection to {} was lost", self.uri))
            .with_source(error)
            .hint("when the server is back, run the command again: it goes on where this one stopped"))
    }
}

fn transaction<T>(
    conn: &mut Conn,
    purpose: Purpose,
    grouped: bool,
    work: &mut dyn FnMut(&mut Conn) -> QueryResult<T>,
) -> QueryResult<T> {
    if grouped {
        conn.begin_within()?
    } else {
        conn.begin(purpose)?
    }
    let done = work(conn).and_then(|value| conn.commit().map(|()| value));
    if done.is_err() {
        conn.roll_back();
    }
    done
}
