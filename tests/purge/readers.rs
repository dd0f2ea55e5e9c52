//! A program that still reads the earlier state keeps old pages in the database file: that is reported, and the check
//! fails until it is done.

use super::holding;
use crate::kit::{ACCESS, Home};
use crate::logs::access_log;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

#[test]
fn they_are_reported_until_they_are_gone() {
    let home = Home::new();
    home.write("access.log", access_log(0..300) + &access_log(300..301).replace("GET /p300", "GET /hunter2"));
    home.load(&ACCESS);
    let name = home.path("data/workhours/events.db");
    let mut reader = SqliteConnection::establish(name.to_str().unwrap()).unwrap();
    reader.batch_execute("BEGIN; SELECT count(*) FROM events").unwrap();
    let purged = home.run(&["purge", "hunter2", "--wait", "0"]).exits(1);
    let purged =
        purged.says(&["not yet from every file: 1 event", "keeps old pages or rows for a reader", "hint: "]);
    if cfg!(target_os = "linux") {
        let me = format!("(process {})", std::process::id());
        assert!(purged.stderr().contains(&me), "{purged}");
    }
    // The files aren't opened here: closing them would release the reader's locks, which are of this process.
    home.run(&["purge", "--check"]).exits(1).says(&["for a reader"]);
    assert_eq!(home.events(&[]).len(), 300);
    reader.batch_execute("COMMIT").unwrap();
    home.ok(&["purge", "--check"]).says(&["nothing is left"]);
    assert_eq!(holding(&home, &["hunter2"]), [""; 0]);
    // A reader of the current state doesn't block anything.
    reader.batch_execute("BEGIN; SELECT count(*) FROM events").unwrap();
    home.ok(&["purge", "--check"]);
    home.load(&ACCESS);
    home.ok(&["purge", "--check"]);
}

#[test]
fn a_check_without_a_purge_finds_nothing() {
    let home = Home::new();
    home.ok(&["purge", "--check"]).says(&["nothing is left"]);
    home.run(&["purge"]).exits(2).says(&["PATTERN"]);
}
