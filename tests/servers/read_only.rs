//! With `--read-only` a server's session changes nothing, and commands that need to write fail as with a file.

use super::{Room, on_each_server};
use crate::kit::server::Kind;
use crate::logs::access_log;

on_each_server!(reads_and_refuses);

fn reads_and_refuses(kind: Kind) {
    let Some(room) = Room::on(kind) else { return };
    let home = &room.home;
    home.write("access.log", access_log(0..40));
    // A missing database isn't created.
    home.run(&["--read-only", "-r", "events"]).exits(1).says(&["not a database of workhours"]);
    home.load(&["-s", "log.http", "access.log"]);
    for report in ["events", "histogram", "kinds", "hours"] {
        let read_only = home.ok(&["--read-only", "-r", report, "-O", "csv"]).stdout();
        assert_eq!(read_only, home.ok(&["-r", report, "-O", "csv"]).stdout(), "{report}");
    }
    let found = home.ok(&["--read-only", "search", "p7", "-O", "jsonl"]);
    assert_eq!(found.json_lines().len(), 1, "{found}");
    home.ok(&["--read-only", "db", "check"]);
    for args in [&["tags", "apply"][..], &["-s", "log.http", "access.log", "-P"], &["hours", "undo", "1"]] {
        home.run(&[&["--read-only"], args].concat()).exits(2).says(&["read-only", "hint:"]);
    }
}
