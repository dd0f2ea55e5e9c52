//! An index says what the database says, whatever is asked, after loads, deletions, changes, interruptions and in every
//! order; and it is not believed when it is of another history.

use super::embedded::{Embedded, Pace, Status};
use super::*;
use crate::config::{DatabaseUri, InputSpec, SqlitePath};
use crate::event::chunk::{Chunk, Tag};
use crate::event::{NewEvent, split_url};
use crate::query::parse;
use crate::store::{Batch, LoadMode, NewFile, Pool, Store};
use crate::zones::Zones;
use proptest::prelude::*;
use std::ops::ControlFlow;

const HOUR: i64 = 3_600_000_000;

/// A database and its index.
struct Base {
    dir: tempfile::TempDir,
    store: Store,
    pool: Arc<Pool>,
    input: i64,
    files: [i64; 2],
    n: u64,
    known: Vec<EventId>,
}

/// One of a few of everything, so that they meet.
#[derive(Clone, Copy, Debug)]
struct Made {
    hour: Option<i64>,
    value: usize,
    tags: usize,
}

fn made() -> impl Strategy<Value = Made> {
    (prop::option::weighted(0.9, -30..2000i64), 0..60usize, 0..4usize).prop_map(|(hour, value, tags)| Made {
        hour,
        value,
        tags,
    })
}

