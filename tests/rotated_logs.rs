//! Promise: equal lines on both sides of a rotation are as many events as there are lines, whatever the rotated file is
//! called, whichever file is read first, and even if the writer keeps writing to the renamed file for a while.

use crate::kit::{ACCESS, Home, Ran, Summary, pause};
use crate::logs::packed;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const ALL: [&str; 3] = ["-s", "log.http", "access*"];

/// A request at a second of 10 March 2026, 08:00.
fn line(page: &str, second: u32) -> String {
    let (minute, second) = (second / 60, second % 60);
    format!("10.0.0.1 - - [10/Mar/2026:08:{minute:02}:{second:02} +0000] \"GET /{page} HTTP/1.1\" 200 5\n")
}

/// Lines of as many seconds.
fn lines(page: &str, seconds: std::ops::Range<u32>) -> String {
    seconds.map(|second| line(page, second)).collect()
}

fn stored(home: &Home) -> usize {
    home.events(&[]).len()
}

fn notes(run: &Summary) -> String {
    run.tasks().iter().map(|task| task["notes"].to_string()).collect()
}

#[test]
fn the_writer_goes_on_with_the_renamed_file() {
    let home = Home::new();
    home.append("access.log", line("a", 0) + &line("x", 0));
    home.load(&ALL);
    home.rename("access.log", "access.log.1");
    home.append("access.log", line("b", 0) + &line("x", 0));
    home.load(&ALL).counts([2, 0, 0, 0]);
    home.append("access.log.1", line("x", 0));
    home.load(&ALL).counts([1, 0, 0, 0]);
    home.append("access.log", line("x", 0));
    home.append("access.log.1", line("x", 0).repeat(2));
    home.load(&ALL).counts([3, 0, 0, 0]);
    assert_eq!(stored(&home), 8);
    home.load(&ALL).counts([0; 4]);
    home.load(&[&ALL[..], &["--reread"]].concat()).counts([0, 8, 0, 0]);
    home.ok(&["inputs", "reload", "1"]);
    assert_eq!(stored(&home), 8, "after a reload");
    home.ok(&["db", "check"]);
}

#[test]
fn both_files_begin_with_the_same_line() {
    let home = Home::new();
    home.append("access.log", line("x", 0));
    home.load(&ALL);
    home.rename("access.log", "access.log.1");
    home.append("access.log", line("x", 0));
    home.load(&ALL).counts([1, 0, 0, 0]);
    home.append("access.log.1", line("x", 0));
    home.load(&ALL).counts([1, 0, 0, 0]);
    home.load(&ALL).counts([0; 4]);
}

#[test]
fn three_generations_that_begin_alike() {
    let home = Home::new();
    home.append("access.log", line("a", 0));
    home.load(&ALL);
    home.rename("access.log", "access.log.1");
    home.append("access.log", line("x", 0));
    home.load(&ALL).counts([1, 0, 0, 0]);
    home.append("access.log.1", line("x", 0));
    home.load(&ALL).counts([1, 0, 0, 0]);
    home.rename("access.log.1", "access.log.2");
    home.rename("access.log", "access.log.1");
    home.append("access.log", line("x", 0));
    home.load(&ALL).counts([1, 0, 0, 0]);
    for name in ["access.log", "access.log.2", "access.log.1"] {
        home.append(name, line("x", 0));
        home.load(&ALL).counts([1, 0, 0, 0]);
    }
    home.load(&ALL).counts([0; 4]);
}

#[test]
fn nothing_was_loaded_before_the_rotations() {
    // The same three files, first all at once and then in every order.
    for order in [["*", "", ""], [".2", ".1", ""], ["", ".1", ".2"], [".1", "", ".2"]] {
        let home = Home::new();
        home.append("access.log", line("a", 0) + &line("x", 0).repeat(2));
        home.rename("access.log", "access.log.2");
        home.append("access.log", line("x", 0));
        home.rename("access.log", "access.log.1");
        home.append("access.log", line("x", 0).repeat(2));
        for part in order {
            home.load(&["-s", "log.http", &format!("access.log{part}")]);
        }
        assert_eq!(stored(&home), 6, "{order:?}");
    }
}

/// Between renaming and packing a file has one name, and then another one when it is packed.
#[test]
fn a_name_that_a_load_saw_for_a_moment_only() {
    let home = Home::new();
    home.append("access.log", line("a", 0) + &line("x", 0));
    home.load(&ALL);
    home.rename("access.log", "access.log.2");
    home.append("access.log", line("b", 0) + &line("x", 0));
    home.load(&ALL).counts([2, 0, 0, 0]);
    home.write("access.log.3.gz", packed((line("a", 0) + &line("x", 0)).as_bytes(), "gz"));
    home.write("access.log.2.gz", packed((line("b", 0) + &line("x", 0)).as_bytes(), "gz"));
    fs::remove_file(home.path("access.log.2")).unwrap();
    home.write("access.log.1", line("c", 0) + &line("x", 0));
    home.write("access.log", line("d", 0) + &line("x", 0));
    home.load(&ALL).counts([4, 0, 0, 0]);
    home.rename("access.log.3.gz", "access.log.4.gz");
    home.rename("access.log.2.gz", "access.log.3.gz");
    home.write("access.log.2.gz", packed((line("c", 0) + &line("x", 0).repeat(2)).as_bytes(), "gz"));
    fs::remove_file(home.path("access.log.1")).unwrap();
    home.load(&ALL).counts([1, 0, 0, 0]);
    assert_eq!(stored(&home), 9);
}

