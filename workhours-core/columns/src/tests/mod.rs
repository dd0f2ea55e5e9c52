//! Columns agree with the events they are made of, whatever happens to these and to the writer.

mod crash;
mod damage;
mod follow;
mod scan;

use crate::column::{NUMBERS, TEXTS, numbers, text};
use crate::{ABSENT, Column, Columns, NO_NUMBER, Value, Writer};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use workhours_base::database::{DatabaseUri, SqlitePath};
use workhours_base::input::InputSpec;
use workhours_event::chunk::{Chunk, Tag};
use workhours_event::{EventId, FileId, InputId, NewEvent, StoredEvent, TaskId};
use workhours_store::{Batch, EventFilter, LoadMode, Moment, NewFile, Seq, Store};

const HOUR: i64 = 3_600_000_000;
const UUID: &str = "0123abcd";

/// What columns have of an event.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    id: EventId,
    date: Option<i64>,
    numbers: [i64; NUMBERS.len()],
    texts: Vec<Option<String>>,
    tags: Vec<String>,
    meta: BTreeMap<String, Vec<(String, bool)>>,
}

impl Seen {
    fn of(event: &StoredEvent) -> Self {
        let mut tags = event.tags.clone();
        tags.sort();
        tags.dedup();
        let meta = event.meta.as_deref().and_then(|meta| serde_json::from_str(meta).ok());
        let mut all = BTreeMap::new();
        if let Some(serde_json::Value::Object(object)) = meta {
            for (key, value) in object {
                let mut values = Vec::new();
                leaves(&value, &mut values);
                values.sort();
                values.dedup();
                if !values.is_empty() {
                    all.insert(key, values);
                }
            }
        }
        Self {
            id: event.id,
            date: event.date,
            numbers: numbers(event),
            texts: (0..10).map(|code| text(event, code).map(str::to_owned)).collect(),
            tags,
            meta: all,
        }
    }
}

/// As the query language takes the values of a key.
fn leaves(value: &serde_json::Value, out: &mut Vec<(String, bool)>) {
    match value {
        serde_json::Value::Null => {}
        serde_json::Value::Array(items) => items.iter().for_each(|item| leaves(item, out)),
        serde_json::Value::String(text) => out.push((text.clone(), false)),
        other => out.push((other.to_string(), other.is_number())),
    }
}

/// All columns, those of texts first.
fn all_columns(columns: &Columns) -> Vec<Column> {
    let mut all = TEXTS.to_vec();
    all.extend(columns.keys().iter().map(|key| Column::Meta(key.as_str().into())));
    all.extend([Column::Date, Column::Id]);
    all.extend(NUMBERS);
    all
}

/// A row of a block with all columns.
fn seen(columns: &Columns, wanted: &[Column], block: &crate::Block, row: usize) -> Seen {
    let values = |n: usize| -> Vec<(String, bool)> {
        let value = |id: &u32| {
            let dictionary = columns.dictionary(&wanted[n]).unwrap();
            let text = dictionary.with(*id, |value| (value.text.to_owned(), value.is_number)).unwrap();
            assert_eq!(dictionary.find(Value { text: &text.0, is_number: text.1 }).unwrap(), Some(*id));
            text
        };
        let mut values: Vec<_> = block.values(n, row).iter().map(value).collect();
        values.sort();
        values
    };
    let at = |column: &Column| wanted.iter().position(|other| other == column).unwrap();
    let mut texts: Vec<Option<String>> = Vec::new();
    for n in 0..10 {
        assert_eq!(block.ids(n)[row] == ABSENT, values(n).is_empty());
        texts.push(values(n).pop().map(|(text, _)| text));
    }
    let meta = columns.keys().iter().enumerate().map(|(n, key)| (key.clone(), values(TEXTS.len() + n)));
    let id = block.id(at(&Column::Id), row);
    Seen {
        id,
        date: id.date(),
        numbers: NUMBERS.map(|column| block.numbers(at(&column))[row]),
        texts,
        tags: values(10).into_iter().map(|(text, _)| text).collect(),
        meta: meta.filter(|(_, values)| !values.is_empty()).collect(),
    }
}

