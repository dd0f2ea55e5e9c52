//! Promise: `auto` finds the right source for every sample of every source, whatever the file is called, and none for
//! what no source reads. Each input is tried by all sources at once, and one may win.

use crate::kit::{repository, samples};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use workhours_core::ingest::{Unclaimed, detect};
use workhours_core::registry::Registry;
use workhours_plugin_api::testing::{Event, fixtures_in, parse_bytes};
use workhours_plugin_api::{RowFlags, built_in_sources};
use workhours_plugins as _;

/// The winner of a file: a source, or why there is none.
fn winner(registry: &Registry, path: &Path) -> String {
    match detect(registry, path, &[]) {
        Ok(found) => found.registered.source.info().name.to_owned(),
        Err(Unclaimed::Empty) => "empty".into(),
        Err(Unclaimed::Unknown(_)) => "nobody".into(),
        Err(Unclaimed::Torn(e) | Unclaimed::Unreadable(e)) => e.to_string(),
    }
}

/// A copy with a meaningless name.
fn nameless(dir: &TempDir, bytes: &[u8]) -> PathBuf {
    let path = dir.path().join("input");
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn samples_are_their_sources() {
    let (registry, dir) = (Registry::built_in().unwrap(), TempDir::new().unwrap());
    for source in built_in_sources() {
        let info = source.info();
        let got = winner(&registry, &nameless(&dir, info.sample.bytes));
        assert_eq!(got, info.name, "the sample of {}", info.name);
    }
}

/// Fixtures that another source claims, or none, with the reason.
const FIXTURES: &[(&str, &str, &str)] = &[
    ("csv/dates-by-content", "nobody", "only the dates have a name that says what they are"),
    ("ical/series-not-understood", "nobody", "half of it cannot be read"),
    ("jsonl/lists-in-a-document", "nobody", "the records are deep within one object"),
    ("log.http/unplaced", "nobody", "each of its lines has words that nobody can place"),
    ("delicious.bookmarks/no-tags", "bookmarks.html", "without tags for somebody both read the same"),
    ("log.auth/wire", "syslog", "one of its lines is of RFC 5424, which log.auth rejects"),
];

#[test]
fn fixtures_are_their_sources() {
    let (registry, dir) = (Registry::built_in().unwrap(), TempDir::new().unwrap());
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for source in built_in_sources() {
        let name = source.info().name;
        for fixture in fixtures_in(&repository("tests/fixtures").join(name)) {
            let bytes = fs::read(fixture.dir.join("input")).unwrap();
            let read = parse_bytes(source, &bytes);
            // A fixture may show how little of a record can be read; then it isn't a sample.
            let plausible = |secs: i64| (31_536_000..2_050_000_000).contains(&secs);
            let good = read.events.iter().filter(|e| e.time.is_some_and(|t| plausible(t.secs))).count();
            let odd = read.events.iter().filter(|e| is_odd(e, &plausible)).count() + read.rejects.len();
            if good < 2 || odd >= good || read.error.is_some() {
                continue;
            }
            tried += 1;
            let case = format!("{name}/{}", fixture.dir.file_name().unwrap().to_str().unwrap());
            let want = FIXTURES.iter().find(|(at, ..)| *at == case).map_or(name, |(_, want, _)| *want);
            let got = winner(&registry, &nameless(&dir, &bytes));
            if got != want {
                wrong.push(format!("{case}: {got}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(tried > 80, "only {tried} fixtures are samples of their format");
}

fn is_odd(event: &Event, plausible: &dyn Fn(i64) -> bool) -> bool {
    let flagged = [RowFlags::BAD_TIME, RowFlags::BAD_NUMBER, RowFlags::MALFORMED_TAIL];
    flagged.iter().any(|flag| event.flags.contains(*flag)) || event.time.is_some_and(|t| !plausible(t.secs))
}

/// Files of the corpus that another source claims, or none, with the reason.
const CORPUS: &[(&str, &str, &str)] = &[
    ("bookmarks.html/nbp-empty.htm", "empty", "there is nothing in it"),
    ("csv/spectrum-", "nobody", "none of its columns is a date"),
    (
        "delicious.bookmarks/nbp-delicious.htm",
        "bookmarks.html",
        "without tags for somebody both read the same",
    ),
    ("ical/icaljs-blank_line_mid.ics", "nobody", "it holds no event"),
    ("ical/icaljs-newline_junk.ics", "nobody", "it holds no event"),
    ("ical/icalpy-bom_calendar.ics", "nobody", "it holds no event"),
    ("ical/icalpy-calendar_with_unicode.ics", "nobody", "it holds no event"),
    ("jsonl/lnav-logfile_cloudflare.json", "log.http", "it is an access log in JSON"),
    ("jsonl/lnav-logfile_otel_collector.jsonl", "otlp", "it is what the Collector of OpenTelemetry writes"),
    ("jsonl/plaso-ios_app_privacy_report.ndjson", "nobody", "only the date has a name that says what it is"),
    ("log.auth/lnav-logfile_syslog_fr.0", "nobody", "months in another language"),
    ("syslog5424/telegraf-nontransparent-min2.txt", "nobody", "the least that RFC 5424 allows: no date"),
    ("syslog5424/telegraf-octetcounted-min2.txt", "nobody", "the least that RFC 5424 allows: no date"),
    ("zsh_history/atuin-metafied.zsh_history", "nobody", "commands without dates"),
];

#[test]
fn the_corpus_is_of_its_types() {
    let Some(folder) = samples() else { return };
    let registry = Registry::built_in().unwrap();
    let (mut wrong, mut tried) = (Vec::new(), 0);
    let manifest = fs::read_to_string(folder.join("MANIFEST.tsv")).unwrap();
    for line in manifest.lines().skip(1) {
        let columns: Vec<_> = line.split('\t').collect();
        let (file, listed) = (columns[0], columns[1].replace('_', "."));
        let named = if listed == "syslog5424" { "syslog" } else { &listed };
        let of_database = named.starts_with("firefox.");
        if listed == "torture" || columns[6] == "(sidecar)" {
            continue;
        }
        tried += 1;
        let want = CORPUS.iter().find(|(at, ..)| file.starts_with(at)).map_or(named, |(_, want, _)| *want);
        let got = winner(&registry, &folder.join(file));
        // places.sqlite holds both, and the one with more records wins; a note names the other.
        if got != want && !(of_database && got.starts_with("firefox.")) {
            wrong.push(format!("{file}: {got}, not {want}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(tried > 100, "the manifest has {tried} rows");
}

/// The formats of others, each as its program writes it.
const UNREAD: &[(&str, &str)] = &[
    (
        "IIS",
        "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2024-02-05 10:00:01\n\
         #Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status\n\
         2024-02-05 10:00:01 192.0.2.48 GET /one - 80 - 198.51.100.20 Mozilla/5.0 200\n\
         2024-02-05 10:00:02 192.0.2.48 POST /two a=1 443 MILL\\ada 198.51.100.21 curl/8 401\n",
    ),
    (
        "IIS, headless",
        "2024-02-05 10:00:01 192.0.2.48 GET /one - 80 - 198.51.100.20 Mozilla/5.0 200\n\
         2024-02-05 10:00:02 192.0.2.48 GET /two - 80 - 198.51.100.20 Mozilla/5.0 200\n",
    ),
    (
        "PostgreSQL",
        "2024-02-05 10:00:01.262 CET [71] ada@shop LOG:  duration: 1.2 ms\n\
         2024-02-05 10:00:02.262 CET [71] ada@shop ERROR:  syntax error at or near \"x\"\n\
         2024-02-05 10:00:03.262 UTC [72] LOG:  checkpoint starting: time\n",
    ),
    (
        "PostgreSQL as pgBadger wants it",
        "2024-02-05 10:00:01 UTC [71]: [1-1] user=ada,db=shop LOG:  connection authorized\n\
         2024-02-05 10:00:02 UTC [71]: [2-1] user=ada,db=shop LOG:  disconnection\n",
    ),
    (
        "dpkg",
        "2024-02-05 10:00:01 startup archives unpack\n2024-02-05 10:00:01 install libmill1:amd64 <none> 1.2-3\n\
         2024-02-05 10:00:02 status half-installed libmill1:amd64 1.2-3\n\
         2024-02-05 10:00:02 status installed libmill1:amd64 1.2-3\n",
    ),
    (
        "containers",
        "2024-02-05T10:00:01.669794202Z stdout P first half\n2024-02-05T10:00:01.669794203Z stdout F other half\n\
         2024-02-05T10:00:02.000000000Z stderr F mill: stopped\n",
    ),
    (
        "containers that log syslog-like texts",
        "2024-02-05T10:00:01.669794202Z stdout F mill[7]: started\n\
         2024-02-05T10:00:02.669794202Z stdout F mill[7]: stopped\n",
    ),
    (
        "MySQL",
        "2024-02-05T10:00:01.669794Z 0 [System] [MY-010116] [Server] mysqld (mysqld 8.0.34) starting as process 1\n\
         2024-02-05T10:00:02.669794Z 8 [Warning] [MY-010055] [Server] IP address could not be resolved\n",
    ),
    (
        "log4j",
        "2024-02-05 10:00:01,123 INFO org.example.Mill: started\n\
         2024-02-05 10:00:02,123 ERROR org.example.Mill: stopped\n",
    ),
    (
        "Python's logging",
        "2024-02-05 10:00:01,123 - mill - INFO - started\n2024-02-05 10:00:02,123 - mill - WARNING - stopped\n",
    ),
    (
        "pacman",
        "[2024-02-05T10:00:01+0100] [ALPM] upgraded mill (1.2-1 -> 1.2-2)\n\
         [2024-02-05T10:00:02+0100] [PACMAN] Running 'pacman -Syu'\n",
    ),
    (
        "nginx's errors",
        "2024/02/05 10:00:01 [notice] 71#71: signal process started\n\
         2024/02/05 10:00:02 [error] 71#71: *20 connect() failed, client: 198.51.100.2, server: mill.example\n",
    ),
    (
        "Apache's errors",
        "[Mon Feb 05 10:00:01.123456 2024] [core:error] [pid 71] [client 198.51.100.2:4711] File does not exist\n\
         [Mon Feb 05 10:00:02.123456 2024] [mpm_event:notice] [pid 71] AH00489: resuming normal operations\n",
    ),
    (
        "Caddy",
        "{\"level\":\"info\",\"ts\":1707127201.1,\"logger\":\"http.log.access\",\"msg\":\"handled request\",\"request\":\
         {\"remote_ip\":\"198.51.100.2\",\"method\":\"GET\",\"host\":\"mill.example\",\"uri\":\"/a\",\"headers\":\
         {\"User-Agent\":[\"curl/8\"]}},\"user_id\":\"\",\"duration\":0.03,\"size\":7,\"status\":200}\n\
         {\"level\":\"info\",\"ts\":1707127202.1,\"logger\":\"http.log.access\",\"msg\":\"handled request\",\"request\":\
         {\"remote_ip\":\"198.51.100.2\",\"method\":\"GET\",\"host\":\"mill.example\",\"uri\":\"/b\"},\"status\":404}\n",
    ),
    (
        "nginx in JSON",
        "{ \"time\": \"2024-02-05T10:00:01+00:00\", \"remote_addr\": \"198.51.100.2\", \"status\": \"200\", \
         \"request\": \"GET / HTTP/1.1\", \"request_method\": \"GET\", \"http_user_agent\": \"curl/8\" }\n",
    ),
    (
        "Traefik",
        "{\"ClientAddr\":\"198.51.100.2:4711\",\"DownstreamStatus\":200,\"RequestMethod\":\"GET\",\"RequestPath\":\"/\",\
         \"level\":\"info\",\"msg\":\"\",\"time\":\"2024-02-05T10:00:01Z\"}\n",
    ),
    (
        "docker",
        "{\"log\":\"started\\n\",\"stream\":\"stdout\",\"time\":\"2024-02-05T10:00:01.123456789Z\"}\n\
         {\"log\":\"stopped\\n\",\"stream\":\"stderr\",\"time\":\"2024-02-05T10:00:02.000000001Z\"}\n",
    ),
    (
        "MongoDB",
        "{\"t\":{\"$date\":\"2024-02-05T10:00:01.123+00:00\"},\"s\":\"I\",\"c\":\"NETWORK\",\"id\":22943,\
         \"msg\":\"Connection accepted\",\"attr\":{\"remote\":\"198.51.100.2:4711\"}}\n",
    ),
    (
        "S3",
        "79a59df900b949e5 mill-bucket [05/Feb/2024:10:00:01 +0000] 198.51.100.2 79a59df900b949e5 3E57427F3 \
         REST.GET.OBJECT a.txt \"GET /mill-bucket/a.txt HTTP/1.1\" 200 - 113 113 7 6 \"-\" \"curl/8\" -\n",
    ),
    (
        "Squid",
        "1707127201.123    105 198.51.100.2 TCP_MISS/200 1234 GET http://mill.example/ - DIRECT/192.0.2.1 text/html\n",
    ),
    ("prose", "Dear reader,\n\nthis is no log at all.\n"),
    ("commands without dates", "ls -l\ncd mill\nmake test\n"),
    (
        "a page",
        "<!DOCTYPE html>\n<html><body><ul><li><a href=\"https://mill.example/\">Mill</a></ul></body></html>\n",
    ),
    ("a document of settings", "{\"editor\": {\"tab\": 4}, \"since\": \"2024-02-05T10:00:01Z\"}\n"),
];

/// Of these, those that a source may learn to read: then only that source may claim them.
const MAY_BE_READ: &[(&str, &str)] = &[
    ("IIS", "log.http"),
    ("IIS, headless", "log.http"),
    ("Caddy", "log.http"),
    ("nginx in JSON", "log.http"),
    ("Traefik", "log.http"),
    ("S3", "log.http"),
];

#[test]
fn what_nobody_reads_is_nobodys() {
    let (registry, dir) = (Registry::built_in().unwrap(), TempDir::new().unwrap());
    let got: Vec<_> = UNREAD
        .iter()
        .map(|(format, text)| (*format, winner(&registry, &nameless(&dir, text.as_bytes()))))
        .filter(|(format, got)| got != "nobody" && !MAY_BE_READ.contains(&(*format, got.as_str())))
        .collect();
    assert!(got.is_empty(), "{got:#?}");
}

#[test]
fn names_decide_between_equals() {
    let (registry, dir) = (Registry::built_in().unwrap(), TempDir::new().unwrap());
    let named = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        winner(&registry, &path)
    };
    let daemons = "Feb  5 10:00:01 mill kernel: usb 1-1: new device\nFeb  5 10:00:02 mill app[7]: started\n";
    assert_eq!(named("syslog.1", daemons), "syslog");
    assert_eq!(named("messages-20240205", daemons), "syslog");
    assert_eq!(named("auth.log", daemons), "log.auth");
    let marks = "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n<DT><A HREF=\"https://a.example/\" \
                 ADD_DATE=\"1707127201\" TAGS=\"a\">A</A>\n</DL><p>\n";
    assert_eq!(named("delicious-2024.html", marks), "delicious.bookmarks");
    assert_eq!(named("bookmarks.html", marks), "bookmarks.html");
    // A name isn't a claim.
    assert_eq!(named("access.log", daemons), "log.auth");
    assert_eq!(named("zsh_history", "ls\n"), "nobody");
}
