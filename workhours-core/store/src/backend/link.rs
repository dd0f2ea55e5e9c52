//! A connection and its access. Made for a single store or for a pool.

#[cfg(feature = "mysql")]
use super::mysql;
#[cfg(feature = "postgres")]
use super::postgres;
use super::{Conn, sqlite};
use crate::access::ReadOnly;
use std::ops::{Deref, DerefMut};
use workhours_base::database::{Access, DatabaseUri};
use workhours_base::error::Result;

/// An open connection.
pub(crate) struct Link {
    conn: Conn,
    /// Why the database can't be written to; `None` where it can.
    pub(crate) read_only: Option<ReadOnly>,
    watch: Option<sqlite::Watch>,
}

impl Link {
    /// Connects, and leaves the tables as they are.
    ///
    /// # Errors
    /// When the backend isn't part of this build, or the connection fails.
    pub(crate) fn open(uri: &DatabaseUri, access: Access) -> Result<Self> {
        if let DatabaseUri::Sqlite(path) = uri {
            let sqlite::Opened { conn, read_only, watch } = sqlite::open_as(path, access)?;
            return Ok(Self { conn: Conn::Sqlite(conn), read_only, watch });
        }
        let mut conn = Conn::open(uri)?;
        if access == Access::Read {
            match &mut conn {
                Conn::Sqlite(_) => {}
                #[cfg(feature = "postgres")]
                Conn::Postgres(conn) => postgres::read_only(conn)?,
                #[cfg(feature = "mysql")]
                Conn::Mysql(conn) => mysql::read_only(conn)?,
            }
        }
        Ok(Self { conn, read_only: (access == Access::Read).then_some(ReadOnly::Requested), watch: None })
    }

    /// Whether another program has written to the database, so that this connection's reads may be wrong.
    pub(crate) fn is_outdated(&self) -> bool {
        self.watch.as_ref().is_some_and(sqlite::Watch::has_changed)
    }
}

impl Deref for Link {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Link {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}
