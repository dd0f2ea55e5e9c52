//! Chapter two: asking. Every report, with every filter, in every format.

use super::Story;
use super::fixtures::{NAMES, TEXTS};
use serde_json::json;

const FORMATS: [&str; 5] = ["csv", "json", "jsonl", "tsv", "table"];

#[test]
fn every_report_with_every_filter_in_every_format() {
    let story = Story::loaded();
    let filters: [&[&str]; 14] = [
        &[],
        &["--all-columns"],
        &["-u", "Bob"],
        &["-u", "bob "],
        &["-u", "ä", "-u", "ada"],
        &["--source", "log.http"],
        &["--source", "jsonl", "--source", "csv", "-u", "Bob"],
        &["--from", "2002-02-02 02:02:02", "--to", "2002-02-02 02:02:03"],
        &["--to", "1970-01-01", "--timezone", "Asia/Kolkata"],
        &["--from", "2199-12-31"],
        &["--text", "BOB"],
        &["--text", "é"],
        &["--text", "'\";\\ ''"],
        &["--text", "%"],
    ];
    let listed = story.ok(&["--list-report-types", "-O", "tsv"]).data;
    let names = listed.lines().skip(1).map(|line| line.split('\t').next().unwrap());
    let reports: Vec<&str> = names.flat_map(|name| ["-r", name]).collect();
    assert!(reports.len() >= 4, "{listed}");
    for format in FORMATS {
        // The output includes how long ago an input had its last event, so all databases use one moment.
        let now = ["--now", "2026-01-01T00:00:00Z", "-O", format];
        let ask = |filter: &[&str]| story.ok(&[&reports[..], &now, filter].concat()).data;
        let nothing = ask(&["-u", "nobody"][..]);
        for filter in filters {
            assert_ne!(ask(filter), nothing, "{filter:?} in {format} finds nothing");
        }
    }
}

#[test]
fn lists_in_every_format() {
    let story = Story::loaded();
    for format in ["json", "jsonl", "table"] {
        for list in ["inputs", "tasks", "tags", "rejects"] {
            let told = story.ok(&[list, "list", "-O", format]);
            assert!(told.data.lines().count() > 4, "{list} in {format}\n{}", told.data);
        }
    }
    for filter in
        [&["--source", "log.http"][..], &["--code", "malformed"], &["--input", "4"], &["--limit", "3"]]
    {
        story.ok(&[&["rejects", "list", "-O", "csv"], filter].concat());
    }
}

/// Pages of 4096 break among them.
#[test]
fn more_than_a_page_of_one_instant_and_of_none() {
    let story = Story::new();
    let note = |i: usize| {
        let title = format!("{} {i}", NAMES[i % NAMES.len()]);
        let url = format!("https://p{}.example/", i % 700);
        let mut note =
            json!({"title": title, "text": TEXTS[i % TEXTS.len()], "user": NAMES[i % 5], "url": url});
        if i.is_multiple_of(2) {
            note["date"] = json!("2024-05-05T05:05:05Z");
        }
        if i % 50 < 2 {
            note["tags"] = json!([title, "some"]);
        }
        format!("{note}\n")
    };
    const NOTES: usize = 5_000;
    story.write("a.jsonl", (0..NOTES).map(note).collect::<String>());
    story.write("b.jsonl", (NOTES..2 * NOTES).map(note).collect::<String>());
    let both = ["-s", "jsonl", "a.jsonl", "-s", "jsonl", "b.jsonl"];
    assert_eq!(story.load(&both), [2 * NOTES as u64, 0, 0, 0]);
    let titles: Vec<_> = story.events(&[]).iter().map(|e| e["title"].as_str().unwrap().to_owned()).collect();
    let order = (0..2 * NOTES).step_by(2).chain((1..2 * NOTES).step_by(2));
    let want: Vec<_> = order.map(|i| format!("{} {i}", NAMES[i % NAMES.len()])).collect();
    assert!(titles == want, "by time, then by file and place");
    assert_eq!(story.events(&["-u", "bob"]).len(), 2 * NOTES / 5);
    let found = want[..NOTES].iter().filter(|title| title.to_lowercase().contains("ob 1")).count();
    assert_eq!(story.events(&["--from", "2024", "--text", "OB 1"]).len(), found);
    story.ok(&["-r", "gap", "-O", "csv"]);
    story.ok(&["tags", "list", "-O", "csv"]);
}
