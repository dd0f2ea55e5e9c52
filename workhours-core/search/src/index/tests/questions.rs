//! For any question, an index and the database return the same result.

use super::*;
use proptest::prelude::*;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use workhours_event::EventId;
use workhours_query::people::{People, Person};
use workhours_query::{Lookup, Projects};
use workhours_store::TaskId;

/// Questions of every kind.
pub(super) const QUESTIONS: [&str; 75] = [
    "",
    "release",
    "RELEASE notes",
    "\"release notes\"",
    "\"git push\"",
    "\"push git\"",
    "b-c",
    "pan*",
    "\"don't panic\"",
    "re*",
    "git-pu*",
    "git -\"git push\"",
    "-text:\"rm rf\" release date>1970",
    "-\"release notes\" -\"git push\"",
    "\"a b\" OR nothing",
    "--",
    "ünïcode",
    "web-1",
    "192.0.2",
    "user:ada",
    "user:\"\"",
    "user:b*",
    "user:\0",
    "host:\0*",
    "domain:\"\0\"",
    "user>=a",
    "host:[1 TO 2]",
    "host:web-1.example.org",
    "peer:198.51.100.7 -198.51.100.8",
    "-host:web-1.example.org",
    "source:two",
    "source:t*",
    "kind:http.*",
    "kind:shell.command -git",
    "domain:site1.co.uk",
    "domain>=site2",
    "tag:work",
    "tag:\"two words\" -tag:work",
    "tag:w*",
    "path:access",
    "path:hist*",
    "path:\"var log\"",
    "agent:firefox",
    "agent:\"mozilla 5\" -agent:curl",
    "referrer:x1",
    "status:200",
    "status>=200",
    "status:2*",
    "status:[-5 TO 300]",
    "meta.via:y",
    "meta.tls:true",
    "meta.deep:*x",
    "meta.deep:\"{\\\"a\\\":1}\"",
    "meta.deep:{*",
    "meta.via:null",
    "200",
    "404",
    "\"404 5\"",
    "40*",
    "404.*",
    "\"x y\"",
    "-200 git",
    "true OR via",
    "status",
    "deep OR a",
    "z-9 -404.5 y",
    "duration>1000",
    "duration:1500",
    "date:today",
    "date<1970-01-02",
    "date>1970-01 release",
    "date:[1970 TO *]",
    "-date:1970",
    "(user:ada OR tag:work) -(release OR source:one)",
    "NOT (NOT git)",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn an_index_says_what_the_database_says(
        first in prop::collection::vec(made(), 1..80),
        second in prop::collection::vec(made(), 0..40),
        every in 3..9usize,
        questions in prop::collection::vec(prop::sample::select(&QUESTIONS[..]), 8),
    ) {
        answers_alike(Base::new(), &first, &second, every, &questions);
    }
}

/// After loads and changes.
pub(super) fn answers_alike(
    mut base: Base,
    first: &[Made],
    second: &[Made],
    every: usize,
    questions: &[&str],
) {
    base.load(first);
    base.catch_up();
    let before = base.store.as_of().unwrap();
    for query in questions {
        base.agree(query, None);
    }
    base.load(second);
    let between = base.store.as_of().unwrap();
    base.catch_up();
    for query in questions {
        base.agree(query, None);
        base.agree(query, Some(before));
    }
    base.change(every);
    base.catch_up();
    for query in questions {
        base.agree(query, None);
        base.agree(query, Some(between));
    }
    assert_eq!(base.catch_up(), 0);
}

#[test]
fn every_question_is_answered_alike() {
    every_question(Base::new());
}

pub(super) fn every_question(mut base: Base) {
    let all: Vec<Made> = (0..120)
        .map(|n| Made { hour: (n % 11 > 0).then_some(n as i64 * 7 % 900), value: n % 60, tags: n % 4 })
        .collect();
    base.load(&all);
    base.catch_up();
    for query in QUESTIONS {
        base.agree(query, None);
    }
    for (start, field) in [("", Field::User), ("4", Field::Meta("status".into())), ("w", Field::Tag)] {
        let want = Scan::new(base.pool.clone()).values(&field, start, 5).unwrap();
        assert_eq!(base.index().values(&field, start, 5).unwrap(), want, "{field:?}");
        assert!(!want.is_empty());
    }
}