impl Base {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let uri = DatabaseUri::Sqlite(SqlitePath::File(dir.path().join("w.db")));
        let pool = Arc::new(Pool::open(&uri, 2).unwrap());
        let mut store = Store::open(&uri).unwrap();
        let spec = InputSpec { source_type: "one".into(), path: "x".into(), ..InputSpec::default() };
        let input = store.ensure_input("one", "human", &spec, "UTC").unwrap();
        let mut file = |path: &str| {
            let hash = vec![path.len() as u8];
            let file = NewFile {
                source_type: "one".into(),
                head_hash: hash,
                path: path.into(),
                ..NewFile::default()
            };
            store.create_file(&file).unwrap().id
        };
        let files = [file("/var/log/access.log"), file("/home/ada/histörie")];
        Self { dir, store, pool, input, files, n: 0, known: Vec::new() }
    }

    fn embedded(&self) -> Embedded {
        Embedded::new(&self.dir.path().join("index"), self.store.uuid())
    }

    fn load(&mut self, events: &[Made]) {
        for file in 0..2 {
            let mut chunk = Chunk::default();
            for made in events.iter().filter(|made| made.value % 2 == file) {
                self.n += 1;
                let date = made.hour.map(|hour| hour * HOUR);
                let mut id = date.map_or(EventId::first_undated(), EventId::first_at);
                id.0[8..].copy_from_slice(&self.n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
                self.known.push(id);
                push(&mut chunk, id, date, made);
            }
            let batch = Batch { chunk, ..Batch::default() };
            let source = ["one", "two"][file];
            self.store.load((source, self.input, 1, self.files[file]), &batch, LoadMode::Ignore).unwrap();
        }
    }

    /// What changes events that are there: some go, some get another text, some another tag.
    fn change(&mut self, every: usize) {
        let chosen = |at: usize| -> Vec<EventId> {
            self.known
                .iter()
                .copied()
                .enumerate()
                .filter(|(n, _)| n % every == at)
                .map(|(_, id)| id)
                .collect()
        };
        let (gone, edited, tagged) = (chosen(0), chosen(1), chosen(2));
        let gone: Vec<Vec<u8>> = gone.iter().map(|id| id.0.to_vec()).collect();
        self.store.purge_events(&gone).unwrap();
        for (ids, mode) in [(edited, LoadMode::Upsert), (tagged, LoadMode::Ignore)] {
            let mut chunk = Chunk::default();
            for id in ids {
                let made = Made { hour: None, value: 7, tags: 3 };
                push(&mut chunk, id, id.date(), &made);
            }
            let batch = Batch { chunk, ..Batch::default() };
            self.store.load(("two", self.input, 1, self.files[1]), &batch, mode).unwrap();
        }
    }

    fn catch_up(&mut self) -> u64 {
        let mut keeper = self.embedded().keeper().unwrap().expect("nobody else writes");
        let added = keeper.catch_up(&mut self.store, &mut |_| ControlFlow::Continue(())).unwrap();
        keeper.finish().unwrap();
        added
    }

    /// What the index and the database say to a question is one.
    fn agree(&mut self, query: &str, as_of: Option<i64>) {
        let expr = parse(query, 500 * HOUR, chrono_tz::Europe::Oslo).unwrap();
        let question = Question { expr, as_of };
        let (index, scan) = (self.embedded(), Scan::new(self.pool.clone()));
        let budget = Budget::unlimited();
        let mut all = Vec::new();
        for order in [Order::Newest, Order::Oldest] {
            let want = pages(&scan, &question, order, 1000).0;
            let (got, total) = pages(&index, &question, order, 7);
            assert_eq!(got, want, "{query} {order:?} as of {as_of:?}");
            assert_eq!(total, want.len() as u64, "{query}");
            // What is shown of it, by whatever way.
            let ask = PageAsk { order, after: None, size: want.len() + 1 };
            let page = crate::search::page(&index, &mut self.store, &question, &ask, &budget).unwrap();
            let shown: Vec<EventId> = page.page.hits.iter().map(|hit| hit.id).collect();
            assert_eq!(shown, want, "{query} {order:?} as of {as_of:?}");
            assert_eq!((page.page.total.value, page.events.len()), (total, want.len()), "{query}");
            all = want;
        }
        let (mut best, _) = pages(&index, &question, Order::Relevance, 5);
        best.sort_unstable();
        all.sort_unstable();
        assert_eq!(best, all, "{query} by relevance");
        self.count_alike(query, as_of, Cut::Into(60));
    }

    /// The same of counts.
    fn count_alike(&self, query: &str, as_of: Option<i64>, cut: Cut) {
        let expr = parse(query, 500 * HOUR, chrono_tz::Europe::Oslo).unwrap();
        let question = Question { expr, as_of };
        let (index, scan) = (self.embedded(), Scan::new(self.pool.clone()));
        let budget = Budget::unlimited();
        let span = scan.span(&question, &budget).unwrap();
        assert_eq!(index.span(&question, &budget).unwrap(), span, "{query}");
        let zones = Zones::plain(chrono_tz::Europe::Oslo);
        let edges = edges_of(&index, &question, cut, &zones, &budget).unwrap();
        let mut facets: Vec<(Field, usize)> = FACETS.iter().map(|field| (field.clone(), 3)).collect();
        facets.extend([(Field::Meta("status".into()), 2), (Field::Meta("via".into()), 9)]);
        let ask = CountAsk { edges: edges.map(Arc::new), split: Some(Field::Source), facets };
        let (got, want) =
            (index.counts(&question, &ask, &budget).unwrap(), scan.counts(&question, &ask, &budget).unwrap());
        assert_eq!((got.total, &got.series, &got.bars), (want.total, &want.series, &want.bars), "{query}");
        assert_eq!(got.facets, want.facets, "{query}");
    }
}

