//! Damage stays local: with one record in ten overwritten, all others are read as before. The first record is spared,
//! because in some formats it says how to read the rest. For sources with independent records; a document of one piece,
//! such as JSON, is whole or broken.

use crate::{beside_crate, source};
use workhours_plugin_api::testing::{MemorySink, fixtures_in, parse_bytes};
use workhours_plugin_api::{Growth, IDataSource, InputNeed, built_in_sources};

const SEEDS: u64 = 100;

/// Numbers that look random and are always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

fn side_by_side(source: &dyn IDataSource) -> bool {
    let info = source.info();
    info.growth == Growth::Append && info.input == InputNeed::Read
}

/// The positions of records, in order.
fn spans(got: &MemorySink) -> Vec<(usize, usize)> {
    let mut spans: Vec<_> = got
        .events
        .iter()
        .map(|e| (e.offset as usize, e.raw.len()))
        .chain(got.rejects.iter().map(|r| (r.offset as usize, r.raw.len())))
        .collect();
    spans.sort_unstable();
    spans.dedup();
    spans
}

/// Overwrites some bytes of a record. Neither line ends, which would make it two records, nor quotes, which in some
/// formats extend into the rest.
fn damage(bytes: &mut [u8], dice: &mut Dice) {
    for _ in 0..1 + bytes.len() / 8 {
        let at = dice.below(bytes.len());
        if !bytes.is_empty() && !matches!(bytes[at], b'\n' | b'\r' | b'"' | 0) {
            bytes[at] = *b"\xff\xc3xX0 :;#[]<=|\x01\t".get(dice.below(17)).unwrap_or(&b'x');
        }
    }
}

fn survives(source: &dyn IDataSource, input: &[u8], what: &str) {
    let clean = parse_bytes(source, input);
    let spans = spans(&clean);
    let Some(first) = clean.events.first().and_then(|e| spans.iter().position(|s| s.0 == e.offset as usize))
    else {
        return;
    };
    let behind = spans.len() - first - 1;
    if behind < 3 {
        return;
    }
    for seed in 0..SEEDS {
        let mut dice = Dice(seed * 7 + spans.len() as u64);
        let mut bytes = input.to_vec();
        let hit: Vec<usize> = (0..behind.div_ceil(10)).map(|_| first + 1 + dice.below(behind)).collect();
        for i in &hit {
            let (at, len) = spans[*i];
            damage(&mut bytes[at..at + len], &mut dice);
        }
        let got = parse_bytes(source, &bytes);
        assert_eq!(got.error, None, "{what}, seed {seed}");
        // A record without its head may be read as the end of the one before it. If dates are counted from record to
        // record, the one after it may be read differently.
        let near = |at: usize| {
            hit.iter().any(|i| {
                let from = i.checked_sub(1).map_or(0, |before| spans[before].0);
                let to = spans.get(i + 1).map_or(usize::MAX, |next| next.0);
                (from..=to).contains(&at)
            })
        };
        for e in clean.events.iter().filter(|e| !near(e.offset as usize)) {
            let there = got.events.iter().any(|g| g.offset == e.offset && g.raw == e.raw && g.text == e.text);
            assert!(there, "{what}, seed {seed}: the record at byte {} is lost\n{}", e.offset, got);
        }
    }
}

#[test]
fn of_one_record_in_ten_harms_no_other() {
    let mut tried = 0;
    for source in built_in_sources().into_iter().filter(|s| side_by_side(*s)) {
        let info = source.info();
        survives(source, &info.sample.bytes.repeat(5), info.name);
        for fixture in fixtures_in(&beside_crate("tests/fixtures").join(info.name)) {
            let input = std::fs::read(fixture.dir.join("input")).unwrap();
            survives(source, &input, &fixture.dir.display().to_string());
        }
        tried += 1;
    }
    assert!(tried > 1, "{tried} sources");
}

#[test]
fn of_bookmark_files_too() {
    for name in ["bookmarks.html", "delicious.bookmarks"] {
        let bytes = source(name).info().sample.bytes;
        let clean = parse_bytes(source(name), bytes);
        let lost = clean.events.iter().filter(|e| {
            let mut bytes = bytes.to_vec();
            let at = e.offset as usize;
            damage(&mut bytes[at..at + e.raw.len()], &mut Dice(e.offset));
            parse_bytes(source(name), &bytes).events.len() + 1 < clean.events.len()
        });
        assert_eq!(lost.count(), 0, "{name}");
    }
}