/// Values that follow from rules are counted as conditions on them match, by the rules as they are now.
#[test]
fn persons_and_projects_are_counted_as_conditions_match() {
    let mut base = Base::new();
    let all: Vec<Made> =
        (0..60).map(|n| Made { hour: (n % 7 > 0).then_some(n as i64), value: n, tags: n % 4 }).collect();
    base.load(&all);
    let zones = Zones::plain(chrono_tz::UTC);
    let scan = Scan::new(base.pool.clone());
    for rule in ["-path:access", "git", "label:none OR status:200"] {
        let named = |name: &str, user: &str| Person {
            name: name.into(),
            users: vec![user.into()],
            ..Person::default()
        };
        let lookup = Lookup {
            projects: Arc::new(Projects {
                rules: vec![("tides".into(), parse(rule, 0, &zones).unwrap())],
                ..Projects::default()
            }),
            people: Arc::new(People { me: named("me", "ada"), others: vec![named("R", "Bob")], told: true }),
        };
        let ask = |query: &str| Question {
            lookup: lookup.clone(),
            ..Question::of(parse(query, 0, &zones).unwrap())
        };
        let budget = Budget::unlimited();
        for field in [Field::Project, Field::Person] {
            let edges = edges_of(&scan, &ask("date>1969"), Cut::Into(9), &zones, &budget).unwrap();
            let counts = CountAsk {
                edges: edges.map(Arc::new),
                split: Some(field.clone()),
                facets: vec![(field.clone(), 100)],
            };
            let found = scan.counts(&ask("date>1969"), &counts, &budget).unwrap();
            assert!(found.facets[0].values.len() > 1, "{rule} {found:?}");
            for (value, n) in &found.facets[0].values {
                let value_text = value.clone().unwrap_or_else(|| "(none)".to_owned());
                let query = format!("date>1969 {}:\"{value_text}\"", field.name());
                let total = pages(&scan, &ask(&query), &Order::Newest, 100).0.len() as u64;
                assert_eq!(*n, total, "{query} {rule}");
                let at = found.series.iter().position(|name| name == value).unwrap();
                assert_eq!(found.bars.iter().map(|bar| bar[at]).sum::<u64>(), total, "{query} {rule}");
            }
            assert!(base.embedded().counts(&ask(""), &counts, &budget).is_err(), "no index has them");
        }
    }
}

/// Many come at a time, nearly in order: most are counted without a look at each.
#[test]
fn many_events_are_counted_alike() {
    many_events(Base::new());
}

pub(super) fn many_events(mut base: Base) {
    let all: Vec<Made> = (0..3000)
        .map(|n| Made {
            hour: (n % 97 > 0).then_some(n as i64 / 20 + n as i64 % 3),
            value: n % 60,
            tags: n % 4,
        })
        .collect();
    for some in [&all[..1500], &all[1000..1200], &all[1500..]] {
        base.load(some);
        base.catch_up();
    }
    for deleted in [false, true] {
        for query in
            ["", "git", "user:ada source:one", "date>1970-01-04", "date:[1970-01-02 TO 1970-01-03] -git"]
        {
            for cut in
                [Cut::Into(1), Cut::Into(7), Cut::Into(200), Cut::By(Step::Months(1)), Cut::By(Step::Day)]
            {
                base.count_alike(query, None, cut);
            }
        }
        if !deleted {
            base.change(9);
            base.catch_up();
        }
    }
}

