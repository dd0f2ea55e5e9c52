//! Listings of files, `find` and `bodyfile`: the sample corpus, options, and names written and read back.

use crate::histories::{corpus, exact_rows};
use crate::source;
use proptest::prelude::*;
use workhours_plugin_api::testing::{MemoryInput, MemorySink, parse_bytes};
use workhours_plugin_api::{Input, RowFlags};

#[test]
fn corpus_rows() {
    exact_rows("find", "find");
    exact_rows("bodyfile", "bodyfile");
}

#[test]
fn corpus_odd_names() {
    let Some(got) = corpus("find", "find/find-odd.tsv") else { return };
    let named = |name: &[u8]| got.events.iter().find(|e| e.title == name).unwrap();
    assert!(got.events.iter().any(|e| e.title == b"t/new\nline.txt"));
    named(b"t/latin1-\xe9\xff.txt");
    named(b"t/tab\there.txt");
    let old = named(b"t/sub/before-epoch").time.unwrap();
    assert_eq!((old.secs, old.nanos), (-2, 500_000_000));
    let nanos = named(b"t/sub/nanos").time.unwrap();
    assert_eq!((nanos.secs, nanos.nanos), (1_700_000_000, 1));
    assert_eq!(got.events.iter().filter(|e| e.flags != RowFlags::NONE).count(), 1, "the last is provisional");
}

fn with_option(bytes: &[u8], value: &str) -> (MemorySink, bool) {
    let mut host = MemoryInput::new(bytes).option("times", value);
    let mut sink = MemorySink::default();
    let end = source("bodyfile").parse(&mut Input::new(&mut host), &mut sink);
    (sink, end.is_ok())
}

#[test]
fn an_event_for_each_distinct_time() {
    let line = b"0|a|1|r/r|0|0|1|1709251300|1709251210|1709251210|1709000000\n0|b|1|r/r|0|0|1|0|0|0|0\n";
    let (got, _) = with_option(line, "each");
    let shown: Vec<_> =
        got.events.iter().map(|e| (e.time.map(|t| t.secs), e.kind.as_str(), e.attrs[0].1.as_str())).collect();
    let want = [
        (Some(1_709_251_210), "file.modified", "\"m.c.\""),
        (Some(1_709_000_000), "file.born", "\"...b\""),
        (Some(1_709_251_300), "file.accessed", "\".a..\""),
        (None, "file.listed", "\"r/r\""),
    ];
    assert_eq!(shown, want);
    assert_eq!(with_option(line, "one").0.events.len(), 2);
    assert!(!with_option(line, "many").1, "an option that is not known is an error");
}

#[test]
fn corpus_each_time() {
    let Some(bytes) = std::fs::read(crate::beside_crate("../shared/data/bodyfile/plaso-bodyfile")).ok()
    else {
        return;
    };
    assert_eq!(with_option(&bytes, "each").0.events.len(), 44);
}

#[test]
fn a_record_too_long_is_refused_and_the_next_one_read() {
    for (ends, rejects) in [(b'\0', 1), (b'\n', 1)] {
        let mut file = b"1709251210.0000000000\t1\tada\tf\ta".to_vec();
        file.push(ends);
        file.extend_from_slice(b"1709251211.0000000000\t1\tada\tf\t");
        file.resize(file.len() + (17 << 20), b'x');
        file.push(ends);
        file.extend_from_slice(b"1709251212.0000000000\t1\tada\tf\tc");
        file.push(ends);
        let got = parse_bytes(source("find"), &file);
        assert_eq!(
            got.rejects.len(),
            rejects,
            "{:?}",
            got.rejects.iter().map(|r| &r.reason).collect::<Vec<_>>()
        );
        assert!(got.rejects.iter().all(|r| r.raw.len() <= 4096));
        assert_eq!(got.events.last().map(|e| e.title.as_slice()), Some(&b"c"[..]));
    }
}

proptest! {
    #[test]
    fn find_reads_what_find_writes(
        files in proptest::collection::vec(
            (-4_000_000_000..4_000_000_000_i64, 0..1_000_000_000_u32, any::<u32>(), proptest::collection::vec(1..=255_u8, 1..20)),
            1..8),
        nul in any::<bool>(),
    ) {
        let ends = if nul { b'\0' } else { b'\n' };
        let mut listing = Vec::new();
        for (secs, nanos, size, path) in &files {
            listing.extend(format!("{secs}.{nanos:09}0\t{size}\tada\tf\t").into_bytes());
            listing.extend(path);
            listing.push(ends);
        }
        let got = parse_bytes(source("find"), &listing);
        prop_assert_eq!((got.events.len(), got.rejects.len()), (files.len(), 0));
        for (event, (secs, nanos, size, path)) in got.events.iter().zip(&files) {
            prop_assert_eq!(&event.title, path);
            prop_assert_eq!(event.time.map(|t| (t.secs, t.nanos)), Some((*secs, *nanos)));
            prop_assert_eq!(&event.attrs[1].1, &size.to_string());
        }
    }
}
