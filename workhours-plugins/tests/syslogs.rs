//! The syslog family on a corpus of real files, where there is one, and at its limits.

use crate::{beside_crate, source};
use workhours_plugin_api::testing::{Event, MemoryInput, MemorySink, check_source, parse_bytes};
use workhours_plugin_api::{Input, MAX_RECORD_BYTES, Resume, RowFlags, civil};

/// The file's bytes if there is a corpus.
fn corpus(file: &str) -> Option<Vec<u8>> {
    let path = beside_crate("../shared/data").join(file);
    if !path.is_file() {
        crate::skipped(format_args!("no {}", path.display()));
        return None;
    }
    Some(std::fs::read(path).unwrap())
}

pub(crate) fn parse_at(name: &str, bytes: &[u8], reference: i64, resume: Resume) -> MemorySink {
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
    assert_eq!(secs, [at(2020, 2, 28, 12), at(2020, 2, 29, 12), at(2020, 3, 1, 0)]);
}

/// The years of a log's records, all of which were there at the reference, or which grew to `whole` after it.
fn years(name: &str, first: &str, whole: &str) -> (Vec<i64>, Vec<i64>) {
    // 2024-01-02T10:00:05Z
    let reference = 1_704_189_605;
    let years = |sink: &MemorySink| -> Vec<_> {
        sink.events.iter().map(|e| 1970 + e.time.unwrap().secs.div_euclid(31_556_952)).collect()
    };
    let seen = parse_at(name, first.as_bytes(), reference, Resume::default());
    for (resume, events, _) in [seen.checkpoints.first().unwrap(), seen.checkpoints.last().unwrap()] {
        let later = parse_at(name, whole.as_bytes(), reference, resume.clone());
        let all = parse_at(name, whole.as_bytes(), reference, seen.checkpoints[0].0.clone());
        assert_eq!(later.events, all.events[*events..], "{name}");
    }
    let grown = parse_at(name, whole.as_bytes(), reference, seen.checkpoints[0].0.clone());
    (years(&seen), years(&grown))
}

#[test]
fn a_log_that_grows_keeps_its_years() {
    let first = "Dec 30 10:00:00 h a: 1\nJan  2 10:00:00 h a: 2\n";
    let whole = format!("{first}Mar 20 10:00:00 h a: 3\nJan  5 10:00:00 h a: 4\n");
    for name in ["log.auth", "syslog"] {
        let (seen, grown) = years(name, first, &whole);
        assert_eq!((seen, grown), (vec![2023, 2024], vec![2023, 2024, 2024, 2025]), "{name}");
        let (seen, _) = years(name, &whole, &whole);
        assert_eq!(seen, [2021, 2022, 2022, 2023], "{name}: all of it was there");
    }
}

#[test]
fn both_exports_of_one_journal_are_one() {
    let (Some(export), Some(json)) =
        (corpus("journald/gen-journalctl.export"), corpus("journald/gen-journalctl-all.json"))
    else {
        return;
    };
    let facts = |bytes: &[u8]| -> Vec<_> {
        let events = parse_bytes(source("journald"), bytes).events;
        let sorted = |mut attrs: Vec<(String, String)>| {
            attrs.sort();
            attrs
        };
        events.into_iter().map(|e| (e.key, e.time, e.text, e.host, e.agent, sorted(e.attrs))).collect()
    };
    assert_eq!(facts(&export), facts(&json));
    let doc = corpus("journald/systemd-doc-example.export").unwrap();
    let events = parse_bytes(source("journald"), &doc).events;
    let at: Vec<_> = events.iter().map(|e| (e.time.unwrap().secs, e.time.unwrap().nanos)).collect();
    assert_eq!(
        at,
        [(1_342_540_861, 416_409_000), (1_342_540_861, 421_465_000), (1_423_944_916, 375_353_000)]
    );
    assert_eq!(events[2].text, b"foo\nbar");
}

#[test]
fn frames_run_together() {
    let Some(bytes) = corpus("torture/plaso-syslog_rsyslog_TraditionalForwardFormat") else { return };
    for name in ["log.auth", "syslog"] {
        let got = parse_bytes(source(name), &bytes);
        assert_eq!((got.events.len(), got.rejects.len()), (1, 0), "{name}");
        assert!(got.events[0].flags.contains(RowFlags::MALFORMED_TAIL));
    }
}

#[test]
fn noise() {
    for file in ["random.bin", "nul-10k.bin", "only-newlines.txt", "empty.file", "not-a-db.sqlite"] {
        let Some(bytes) = corpus(&format!("torture/{file}")) else { return };
        for name in ["log.auth", "syslog", "journald"] {
            assert_eq!(parse_bytes(source(name), &bytes).events.len(), 0, "{name} finds events in {file}");
        }
    }
}

#[test]
fn records_too_long() {
    let long = "x".repeat(MAX_RECORD_BYTES + 10);
    let one = "<13>1 2024-02-03T09:00:00Z mill app - - - ";
    let cursor = "__CURSOR=c1\n";
    let cases = [
        ("log.auth", format!("Feb  3 09:00:00 h a: {long}\nFeb  3 09:00:01 h a: b\n")),
        ("log.auth", format!("Feb  3 09:00:00 h a: b\n {long}\nFeb  3 09:00:01 h a: b\n")),
        ("syslog", format!("{one}{long}\n{one}b\n")),
        ("syslog", format!("{one}b\n{long}\n{one}b\n")),
        ("journald", format!("{cursor}MESSAGE={long}\n\n__CURSOR=c2\n\n")),
        ("journald", format!("{cursor}MESSAGE={}\n", &long[20..]) + &long[20..40] + "=1\n\n__CURSOR=c2\n\n"),
        ("journald", format!("{{\"MESSAGE\":\"{long}\"}}\n{{\"MESSAGE\":\"b\"}}\n")),
    ];
    for (name, input) in cases {
        let got = parse_bytes(source(name), input.as_bytes());
        assert_eq!((got.events.len(), got.rejects.len(), got.error), (1, 1, None), "{name}");
        assert!(got.rejects[0].raw.len() <= 4096, "{name}");
    }
}

#[test]
fn many_parameters_are_kept_as_they_are() {
    let data = |n: usize| format!("[a{}]", " p=\"1\"".repeat(n));
    let parse = |n| {
        let input = format!("<13>1 - - - - - {} text\n", data(n));
        parse_bytes(source("syslog"), input.as_bytes()).events.remove(0)
    };
    assert_eq!(attr(&parse(200), "sd_a_p_200"), Some("\"1\"".into()));
    assert_eq!(attr(&parse(201), "structured_data"), Some(format!("{:?}", data(201))));
}

pub(crate) fn attr(event: &Event, key: &str) -> Option<String> {
    event.attrs.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone())
}
