//! Sources that break the rules of the ABI, written as in C: each breach is an error that names it.
#![allow(unsafe_code)]

use crate::crossing::exported;
use std::ffi::c_void;
use std::ptr;
use workhours_plugin_api::abi::*;
use workhours_plugin_api::testing::{MemoryInput, MemorySink};
use workhours_plugin_api::{SourceError, Zone};

fn event() -> Event {
    let none = Time { sec: 0, nsec: 0, offset_min: 0, precision: 0, flags: 0 };
    Event {
        size: size_of::<Event>() as u32,
        flags: 0,
        start: Time { sec: 1, nsec: 0, offset_min: OFFSET_UNKNOWN, precision: 3, flags: time_flags::SET },
        end: none,
        offset: 0,
        line: 7,
        raw: Str::of(b"raw"),
        kind: Str::of(b"test.line"),
        key: Str::NONE,
        url: Str::NONE,
        referrer: Str::NONE,
        title: Str::NONE,
        text: Str::NONE,
        host: Str::NONE,
        user: Str::NONE,
        agent: Str::NONE,
        tags: ptr::null(),
        n_tags: 0,
        attrs: ptr::null(),
        n_attrs: 0,
        peer: Str::NONE,
        key_host: Str::NONE,
        key_user: Str::NONE,
        series: Str::NONE,
        revision: 0,
    }
}

/// Lets a plugin of these callbacks run.
fn run(parse: ParseFn) -> (Result<(), SourceError>, MemorySink) {
    let source = Source { parse: Some(parse), ..exported() };
    let mut sink = MemorySink::stop_after(3);
    let mut host = MemoryInput::new(*b"raw\n");
    let end = call(&source, &mut workhours_plugin_api::Input::new(&mut host), &mut sink);
    (end, sink)
}

/// A plugin that emits one event, made from a good one.
macro_rules! emits {
    ($event:ident => $change:expr) => {{
        extern "C" fn parse(_: *const Host, _: *const Input, sink: *const Sink) -> Status {
            let mut $event = event();
            $change;
            // SAFETY: lent for this call.
            let sink = unsafe { &*sink };
            (sink.emit)(sink.ctx, &raw const $event)
        }
        run(parse)
    }};
}

/// The breach an event was, or nothing.
macro_rules! breach {
    ($event:ident => $change:expr) => {{
        let (end, sink) = emits!($event => $change);
        let Err(SourceError::Internal(why)) = end else { panic!("{end:?}") };
        assert_eq!(sink.events.len(), 0);
        why
    }};
}

#[test]
fn a_good_event_passes() {
    let (end, sink) = emits!(e => e.flags = 1 << 20);
    end.unwrap();
    assert_eq!(sink.events[0].time.unwrap().zone, Zone::Unknown);
    assert_eq!(sink.events[0].flags.0, 0, "remarks of a newer version are not ours to set");
}

#[test]
fn breaches_in_an_event_are_named() {
    assert_eq!(breach!(e => e.size = 100), "event 1: its size is less than that of any version");
    assert_eq!(breach!(e => e.kind = Str::of(b"\xff")), "event 1 (line 7): kind is not UTF-8");
    assert_eq!(
        breach!(e => e.start.sec = i64::MAX),
        "event 1 (line 7): start is outside the years 1 to 9999 (9223372036854775807 s)"
    );
    assert_eq!(breach!(e => e.start.nsec = u32::MAX), "event 1 (line 7): start has 4294967295 nanoseconds");
    assert_eq!(breach!(e => e.start.precision = 6), "event 1 (line 7): start has the unknown precision 6");
    assert_eq!(breach!(e => e.start.offset_min = 1440), "event 1 (line 7): start is 1440 minutes from UTC");
    assert_eq!(breach!(e => e.title = hollow_str()), "event 1 (line 7): title has a length but no bytes");
    assert_eq!(breach!(e => e.text.len = usize::MAX), "event 1 (line 7): text has a length but no bytes");
    assert_eq!(breach!(e => e.n_tags = 2), "event 1 (line 7): tags has a length but no items");
    assert_eq!(breach!(e => e.n_attrs = usize::MAX), "event 1 (line 7): attrs has a length but no items");
    assert_eq!(breach!(e => e.offset = u64::MAX), "event 1 (line 7): its offset is beyond any input");
}

fn hollow_str() -> Str {
    Str { ptr: ptr::null(), len: 5 }
}

#[test]
fn an_event_of_an_older_and_of_a_newer_plugin() {
    #[repr(C)]
    struct Newer(Event, [u64; 4]);
    extern "C" fn parse(_: *const Host, _: *const Input, sink: *const Sink) -> Status {
        let newer = Newer(Event { size: size_of::<Newer>() as u32, ..event() }, [u64::MAX; 4]);
        // SAFETY: lent for this call.
        let sink = unsafe { &*sink };
        (sink.emit)(sink.ctx, (&raw const newer).cast())
    }
    let (end, sink) = run(parse);
    end.unwrap();
    assert_eq!(sink.events[0].raw, b"raw");
}

#[test]
fn attributes_of_an_unknown_kind_are_left_out() {
    let (end, sink) = emits!(e => {
        let attrs: &'static [Attr] = Box::leak(Box::new([
            Attr { key: Str::of(b"new"), kind: 99, reserved: 0, value: AttrValue { i: 1 } },
            Attr { key: Str::of(b"old"), kind: attr_kind::INT, reserved: 0, value: AttrValue { i: 2 } },
        ]));
        e.attrs = attrs.as_ptr();
        e.n_attrs = attrs.len();
    });
    end.unwrap();
    assert_eq!(sink.events[0].attrs, [("old".to_owned(), "2".to_owned())]);
}

#[test]
fn going_on_after_a_stop_is_a_breach() {
    extern "C" fn parse(_: *const Host, _: *const Input, sink: *const Sink) -> Status {
        let event = event();
        // SAFETY: lent for this call.
        let sink = unsafe { &*sink };
        for _ in 0..5 {
            (sink.emit)(sink.ctx, &raw const event);
        }
        status::OK
    }
    let (end, sink) = run(parse);
    assert_eq!(
        end.unwrap_err().to_string(),
        "defect in the source: it pushed on 2 times after it was told to stop"
    );
    assert_eq!(sink.events.len(), 3);
}

#[test]
fn statuses_nobody_knows_and_stops_nobody_gave() {
    extern "C" fn unknown(host: *const Host, _: *const Input, _: *const Sink) -> Status {
        let _ = host;
        -99
    }
    extern "C" fn stops(_: *const Host, _: *const Input, _: *const Sink) -> Status {
        status::STOP
    }
    extern "C" fn reads_nowhere(_: *const Host, input: *const Input, _: *const Sink) -> Status {
        // SAFETY: lent for this call.
        let input = unsafe { &*input };
        (input.read)(input.ctx, ptr::null_mut::<c_void>(), 10);
        status::OK
    }
    let said = |parse| run(parse).0.unwrap_err().to_string();
    assert_eq!(said(unknown), "defect in the source: it ended with the unknown status -99");
    assert_eq!(said(stops), "defect in the source: it stopped without being told to");
    assert_eq!(said(reads_nowhere), "defect in the source: it reads into no buffer");
}
