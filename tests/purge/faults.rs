//! A purge that fails at any of its writes, run again, ends like one that never failed: nothing comes back and nothing
//! else is lost.

use super::holding;
use crate::kit::shim::{Fault, copy, count, make_shim, run_with};
use crate::kit::{Home, Ran};
use std::fs;

const WORD: &str = "hunter2";

/// Records of one line, of several lines, rejected ones, rows of a document: each kind with and without the word. Some
/// are in two files; one is found only by its copy, because it is redacted in the database.
fn write_inputs(home: &Home) {
    let line = |i: usize, path: &str| {
        format!(
            "192.0.2.9 - - [10/Oct/2024:13:00:{i:02} +0000] \"GET {path} HTTP/1.1\" 200 {i} \"https://r{i}.example/\" \"agent {i}\"\n"
        )
    };
    let log = [
        line(1, "/a"),
        line(2, "/hunter2/x"),
        "no hunter2 line\n".to_owned(),
        line(3, "/b"),
        line(4, "/in?password=hunter2"),
        "no other line\n".to_owned(),
        line(5, "/c"),
    ]
    .concat();
    home.write("access.log", &log);
    home.write("twin.log", line(6, "/d") + &line(2, "/hunter2/x") + &line(7, "/e"));
    home.write("history.usrlog", "- cmd: echo hunter2\n  when: 1700000001\n- cmd: ls\n  when: 1700000002\n");
    home.write(
        "marks.html",
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n\
         <DT><A HREF=\"https://a.example/\" ADD_DATE=\"1700000000\">A</A>\n\
         <DT><A HREF=\"https://h.example/\" ADD_DATE=\"1700000001\" TAGS=\"hunter2\">H</A>\n",
    );
}

const INPUTS: [&str; 12] = [
    "-s",
    "log.http",
    "access.log",
    "-s",
    "log.http",
    "twin.log",
    "-s",
    "fish.history",
    "history.usrlog",
    "-s",
    "bookmarks.html",
    "marks.html",
];

const NAMES: [&str; 4] = ["access.log", "twin.log", "history.usrlog", "marks.html"];

/// The events and rejects, in order.
fn state(home: &Home) -> String {
    let lists: [&[&str]; 2] = [&["-r", "events", "-O", "jsonl"], &["rejects", "list", "-O", "csv"]];
    lists.iter().map(|args| home.ok(args).stdout()).collect()
}

/// The same except for the numbers that a reload changes.
fn texts(home: &Home) -> Vec<String> {
    let mut texts: Vec<String> =
        home.events(&[]).iter().map(|e| format!("{} {}", e["date"], e["title"])).collect();
    texts.extend(home.rejects().into_iter().map(|(offset, excerpt, _)| format!("{offset} {excerpt}")));
    texts.sort();
    texts
}

/// The home before the purge, and its expected state after it.
struct Case {
    home: Home,
    before: std::path::PathBuf,
    expected: String,
    reloaded: Vec<String>,
    writes: usize,
}

fn prepared(index: &[&str]) -> Option<Case> {
    let home = Home::new();
    if !make_shim(&home) {
        return None;
    }
    write_inputs(&home);
    home.run(&[&INPUTS[..], &["-P", "-q"], index].concat());
    home.ok(&["-r", "events", "reports", "save", "all"]);
    home.ok(&["reports", "snapshot", "all"]);
    // From here on there are the copies only.
    for name in NAMES {
        fs::remove_file(home.path(name)).unwrap();
    }
    let before = home.path("before");
    copy(&home.path("data"), &before);
    let ran = run_with(&home, &["purge", WORD], Fault::None).exits(0);
    let writes = count(&home);
    assert!(writes > 30, "they are counted\n{ran}");
    let expected = state(&home);
    reload(&home);
    let reloaded = texts(&home);
    assert_eq!(reloaded.len(), 8, "{reloaded:?}");
    assert!(reloaded.iter().all(|text| !text.contains(WORD)), "{reloaded:?}");
    Some(Case { home, before, expected, reloaded, writes })
}

/// A purge whose write of this number fails.
fn failing(home: &Home, at: usize) -> Ran {
    run_with(home, &["purge", WORD], Fault::Broken(at))
}

fn reload(home: &Home) {
    for input in ["1", "2", "3", "4"] {
        home.ok(&["inputs", "reload", input]);
    }
    home.ok(&["rejects", "replay"]);
}

/// Fails the writes of these numbers, one with each purge.
fn fails_at(case: &Case, which: impl Iterator<Item = usize>) {
    let home = &case.home;
    for at in which {
        copy(&case.before, &home.path("data"));
        let ran = failing(home, at);
        let done = ran.code() == Some(0);
        assert!(done || ran.code() == Some(1), "{at}\n{ran}");
        if done {
            assert_eq!(holding(home, &[WORD]), [""; 0], "{at}: it said that all was well\n{ran}");
        }
        let again = home.ok(&["purge", WORD]);
        assert_eq!(holding(home, &[WORD, "r2.example", "agent 4"]), [""; 0], "{at}\n{ran}\n{again}");
        assert_eq!(state(home), case.expected, "{at}\n{ran}\n{again}");
        home.ok(&["purge", "--check", WORD]);
        home.ok(&["db", "check"]);
        reload(home);
        assert_eq!(texts(home), case.reloaded, "{at}\n{ran}\n{again}");
        assert_eq!(holding(home, &[WORD]), [""; 0], "{at}\n{ran}\n{again}");
    }
}

/// Every write of the database and the filestore, shared out to the processors.
fn every_write(part: usize) {
    let Some(case) = prepared(&[]) else { return };
    fails_at(&case, (1..=case.writes).filter(|at| at % 2 == part));
}

#[test]
fn at_every_even_write() {
    every_write(0);
}

#[test]
fn at_every_odd_write() {
    every_write(1);
}

/// The index comes last, with as many writes again: a failed commit must not block the next one.
#[test]
fn at_writes_of_the_index() {
    let Some(case) = prepared(&["--index"]) else { return };
    fails_at(&case, (case.writes / 3..=case.writes).step_by(5));
}
