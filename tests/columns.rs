//! Promise: reports say the same with columns as without, whatever happened to the database since, and a purge leaves
//! nothing in them.

use crate::kit::{ACCESS, Home};
use crate::logs::access_log;
use crate::search::example;

/// Reports that use columns, with conditions of several kinds.
const REPORTS: [&[&str]; 17] = [
    &["peers"],
    &["places", "--where", "status>=200"],
    &["users", "--in", "2024"],
    &["kinds", "--text", "p1"],
    &["domains"],
    &["tags"],
    &["http", "--where", "-status:404"],
    &["commands"],
    &["projects"],
    &["users", "--where", "project:tides OR person:ada"],
    &["histogram", "--bucket", "hour", "--by", "peer"],
    &["sources", "--where", "p1*"],
    &["sessions", "-u", "all", "--activity", "all"],
    &["gaps", "--activity", "all"],
    &["hours", "--by", "project", "--where", "-source:git"],
    &["calendar", "--activity", "all", "--where", "source:log.http"],
    &["places", "--where", "-url:p1* (source:log.http OR git)", "--sort", "count", "--limit", "7"],
];

fn printed(home: &Home) -> Vec<String> {
    REPORTS.iter().map(|args| home.ok(&[&["-O", "csv", "-r"], *args].concat()).stdout()).collect()
}

fn state(home: &Home) -> String {
    let row = home.ok(&["columns", "status", "-O", "jsonl"]).json_lines().remove(0);
    row["state"].as_str().unwrap().to_owned()
}

/// The reports from columns, and again without any.
fn agrees(home: &Home) {
    let with = printed(home);
    assert_eq!(state(home), "current");
    let (folder, aside) = (home.path("data/workhours/fs/columns"), home.path("aside"));
    std::fs::rename(&folder, &aside).unwrap();
    assert_eq!(state(home), "absent");
    assert_eq!(printed(home), with);
    std::fs::rename(&aside, &folder).unwrap();
}

#[test]
fn they_follow_the_database() {
    let home = example();
    home.write("access.log", access_log(0..500));
    // A small database needs none, until they are asked for.
    home.load(&ACCESS);
    assert_eq!(state(&home), "absent");
    home.ok(&["columns", "verify"]).says(&["no columns yet", "workhours columns update"]);
    home.ok(&["columns", "update"]).says(&["added 565 events"]);
    agrees(&home);
    home.append("access.log", access_log(500..800));
    home.load(&ACCESS);
    assert_eq!(state(&home), "current");
    agrees(&home);
    // Before the next report they follow changes that aren't loads.
    home.ok(&["tasks", "undo", "1"]);
    assert_eq!(state(&home), "behind");
    agrees(&home);
    home.ok(&["columns", "verify"]).says(&["whole"]);
    home.ok(&["columns", "rebuild"]).says(&["rebuilt the columns with"]);
    agrees(&home);
}

#[test]
fn the_config_says_when_they_are_kept() {
    let home = Home::new();
    home.write("access.log", access_log(0..300));
    home.write("always.toml", "columns = 'always'\n");
    home.write("never.toml", "columns = 'never'\n");
    home.load(&[&ACCESS[..], &["-c", "never.toml"]].concat());
    assert_eq!(state(&home), "absent");
    home.load(&[&ACCESS[..], &["-c", "always.toml"]].concat());
    assert_eq!(state(&home), "current");
    // Those that exist are kept; "never" doesn't touch them.
    home.append("access.log", access_log(300..400));
    home.load(&[&ACCESS[..], &["-c", "never.toml"]].concat());
    let without = home.ok(&["-c", "never.toml", "-r", "places", "-O", "csv"]).stdout();
    assert_eq!(state(&home), "behind");
    assert_eq!(home.ok(&["-r", "places", "-O", "csv"]).stdout(), without);
    assert_eq!(state(&home), "current");
}

#[test]
fn a_purge_leaves_nothing_in_them() {
    let home = Home::new();
    home.write("access.log", access_log(0..300));
    home.load(&ACCESS);
    home.ok(&["columns", "update"]);
    home.ok(&["purge", "p142"]);
    home.ok(&["purge", "--check", "p142"]).says(&["nothing is left"]);
    assert!(!home.ok(&["-r", "places", "-O", "csv"]).stdout().contains("p142"));
    agrees(&home);
}

#[test]
fn damaged_ones_are_built_again() {
    let home = example();
    home.ok(&["columns", "update"]);
    let before = printed(&home);
    let root = home.path("data/workhours/fs/columns");
    let builds = walk(&root);
    let rows = builds.iter().find(|path| path.extension().is_some_and(|end| end == "rows")).unwrap();
    let mut bytes = std::fs::read(rows).unwrap();
    bytes.iter_mut().step_by(97).for_each(|byte| *byte ^= 1);
    std::fs::write(rows, bytes).unwrap();
    home.run(&["columns", "verify"]).exits(1).says(&["damaged", "hint:"]);
    // A report that meets the damage reads the events instead.
    assert_eq!(printed(&home), before);
    home.ok(&["columns", "rebuild"]);
    home.ok(&["columns", "verify"]).says(&["whole"]);
    agrees(&home);
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        match entry.path().is_dir() {
            true => found.extend(walk(&entry.path())),
            false => found.push(entry.path()),
        }
    }
    found
}
