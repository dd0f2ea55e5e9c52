//! The sources that read databases and bookmark documents: generated ones, and those of the sample corpus.

use crate::{beside_crate, source};
use proptest::prelude::*;
use rusqlite::Connection;
use serde_json::json;
use std::io::Write as _;
use workhours_plugin_api::testing::{Event, MemoryInput, MemorySink, check_source, parse_bytes};
use workhours_plugin_api::*;

/// Source types of the manifest, and the sources that read them.
const TYPES: [(&str, &str); 8] = [
    ("atuin", "atuin"),
    ("bookmarks.json", "bookmarks.json"),
    ("firefox.bookmarks", "firefox.bookmarks"),
    ("firefox.history", "firefox.history"),
    ("safari.history", "safari.history"),
    ("webkit.bookmarks", "webkit.bookmarks"),
    ("webkit.history", "webkit.history"),
    ("xonsh_history", "xonsh.history"),
];

const FROM_1601_US: i64 = 11_644_473_600_000_000;

fn micros(time: EventTime) -> i64 {
    time.secs * 1_000_000 + i64::from(time.nanos) / 1_000
}

/// `2021-04-17T19:30:32[.885828]Z` in microseconds.
fn written(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z')?;
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let parts: Vec<u32> = seconds.split(['-', 'T', ':']).filter_map(|n| n.parse().ok()).collect();
    let [year, month, day, hour, minute, second] = parts[..] else { return None };
    let secs = civil::seconds(year as i32, month, day, hour, minute, second)?;
    let micros: i64 = format!("{fraction:0<6}").parse().ok()?;
    Some(secs * 1_000_000 + micros)
}

/// A file; the companions of a database (`-wal`, `-journal`) are merged, as the host does it.
fn whole(file: &std::path::Path) -> Vec<u8> {
    let beside = |ending: &str| std::path::PathBuf::from(format!("{}{ending}", file.display()));
    let endings = ["", "-wal", "-journal"];
    if !endings[1..].iter().any(|ending| beside(ending).exists()) {
        return std::fs::read(file).unwrap();
    }
    let folder = std::env::temp_dir().join(format!("workhours-browsers-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for ending in endings.iter().filter(|ending| beside(ending).exists()) {
        std::fs::copy(beside(ending), folder.join(format!("db{ending}"))).unwrap();
    }
    let connection = Connection::open(folder.join("db")).unwrap();
    connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).unwrap();
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).unwrap();
    drop(connection);
    let bytes = std::fs::read(folder.join("db")).unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    bytes
}

#[test]
fn counts_and_dates_of_the_corpus() {
    let folder = beside_crate("../shared/data");
    let Ok(manifest) = std::fs::read_to_string(folder.join("MANIFEST.tsv")) else {
        let _ = writeln!(std::io::stderr(), "\nSKIPPED: no sample corpus at {}", folder.display());
        return;
    };
    let mut rows = 0;
    for line in manifest.lines().skip(1) {
        let columns: Vec<_> = line.split('\t').collect();
        let (file, certainty) = (columns[0], columns[10]);
        let Some((_, name)) = TYPES.iter().find(|(t, _)| *t == columns[1]) else { continue };
        if certainty != "exact" {
            continue;
        }
        let bytes = whole(&folder.join(file));
        let got = parse_bytes(source(name), &bytes);
        let counts = (got.events.len().to_string(), got.rejects.len().to_string(), got.error);
        assert_eq!(counts, (columns[6].into(), columns[7].into(), None), "{file} as {name}");
        let times = || got.events.iter().filter_map(|e| e.time).map(micros);
        for (want, got) in [(columns[8], times().min()), (columns[9], times().max())] {
            assert!(written(want).is_none_or(|want| Some(want) == got), "{file} as {name}: {want}, {got:?}");
        }
        if bytes.len() < 100_000 {
            assert_eq!(check_source(source(name), &bytes), [""; 0], "{file} as {name}");
        }
        rows += 1;
    }
    assert!(rows > 20, "the manifest has {rows} rows for these sources");
}

