//! Promise: every hour can list its events, with file and line, and their minutes add up to the report's total.

use crate::kit::Home;
use serde_json::Value;
use std::fs;

fn rows(home: &Home, args: &[&str]) -> Vec<Value> {
    home.ok(&[&["-O", "jsonl", "--timezone", "UTC"], args].concat()).json_lines()
}

/// Hours, to a fraction of a second.
fn hours(rows: &[Value], column: &str, units: f64) -> f64 {
    (rows.iter().filter_map(|row| row[column].as_f64()).sum::<f64>() / units * 1e3).round() / 1e3
}

/// Two shells with alternating commands.
fn home() -> Home {
    let home = Home::new();
    let line = |(minute, command): &(i64, &str)| format!("#{}\n{command}\n", 1_710_000_000 + minute * 60);
    let lines = |all: &[(i64, &str)]| all.iter().map(line).collect::<String>();
    home.write("one.bash_history", lines(&[(0, "make"), (10, "make test"), (100, "ls"), (104, "cd tides")]));
    home.write("two.bash_history", lines(&[(5, "git status"), (12, "echo 'two\nlines'"), (101, "git push")]));
    home.load(&["-s", "bash.history", "one.bash_history", "-s", "bash.history", "two.bash_history"]);
    home
}

#[test]
fn the_minutes_of_events_are_the_hours() {
    let home = home();
    let explained = rows(&home, &["-r", "hours", "--explain", "-G", "30", "--pad", "3"]);
    let told: Vec<_> = explained
        .iter()
        .map(|row| {
            let file = row["path"].as_str().unwrap().rsplit('/').next().unwrap();
            format!("{} {} {}:{} {}", row["session"], row["minutes"], &file[..3], row["line"], row["title"])
        })
        .collect();
    assert_eq!(
        told,
        [
            "1 8.0 one:1 \"make\"",
            "1 5.0 two:1 \"git status\"",
            "1 2.0 one:3 \"make test\"",
            "1 0.0 two:3 \"echo 'two\\nlines'\"",
            "2 4.0 one:5 \"ls\"",
            "2 3.0 two:6 \"git push\"",
            "2 0.0 one:7 \"cd tides\"",
        ]
    );
    for more in [&["-r", "hours"][..], &["-r", "hours", "--by", "source", "--pad", "2"]] {
        let report = rows(&home, &[more, &["-G", "30"]].concat());
        let explained = rows(&home, &[more, &["-G", "30", "--explain"]].concat());
        assert_eq!(hours(&report, "hours", 1.0), hours(&explained, "minutes", 60.0), "{more:?}");
    }
    let run = home.ok(&["-r", "sessions", "-G", "30", "--explain"]).says(&["events: 7", "sessions: 2"]);
    assert!(run.stdout().lines().next().unwrap().starts_with("session,"), "{run}");
}

#[test]
fn what_was_corrected_is_explained_too() {
    let home = home();
    // The first session from its seventh minute to its eleventh; a call; and the end of the second under a name.
    home.ok(&["--timezone", "UTC", "hours", "remove", "2024-03-09T16:07:00", "2024-03-09T16:11:00"]);
    home.ok(&[
        "--timezone",
        "UTC",
        "hours",
        "add",
        "2024-03-09T20:00",
        "2024-03-09T21:00",
        "--note",
        "a call",
    ]);
    home.ok(&["--timezone", "UTC", "hours", "label", "2024-03-09T17:42", "2024-03-09T17:44", "tides"]);
    let flags = ["-G", "30", "--by", "project"];
    let report = rows(&home, &[&["-r", "hours"][..], &flags].concat());
    let explained = rows(&home, &[&["-r", "hours", "--explain"][..], &flags].concat());
    for key in ["(none)".into(), Value::from("tides")] {
        let of = |rows: &[Value]| rows.iter().filter(|row| row["key"] == key).cloned().collect::<Vec<_>>();
        assert_eq!(hours(&of(&report), "hours", 1.0), hours(&of(&explained), "minutes", 60.0), "{key}");
    }
    let call: Vec<_> = explained.iter().filter(|row| row["source_type"] == "correction").collect();
    assert_eq!((call.len(), &call[0]["title"], &call[0]["line"]), (1, &"a call".into(), &Value::Null));
    // The cut session becomes two; the event in the removed time owns the rest of it.
    let sessions: Vec<_> = explained.iter().map(|row| row["session"].as_i64().unwrap()).collect();
    assert!(sessions.is_sorted() && sessions.last() == Some(&4), "{sessions:?}");
}

#[test]
fn lines_come_from_the_copy_or_the_file_and_else_are_not_told() {
    let home = home();
    let lines = |home: &Home| {
        rows(home, &["-r", "hours", "--explain", "-G", "30"])
            .iter()
            .filter(|row| row["line"].is_u64())
            .count()
    };
    fs::remove_file(home.path("one.bash_history")).unwrap();
    assert_eq!(lines(&home), 7, "there is a copy");
    home.ok(&["--fs-keep", "none", "fs", "gc"]);
    assert_eq!(lines(&home), 3, "the other file is still there");
    home.write("two.bash_history", "#1710000000\nanother\n".repeat(9));
    assert_eq!(lines(&home), 0, "it is another one now");
}
