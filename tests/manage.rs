//! Promise: loaded data can be undone and loaded again, with the same result. Local times once read in a zone aren't
//! silently read in another.

use crate::kit::{ACCESS, Home, assert_same_multiset};
use crate::logs::{access_log, shell_record, titles};
use serde_json::Value;
use std::fs;

fn inputs(home: &Home) -> Vec<Value> {
    home.ok(&["inputs", "list", "-O", "jsonl"]).json_lines()
}

fn tasks(home: &Home) -> Vec<(i64, String)> {
    let rows = home.ok(&["tasks", "list", "-O", "jsonl"]).json_lines();
    rows.iter().map(|t| (t["id"].as_i64().unwrap(), t["state"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn undone_tasks_are_loaded_again() {
    let home = Home::new();
    for i in 0..3 {
        // The last line of each load is unfinished, and the next load finishes it.
        home.append("access.log", access_log(i * 10..i * 10 + 10).trim_end());
        home.load(&ACCESS);
        home.append("access.log", "\n");
    }
    let want = home.events(&[]);
    assert_eq!(want.len(), 30);
    home.run(&["tasks", "undo", "2"]).exits(2).says(&["not the last", "hint:", "workhours tasks undo 3"]);
    // Its own ten, and the one before them that it finished.
    home.ok(&["tasks", "undo", "3"]).says(&["11 events"]);
    assert_eq!(home.events(&[]).len(), 19);
    home.run(&["tasks", "undo", "3"]).exits(2).says(&["undone already"]);
    home.run(&["tasks", "undo", "99"]).exits(2).says(&["no task 99", "hint:"]);
    let states: Vec<String> = tasks(&home).into_iter().map(|t| t.1).collect();
    assert_eq!(states, ["done", "done", "undone"]);
    home.load(&ACCESS);
    assert_same_multiset(&home.column("title"), &titles(0..30), "undone and loaded again");
    home.load(&ACCESS).counts([0; 4]);
}

#[test]
fn all_tasks_undone_from_the_last_to_the_first() {
    let home = Home::new();
    home.append("access.log", access_log(0..5));
    home.load(&ACCESS);
    home.append("access.log", "no log line\n");
    home.append("access.log", access_log(5..9));
    home.load(&ACCESS).counts([4, 0, 0, 1]);
    let (events, rejects) = (home.events(&[]), home.rejects());
    for id in ["2", "1"] {
        home.ok(&["tasks", "undo", id]);
    }
    assert!(home.events(&[]).is_empty() && home.rejects().is_empty());
    home.load(&ACCESS).counts([9, 0, 0, 1]);
    assert_eq!((home.events(&[]), home.rejects()), (events, rejects));
}

#[test]
fn an_undone_bookmark_file_is_loaded_again() {
    let home = Home::new();
    let sample = crate::kit::repository("workhours-plugins/samples/bookmarks.html");
    let input = ["-s", "bookmarks.html", sample.to_str().unwrap()];
    home.load(&input);
    let events = home.events(&[]);
    home.ok(&["tasks", "undo", "1"]);
    assert!(home.events(&[]).is_empty());
    home.load(&input);
    assert_eq!(home.events(&[]), events);
}

#[test]
fn a_removed_input_is_read_from_its_start() {
    let home = Home::new();
    home.append("access.log", access_log(0..20));
    home.append("other.log", access_log(100..110));
    home.load(&[&ACCESS[..], &["-s", "log.http", "other.log"]].concat()).counts([30, 0, 0, 0]);
    assert_eq!(inputs(&home).len(), 2);
    home.ok(&["inputs", "remove", "1"]).says(&["20 events"]);
    assert_same_multiset(&home.column("title"), &titles(100..110), "removed");
    assert_eq!(inputs(&home).len(), 1);
    assert!(home.path("access.log").exists(), "the file itself is not touched");
    home.load(&ACCESS).counts([20, 0, 0, 0]);
    home.run(&["inputs", "remove", "77"]).exits(2).says(&["no input 77", "hint:"]);
}

#[test]
fn a_reloaded_input_is_the_same_even_when_its_file_is_gone() {
    let home = Home::new();
    for i in 0..4 {
        home.append("access.log", access_log(i * 5..i * 5 + 5).repeat(2));
        home.load(&ACCESS);
    }
    let events = home.events(&[]);
    fs::remove_file(home.path("access.log")).unwrap();
    home.ok(&["inputs", "reload", "1"]);
    assert_eq!(home.events(&[]), events);
    home.write("access.log", access_log(0..5).repeat(2));
    home.load(&ACCESS);
    assert_eq!(home.events(&[]).len(), 40, "an older copy of it adds nothing");
}

/// Flips a bit, or cuts the end off.
#[test]
fn a_damaged_copy_changes_nothing() {
    for cut in [false, true] {
        let home = Home::new();
        home.write("access.log", access_log(0..3_000));
        home.load(&ACCESS);
        let before = home.events(&[]);
        let objects = home.path("data/workhours/fs/objects");
        let folder = fs::read_dir(objects).unwrap().next().unwrap().unwrap().path();
        let copy = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
        let good = fs::read(&copy).unwrap();
        let mut bad = good.clone();
        if cut {
            bad.truncate(good.len() - 200);
        } else {
            bad[good.len() / 2] ^= 4;
        }
        fs::write(&copy, &bad).unwrap();
        let log = fs::read(home.path("access.log")).unwrap();
        fs::remove_file(home.path("access.log")).unwrap();
        let ran = home.run(&["inputs", "reload", "1"]).exits(1);
        ran.says(&["its copy was damaged and is now ", "fs/damaged/", "nothing was changed"]);
        assert_eq!(home.events(&[]), before);
        // With the copy from a backup it can be read again.
        fs::write(&copy, &good).unwrap();
        home.ok(&["inputs", "reload", "1"]);
        assert_eq!(home.events(&[]), before);
        fs::write(&copy, &bad).unwrap();
        // With the file where it was, that is read instead.
        home.write("access.log", log);
        home.ok(&["inputs", "reload", "1"]);
        assert_eq!(home.events(&[]), before);
        assert_eq!(fs::read(&copy).unwrap(), good, "it is copied again");
        home.ok(&["fs", "verify"]).says(&["1 copied object whole"]);
    }
}

#[test]
fn without_copies_and_file_nothing_is_deleted() {
    let home = Home::new();
    home.append("access.log", access_log(0..5));
    home.load(&[&ACCESS[..], &["--fs-keep", "none"]].concat());
    home.ok(&["inputs", "reload", "1", "--fs-keep", "none"]);
    assert_eq!(home.events(&[]).len(), 5);
    fs::remove_file(home.path("access.log")).unwrap();
    home.run(&["inputs", "reload", "1"])
        .exits(1)
        .says(&["neither in the filestore", "hint: nothing was changed"]);
    assert_eq!(home.events(&[]).len(), 5);
}

#[test]
fn a_wall_clock_keeps_its_zone_until_told_otherwise() {
    let home = Home::new();
    let input = ["-s", "log.shell", "usrlog"];
    home.write("usrlog", "x1: 06/08/12 19:28 ::: make\nx1: 06/08/12 19:29.41 ::: ls\n");
    home.load(&input).counts([2, 0, 0, 0]);
    assert_eq!(home.column("date"), ["2012-06-08T19:28:00Z", "2012-06-08T19:29:41Z"]);
    assert_eq!(home.events(&[])[0]["flags"][0], "local-time");

    let other = [&input[..], &["--timezone", "America/Chicago"]].concat();
    home.append("usrlog", "x1: 06/08/12 19:30.00 ::: pwd\n");
    let refused = home.load_failing(&other);
    let hint = refused.tasks()[0]["hint"].as_str().unwrap().to_owned();
    assert!(hint.contains("workhours inputs reload 1 --timezone America/Chicago"), "{}", *refused);
    assert_eq!(home.events(&[]).len(), 2, "nothing was loaded in the wrong zone");

    home.ok(&["inputs", "reload", "1", "--timezone", "America/Chicago"]);
    assert_eq!(home.column("date")[0], "2012-06-09T00:28:00Z");
    home.load(&other);
    let dates = home.column("date");
    assert_eq!(dates, ["2012-06-09T00:28:00Z", "2012-06-09T00:29:41Z", "2012-06-09T00:30:00Z"]);
    assert_eq!(inputs(&home)[0]["timezone"], "America/Chicago", "the list tells the zone in use");
    home.load(&other).counts([0; 4]);
    home.load_failing(&input);
    home.ok(&["inputs", "reload", "1"]);
    assert_eq!(home.column("date"), dates, "a later reload keeps the zone");
}

#[test]
fn a_zone_does_not_matter_where_records_name_their_own() {
    let home = Home::new();
    home.write("access.log", access_log(0..3));
    home.load(&ACCESS).counts([3, 0, 0, 0]);
    home.write("usrlog", shell_record(0, "ls") + "\n" + &shell_record(1, "ls") + "\n");
    home.load(&["-s", "log.shell", "usrlog"]).counts([2, 0, 0, 0]);
    let both = [&ACCESS[..], &["-s", "log.shell", "usrlog", "--timezone", "Asia/Kolkata"]].concat();
    home.load(&both).counts([0; 4]);
}

#[test]
fn fold_and_gap_are_flagged() {
    let Some(folder) = crate::kit::samples() else { return };
    let home = Home::new();
    let path = folder.join("torture/edge-dst-america-chicago.session_log");
    home.load(&["-s", "log.shell", path.to_str().unwrap(), "--timezone", "America/Chicago"])
        .counts([3, 0, 0, 0]);
    let flags: Vec<String> = home.events(&[]).iter().map(|e| e["flags"].to_string()).collect();
    for flag in ["fold", "gap"] {
        assert_eq!(flags.iter().filter(|f| f.contains(&format!("\"{flag}\""))).count(), 1, "{flags:?}");
    }
}

#[test]
fn a_scope_lets_two_equal_logs_both_count() {
    let home = Home::new();
    home.write("www1.log", access_log(0..10));
    home.write("www2.log", access_log(0..10));
    let config = |scopes: [&str; 2]| {
        let input = |(i, s): (usize, &str)| {
            format!("[[inputs]]\ntype = \"log.http\"\npath = \"www{}.log\"\n{s}\n", i + 1)
        };
        scopes.into_iter().enumerate().map(input).collect::<String>()
    };
    home.write("plain.toml", config(["", ""]));
    home.load(&["-c", "plain.toml"]).counts([10, 0, 0, 0]);
    home.write("scoped.toml", config(["", "scope = \"www2\""]));
    home.load(&["-c", "scoped.toml"]).counts([10, 0, 0, 0]);
    home.load(&["-c", "scoped.toml"]).counts([0; 4]);
    assert_eq!(home.events(&[]).len(), 20);
}

#[test]
fn sweeping_the_filestore_keeps_what_a_reload_needs() {
    let home = Home::new();
    for i in 0..25 {
        home.append("access.log", access_log(i..i + 1));
        home.load(&ACCESS).counts([1, 0, 0, 0]);
    }
    let events = home.events(&[]);
    home.ok(&["fs", "gc"]).says(&["compacted the copies of 1"]);
    fs::remove_file(home.path("access.log")).unwrap();
    home.ok(&["inputs", "reload", "1"]);
    assert_eq!(home.events(&[]), events);
}

#[test]
fn a_file_that_two_inputs_share_stays_with_the_other() {
    let home = Home::new();
    home.append("access.log", access_log(0..5));
    home.load(&ACCESS);
    home.append("access.log", access_log(5..9));
    home.load(&["-s", "log.http", "access.lo*"]).counts([4, 0, 0, 0]);
    home.ok(&["inputs", "remove", "1"]);
    let paths = home.column("path");
    assert!(paths.len() == 4 && paths.iter().all(|path| path.ends_with("access.log")), "{paths:?}");
    home.ok(&["db", "check"]);
    home.load(&ACCESS).counts([5, 4, 0, 0]);
}
