//! An index agrees with the database for any question, after loads, deletions, changes, interruptions and in every
//! order; and it isn't used if it has another history.

#[cfg(unix)]
mod damage;
#[cfg(feature = "elasticsearch")]
mod elasticsearch;
mod keeping;
mod questions;

use super::embedded::Embedded;
use super::*;
use proptest::prelude::*;
use std::ops::ControlFlow;
use workhours_base::budget::Budget;
use workhours_base::database::{DatabaseUri, SqlitePath};
use workhours_base::input::InputSpec;
use workhours_base::zones::Zones;
use workhours_event::chunk::{Chunk, Tag};
use workhours_event::{EventId, NewEvent, split_url};
use workhours_query::parse;
use workhours_store::{Batch, FileId, InputId, LoadMode, NewFile, Pool, Seq, Store, TaskId};

const HOUR: i64 = 3_600_000_000;

/// How many events an index has.
fn events(index: &Embedded) -> u64 {
    match index.status().unwrap() {
        Status::Ready(state) => state.events,
        other => panic!("{other:?}"),
    }
}

/// A database and its index.
struct Base {
    /// The search server of the index; the embedded one without it.
    server: Option<String>,
    dir: tempfile::TempDir,
    store: Store,
    pool: Arc<Pool>,
    input: InputId,
    files: [FileId; 2],
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
        Self::on(None)
    }

    fn on(server: Option<String>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let uri = DatabaseUri::Sqlite(SqlitePath::File(dir.path().join("w.db")));
        let pool = Arc::new(Pool::open(&uri, 2).unwrap());
        let mut store = Store::open(&uri).unwrap();
        let spec = InputSpec { source_type: "one".into(), path: "x".into(), ..InputSpec::default() };
        let input = store.inputs().ensure("one", "human", &spec, "UTC").unwrap();
        let mut file = |path: &str| {
            let hash = path.as_bytes().to_vec();
            let file = NewFile {
                source_type: "one".into(),
                head_hash: hash,
                path: path.into(),
                ..NewFile::default()
            };
            store.files().create(&file).unwrap().id
        };
        let files = [file("/var/log/access.log"), file("/home/ada/histörie")];
        Self { server, dir, store, pool, input, files, n: 0, known: Vec::new() }
    }

    fn embedded(&self) -> Embedded {
        Embedded::new(&self.dir.path().join("index"), self.store.uuid())
    }

    /// The index, by whichever engine.
    fn index(&self) -> Box<dyn SearchIndex> {
        match &self.server {
            #[cfg(feature = "elasticsearch")]
            Some(url) => Box::new(elasticsearch::index(url, self.store.uuid())),
            #[cfg(not(feature = "elasticsearch"))]
            Some(url) => panic!("no engine for {url}"),
            None => Box::new(self.embedded()),
        }
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
            self.store
                .load((source, self.input, TaskId::new(1), self.files[file]), &batch, LoadMode::Ignore)
                .unwrap();
        }
    }

    /// Changes of existing events: some are deleted, some get another text, some another tag.
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
        self.store.purge().events(&gone).unwrap();
        for (ids, mode) in [(edited, LoadMode::Upsert), (tagged, LoadMode::Ignore)] {
            let mut chunk = Chunk::default();
            for id in ids {
                let made = Made { hour: None, value: 7, tags: 3 };
                push(&mut chunk, id, id.date(), &made);
            }
            let batch = Batch { chunk, ..Batch::default() };
            self.store.load(("two", self.input, TaskId::new(1), self.files[1]), &batch, mode).unwrap();
        }
    }

    fn catch_up(&mut self) -> u64 {
        let mut writer = self.index().writer().unwrap().expect("nobody else writes");
        let added = writer.catch_up(&mut self.store, &mut |_| ControlFlow::Continue(())).unwrap();
        writer.finish().unwrap();
        added
    }

    /// The index and the database return the same result.
    fn agree(&mut self, query: &str, as_of: Option<Seq>) {
        let expr = parse(query, 500 * HOUR, &Zones::plain(chrono_tz::Europe::Oslo)).unwrap();
        let question = Question { as_of, ..Question::of(expr) };
        let (index, scan) = (self.index(), Scan::new(self.pool.clone()));
        let budget = Budget::unlimited();
        let mut all = Vec::new();
        for order in [Order::Newest, Order::Oldest] {
            let want = pages(&scan, &question, &order, 1000).0;
            let (got, total) = pages(&*index, &question, &order, 7.max(want.len() / 16));
            assert_eq!(got, want, "{query} {order:?} as of {as_of:?}");
            assert_eq!(total, want.len() as u64, "{query}");
            // What is shown of it, in any way.
            let ask = PageAsk { order: order.clone(), after: None, size: want.len() + 1 };
            let page = crate::page(&*index, &mut self.store, &question, &ask, &budget).unwrap();
            let shown: Vec<EventId> = page.page.hits.iter().map(|hit| hit.id).collect();
            assert_eq!(shown, want, "{query} {order:?} as of {as_of:?}");
            assert_eq!((page.page.total.value, page.events.len()), (total, want.len()), "{query}");
            all = want;
        }
        let (mut best, _) = pages(&*index, &question, &Order::Relevance, 5.max(all.len() / 16));
        best.sort_unstable();
        all.sort_unstable();
        assert_eq!(best, all, "{query} by relevance");
        // Some of the orders for each question.
        for at in 0..5 {
            self.sort_alike(&question, SORTS[(query.len() + at * 7) % SORTS.len()]);
        }
        self.count_alike(query, as_of, Cut::Into(60));
    }

    /// Both sort as is defined: by value, then by id; without a value last.
    fn sort_alike(&mut self, question: &Question, sort: &str) {
        let (index, scan) = (self.index(), Scan::new(self.pool.clone()));
        let order: Order = sort.parse().unwrap();
        let Order::By(by) = &order else { panic!("{sort}") };
        let ids = pages(&scan, question, &Order::Newest, 1000).0;
        let mut events = self.store.events().by_ids(&ids).unwrap();
        events.sort_by(|a, b| {
            let (x, y) = (by.value_of(a), by.value_of(b));
            let values = if by.descending() && x.is_some() && y.is_some() { y.cmp(&x) } else { x.cmp(&y) };
            x.is_none().cmp(&y.is_none()).then(values).then(a.id.cmp(&b.id))
        });
        let want: Vec<EventId> = events.iter().map(|event| event.id).collect();
        // Many events in fewer, larger pages: each page reads all of them.
        let size = |least: usize| least.max(want.len() / 16);
        assert_eq!(pages(&scan, question, &order, size(11)).0, want, "{sort} of {:?}", question.expr);
        assert_eq!(
            shown(&*index, &mut self.store, question, &order, size(7)),
            want,
            "{sort} of {:?}",
            question.expr
        );
        assert_eq!(pages(&scan, question, &order, 1000).1, want.len() as u64);
    }

    /// The same of counts.
    fn count_alike(&self, query: &str, as_of: Option<Seq>, cut: Cut) {
        let expr = parse(query, 500 * HOUR, &Zones::plain(chrono_tz::Europe::Oslo)).unwrap();
        let question = Question { as_of, ..Question::of(expr) };
        let (index, scan) = (self.index(), Scan::new(self.pool.clone()));
        let budget = Budget::unlimited();
        let span = scan.span(&question, &budget).unwrap();
        assert_eq!(index.span(&question, &budget).unwrap(), span, "{query}");
        let zones = Zones::plain(chrono_tz::Europe::Oslo);
        let edges = edges_of(&*index, &question, cut, &zones, &budget).unwrap();
        let mut facets: Vec<(Field, usize)> =
            FACETS.iter().filter(|field| is_indexed(field)).map(|field| (field.clone(), 3)).collect();
        facets.extend([(Field::Meta("status".into()), 2), (Field::Meta("via".into()), 9)]);
        let edges = edges.map(Arc::new);
        for field in FACETS.iter().filter(|field| is_indexed(field) && dividing_field(field).is_ok()) {
            let facets = if *field == Field::Source { facets.clone() } else { Vec::new() };
            let ask = CountAsk { edges: edges.clone(), split: Some(field.clone()), facets };
            let got = index.counts(&question, &ask, &budget).unwrap();
            let want = scan.counts(&question, &ask, &budget).unwrap();
            assert_eq!(
                (got.total, &got.series, &got.bars),
                (want.total, &want.series, &want.bars),
                "{query}"
            );
            assert_eq!(got.facets, want.facets, "{query}");
        }
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
    let agent_id = workhours_event::hash64(agent.as_bytes());
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
        peer: [None, Some("198.51.100.7"), Some("198.51.100.8")][v / 3 % 3],
        user: [Some("ada"), Some("Bob"), None, Some("")][v % 4],
        meta,
        ..NewEvent::default()
    };
    let tags = [Tag { name: "work", by_rule: false }, Tag { name: "two words", by_rule: false }];
    let tags: Vec<Tag<'_>> =
        tags.into_iter().enumerate().filter(|(n, _)| made.tags >> n & 1 == 1).map(|(_, tag)| tag).collect();
    chunk.push_event(&event, tags.into_iter());
}

