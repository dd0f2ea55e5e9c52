//! Sums agree with events. Every report that uses sums runs twice, once so that it must read the events, after loads,
//! deletions and new tags that change days summed up before.

use crate::{ReportParams, by_name};
use proptest::prelude::*;
use std::sync::Arc;
use workhours_base::database::{DatabaseUri, SqlitePath};
use workhours_base::input::InputSpec;
use workhours_base::table::Row;
use workhours_base::vocabulary::{Bucket, Dimension};
use workhours_base::zones::{Travel, Zones};
use workhours_event::chunk::{Chunk, Tag};
use workhours_event::{EventId, NewEvent, TagRule, Tagger, split_url};
use workhours_query::Expr;
use workhours_store::{Batch, EventFilter, FileId, InputId, LoadMode, NewFile, Store, TaskId};

const MINUTE: i64 = 60_000_000;
pub(crate) const DAY: i64 = 1440 * MINUTE;
/// 2026-01-01: dates before 1971 don't count in hours.
pub(crate) const FIRST: i64 = 20_454;
const REPORTS: [&str; 10] =
    ["calendar", "domains", "histogram", "hosts", "hours", "kinds", "peers", "sources", "tags", "users"];

const DECLINED: i32 = workhours_event::host_flags::DECLINED as i32;
const FREE: i32 = workhours_event::host_flags::FREE as i32;
/// Values of what reports read there, some of another type than usual.
const META: [Option<&str>; 7] = [
    None,
    Some(r#"{"status":404,"size_bytes":70,"cwd":"/home/ada/src/tides/docs"}"#),
    Some(r#"{"exit":1,"attendees":"alice=DECLINED, bob=ACCEPTED"}"#),
    Some(r#"{"status":"200","repository":"/home/ada/boats/"}"#),
    Some(r#"{"status":500,"size_bytes":7.5,"repository":["x","y"],"cwd":"/srv/z"}"#),
    Some(r#"{"exit_status":0,"status":3,"repository":["/srv/one"]}"#),
    Some(r#"{"size_bytes":9,"attendees":"bob=ACCEPTED","status":null}"#),
];

/// One of a few of everything, so that they meet.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    date: Option<i64>,
    date_only: bool,
    lasts_min: i64,
    input: usize,
    value: usize,
    tagged: bool,
}

pub(crate) fn made() -> impl Strategy<Value = Made> {
    let minute = prop_oneof![-3..3i64, 1435..1445i64, 60 * 24 * 86..60 * 24 * 89i64];
    let date = (minute, 0..3i64, 0..40i64).prop_map(|(minute, second, year)| {
        Some(FIRST * DAY + (minute + year % 2 * 60 * 24 * 200) * MINUTE + second * 29_999_999)
    });
    let date = prop_oneof![9 => date, 1 => Just(None)];
    (date, any::<bool>(), 0..1000i64, 0..2usize, 0..4usize, any::<bool>()).prop_map(
        |(date, date_only, lasts_min, input, value, tagged)| Made {
            date,
            date_only: date_only && value == 0,
            lasts_min: if lasts_min % 3 == 0 { lasts_min } else { 0 },
            input,
            value,
            tagged,
        },
    )
}

/// A database in memory.
pub(crate) struct Base {
    pub(crate) store: Store,
    pub(crate) inputs: [InputId; 2],
    pub(crate) file: FileId,
    n: u64,
}

impl Base {
    pub(crate) fn new() -> Self {
        let mut store = Store::open(&DatabaseUri::Sqlite(SqlitePath::Memory)).unwrap();
        let mut input = |source: &str| {
            let spec = InputSpec { source_type: source.into(), path: source.into(), ..InputSpec::default() };
            store.inputs().ensure(source, "human", &spec, "UTC").unwrap()
        };
        let inputs = [input("one"), input("two")];
        let file = NewFile { source_type: "one".into(), head_hash: vec![1], ..NewFile::default() };
        let file = store.files().create(&file).unwrap().id;
        Self { store, inputs, file, n: 0 }
    }

    pub(crate) fn load(&mut self, events: &[Made]) {
        for input in 0..2 {
            let mut chunk = Chunk::default();
            for made in events.iter().filter(|made| made.input == input) {
                self.n += 1;
                let mut id = EventId::first_undated();
                if let Some(date) = made.date {
                    id = EventId::first_at(date);
                }
                id.0[8..].copy_from_slice(&self.n.to_be_bytes());
                let (place, host) =
                    (format!("https://www.site{}.co.uk/{}", made.value, self.n % 3), "a\u{301}x");
                let place = match self.n % 5 {
                    4 => "https://github.com/Ada/tides/issues",
                    _ => place.as_str(),
                };
                let place = split_url(place).unwrap();
                chunk.push_place(&place);
                let agent = ["curl/8", "Firefox"][made.value % 2];
                chunk.push_agent(made.value as i64 % 2, agent);
                let event = NewEvent {
                    id,
                    date: made.date,
                    precision: if made.date_only { 5 } else { 3 },
                    duration_us: Some(made.lasts_min * MINUTE).filter(|us| *us > 0),
                    kind: ["web.visit", "shell.command", "http.request", "shell.command"][made.value],
                    text: Some(["", "sudo make | tee x", "", "git status"][made.value]),
                    agent_id: (!self.n.is_multiple_of(3)).then_some(made.value as i64 % 2),
                    flags: [0, 0, DECLINED, FREE][self.n as usize % 4],
                    meta: META[self.n as usize % META.len()],
                    place_id: (made.value > 1).then_some(place.id),
                    host: (made.value != 2).then_some(&host[..made.value.min(1) + 3]),
                    peer: (made.value % 2 == 0).then_some("192.0.2.1"),
                    user: Some(["alice", "bob", "Alice", ""][made.value]),
                    title: Some(["hello", "GET /hello.css HTTP/1.1"][usize::from(made.value == 2)]),
                    ..NewEvent::default()
                };
                let tags = [Tag { name: "t", by_rule: false }, Tag { name: "u", by_rule: false }];
                chunk.push_event(
                    &event,
                    tags[..usize::from(made.tagged) * (1 + made.value % 2)].iter().copied(),
                );
            }
            let source = ["one", "two"][input];
            let batch = Batch { chunk, ..Batch::default() };
            self.store
                .load((source, self.inputs[input], TaskId::new(1), self.file), &batch, LoadMode::Ignore)
                .unwrap();
        }
    }

    /// All reports, once from sums and once from events.
    fn agree(&mut self, params: &ReportParams) {
        let hours_have_it = params.bucket.is_none_or(|bucket| bucket <= Bucket::Day);
        for name in REPORTS.into_iter().filter(|name| *name != "hours" || hours_have_it) {
            let mut read = params.clone();
            read.filter.query = Some(Arc::new(Expr::And(Vec::new())));
            read.keep = read.filter.query.clone();
            assert!(read.filter.spans().is_none() && params.filter.spans().is_some());
            let (sums, events) = (self.rows(name, params), self.rows(name, &read));
            assert_eq!(sums, events, "{name} of {:?}", params.filter);
        }
    }

    pub(crate) fn rows(&mut self, name: &str, params: &ReportParams) -> Vec<String> {
        let mut table = by_name(name).unwrap().run(&mut self.store, params).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = table.rows.next_row().unwrap() {
            match row {
                Row::Data(cells) | Row::Separator(cells) => rows.push(format!("{cells:?}")),
            }
        }
        rows.extend(table.rows.totals().into_iter().map(|total| format!("{total:?}")));
        rows
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn sums_say_what_events_say(
        first in proptest::collection::vec(made(), 1..40),
        second in proptest::collection::vec(made(), 0..20),
        zone in 0..4usize,
        from in proptest::option::of(-DAY..3 * DAY),
        until in proptest::option::of(-DAY..300 * DAY),
        bucket in 0..8usize,
        by_source in any::<bool>(),
        gap in 1..90i64,
    ) {
        let mut base = Base::new();
        base.load(&first);
        let zones = [
            Zones::plain(chrono_tz::Tz::UTC),
            Zones::plain(chrono_tz::Europe::Berlin),
            Zones::new(chrono_tz::Asia::Kathmandu, vec![Travel {
                from: "2026-03-29".parse().unwrap(), to: "2026-03-30".parse().unwrap(), zone: chrono_tz::America::New_York,
            }], 4 * 60).unwrap(),
            // Days that begin between two quarters of an hour need events.
            Zones::new(chrono_tz::Tz::UTC, Vec::new(), 7).unwrap(),
        ];
        let buckets = [Bucket::Year, Bucket::Quarter, Bucket::Month, Bucket::Week, Bucket::Day, Bucket::Hour,
            Bucket::Minute, Bucket::WeekdayHour];
        let (from, until) = (from.map(|us| us + FIRST * DAY), until.map(|us| us + FIRST * DAY));
        let params = ReportParams {
            filter: EventFilter { from_us: from, until_us: until, ..EventFilter::default() },
            from_us: from,
            until_us: until,
            zones: zones[zone].clone(),
            bucket: Some(buckets[bucket]),
            gaptime_min: gap as f64,
            pad_min: (gap % 3) as f64,
            by: by_source.then_some(Dimension::Source),
            ..ReportParams::default()
        };
        base.agree(&params);
        base.load(&second);
        base.agree(&params);
        let one = ReportParams {
            filter: EventFilter { source_types: vec!["two".into()], ..params.filter.clone() },
            chosen: EventFilter { source_types: vec!["two".into()], ..EventFilter::default() },
            by: None,
            ..params.clone()
        };
        base.agree(&one);
        let rule = TagRule { tag: "ruled".into(), field: None, pattern: "hello".into() };
        base.store.tags().apply(&Tagger::new(&[rule]).unwrap()).unwrap();
        base.agree(&params);
        base.store.inputs().empty(base.inputs[0]).unwrap();
        base.agree(&params);
    }
}

#[test]
fn what_was_not_touched_is_not_summed_up_again() {
    let mut base = Base::new();
    let made = |date: i64| Made {
        date: Some(date),
        date_only: false,
        lasts_min: 0,
        input: 0,
        value: 1,
        tagged: false,
    };
    base.load(&[made(0), made(9 * DAY)]);
    let all = ReportParams::default();
    assert_eq!(base.store.rollups().due().unwrap(), [0, 9]);
    base.rows("hosts", &all);
    assert_eq!(base.store.rollups().due().unwrap(), [0i64; 0]);
    // The same events again change nothing; another one touches its day only.
    base.n = 0;
    base.load(&[made(0), made(9 * DAY)]);
    assert_eq!(base.store.rollups().due().unwrap(), [0i64; 0]);
    base.load(&[made(3 * DAY)]);
    assert_eq!(base.store.rollups().due().unwrap(), [3]);
    // A report on other days leaves it.
    let filter = EventFilter { from_us: Some(5 * DAY), ..EventFilter::default() };
    base.rows("hosts", &ReportParams { filter, ..all.clone() });
    assert_eq!(base.store.rollups().due().unwrap(), [3]);
    // Purged data is gone from the sums at once.
    let ids: Vec<Vec<u8>> = vec![{
        let mut id = EventId::first_at(9 * DAY);
        id.0[8..].copy_from_slice(&2u64.to_be_bytes());
        id.0.to_vec()
    }];
    base.store.purge().events(&ids).unwrap();
    assert_eq!(base.store.rollups().due().unwrap(), [3, 9]);
    let days = base.store.rollups().days_with(workhours_store::RollupField::Host, &(0..=99)).unwrap();
    assert_eq!(days, Some((0, 0)));
}
