//! Promise: `search` finds loaded events, with the same result with and without the index. The index follows whatever
//! happens to the database and to the programs that write it.

use crate::kit::{ACCESS, Home, Ran, pause, repository};
use crate::logs::access_log;
use serde_json::Value;
use std::process::Stdio;
use std::time::Duration;

/// A database of the example day.
pub(crate) fn example() -> Home {
    let home = Home::new();
    for (source, file) in [("log.shell", "examples/session.log"), ("log.http", "examples/access.log")] {
        home.load(&["-s", source, repository(file).to_str().unwrap()]);
    }
    home
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout()).unwrap_or_else(|e| panic!("{e}: {}", ran.stdout()))
}

pub(crate) fn searched(home: &Home, args: &[&str]) -> Value {
    json(&home.ok(&[&["search", "-O", "json"], args].concat()))
}

/// The part that doesn't depend on the engine.
fn answer(mut found: Value) -> Value {
    for key in ["took_ms", "warnings", "page"] {
        found.as_object_mut().unwrap().remove(key);
    }
    // The database stops at what fills the page.
    found.as_object_mut().unwrap().remove("total");
    found
}

#[test]
fn it_finds_marks_counts_and_pages() {
    let home = example();
    let found = searched(&home, &["push", "--facet", "host", "--facet", "source:1", "--histogram=1h"]);
    assert_eq!(found["total"], serde_json::json!({ "value": 3, "relation": "eq" }));
    assert_eq!(found["data"][1]["highlight"]["text"], serde_json::json!([["git ", 0], ["push", 1]]));
    assert_eq!(found["facets"][0]["values"], serde_json::json!([{ "value": "laptop", "count": 3 }]));
    assert_eq!(found["facets"][1]["values"][0]["value"], "log.shell");
    assert_eq!(found["histogram"]["step"], "1h");
    let mut after = None;
    let mut ids = Vec::new();
    loop {
        let mut args = vec!["git", "--limit", "2", "--sort", "oldest"];
        args.extend(after.iter().flat_map(|after: &String| ["--after", after.as_str()]));
        let page = searched(&home, &args);
        ids.extend(page["data"].as_array().unwrap().iter().map(|event| event["id"].to_string()));
        after = page["page"]["next"].as_str().map(str::to_owned);
        if after.is_none() {
            break;
        }
    }
    let all = searched(&home, &["git", "--limit", "100", "--sort", "oldest"]);
    let all: Vec<String> =
        all["data"].as_array().unwrap().iter().map(|event| event["id"].to_string()).collect();
    assert_eq!(ids, all);
    assert!(all.len() > 5);
    // For programs the events are those of the report, in whatever format.
    let csv =
        home.ok(&["search", "push", "-O", "csv", "--source", "log.shell", "--from", "2026-03-10 13:00"]);
    let report = home.ok(&[
        "-r",
        "events",
        "--where",
        "push",
        "-O",
        "csv",
        "--source",
        "log.shell",
        "--from",
        "2026-03-10 13:00",
        "--sort",
        "-date",
    ]);
    assert_eq!(csv.stdout(), report.stdout());
    let facet = home.ok(&["search", "--facet", "status", "-O", "csv"]).stdout();
    assert!(facet.contains("200,14"), "{facet}");
}

#[test]
fn mistakes_point_at_their_place() {
    let home = example();
    home.run(&["search", "user:ada AND ("]).exits(2).says(&["at character 15", "user:ada AND (\n", "^"]);
    home.run(&["search", "hots:web1"]).exits(2).says(&["did you mean host?"]);
    home.run(&["search", &"(".repeat(999)]).exits(2).says(&["more than 16 deep"]);
    home.run(&["search", "x", "--facet", "text"]).exits(2).says(&["cannot be counted", "source, kind, host"]);
    home.run(&["search", "x", "--histogram=7h"]).exits(2).says(&["not an interval", "1mo"]);
    home.run(&["search", "x", "--sort", "hots"]).exits(2).says(&["cannot be sorted", "did you mean host?"]);
    home.run(&["search", "x", "--sort=-project"]).exits(2).says(&["cannot be sorted by project", "duration"]);
    home.run(&["search", "x", "--histogram", "--by", "tag"]).exits(2).says(&["divided by tag", "person"]);
    home.run(&["search", "x", "--after", "nowhere"]).exits(2).says(&["not a page position"]);
    home.run(&["search", "x", "--limit", "10001"]).exits(2).says(&["more than 10000", "-r events"]);
    home.run(&["search", "x", "--db", "sqlite:///:memory:"]).exits(2).says(&["no index"]);
}

