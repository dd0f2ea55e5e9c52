//! Ways by which purged data might come back, but doesn't.

use super::holding;
use crate::kit::{ACCESS, Home};

fn line(second: usize, path: &str) -> String {
    format!(
        "192.0.2.9 - - [10/Oct/2024:13:00:{second:02} +0000] \"GET {path} HTTP/1.1\" 200 1 \"https://r{second}.example/\" \"agent {second}\"\n"
    )
}

/// The last line without its end is a record that may grow.
#[test]
fn a_record_that_grows() {
    let home = Home::new();
    home.write("access.log", line(1, "/a") + line(2, "/hunter2").trim_end());
    home.load(&ACCESS);
    home.ok(&["purge", "hunter2"]).says(&["1 event"]);
    home.append("access.log", " more\n".to_owned() + &line(3, "/b"));
    home.load(&ACCESS);
    assert_eq!(home.column("url"), ["/a", "/b"]);
    assert!(home.rejects().is_empty());
}

/// Names are stored in dictionaries: those of a purged record don't come back with a load that leaves the record out,
/// and those with other references stay.
#[test]
fn names_of_a_record_that_is_left_out() {
    let home = Home::new();
    home.write("access.log", line(1, "/a") + &line(2, "/hunter2"));
    home.load(&[&ACCESS[..], &["--fs-keep", "none"]].concat());
    home.ok(&["purge", "hunter2"]);
    assert_eq!(holding(&home, &["r2.example", "agent 2"]), [""; 0]);
    home.load(&[&ACCESS[..], &["--reread", "--fs-keep", "none"]].concat());
    assert_eq!(holding(&home, &["hunter2", "r2.example", "agent 2"]), [""; 0]);
    home.append(
        "access.log",
        line(3, "/b").replace("r3.example", "r2.example").replace("agent 3", "agent 2"),
    );
    home.load(&[&ACCESS[..], &["--reread", "--fs-keep", "none"]].concat());
    assert!(!holding(&home, &["r2.example"]).is_empty());
    home.ok(&["db", "check"]);
    let events = home.events(&[]);
    assert_eq!(events.len(), 2);
    assert!(events.iter().any(|e| e["agent"] == "agent 2"), "{events:?}");
}

/// A rejected line is identified by its text, wherever it is.
#[test]
fn a_refused_line_in_another_file() {
    let home = Home::new();
    home.write("access.log", line(1, "/a") + "no hunter2 line\n");
    home.load(&ACCESS);
    home.ok(&["purge", "hunter2"]).says(&["0 events, 1 reject"]);
    home.write("twin.log", line(2, "/b") + "no hunter2 line\nno other line\n");
    home.load(&["-s", "log.http", "twin.log"]);
    let rejects: Vec<String> = home.rejects().into_iter().map(|(_, excerpt, _)| excerpt).collect();
    assert_eq!(rejects, ["no other line"]);
}

/// The copies still contain an undone task's records: a purge finds them there, line by line.
#[test]
fn what_an_undone_task_had_loaded() {
    let home = Home::new();
    home.write("access.log", line(1, "/a") + &line(2, "/hunter2") + &line(3, "/b"));
    home.load(&ACCESS);
    home.ok(&["tasks", "undo", "1"]);
    home.ok(&["purge", "hunter2"]).says(&["0 events", "copies of 1 file blanked"]);
    assert_eq!(holding(&home, &["hunter2"]), [""; 0]);
    home.ok(&["inputs", "reload", "1"]);
    assert_eq!(home.column("url"), ["/a", "/b"]);
}

/// An earlier copy that is updated no longer contains what was purged since, in any of its bytes.
#[test]
fn an_earlier_copy_of_the_database() {
    let home = Home::new();
    home.write("access.log", line(1, "/a") + &line(2, "/hunter2"));
    home.load(&ACCESS);
    let from = format!("sqlite:///{}", home.path("data/workhours/events.db").display());
    let to = format!("sqlite:///{}", home.path("data/copy.db").display());
    home.ok(&["db", "copy", &from, &to]);
    home.ok(&["purge", "hunter2"]);
    assert_eq!(holding(&home, &["hunter2"]), ["hunter2 in copy.db"]);
    home.ok(&["db", "copy", &from, &to]);
    assert_eq!(holding(&home, &["hunter2"]), [""; 0]);
    home.ok(&["--db", &to, "purge", "--check", "hunter2"]);
}