#[test]
fn what_is_no_database_or_a_damaged_one() {
    let folder = beside_crate("../shared/data/torture");
    for file in ["not-a-db.sqlite", "trunc-places.sqlite", "random.bin", "nul-10k.bin", "empty.file"] {
        let Ok(bytes) = std::fs::read(folder.join(file)) else {
            let _ = writeln!(std::io::stderr(), "\nSKIPPED: no sample corpus at {}", folder.display());
            return;
        };
        for (_, name) in TYPES {
            let got = parse_bytes(source(name), &bytes);
            assert!(got.error.is_some(), "{name} takes {file} for its own");
            assert_eq!((got.events.len(), got.rejects.len()), (0, 0), "{name} on {file}");
        }
    }
}

/// The bytes of a database made by `sql` and `fill`.
fn database(sql: &str, fill: impl FnOnce(&Connection)) -> Vec<u8> {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap();
    fill(&connection);
    connection.serialize("main").unwrap().to_vec()
}

#[test]
fn a_query_without_end_is_ended() {
    // Without a key on either side each visit meets each address.
    let sql = "CREATE TABLE urls (id, url TEXT); CREATE TABLE visits (id, url, visit_time, transition);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
        INSERT INTO urls SELECT 1, '' FROM n;
        INSERT INTO visits SELECT 1, 1, 0, 0 FROM urls;";
    let mut sink = Counter::default();
    let bytes = database(sql, |_| ());
    let mut host = MemoryInput::new(bytes);
    let end = source("webkit.history").parse(&mut Input::new(&mut host), &mut sink);
    assert!(matches!(end, Err(SourceError::Limit(_))), "{end:?} after {}", sink.0);
}

/// Counts rejects, of which there are too many to be kept.
#[derive(Default)]
struct Counter(u64);

impl EventSink for Counter {
    fn emit(&mut self, _: &dyn IEventRecord) -> Result<(), Stop> {
        Ok(())
    }
    fn reject(&mut self, _: &Reject<'_>) -> Result<(), Stop> {
        self.0 += 1;
        Ok(())
    }
    fn ignored(&mut self, _: u64) -> Result<(), Stop> {
        Ok(())
    }
    fn checkpoint(&mut self, _: Position, _: &[u8]) -> Result<(), Stop> {
        Ok(())
    }
    fn progress(&mut self, _: u64) -> Result<(), Stop> {
        Ok(())
    }
}

#[test]
fn rows_longer_than_a_record_may_be() {
    let sql = "CREATE TABLE history (id, timestamp, duration, command, exit, cwd, session, hostname);
        INSERT INTO history (id, timestamp, duration, command) VALUES ('a', 1, 0, 'ls'), ('b', 1, 0, hex(zeroblob(9000000))), ('c', 1, 0, 'pwd');";
    let got = parse_bytes(source("atuin"), &database(sql, |_| ()));
    assert_eq!((got.events.len(), got.rejects.len(), got.error), (2, 1, None));
}

