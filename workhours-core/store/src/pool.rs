//! Several connections: kept open, lent out, and limited in number.

use super::backend::link::Link;
use super::{Conn, ReadOnly, Store};
use diesel::Connection;
use diesel::connection::TransactionManager;
use std::ops::{Deref, DerefMut};
use std::time::Duration;
use workhours_base::database::Access;
use workhours_base::database::DatabaseUri;
use workhours_base::error::{Context, Error, Result};

/// How long to wait for a connection that others have.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(60);

/// A pool of connections to one database.
pub struct Pool {
    pool: r2d2::Pool<Manager>,
    uri: DatabaseUri,
    access: Access,
    read_only: Option<ReadOnly>,
    uuid: String,
}

impl Pool {
    /// Opens the database as [`Store::open`] does, for as many as `connections` at once.
    ///
    /// # Errors
    /// As for `Store::open`.
    pub fn open(uri: &DatabaseUri, connections: u32) -> Result<Self> {
        Self::open_as(uri, connections, Access::Write)
    }

    /// The same for [`Store::open_as`].
    ///
    /// # Errors
    /// As for `Store::open_as`.
    pub fn open_as(uri: &DatabaseUri, connections: u32, access: Access) -> Result<Self> {
        // Open one first: its error is reported at once and unchanged.
        let Store { uuid, read_only, .. } = Store::open_as(uri, access)?;
        let pool = r2d2::Pool::builder()
            .max_size(connections.max(1))
            .min_idle(Some(0))
            .connection_timeout(CONNECTION_TIMEOUT)
            .build(Manager { uri: uri.clone(), access })
            .context(|| format!("cannot open {uri}"))?;
        Ok(Self { pool, uri: uri.clone(), access, read_only, uuid })
    }

    /// Why the database can't be written to; `None` where it can.
    pub fn read_only(&self) -> Option<&ReadOnly> {
        self.read_only.as_ref()
    }

    /// A store over one of the connections. It goes back when the store is dropped.
    ///
    /// # Errors
    /// When the database cannot be reached, or all connections are in use for a minute.
    pub fn store(&self) -> Result<Store> {
        let conn = self.pool.get().map_err(|e| {
            Error::failed(format!("no connection to {} is free, and no new one can be opened", self.uri))
                .with_source(e)
                .hint("is database_connections in the config file smaller than jobs?")
        })?;
        Ok(Store {
            conn: Held::Lent(conn),
            uri: self.uri.clone(),
            access: self.access,
            read_only: self.read_only.clone(),
            uuid: self.uuid.clone(),
            place: None,
            purges: None,
            withheld: super::load::Withheld::default(),
            collapses: None,
            renewal: None,
            together: false,
            group: super::group::Group::default(),
            heads: Vec::new(),
        })
    }
}

/// Makes connections and looks after them.
pub(super) struct Manager {
    uri: DatabaseUri,
    access: Access,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Link;
    type Error = Error;

    fn connect(&self) -> Result<Link> {
        Link::open(&self.uri, self.access)
    }

    fn is_valid(&self, conn: &mut Link) -> Result<()> {
        if !conn.is_outdated() && conn.is_alive() {
            Ok(())
        } else {
            Err(Error::failed("the connection was lost"))
        }
    }

    fn has_broken(&self, conn: &mut Link) -> bool {
        <Conn as Connection>::TransactionManager::is_broken_transaction_manager(&mut **conn)
    }
}

/// An own connection, or one lent by a pool.
pub(super) enum Held {
    Own(Link),
    Lent(r2d2::PooledConnection<Manager>),
}

impl Held {
    /// The connection with what may be done over it.
    pub(super) fn link(&self) -> &Link {
        match self {
            Self::Own(link) => link,
            Self::Lent(link) => link,
        }
    }

    /// The same, to be replaced by another.
    pub(super) fn link_mut(&mut self) -> &mut Link {
        match self {
            Self::Own(link) => link,
            Self::Lent(link) => link,
        }
    }
}

impl Deref for Held {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        self.link()
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut Conn {
        self.link_mut()
    }
}
