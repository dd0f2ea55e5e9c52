//! A log that is written to all the time, rotated and read by a program that is killed again and again: each line is in
//! the database exactly once. By default for some seconds; `WORKHOURS_WATCH_SECONDS=600` for longer.

use super::{Watching, until};
use crate::kit::{Home, assert_same_multiset, pause, skipped};
use crate::logs::Dice;
use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How the log is rotated.
#[derive(Clone, Copy, Debug)]
enum Rotation {
    /// By renaming, without help.
    Renamed,
    /// By logrotate, with these directives.
    Logrotate(&'static str),
}

/// The programs' side of the log.
struct Writer {
    stop: AtomicBool,
    reopen: AtomicBool,
}

impl Writer {
    /// Writes numbered lines until it's stopped, some of them in two pieces; returns their titles.
    fn write(&self, path: &Path, per_second: u64) -> Vec<String> {
        let open = || OpenOptions::new().create(true).append(true).open(path).unwrap();
        let (mut file, mut dice, mut titles) = (open(), Dice::new(7), Vec::new());
        let began = Instant::now();
        while !self.stop.load(Ordering::Relaxed) {
            let due = began.elapsed().as_millis() as u64 * per_second / 1_000;
            let mut lines = String::new();
            while (titles.len() as u64) < due {
                let n = titles.len();
                let title = format!("GET /{n}/{} HTTP/1.1", n % 3);
                let (m, s) = (n / 5_000 / 60 % 60, n / 5_000 % 60);
                lines += &format!("10.0.0.1 - - [10/Mar/2026:08:{m:02}:{s:02} +0000] \"{title}\" 200 5\n");
                titles.push(title);
            }
            let cut =
                if dice.below(3) == 0 { dice.below(lines.len() as u64 + 1) as usize } else { lines.len() };
            for piece in [&lines[..cut], &lines[cut..]] {
                file.write_all(piece.as_bytes()).unwrap();
                pause(Duration::from_millis(5));
            }
            // Programs keep writing to the renamed file for a while.
            if dice.below(10) == 0 && self.reopen.swap(false, Ordering::Relaxed) {
                file = open();
            }
        }
        titles
    }
}

fn seconds() -> u64 {
    std::env::var("WORKHOURS_WATCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(12)
}

/// The title of each complete line in a log and the files it was rotated to.
fn titles_on_disk(folder: &Path) -> Vec<String> {
    let mut titles = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mut text = String::new();
        let (mut reader, _) = match niffler::from_path(&path) {
            Ok(opened) => opened,
            Err(_) => continue, // an empty file
        };
        reader.read_to_string(&mut text).unwrap();
        titles.extend(text.lines().filter_map(|line| Some(line.split('"').nth(1)?.to_owned())));
    }
    titles
}

fn rotate(home: &Home, rotation: Rotation, n: usize) {
    match rotation {
        Rotation::Renamed => home.rename("logs/access.log", &format!("logs/access.log.{}", 1_000 - n)),
        Rotation::Logrotate(_) => {
            let ran = Command::new("logrotate")
                .args(["-f", "-s"])
                .args([home.path("state"), home.path("logrotate.conf")])
                .output()
                .unwrap();
            assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        }
    }
}

/// Writes, rotates and kills for a while; then the database has what was written.
fn each_line_once(rotation: Rotation) {
    let home = Home::new();
    fs::create_dir(home.path("logs")).unwrap();
    let path: PathBuf = home.path("logs/access.log");
    if let Rotation::Logrotate(directives) = rotation {
        let config = format!("{} {{\n rotate 1000\n missingok\n{directives}}}\n", path.display());
        home.write("logrotate.conf", config);
    }
    let args = ["-s", "log.http", path.to_str().unwrap()];
    let writer = Writer { stop: AtomicBool::new(false), reopen: AtomicBool::new(false) };
    let (rounds, mut dice) = ((seconds() * 2) as usize, Dice::new(3));
    let written = thread::scope(|scope| {
        let writing = scope.spawn(|| writer.write(&path, 2_000));
        until(&|| path.exists(), &|| "a log".into());
        let mut watching = Watching::start(&home, &args);
        for n in 1..=rounds {
            pause(Duration::from_millis(200 + dice.below(600)));
            if dice.below(3) == 0 {
                watching.kill();
                watching = Watching::start(&home, &args);
            }
            // What is still written to a file is not packed, or logrotate itself loses lines.
            if n % 3 == 0 && !writer.reopen.load(Ordering::Relaxed) {
                rotate(&home, rotation, n);
                writer.reopen.store(true, Ordering::Relaxed);
            }
        }
        writer.stop.store(true, Ordering::Relaxed);
        let written = writing.join().unwrap();
        let is_all = || home.column("title").len() >= written.len();
        until(&is_all, &|| format!("{} events\n{}", written.len(), watching.said()));
        watching.end();
        written
    });
    assert_same_multiset(&titles_on_disk(&home.path("logs")), &written, "on disk");
    assert_same_multiset(&home.column("title"), &written, &format!("{rotation:?}"));
}

#[test]
fn by_renaming() {
    each_line_once(Rotation::Renamed);
}

#[test]
fn by_logrotate() {
    if Command::new("logrotate").arg("--version").output().is_err() {
        skipped(format_args!("logrotate is not installed"));
        return;
    }
    each_line_once(Rotation::Logrotate(" create\n compress\n delaycompress\n"));
}
