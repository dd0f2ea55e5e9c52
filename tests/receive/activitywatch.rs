//! ActivityWatch's watchers: their heartbeats become events, once, and the time when no one was there isn't worked.

use super::{post, token, try_post, until_events};
use crate::kit::{Home, pause, skipped};
use crate::serve::Served;
use serde_json::{Value, json};
use std::process::Command;

/// Seconds after the begin of the example, as watchers write times.
fn at(seconds: f64) -> String {
    let us = 1_773_000_000_000_000 + (seconds * 1e6) as i64;
    chrono::DateTime::from_timestamp_micros(us).unwrap().to_rfc3339()
}

fn event(from: f64, until: f64, data: &Value) -> Value {
    json!({ "timestamp": at(from), "duration": until - from, "data": data })
}

const JSON: &str = "Content-Type: application/json";

/// A site that lets watchers of this machine in.
fn open_site(home: &Home) -> Served {
    home.write("wh.toml", "[server]\nlocal_watchers = true\n");
    Served::start(home, &["-c", "wh.toml"])
}

fn make(served: &Served, id: &str, kind: &str) -> u16 {
    let about = json!({ "client": "test", "hostname": "laptop", "type": kind }).to_string();
    post(served, &format!("/api/0/buckets/{id}"), &[JSON], about.as_bytes()).status
}

