//! Several writes as one: all of them take place or none, whatever happens in between.

use super::Store;
use super::conn::{Lock, Purpose};
use crate::error::{Error, Result};
use diesel::connection::SimpleConnection;

/// What becomes of the writes made together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They take place.
    Commit,
    /// It is as if they had never been made.
    RollBack,
}

impl Store {
    /// Runs `work` in one writing transaction: every read and write it makes through this store is a part of it. Nobody
    /// else can load meanwhile. Nothing is tried again: when a server gets in the way or goes away, all of it fails and
    /// nothing has changed.
    ///
    /// # Errors
    /// Those of `work`, and what the database reports. Then nothing has changed.
    pub fn together<T>(
        &mut self,
        what: &str,
        work: impl FnOnce(&mut Self) -> Result<(T, Fate)>,
    ) -> Result<T> {
        let refused = |e| Error::failed(format!("cannot {what}")).because(e);
        // A connection that broke while nobody used it is opened again here, where that loses nothing.
        self.read("reach the database", |conn| conn.batch_execute("SELECT 1"))?;
        self.conn.begin(Purpose::Write).map_err(refused)?;
        self.together = true;
        let done = self.conn.lock(Lock::GateAlone).map_err(refused).and_then(|()| work(self));
        self.together = false;
        let committed = match &done {
            Ok((_, Fate::Commit)) => self.conn.commit().map_err(refused),
            _ => {
                self.conn.roll_back();
                self.heads.clear();
                Ok(())
            }
        };
        if let Err(e) = committed {
            self.conn.roll_back();
            return Err(e);
        }
        if let Some(place) = &self.place {
            place.check()?;
        }
        done.map(|(value, _)| value)
    }
}
