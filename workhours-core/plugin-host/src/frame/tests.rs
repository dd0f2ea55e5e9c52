//! Frames: everything written is read again, in pieces of any size; and no bytes do any harm.
#![allow(clippy::unwrap_used)]

mod refusals;

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use workhours_plugin_api::testing::MemorySink;
use workhours_plugin_api::{
    Attr, EventRow, EventSink, EventTime, Position, Precision, Reject, RejectCode, RowFlags, Span, Text,
    Value, Zone,
};

/// Something a source may push, owned.
#[derive(Clone, Debug)]
enum Push {
    Event {
        texts: Vec<Vec<u8>>,
        kind: String,
        time: Option<EventTime>,
        offset: u64,
        tags: Vec<Vec<u8>>,
        attrs: Vec<(String, i64)>,
    },
    Reject {
        raw: Vec<u8>,
        reason: String,
        code: RejectCode,
        provisional: bool,
    },
    Ignored(u64),
    Checkpoint(u64, Vec<u8>),
    Progress(u64),
}

fn times() -> impl Strategy<Value = Option<EventTime>> {
    let zone = prop_oneof![Just(Zone::Unknown), Just(Zone::Local), (-1439..1440i16).prop_map(Zone::Offset)];
    let time = (-62_135_596_800..=253_402_300_799i64, 0..1_000_000_000u32, zone, 0..6u8);
    proptest::option::of(time.prop_map(|(secs, nanos, zone, precision)| EventTime {
        secs,
        nanos,
        zone,
        precision: Precision::from_number(precision).unwrap(),
    }))
}

fn pushes() -> impl Strategy<Value = Vec<Push>> {
    let bytes = || vec(any::<u8>(), 0..40);
    let event = (
        vec(bytes(), 8),
        "[a-z.]{0,9}",
        times(),
        0..u64::MAX / 2,
        vec(bytes(), 0..4),
        vec(("[a-z_]{1,9}", any::<i64>()), 0..4),
    )
        .prop_map(|(texts, kind, time, offset, tags, attrs)| Push::Event {
            texts,
            kind,
            time,
            offset,
            tags,
            attrs,
        });
    let reject = (bytes(), ".{0,20}", 1..7u32, any::<bool>()).prop_map(|(raw, reason, code, provisional)| {
        Push::Reject { raw, reason, code: RejectCode::from_number(code).unwrap(), provisional }
    });
    let push = prop_oneof![
        4 => event,
        2 => reject,
        1 => (0..1_000u64).prop_map(Push::Ignored),
        2 => (any::<u64>(), bytes()).prop_map(|(at, state)| Push::Checkpoint(at, state)),
        1 => any::<u64>().prop_map(Push::Progress),
    ];
    vec(push, 0..30)
}

/// Shows a push to a sink and to a writer alike.
fn push(push: &Push, sink: &mut MemorySink, writer: &mut FrameWriter<&mut Vec<u8>>) {
    match push {
        Push::Event { texts, kind, time, offset, tags, attrs } => {
            let tags: Vec<_> = tags.iter().map(|t| Text(t)).collect();
            let mut list: Vec<_> = attrs.iter().map(|(key, i)| Attr { key, value: Value::Int(*i) }).collect();
            list.push(Attr { key: "s", value: Value::Str(Text(&texts[0])) });
            list.push(Attr { key: "f", value: Value::Float(0.25) });
            list.push(Attr { key: "b", value: Value::Bool(true) });
            let text = |i: usize| Text(&texts[i]);
            // Some fields are pieces of the record, as most are in practice: one at its front, one at its end.
            let raw = &texts[1][..];
            let piece = offset.wrapping_mul(31) as usize % (raw.len() + 1);
            let row = EventRow {
                span: Span { offset: *offset, line: offset / 2, raw },
                time: *time,
                end: time.map(|t| EventTime { nanos: 0, ..t }),
                kind,
                key: &texts[2],
                url: text(3),
                referrer: text(4),
                title: Text(&raw[..piece]),
                text: text(5),
                host: text(6),
                user: Text(&raw[piece..]),
                agent: text(7),
                tags: &tags,
                attrs: &list,
                flags: RowFlags(*offset as u32 & RowFlags::SOURCE_BITS.0),
                peer: Text(&raw[..piece]),
                key_host: text(3),
                key_user: text(6),
                series: text(4).0,
                revision: *offset as i64,
            };
            sink.emit(&row).unwrap();
            writer.event(&row).unwrap();
        }
        Push::Reject { raw, reason, code, provisional } => {
            let span = Span { offset: 7, line: 1, raw };
            let reject = Reject { span, code: *code, reason, provisional: *provisional };
            sink.reject(&reject).unwrap();
            writer.reject(&reject).unwrap();
        }
        Push::Ignored(n) => {
            sink.ignored(*n).unwrap();
            writer.ignored(*n).unwrap();
        }
        Push::Checkpoint(at, state) => {
            let at = Position { offset: *at, lines: at / 3 };
            sink.checkpoint(at, state).unwrap();
            writer.checkpoint(at, state).unwrap();
        }
        Push::Progress(done) => writer.progress(*done).unwrap(),
    }
}