fn push(chunk: &mut Chunk, id: EventId, date: Option<i64>, made: &Made) {
    let v = made.value;
    let place =
        split_url(&format!("https://www.site{}.co.uk/a/b-c?q=Release+notes{}", v % 4, v % 5)).unwrap();
    let referrer = split_url(&format!("https://search.example/?q=x{}", v % 3)).unwrap();
    chunk.push_place(&place);
    chunk.push_place(&referrer);
    let agent = ["Mozilla/5.0 (X11) Firefox/130.0", "curl/8.0"][v % 2];
    let agent_id = crate::event::hash64(agent.as_bytes());
    chunk.push_agent(agent_id, agent);
    let meta = [
        None,
        Some(r#"{"status":200,"via":["x","y",null],"tls":true}"#),
        Some(r#"{"status":404.5,"via":"x"}"#),
        Some(r#"{"status":"200","deep":{"a":1}}"#),
        Some(r#"{"status":-3}"#),
    ][v % 5];
    let event = NewEvent {
        id,
        date,
        precision: 3,
        duration_us: v.is_multiple_of(3).then_some(v as i64 * 500_000),
        kind: ["web.visit", "shell.command", "http.request"][v % 3],
        place_id: (!v.is_multiple_of(4)).then_some(place.id),
        referrer_id: (v % 6 == 1).then_some(referrer.id),
        agent_id: v.is_multiple_of(2).then_some(agent_id),
        url: v.is_multiple_of(4).then_some("/a/b-c?utm=Release"),
        title: [None, Some("GET /a/b-c HTTP/1.1"), Some("Ünïcode don't panic"), Some("ada at web-1")][v % 4],
        text: [None, Some("git push --force"), Some("make test"), Some("rm -rf Release notes")][v / 4 % 4],
        host: [Some("web-1.example.org"), Some("192.0.2.7"), None][v % 3],
        user: [Some("ada"), Some("Bob"), None, Some("")][v % 4],
        meta,
        ..NewEvent::default()
    };
    let tags = [Tag { name: "work", by_rule: false }, Tag { name: "two words", by_rule: false }];
    let tags: Vec<Tag<'_>> =
        tags.into_iter().enumerate().filter(|(n, _)| made.tags >> n & 1 == 1).map(|(_, tag)| tag).collect();
    chunk.push_event(&event, tags.into_iter());
}

/// All pages of a question's events, and what the first of them says is the total.
fn pages(index: &dyn Index, question: &Question, order: Order, size: usize) -> (Vec<EventId>, u64) {
    let (mut ids, mut after, mut total) = (Vec::new(), None, None);
    loop {
        let page = index.page(question, &PageAsk { order, after, size }, &Budget::unlimited()).unwrap();
        assert!(page.complete && page.hits.len() <= size);
        total.get_or_insert(page.total.value);
        ids.extend(page.hits.iter().map(|hit| hit.id));
        // As it goes through an address line.
        after = page.next.map(|next| next.to_string().parse().unwrap());
        if after.is_none() {
            return (ids, total.unwrap_or_default());
        }
    }
}

/// Questions of every kind.
const QUESTIONS: [&str; 57] = [
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
    "user>=a",
    "host:[1 TO 2]",
    "host:web-1.example.org",
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
        let mut base = Base::new();
        base.load(&first);
        base.catch_up();
        let before = base.store.as_of().unwrap();
        for query in &questions {
            base.agree(query, None);
        }
        base.load(&second);
        let between = base.store.as_of().unwrap();
        base.catch_up();
        for query in &questions {
            base.agree(query, None);
            base.agree(query, Some(before));
        }
        base.change(every);
        base.catch_up();
        for query in &questions {
            base.agree(query, None);
            base.agree(query, Some(between));
        }
        prop_assert_eq!(base.catch_up(), 0);
    }
}

#[test]
fn every_question_is_answered_alike() {
    let mut base = Base::new();
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
        assert_eq!(base.embedded().values(&field, start, 5).unwrap(), want, "{field:?}");
        assert!(!want.is_empty());
    }
}

/// Many come at a time, nearly in order: most are counted without a look at each.
#[test]
fn many_events_are_counted_alike() {
    let mut base = Base::new();
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

#[test]
fn who_is_stopped_goes_on_there_and_readers_see_nothing_by_halves() {
    let mut base = Base::new();
    let made: Vec<Made> =
        (0..9000).map(|n| Made { hour: Some(n), value: n as usize % 60, tags: 0 }).collect();
    base.load(&made[..100]);
    base.catch_up();
    let before = base.store.as_of().unwrap();
    base.load(&made[100..]);
    let index = base.embedded();
    let mut keeper = index.keeper().unwrap().unwrap();
    assert!(base.embedded().keeper().unwrap().is_none(), "one writes");
    let looks = 3;
    let mut rounds = 0;
    loop {
        let mut left = looks;
        let mut stopped = false;
        keeper
            .catch_up(&mut base.store, &mut |_| {
                left -= 1;
                stopped = left == 0;
                if stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .unwrap();
        rounds += 1;
        if !stopped {
            break;
        }
        let page = index.page(
            &Question::of(embedded::all()),
            &PageAsk { order: Order::Newest, after: None, size: 1 },
            &Budget::unlimited(),
        );
        let page = page.unwrap();
        assert_eq!((page.total.value, page.as_of), (100, before));
        // As after a crash: another keeper, with nothing remembered.
        drop(keeper);
        keeper = index.keeper().unwrap().unwrap();
    }
    assert!(rounds > 1);
    drop(keeper);
    base.agree("release", None);
    base.agree("", None);
}

/// Several rounds may go into one commit.
#[test]
fn what_comes_and_changes_meanwhile_is_in_it_too() {
    let mut base = Base::new();
    let all: Vec<Made> =
        (0..300).map(|n| Made { hour: Some(n as i64), value: n % 60, tags: n % 4 }).collect();
    base.load(&all[..100]);
    let uri = DatabaseUri::Sqlite(SqlitePath::File(base.dir.path().join("w.db")));
    let mut keeper = base.embedded().keeper().unwrap().unwrap().at_pace(Pace::Bulk);
    let mut rounds = 0;
    let mut store = Store::open(&uri).unwrap();
    keeper
        .catch_up(&mut store, &mut |_| {
            rounds += 1;
            match rounds {
                1 => base.load(&all[100..200]),
                2 => base.change(5),
                3 => base.load(&all[200..]),
                _ => {}
            }
            if rounds < 4 {
                let known = base.embedded().known().unwrap();
                assert!(known.is_none(), "it is asked when it knows something: {known:?}");
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(base.embedded().known().unwrap(), Some(base.store.as_of().unwrap()));
    for query in ["", "git", "user:ada", "tag:work", "date>1970-01-04"] {
        base.agree(query, None);
    }
}

#[test]
fn purged_words_are_nowhere_in_the_index() {
    let mut base = Base::new();
    base.load(&[Made { hour: Some(1), value: 3, tags: 0 }, Made { hour: Some(2), value: 1, tags: 0 }]);
    base.catch_up();
    // Words are folded into an automaton, but the names of a column stand there as they are.
    let found = |base: &Base| {
        let dir = base.embedded().folder().to_owned();
        let mut all = Vec::new();
        for entry in std::fs::read_dir(dir).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
            for file in std::fs::read_dir(entry.path()).unwrap().flatten() {
                all.extend(std::fs::read(file.path()).unwrap());
            }
        }
        memchr::memmem::find(&all, b"web-1.example").is_some()
    };
    assert!(found(&base));
    let gone = base.known[0].0.to_vec();
    base.store.purge_events(&[gone]).unwrap();
    base.catch_up();
    assert!(!found(&base));
    base.agree("", None);
}

#[test]
fn an_index_of_another_history_is_made_anew() {
    let mut base = Base::new();
    assert_eq!(base.embedded().status().unwrap(), Status::Absent);
    base.load(&[Made { hour: Some(1), value: 2, tags: 0 }]);
    base.load(&[Made { hour: Some(2), value: 3, tags: 0 }]);
    base.catch_up();
    // The same numbers at another time: a backup was put back, and other things happened.
    let mut other = Base::new();
    other.load(&[Made { hour: Some(1), value: 2, tags: 0 }]);
    other.load(&[Made { hour: Some(9), value: 9, tags: 0 }, Made { hour: Some(8), value: 8, tags: 0 }]);
    std::fs::rename(base.embedded().folder(), other.dir.path().join("moved")).unwrap();
    std::fs::create_dir_all(other.dir.path().join("index")).unwrap();
    std::fs::rename(other.dir.path().join("moved"), other.embedded().folder()).unwrap();
    assert!(matches!(other.embedded().status().unwrap(), Status::Ready(_)));
    other.catch_up();
    other.agree("", None);
}

#[test]
fn made_anew_aside_it_takes_over() {
    let mut base = Base::new();
    base.load(&[Made { hour: Some(1), value: 2, tags: 0 }]);
    base.catch_up();
    let reader = base.embedded();
    assert_eq!(reader.state().unwrap().events, 1);
    let mut keeper = reader.keeper().unwrap().unwrap();
    assert!(keeper.rebuild(&mut base.store, &mut |_| ControlFlow::Break(())).is_err(), "interrupted");
    assert_eq!(reader.state().unwrap().events, 1);
    base.load(&[Made { hour: Some(2), value: 3, tags: 0 }]);
    assert_eq!(keeper.rebuild(&mut base.store, &mut |_| ControlFlow::Continue(())).unwrap(), 2);
    keeper.finish().unwrap();
    assert_eq!(reader.state().unwrap().events, 2);
    base.agree("", None);
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
