//! The same for a quota, from any write on: what a library in front of the program lets fail.

use super::big;
use crate::kit::plugin::{compile, has_cc};
use crate::kit::{Home, Ran, repository};
use std::fs;

/// From how many places on in a run nothing more can be written.
const PLACES: u64 = 24;

/// `EDQUOT` on Linux.
const QUOTA: &str = "122";

#[test]
fn from_any_write_on_it_is_said_and_the_next_run_ends_well() {
    if !cfg!(target_os = "linux") || !has_cc() {
        return;
    }
    let home = Home::new();
    home.write("big.log", big());
    let library = compile(&home, &repository("tests/purge/failing_writes.c"), &["-ldl"], "failing.so");
    let ran = |args: &[&str], from: &str| {
        let mut command = home.command(args);
        command.env("LD_PRELOAD", &library).env("FAIL_ERRNO", QUOTA).env("FAIL_FROM", from);
        Ran::of(command.env("FAIL_COUNT", home.path("count")))
    };
    let load = ["-s", "log.http", "big.log", "-P"];
    ran(&load, "1000000").exits(0);
    let writes: u64 = fs::read_to_string(home.path("count")).unwrap().parse().unwrap();
    let mut failed = 0;
    for place in 0..PLACES {
        fs::remove_dir_all(home.path("data")).unwrap();
        let ran = ran(&load, &(1 + place * writes / PLACES).to_string());
        assert!(!ran.stderr().contains("panicked") && ran.code().is_some(), "{ran}");
        // The last writes are of files that go with the run, or of what the next one tidies up.
        if ran.code() == Some(1) {
            failed += 1;
            assert!(
                ran.stderr().contains("quota") && ran.stderr().contains("hint: delete something"),
                "{ran}"
            );
        }
        home.ok(&load);
        home.ok(&["db", "check"]);
    }
    assert!(failed > PLACES / 2, "only {failed} of {PLACES} failed");
}
