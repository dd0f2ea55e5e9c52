//! Promise: hours are honest. They come from traces of people, overlaps count once, days begin when the user says so,
//! parts add up to the whole, and rounding neither adds nor loses time.

use crate::kit::{Home, repository};
use serde_json::Value;
use std::process::Command;

/// Notes at these times, as a format of the user's that people's traces are in.
fn notes(home: &Home, lines: &[(&str, &str)]) {
    let line = |(time, text): &(&str, &str)| {
        format!("{{\"date\": \"{time}\", \"title\": \"{text}\", \"user\": \"ada\"}}\n")
    };
    home.write("notes.jsonl", lines.iter().map(line).collect::<String>());
    home.write(
        "config.toml",
        "timezone = \"Europe/Berlin\"\n[[inputs]]\ntype = \"jsonl\"\npath = \"notes.jsonl\"\nactivity = \"human\"\n\
         [projects]\ntides = 'title:tides'\nharbour = ['title:harbour']\n[rates]\ntides = 100\n\
         [hours]\nrate = 50\ncurrency = \"EUR\"\ntarget = 1\n",
    );
    home.load(&["-c", "config.toml"]);
}

fn ask(home: &Home, args: &[&str]) -> Vec<Value> {
    home.ok(&[&["-c", "config.toml", "-O", "jsonl"], args].concat()).json_lines()
}

fn sum(rows: &[Value], column: &str) -> f64 {
    (rows.iter().filter_map(|row| row[column].as_f64()).sum::<f64>() * 1e4).round() / 1e4
}

const WEEK: [(&str, &str); 9] = [
    ("2026-03-09T09:00:00+01:00", "tides begun"),
    ("2026-03-09T09:10:00+01:00", "tides"),
    ("2026-03-09T09:20:00+01:00", "harbour"),
    ("2026-03-09T09:26:00+01:00", "harbour"),
    ("2026-03-09T12:00:00+01:00", "lunch"),
    // Over midnight, and over the beginning of the day at four.
    ("2026-03-10T23:55:00+01:00", "tides"),
    ("2026-03-11T00:05:00+01:00", "tides"),
    ("2026-03-11T03:55:00+01:00", "harbour"),
    ("2026-03-11T04:05:00+01:00", "harbour"),
];

#[test]
fn parts_add_up_to_the_whole() {
    let home = Home::new();
    notes(&home, &WEEK);
    let days = ask(&home, &["-r", "hours"]);
    let of = |day: &str| {
        days.iter()
            .find(|row| row["period"] == day)
            .map(|row| (row["hours"].as_f64().unwrap() * 1e4).round() / 1e4)
    };
    assert_eq!(of("2026-03-09"), Some(0.4333), "26 minutes, and a lone note that has no length");
    assert_eq!((of("2026-03-10"), of("2026-03-11")), (Some(0.0833), Some(0.25)));
    for by in ["project", "source", "host", "user", "tag", "kind", "domain"] {
        let parts = ask(&home, &["-r", "hours", "--by", by]);
        assert_eq!(sum(&parts, "hours"), sum(&days, "hours"), "{by}");
        assert_eq!(sum(&parts, "events"), 9.0, "{by}");
    }
    let projects = ask(&home, &["-r", "hours", "--by", "project", "--bucket", "week"]);
    let keys: Vec<&str> = projects.iter().map(|row| row["key"].as_str().unwrap_or("-")).collect();
    assert_eq!(keys, ["(none)", "harbour", "tides"]);
    assert_eq!(sum(&ask(&home, &["-r", "sessions"]), "minutes"), 46.0);
    assert_eq!(sum(&ask(&home, &["-r", "calendar"]), "hours"), sum(&days, "hours"));
}

#[test]
fn the_night_belongs_to_the_day_before() {
    let home = Home::new();
    notes(&home, &WEEK);
    let days = ask(&home, &["-r", "hours", "--day-start", "04:00"]);
    let of = |day: &str| {
        days.iter()
            .find(|row| row["period"] == day)
            .map(|row| (row["hours"].as_f64().unwrap() * 1e4).round() / 1e4)
    };
    assert_eq!((of("2026-03-10"), of("2026-03-11")), (Some(0.25), Some(0.0833)));
    home.run(&["-r", "hours", "--day-start", "13:00"])
        .exits(2)
        .says(&["not a time at which a day can begin"]);
}

#[test]
fn rounded_rows_add_up_and_are_priced() {
    let home = Home::new();
    notes(&home, &WEEK);
    for (how, want) in
        [("15", 0.5), ("15:up", 1.5), ("15:down:day", 0.5), ("6:nearest:total", 0.8), ("30:up:session", 1.5)]
    {
        let rows = ask(&home, &["-r", "hours", "--by", "project", "--round", how]);
        assert_eq!(sum(&rows, "hours"), 0.7667);
        assert_eq!(sum(&rows, "rounded"), want, "{how}: {rows:?}");
        for row in &rows {
            let rate = if row["key"] == "tides" { 100.0 } else { 50.0 };
            assert_eq!(row["amount"].as_f64().unwrap(), row["rounded"].as_f64().unwrap() * rate, "{row}");
        }
        let first = rows.iter().filter(|row| !row["target"].is_null()).count();
        assert_eq!(first, 3, "a target for each day: {rows:?}");
    }
    home.run(&["-r", "hours", "--round", "15:sideways"]).exits(2).says(&["unknown rounding", "hint:"]);
}