#[test]
fn documents_deeper_than_any() {
    for (deep, ends) in [(1 << 14, false), (1 << 17, true)] {
        let (open, close) = (r#"{"roots":{"children":["#, "]}}");
        let got =
            parse_bytes(source("webkit.bookmarks"), (open.repeat(deep) + &close.repeat(deep)).as_bytes());
        assert_eq!(got.error.is_some_and(|e| e.contains("limit")), ends, "{deep}");
    }
}

/// A mark: title, address, date, and how deep in folders.
fn marks() -> impl Strategy<Value = Vec<(String, String, i64, usize)>> {
    let mark = (any::<String>(), "[a-z]{1,9}:.{0,30}", 1i64..4_000_000_000_000_000, 0usize..4);
    prop::collection::vec(mark, 0..12)
}

fn titles(sink: &MemorySink) -> Vec<(String, String, i64)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mark = |e: &Event| (text(&e.title), text(&e.url), micros(e.time.unwrap()));
    sink.events.iter().map(mark).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn documents_are_read_as_written(marks in marks(), pretty in any::<bool>()) {
        let place = |(title, uri, date, depth): &(String, String, i64, usize)| {
            let mark = json!({"type": "text/x-moz-place", "title": title, "uri": uri, "dateAdded": date});
            let folder = |inner, _| {
                json!({"type": "text/x-moz-place-container", "title": "f", "children": [inner]})
            };
            (0..*depth).fold(mark, folder)
        };
        let node = |(title, url, date, depth): &(String, String, i64, usize)| {
            let date = (date + FROM_1601_US).to_string();
            let mark = json!({"type": "url", "name": title, "url": url, "date_added": date});
            (0..*depth).fold(mark, |inner, _| json!({"type": "folder", "name": "f", "children": [inner]}))
        };
        let places: Vec<_> = marks.iter().map(place).collect();
        let nodes: Vec<_> = marks.iter().map(node).collect();
        let firefox = json!({"type": "text/x-moz-place-container", "children": places});
        let chrome = json!({"roots": {"other": {"type": "folder", "children": nodes}}});
        let want: Vec<_> = marks.iter().map(|(t, u, d, _)| (t.clone(), u.clone(), *d)).collect();
        for (name, document) in [("bookmarks.json", firefox), ("webkit.bookmarks", chrome)] {
            let print = if pretty { serde_json::to_vec_pretty } else { serde_json::to_vec };
            let got = parse_bytes(source(name), &print(&document).unwrap());
            prop_assert_eq!((titles(&got), got.rejects.len(), got.error), (want.clone(), 0, None));
        }
    }

    #[test]
    fn damage_is_told_not_crashed_on(
        which in 0..TYPES.len(),
        bytes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let source = source(TYPES[which].1);
        let mut input = source.info().sample.bytes.to_vec();
        for (at, byte) in bytes {
            let at = at.index(input.len());
            input[at] = byte;
        }
        if let Some(cut) = cut {
            input.truncate(cut.index(input.len()));
        }
        let got = parse_bytes(source, &input);
        prop_assert!(!got.error.as_ref().is_some_and(|e| e.contains("panicked")), "{:?}", got.error);
    }

    #[test]
    fn visits_are_read_as_written(marks in marks()) {
        let marks: Vec<_> = marks.into_iter().filter(|(t, u, ..)| !t.contains('\0') && !u.contains('\0')).collect();
        let want: Vec<_> = marks.iter().map(|(t, u, d, _)| (t.clone(), u.clone(), *d)).collect();
        let fill = |insert: [&'static str; 2], from: i64| {
            let marks = &marks;
            move |c: &Connection| {
                for (i, (title, url, date, _)) in (1_i64..).zip(marks) {
                    c.execute(insert[0], (i, url, title)).unwrap();
                    c.execute(insert[1], (i, date + from)).unwrap();
                }
            }
        };
        let firefox = database(
            "CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url TEXT, title TEXT);
             CREATE TABLE moz_historyvisits (id INTEGER PRIMARY KEY, place_id INTEGER, visit_date INTEGER, visit_type INTEGER);",
            fill(
                ["INSERT INTO moz_places VALUES (?1, ?2, ?3)", "INSERT INTO moz_historyvisits VALUES (?1, ?1, ?2, 1)"],
                0,
            ),
        );
        let chrome = database(
            "CREATE TABLE urls (id INTEGER PRIMARY KEY, url TEXT, title TEXT);
             CREATE TABLE visits (id INTEGER PRIMARY KEY, url INTEGER, visit_time INTEGER, transition INTEGER);",
            fill(["INSERT INTO urls VALUES (?1, ?2, ?3)", "INSERT INTO visits VALUES (?1, ?1, ?2, 0)"], FROM_1601_US),
        );
        for (name, bytes) in [("firefox.history", firefox), ("webkit.history", chrome)] {
            let got = parse_bytes(source(name), &bytes);
            prop_assert_eq!((titles(&got), got.rejects.len(), got.error), (want.clone(), 0, None));
        }
    }
}
