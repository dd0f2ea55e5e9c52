//! Promise: a rejected record is kept where it can be seen. A better source can read it again, which adds what is
//! readable now and nothing twice.

use crate::kit::plugin::{add, compile, has_cc};
use crate::kit::{ACCESS, Home, assert_same_multiset, repository};
use crate::logs::{access_line, access_log, packed, titles};
use diesel::prelude::*;
use serde_json::Value;
use std::fs;

fn listed(home: &Home, filters: &[&str]) -> Vec<Value> {
    home.ok(&[&["rejects", "list", "-O", "jsonl"], filters].concat()).json_lines()
}

/// Files, replayed, resolved, still rejected, unreadable, inserted.
#[track_caller]
fn replayed(home: &Home, args: &[&str], want: [u64; 6]) {
    let ran = home.ok(&[&["rejects", "replay", "-O", "jsonl"], args].concat());
    let row = &ran.json_lines()[0];
    let keys = ["files", "replayed", "resolved", "still_rejected", "unreadable", "inserted"];
    assert_eq!(keys.map(|key| row[key].as_u64().unwrap()), want, "{keys:?}\n{ran}");
}

fn sql(home: &Home, statement: &str) {
    let name = home.path("data/workhours/events.db");
    let mut conn = SqliteConnection::establish(name.to_str().unwrap()).unwrap();
    assert_eq!(diesel::sql_query(statement).execute(&mut conn), Ok(1), "{statement}");
}

/// A log of ten lines with two that are none.
fn with_bad_lines() -> String {
    access_log(0..4) + "no log line\n" + &access_log(4..8) + "nor this\n" + &access_log(8..10)
}

/// Turns an event of a line into what an older source would have made of it: a reject.
fn refuse(home: &Home, line: usize) {
    let offset: usize = with_bad_lines().lines().take(line - 1).map(|l| l.len() + 1).sum();
    sql(home, &format!("DELETE FROM events WHERE file_offset = {offset}"));
    sql(
        home,
        &format!(
            "INSERT INTO rejects VALUES (1, {offset}, 70, {line}, 'malformed', 'an old reason', 'x', 0, 1, 1, 1)"
        ),
    );
}

#[test]
fn the_list_shows_place_and_reason() {
    let home = Home::new();
    home.write("access.log", with_bad_lines());
    home.write("usrlog", "nothing\tof\tthe\tkind\n");
    home.load(&[&ACCESS[..], &["-s", "log.shell", "usrlog"]].concat());
    let all = listed(&home, &[]);
    let first = &all[0];
    let offset = access_log(0..4).len();
    assert_eq!(first["id"], format!("1:{offset}"));
    assert_eq!(first["offset"], offset);
    assert_eq!((&first["line"], &first["task"], &first["input_id"]), (&5.into(), &1.into(), &1.into()));
    assert_eq!((&first["source_type"], &first["path"]), (&"log.http".into(), &"access.log".into()));
    assert_eq!((&first["code"], &first["excerpt"]), (&"malformed".into(), &"no log line".into()));
    assert!(!first["reason"].as_str().unwrap().is_empty() && first["loaded"].is_string(), "{first}");
    assert_eq!(listed(&home, &["--source", "log.http"]).len(), 2);
    assert_eq!(listed(&home, &["--source", "log.http", "--limit", "1"]), all[..1]);
    assert_eq!(listed(&home, &["--limit", "0"]), [Value::Null; 0]);
    assert_eq!(listed(&home, &["--input", "1"]).len(), 2);
    assert_eq!(listed(&home, &["--code", "malformed", "--input", "1"]).len(), 2);
    assert_eq!(listed(&home, &["--code", "too-long"]).len(), 0);
    home.run(&["rejects", "list", "--code", "malfromed"]).exits(2).says(&["did you mean malformed?"]);
    home.run(&["rejects", "list", "--source", "log.htp"]).exits(2).says(&["did you mean log.http?"]);
    home.run(&["rejects", "list", "--input", "9"]).exits(2).says(&["no input 9", "hint:"]);
    assert!(home.ok(&["rejects", "list", "-O", "table"]).stdout().contains("no log line"));
}

