//! Promise: loading the same again adds nothing. A second run finds the input unchanged; `--reread` reads it
//! from its start and finds every event known.

use crate::kit::{Home, repository, samples};
use std::fs;

const TYPES: [&str; 4] = ["bookmarks.html", "delicious.bookmarks", "log.http", "log.shell"];

/// How many events and rejects a source's embedded sample holds, as the self-test has it.
fn samples_of_sources() -> Vec<(&'static str, std::path::PathBuf)> {
    TYPES.map(|name| (name, repository("workhours-plugins/samples").join(name))).into()
}

#[test]
fn each_sources_sample_thrice() {
    for (source, sample) in samples_of_sources() {
        let home = Home::new();
        let input = ["-s", source, sample.to_str().unwrap()];
        let first = home.load(&input);
        assert_eq!(first.states(), ["done"], "{source}\n{}", *first);
        let (events, rejected) = (first.n("events"), first.n("rejected"));
        assert!(events > 0 && first.n("inserted") == events, "{source}\n{}", *first);
        assert_eq!(home.events(&[]).len() as u64, events, "{source}");
        assert_eq!(home.rejects().len() as u64, rejected, "{source}");

        let second = home.load(&input).counts([0, 0, 0, 0]);
        assert_eq!(second.states(), ["unchanged"], "{source}\n{}", *second);
        assert!(
            second.tasks()[0]["id"].is_null() && second.tasks()[0]["records"] == 0,
            "{source}\n{}",
            *second
        );

        let third = home.load(&[&input[..], &["--reread"]].concat()).counts([0, events, 0, rejected]);
        assert_eq!(third.states(), ["done"], "{source}\n{}", *third);
        assert_eq!(home.events(&[]).len() as u64, events, "{source}");
        assert_eq!(home.rejects().len() as u64, rejected, "{source}");
    }
}

#[test]
fn a_file_written_to_a_moment_ago_and_one_long_at_rest() {
    let home = Home::new();
    let sample = fs::read(repository("workhours-plugins/samples/log.http")).unwrap();
    for name in ["fresh.log", "old.log"] {
        home.write(name, &sample);
        if name == "old.log" {
            home.age(name);
        }
        for _ in 0..3 {
            home.load(&["-s", "log.http", name]);
        }
        assert_eq!(home.load(&["-s", "log.http", name]).states(), ["unchanged"], "{name}");
    }
}

/// Without which of two equal files an event was read from.
fn contents(home: &Home) -> Vec<serde_json::Value> {
    let mut events = home.events(&[]);
    for event in &mut events {
        for name in ["path", "input_id", "file_offset", "file_length"] {
            event.as_object_mut().unwrap().remove(name);
        }
    }
    events.sort_by_key(|e| e["id"].to_string());
    events
}

#[test]
fn the_whole_corpus_thrice() {
    let Some(folder) = samples() else { return };
    let home = Home::new();
    let folders: Vec<_> = TYPES.map(|name| folder.join(name).to_str().unwrap().to_owned()).into();
    let inputs: Vec<&str> = TYPES.iter().zip(&folders).flat_map(|(name, dir)| ["-s", *name, dir]).collect();
    let first = home.load(&inputs);
    let stored = home.events(&[]).len() as u64;
    assert!(stored > 10_000 && first.n("inserted") == stored, "{stored}\n{}", *first);
    assert!(first.states().iter().all(|s| ["done", "unchanged"].contains(s)), "{}", *first);
    for run in [2, 3] {
        let again = home.load(&inputs).counts([0, 0, 0, 0]);
        let news: Vec<_> =
            again.tasks().iter().filter(|t| t["state"] != "unchanged" && t["records"] != 0).collect();
        assert!(news.is_empty(), "run {run}: {news:?}");
    }
    // Two exports of one bookmark differ, and the one read later counts: read again in the same order, each updates the
    // other, and the final state is the same.
    let (events, rejects) = (contents(&home), home.rejects());
    let reread = home.load(&[&inputs[..], &["--reread"]].concat());
    assert_eq!(reread.n("inserted"), 0, "{}", *reread);
    assert!(contents(&home) == events, "events differ\n{}", *reread);
    assert_eq!(home.rejects(), rejects);
}

#[test]
fn a_type_to_be_guessed_is_the_type() {
    for (source, sample) in samples_of_sources() {
        let home = Home::new();
        let path = sample.to_str().unwrap();
        let guessed = home.load(&["-s", "auto", path]);
        assert_eq!(guessed.tasks()[0]["source_type"], source, "{}", *guessed);
        home.load(&["-s", source, path]).counts([0, 0, 0, 0]);
    }
}
