//! The syslog family: what generated records give back, and a corpus of real files where there is one.

use crate::{beside_crate, source};
use workhours_plugin_api::testing::{MemoryInput, MemorySink, check_source, parse_bytes};
use workhours_plugin_api::{Input, Resume, RowFlags, civil};

/// The file's bytes if there is a corpus.
fn corpus(file: &str) -> Option<Vec<u8>> {
    let path = beside_crate("../shared/data").join(file);
    if !path.is_file() {
        eprintln!("SKIPPED: no {}", path.display());
        return None;
    }
    Some(std::fs::read(path).unwrap())
}

fn parse_at(name: &str, bytes: &[u8], reference: i64, resume: Resume) -> MemorySink {
    let mut host = MemoryInput::new(bytes).reference_secs(reference).resume_at(resume);
    let mut sink = MemorySink::default();
    source(name).parse(&mut Input::new(&mut host), &mut sink).unwrap();
    sink
}

#[test]
fn corpus_counts() {
    let Some(manifest) = corpus("MANIFEST.tsv") else { return };
    let manifest = String::from_utf8(manifest).unwrap();
    let mut rows = 0;
    for line in manifest.lines().skip(1) {
        let columns: Vec<_> = line.split('\t').collect();
        let (file, source_type, certainty) = (columns[0], columns[1], columns[10]);
        let name = match source_type {
            "syslog5424" => "syslog",
            name if ["log.auth", "syslog", "journald"].contains(&name) => name,
            _ => continue,
        };
        if [".bz2", ".xz"].iter().any(|end| file.ends_with(end)) {
            continue;
        }
        let bytes = corpus(file).unwrap();
        let got = parse_bytes(source(name), &bytes);
        let counts = (got.events.len().to_string(), got.rejects.len().to_string());
        eprintln!("{file}: {counts:?}");
        let want = match certainty {
            "exact" => (columns[6].to_owned(), columns[7].to_owned()),
            // A month in another language is rejected.
            _ => ("0".to_owned(), "1".to_owned()),
        };
        assert_eq!((counts, got.error), (want, None), "{file}");
        if bytes.len() < 20_000 {
            assert_eq!(check_source(source(name), &bytes), [""; 0], "{file}");
        }
        rows += 1;
    }
    assert!(rows > 16, "the manifest has {rows} rows of syslogs");
}

#[test]
fn years_around_new_year() {
    let (Some(bytes), Some(expected)) =
        (corpus("torture/edge-auth-newyear.log"), corpus("torture/edge-auth-newyear.expected.tsv"))
    else {
        return;
    };
    let got = parse_at("log.auth", &bytes, 1_709_251_210, Resume::default());
    assert_eq!((got.events.len(), got.rejects.len()), (12, 0));
    for row in String::from_utf8(expected).unwrap().lines().skip(1) {
        let (line, date) = row.split_once('\t').unwrap();
        let (line, field) =
            (line.parse::<u64>().unwrap(), |r: std::ops::Range<usize>| date[r].parse::<i64>());
        let (y, m, d) = (field(0..4).unwrap(), field(5..7).unwrap(), field(8..10).unwrap());
        let event = got.events.iter().find(|e| e.line == line).unwrap();
        let days = event.time.unwrap().secs.div_euclid(86_400);
        assert_eq!(days, civil::days(y as i32, m as u32, d as u32), "{row}");
        assert_eq!(event.flags.contains(RowFlags::INFERRED_YEAR), line != 10, "{row}");
    }
    assert!(got.events[2].flags.contains(RowFlags::LEAP_SECOND));
    assert_eq!(got.events[11].attrs, [("repeated".to_owned(), "3".to_owned())]);
}

#[test]
fn leap_day_in_no_leap_year() {
    let Some(bytes) = corpus("torture/edge-auth-feb29-nonleap.log") else { return };
    // 2023-03-01T00:00:00Z
    let got = parse_at("log.auth", &bytes, 1_677_628_800, Resume::default());
    let secs: Vec<_> = got.events.iter().map(|e| e.time.unwrap().secs).collect();
    let at = |y, m, d, h| civil::seconds(y, m, d, h, 0, 0).unwrap();
    assert_eq!(secs, [at(2023, 2, 28, 12), at(2020, 2, 29, 12), at(2023, 3, 1, 0)]);
}

#[test]
fn a_log_that_grows_keeps_its_years() {
    let (old, new) = ("Dec 30 10:00:00 h a: 1\nJan  2 10:00:00 h a: 2\n", "Mar 20 10:00:00 h a: 3\n");
    let reference = civil::seconds(2024, 1, 2, 10, 0, 5).unwrap();
    let first = parse_at("log.auth", old.as_bytes(), reference, Resume::default());
    let (resume, events, _) = first.checkpoints.last().unwrap().clone();
    let whole = [old, new, "Jan  5 10:00:00 h a: 4\n"].concat();
    let later = parse_at("log.auth", whole.as_bytes(), reference, resume);
    let again = parse_at("log.auth", whole.as_bytes(), reference, Resume::default());
    assert_eq!(later.events, again.events[events..]);
    let years: Vec<_> = later.events.iter().map(|e| 1970 + e.time.unwrap().secs / 31_556_952).collect();
    assert_eq!(years, [2024, 2024, 2025]);
}
