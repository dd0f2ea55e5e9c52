//! The same promises of an index on a search server, which `WORKHOURS_TEST_SEARCH` names; without it they are skipped.

use super::questions::{QUESTIONS, answers_alike, every_question, many_events, sorted_pages};
use super::*;
use crate::index::elasticsearch::Elasticsearch;
use std::io::Write;
use workhours_config::{IndexEngine, IndexSettings};

/// The server's address.
fn server(test: &str) -> Option<String> {
    let url = std::env::var("WORKHOURS_TEST_SEARCH").ok();
    if url.is_none() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: {test}: WORKHOURS_TEST_SEARCH names no search server");
    }
    url
}

/// The index of a database on it.
pub(super) fn index(url: &str, database: &str) -> Elasticsearch {
    let settings = IndexSettings {
        engine: IndexEngine::Elasticsearch,
        urls: vec![url.to_owned()],
        name: "test".to_owned(),
        shards: 2,
        ..IndexSettings::default()
    };
    Elasticsearch::new(settings, database, IndexAccess::Write).unwrap()
}

#[test]
fn a_server_answers_every_question_alike() {
    let Some(url) = server("a_server_answers_every_question_alike") else { return };
    every_question(Base::on(Some(url)));
}

#[test]
fn a_server_counts_many_events_alike() {
    let Some(url) = server("a_server_counts_many_events_alike") else { return };
    many_events(Base::on(Some(url)));
}

#[test]
fn a_server_sorts_pages_that_go_on() {
    let Some(url) = server("a_server_sorts_pages_that_go_on") else { return };
    sorted_pages(Base::on(Some(url)));
}

#[test]
fn a_server_says_what_the_database_says() {
    let Some(url) = server("a_server_says_what_the_database_says") else { return };
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(6));
    let some = (
        prop::collection::vec(made(), 1..80),
        prop::collection::vec(made(), 0..40),
        3..9usize,
        prop::collection::vec(prop::sample::select(&QUESTIONS[..]), 8),
    );
    let alike = |(first, second, every, questions): (Vec<Made>, Vec<Made>, usize, Vec<&str>)| {
        answers_alike(Base::on(Some(url.clone())), &first, &second, every, &questions);
        Ok(())
    };
    runner.run(&some, alike).unwrap();
}