/// Reads all frames from pieces of this size, batches into the sink.
fn read(bytes: &[u8], piece: usize, sink: &mut MemorySink) -> Result<Vec<End>, FrameError> {
    let mut decoder = Decoder::new(1 << 20);
    let mut ends = Vec::new();
    for piece in bytes.chunks(piece) {
        decoder.push(piece);
        while let Some(frame) = decoder.next()? {
            match frame {
                Frame::Batch(payload) => {
                    let counts = validate(payload)?;
                    let before = (sink.events.len(), sink.rejects.len());
                    let mut items = Items::new(payload);
                    while let Some(item) = items.next()? {
                        let _ = match item {
                            FrameItem::Event(row) => sink.emit(&row),
                            FrameItem::Reject(reject) => sink.reject(&reject),
                            FrameItem::Ignored(n) => sink.ignored(n.min(1 << 40)),
                            FrameItem::Checkpoint(at, state) => sink.checkpoint(at, state),
                            FrameItem::Progress(done) => sink.progress(done),
                        };
                    }
                    let got = (sink.events.len() - before.0, sink.rejects.len() - before.1);
                    assert_eq!((counts.events, counts.rejects), (got.0 as u64, got.1 as u64));
                }
                Frame::End(end) => ends.push(end),
                Frame::Hello(_) | Frame::Crash(_) => {}
            }
        }
    }
    Ok(ends)
}

fn written(all: &[Push]) -> (MemorySink, Vec<u8>) {
    let (mut sink, mut bytes) = (MemorySink::default(), Vec::new());
    let mut writer = FrameWriter::new(&mut bytes);
    all.iter().for_each(|p| push(p, &mut sink, &mut writer));
    writer.end(-7, "why").unwrap();
    (sink, bytes)
}

proptest! {
    #[test]
    fn all_that_is_written_is_read(all in pushes(), piece in 1..200usize) {
        let (sink, bytes) = written(&all);
        let mut back = MemorySink::default();
        let ends = read(&bytes, piece, &mut back).unwrap();
        prop_assert_eq!(&back.events, &sink.events);
        prop_assert_eq!(&back.rejects, &sink.rejects);
        prop_assert_eq!(&back.checkpoints, &sink.checkpoints);
        let end = End {
            status: -7,
            message: "why".into(),
            events: sink.events.len() as u64,
            rejects: sink.rejects.len() as u64,
            ignored: sink.ignored,
        };
        prop_assert_eq!(ends, [end]);
    }

    #[test]
    fn changed_bytes_are_read_or_refused(
        all in pushes(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        piece in 1..200usize,
    ) {
        let (_, mut bytes) = written(&all);
        for (at, to) in changes {
            let at = at.index(bytes.len());
            bytes[at] = to;
        }
        let (mut whole, mut pieces) = (MemorySink::default(), MemorySink::default());
        let ends = read(&bytes, bytes.len(), &mut whole);
        prop_assert_eq!(ends, read(&bytes, piece, &mut pieces));
        prop_assert_eq!(whole.events, pieces.events);
    }

    #[test]
    fn a_cut_batch_is_refused_or_ends_between_items(all in pushes(), at in any::<prop::sample::Index>()) {
        let (_, bytes) = written(&all);
        let mut decoder = Decoder::new(1 << 20);
        decoder.push(&bytes);
        if let Frame::Batch(payload) = decoder.next().unwrap().unwrap() {
            let whole = validate(payload).unwrap();
            if let Ok(cut) = validate(&payload[..at.index(payload.len())]) {
                prop_assert!(cut.events <= whole.events && cut.reach <= whole.reach);
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes, 7, &mut MemorySink::default());
        let _ = validate(&bytes);
    }
}

#[test]
fn a_greeting_and_a_crash_are_read_again() {
    let hello = Hello {
        enforced: "all".into(),
        sdk: "by hand".into(),
        abi: (1, 7),
        manifests: vec!["{}".into(), "[]".into()],
    };
    let mut bytes = Vec::new();
    FrameWriter::new(&mut bytes).hello(&hello).unwrap();
    bytes.extend(crash_frame(11, u64::MAX, 3));
    bytes.push(BATCH);
    let mut decoder = Decoder::new(100);
    decoder.push(&bytes);
    assert_eq!(decoder.next().unwrap(), Some(Frame::Hello(hello)));
    assert_eq!(decoder.next().unwrap(), Some(Frame::Crash(Crash { signal: 11, value: u64::MAX, pages: 3 })));
    assert_eq!(decoder.next().unwrap(), None);
    assert!(decoder.is_torn());
}
