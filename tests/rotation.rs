//! Promise: a log that is rotated while it is being loaded, however often the loading is killed, ends up in the
//! database line for line: none lost, none twice. Only the live file is named; its rotated siblings are found.

use crate::kit::{ACCESS, Home, assert_same_multiset, pause};
use crate::logs::{Dice, access_line, access_log, doubled, title, titles};
use std::cell::Cell;
use std::fs;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use workhours_core::config::{Config, Overrides};
use workhours_core::environment::Environment;
use workhours_core::filestore::Filestore;
use workhours_core::ingest::{Engine, Progress};
use workhours_core::input::InputSpec;
use workhours_core::registry::Registry;
use workhours_core::store::Store;
use workhours_plugins as _;

/// Renames `access.log.N` upwards, then `access.log` to `access.log.1`, and starts an empty one.
fn rotate(home: &Home) {
    for n in (1..40).rev().filter(|n| home.path(format!("access.log.{n}")).exists()) {
        home.rename(&format!("access.log.{n}"), &format!("access.log.{}", n + 1));
    }
    home.rename("access.log", "access.log.1");
    home.write("access.log", "");
}

#[test]
fn fifty_kills_and_fifteen_rotations_of_a_log_with_every_line_doubled() {
    const LINES: usize = 5_000;
    let home = Home::new();
    let mut dice = Dice::new(7);
    let mut written = 0;
    let mut write = |home: &Home, n: usize| {
        let upto = (written + n).min(LINES);
        let text: String = (written..upto).map(|i| access_line(i).repeat(2)).collect();
        home.append("access.log", text);
        written = upto;
    };
    write(&home, 20);
    home.load(&ACCESS).counts([40, 0, 0, 0]);
    let (mut killed, mut ended) = (0, 0);
    // How long a run may take before it is killed, at most: learnt, so that on any machine about half of them are.
    let mut patience_us = 90_000_f64;
    for round in 0..50 {
        write(&home, 60);
        let mut program = home.command(&[&ACCESS[..], &["-P", "-q"]].concat());
        let mut child = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // While it runs, the log grows, and is rotated now and then, sometimes before the first read of it.
        pause(Duration::from_micros(dice.below(patience_us as u64 / 3)));
        write(&home, 39);
        for _ in 0..[0, 0, 0, 1, 0, 0, 0, 2, 0, 0][round % 10] {
            rotate(&home);
            write(&home, 1);
        }
        pause(Duration::from_micros(dice.below(patience_us as u64 * 2 / 3)));
        if child.try_wait().unwrap().is_some() {
            ended += 1;
            patience_us *= 0.8;
        } else {
            killed += 1;
            patience_us *= 1.2;
        }
        let _ = child.kill();
        child.wait().unwrap();
    }
    write(&home, LINES);
    home.load(&ACCESS);
    eprintln!("{killed} runs were killed, {ended} had ended before");
    assert!(killed >= 10, "only {killed} of 50 runs were killed");
    assert_same_multiset(&home.column("title"), &doubled(&titles(0..LINES)), "after 50 kills");
    home.load(&ACCESS).counts([0, 0, 0, 0]);
}

/// Does something the moment the nth file of a load is begun.
struct AtFile<'a> {
    nth: usize,
    begun: Cell<usize>,
    action: &'a dyn Fn(),
}

impl Progress for AtFile<'_> {
    fn start(&self, _: &str, _: Option<u64>) {
        self.begun.set(self.begun.get() + 1);
        if self.begun.get() == self.nth {
            (self.action)();
        }
    }
    fn advance(&self, _: u64, _: u64) {}
    fn finish(&self) {}
}

/// Loads the log in this process, and returns how many files were begun.
fn load_and_act(home: &Home, nth: usize, action: &dyn Fn()) -> usize {
    let flags = Overrides {
        database: Some(format!("sqlite:///{}", home.path("events.db").display())),
        filestore: Some(home.path("fs")),
        timezone: Some("UTC".into()),
        ..Overrides::default()
    };
    let config = Config::from_text("", &home.path("none"), &flags, &Environment::default()).unwrap();
    let progress = AtFile { nth, begun: Cell::new(0), action };
    let mut engine = Engine {
        store: &mut Store::open(&config.database).unwrap(),
        fs: Filestore::open(&config.filestore).unwrap(),
        registry: &Registry::built_in().unwrap(),
        config: &config,
        reread: false,
        stop: Arc::new(AtomicBool::new(false)),
        progress: &progress,
    };
    let path = home.path("access.log");
    let summary =
        engine.run(&[InputSpec { source_type: "log.http".into(), path, ..InputSpec::default() }]).unwrap();
    assert_eq!(summary.failed_tasks, 0, "{:?}", summary.tasks);
    progress.begun.get()
}

#[test]
fn rotations_while_the_rest_of_a_rotated_file_is_read() {
    for rotations in 1..=3 {
        let mut nth = 1;
        loop {
            let home = Home::new();
            home.append("access.log", access_log(0..10));
            load_and_act(&home, 0, &|| {});
            home.append("access.log", access_log(10..12));
            rotate(&home);
            home.append("access.log", access_log(12..20));
            let begun = load_and_act(&home, nth, &|| {
                for n in 0..rotations {
                    rotate(&home);
                    home.append("access.log", access_line(20 + n));
                }
            });
            if begun < nth {
                assert!(nth > 2, "a rest and a new file are two files");
                break;
            }
            // What was written after the load had passed by is the next one's.
            load_and_act(&home, 0, &|| {});
            let database = format!("sqlite:///{}", home.path("events.db").display());
            let stored = home.ok(&["--db", &database, "-r", "events", "-O", "jsonl"]).json_lines();
            let found: Vec<String> = stored.iter().map(|e| e["title"].as_str().unwrap().to_owned()).collect();
            let when = format!("{rotations} rotations at file {nth}");
            assert_same_multiset(&found, &titles(0..20 + rotations), &when);
            nth += 1;
        }
    }
}

