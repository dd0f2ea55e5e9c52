//! Columns say what events say. Every report that counts runs twice, after loads, deletions, new tags and a purge.

use super::{count, current};
use crate::ReportParams;
use crate::summed::tests::{Base, DAY, FIRST, made};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::ops::ControlFlow;
use std::path::Path;
use workhours_base::zones::Zones;
use workhours_columns::Writer;
use workhours_event::{TagRule, Tagger};
use workhours_query::parse;
use workhours_store::EventFilter;

const REPORTS: [&str; 11] = [
    "domains",
    "files",
    "hosts",
    "kinds",
    "peers",
    "places",
    "questions",
    "searches",
    "tags",
    "users",
    "wikipedia",
];

/// Questions of every kind that columns can answer.
const QUESTIONS: [&str; 22] = [
    "",
    "hello",
    "-hello",
    "hel*",
    "site1 OR user:bob",
    "user:alice -tag:t",
    "user:a*",
    "host>=b",
    "source:two",
    "kind:web.* tag:u",
    "domain:site3.co.uk",
    "url:\"co uk\"",
    "peer:192.0.2.1",
    "date>=2026-01-02",
    "-date:2026-01-01",
    "date:[2026-01-01 TO *]",
    "duration>60000",
    "-duration>60000",
    "input:1",
    "id:8*",
    "status>=500",
    "agent:curl OR referrer:x",
];

fn catch_up(base: &mut Base, folder: &Path) {
    let mut writer = Writer::open(folder, base.store.uuid()).unwrap().expect("nobody else writes");
    writer.catch_up(&mut base.store, &mut |_| ControlFlow::Continue(())).unwrap();
}

/// All reports, once from columns and once from events.
fn agree(base: &mut Base, folder: &Path, params: &ReportParams) {
    catch_up(base, folder);
    let by_columns = ReportParams { columns: Some(folder.to_owned()), ..params.clone() };
    let columns = current(folder, &mut base.store).unwrap().expect("they are up to date");
    assert!(
        count(&columns, &mut base.store, &crate::users::REPORT, params, &params.filter).unwrap().is_some()
    );
    for name in REPORTS {
        let (columns, events) = (base.rows(name, &by_columns), base.rows(name, params));
        assert_eq!(columns, events, "{name} of {:?}", params.filter);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn columns_say_what_events_say(
        first in proptest::collection::vec(made(), 1..60),
        second in proptest::collection::vec(made(), 0..30),
        from in proptest::option::of(-DAY..3 * DAY),
        until in proptest::option::of(-DAY..300 * DAY),
        questions in proptest::collection::vec(proptest::sample::select(&QUESTIONS[..]), 6),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut base = Base::new();
        base.load(&first);
        let (from, until) = (from.map(|us| us + FIRST * DAY), until.map(|us| us + FIRST * DAY));
        let zones = Zones::plain(chrono_tz::Europe::Berlin);
        let asked = |question: &str| {
            let mut filter = EventFilter { from_us: from, until_us: until, ..EventFilter::default() };
            filter.ask(parse(question, FIRST * DAY, &zones).unwrap());
            ReportParams { filter, zones: zones.clone(), ..ReportParams::default() }
        };
        for question in &questions {
            agree(&mut base, folder.path(), &asked(question));
        }
        base.load(&second);
        let rule = TagRule { tag: "ruled".into(), field: None, pattern: "hello".into() };
        base.store.tags().apply(&Tagger::new(&[rule]).unwrap()).unwrap();
        for question in &questions {
            agree(&mut base, folder.path(), &asked(question));
        }
        base.store.inputs().empty(base.inputs[0]).unwrap();
        let text = EventFilter { text: Some("SITE".into()), ..EventFilter::default() };
        let one = EventFilter { source_types: vec!["two".into()], dated_only: true, ..EventFilter::default() };
        let users = EventFilter { users: vec!["bob".into()], ..EventFilter::default() };
        let input = EventFilter { input_ids: Some(vec![base.inputs[1]]), ..EventFilter::default() };
        for filter in [text, one, users, input] {
            agree(&mut base, folder.path(), &ReportParams { filter, zones: zones.clone(), ..ReportParams::default() });
        }
    }
}

/// What is behind isn't used: the events are.
#[test]
fn columns_that_are_behind_are_not_asked() {
    let folder = tempfile::tempdir().unwrap();
    let mut base = Base::new();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let some = proptest::collection::vec(made(), 5).new_tree(&mut runner).unwrap().current();
    base.load(&some);
    catch_up(&mut base, folder.path());
    assert!(current(folder.path(), &mut base.store).unwrap().is_some());
    base.load(&some);
    assert!(current(folder.path(), &mut base.store).unwrap().is_none());
    let params = ReportParams { columns: Some(folder.path().to_owned()), ..ReportParams::default() };
    let without = ReportParams::default();
    assert_eq!(base.rows("users", &params), base.rows("users", &without));
}
