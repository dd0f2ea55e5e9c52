//! A database of made-up traces, and settings to ask it with.

use crate::ReportParams;
use proptest::prelude::*;
use std::sync::Arc;
use workhours_base::database::{DatabaseUri, SqlitePath};
use workhours_base::input::InputSpec;
use workhours_base::zones::{Travel, Zones};
use workhours_event::chunk::{Chunk, Tag};
use workhours_event::{EventId, NewEvent, host_flags};
use workhours_query::people::{People, Person};
use workhours_query::{Lookup, Projects, parse};
use workhours_store::{Batch, Correction, LoadMode, NewFile, Store, TaskId};

pub(super) const MINUTE: i64 = 60_000_000;
/// The evening before clocks go forward in Berlin, 2026-03-28T12:00Z.
pub(super) const BASE: i64 = 1_774_699_200_000_000;

/// One of a few of everything, so that they meet.
#[derive(Clone, Debug)]
pub(super) struct Made {
    second: i64,
    lasts_min: i64,
    input: usize,
    user: usize,
    folder: usize,
    tagged: bool,
    off: bool,
}

/// A correction: kind, from and until in minutes, where to, and its label.
pub(super) type Changed = (usize, i64, i64, i64, usize);

/// All of a case.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) traces: Vec<Made>,
    pub(super) corrections: Vec<Changed>,
    pub(super) gap: f64,
    pub(super) pad: f64,
    pub(super) day_start: u32,
    pub(super) travels: bool,
    pub(super) people: usize,
    pub(super) rate: bool,
    /// Minutes at which time is divided.
    pub(super) cuts: Vec<i64>,
}

const SPAN_MIN: i64 = 3 * 1440;

fn made() -> impl Strategy<Value = Made> {
    let second = prop_oneof![0..SPAN_MIN * 60, (0..40i64).prop_map(|n| 42_000 + n * 300)];
    let lasts = prop_oneof![4 => Just(0i64), 2 => 1..40i64, 1 => 60..900i64];
    (second, lasts, 0..3usize, 0..4usize, 0..4usize, any::<bool>(), 0..12u8).prop_map(
        |(second, lasts_min, input, user, folder, tagged, off)| Made {
            second,
            lasts_min,
            input,
            user,
            folder,
            tagged,
            off: off == 0,
        },
    )
}

pub(super) fn case() -> impl Strategy<Value = Case> {
    let changed = (0..4usize, 0..SPAN_MIN, 1..400i64, 0..SPAN_MIN, 0..3usize);
    let corrections = prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(changed, 0..4)];
    let settings = (1u32..90, 0u32..60, 0u32..720, any::<bool>(), 0..4usize, any::<bool>());
    let cuts = prop::collection::vec(0..SPAN_MIN, 1..4);
    (prop::collection::vec(made(), 0..30), corrections, settings, cuts).prop_map(
        |(traces, corrections, (gap, pad, day_start, travels, people, rate), mut cuts)| {
            cuts.sort_unstable();
            cuts.dedup();
            let (gap, pad) = (f64::from(gap), f64::from(pad));
            Case { traces, corrections, gap, pad, day_start, travels, people, rate, cuts }
        },
    )
}

const USERS: [Option<&str>; 4] = [None, Some("ada"), Some("Bo <bo@x.example>"), Some("cy")];
const FOLDERS: [&str; 4] = ["tides", "locks", "", "ships"];

