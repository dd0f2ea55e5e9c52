//! Promise: a reload never reduces the number of events. Interrupted at any moment, each event is from the old or the
//! new reading. Before losing events it asks, and it only changes what differs.

use crate::kit::{ACCESS, Home, Ran, pause};
use crate::logs::access_log;
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use serde_json::Value;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

const ZONE: [&str; 2] = ["--timezone", "America/Chicago"];
const SHELL: [&str; 3] = ["-s", "log.shell", "usrlog"];

fn dates(home: &Home) -> Vec<String> {
    home.column("date")
}

fn state(home: &Home) -> Value {
    home.ok(&["inputs", "list", "-O", "jsonl"]).json_lines()[0]["state"].clone()
}

/// Its output, on either stream, has all of these.
fn tells(ran: &Ran, all: &[&str]) {
    for text in all {
        assert!(ran.stdout().contains(text) || ran.stderr().contains(text), "nothing about {text:?}\n{ran}");
    }
}

fn sql(home: &Home, text: &str) {
    let db = home.path("data/workhours/events.db");
    SqliteConnection::establish(db.to_str().unwrap()).unwrap().batch_execute(text).unwrap();
}

/// Two lines an hour, at local times.
fn commands(n: usize) -> String {
    (0..n)
        .map(|i| format!("x1: 06/{:02}/12 {:02}:{:02} ::: make {i}\n", 1 + i / 48, i / 2 % 24, i % 2 * 30))
        .collect()
}

#[test]
fn of_what_is_the_same_nothing_changes() {
    let home = Home::new();
    home.write("access.log", access_log(0..500) + "no log line\n");
    home.load(&ACCESS);
    let (events, rejects) = (home.events(&[]), home.rejects());
    for how in [&[][..], &["--in-batches"]] {
        home.ok(&[&["inputs", "reload", "1"], how].concat())
            .says(&["reloaded input 1: 500 events, of which 0 new and 0 changed; 0 of before are gone"]);
        assert_eq!((home.events(&[]), home.rejects()), (events.clone(), rejects.clone()));
    }
    home.ok(&["db", "check", "--deep"]);
}

#[test]
fn killed_at_any_moment_it_leaves_the_old_or_the_new() {
    for how in [&[][..], &["--in-batches"]] {
        let home = Home::new();
        home.write("usrlog", commands(1_400));
        home.load(&SHELL);
        let old = dates(&home);
        let reload = [&["inputs", "reload", "1"], &ZONE[..], how].concat();
        fs::remove_file(home.path("usrlog")).unwrap();
        for ms in [0, 5, 10, 20, 30, 40, 60, 80, 120, 200] {
            let mut child =
                home.command(&reload).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            pause(Duration::from_millis(ms));
            child.kill().unwrap();
            let ended = child.wait().unwrap().success();
            let stored = dates(&home);
            assert!(stored.len() >= 1_400, "{} of 1,400 after {ms} ms", stored.len());
            if how.is_empty() {
                assert!(stored.len() == 1_400, "one of the readings, not a mixture");
                assert!(!ended || stored[0] != old[0]);
            }
            home.ok(&["db", "check"]);
        }
        home.ok(&["inputs", "reload", "1"]);
        let finished = dates(&home);
        home.ok(&reload);
        assert_eq!(dates(&home).len(), 1_400);
        assert_eq!(dates(&home)[0], "2012-06-01T05:00:00Z");
        assert!(finished[0] == old[0] || finished == dates(&home), "it goes on in the zone it was begun in");
        assert_eq!(state(&home), Value::Null);
    }
}

#[test]
fn a_reload_that_was_cut_off_is_told_of_and_goes_on() {
    let home = Home::new();
    home.write("usrlog", commands(10));
    home.load(&SHELL);
    assert_eq!(state(&home), Value::Null);
    sql(
        &home,
        "INSERT INTO meta (key, value) VALUES ('reload.1', '{\"zone\":\"America/Chicago\",\"events\":10}')",
    );
    assert_eq!(state(&home), "reload not finished");
    home.ok(&["inputs", "reload", "1"]);
    assert_eq!((state(&home), dates(&home)[0].as_str()), (Value::Null, "2012-06-01T05:00:00Z"));
}