/// The most frequent of very many values is the last of them.
#[test]
fn very_many_values_are_counted_alike() {
    let mut base = Base::new();
    let mut chunk = Chunk::default();
    for n in 0..20_500u64 {
        let mut id = EventId::first_at(HOUR);
        id.0[8..].copy_from_slice(&n.to_be_bytes());
        let meta = format!(r#"{{"size":{}}}"#, n.min(20_400));
        let event = NewEvent {
            id,
            date: Some(HOUR),
            precision: 3,
            kind: "http.request",
            meta: Some(&meta),
            ..NewEvent::default()
        };
        chunk.push_event(&event, std::iter::empty::<Tag<'_>>());
    }
    let batch = Batch { chunk, ..Batch::default() };
    base.store.load(("one", base.input, TaskId::new(1), base.files[0]), &batch, LoadMode::Ignore).unwrap();
    base.catch_up();
    let ask = CountAsk { facets: vec![(Field::Meta("size".into()), 2)], ..CountAsk::default() };
    let question = Question::of(embedded::all());
    let of = |index: &dyn Index| index.counts(&question, &ask, &Budget::unlimited()).unwrap();
    let (got, want) = (of(&base.embedded()), of(&Scan::new(base.pool.clone())));
    assert_eq!(got.facets, want.facets);
    assert_eq!(got.facets[0].values[0], (Some("20400".to_owned()), 100));
    let spent = Budget::unlimited().or_until(Arc::new(AtomicBool::new(true)));
    assert!(!base.embedded().counts(&question, &ask, &spent).unwrap().complete);
}

#[test]
fn sorted_pages_go_on_whatever_comes_in() {
    sorted_pages(Base::new());
}

pub(super) fn sorted_pages(mut base: Base) {
    let made =
        |n: usize| Made { hour: (!n.is_multiple_of(9)).then_some(n as i64), value: n % 60, tags: n % 4 };
    base.load(&(0..100).map(made).collect::<Vec<_>>());
    base.catch_up();
    let before = base.store.as_of().unwrap();
    let question = Question { as_of: Some(before), ..Question::of(parse("-tag:none", 0, &utc()).unwrap()) };
    let firsts: Vec<(Order, Vec<EventId>, PageAsk)> = SORTS
        .iter()
        .map(|sort| {
            let order: Order = sort.parse().unwrap();
            let all = shown(&*base.index(), &mut base.store, &question, &order, 1000);
            assert_eq!(all.len(), 100);
            let mut ask = PageAsk { order: order.clone(), after: None, size: 30 };
            let budget = Budget::unlimited();
            let page = crate::page(&*base.index(), &mut base.store, &question, &ask, &budget).unwrap();
            ask.after = page.page.next;
            (order, all, ask)
        })
        .collect();
    base.load(&(0..100).map(|n| made(n + 7)).collect::<Vec<_>>());
    base.catch_up();
    for (order, all, ask) in firsts {
        let found =
            crate::page(&*base.index(), &mut base.store, &question, &ask, &Budget::unlimited()).unwrap();
        let ids: Vec<EventId> = found.events.iter().map(|found| found.event.id).collect();
        assert_eq!(ids, all[30..60], "{order}");
        // The position of one order is none of another.
        let other = PageAsk { order: Order::Relevance, ..ask };
        assert!(base.index().page(&question, &other, &Budget::unlimited()).is_err());
    }
}

fn utc() -> Zones {
    Zones::plain(chrono_tz::UTC)
}

/// A part of the events would be in a wrong order.
#[test]
fn a_sorted_page_is_whole_or_an_error() {
    let mut base = Base::new();
    let all: Vec<Made> = (0..50).map(|n| Made { hour: Some(n), value: n as usize, tags: 0 }).collect();
    base.load(&all);
    base.catch_up();
    let question = Question::of(embedded::all());
    let spent = Budget::unlimited().or_until(Arc::new(AtomicBool::new(true)));
    for sort in ["host", "title", "status", "-duration"] {
        let ask = PageAsk { order: sort.parse().unwrap(), after: None, size: 5 };
        let error = Scan::new(base.pool.clone()).page(&question, &ask, &spent).unwrap_err();
        assert!(error.full_message().contains("time ran out") && error.hint_text().is_some(), "{sort}");
    }
    let ask = PageAsk { order: "title".parse().unwrap(), after: None, size: 5 };
    assert!(crate::page(&base.embedded(), &mut base.store, &question, &ask, &spent).is_err());
}

#[test]
fn a_budget_that_is_spent_stops_and_says_so() {
    let mut base = Base::new();
    base.load(&[Made { hour: Some(1), value: 2, tags: 0 }]);
    let scan = Scan::new(base.pool.clone());
    let question = Question::of(embedded::all());
    let spent = Budget::unlimited().or_until(Arc::new(AtomicBool::new(true)));
    assert!(Budget::of(Duration::ZERO).is_spent() && spent.is_spent());
    let counts = scan.counts(&question, &CountAsk::default(), &spent).unwrap();
    assert!(!counts.complete);
    assert!(
        scan.page(&question, &PageAsk { order: Order::Relevance, after: None, size: 1 }, &spent).is_err()
    );
    assert!(
        scan.counts(&question, &CountAsk { facets: vec![(Field::Text, 3)], ..CountAsk::default() }, &spent)
            .is_err()
    );
}