#[test]
fn long_lists_are_read_page_by_page() {
    let home = Home::new();
    let lines: String = (0..2_500).map(|i| format!("no log line {i}\n")).collect();
    home.write("access.log", access_line(0) + &lines);
    home.load(&ACCESS).counts([1, 0, 0, 2_500]);
    let got: Vec<u64> = listed(&home, &[]).iter().map(|r| r["line"].as_u64().unwrap()).collect();
    assert_eq!(got, (2..2_502).collect::<Vec<_>>());
    assert_eq!(listed(&home, &["--limit", "1500"]).len(), 1_500);
    replayed(&home, &[], [1, 2_500, 0, 2_500, 0, 0]);
}

#[test]
fn what_is_readable_now_is_added_once() {
    let home = Home::new();
    home.write("access.log", with_bad_lines());
    home.load(&ACCESS).counts([10, 0, 0, 2]);
    let (events, rejects) = (home.events(&[]), listed(&home, &[]));
    for line in [1, 6, 12] {
        refuse(&home, line);
    }
    assert_eq!((home.events(&[]).len(), listed(&home, &[]).len()), (7, 5));
    replayed(&home, &["--source", "log.shell"], [0; 6]);
    // From the copy: the file itself is gone.
    fs::remove_file(home.path("access.log")).unwrap();
    replayed(&home, &["--source", "log.http"], [1, 5, 3, 2, 0, 3]);
    assert_eq!(home.events(&[]), events);
    assert_eq!(listed(&home, &[]), rejects, "with the task that found them");
    replayed(&home, &[], [1, 2, 0, 2, 0, 0]);
    assert_eq!((home.events(&[]), listed(&home, &[])), (events, rejects));
    // The cursor stays where it was.
    home.write("access.log", with_bad_lines() + &access_log(10..12));
    home.load(&ACCESS).counts([2, 0, 0, 0]);
}

#[test]
fn without_a_copy_the_file_is_read_wherever_it_is_now() {
    let home = Home::new();
    home.write("access.log", with_bad_lines());
    let keep = ["--fs-keep", "none"];
    home.load(&[&ACCESS[..], &keep].concat()).counts([10, 0, 0, 2]);
    refuse(&home, 2);
    replayed(&home, &keep, [1, 3, 1, 2, 0, 1]);
    home.rename("access.log", "access.log.1");
    home.load(&[&["-s", "log.http", "access.log.1"], &keep[..]].concat()).counts([0; 4]);
    refuse(&home, 2);
    replayed(&home, &keep, [1, 3, 1, 2, 0, 1]);
    // Another file at its place is not it.
    refuse(&home, 2);
    home.write("access.log.1", access_log(50..99));
    home.ok(&["rejects", "replay"]).says(&["neither in the filestore", "3 rejects could not be read again"]);
    replayed(&home, &keep, [0, 0, 0, 0, 3, 0]);
    assert_eq!((home.events(&[]).len(), listed(&home, &[]).len()), (9, 3));
}

#[test]
fn a_copy_that_ends_early_is_taken_as_far_as_it_goes() {
    let home = Home::new();
    home.write("access.log", with_bad_lines());
    home.load(&ACCESS).counts([10, 0, 0, 2]);
    home.append("access.log", "nothing either\n".to_owned() + &access_log(10..12));
    home.load(&[&ACCESS[..], &["--fs-keep", "none"]].concat()).counts([2, 0, 0, 1]);
    refuse(&home, 1);
    // The file has more than the copy, so it is preferred.
    replayed(&home, &["--fs-keep", "none"], [1, 4, 1, 3, 0, 1]);
    home.ok(&["inputs", "reload", "1", "--fs-keep", "none"]);
    assert_same_multiset(&home.column("title"), &titles(0..12), "reloaded");
    refuse(&home, 2);
    fs::remove_file(home.path("access.log")).unwrap();
    replayed(&home, &[], [1, 3, 1, 2, 1, 1]);
    assert_eq!(listed(&home, &[]).len(), 3);
    assert_same_multiset(&home.column("title"), &titles(0..12), "replayed");
}

