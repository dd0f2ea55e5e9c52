//! Promise: a database on a server is as safe as a file. Whatever fails during a load, and whatever other programs
//! load, read or purge at the same time: each record is there once in the end.

mod lost;
mod migrated;
mod moved;
mod purged;
mod read_only;
mod retained;
mod schema;
mod together;
mod trusted;

use crate::kit::Home;
use crate::kit::server::{Kind, Server};
use std::process::{Child, Command, Stdio};

/// A home whose programs use a separate database on one of the servers.
struct Room {
    server: &'static Server,
    database: String,
    home: Home,
}

impl Room {
    /// `None` if no such server can be started.
    fn on(kind: Kind) -> Option<Self> {
        let server = kind.shared()?;
        let (database, uri) = server.database();
        Some(Self { server, database, home: Home::on(&uri) })
    }
}

/// Starts a load whose summary is read later.
fn started(home: &Home, inputs: &[&str]) -> (Command, Child) {
    let mut command = home.command(&[inputs, &["-P", "-O", "json"]].concat());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    (command, child)
}

/// Makes each of these functions two tests, one for each server.
macro_rules! on_each_server {
    ($($promise:ident)*) => {$(
        mod $promise {
            use crate::kit::server::Kind;

            #[test]
            fn on_postgres() {
                super::$promise(Kind::Postgres);
            }

            #[test]
            fn on_mariadb() {
                super::$promise(Kind::Mariadb);
            }
        }
    )*};
}
use on_each_server;
