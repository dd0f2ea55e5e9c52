//! Columns say what events say. Every report that counts runs twice, after loads, deletions, new tags and a purge.

use super::{Rows, current};
use crate::ReportParams;
use crate::engine::{Question, Reads};
use crate::summed::tests::{Base, DAY, FIRST, made};
use crate::unmatched::stored;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use workhours_base::vocabulary::{Activity, Dimension, Rate, Terms};
use workhours_base::zones::Zones;
use workhours_columns::Writer;
use workhours_event::chunk::{Chunk, Tag};
use workhours_event::{EventId, NewEvent, TagRule, Tagger};
use workhours_query::people::{People, Person};
use workhours_query::{Field, Lookup, Projects, parse};
use workhours_store::{Batch, EventFilter, LoadMode, TaskId};

const REPORTS: [&str; 16] = [
    "commands",
    "domains",
    "files",
    "histogram",
    "hosts",
    "http",
    "kinds",
    "peers",
    "places",
    "projects",
    "questions",
    "searches",
    "sources",
    "tags",
    "users",
    "wikipedia",
];

/// Questions of every kind that columns can answer.
const QUESTIONS: [&str; 32] = [
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
    "404",
    "-404 -bob",
    "50*",
    "\"src tides\"",
    "declined OR cwd",
    "status",
    "agent:curl OR referrer:x",
    "project:tides",
    "-project:\"(none)\" user:a*",
    "person:alice",
    "-person:b*",
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
    let question = Question { filter: params.filter.clone(), reads: Reads::default() };
    assert!(
        Rows::<()>::new(&columns, &mut base.store, &question).unwrap().is_some(),
        "columns have all of it"
    );
    for name in REPORTS {
        let (columns, events) = (base.rows(name, &by_columns), base.rows(name, params));
        assert_eq!(columns, events, "{name} of {:?}", params.filter);
    }
}

/// Two persons, and projects by rules.
fn lookup() -> Lookup {
    let rule = |text: &str| parse(text, 0, &Zones::plain(chrono_tz::Tz::UTC)).unwrap();
    let rules =
        vec![("three".into(), rule("domain:site3.co.uk status>=500")), ("two".into(), rule("label:two"))];
    let named = |name: &str| Person { name: name.into(), users: vec![name.into()], ..Person::default() };
    let others = vec![Person { hosts: vec!["a\u{301}x".into()], ..named("bob") }];
    Lookup {
        projects: Arc::new(Projects { rules, ..Projects::default() }),
        people: Arc::new(People { me: named("alice"), others, told: true }),
    }
}

const TIME_REPORTS: [&str; 4] = ["calendar", "gaps", "hours", "sessions"];

