//! Promise: a load may be stopped at any moment. Ctrl-C and `kill` keep what was committed and print so, `kill -9`
//! can't print anything. After each, the next run continues and ends with every line once.

use crate::kit::{ACCESS, Home, Ran, pause};
use crate::logs::{access_log, title};
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const LINES: usize = 200_000;

/// Starts loading a large log and waits until a part of it is committed.
fn started(home: &Home) -> (Command, Child) {
    home.write("access.log", access_log(0..LINES));
    let mut command = home.command(&[&ACCESS[..], &["-P", "-O", "json"]].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let log = home.path("data/workhours/events.db-wal");
    while fs::metadata(&log).map_or(0, |m| m.len()) < 2 << 20 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be stopped");
        pause(Duration::from_millis(2));
    }
    (command, child)
}

/// The rest is loaded by the next run, and the whole is there.
fn goes_on(home: &Home, had: u64) {
    let stored = home.events(&[]).len() as u64;
    assert!(stored >= had, "{stored} of {had}");
    let run = home.load(&ACCESS);
    assert_eq!(run.n("inserted"), LINES as u64 - stored, "{}", *run);
    assert_eq!(run.n("duplicates"), 0, "{}", *run);
    let mut titles = home.column("title");
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), LINES);
    assert_eq!(home.events(&[]).len(), LINES);
    assert!(titles.binary_search(&title(LINES - 1)).is_ok());
}

fn asked_to_stop(signal: &str) {
    let home = Home::new();
    let (command, child) = started(&home);
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    let run = Ran::from(&command, child.wait_with_output().unwrap()).exits_with_summary(1);
    assert_eq!(run.states(), ["partial"], "{}", *run);
    assert!(run.stderr().contains("interrupted"), "{}", *run);
    assert!(run.stdout().contains("\"interrupted\":true"), "{}", *run);
    let kept = home.events(&[]).len() as u64;
    assert_eq!(kept, run.n("inserted"), "{}", *run);
    assert!(kept > 0 && kept < LINES as u64, "{kept} events were kept\n{}", *run);
    goes_on(&home, kept);
}

#[test]
fn by_sigterm() {
    asked_to_stop("-TERM");
}

#[test]
fn by_sigint() {
    asked_to_stop("-INT");
}

#[test]
fn by_sigkill() {
    let home = Home::new();
    let (_, mut child) = started(&home);
    child.kill().unwrap();
    child.wait().unwrap();
    goes_on(&home, 0);
    let tasks = home.ok(&["tasks", "list", "-O", "jsonl"]).json_lines();
    assert_eq!(tasks.iter().filter(|t| t["state"] == "done").count(), 1, "{tasks:?}");
}

#[test]
fn a_database_that_is_removed_or_replaced_meanwhile_is_no_success() {
    for what in ["removed", "replaced"] {
        let home = Home::new();
        let (command, child) = started(&home);
        // At once: in between, it would be found removed.
        if what == "replaced" {
            home.write("another.db", "");
            home.rename("another.db", "data/workhours/events.db");
        } else {
            fs::remove_file(home.path("data/workhours/events.db")).unwrap();
        }
        for end in ["-wal", "-shm"] {
            fs::remove_file(home.path(format!("data/workhours/events.db{end}"))).unwrap();
        }
        let ran = Ran::from(&command, child.wait_with_output().unwrap()).exits(1);
        assert!(ran.stderr().contains(&format!("was {what}")), "{ran}");
    }
}
