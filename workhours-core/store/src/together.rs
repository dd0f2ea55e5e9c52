//! Several writes as one: all of them take place or none, whatever happens in between.

use super::backend::conn::{Lock, Purpose};
use super::backend::retry::Attempts;
use super::schema::meta;
use super::{Store, now_us};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use workhours_base::error::{Error, Result};

/// Where the last committed one is named.
const LAST: &str = "together";

/// The fate of writes made together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They take place.
    Commit,
    /// It is as if they had never been made.
    RollBack,
}

/// How an attempt failed.
enum Failed<T> {
    /// Nothing has changed.
    Before(Error),
    /// It isn't known whether it was committed: the connection broke meanwhile.
    InCommit(Error, T),
}

impl Store {
    /// Runs `work` in one writing transaction that includes every read and write through this store. No other program
    /// can load meanwhile. If the connection to a server breaks, `work` runs again from its start, unless it was
    /// committed.
    ///
    /// # Errors
    /// Those of `work`, and database errors. Then nothing has changed.
    pub fn together<T>(
        &mut self,
        what: &str,
        mut work: impl FnMut(&mut Self) -> Result<(T, Fate)>,
    ) -> Result<T> {
        let mut attempts = Attempts::default();
        loop {
            // A connection that broke while it was idle is opened again here, because nothing is lost.
            self.read("reach the database", |conn| conn.batch_execute("SELECT 1"))?;
            let name = format!("{}-{}", now_us(), std::process::id());
            let failed = match self.attempt_together(what, &name, &mut work) {
                Ok(value) => return Ok(value),
                Err(failed) => failed,
            };
            self.heads.clear();
            let (error, value) = match failed {
                Failed::Before(error) => (error, None),
                Failed::InCommit(error, value) => (error, Some(value)),
            };
            if !self.conn.is_server() || self.conn.is_alive() {
                return Err(error);
            }
            self.reconnect(what, error, &mut attempts)?;
            let last: Option<String> = self.read("look whether it was committed", |conn| {
                meta::table.find(LAST).select(meta::value).first(conn).optional()
            })?;
            if let Some(value) = value.filter(|_| last.as_ref() == Some(&name)) {
                return Ok(value);
            }
        }
    }

    fn attempt_together<T>(
        &mut self,
        what: &str,
        name: &str,
        work: &mut impl FnMut(&mut Self) -> Result<(T, Fate)>,
    ) -> std::result::Result<T, Failed<T>> {
        let refused = |e| Error::failed(format!("cannot {what}")).with_source(e);
        self.conn.begin(Purpose::Write).map_err(|e| Failed::Before(refused(e)))?;
        self.together = true;
        let done = self.conn.lock(Lock::GateAlone).map_err(refused).and_then(|()| work(self));
        self.together = false;
        match done {
            Ok((value, Fate::RollBack)) => {
                self.conn.roll_back();
                self.heads.clear();
                Ok(value)
            }
            Ok((value, Fate::Commit)) => match self.commit_as(name) {
                Ok(()) => match self.place.as_ref().map_or(Ok(()), |place| place.check()) {
                    Ok(()) => Ok(value),
                    Err(e) => Err(Failed::Before(e)),
                },
                Err(e) => {
                    self.conn.roll_back();
                    Err(Failed::InCommit(refused(e), value))
                }
            },
            Err(e) => {
                self.conn.roll_back();
                Err(Failed::Before(e))
            }
        }
    }

    fn commit_as(&mut self, name: &str) -> QueryResult<()> {
        let conn: &mut super::Conn = &mut self.conn;
        if !conn.is_server() {
            return conn.commit();
        }
        diesel::delete(meta::table.find(LAST)).execute(conn)?;
        diesel::insert_into(meta::table).values((meta::key.eq(LAST), meta::value.eq(name))).execute(conn)?;
        conn.commit()
    }
}