fn beat(served: &Served, seconds: f64, app: &str) -> Value {
    let body = event(seconds, seconds, &json!({ "app": app, "title": app })).to_string();
    let answer = post(served, "/api/0/buckets/window/heartbeat?pulsetime=10", &[JSON], body.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[test]
fn heartbeats_grow_one_event_until_another_begins() {
    let home = Home::new();
    let served = open_site(&home);
    let missing = post(&served, "/api/0/buckets/window/heartbeat?pulsetime=10", &[JSON], b"{}");
    assert_eq!(missing.status, 400);
    let body = event(0.0, 0.0, &json!({})).to_string();
    let missing = post(&served, "/api/0/buckets/window/heartbeat?pulsetime=10", &[JSON], body.as_bytes());
    assert_eq!((missing.status, missing.body.contains("no bucket")), (404, true), "{}", missing.body);
    assert_eq!(
        (make(&served, "window", "currentwindow"), make(&served, "window", "currentwindow")),
        (200, 304)
    );
    for n in 0..5 {
        assert_eq!(beat(&served, f64::from(n) * 5.0, "Code")["duration"], f64::from(n) * 5.0);
    }
    until_events(&home, 1);
    // Killed while the event grows.
    let host = served.host.clone();
    served.end("-KILL");
    let port = host.rsplit(':').next().unwrap();
    let served = Served::of(&mut home.command(&["serve", "-c", "wh.toml", "--port", port]));
    assert_eq!(beat(&served, 30.0, "Code")["duration"], 30.0);
    beat(&served, 35.0, "Mail");
    // Sent again.
    assert_eq!(beat(&served, 35.0, "Mail")["duration"], 0.0);
    until_events(&home, 2);
    let lasted = |home: &Home| {
        let events = home.events(&[]);
        events.iter().map(|e| (e["title"].clone(), e["duration_ms"].clone())).collect::<Vec<_>>()
    };
    let want = [(json!("Code"), json!(30_000.0)), (json!("Mail"), json!(0.0))];
    for _ in 0..100 {
        if lasted(&home) == want {
            break;
        }
        pause(std::time::Duration::from_millis(100));
    }
    assert_eq!(lasted(&home), want);
    // What was received is purged: it's gone from here too, and the event that grows continues as another one.
    home.ok(&["purge", "Code"]);
    assert_eq!(lasted(&home), want[1..]);
    beat(&served, 40.0, "Mail");
    until_events(&home, 2);
    let shown = served.get("/api/0/buckets/window/events", "");
    assert!(shown.contains("Mail") && !shown.contains("Code"), "{shown}");
    let total: f64 = lasted(&home).iter().filter_map(|(_, ms)| ms.as_f64()).sum();
    assert!((total - 5_000.0).abs() < 1.0, "{:?}", lasted(&home));
    served.end("-INT");
}

#[test]
fn only_watchers_of_this_machine_need_no_token() {
    let home = Home::new();
    let served = open_site(&home);
    let status = |headers: &[&str], path: &str| post(&served, path, headers, b"{\"type\":\"x\"}").status;
    assert_eq!(status(&[JSON], "/api/0/buckets/a"), 200);
    let extension = "Origin: moz-extension://0b1c";
    assert_eq!(status(&[JSON, extension], "/api/0/buckets/b"), 200);
    assert_eq!(status(&[JSON, extension], "/api/0/buckets/b/events"), 403, "it may not do more");
    assert_eq!(status(&[JSON, "Origin: https://evil.example"], "/api/0/buckets/c"), 403);
    assert_eq!(status(&["Content-Type: text/plain"], "/api/0/buckets/c"), 415, "as a form of a page");
    served.end("-INT");
    // Without the setting, only with a token that is for it.
    let wrong = format!("Authorization: Bearer {}", token(&home, &["logs", "--source", "syslog"]));
    let right = format!("Authorization: Bearer {}", token(&home, &["aw", "--source", "activitywatch"]));
    let served = Served::start(&home, &[]);
    let status = |headers: &[&str]| post(&served, "/api/0/buckets/d", headers, b"{\"type\":\"x\"}").status;
    assert_eq!(status(&[JSON]), 401);
    assert_eq!(status(&[JSON, &wrong]), 403);
    assert_eq!(status(&[JSON, &right]), 200);
    served.end("-INT");
}

#[test]
fn a_purged_event_that_grew_does_not_come_back() {
    let home = Home::new();
    let mut text = String::new();
    for (start, app) in [(0, "A1"), (3600, "B1")] {
        for n in 0..3_i64 {
            text += &line("window", "currentwindow", (start, start + n * 10), &json!({ "app": app }));
        }
    }
    home.write("aw.log", text + "\n");
    home.load(&["-s", "activitywatch", "aw.log"]);
    home.ok(&["purge", "^A1$"]);
    home.ok(&["db", "check", "--deep"]);
    home.ok(&["inputs", "reload", "1", "--force"]);
    assert_eq!(home.column("title"), ["B1"]);
}

/// The example of the worked hours: windows, and when someone was there.
fn example(served: &Served) {
    for (id, kind) in [("window", "currentwindow"), ("afk", "afkstatus")] {
        assert_eq!(make(served, id, kind), 200);
    }
    let window =
        |from, until, app: &str, title: &str| event(from, until, &json!({ "app": app, "title": title }));
    let windows = json!([
        window(0.0, 300.0, "Code", "a.rs"),
        window(302.0, 802.0, "Firefox", "docs"),
        window(806.0, 1506.0, "Code", "b.rs"),
        window(1520.0, 3000.0, "Firefox", "video"),
    ]);
    let presence = |from, until, status: &str| event(from, until, &json!({ "status": status }));
    let presence = json!([
        presence(0.0, 600.0, "not-afk"),
        presence(600.0, 1000.0, "afk"),
        presence(1000.0, 2000.0, "not-afk"),
        presence(2003.0, 2303.0, "afk"),
        presence(2303.0, 3000.0, "not-afk"),
    ]);
    for (id, events) in [("window", windows), ("afk", presence)] {
        let path = format!("/api/0/buckets/{id}/events");
        assert_eq!(post(served, &path, &[JSON], events.to_string().as_bytes()).status, 200);
    }
}

#[test]
fn time_away_is_not_worked() {
    let home = Home::new();
    let served = open_site(&home);
    example(&served);
    until_events(&home, 9);
    let ran = |args: &[&str]| {
        let all = [&["-c", "wh.toml", "-r", "hours", "-G", "0.1", "-O", "json"], args].concat();
        home.ok(&all)
    };
    let hours = |args: &[&str]| {
        let table: Value = serde_json::from_str(&ran(args).stdout()).unwrap();
        let rows = table["rows"].as_array().unwrap_or_else(|| table.as_array().unwrap()).clone();
        rows.iter().filter_map(|row| row["hours"].as_f64()).sum::<f64>() * 3600.0
    };
    // As ActivityWatch's own query has it: windows while someone was there.
    assert!((hours(&[]) - 2284.5).abs() < 0.5, "{}", hours(&[]));
    // Asked in other ways: the same windows in two parts, and with columns.
    let parts = hours(&["--to", "2026-03-08T20:20Z"]) + hours(&["--from", "2026-03-08T20:20Z"]);
    assert!((parts - 2284.5).abs() < 1.0, "{parts}");
    let divided = hours(&["--where", "meta.app:Code"]) + hours(&["--where", "NOT meta.app:Code"]);
    assert!((divided - 2284.5).abs() < 1.0, "{divided}");
    home.ok(&["columns", "rebuild"]);
    assert!((hours(&[]) - 2284.5).abs() < 0.5);
    ran(&[]).says(&["0.2 h of windows and tabs don't count: no one was at the keyboard"]);
    // Of the 701.5 s away 301.5 s are after 20:20.
    ran(&["--from", "2026-03-08T20:20Z"]).says(&["0.1 h of windows"]);
    served.end("-INT");
}

/// A line of the source: an event of a bucket.
fn line(bucket: &str, kind: &str, (from, until): (i64, i64), data: &Value) -> String {
    let mut event = event(from as f64, until as f64, data);
    event["bucket"] = json!(bucket);
    event["type"] = json!(kind);
    event["hostname"] = json!("laptop");
    format!("{event}\n")
}

#[test]
fn hours_with_time_away_are_the_same_however_they_are_asked_for() {
    // Whole seconds of four days: windows and times away of any length, also some that reach over midnight.
    let mut seed = 20_260_308_u64;
    let mut random = |below: i64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as i64 % below
    };
    let (length, gap) = (4 * 86_400, 90);
    let mut text = String::new();
    let mut worked = vec![false; length as usize];
    let mut at = 0;
    while at < length - 20_000 {
        let until = at + 1 + if random(4) == 0 { random(15_000) } else { random(900) };
        text +=
            &line("window", "currentwindow", (at, until), &json!({ "app": "Code", "title": at.to_string() }));
        worked[at as usize..until as usize].fill(true);
        at = until + if random(5) == 0 { random(9_000) } else { random(200) };
    }
    let mut at = random(3_000);
    while at < length - 20_000 {
        let until =
            at + 10 + if random(5) == 0 { random(40_000).min(length - 100 - at) } else { random(2_000) };
        text += &line("afk", "afkstatus", (at, until), &json!({ "status": "afk" }));
        let end = (until as usize).min(worked.len());
        worked[at as usize..end].fill(false);
        at = until + 10 + random(4_000);
    }
    // Pauses of up to the gap time count.
    let mut last = None;
    for second in 0..worked.len() {
        if worked[second] {
            let pause = last.map_or(0, |last: usize| second - last - 1);
            if pause > 0 && pause <= gap as usize {
                worked[second - pause..second].fill(true);
            }
            last = Some(second);
        }
    }
    let home = Home::new();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_by_key(|line| line.split("\"timestamp\":\"").nth(1).map(str::to_owned));
    home.write("aw.jsonl", lines.join("\n") + "\n\n");
    home.load(&["-s", "activitywatch", "aw.jsonl"]);
    let hours = |args: &[&str]| {
        let args = [&["-r", "hours", "-G", "1.5", "-O", "json"], args].concat();
        let rows: Value = serde_json::from_str(&home.ok(&args).stdout()).unwrap();
        rows.as_array().unwrap().iter().filter_map(|row| row["hours"].as_f64()).sum::<f64>() * 3600.0
    };
    let between =
        |from: usize, until: usize| worked[from..until].iter().filter(|worked| **worked).count() as f64;
    let whole = between(0, worked.len());
    assert!(whole > 20_000.0 && (hours(&[]) - whole).abs() < 0.01, "{} and {whole}", hours(&[]));
    for n in 1..12 {
        let second = (n * length / 12 + random(3_000)) as usize;
        let moment = at_text(second);
        let (before, after) = (hours(&["--to", &moment]), hours(&["--from", &moment]));
        let want = (between(0, second), between(second, worked.len()));
        assert!(
            (before - want.0).abs() < 0.01 && (after - want.1).abs() < 0.01,
            "{moment}: {before} and {after}, not {want:?}"
        );
    }
    assert!((hours(&["--by", "source"]) - whole).abs() < 0.01);
    home.ok(&["columns", "rebuild"]);
    assert!((hours(&[]) - whole).abs() < 0.01, "with columns");
}

fn at_text(second: usize) -> String {
    at(second as f64).replace("+00:00", "Z")
}

/// ActivityWatch's own client: buckets and heartbeats with its queue, while the site is down and afterwards; then active time
/// as ActivityWatch's own functions have it of what the site gives back.
const PROGRAM: &str = "\
import sys, json, time
from datetime import datetime, timedelta, timezone
from aw_client import ActivityWatchClient
from aw_core.models import Event
from aw_transform import flood, filter_keyvals, filter_period_intersect, period_union
step, port = sys.argv[1], int(sys.argv[2])
begin = datetime.fromtimestamp(1773000000, timezone.utc)
client = ActivityWatchClient('aw-watcher-test', host='127.0.0.1', port=port)
if step == 'info':
    print(json.dumps(client.get_info()))
elif step == 'queue':
    client.create_bucket('queued', 'currentwindow', queued=True)
    with client:
        for n in range(21):
            beat = Event(timestamp=begin + timedelta(seconds=n), data={'app': 'Code' if n < 11 else 'Mail'})
            client.heartbeat('queued', beat, pulsetime=5, queued=True, commit_interval=2)
        time.sleep(float(sys.argv[3]))
elif step == 'active':
    windows = flood(client.get_events('window', limit=-1))
    present = filter_keyvals(flood(client.get_events('afk', limit=-1)), 'status', ['not-afk'])
    active = filter_period_intersect(windows, present)
    print(sum((event.duration for event in active), timedelta()).total_seconds())
";

#[test]
fn activitywatchs_client_loses_nothing_while_the_site_is_away() {
    let python = std::env::var("WORKHOURS_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let has = Command::new(&python).args(["-c", "import aw_client, aw_core, aw_transform"]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        skipped(format_args!("{python} cannot import aw_client"));
        return;
    }
    let home = Home::new();
    let run = |args: &[&str]| {
        let mut command = Command::new(&python);
        command.args(["-c", PROGRAM]).args(args).env("HOME", home.path("")).env_remove("XDG_CACHE_HOME");
        command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_DATA_HOME").current_dir(home.path(""));
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let served = open_site(&home);
    let host = served.host.clone();
    let port = host.rsplit(':').next().unwrap().to_owned();
    assert!(run(&["info", &port]).contains("workhours"));
    example(&served);
    served.end("-INT");
    // The site is away; the client keeps what it has on the disk.
    run(&["queue", &port, "0"]);
    let served = Served::of(&mut home.command(&["serve", "-c", "wh.toml", "--port", &port]));
    run(&["queue", &port, "3"]);
    until_events(&home, 11);
    let active: f64 = run(&["active", &port]).trim().parse().unwrap();
    assert!((active - 2284.5).abs() < 0.01, "{active}");
    let queued = home.events(&["--where", "meta.bucket:queued"]);
    let lasted: f64 = queued.iter().filter_map(|event| event["duration_ms"].as_f64()).sum();
    assert!(lasted >= 18_000.0, "{queued:?}");
    served.end("-INT");
}

#[test]
fn an_export_can_be_imported() {
    let home = Home::new();
    let served = open_site(&home);
    example(&served);
    until_events(&home, 9);
    let answer = served.get("/api/0/export", "");
    let exported = answer.split_once("\r\n\r\n").unwrap().1;
    let all: Value = serde_json::from_str(exported).unwrap();
    assert_eq!(all["buckets"]["window"]["events"].as_array().map(Vec::len), Some(4), "{all}");
    assert_eq!(all["buckets"]["afk"]["events"][4]["data"], json!({ "status": "not-afk" }));
    served.end("-INT");
    let other = Home::new();
    let served = open_site(&other);
    assert_eq!(post(&served, "/api/0/import", &[JSON], exported.as_bytes()).status, 200);
    // Repeated, because the answer was lost.
    assert!(try_post(&served.host, "/api/0/import", &[JSON], exported.as_bytes()).is_some());
    until_events(&other, 9);
    let all = |home: &Home| {
        let events = home.events(&[]).into_iter();
        let mut all: Vec<String> = events
            .map(|e| format!("{} {} {} {}", e["date"], e["duration_ms"], e["title"], e["meta"]))
            .collect();
        all.sort();
        all
    };
    assert_eq!(all(&other), all(&home));
    served.end("-INT");
}
