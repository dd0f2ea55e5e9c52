//! Temporary database servers, from the system's packages: one of each kind for all tests, each test with its own
//! database, and more of them for tests that stop theirs. They are only reachable through a socket in a temporary
//! folder, and both are gone when the tests end, however they end.

mod line;
mod start;
mod tls;

pub(crate) use tls::{Encrypted, PASSWORD};

use super::pause;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{MysqlConnection, PgConnection, sql_query};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::Child;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

/// The server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Postgres,
    Mariadb,
}

/// A running server.
pub(crate) struct Server {
    kind: Kind,
    dir: PathBuf,
    port: u16,
    keeper: Mutex<Child>,
    databases: AtomicUsize,
}

impl Kind {
    /// The server shared by all tests. `None`, with a message, if there are no programs to run one.
    pub(crate) fn shared(self) -> Option<&'static Server> {
        static SERVERS: [OnceLock<Option<Server>>; 2] = [const { OnceLock::new() }; 2];
        let server = SERVERS[self as usize].get_or_init(|| self.start()).as_ref();
        if server.is_none() {
            crate::kit::skipped(format_args!("there is no {self:?} server installed"));
        }
        server
    }
}

impl Server {
    /// A new database: its name, and its URI.
    pub(crate) fn database(&self) -> (String, String) {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let done = self.execute(self.own(), &format!("CREATE DATABASE {name}"));
        assert!(done.is_ok(), "{done:?}");
        let uri = self.uri(&name);
        (name, uri)
    }

    /// A separate database, over the socket.
    pub(crate) fn uri(&self, database: &str) -> String {
        let (dir, port) = (self.dir.display(), self.port);
        match self.kind {
            Kind::Postgres => format!("postgresql:///{database}?host={dir}&port={port}&user=wh"),
            Kind::Mariadb => format!("mysql://root@localhost/{database}?unix_socket={dir}/socket"),
        }
    }

    /// The server's own database, which is there from the start.
    fn own(&self) -> &'static str {
        if self.kind == Kind::Postgres { "postgres" } else { "mysql" }
    }

    pub(crate) fn execute(&self, database: &str, sql: &str) -> Result<usize, String> {
        let uri = self.uri(database);
        let done = match self.kind {
            Kind::Postgres => {
                let mut conn = PgConnection::establish(&uri).map_err(|e| e.to_string())?;
                sql_query(sql).execute(&mut conn)
            }
            Kind::Mariadb => {
                let mut conn = MysqlConnection::establish(&uri).map_err(|e| e.to_string())?;
                sql_query(sql).execute(&mut conn)
            }
        };
        done.map_err(|e| e.to_string())
    }

    /// Runs statements, one after the other; all must succeed.
    pub(crate) fn script(&self, database: &str, sql: &str) {
        let uri = self.uri(database);
        match self.kind {
            Kind::Postgres => PgConnection::establish(&uri).unwrap().batch_execute(sql).unwrap(),
            Kind::Mariadb => MysqlConnection::establish(&uri).unwrap().batch_execute(sql).unwrap(),
        }
    }

    /// The result of a query whose only column is a text `t`.
    pub(crate) fn texts(&self, database: &str, sql: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            t: String,
        }
        let uri = self.uri(database);
        let rows: Vec<Row> = match self.kind {
            Kind::Postgres => sql_query(sql).load(&mut PgConnection::establish(&uri).unwrap()).unwrap(),
            Kind::Mariadb => sql_query(sql).load(&mut MysqlConnection::establish(&uri).unwrap()).unwrap(),
        };
        rows.into_iter().map(|row| row.t).collect()
    }

    /// The connections to a database, by number.
    pub(crate) fn connections(&self, database: &str) -> Vec<String> {
        self.texts(
            self.own(),
            &match self.kind {
                Kind::Postgres => {
                    format!("SELECT pid::text AS t FROM pg_stat_activity WHERE datname = '{database}'")
                }
                Kind::Mariadb => format!(
                    "SELECT CAST(id AS CHAR) AS t FROM information_schema.processlist WHERE db = '{database}'"
                ),
            },
        )
    }

    /// Breaks a connection, if it is still there.
    pub(crate) fn kill_connection(&self, number: &str) {
        let sql = match self.kind {
            Kind::Postgres => format!("SELECT pg_terminate_backend({number})"),
            Kind::Mariadb => format!("KILL CONNECTION {number}"),
        };
        let _ = self.execute(self.own(), &sql);
    }

    /// Makes the server write its memory to the tables' files.
    pub(crate) fn write_out(&self, database: &str) {
        let sql = match self.kind {
            Kind::Postgres => "CHECKPOINT".to_owned(),
            // Waits until every page of these tables is in their files, whatever other tests write meanwhile.
            Kind::Mariadb => {
                let tables = self.texts(
                    database,
                    "SELECT CONCAT('`', TABLE_NAME, '`') AS t FROM information_schema.TABLES \
                     WHERE TABLE_SCHEMA = DATABASE() AND ENGINE = 'InnoDB'",
                );
                format!("FLUSH TABLES {} FOR EXPORT", tables.join(", "))
            }
        };
        let done = self.execute(database, &sql);
        assert!(done.is_ok(), "{sql}: {done:?}");
    }

    /// The files of a database's tables.
    pub(crate) fn table_files(&self, database: &str) -> Vec<PathBuf> {
        let folder = match self.kind {
            Kind::Postgres => {
                let sql = format!("SELECT oid::text AS t FROM pg_database WHERE datname = '{database}'");
                self.dir.join("data/base").join(self.texts(self.own(), &sql).concat())
            }
            Kind::Mariadb => self.dir.join("data").join(database),
        };
        let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        if self.kind == Kind::Postgres {
            // Old versions of statistics are the server's own, and stay until it clears them.
            let sql = "SELECT pg_relation_filepath('pg_statistic') AS t";
            let own = self.dir.join("data").join(self.texts(database, sql).concat());
            files.retain(|file| *file != own);
        }
        files
    }

    /// Stops it at once, as if it had crashed.
    pub(crate) fn crash(&self) {
        self.tell("stop");
    }

    /// Starts it again, and waits until it answers.
    pub(crate) fn resume(&self) {
        self.tell("start");
        let mut last = String::new();
        for _ in 0..3_000 {
            match self.execute(self.own(), "SELECT 1") {
                Ok(_) => return,
                Err(e) => last = e,
            }
            pause(Duration::from_millis(20));
        }
        let log = fs::read_to_string(self.dir.join("log")).unwrap_or_default();
        panic!("{:?} does not answer: {last}\n{log}", self.kind);
    }

    fn tell(&self, word: &str) {
        let mut keeper = self.keeper.lock().unwrap();
        writeln!(keeper.stdin.as_mut().unwrap(), "{word}").unwrap();
        let mut answer = String::new();
        BufReader::new(keeper.stdout.as_mut().unwrap()).read_line(&mut answer).unwrap();
        assert_eq!(answer.trim(), word, "what starts and stops the server");
    }
}

/// Shared servers are never dropped; then the keeper notices our end by the pipe.
impl Drop for Server {
    fn drop(&mut self) {
        let keeper = self.keeper.get_mut().unwrap();
        drop(keeper.stdin.take());
        let _ = keeper.wait();
    }
}
