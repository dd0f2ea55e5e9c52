//! Logs of git, calendars, timelines of Trac and exports of Google: the counts of the sample corpus, and round trips.

use crate::{beside_crate, source};
use proptest::prelude::*;
use workhours_plugin_api::testing::{Event, check_source, parse_bytes};
use workhours_plugin_api::{Zone, civil};

const OURS: [&str; 4] = ["git.log", "google.takeout", "ical", "trac.timeline"];

#[test]
fn documents_exact_counts() {
    let folder = beside_crate("../shared/data");
    let Ok(manifest) = std::fs::read_to_string(folder.join("MANIFEST.tsv")) else {
        crate::skipped(format_args!("no sample corpus at {}", folder.display()));
        return;
    };
    let mut wrong = Vec::new();
    for line in manifest.lines().skip(1) {
        let columns: Vec<_> = line.split('\t').collect();
        let (file, source_type) = (columns[0], columns[1]);
        if !OURS.contains(&source_type) {
            continue;
        }
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let got = parse_bytes(source(source_type), &bytes);
        // All instances of a series are one record.
        let mut records: Vec<_> = got.events.iter().map(|e| (e.offset, e.series.clone())).collect();
        records.dedup_by(|a, b| a == b && !a.1.is_empty());
        let counts = (records.len().to_string(), got.rejects.len().to_string(), got.error.clone());
        if counts != (columns[6].into(), columns[7].into(), None) {
            wrong.push(format!(
                "{file}: {counts:?}, expected {} {}: {:?}",
                columns[6],
                columns[7],
                got.rejects.first()
            ));
        }
        if bytes.len() < 20_000 {
            assert_eq!(check_source(source(source_type), &bytes), [""; 0], "{file}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn documents_noise() {
    let folder = beside_crate("../shared/data/torture");
    for file in ["random.bin", "nul-10k.bin", "only-newlines.txt", "empty.file", "not-a-db.sqlite"] {
        let Ok(bytes) = std::fs::read(folder.join(file)) else {
            crate::skipped(format_args!("no sample corpus at {}", folder.display()));
            return;
        };
        for name in OURS {
            assert_eq!(parse_bytes(source(name), &bytes).events.len(), 0, "{name} finds events in {file}");
        }
    }
}

/// Printable text without line ends or white space at its ends.
fn line_of_text() -> impl Strategy<Value = String> {
    "[a-zé\u{1f600}\\\\,;:\"'<>&#%=]{1,12}( [a-zé\u{1f600}\\\\,;:\"'<>&#%=(\\[]{1,12}){0,9}"
}

prop_compose! {
    /// Seconds since 1970 in this century or the last, and an offset of quarters of an hour.
    fn moment()(secs in 0..4_102_444_800_i64, quarters in -48..=56_i16) -> (i64, i16) {
        (secs, quarters * 15)
    }
}

/// Year, month, day and the clock, of seconds.
fn date(secs: i64) -> (i32, u32, u32, String) {
    let (day, clock) = (secs.div_euclid(86_400), secs.rem_euclid(86_400));
    let year = (1960..2110).rev().find(|y| civil::days(*y, 1, 1) <= day).unwrap();
    let month = (1..=12).rev().find(|m| civil::days(year, *m, 1) <= day).unwrap();
    let of_month = (day - civil::days(year, month, 1)) as u32 + 1;
    (year, month, of_month, format!("{:02}:{:02}:{:02}", clock / 3600, clock / 60 % 60, clock % 60))
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn git_date((secs, offset): (i64, i16), style: u8) -> String {
    let (y, m, d, clock) = date(secs + i64::from(offset) * 60);
    let (sign, min) = (if offset < 0 { '-' } else { '+' }, offset.abs());
    let zone = format!("{sign}{:02}{:02}", min / 60, min % 60);
    match style {
        0 => format!("Thu {} {d} {clock} {y} {zone}", MONTHS[m as usize - 1]),
        1 => format!("{y}-{m:02}-{d:02} {clock} {zone}"),
        2 => format!("{y}-{m:02}-{d:02}T{clock}{}:{}", &zone[..3], &zone[3..]),
        3 => format!("Thu, {d} {} {y} {clock} {zone}", MONTHS[m as usize - 1]),
        _ => format!("{secs} {zone}"),
    }
}

prop_compose! {
    fn commit()(hash in "[0-9a-f]{40}", author in moment(), committer in moment(), subject in line_of_text(),
                body in prop::collection::vec(prop_oneof![line_of_text(), Just(String::new()), Just("commit 0123456789".to_owned())], 0..5),
                refs in prop::collection::vec("[a-z]{1,8}(/[a-z]{1,8})?", 0..3)) -> Commit {
        let body = body.join("\n").trim().to_owned();
        Commit { hash, author, committer, subject, body, refs }
    }
}

#[derive(Clone, Debug)]
struct Commit {
    hash: String,
    author: (i64, i16),
    committer: (i64, i16),
    subject: String,
    body: String,
    refs: Vec<String>,
}

impl Commit {
    fn message(&self) -> String {
        format!("{}\n\n{}", self.subject, self.body).trim_end().to_owned()
    }
    fn block(&self, style: u8) -> String {
        let refs = match self.refs.is_empty() {
            true => String::new(),
            false => format!(" (HEAD -> {})", self.refs.join(", tag: ")),
        };
        let message: String = self.message().lines().map(|l| format!("    {l}\n")).collect();
        let (a, c) = (git_date(self.author, style), git_date(self.committer, style));
        format!(
            "commit {}{refs}\nAuthor:     A <a@b>\nAuthorDate: {a}\nCommit:     C <c@d>\nCommitDate: {c}\n\n{message}",
            self.hash
        )
    }
    fn own(&self) -> String {
        let refs = self.refs.join(", ");
        let (a, c) = (git_date(self.author, 9), git_date(self.committer, 9));
        ["git.log", &self.hash, "", &refs, "A", "a@b", &a, "C", "c@d", &c, &self.message()].join("\u{1f}")
    }
}

fn same(got: &[Event], want: &[Commit]) -> Result<(), TestCaseError> {
    prop_assert_eq!(got.len(), want.len());
    for (event, commit) in got.iter().zip(want) {
        let time = event.time.unwrap();
        prop_assert_eq!((time.secs, time.zone), (commit.author.0, Zone::Offset(commit.author.1)));
        prop_assert_eq!(&event.key, commit.hash.as_bytes());
        prop_assert_eq!(String::from_utf8_lossy(&event.title), commit.subject.as_str());
        prop_assert_eq!(String::from_utf8_lossy(&event.text), commit.body.as_str());
        prop_assert_eq!(event.user.as_slice(), b"A <a@b>");
        let tags: Vec<_> = event.tags.iter().map(|t| String::from_utf8_lossy(t).into_owned()).collect();
        prop_assert_eq!(&tags, &commit.refs);
    }
    Ok(())
}

/// Escaped as RFC 5545 asks, and folded after every `width` bytes, which may cut a character.
fn content_line(name: &str, text: &str, width: usize, end: &str) -> Vec<u8> {
    let escaped = text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n");
    let line = format!("{name}:{escaped}").into_bytes();
    let folded: Vec<&[u8]> = line.chunks(width).collect();
    let mut out = folded.join(format!("{end} ").as_bytes());
    out.extend_from_slice(end.as_bytes());
    out
}

proptest! {
    #[test]
    fn documents_git_blocks(commits in prop::collection::vec(commit(), 1..6), style in 0..5_u8, crlf: bool) {
        let mut text = commits.iter().map(|c| c.block(style)).collect::<Vec<_>>().join("\n");
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        let got = parse_bytes(source("git.log"), text.as_bytes());
        prop_assert!(got.rejects.is_empty() && got.error.is_none());
        same(&got.events, &commits)?;
    }

    #[test]
    fn documents_git_own_layout(commits in prop::collection::vec(commit(), 1..6)) {
        let text: String = commits.iter().map(|c| c.own() + "\n\0").collect();
        let got = parse_bytes(source("git.log"), text.as_bytes());
        prop_assert!(got.rejects.is_empty() && got.error.is_none());
        same(&got.events, &commits)?;
    }

    #[test]
    fn documents_ical_folds(title in line_of_text(), lines in prop::collection::vec(line_of_text(), 1..4),
                            (secs, _) in moment(), width in 5..75_usize, end in 0..3_usize) {
        let end = ["\r\n", "\n", "\r"][end];
        let (y, m, d, clock) = date(secs);
        let start = format!("{y}{m:02}{d:02}T{}Z", clock.replace(':', ""));
        let mut text = format!("BEGIN:VCALENDAR{end}BEGIN:VEVENT{end}UID:1{end}DTSTART:{start}{end}").into_bytes();
        text.extend(content_line("SUMMARY", &title, width, end));
        text.extend(content_line("DESCRIPTION", &lines.join("\n"), width, end));
        text.extend_from_slice(format!("END:VEVENT{end}END:VCALENDAR{end}").as_bytes());
        let got = parse_bytes(source("ical"), &text);
        prop_assert_eq!(got.events.len(), 1);
        prop_assert_eq!(got.events[0].time.unwrap().secs, secs);
        prop_assert_eq!(String::from_utf8_lossy(&got.events[0].title), title);
        prop_assert_eq!(String::from_utf8_lossy(&got.events[0].text), lines.join("\n"));
        prop_assert_eq!(got.events[0].flags.0, 0);
    }

    #[test]
    fn documents_trac_days(secs in 0..4_000_000_000_i64, style in 0..6_usize, title in line_of_text()) {
        let (y, m, d, clock) = date(secs);
        let name = MONTHS[m as usize - 1];
        let (hour, minute) = (secs.rem_euclid(86_400) / 3600, &clock[3..5]);
        let half = format!("{}:{minute}\u{202f}{}", (hour + 11) % 12 + 1, if hour < 12 { "AM" } else { "PM" });
        let (day, time) = match style {
            0 => (format!("{name} {d}, {y}"), half),
            1 => (format!("{d} {name} {y}"), clock[..5].to_owned()),
            2 => (format!("{y}-{m:02}-{d:02}"), clock.clone()),
            3 => (format!("{d:02}.{m:02}.{y}"), clock[..5].to_owned()),
            4 => (format!("{y}年{m}月{d}日"), clock[..5].to_owned()),
            _ => (format!("{m:02}/{d:02}/{:02}", y % 100), clock[..5].to_owned()),
        };
        prop_assume!(style != 5 || (1970..2070).contains(&y));
        let escaped = title.replace('&', "&amp;").replace('<', "&lt;");
        let page = format!("<div class=\"timeline\"><h2>{day}: </h2><dl><dt class=\"wiki\"><a href=\"/w\">\
            <span class=\"time\">{time}</span> {escaped}</a></dt></dl></div>");
        let got = parse_bytes(source("trac.timeline"), page.as_bytes());
        prop_assert_eq!(got.events.len(), 1);
        let want = if style == 2 { secs } else { secs - secs.rem_euclid(60) };
        prop_assert_eq!(got.events[0].time.map(|t| (t.secs, t.zone)), Some((want, Zone::Local)));
        prop_assert_eq!(String::from_utf8_lossy(&got.events[0].title), title);
    }

    #[test]
    fn documents_takeout_html_is_its_json((secs, _) in moment(), title in line_of_text(), query in "[a-z]{1,9}") {
        let (y, m, d, clock) = date(secs);
        let shown = format!("{title} {query}").replace('&', "&amp;").replace('<', "&lt;");
        let url = format!("https://www.google.com/search?q={query}");
        let html = format!("<div class=\"mdl-grid\"><div class=\"outer-cell\"><div class=\"header-cell\"><p>Search<br></p></div>\
            <div class=\"content-cell\"><a href=\"{url}\">{shown}</a><br>{d} {} {y}, {clock} UTC</div></div></div>", MONTHS[m as usize - 1]);
        let json = serde_json::json!([{"header": "Search", "title": format!("{title} {query}"), "titleUrl": url,
            "time": format!("{y}-{m:02}-{d:02}T{clock}Z")}]).to_string();
        let read = |text: &str| {
            let got = parse_bytes(source("google.takeout"), text.as_bytes());
            got.events.into_iter().map(|e| (e.time, e.kind, e.title, e.text, e.url, e.attrs)).collect::<Vec<_>>()
        };
        let got = read(&html);
        prop_assert_eq!(got.len(), 1);
        prop_assert_eq!(got, read(&json));
    }
}
