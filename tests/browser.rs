//! Promise: the site works in a real browser: with and without scripts, by mouse and by keyboard, wide and narrow, light
//! and dark, with nothing for axe to find fault with and nothing against its own policy.
//!
//! The tests themselves are in `tests/browser`. They need node, Chromium (`/usr/bin/chromium`, or the value of
//! `WORKHOURS_TEST_CHROMIUM`), and the modules of `tests/browser/package.json` in the folder of
//! `WORKHOURS_TEST_BROWSER`, by default `target/browser`. If one of these is missing, this prints so and passes; one
//! that was named must exist.

use crate::kit::{repository, skipped};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The runner's exit code when something it needs is missing.
const SKIPPED: i32 = 77;

#[test]
fn the_site_works_in_a_browser() {
    let modules = std::env::var_os("WORKHOURS_TEST_BROWSER");
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/browser");
    let folder: PathBuf = modules.clone().map_or_else(usual, Into::into);
    if modules.is_none() && !folder.is_dir() {
        skipped(format_args!(
            "there is no {} with modules to run a browser with; see the README",
            folder.display()
        ));
        return;
    }
    let ran = Command::new("node")
        .arg(repository("tests/browser/run.mjs"))
        .env("WORKHOURS_BIN", env!("CARGO_BIN_EXE_workhours"))
        .env("WORKHOURS_TEST_BROWSER", folder)
        .output();
    let Ok(output) = ran else {
        assert!(modules.is_none(), "there is no node");
        skipped(format_args!("there is no node to run the tests in a browser with"));
        return;
    };
    let (said, also) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.code() == Some(SKIPPED) && modules.is_none() {
        skipped(format_args!("{}", said.trim().trim_start_matches("SKIPPED: ")));
        return;
    }
    assert!(output.status.success(), "{}\n{said}\n{also}", output.status);
}