#[test]
fn only_people_work() {
    let home = Home::new();
    notes(&home, &WEEK);
    home.write("access.log", crate::logs::access_log(0..2_000));
    home.load(&["-s", "log.http", "access.log"]);
    let hours = |args: &[&str]| sum(&ask(&home, &[&["-r", "hours"], args].concat()), "events");
    assert_eq!(hours(&[]), 9.0);
    assert_eq!(hours(&["--activity", "all"]), 2_009.0);
    assert_eq!(hours(&["--activity", "machine"]), 2_000.0);
    assert_eq!(hours(&["--source", "log.http"]), 2_000.0, "who names a source means it");
    home.run(&["-r", "hours", "--activity", "humans"]).exits(2).says(&["did you mean human?"]);
}

#[test]
fn the_gap_time_is_an_opinion() {
    let home = Home::new();
    notes(&home, &WEEK);
    let rows = ask(&home, &["-r", "hours", "--sensitivity", "-G", "7"]);
    let gaps: Vec<f64> = rows.iter().map(|row| row["gaptime"].as_f64().unwrap()).collect();
    assert_eq!(gaps, [5.0, 7.0, 10.0, 15.0, 30.0, 60.0]);
    for row in &rows {
        let gap = row["gaptime"].to_string();
        let alone = ask(&home, &["-r", "hours", "-G", &gap]);
        assert_eq!(sum(std::slice::from_ref(row), "hours"), sum(&alone, "hours"), "{row}");
        assert_eq!(
            row["sessions"].as_f64().unwrap(),
            ask(&home, &["-r", "sessions", "-G", &gap]).len() as f64
        );
    }
}

/// https://github.com/kimmobrunfeldt/git-hours: two hours before the first commit of a session, and the time between
/// commits less than two hours apart.
#[test]
fn a_repository_as_git_hours_counts_it() {
    let root = repository(".");
    let log = Command::new("git").args(["log", "--all", "--format=%at"]).current_dir(&root).output();
    let Some(log) = log.ok().filter(|log| log.status.success()) else {
        crate::kit::skipped(format_args!("there is no git, or this is no repository"));
        return;
    };
    let mut times: Vec<i64> =
        String::from_utf8(log.stdout).unwrap().lines().map(|line| line.parse().unwrap()).collect();
    times.sort_unstable();
    let mut minutes = 120.0;
    for two in times.windows(2) {
        let between = (two[1] - two[0]) as f64 / 60.0;
        minutes += if between < 120.0 { between } else { 120.0 };
    }
    let home = Home::new();
    home.write("config.toml", "");
    home.load(&["-s", "git.log", root.to_str().unwrap()]);
    let rows = ask(&home, &["-r", "sessions", "-G", "120", "--pad", "120"]);
    let ours = sum(&rows, "minutes");
    // Each row is rounded to the hundredth of a minute.
    assert!((ours - minutes).abs() < 0.01 * rows.len() as f64 + 0.01, "{ours} minutes, not {minutes}");
}

#[test]
fn the_user_knows_better() {
    let home = Home::new();
    notes(&home, &WEEK);
    let hours = |args: &[&str]| sum(&ask(&home, &[&["-r", "hours"], args].concat()), "hours");
    let correct = |args: &[&str]| home.ok(&[&["-c", "config.toml", "hours"], args].concat());
    let before = hours(&[]);
    // An hour without a trace; ten minutes of it are known already and count once.
    correct(&["add", "2026-03-09 08:10", "2026-03-09 09:10", "--label", "harbour", "--note", "on the phone"]);
    assert_eq!(hours(&[]), 1.6);
    correct(&["remove", "2026-03-09 09:00", "2026-03-09 09:06"]);
    assert_eq!(hours(&[]), 1.5);
    correct(&["label", "2026-03-11", "2026-03-11", "tides"]);
    let projects = ask(&home, &["-r", "hours", "--by", "project"]);
    let late: Vec<&Value> = projects.iter().filter(|row| row["period"] == "2026-03-11").collect();
    assert!(late.len() == 1 && late[0]["key"] == "tides", "{late:?}");
    correct(&["move", "2026-03-10 23:00", "2026-03-11 01:00", "2026-03-08 23:00"]);
    let days: Vec<Value> = ask(&home, &["-r", "hours"]).iter().map(|row| row["period"].clone()).collect();
    assert_eq!(days, ["2026-03-08", "2026-03-09", "2026-03-11"]);
    assert_eq!(hours(&[]), 1.5);
    // They refer to times, so they survive loading everything again.
    home.ok(&["-c", "config.toml", "inputs", "reload", "1"]);
    assert_eq!(hours(&[]), 1.5);
    for id in ["1", "2", "3", "4"] {
        correct(&["undo", id]);
    }
    assert_eq!(hours(&[]), before);
    home.run(&["-c", "config.toml", "hours", "undo", "2"]).exits(2).says(&["undone already"]);
    home.run(&["-c", "config.toml", "hours", "add", "2026-03-09", "2026-03-08"])
        .exits(2)
        .says(&["ends before it begins"]);
    assert_eq!(ask(&home, &["hours", "list"]).len(), 8);
}
