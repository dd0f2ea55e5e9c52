//! One connection to any backend, and the few things a transaction does differently on each: how it begins, and which
//! locks it takes.
//!
//! Queries are plain Diesel on [`Conn`], so each is written once. SQLite lets one writer in at a time, for a whole
//! transaction. On a server a transaction takes its locks in the same order everywhere: the gate, a counter or a queue,
//! a file, then rows by key. The backends' folders open connections and run bulk statements.

// The derived code has no docs, and unreachable arms if there is only one backend.
#![allow(missing_docs, unreachable_patterns, unreachable_pub, clippy::large_enum_variant)]

#[cfg(feature = "mysql")]
use super::mysql;
#[cfg(feature = "postgres")]
use super::postgres;
use super::{migrate, sqlite};
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use workhours_base::database::DatabaseUri;
#[cfg(not(all(feature = "postgres", feature = "mysql")))]
use workhours_base::error::Error;
use workhours_base::error::Result;

/// A connection. Made by [`Conn::open`].
#[derive(diesel::MultiConnection)]
pub enum Conn {
    Sqlite(SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(PgConnection),
    #[cfg(feature = "mysql")]
    Mysql(MysqlConnection),
}

/// The purpose of a transaction, which decides how it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Reading the same state from the first query to the last.
    Snapshot,
    /// Writing.
    Write,
}

/// A writing transaction's lock, held until its end. SQLite locks everything anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// The gate, shared with other loads.
    GateShared,
    /// The gate, exclusively: no other program loads meanwhile.
    GateAlone,
    /// A dense sequence, and with it the table it numbers.
    Counter(&'static str),
    /// All documents of the source type of this logical file: they may share entries.
    Documents(i64),
    /// A logical file: its cursor, its segments, its rejects.
    File(i64),
}

impl Conn {
    /// Connects, and leaves the tables as they are.
    ///
    /// # Errors
    /// When the backend isn't part of this build, or the connection fails.
    pub(crate) fn open(uri: &DatabaseUri) -> Result<Self> {
        match uri {
            DatabaseUri::Sqlite(path) => sqlite::open(path).map(Self::Sqlite),
            #[cfg(feature = "postgres")]
            DatabaseUri::Postgres(text) => postgres::open(text).map(Self::Postgres),
            #[cfg(not(feature = "postgres"))]
            DatabaseUri::Postgres(_) => Err(not_built(uri, "PostgreSQL", "postgres")),
            #[cfg(feature = "mysql")]
            DatabaseUri::Mysql(text) => mysql::open(text).map(Self::Mysql),
            #[cfg(not(feature = "mysql"))]
            DatabaseUri::Mysql(_) => Err(not_built(uri, "MySQL and MariaDB", "mysql")),
        }
    }

    /// Brings the tables up to this program's version; returns the names of the migrations it ran.
    ///
    /// # Errors
    /// Database errors, or that it is newer than this program.
    pub(crate) fn migrate(&mut self) -> Result<Vec<String>> {
        if migrate::is_current(self)? {
            return Ok(Vec::new());
        }
        match self {
            Self::Sqlite(conn) => sqlite::migrate(conn),
            #[cfg(feature = "postgres")]
            Self::Postgres(conn) => postgres::migrate(conn),
            #[cfg(feature = "mysql")]
            Self::Mysql(conn) => mysql::migrate(conn),
        }
    }

    /// Whether it is a server's, which others write to at the same moment and which may go away.
    pub(crate) fn is_server(&self) -> bool {
        !matches!(self, Self::Sqlite(_))
    }

    /// Whether the other end still answers.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.batch_execute("SELECT 1").is_ok()
    }

    /// Begins a transaction.
    pub(crate) fn begin(&mut self, purpose: Purpose) -> QueryResult<()> {
        match (self, purpose) {
            // Take the write lock with the first statement, so that the transaction never fails half-way because it
            // can't get it.
            (Self::Sqlite(conn), Purpose::Write) => begin(conn, "BEGIN IMMEDIATE"),
            (Self::Sqlite(conn), Purpose::Snapshot) => begin(conn, "BEGIN"),
            // Each statement sees everything committed before it, including what others committed while it waited for a
            // lock.
            #[cfg(feature = "postgres")]
            (Self::Postgres(conn), Purpose::Write) => begin(conn, "BEGIN ISOLATION LEVEL READ COMMITTED"),
            #[cfg(feature = "postgres")]
            (Self::Postgres(conn), Purpose::Snapshot) => {
                begin(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            }
            #[cfg(feature = "mysql")]
            (Self::Mysql(conn), Purpose::Write) => begin(conn, "START TRANSACTION READ WRITE"),
            #[cfg(feature = "mysql")]
            (Self::Mysql(conn), Purpose::Snapshot) => {
                conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")?;
                begin(conn, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            }
        }
    }

    /// Begins a part of the transaction that is open, which can be rolled back by itself.
    pub(crate) fn begin_within(&mut self) -> QueryResult<()> {
        <Self as Connection>::TransactionManager::begin_transaction(self)
    }

    /// Ends it, for good.
    pub(crate) fn commit(&mut self) -> QueryResult<()> {
        <Self as Connection>::TransactionManager::commit_transaction(self)
    }

    /// Rolls it back. An error doesn't matter: a lost connection has rolled back already.
    pub(crate) fn roll_back(&mut self) {
        let _ = <Self as Connection>::TransactionManager::rollback_transaction(self);
    }

    /// Makes sure that deleted data is overwritten from now on, if the backend lets us decide that.
    pub(crate) fn overwrite_deleted(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(conn) => conn.batch_execute("PRAGMA secure_delete = ON"),
            _ => Ok(()),
        }
    }

    /// Waits for a lock and holds it until the end of the transaction.
    pub(crate) fn lock(&mut self, lock: Lock) -> QueryResult<()> {
        if !self.is_server() {
            return Ok(());
        }
        let row = match lock {
            Lock::GateShared => {
                // Both spell it differently, and MariaDB knows only its own way.
                let share = if self.is_mysql() { "LOCK IN SHARE MODE" } else { "FOR SHARE" };
                format!("SELECT value FROM counters WHERE name = 'gate' {share}")
            }
            Lock::GateAlone => "SELECT value FROM counters WHERE name = 'gate' FOR UPDATE".to_owned(),
            Lock::Counter(name) => format!("SELECT value FROM counters WHERE name = '{name}' FOR UPDATE"),
            Lock::Documents(id) => format!(
                "SELECT source_type FROM queues WHERE source_type = (SELECT source_type FROM files WHERE id = {id}) \
                 FOR UPDATE"
            ),
            Lock::File(id) => format!("SELECT id FROM files WHERE id = {id} FOR UPDATE"),
        };
        self.batch_execute(&row)
    }

    fn is_mysql(&self) -> bool {
        #[cfg(feature = "mysql")]
        return matches!(self, Self::Mysql(_));
        #[cfg(not(feature = "mysql"))]
        false
    }
}

fn begin<C: Connection<TransactionManager = AnsiTransactionManager>>(
    conn: &mut C,
    sql: &str,
) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction_sql(conn, sql)
}

#[cfg(not(all(feature = "postgres", feature = "mysql")))]
fn not_built(uri: &DatabaseUri, what: &str, feature: &str) -> Error {
    Error::usage(format!("this workhours was built without {what}, so it cannot open {uri}")).hint(format!(
        "build it with: cargo install --path workhours-cli --features {feature} (or full); the README says what to \
         install first"
    ))
}