#[test]
fn fewer_events_are_asked_for() {
    let home = Home::new();
    home.write("access.log", access_log(0..50));
    home.load(&ACCESS);
    // As if an older program had made one more event of a line.
    sql(
        &home,
        "CREATE TEMP TABLE one AS SELECT * FROM events LIMIT 1;
         UPDATE one SET id = cast(substr(id, 1, 15) || x'00' AS BLOB);
         INSERT INTO events SELECT * FROM one",
    );
    for how in [&[][..], &["--in-batches"]] {
        home.run(&[&["inputs", "reload", "1"], how].concat()).exits(1).says(&[
            "fewer events: 50 instead of 51",
            "hint: ",
            "workhours inputs reload 1 --force",
        ]);
        assert_eq!(home.events(&[]).len(), 51);
    }
    home.ok(&["inputs", "reload", "1", "--force"]).says(&["50 events", "1 of before are gone"]);
    assert_eq!(home.events(&[]).len(), 50);
}

#[test]
fn tags_given_by_hand_survive() {
    let home = Home::new();
    home.write("usrlog", commands(20));
    home.load(&SHELL);
    sql(
        &home,
        "INSERT INTO tags (id, tag) VALUES (77, 'mine');
         INSERT INTO event_tags (event_id, tag_id, by_rule) SELECT id, 77, 0 FROM events WHERE text = 'make 3'",
    );
    let mine = |home: &Home| {
        let events = home.events(&[]);
        let tagged: Vec<String> = events
            .iter()
            .filter(|e| e["tags"].to_string().contains("mine"))
            .map(|e| e["text"].to_string())
            .collect();
        assert_eq!(tagged.len(), 1, "{events:?}");
        assert!(tagged[0].contains("make 3"), "{tagged:?}");
    };
    mine(&home);
    // The same event, one with another content, and one at another time.
    home.ok(&["inputs", "reload", "1"]).says(&["0 new and 0 changed"]);
    mine(&home);
    sql(&home, "UPDATE events SET text = 'make 3!' WHERE text = 'make 3'");
    home.ok(&["inputs", "reload", "1"]).says(&["0 new and 1 changed"]);
    mine(&home);
    home.ok(&[&["inputs", "reload", "1"], &ZONE[..]].concat())
        .says(&["20 events", "19 new and 1 changed; 19 of before are gone"]);
    mine(&home);
}

#[test]
fn a_deep_check_finds_what_differs_and_a_reload_mends_it() {
    let home = Home::new();
    home.write("access.log", access_log(0..200));
    home.load(&ACCESS);
    home.ok(&["index", "update"]);
    let good = home.events(&[]);
    home.ok(&["db", "check", "--deep"]);
    sql(
        &home,
        "UPDATE events SET user = 'eve' WHERE id = (SELECT min(id) FROM events);
         DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY id DESC LIMIT 2)",
    );
    home.ok(&["db", "check"]);
    let bad = home.events(&[]);
    let differences = [
        "1 event is stored with another content than the copy has",
        "2 events are in the copies and not stored",
        "it has 200 events, the database 198",
        "workhours inputs reload 1",
    ];
    tells(&home.run(&["db", "check", "--deep"]).exits(1), &differences);
    assert_eq!(home.events(&[]), bad, "a check changes nothing");
    home.ok(&["inputs", "reload", "1"]);
    assert_eq!(home.events(&[]), good);
}

#[test]
fn a_file_that_cannot_be_compared_is_told_of() {
    let home = Home::new();
    home.write("access.log", access_log(0..20));
    home.load(&[&ACCESS[..], &["--fs-keep", "none"]].concat());
    fs::remove_file(home.path("access.log")).unwrap();
    tells(&home.ok(&["db", "check", "--deep"]), &["not compared: ", "neither in the filestore"]);
}

#[test]
fn copies_are_verified() {
    let home = Home::new();
    home.write("access.log", access_log(0..300));
    home.load(&ACCESS);
    home.ok(&["fs", "verify"]).says(&["1 copied object whole"]);
    let folder =
        fs::read_dir(home.path("data/workhours/fs/objects")).unwrap().next().unwrap().unwrap().path();
    let copy = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&copy).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&copy, &bytes).unwrap();
    tells(
        &home.run(&["fs", "verify"]).exits(1),
        &["damaged", "access.log", "1 of 1 copied object is not whole"],
    );
    tells(&home.run(&["db", "check", "--deep"]).exits(1), &["is damaged"]);
    fs::remove_file(&copy).unwrap();
    tells(&home.run(&["fs", "verify"]).exits(1), &["missing"]);
}