#[test]
fn a_load_after_every_line_and_a_rotation_at_each() {
    const LINES: usize = 4;
    let lines: Vec<usize> = (0..LINES).flat_map(|i| [i, i]).collect();
    for rotated_at in 0..=lines.len() {
        let home = Home::new();
        for (n, line) in lines.iter().enumerate() {
            if n == rotated_at && n > 0 {
                rotate(&home);
            }
            home.append("access.log", access_line(*line));
            home.load(&ACCESS).counts([1, 0, 0, 0]);
        }
        let when = format!("rotated before line {rotated_at}");
        assert_same_multiset(&home.column("title"), &doubled(&titles(0..LINES)), &when);
    }
}

#[test]
fn a_rotation_after_every_line() {
    let home = Home::new();
    for i in 0..4 {
        for twin in 0..2 {
            home.append("access.log", access_line(i));
            let run = home.load(&ACCESS);
            assert_eq!(run.n("inserted"), 1, "line {i}, twin {twin}\n{}", *run);
            rotate(&home);
        }
    }
    assert_same_multiset(&home.column("title"), &doubled(&titles(0..4)), "at the end");
    home.load(&[&ACCESS[..], &["--reread"]].concat());
    let all = home.load(&["-s", "log.http", "access.log*"]);
    assert_eq!(all.n("inserted"), 0, "{}", *all);
}

#[test]
fn lines_written_just_before_a_rotation_and_two_rotations_at_once() {
    let home = Home::new();
    home.append("access.log", access_log(0..10));
    home.load(&ACCESS).counts([10, 0, 0, 0]);
    home.append("access.log", access_log(10..12));
    rotate(&home);
    home.append("access.log", access_log(12..15));
    rotate(&home);
    home.append("access.log", access_log(15..20));
    let run = home.load(&ACCESS).counts([10, 0, 0, 0]);
    assert_same_multiset(&home.column("title"), &titles(0..20), &format!("{}", *run));
    home.load(&ACCESS).counts([0, 0, 0, 0]);
}

#[test]
fn a_rotated_file_packed_at_once() {
    let home = Home::new();
    home.append("access.log", access_log(0..10));
    home.load(&ACCESS).counts([10, 0, 0, 0]);
    home.append("access.log", access_log(10..12));
    let whole = fs::read(home.path("access.log")).unwrap();
    home.write("access.log.1.gz", crate::logs::packed(&whole, "gz"));
    fs::remove_file(home.path("access.log")).unwrap();
    home.append("access.log", access_log(12..15));
    home.load(&ACCESS).counts([5, 0, 0, 0]);
    assert_same_multiset(&home.column("title"), &titles(0..15), "packed");
    home.load(&["-s", "log.http", "access.log*"]).counts([0, 0, 0, 0]);
}

#[test]
fn copied_and_truncated_with_the_copy_beside() {
    let home = Home::new();
    let mut at = 0;
    for round in 0..10 {
        for _ in 0..2 {
            home.append("access.log", access_log(at..at + 3).repeat(2));
            at += 3;
            if round % 3 != 1 {
                home.load(&ACCESS);
            }
        }
        let _ = fs::rename(home.path("access.log.1"), home.path(format!("access.log.{}", 20 - round)));
        fs::copy(home.path("access.log"), home.path("access.log.1")).unwrap();
        home.write("access.log", "");
        if round % 2 == 0 {
            home.load(&ACCESS);
        }
    }
    home.append("access.log", access_line(at));
    home.load(&ACCESS);
    let mut want = doubled(&titles(0..at));
    want.push(title(at));
    assert_same_multiset(&home.column("title"), &want, "copytruncate");
}

#[test]
fn truncated_with_no_copy_beside_is_said() {
    let home = Home::new();
    home.append("access.log", access_log(0..10));
    home.load(&ACCESS).counts([10, 0, 0, 0]);
    home.write("access.log", access_log(12..15));
    let run = home.load(&ACCESS).counts([3, 0, 0, 0]);
    assert!(run.tasks()[0]["notes"].to_string().contains("may be missing"), "{}", *run);
    let run = run.stderr();
    assert!(run.contains("warning:") && run.contains("may be missing"), "{run}");
    assert_same_multiset(&home.column("title"), &[titles(0..10), titles(12..15)].concat(), "truncated");
    let again = home.load(&ACCESS);
    assert!(!again.stderr().contains("may be missing"), "said once is enough\n{}", *again);
}

#[test]
fn two_files_that_trade_names() {
    let home = Home::new();
    home.append("access.log", access_log(0..5));
    home.append("access.log.1", access_log(100..105));
    let both = ["-s", "log.http", "access.log", "-s", "log.http", "access.log.1"];
    home.load(&both).counts([10, 0, 0, 0]);
    home.rename("access.log", "aside");
    home.rename("access.log.1", "access.log");
    home.rename("aside", "access.log.1");
    home.append("access.log", access_log(105..106));
    home.load(&both).counts([1, 0, 0, 0]);
    home.load(&both).counts([0, 0, 0, 0]);
}
