//! The commands that write, each with the state before and the visible result.

use super::{Case, holds};
use crate::kit::{ACCESS, Home};
use crate::logs::access_log;

const INPUTS: [&str; 9] =
    ["-s", "log.http", "access.log", "-s", "log.shell", "usrlog", "-s", "bookmarks.html", "marks.html"];

fn write_inputs(home: &Home) {
    home.write("access.log", access_log(0..40).repeat(2) + "no log line\n");
    home.write(
        "usrlog",
        "x1: 06/08/12 19:28 ::: make\nx1: 06/08/12 19:29 ::: ls\nx1: 06/08/12 19:31 ::: pwd\n",
    );
    home.write(
        "marks.html",
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n\
         <DT><A HREF=\"https://a.example/\" ADD_DATE=\"1700000000\" TAGS=\"x,y\">A</A>\n\
         <DT><A HREF=\"https://b.example/\" ADD_DATE=\"1700000001\">B</A>\n",
    );
}

fn loaded(home: &Home) {
    write_inputs(home);
    home.ok(&[&INPUTS[..], &["-P"]].concat());
}

fn grown(home: &Home) {
    loaded(home);
    home.append("access.log", access_log(40..60) + &access_log(50..60));
}

/// Events and rejects, but for when they were loaded.
fn stored(home: &Home) -> String {
    format!("{}{:?}", home.ok(&["-r", "events", "-O", "jsonl"]).stdout(), home.rejects())
}

#[test]
fn a_first_load() {
    let args = &[
        "-s",
        "log.http",
        "access.log",
        "-s",
        "log.shell",
        "usrlog",
        "-s",
        "bookmarks.html",
        "marks.html",
        "-P",
    ];
    holds(Case { prepare: write_inputs, args, again: &[0], state: stored });
}

#[test]
fn a_load_of_what_was_appended() {
    let args = &[ACCESS[0], ACCESS[1], ACCESS[2], "-P"];
    holds(Case { prepare: grown, args, again: &[0], state: stored });
}

#[test]
fn a_reload() {
    let args = &["inputs", "reload", "2", "--timezone", "America/Chicago"];
    holds(Case { prepare: loaded, args, again: &[0], state: stored });
}

#[test]
fn a_reload_in_batches() {
    let args = &["inputs", "reload", "2", "--timezone", "America/Chicago", "--in-batches"];
    holds(Case { prepare: loaded, args, again: &[0], state: stored });
}

#[test]
fn an_undo() {
    let args = &["tasks", "undo", "2"];
    holds(Case { prepare: loaded, args, again: &[0, 2], state: stored });
}

#[test]
fn a_removal() {
    let args = &["inputs", "remove", "3"];
    holds(Case { prepare: loaded, args, again: &[0, 2], state: stored });
}

#[test]
fn an_index() {
    fn state(home: &Home) -> String {
        stored(home) + &home.ok(&["search", "GET", "--facet", "peer", "-O", "csv"]).stdout()
    }
    holds(Case { prepare: grown, args: &["index", "update"], again: &[0], state });
}

#[test]
fn a_copy_of_the_database() {
    fn state(home: &Home) -> String {
        stored(home) + &home.ok(&["--db", "sqlite:///data/copy.db", "-r", "events", "-O", "jsonl"]).stdout()
    }
    let args = &["db", "copy", "sqlite:///data/workhours/events.db", "sqlite:///data/copy.db"];
    holds(Case { prepare: loaded, args, again: &[0], state });
}

#[test]
fn rules_for_secrets() {
    let args = &["-c", "rules.toml", "redact", "--apply"];
    fn prepare(home: &Home) {
        loaded(home);
        home.write("rules.toml", "[redaction]\naddress = '[ab]\\.example'\n");
    }
    holds(Case { prepare, args, again: &[0], state: stored });
}

#[test]
fn a_sweep_of_the_copies() {
    fn prepare(home: &Home) {
        for i in 0..20 {
            home.append("access.log", access_log(i..i + 1));
            home.load(&ACCESS);
        }
    }
    holds(Case { prepare, args: &["fs", "gc"], again: &[0], state: stored });
}
