//! The built-in sources: registered, described, and read against fixtures, generated inputs and a sample corpus.

// The configuration allows both in tests, but does not see that helpers are part of them.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod browsers;
mod corpus;
mod damage;
mod documents;
mod generated;
mod histories;
mod listings;
mod logins;
mod mapped;
mod mapped_generated;
mod recurrence;
mod roundtrip;
mod syslogs;
mod syslogs_generated;

use std::path::{Path, PathBuf};
use workhours_plugin_api::testing::{check_source, fixtures_in};
use workhours_plugin_api::{IDataSource, built_in_sources};
use workhours_plugins as _;

/// Prints that a test passes without checking anything. Not by `eprintln!`, which is only shown for failing tests.
fn skipped(why: std::fmt::Arguments<'_>) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr().lock(), "\nSKIPPED: {why}");
}

/// The source of a name.
fn source(name: &str) -> &'static dyn IDataSource {
    let found = built_in_sources().into_iter().find(|s| s.info().name == name);
    found.unwrap_or_else(|| panic!("no source {name:?} is registered"))
}

/// A folder next to or above the crate.
fn beside_crate(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

#[test]
fn registered_names() {
    let names: Vec<_> = built_in_sources().iter().map(|s| s.info().name).collect();
    assert_eq!(
        names,
        [
            "activitywatch",
            "atuin",
            "bash.history",
            "bodyfile",
            "bookmarks.html",
            "bookmarks.json",
            "csv",
            "delicious.bookmarks",
            "epiphany.history",
            "find",
            "firefox.bookmarks",
            "firefox.history",
            "fish.history",
            "git.log",
            "google.takeout",
            "ical",
            "journald",
            "jsonl",
            "log.auth",
            "log.http",
            "log.shell",
            "log.wtmp",
            "otlp",
            "qutebrowser.history",
            "regex",
            "safari.history",
            "syslog",
            "trac.timeline",
            "wakatime",
            "webkit.bookmarks",
            "webkit.history",
            "xonsh.history",
            "zsh.history"
        ]
    );
}

#[test]
fn no_two_sources_answer_to_one_name() {
    let infos = || built_in_sources().into_iter().map(|s| s.info());
    let mut names: Vec<_> = infos().flat_map(|i| i.aliases.iter().chain([&i.name])).collect();
    names.sort();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all, "{names:?}");
}

#[test]
fn samples_keep_the_contract() {
    for source in built_in_sources() {
        let info = source.info();
        assert_eq!(check_source(source, info.sample.bytes), [""; 0], "sample of {}", info.name);
        assert!(info.sample.events > 0, "{}", info.name);
        // Logs of many programs have no usual place, and what is received has none.
        let general = ["csv", "jsonl", "regex", "activitywatch", "otlp", "wakatime"].contains(&info.name);
        assert_eq!(info.locations.is_empty(), general, "{}", info.name);
    }
}

#[test]
fn fixtures() {
    let mut failures = Vec::new();
    for source in built_in_sources() {
        let name = source.info().name;
        for fixture in fixtures_in(&beside_crate("tests/fixtures").join(name)) {
            failures.extend(fixture.check(source).err());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn fixtures_keep_the_contract() {
    for source in built_in_sources() {
        for fixture in fixtures_in(&beside_crate("tests/fixtures").join(source.info().name)) {
            let input = std::fs::read(fixture.dir.join("input")).unwrap();
            assert_eq!(check_source(source, &input), [""; 0], "{}", fixture.dir.display());
        }
    }
}
