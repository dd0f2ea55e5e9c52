//! Losing the program, its connection or the server at any moment: events loaded before are kept, and nothing of the
//! rest is lost or repeated.

use super::{Room, on_each_server, started};
use crate::kit::server::{Kind, Server};
use crate::kit::{ACCESS, Home, Ran, assert_same_multiset, pause};
use crate::logs::{Dice, access_log, titles};
use std::collections::HashSet;
use std::time::Duration;

on_each_server! { the_program the_connection the_server }

/// How often a loader is killed: `WORKHOURS_KILLS` sets more.
fn kills() -> usize {
    std::env::var("WORKHOURS_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(12)
}

/// The titles of all events, as in the table.
fn stored(server: &Server, database: &str) -> Vec<String> {
    server.texts(database, "SELECT title AS t FROM events")
}

fn the_program(kind: Kind) {
    let Some(Room { server, database, home }) = Room::on(kind) else { return };
    let mut dice = Dice::new(11);
    let (mut lines, mut killed, mut ended, mut patience_us) = (60_000, 0, 0, 5_000);
    home.append("access.log", access_log(0..lines));
    while killed < kills() {
        let (_, mut child) = started(&home, &ACCESS);
        // Later each time, until once it is too late for the kill.
        pause(Duration::from_micros(patience_us + dice.below(patience_us)));
        if child.try_wait().unwrap().is_some() {
            ended += 1;
            patience_us = 5_000;
            home.append("access.log", access_log(lines..lines + 20_000));
            lines += 20_000;
        } else {
            killed += 1;
            patience_us = patience_us * 3 / 2;
        }
        let _ = child.kill();
        child.wait().unwrap();
    }
    eprintln!("{kind:?}: {killed} loads were killed, {ended} had ended before");
    home.load(&ACCESS);
    assert_same_multiset(&stored(server, &database), &titles(0..lines), "after the kills");
    home.load(&ACCESS).counts([0; 4]);
    home.load(&[&ACCESS[..], &["--reread"]].concat()).counts([0, lines as u64, 0, 0]);
    home.ok(&["db", "check"]);
}

const FILES: usize = 120;
const LINES: usize = 200;

/// A load of many files, of which some are loaded already.
fn load_of_many(
    home: &Home,
    server: &Server,
    database: &str,
) -> (std::process::Command, std::process::Child) {
    for n in 0..FILES {
        home.write(format!("logs/{n:03}.log"), access_log(n * LINES..(n + 1) * LINES));
    }
    home.ok(&["tasks", "list"]); // makes the tables
    let (command, mut child) = started(home, &["-s", "log.http", "logs"]);
    while server.texts(database, "SELECT 'x' AS t FROM events LIMIT 1").is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before anything could happen to it");
        pause(Duration::from_millis(2));
    }
    (command, child)
}

fn the_connection(kind: Kind) {
    let Some(Room { server, database, home }) = Room::on(kind) else { return };
    let (command, mut child) = load_of_many(&home, server, &database);
    let (mut killed, mut dice) = (HashSet::new(), Dice::new(5));
    while killed.len() < 20 && child.try_wait().unwrap().is_none() {
        let new = server.connections(&database).into_iter().find(|number| !killed.contains(number));
        let Some(number) = new else {
            pause(Duration::from_millis(2));
            continue;
        };
        // Long enough for some progress, most of the time, before the next kill.
        pause(Duration::from_millis(dice.below(50)));
        server.kill_connection(&number);
        killed.insert(number);
    }
    eprintln!("{kind:?}: {} connections were killed", killed.len());
    assert!(killed.len() >= 5, "only {} connections were killed", killed.len());
    let run = Ran::from(&command, child.wait_with_output().unwrap()).exits_with_summary(0);
    let run = run.counts([(FILES * LINES) as u64, 0, 0, 0]);
    assert!(run.states().iter().all(|state| *state == "done"), "{}", *run);
    assert_same_multiset(&stored(server, &database), &titles(0..FILES * LINES), "after the kills");
    home.load(&["-s", "log.http", "logs"]).counts([0; 4]);
    home.ok(&["db", "check"]);
}

fn the_server(kind: Kind) {
    let Some(server) = kind.start() else { return };
    let (database, uri) = server.database();
    let home = Home::on(&uri);
    let (command, child) = load_of_many(&home, &server, &database);
    server.crash();
    server.resume();
    let run = Ran::from(&command, child.wait_with_output().unwrap());
    if run.code() == Some(0) {
        run.exits_with_summary(0).counts([(FILES * LINES) as u64, 0, 0, 0]);
    } else {
        // It may have given up, but then it says what to do.
        run.exits(1).says(&["was lost", "hint: when the server is back, run the command again"]);
    }
    home.load(&["-s", "log.http", "logs"]);
    assert_same_multiset(&stored(&server, &database), &titles(0..FILES * LINES), "after the crash");
    home.load(&["-s", "log.http", "logs", "--reread"]).counts([0, (FILES * LINES) as u64, 0, 0]);
    home.ok(&["db", "check"]);
}
