//! A database copied from backend to backend: it always has the same sums and results, and a broken connection or a
//! kill on the way loses nothing.

use super::{Room, on_each_server};
use crate::kit::server::Kind;
use crate::kit::{ACCESS, Home, Ran, pause};
use crate::logs::access_log;
use std::process::Stdio;
use std::time::Duration;

/// A copy's output without the number of written rows.
fn sums(ran: &Ran) -> Vec<String> {
    let line = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        [cells[0], cells[1], cells[3]].join(" ")
    };
    ran.stdout().lines().map(line).collect()
}

fn told(home: &Home, uri: &str) -> String {
    let lists: [&[&str]; 5] =
        [&["-r", "events"], &["inputs", "list"], &["tasks", "list"], &["rejects", "list"], &["tags", "list"]];
    lists.iter().map(|args| home.ok(&[args, &["--db", uri, "-O", "jsonl"][..]].concat()).stdout()).collect()
}

#[test]
fn from_stop_to_stop() {
    let home = Home::new();
    home.write("access.log", access_log(0..9_000) + "no log line\n");
    home.write(
        "notes.jsonl",
        "{\"title\": \"a\u{0}b \", \"tags\": [\"x\", \"ä\"], \"user\": \"'\\\"\"}\n{\"text\": \"\"}\n",
    );
    home.load(&[&ACCESS[..], &["-s", "jsonl", "notes.jsonl"]].concat());
    home.append("access.log", access_log(9_000..9_500));
    home.load(&ACCESS);
    home.ok(&["purge", "p77 "]);
    let first = format!("sqlite:///{}", home.path("data/workhours/events.db").display());
    let mut stops = vec![first.clone()];
    for kind in [Kind::Postgres, Kind::Mariadb, Kind::Postgres] {
        stops.extend(kind.shared().map(|server| server.database().1));
    }
    stops.push("sqlite:///back.db".to_owned());
    let mut before: Option<Vec<String>> = None;
    for stop in stops.windows(2) {
        let ran = home.ok(&["db", "copy", &stop[0], &stop[1], "-O", "csv"]);
        home.ok(&["db", "check", "--db", &stop[1]]);
        let now = sums(&ran);
        assert_eq!(before.get_or_insert(now.clone()), &now, "{ran}");
        assert_eq!(told(&home, &first), told(&home, &stop[1]), "{}", stop[1]);
    }
    // And it is a database like any other: known records are known there too.
    home.load(&["--db", &stops[1], "-s", "log.http", "access.log", "--reread"]);
    assert_eq!(
        home.ok(&["--db", &stops[1], "-r", "events", "-O", "csv"]).stdout(),
        home.ok(&["-r", "events", "-O", "csv"]).stdout()
    );
}

on_each_server! { through_kills_and_lost_connections }

fn through_kills_and_lost_connections(kind: Kind) {
    let Some(Room { server, database, .. }) = Room::on(kind) else { return };
    let home = Home::new();
    home.write("access.log", access_log(0..60_000));
    let source = "sqlite:///source.db";
    home.load(&[&ACCESS[..], &["--db", source]].concat());
    let uri = server.uri(&database);
    for delay in [100, 250, 500] {
        let mut command = home.command(&["db", "copy", source, &uri]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        pause(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let mut command = home.command(&["db", "copy", source, &uri]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut killed = 0;
    while killed < 5 && child.try_wait().unwrap().is_none() {
        if let Some(number) = server.connections(&database).first() {
            server.kill_connection(number);
            killed += 1;
        }
        pause(Duration::from_millis(60));
    }
    Ran::from(&command, child.wait_with_output().unwrap()).exits(0).says(&["counts and sums agree"]);
    assert_eq!(told(&home, source), told(&home, &uri));
}
