//! Promise: whatever is written, rotated and loaded in whatever order, the database holds each line as often as it was
//! written. Writers that repeat lines, rotations of every kind, loads at any moment: a model counts along.

use crate::kit::{Home, assert_same_multiset};
use crate::logs::{Dice, packed};
use std::fs::{self, File, OpenOptions};
use std::io::Write;

/// A log that programs write to, and the lines written.
struct Log {
    home: Home,
    dice: Dice,
    /// Seconds since the log began.
    now: u64,
    /// The logs that two programs have open: the second reopens later.
    writers: Vec<File>,
    /// Programs that still have the renamed file open.
    behind: usize,
    written: Vec<String>,
    rotations: u64,
    history: Vec<String>,
}

impl Log {
    fn new(seed: u64) -> Self {
        let home = Home::new();
        let writers = vec![open(&home), open(&home)];
        let (written, history) = (Vec::new(), Vec::new());
        Self { home, dice: Dice::new(seed), now: 0, writers, behind: 0, written, rotations: 0, history }
    }

    fn write(&mut self) {
        for _ in 0..=self.dice.below(4) {
            self.now += self.dice.below(3) / 2;
            let (h, m, s) = (8 + self.now / 3600, self.now / 60 % 60, self.now % 60);
            let title = format!("GET /{}/{} HTTP/1.1", self.now, self.dice.below(2));
            let line = format!("10.0.0.1 - - [10/Mar/2026:{h:02}:{m:02}:{s:02} +0000] \"{title}\" 200 5\n");
            let writer = self.dice.below(2) as usize;
            self.writers[writer].write_all(line.as_bytes()).unwrap();
            self.history.push(format!("writer {writer} {title}"));
            self.written.push(title);
        }
    }

    /// One or both programs open the log again.
    fn reopen(&mut self) {
        if self.behind > 0 {
            self.behind -= 1;
            self.writers[self.behind] = open(&self.home);
            self.history.push("reopened".to_owned());
        }
    }

    fn there(&self, name: &str) -> bool {
        self.home.path(name).exists()
    }

    fn rotate(&mut self) {
        while self.behind > 0 {
            self.reopen();
        }
        self.rotations += 1;
        let kind = self.dice.below(4);
        self.history.push(format!("rotation of kind {kind}"));
        match kind {
            0 | 1 => {
                for n in (1..9).rev() {
                    for ending in ["", ".gz"] {
                        if self.there(&format!("access.log.{n}{ending}")) {
                            let next = format!("access.log.{}{ending}", n + 1);
                            self.home.rename(&format!("access.log.{n}{ending}"), &next);
                        }
                    }
                }
                self.home.rename("access.log", "access.log.1");
                self.pack("access.log.2", kind == 1);
            }
            2 => self
                .home
                .rename("access.log", &format!("access.log-20260310-{}", 1_773_100_000 + self.rotations)),
            _ => {
                // Lines after a cut have another second: two equal beginnings couldn't be distinguished.
                let copy = format!("access.log-20260310.{}", self.rotations);
                fs::copy(self.home.path("access.log"), self.home.path(copy)).unwrap();
                self.now += 1;
                if self.dice.below(2) == 0 {
                    self.load();
                }
                self.home.write("access.log", "");
                return;
            }
        }
        self.home.append("access.log", "");
        self.behind = self.writers.len();
        // The time between two rotations is long now and then.
        if self.dice.below(3) == 0 {
            self.reopen();
            self.reopen();
            self.now += 400;
        }
    }

    fn pack(&mut self, name: &str, wanted: bool) {
        if wanted && self.there(name) {
            let bytes = fs::read(self.home.path(name)).unwrap();
            self.home.write(format!("{name}.gz"), packed(&bytes, "gz"));
            fs::remove_file(self.home.path(name)).unwrap();
        }
    }

    /// Loads all files, or one after the other in any order, or some.
    fn load(&mut self) {
        if self.dice.below(2) == 0 {
            self.history.push("all loaded".to_owned());
            self.home.load(&["-s", "log.http", "access.log*"]);
            return;
        }
        let mut names: Vec<String> = fs::read_dir(self.home.path(""))
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
            .filter(|name| name.starts_with("access.log"))
            .collect();
        names.sort();
        for n in (1..names.len()).rev() {
            names.swap(n, self.dice.below(n as u64 + 1) as usize);
        }
        names.truncate(1 + self.dice.below(names.len() as u64) as usize);
        self.history.push(format!("loaded {names:?}"));
        let inputs: Vec<&str> = names.iter().flat_map(|name| ["-s", "log.http", name]).collect();
        self.home.load(&inputs);
    }
}

fn open(home: &Home) -> File {
    OpenOptions::new().create(true).append(true).open(home.path("access.log")).unwrap()
}

fn each_line_is_there_once(seed: u64) {
    let mut log = Log::new(seed);
    for _ in 0..24 {
        match log.dice.below(10) {
            0..4 => log.write(),
            4..6 => log.rotate(),
            6..8 => log.reopen(),
            _ => log.load(),
        }
    }
    for _ in 0..2 {
        log.home.load(&["-s", "log.http", "access.log*"]);
    }
    let what = format!("seed {seed}\n{}", log.history.join("\n"));
    assert_same_multiset(&log.home.column("title"), &log.written, &what);
    let again = log.home.load(&["-s", "log.http", "access.log*", "--reread"]);
    assert_eq!(again.n("inserted"), 0, "{what}\n{}", *again);
}

#[test]
fn writers_rotations_and_loads() {
    let seeds = std::env::var("ROTATION_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(8);
    for seed in 1..=seeds {
        each_line_is_there_once(seed);
    }
}
