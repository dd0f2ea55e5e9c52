//! Connections for several at once: kept open, lent out, and no more than the server is to have from us.

use super::{Conn, Store};
use crate::config::DatabaseUri;
use crate::error::{Context, Error, Result};
use diesel::Connection;
use diesel::connection::TransactionManager;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

/// How long to wait for a connection that others have.
const PATIENCE: Duration = Duration::from_secs(60);

/// A pool of connections to one database.
pub struct Pool {
    pool: r2d2::Pool<Manager>,
    uri: DatabaseUri,
    uuid: String,
}

impl Pool {
    /// Opens the database as [`Store::open`] does, for as many as `connections` at once.
    ///
    /// # Errors
    /// As for `Store::open`.
    pub fn open(uri: &DatabaseUri, connections: u32) -> Result<Self> {
        // Once by itself: what is wrong with it is said at once and as it is.
        let uuid = Store::open(uri)?.uuid;
        let pool = r2d2::Pool::builder()
            .max_size(connections.max(1))
            .min_idle(Some(0))
            .connection_timeout(PATIENCE)
            .build(Manager { uri: uri.clone() })
            .context(|| format!("cannot open {uri}"))?;
        Ok(Self { pool, uri: uri.clone(), uuid })
    }

    /// A store over one of the connections. It goes back when the store is dropped.
    ///
    /// # Errors
    /// When the database cannot be reached, or all connections are in use for a minute.
    pub fn store(&self) -> Result<Store> {
        let conn = self.pool.get().map_err(|e| {
            Error::failed(format!("no connection to {} is free, nor can one be made", self.uri))
                .because(e)
                .hint("is database_connections in the config file smaller than jobs?")
        })?;
        Ok(Store {
            conn: Held::Lent(conn),
            uri: self.uri.clone(),
            uuid: self.uuid.clone(),
            place: None,
            purges: None,
            withheld: super::withheld::Withheld::default(),
            collapses: None,
            group: super::group::Group::default(),
            heads: Vec::new(),
        })
    }
}

/// Makes connections and looks after them.
pub(super) struct Manager {
    uri: DatabaseUri,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Conn;
    type Error = Error;

    fn connect(&self) -> Result<Conn> {
        Conn::open(&self.uri)
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<()> {
        if conn.is_alive() { Ok(()) } else { Err(Error::failed("the connection was lost")) }
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        <Conn as Connection>::TransactionManager::is_broken_transaction_manager(conn)
    }
}

/// A connection of one's own, or one lent by a pool.
pub(super) enum Held {
    Own(Conn),
    Lent(r2d2::PooledConnection<Manager>),
}

impl Deref for Held {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        match self {
            Self::Own(conn) => conn,
            Self::Lent(conn) => conn,
        }
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut Conn {
        match self {
            Self::Own(conn) => conn,
            Self::Lent(conn) => conn,
        }
    }
}