/// Orders of every kind.
const SORTS: [&str; 24] = [
    "source",
    "-kind",
    "host",
    "-host",
    "peer",
    "-peer",
    "user",
    "-user",
    "domain",
    "-domain",
    "tag",
    "-tag",
    "title",
    "-title",
    "text",
    "-url",
    "referrer",
    "-agent",
    "duration",
    "-duration",
    "status",
    "-status",
    "meta.via",
    "-meta.via",
];

/// The ids on all pages, as they are shown.
fn shown(
    index: &dyn Index,
    store: &mut Store,
    question: &Question,
    order: &Order,
    size: usize,
) -> Vec<EventId> {
    let (mut ids, mut ask) = (Vec::new(), PageAsk { order: order.clone(), after: None, size });
    loop {
        let found = crate::page(index, store, question, &ask, &Budget::unlimited()).unwrap();
        assert_eq!(found.events.iter().map(|one| one.event.id).collect::<Vec<_>>(), {
            found.page.hits.iter().map(|hit| hit.id).collect::<Vec<_>>()
        });
        ids.extend(found.events.iter().map(|found| found.event.id));
        ask.after = found.page.next.map(|next| next.to_string().parse().unwrap());
        if ask.after.is_none() {
            return ids;
        }
    }
}

/// All pages of a question's events, and the total on the first of them.
fn pages(index: &dyn Index, question: &Question, order: &Order, size: usize) -> (Vec<EventId>, u64) {
    let (mut ids, mut after, mut total) = (Vec::new(), None, None);
    loop {
        let ask = PageAsk { order: order.clone(), after, size };
        let page = index.page(question, &ask, &Budget::unlimited()).unwrap();
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