#[test]
fn an_old_version_of_a_document_changes_nothing_in_the_new() {
    let home = Home::new();
    let document = |title: &str, bad: &str| {
        format!(
            "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n<DT><A HREF=\"https://example.org/a\" \
             ADD_DATE=\"1700000000\">{title}</A>\n{bad}<DT><A HREF=\"https://example.org/b\" \
             ADD_DATE=\"1700000001\">b</A>\n</DL>\n"
        )
    };
    let input = ["-s", "bookmarks.html", "b.html"];
    let bad = "<DT><A ADD_DATE=\"1700000009\">no address</A>\n";
    home.write("b.html", document("old", bad));
    let old = home.load(&input);
    assert_eq!((old.n("inserted"), old.n("rejected")), (2, 1), "{}", *old);
    home.write("b.html", document("new", ""));
    home.load(&input).counts([0, 1, 1, 0]);
    sql(&home, "INSERT INTO rejects VALUES (1, 3, 70, 1, 'malformed', 'old', 'x', 0, 1, 1, 1)");
    let events = home.events(&[]);
    replayed(&home, &[], [1, 2, 1, 1, 0, 0]);
    replayed(&home, &[], [1, 1, 0, 1, 0, 0]);
    assert_eq!(home.events(&[]), events);
}

#[test]
fn packed_and_unfinished_records_too() {
    let home = Home::new();
    home.write("access.log.gz", packed(with_bad_lines().as_bytes(), "gz"));
    home.load(&["-s", "log.http", "access.log.gz"]).counts([10, 0, 0, 2]);
    refuse(&home, 3);
    home.append("other.log", access_log(20..22) + "half a li");
    home.load(&["-s", "log.http", "other.log"]);
    let rejects = listed(&home, &[]);
    assert_eq!(rejects.len(), 4);
    replayed(&home, &[], [2, 4, 1, 3, 0, 1]);
    replayed(&home, &[], [2, 3, 0, 3, 0, 0]);
    let half = listed(&home, &[]).pop().unwrap();
    assert_eq!(half, rejects[3]);
    assert_eq!(half["provisional"], true);
    home.append("other.log", "ne of nothing\n");
    home.load(&["-s", "log.http", "other.log"]);
    assert_eq!(listed(&home, &[]).len(), 3, "the half line has been replaced");
}

#[test]
fn reread_takes_back_rejects_too() {
    let home = Home::new();
    home.write("access.log", with_bad_lines());
    home.load(&ACCESS);
    refuse(&home, 1);
    home.load(&[&ACCESS[..], &["--reread"]].concat()).counts([1, 9, 0, 2]);
    assert_eq!(listed(&home, &[]).len(), 2);
    assert_same_multiset(&home.column("title"), &titles(0..10), "read again");
}

#[test]
fn a_better_plugin_gets_another_try() {
    if !has_cc() {
        return;
    }
    let home = Home::new();
    let source = repository("tests/rejects.c");
    add(&home, &compile(&home, &source, &["-DREFUSE=\"two\""], "picky.so")).exits(0);
    home.write("lines.txt", "one\ntwo\ntwo\nthree\n#bad\ntwo\nfour\n");
    home.load(&["-s", "picky", "lines.txt"]).counts([3, 0, 0, 4]);
    assert_eq!(listed(&home, &["--source", "picky"]).len(), 4);
    let better = compile(&home, &source, &["-DREFUSE=\"nothing\""], "better.so");
    fs::copy(better, home.path("data/workhours/plugins.d/picky.so")).unwrap();
    // Not trusted yet: nothing is read, and nothing is lost.
    let refused = home.run(&["rejects", "replay", "-O", "jsonl"]).exits(1);
    assert_eq!(refused.json_lines()[0]["unreadable"], 4, "{refused}");
    let refused = refused.says(&["it has changed since it was trusted"]);
    assert_eq!(listed(&home, &[]).len(), 4, "{refused}");
    home.ok(&["plugin", "trust", "picky"]);
    replayed(&home, &[], [1, 4, 3, 1, 0, 3]);
    replayed(&home, &[], [1, 1, 0, 1, 0, 0]);
    let mut texts = home.column("text");
    texts.sort();
    assert_eq!(texts, ["four", "one", "three", "two", "two", "two"]);
    assert_eq!(listed(&home, &[])[0]["excerpt"], "#bad");
    home.ok(&["plugin", "remove", "picky"]);
    home.ok(&["rejects", "replay"]).says(&["1 reject could not be read again"]);
    assert_eq!(listed(&home, &["--source", "picky"]).len(), 1);
}
