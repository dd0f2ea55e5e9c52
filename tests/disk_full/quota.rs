//! The same for a quota, from any write on: what a library in front of the program lets fail.

use super::big;
use crate::kit::Home;
use crate::kit::shim::{Fault, count, make_shim, run_with};
use std::fs;

/// From how many places on in a run nothing more can be written.
const PLACES: usize = 24;

#[test]
fn from_any_write_on_it_is_said_and_the_next_run_ends_well() {
    let home = Home::new();
    if !make_shim(&home) {
        return;
    }
    home.write("big.log", big());
    let load = ["-s", "log.http", "big.log", "-P"];
    run_with(&home, &load, Fault::None).exits(0);
    let writes = count(&home);
    let mut failed = 0;
    for place in 0..PLACES {
        fs::remove_dir_all(home.path("data")).unwrap();
        let ran = run_with(&home, &load, Fault::Quota(1 + place * writes / PLACES));
        assert!(!ran.stderr().contains("panicked") && ran.code().is_some(), "{ran}");
        // The last writes are of temporary files, or of what the next run cleans up.
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