/// Questions of all kinds.
const QUESTIONS: [&[&str]; 7] = [
    &[],
    &["GET -p7"],
    &["url:p1*"],
    &["status>=200", "source:log.http"],
    &["\"GET /p10\"", "OR", "\"GET /p11 HTTP/1.1\""],
    &["--from", "2024-05-01", "p3"],
    &["nothing"],
];

/// Compares the index with the database.
pub(crate) fn agrees(home: &Home) {
    for question in QUESTIONS {
        let args = [
            question,
            &["--facet", "host", "--facet", "status", "--facet", "kind", "--histogram", "--limit", "40"],
        ];
        let indexed = searched(home, &args.concat());
        assert_eq!(indexed["warnings"], Value::Array(vec![]), "{question:?}");
        let scanned = searched(home, &[&args.concat()[..], &["--no-index"]].concat());
        assert_eq!(answer(indexed), answer(scanned), "{question:?}");
        for sort in ["peer", "-status", "-url", "duration"] {
            let args = [question, &["--sort", sort, "--by", "peer", "--histogram", "--limit", "40"]].concat();
            let scanned = searched(home, &[&args[..], &["--no-index"]].concat());
            assert_eq!(answer(searched(home, &args)), answer(scanned), "{question:?} {sort}");
        }
    }
}

#[test]
fn the_index_is_a_cache() {
    let home = example();
    the_index_of(&home, 1);
    // If it is lost, the next user rebuilds it.
    std::fs::remove_dir_all(home.path("data/workhours/fs/index")).unwrap();
    agrees(&home);
}

/// It follows loads, deletions and purges, and can be built again.
pub(crate) fn the_index_of(home: &Home, task: u64) {
    let state = |home: &Home| home.ok(&["index", "status", "-O", "jsonl"]).json_lines().remove(0);
    assert_eq!(state(home)["state"], "absent");
    home.ok(&["index", "update"]).says(&["indexed 65 events"]);
    assert_eq!((&state(home)["state"], &state(home)["events"]), (&"current".into(), &65.into()));
    home.write("access.log", access_log(0..500));
    home.load(&ACCESS);
    assert_eq!((&state(home)["state"], &state(home)["behind"]), (&"behind".into(), &1.into()));
    agrees(home);
    assert_eq!(state(home)["state"], "current");
    // Deleted, changed or purged events are gone from it too.
    home.ok(&["tasks", "undo", &task.to_string()]);
    agrees(home);
    home.ok(&["purge", "p42"]);
    agrees(home);
    assert_eq!(searched(home, &["p42"])["total"]["value"], 0);
    home.ok(&["index", "rebuild"]).says(&["rebuilt the index"]);
    agrees(home);
}

/// Rounds in which the program is killed.
const KILLS: u64 = 50;

#[test]
fn killed_at_any_point_the_index_still_says_what_the_database_says() {
    killed_at_any_point(&Home::new(), KILLS);
}

pub(crate) fn killed_at_any_point(home: &Home, kills: u64) {
    home.write("access.log", "");
    let (mut killed, mut lines) = (0, 0);
    for round in 0..kills {
        home.append("access.log", access_log(lines..lines + 1_000));
        lines += 1_000;
        let args = [&ACCESS[..], &["-P", "--index", "-q"]].concat();
        let mut child = home.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        pause(Duration::from_millis(20 + round * 13 % 400));
        killed += u64::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        if round % 10 == 9 {
            agrees(home);
        }
    }
    assert!(killed > kills / 3, "only {killed} were killed while they worked");
    home.ok(&[&ACCESS[..], &["-P", "--index"]].concat()).says(&["indexed "]);
    agrees(home);
    assert_eq!(searched(home, &[])["total"]["value"], lines);
}