#[test]
fn names_of_rotated_files() {
    const NAMES: [&str; 18] = [
        "access.log.1",
        "access.log-20260310",
        "access.log-20260310.1",
        "access.log-2026031008",
        "access.log-2026031008.gz",
        "access.log-20260310-1773100000",
        "access.log-20260310-1773100000.gz",
        "access.log-1773100000",
        "access.log.20260310",
        "access.log.2026-03-10",
        "access.log-2026-03-10",
        "access.log-20260310T080000",
        "access-20260310.log",
        "access.1.log",
        "access.log.old",
        "access.log.0",
        "access.log.1.zst",
        "access.log.1.xz",
    ];
    for name in NAMES {
        for loaded_before in [true, false] {
            let home = Home::new();
            home.append("access.log", line("a", 0) + &line("x", 1));
            if loaded_before {
                home.load(&ALL);
            }
            match name.rsplit_once('.') {
                Some((_, ending)) if ["gz", "xz", "zst"].contains(&ending) => {
                    home.write(name, packed(&fs::read(home.path("access.log")).unwrap(), ending));
                    fs::remove_file(home.path("access.log")).unwrap();
                }
                _ => home.rename("access.log", name),
            }
            home.append("access.log", line("x", 1) + &line("b", 2));
            let run = home.load(&ALL);
            assert_eq!(stored(&home), 4, "{name}, loaded before: {loaded_before}\n{}", *run);
        }
    }
}

#[test]
fn a_copy_of_all_parts_adds_nothing_and_is_said() {
    // Parts of seconds, and of more than the minutes that parts of one log may overlap.
    for length in [3, 900] {
        for first in ["access.log*", "all.log"] {
            let home = Home::new();
            let (one, two) = (lines("p", 0..length), lines("p", length - 1..2 * length));
            home.write("access.log.1", &one);
            home.write("access.log", &two);
            home.write("all.log", one + &two);
            let want = 2 * length as usize + 1;
            home.load(&["-s", "log.http", first]);
            let run = home.load(&["-s", "log.http", "*.log*"]);
            assert_eq!(stored(&home), want, "{length} seconds, {first} first\n{}", *run);
            assert!(notes(&run).contains("count once"), "{}", *run);
        }
    }
}

#[test]
fn a_copy_of_the_end_adds_nothing() {
    let home = Home::new();
    home.write("access.log", lines("p", 0..900));
    home.write("access.log.old", lines("p", 800..900));
    home.load(&ALL);
    assert_eq!(stored(&home), 900);
}

#[test]
fn copied_and_truncated_is_said() {
    let home = Home::new();
    home.append("access.log", lines("p", 0..50));
    home.load(&ALL).counts([50, 0, 0, 0]);
    home.append("access.log", lines("p", 50..60));
    fs::copy(home.path("access.log"), home.path("access.log.1")).unwrap();
    home.append("access.log", lines("p", 60..63));
    home.write("access.log", "");
    home.append("access.log", lines("p", 63..70));
    let run = home.load(&ALL).counts([17, 0, 0, 0]);
    assert!(notes(&run).contains("some may be missing"), "{}", *run);
    let again = home.load(&ALL);
    assert!(!notes(&again).contains("may be missing"), "once is enough\n{}", *again);
}

#[test]
fn a_name_that_is_free_at_the_moment() {
    let home = Home::new();
    home.append("access.log", lines("p", 0..5));
    home.load(&ACCESS).counts([5, 0, 0, 0]);
    home.append("access.log", lines("p", 5..7));
    home.rename("access.log", "access.log.1");
    home.load(&ACCESS).counts([2, 0, 0, 0]);
    home.append("access.log", lines("p", 7..9));
    home.load(&ACCESS).counts([2, 0, 0, 0]);
    home.load_failing(&["-s", "log.http", "nothing.log"]);
}

#[test]
fn names_that_rotate_away_while_they_are_read() {
    let home = Home::new();
    for n in 1..30 {
        home.write(format!("access.log.{n}"), lines("p", 300 - 10 * n..310 - 10 * n));
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                for n in (1..30).rev() {
                    home.rename(&format!("access.log.{n}"), &format!("access.log.{}", n + 1));
                }
                home.rename("access.log.30", "access.log.1");
                pause(Duration::from_millis(30));
            }
        });
        let runs: Vec<Ran> = (0..5).map(|_| home.run(&[&ALL[..], &["-P"]].concat())).collect();
        stop.store(true, Ordering::Relaxed);
        for run in runs {
            run.exits(0);
        }
    });
    home.load(&ALL);
    assert_eq!(stored(&home), 290);
}
