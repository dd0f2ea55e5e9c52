//! `workhours tail`: the last events, and each new one as it is loaded.

use super::{Watching, command, texts, until};
use crate::kit::Home;
use std::fs;
use std::process::{Command, Stdio};

#[test]
fn tail_prints_the_last_events_and_each_new_one() {
    let home = Home::new();
    home.write("history", (1..=30).map(|n| command(n, &format!("make {n}"))).collect::<String>());
    let watching = Watching::start(&home, &["-s", "bash.history", "history"]);
    until(&|| texts(&home).len() == 30, &|| "30 events".into());
    let tail = |args: &[&str], name: &str| {
        let out = fs::File::create(home.path(name)).unwrap();
        home.command(&[&["tail"], args].concat()).stdout(out).stderr(Stdio::null()).spawn().unwrap()
    };
    let printed = |name: &str| fs::read_to_string(home.path(name)).unwrap();
    let mut tails = [
        (tail(&["-n", "2", "make"], "lines"), "lines"),
        (tail(&["-n", "1", "text:make*", "-O", "jsonl"], "jsonl"), "jsonl"),
        (tail(&["--lines", "1", "-O", "csv"], "csv"), "csv"),
    ];
    for (_, name) in &tails {
        until(&|| !printed(name).is_empty(), &|| format!("{name} has begun"));
    }
    home.append("history", [command(31, "make 31"), command(32, "ls")].concat());
    until_there_too(&home, "ls");
    home.append("history", command(33, "make 33"));
    let is_last = |name: &str| printed(name).contains("make 33");
    for (_, name) in &tails {
        until(&|| is_last(name), &|| format!("make 33 in {name}: {}", printed(name)));
    }
    for (tail, _) in &mut tails {
        Command::new("kill").args(["-INT", &tail.id().to_string()]).status().unwrap();
        assert_eq!(tail.wait().unwrap().code(), Some(0));
    }
    let lines: Vec<String> =
        printed("lines").lines().map(|line| line.rsplit("  ").next().unwrap().to_owned()).collect();
    assert_eq!(lines, ["make 29", "make 30", "make 31", "make 33"]);
    let rows: Vec<String> = printed("jsonl")
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["text"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(rows, ["make 30", "make 31", "make 33"]);
    let csv = printed("csv");
    assert_eq!(csv.matches("source_type").count(), 1, "its head comes once: {csv}");
    assert_eq!(csv.lines().count(), 5, "{csv}");
    watching.end();
    home.run(&["tail", "-o", "x.csv"]).exits(2).says(&["tail has no end", "workhours tail > FILE"]);
    home.run(&["tail", "-O", "xlsx"]).exits(2).says(&["jsonl, csv, tsv"]);
}

/// Waits until an event says this.
#[track_caller]
fn until_there_too(home: &Home, text: &str) {
    until(&|| texts(home).iter().any(|there| there == text), &|| text.to_owned());
}
