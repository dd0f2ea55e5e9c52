//! Promise: whatever disk or power do, nothing is lost or reported wrongly. Each command that writes runs with its k-th
//! file operation failing, with a disk that is full from there on, and with the power cut there. The exit code is
//! correct, and after a clean second run everything is as if nothing had happened.
//!
//! Here a few points of each are tried; `WORKHOURS_FAULTS=all` tries every one, `WORKHOURS_FAULTS=100` a hundred of each.

mod cases;
mod killed;

use crate::kit::Home;
use crate::kit::shim::{Fault, changes, copy, count, make_shim, replay, run_with};
use std::path::PathBuf;

/// How many points of each case and each kind of fault are tried by default.
const FEW: usize = 6;

/// A command that writes.
struct Case {
    /// The state before.
    prepare: fn(&Home),
    /// The command.
    args: &'static [&'static str],
    /// How a rerun may end if the first run had succeeded.
    again: &'static [i32],
    /// The visible result.
    state: fn(&Home) -> String,
}

struct Ready {
    home: Home,
    case: Case,
    before: PathBuf,
    expected: String,
    writes: usize,
}

/// Runs the command without a fault first, to get the right result and the number of points.
fn ready(case: Case) -> Option<Ready> {
    let home = Home::new();
    if !make_shim(&home) {
        return None;
    }
    (case.prepare)(&home);
    let data = home.path("data");
    std::fs::create_dir_all(&data).unwrap();
    let before = home.path("before");
    copy(&data, &before);
    run_with(&home, case.args, Fault::None).exits(0);
    let (expected, writes) = ((case.state)(&home), count(&home));
    assert!(writes > 10, "{writes} changes are counted");
    Some(Ready { home, case, before, expected, writes })
}

/// The points that are tried, spread over all of them.
fn points(all: usize, shift: usize) -> impl Iterator<Item = usize> {
    let few = match std::env::var("WORKHOURS_FAULTS").as_deref() {
        Ok("all") => all,
        Ok(number) => number.parse().expect("WORKHOURS_FAULTS is a number or all"),
        Err(_) => FEW,
    };
    let step = (all / few.max(1)).max(1);
    // Others with each kind of fault, so that together they see more.
    (1 + shift % step..=all).step_by(step)
}

impl Ready {
    /// What one fault left, and the result of a clean run.
    fn recovers(&self, what: &str) {
        let again = self.home.run(self.case.args);
        assert!(again.code().is_some_and(|code| self.case.again.contains(&code)), "{what}\n{again}");
        assert_eq!((self.case.state)(&self.home), self.expected, "{what}\n{again}");
        // With the same rules, or the events they changed would differ from the copies.
        let config =
            self.case.args.iter().position(|arg| *arg == "-c").map_or(&[][..], |i| &self.case.args[i..i + 2]);
        self.home.ok(&[config, &["db", "check", "--deep"]].concat());
    }

    fn fails(&self, fault: Fault) {
        copy(&self.before, &self.home.path("data"));
        let ran = run_with(&self.home, self.case.args, fault);
        let what = format!("{:?} with {fault:?}\n{ran}", self.case.args);
        match ran.code() {
            Some(0) => {
                assert_eq!((self.case.state)(&self.home), self.expected, "it said that all was well: {what}")
            }
            Some(1) => {
                assert!(ran.stderr().contains("error: "), "it does not say what is wrong: {what}");
                assert!(!ran.stderr().contains("panicked at"), "{what}");
            }
            _ => panic!("{what}"),
        }
        self.recovers(&what);
    }

    /// Returns how many were tried.
    fn survives_a_power_cut(&self) -> usize {
        let data = self.home.path("data");
        copy(&self.before, &data);
        run_with(&self.home, self.case.args, Fault::None).exits(0);
        let log = changes(&self.home);
        // Replaying it completely must reproduce the program's files, or the log isn't evidence.
        let mut cuts = 0;
        for cut in points(log.len(), 2).chain([log.len()]) {
            cuts += 1;
            copy(&self.before, &data);
            replay(&log[..cut], &data);
            self.recovers(&format!("{:?}, power cut after change {cut} of {}", self.case.args, log.len()));
        }
        cuts
    }
}

fn holds(case: Case) {
    let Some(ready) = ready(case) else { return };
    let (mut broken, mut full) = (0, 0);
    for at in points(ready.writes, 0) {
        ready.fails(Fault::Broken(at));
        broken += 1;
    }
    for from in points(ready.writes, 1) {
        ready.fails(Fault::Full(from));
        full += 1;
    }
    let cuts = ready.survives_a_power_cut();
    // Seen with --nocapture: how much the promise rests on.
    let (args, writes) = (ready.case.args.join(" "), ready.writes);
    eprintln!(
        "of {writes} changes of {args}: {broken} failed, {full} times the disk was full, {cuts} power cuts"
    );
}
