//! A database of an earlier version on a server is updated like a file.

use super::{Room, on_each_server};
use crate::kit::server::Kind;
use crate::old_databases::{before_peer, files, is_brought_up_to_date};

on_each_server! { from_before_host_and_peer_were_told_apart }

fn from_before_host_and_peer_were_told_apart(kind: Kind) {
    let Some(Room { server, database, home }) = Room::on(kind) else { return };
    let dump = match kind {
        Kind::Postgres => "postgres.sql",
        Kind::Mariadb => "mariadb.sql",
    };
    server.script(&database, &String::from_utf8(before_peer(dump)).unwrap());
    server.script(&database, &files(&home));
    is_brought_up_to_date(&home, &|sql| server.texts(&database, sql));
}