const DIVISIONS: [Option<Dimension>; 12] = [
    None,
    Some(Dimension::Source),
    Some(Dimension::Kind),
    Some(Dimension::Host),
    Some(Dimension::Peer),
    Some(Dimension::User),
    Some(Dimension::Person),
    Some(Dimension::Tag),
    Some(Dimension::Project),
    Some(Dimension::Domain),
    Some(Dimension::Input),
    Some(Dimension::Label),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn time_by_columns_is_time_by_events(
        first in proptest::collection::vec(made(), 1..60),
        from in proptest::option::of(-DAY..3 * DAY),
        until in proptest::option::of(-DAY..300 * DAY),
        by in proptest::collection::vec(0..DIVISIONS.len(), 4),
        question in proptest::sample::select(&QUESTIONS[..]),
        kept in any::<bool>(),
        gap in 1..90i64,
        everyone in any::<bool>(),
        all in any::<bool>(),
        known in any::<bool>(),
        rates in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut base = Base::new();
        base.load(&first);
        catch_up(&mut base, folder.path());
        let (from_us, until_us) = (from.map(|us| us + FIRST * DAY), until.map(|us| us + FIRST * DAY));
        let zones = Zones::plain(chrono_tz::Europe::Berlin);
        let lookup = if known { lookup() } else { Lookup::default() };
        let rate = Rate { from: None, rate: 75.0 };
        let own = ("tides".to_owned(), vec![Rate { from: None, rate: 90.0 }]);
        let terms = if rates { Terms { default_rates: vec![rate], rates: vec![own], ..Terms::default() } } else { Terms::default() };
        let terms = Arc::new(terms);
        for by in by {
            let filter = EventFilter { lookup: lookup.clone(), ..EventFilter::default() };
            let params = ReportParams {
                chosen: filter.clone(),
                filter: EventFilter { from_us, until_us, ..filter },
                from_us,
                until_us,
                by: DIVISIONS[by],
                keep: kept.then(|| Arc::new(parse(question, FIRST * DAY, &zones).unwrap())),
                gaptime_min: gap as f64,
                pad_min: (gap % 3) as f64,
                users: if everyone { vec!["all".into()] } else { Vec::new() },
                activity: if all { Activity::All } else { Activity::Usual },
                terms: terms.clone(),
                zones: zones.clone(),
                lookup: lookup.clone(),
                ..ReportParams::default()
            };
            let columns = ReportParams { columns: Some(folder.path().to_owned()), ..params.clone() };
            for name in TIME_REPORTS {
                prop_assert_eq!(base.rows(name, &columns), base.rows(name, &params), "{} by {:?}", name, params.by);
            }
        }
    }

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
            let filter = EventFilter { lookup: lookup(), ..filter };
            let by = DIVISIONS[question.len() % DIVISIONS.len()];
            ReportParams { filter, zones: zones.clone(), lookup: lookup(), by, ..ReportParams::default() }
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
        catch_up(&mut base, folder.path());
        for field in [Field::Kind, Field::Host, Field::Peer, Field::User, Field::Tag, Field::Domain] {
            let from_columns = stored(&mut base.store, &field, Some(folder.path())).unwrap();
            prop_assert_eq!(from_columns, stored(&mut base.store, &field, None).unwrap(), "{:?}", field);
        }
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

/// Columns have an object as its text. A word in it is for the events to decide; other words aren't.
#[test]
fn words_in_objects_of_meta_are_left_to_the_events() {
    let folder = tempfile::tempdir().unwrap();
    let mut base = Base::new();
    let mut chunk = Chunk::default();
    for (n, meta) in [r#"{"a":{"deep":"sea"},"b":"tides"}"#, r#"{"a":"{\"deep\"}"}"#].iter().enumerate() {
        let mut id = EventId::first_at(FIRST * DAY);
        id.0[15] = n as u8;
        let event = NewEvent {
            id,
            date: Some(FIRST * DAY),
            kind: "web.visit",
            user: Some("ada"),
            meta: Some(meta),
            ..NewEvent::default()
        };
        chunk.push_event(&event, std::iter::empty::<Tag<'_>>());
    }
    let batch = Batch { chunk, ..Batch::default() };
    base.store.load(("one", base.inputs[0], TaskId::new(1), base.file), &batch, LoadMode::Ignore).unwrap();
    let zones = Zones::plain(chrono_tz::Tz::UTC);
    let asked = |question: &str| {
        let mut filter = EventFilter::default();
        filter.ask(parse(question, 0, &zones).unwrap());
        ReportParams { filter, ..ReportParams::default() }
    };
    agree(&mut base, folder.path(), &asked("tides -missing"));
    let columns = current(folder.path(), &mut base.store).unwrap().expect("they are up to date");
    let params = ReportParams { columns: Some(folder.path().to_owned()), ..asked("deep") };
    let question = Question { filter: params.filter.clone(), reads: Reads::default() };
    assert!(Rows::<()>::new(&columns, &mut base.store, &question).unwrap().is_none());
    // Only the text has the word.
    assert_eq!(base.rows("users", &params), base.rows("users", &asked("-tides")));
}