/// The rows of an ordered scan.
fn rows(columns: &Columns, window: Option<(i64, i64)>) -> Vec<Seen> {
    let wanted = all_columns(columns);
    let mut ordered = columns.ordered(window, &wanted).unwrap();
    let mut rows = Vec::new();
    while let Some((block, slice)) = ordered.next_slice().unwrap() {
        for row in slice.filter(|row| block.is_live(*row)) {
            rows.push(seen(columns, &wanted, block, row));
        }
    }
    rows
}

fn no_watch() -> impl FnMut(crate::Progress) -> ControlFlow<()> {
    |_| ControlFlow::Continue(())
}

/// An event with one of a few of everything, so that they meet.
fn event(n: u64, date: Option<i64>, value: usize, file: i64) -> StoredEvent {
    let pick = |of: &[Option<&str>]| of[value % of.len()].map(Into::into);
    let mut id = date.map_or(EventId::first_undated(), EventId::first_at);
    id.0[8..].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    let meta = [
        None,
        Some(r#"{"status":200,"via":["x","y",null,"x"],"tls":true}"#),
        Some(r#"{"status":404.5,"via":"x"}"#),
        Some(r#"{"status":"200","deep":{"a":1}}"#),
        Some(r#"{"status":-3,"none":null}"#),
        Some("[1]"),
    ];
    StoredEvent {
        id,
        date,
        offset_min: value.is_multiple_of(3).then_some(value as i16 - 30),
        precision: (value % 4) as i16,
        flags: (value % 2) as i32 * 64,
        duration_us: value.is_multiple_of(3).then_some(value as i64 * 500_000_000),
        kind: ["web.visit", "shell.command", "http.request"][value % 3].into(),
        source_type: ["one", "two"][value % 2].into(),
        url: pick(&[None, Some("https://a.example/b?c=d"), Some("/e")]),
        referrer: pick(&[None, Some("https://search.example/?q=x")]),
        agent: pick(&[Some("Mozilla/5.0 (X11) Firefox/130.0"), Some("curl/8.0")]),
        title: (!value.is_multiple_of(5)).then(|| format!("title {n}").into()),
        text: pick(&[None, Some("git push --force"), Some("make test"), Some("rm -rf Ünïcode"), Some("")]),
        host: pick(&[Some("web-1.example.org"), Some("192.0.2.7"), None]),
        peer: pick(&[None, None, None, None, None, None, Some("192.0.2.8")]),
        user: pick(&[Some("ada"), Some("Bob"), None, Some("")]),
        meta: pick(&meta),
        input_id: InputId::new(1 + (value % 2) as i64),
        file_id: FileId::new(file),
        file_offset: (n * 91) as i64 % 10_000,
        tags: ["work", "two words", "x"].iter().take(value % 4).map(|tag| (*tag).to_owned()).collect(),
        ..StoredEvent::default()
    }
}

/// Any events: some of the same instant, some undated.
fn events(most: usize) -> impl Strategy<Value = Vec<StoredEvent>> {
    let one = (prop::option::weighted(0.9, -30..300_i64), 0..60_usize, 1..4_i64);
    prop::collection::vec(one, 0..most).prop_map(|all| {
        let make = |(n, (hour, value, file)): (usize, (Option<i64>, usize, i64))| {
            event(n as u64 + 1, hour.map(|hour| hour * HOUR), value, file)
        };
        all.into_iter().enumerate().map(make).collect()
    })
}

/// In the order of the store.
fn sorted(events: &[StoredEvent]) -> Vec<Seen> {
    let mut events: Vec<&StoredEvent> = events.iter().collect();
    events.sort_by_key(|e| (e.date.unwrap_or(i64::MAX), e.file_id, e.file_offset, e.id));
    events.into_iter().map(Seen::of).collect()
}

fn moment(seq: i64) -> Moment {
    Moment { seq: Seq::new(seq), committed_us: seq * 10, purges: 0 }
}

/// Columns with each of these batches in a commit of its own.
fn written(base: &std::path::Path, batches: &[Vec<StoredEvent>]) -> Columns {
    let mut writer = Writer::open(base, UUID).unwrap().expect("no one else writes");
    for (n, batch) in batches.iter().enumerate() {
        writer.append(batch).unwrap();
        writer.commit(moment(n as i64 + 1)).unwrap();
    }
    Columns::open(base, UUID).unwrap().unwrap()
}
