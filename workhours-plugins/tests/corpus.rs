//! A corpus of real files that exists next to the repository on some machines: the counts of its manifest.
//!
//! If it is missing, the tests print so and pass.

use crate::{beside_crate, source};
use std::path::PathBuf;
use workhours_plugin_api::RowFlags;
use workhours_plugin_api::testing::{MemorySink, check_source, parse_bytes};

fn corpus() -> Option<PathBuf> {
    let folder = beside_crate("../shared/data");
    if !folder.join("MANIFEST.tsv").is_file() {
        crate::skipped(format_args!("no sample corpus at {}", folder.display()));
        return None;
    }
    Some(folder)
}

fn read(source_type: &str, file: &str) -> Option<MemorySink> {
    let bytes = std::fs::read(corpus()?.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    Some(parse_bytes(source(source_type), &bytes))
}

#[test]
fn exact_counts() {
    let Some(folder) = corpus() else { return };
    let manifest = std::fs::read_to_string(folder.join("MANIFEST.tsv")).unwrap();
    let mut rows = 0;
    for line in manifest.lines().skip(1) {
        let columns: Vec<_> = line.split('\t').collect();
        let (file, source_type, certainty) = (columns[0], columns[1], columns[10]);
        let ours = ["log.http", "log.shell", "bookmarks.html", "delicious.bookmarks"].contains(&source_type);
        let packed = [".gz", ".bz2", ".xz", ".zst"].iter().any(|e| file.ends_with(e));
        if !ours || certainty != "exact" || packed {
            continue;
        }
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let got = parse_bytes(source(source_type), &bytes);
        let counts = (got.events.len().to_string(), got.rejects.len().to_string(), got.error);
        assert_eq!(counts, (columns[6].into(), columns[7].into(), None), "{file}");
        if bytes.len() < 20_000 {
            assert_eq!(check_source(source(source_type), &bytes), [""; 0], "{file}");
        }
        rows += 1;
    }
    assert!(rows > 20, "the manifest has {rows} rows for the built-in sources");
}

#[test]
fn access_log_outcomes_line_by_line() {
    let Some(got) = read("log.http", "torture/edge-clf.log") else { return };
    let expected = std::fs::read_to_string(corpus().unwrap().join("torture/edge-clf.expected.tsv")).unwrap();
    for row in expected.lines().skip(1) {
        let mut columns = row.split('\t');
        let line: u64 = columns.next().unwrap().parse().unwrap();
        let want = columns.next().unwrap();
        let event = got.events.iter().find(|e| e.line == line);
        let reject = got.rejects.iter().find(|r| r.line == line);
        let fine = match (event, reject) {
            (Some(_), None) => want.starts_with("ok") || want.contains("or configured tz"),
            (None, Some(r)) => {
                want.starts_with("REJECT")
                    || want.contains("or reject")
                    || (want.starts_with("HELD") && r.provisional)
            }
            (None, None) => want.contains("ignored") || want.contains("comment"),
            (Some(_), Some(_)) => false,
        };
        assert!(fine, "{row}: {event:?} {reject:?}");
    }
    let at = |line: u64| got.events.iter().find(|e| e.line == line).unwrap();
    assert_eq!(at(1).time.unwrap().secs, 971_211_336);
    assert!(at(3).flags.contains(RowFlags::LEAP_SECOND));
    assert!(at(5).title.is_empty() && at(6).title.is_empty());
    assert_eq!(at(7).title, b"\x16\x03\x01\x02\x00\x01");
    assert_eq!(at(12).user, b"CORP\\john doe");
    assert_eq!(at(14).url, b"https://www.example.com/");
    assert_eq!(at(25).title.len(), 1_048_576 + "GET / HTTP/1.1".len());
    assert_eq!((at(26).time.unwrap().secs, at(27).time.unwrap().secs), (-1, 4_291_770_496));
}

#[test]
fn policies_on_real_access_logs() {
    let Some(got) = read("log.http", "log.http/elastic-apache_logs") else { return };
    assert_eq!((got.events.len(), got.rejects.len()), (10_000, 0));
    let flagged: Vec<_> = got.events.iter().filter(|e| e.flags != RowFlags::NONE).map(|e| e.line).collect();
    assert_eq!(flagged, [8_899]);
    let got = read("log.http", "log.http/plaso-apache_access.log").unwrap();
    assert_eq!((got.events.len(), got.rejects.len()), (15, 0));
}

#[test]
fn shell_records_split_by_an_id_with_a_space() {
    let Some(got) = read("log.shell", "torture/logshell-era5-broken-termid.log") else { return };
    assert_eq!((got.events.len(), got.rejects.len()), (22, 0));
    let mended = got.events.iter().filter(|e| e.flags.contains(RowFlags::MALFORMED_TAIL));
    let sessions: Vec<_> = mended.map(|e| e.attrs[0].1.as_str()).collect();
    assert_eq!(sessions, ["\"proj/with space\""; 7]);
    assert_eq!(got.events[21].text, b"cat <<'EOT'\n# 2015-05-21T14:59:48-0500\tnot a record\nEOT");
    let got = read("log.shell", "torture/edge-dst-america-chicago.session_log").unwrap();
    assert_eq!((got.events.len(), got.rejects.len()), (3, 0));
}

#[test]
fn large_icons() {
    let Some(got) = read("bookmarks.html", "torture/icon-2mb.bookmarks.html") else { return };
    assert_eq!((got.events.len(), got.rejects.len(), got.error), (2, 0, None));
}

#[test]
fn noise() {
    for file in ["random.bin", "nul-10k.bin", "only-newlines.txt", "empty.file", "not-a-db.sqlite"] {
        for name in ["log.http", "log.shell", "bookmarks.html", "delicious.bookmarks"] {
            let Some(got) = read(name, &format!("torture/{file}")) else { return };
            assert_eq!(got.events.len(), 0, "{name} finds events in {file}");
        }
    }
}