impl Case {
    /// A database that holds all of it.
    pub(super) fn store(&self) -> Store {
        let mut store = Store::open(&DatabaseUri::Sqlite(SqlitePath::Memory)).unwrap();
        let file = NewFile { source_type: "one".into(), head_hash: vec![1], ..NewFile::default() };
        let file = store.files().create(&file).unwrap().id;
        for (input, source) in ["one", "two", "three"].into_iter().enumerate() {
            let spec = InputSpec {
                source_type: source.into(),
                path: source.into(),
                label: format!("label {source}"),
                ..InputSpec::default()
            };
            let id = store.inputs().ensure(source, "human", &spec, "UTC").unwrap();
            let mut chunk = Chunk::default();
            for (n, made) in self.traces.iter().enumerate().filter(|(_, made)| made.input == input) {
                let date = BASE + made.second * 1_000_000;
                let mut event_id = EventId::first_at(date);
                event_id.0[8..].copy_from_slice(&(n as u64 + 1).to_be_bytes());
                let meta = format!(r#"{{"cwd":"/home/ada/src/{}"}}"#, FOLDERS[made.folder]);
                let event = NewEvent {
                    id: event_id,
                    date: Some(date),
                    precision: 3,
                    flags: if made.off { host_flags::FREE as i32 } else { 0 },
                    duration_us: Some(made.lasts_min * MINUTE).filter(|us| *us > 0),
                    kind: "shell.command",
                    host: Some(["laptop", "desk"][made.folder % 2]),
                    user: USERS[made.user],
                    title: Some("t"),
                    meta: Some(&meta).filter(|_| !FOLDERS[made.folder].is_empty()).map(String::as_str),
                    ..NewEvent::default()
                };
                let tags = [Tag { name: "t", by_rule: false }];
                chunk.push_event(&event, tags[..usize::from(made.tagged)].iter().copied());
            }
            let batch = Batch { chunk, ..Batch::default() };
            store.load((source, id, TaskId::new(1), file), &batch, LoadMode::Ignore).unwrap();
        }
        for (kind, from, lasts, to, label) in &self.corrections {
            let kind = ["add", "remove", "move", "label"][*kind];
            let from_us = BASE + from * MINUTE;
            let name = ["tides", "", "new"][*label];
            let label = Some(if kind == "label" && name.is_empty() { "tides" } else { name });
            store
                .corrections()
                .add(&Correction {
                    id: 0,
                    made_us: 0,
                    kind: kind.into(),
                    from_us,
                    until_us: from_us + lasts * MINUTE,
                    to_us: (kind == "move").then_some(BASE + to * MINUTE),
                    label: label.filter(|text| !text.is_empty()).map(str::to_owned),
                    note: None,
                    person: None,
                    made_by: None,
                })
                .unwrap();
        }
        store
    }

    /// Its settings.
    pub(super) fn params(&self) -> ReportParams {
        let travel = Travel {
            from: "2026-03-30".parse().unwrap(),
            to: "2026-03-30".parse().unwrap(),
            zone: chrono_tz::America::New_York,
        };
        let travels = if self.travels { vec![travel] } else { Vec::new() };
        let zones = Zones::new(chrono_tz::Europe::Berlin, travels, self.day_start).unwrap();
        let bo = Person { name: "bo".into(), emails: vec!["bo@x.example".into()], ..Person::default() };
        let me = Person { name: "Ada".into(), users: vec!["ada".into()], ..Person::default() };
        let people = match self.people {
            0 => People::default(),
            1 => People { me, others: vec![bo], told: true },
            2 => People { me, ..People::default() },
            _ => People { others: vec![bo], ..People::default() },
        };
        let rule = parse("meta.cwd:*/locks host:desk", 0, &zones).or_else(|_| parse("host:desk", 0, &zones));
        let projects = Projects { rules: vec![("desk".into(), rule.unwrap())], ..Projects::default() };
        let lookup = Lookup { projects: Arc::new(projects), people: Arc::new(people) };
        let mut params = ReportParams {
            zones,
            gaptime_min: self.gap,
            pad_min: self.pad,
            lookup: lookup.clone(),
            now_us: BASE + 30 * 1440 * MINUTE,
            ..ReportParams::default()
        };
        params.filter.lookup = lookup.clone();
        params.chosen.lookup = lookup;
        if self.people == 3 {
            params.users = vec!["all".into()];
        }
        if self.rate {
            let rate = |from, rate| workhours_base::vocabulary::Rate { from, rate };
            let changed = vec![rate(None, 95.0), rate("2026-03-29".parse().ok(), 101.3)];
            let terms = workhours_base::vocabulary::Terms {
                default_rates: vec![rate(None, 61.7)],
                rates: vec![("tides".into(), changed)],
                ..workhours_base::vocabulary::Terms::default()
            };
            params.terms = Arc::new(terms);
        }
        params
    }
}
