//! What programs send to the site is in the database once, however often they send it and whenever the site is killed; and
//! only programs with a token may send anything.

mod activitywatch;
mod client;
mod otlp;
mod rsyslog;
mod sockets;

use crate::kit::{Home, pause};
use crate::logs::packed;
use crate::serve::Served;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// The token of a new client.
pub(crate) fn token(home: &Home, args: &[&str]) -> String {
    home.ok(&[&["tokens", "add"], args].concat()).stdout().trim().to_owned()
}

/// An answer: its status and its body.
struct Answer {
    status: u16,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }
}

/// Sends a body; `None` if the site doesn't answer.
fn try_post(host: &str, path: &str, headers: &[&str], body: &[u8]) -> Option<Answer> {
    let mut socket = TcpStream::connect(host).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).ok()?;
    // A body that is too large isn't read.
    let _ = socket.write_all(body);
    let mut got = String::new();
    socket.read_to_string(&mut got).ok()?;
    let (head, rest) = got.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = match head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        true => rest.split("\r\n").skip(1).step_by(2).collect(),
        false => rest.to_owned(),
    };
    Some(Answer { status, body })
}

#[track_caller]
fn post(served: &Served, path: &str, headers: &[&str], body: &[u8]) -> Answer {
    try_post(&served.host, path, headers, body).expect("an answer")
}

/// Waits until there are this many events.
#[track_caller]
pub(crate) fn until_events(home: &Home, n: usize) {
    let since = Instant::now();
    loop {
        let there = home.events(&[]).len();
        if there == n {
            return;
        }
        assert!(since.elapsed() < Duration::from_secs(30), "{there} events, not {n}");
        pause(Duration::from_millis(100));
    }
}

fn lines(from: u32, n: u32) -> String {
    let line = |n: u32| {
        format!("10.0.0.1 - - [10/Mar/2026:08:00:{:02} +0000] \"GET /{n} HTTP/1.1\" 200 5\n", n % 60)
    };
    (from..from + n).map(line).collect()
}

#[test]
fn lines_of_a_log_are_loaded_and_those_with_a_key_once() {
    let home = Home::new();
    let secret = token(&home, &["www1", "--source", "log.http", "--host", "web.example"]);
    let bearer = format!("Authorization: Bearer {secret}");
    let served = Served::start(&home, &[]);
    // As curl has it.
    let form = "Content-Type: application/x-www-form-urlencoded";
    let answer = post(&served, "/ingest/log.http", &[&bearer, form], lines(0, 3).as_bytes());
    assert_eq!((answer.status, answer.json()["lines"].as_u64()), (200, Some(3)), "{}", answer.body);
    let packed = packed(lines(3, 2).as_bytes(), "gz");
    let keyed = ["Idempotency-Key: batch-1", "Content-Encoding: gzip", &bearer];
    let first = post(&served, "/ingest/log.http", &keyed, &packed);
    assert_eq!(
        (first.status, &first.json()["known"], first.json()["lines"].as_u64()),
        (200, &Value::Bool(false), Some(2))
    );
    let again = post(&served, "/ingest/log.http", &keyed, &packed);
    assert_eq!((again.status, &again.json()["known"]), (200, &Value::Bool(true)));
    until_events(&home, 5);
    assert!(
        home.events(&[]).iter().all(|event| event["host"] == "web.example"),
        "its token says where it runs"
    );
    // Equal lines of two requests are two lines.
    for _ in 0..2 {
        assert_eq!(post(&served, "/ingest/log.http", &[&bearer], lines(0, 1).as_bytes()).status, 200);
    }
    let other_key = ["Idempotency-Key: batch-2", &bearer];
    assert_eq!(post(&served, "/ingest/log.http", &other_key, lines(0, 1).as_bytes()).status, 200);
    until_events(&home, 8);
    // The site ends without a word, and another takes its place.
    served.kill();
    let served = Served::start(&home, &[]);
    assert_eq!(post(&served, "/ingest/log.http", &keyed, &packed).json()["known"], Value::Bool(true));
    assert_eq!(post(&served, "/ingest/log.http", &[&bearer], lines(5, 1).as_bytes()).status, 200);
    until_events(&home, 9);
    home.ok(&["db", "check", "--deep"]);
    served.end("-INT");
}

#[test]
fn only_programs_with_a_token_may_send_and_only_what_it_is_for() {
    let home = Home::new();
    let (web, all) = (token(&home, &["web", "--source", "log.http"]), token(&home, &["all"]));
    let short = token(&home, &["short", "--expires", "1s"]);
    let (web, all) = (format!("Authorization: Bearer {web}"), format!("Authorization: Bearer {all}"));
    let served = Served::start(&home, &[]);
    let to = |path: &str, headers: &[&str], body: &[u8]| post(&served, path, headers, body).status;
    let line = lines(0, 1);
    let line = line.as_bytes();
    pause(Duration::from_millis(1_100));
    assert_eq!(to("/ingest/log.http", &[], line), 401);
    assert_eq!(to("/ingest/log.http", &["Authorization: Bearer nonsense"], line), 401);
    assert_eq!(
        to("/ingest/log.http", &[&format!("Authorization: Bearer {short}")], line),
        401,
        "it has expired"
    );
    assert_eq!(to("/ingest/syslog", &[&web], line), 403);
    assert_eq!(to("/ingest/log.htp", &[&all], line), 400);
    assert_eq!(to("/ingest/ical", &[&all], line), 422, "a document can't be sent in parts");
    assert_eq!(to("/ingest/log.http", &[&all], b""), 400);
    let large = vec![b'x'; 17 << 20];
    assert_eq!(to("/ingest/log.http", &[&all], &large), 413);
    assert_eq!(to("/ingest/log.http", &[], &large[..100_000]), 413, "without a token much less is read");
    assert_eq!(to("/ingest/log.http", &[&all], &packed(&vec![b'\n'; 200 << 20], "zst")), 422);
    assert_eq!(to("/ingest/log.http", &[&all], line), 200);
    until_events(&home, 1);
    home.ok(&["tokens", "revoke", "all"]);
    pause(Duration::from_millis(3_500));
    assert_eq!(to("/ingest/log.http", &[&all], line), 401, "it was revoked");
    served.end("-INT");
    let listed = home.ok(&["tokens", "list", "-O", "csv"]).stdout();
    assert!(
        listed.contains("\nshort,") && listed.contains("\nweb,log.http,") && !listed.contains("\nall,"),
        "{listed}"
    );
    assert!(!listed.contains(&web[22..]), "no secret is shown again");
    home.run(&["tokens", "add", "web"]).exits(2).says(&["there is a token web already"]);
    home.run(&["tokens", "add", "../x"]).exits(2).says(&["can't be the name of a token"]);
    home.run(&["tokens", "revoke", "sort"]).exits(2).says(&["did you mean short?"]);
}

#[test]
fn heartbeats_of_editors_are_stored_once_and_counted_by_their_rule() {
    let home = Home::new();
    let secret = token(&home, &["vscode", "--source", "wakatime", "--user", "ada"]);
    // As WakaTime's own client sends it.
    let basic = format!("Authorization: Basic {}", base64(secret.as_bytes()));
    let headers = [
        &basic,
        "X-Machine-Name: ada%27s laptop",
        "User-Agent: wakatime/v1.98 (linux) go1.22 vim/9 vim-wakatime/11",
    ];
    let beat = |second: u32, file: &str| {
        format!(
            r#"{{"time": {}, "entity": "/home/ada/src/tides/{file}", "type": "file", "project": "tides"}}"#,
            1_773_000_000 + second
        )
    };
    let bulk = "/api/v1/users/current/heartbeats.bulk";
    let served = Served::start(&home, &["--now", "2026-03-08T23:00:00Z"]);
    // The gaps of a worked example: 60, 120, 30, 570, 630, 890 and 930 seconds.
    let mut at = 0;
    let mut beats = vec![beat(0, "main.rs")];
    for gap in [60, 120, 30, 570, 630, 890, 930] {
        at += gap;
        beats.push(beat(at, "main.rs"));
    }
    let body = format!("[{}]", beats.join(","));
    let answer = post(&served, bulk, &headers, body.as_bytes());
    let responses = answer.json()["responses"].as_array().unwrap().clone();
    assert_eq!((answer.status, responses.len()), (202, 8), "{}", answer.body);
    assert!(responses.iter().all(|response| response[1] == 201 && response[0]["data"]["id"].is_string()));
    // The client did not hear the answer.
    assert_eq!(post(&served, bulk, &headers, body.as_bytes()).status, 202);
    until_events(&home, 8);
    served.kill();
    let served = Served::start(&home, &["--now", "2026-03-08T23:00:00Z"]);
    assert_eq!(post(&served, bulk, &headers, body.as_bytes()).status, 202);
    // One by one, as a text, and with mistakes.
    let single =
        post(&served, "/api/v1/users/current/heartbeats", &headers, beat(9_000, "other.rs").as_bytes());
    assert_eq!(single.status, 201, "{}", single.body);
    let text = serde_json::to_string(&format!("[{}]", beat(9_001, "third.rs"))).unwrap();
    assert_eq!(post(&served, bulk, &headers, text.as_bytes()).status, 202);
    let mixed =
        format!(r#"[{{"entity": "x"}}, {}, {{"time": 9e12, "entity": "x"}}, 7]"#, beat(9_002, "main.rs"));
    let mixed = post(&served, bulk, &headers, mixed.as_bytes()).json();
    let statuses: Vec<_> =
        mixed["responses"].as_array().unwrap().iter().map(|response| response[1].clone()).collect();
    assert_eq!(statuses, [400, 201, 400, 400]);
    assert_eq!(mixed["responses"][0][0]["errors"]["time"][0], "seconds since 1970 are required");
    assert_eq!(post(&served, bulk, &headers, b"<html>").status, 400);
    until_events(&home, 11);
    let events = home.events(&[]);
    assert!(events.iter().all(|event| event["host"] == "ada's laptop"
        && event["user"] == "ada"
        && event["project"] == "tides"));
    let today = served.get("/api/v1/users/current/statusbar/today", &format!("{basic}\r\n"));
    let today: Value = serde_json::from_str(
        today[today.find("{\"cached_at").or(today.find("{\"data")).unwrap()..].lines().next().unwrap(),
    )
    .unwrap();
    assert_eq!(
        today["data"]["grand_total"]["total_seconds"], 2_302.0,
        "2300 of the example, and two more: {today}"
    );
    assert_eq!(today["data"]["categories"][0]["name"], "coding");
    assert_eq!(today["data"]["projects"][0]["name"], "tides");
    // The same by days.
    let days = "/api/v1/users/current/summaries?start=2026-03-07&end=2026-03-08";
    let days = served.get(days, &format!("{basic}\r\n"));
    let days: Value = serde_json::from_str(&days[days.find("{\"cumulative").unwrap()..]).unwrap();
    let seconds = |n: usize| days["data"][n]["grand_total"]["total_seconds"].as_f64();
    assert_eq!((seconds(0), seconds(1), seconds(2)), (Some(0.0), Some(2_302.0), None), "{days}");
    assert_eq!(days["cumulative_total"]["seconds"], 2_302.0);
    assert_eq!(days["data"][1]["range"]["date"], "2026-03-08");
    let wrong = "/api/v1/users/current/summaries?start=2026-03-08&end=2026-03-07";
    assert!(served.get(wrong, &format!("{basic}\r\n")).starts_with("HTTP/1.1 400"));
    assert!(served.get("/api/v1/users/current/statusbar/today", "").starts_with("HTTP/1.1 401"));
    let other = format!("Authorization: Bearer {}\r\n", token(&home, &["log", "--source", "log.http"]));
    pause(Duration::from_millis(3_500));
    assert!(served.get("/api/v1/users/current/statusbar/today", &other).starts_with("HTTP/1.1 403"));
    assert!(served.get("/api/hours", &other).starts_with("HTTP/1.1 401"), "it reads nothing else");
    served.end("-INT");
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().fold(0_u32, |n, byte| n << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let digit = DIGITS[(n >> (18 - 6 * i) & 63) as usize];
            text.push(if i <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[test]
fn what_was_received_is_purged_too_and_the_site_takes_more() {
    let home = Home::new();
    let bearer = format!("Authorization: Bearer {}", token(&home, &["sender"]));
    let secret = lines(0, 1).replace("GET /0", "GET /hippopotamus");
    let served = Served::start(&home, &[]);
    let send = |body: &str, headers: &[&str]| {
        assert_eq!(
            post(&served, "/ingest/log.http", &[&[bearer.as_str()], headers].concat(), body.as_bytes())
                .status,
            200
        );
    };
    send(&secret, &[]);
    send(&secret.replace("08:00:00", "08:00:30"), &["Idempotency-Key: a"]);
    send(&lines(1, 1), &[]);
    until_events(&home, 3);
    home.run(&["purge", "--check", "hippopotamus"]).exits(1).says(&["received file"]);
    home.ok(&["purge", "hippopotamus"]);
    home.ok(&["purge", "--check", "hippopotamus"]).says(&["nothing matches"]);
    let spool = home.path("data/workhours/fs/spool");
    let found =
        std::process::Command::new("grep").args(["-rl", "hippopotamus"]).arg(&spool).output().unwrap();
    assert!(found.stdout.is_empty(), "{}", String::from_utf8_lossy(&found.stdout));
    // The file that the site was writing to is gone. What it takes now is not lost with it.
    send(&lines(2, 2), &[]);
    send(&secret.replace("08:00:00", "08:00:30"), &["Idempotency-Key: a"]);
    until_events(&home, 3);
    pause(Duration::from_secs(1));
    assert_eq!(home.events(&[]).len(), 3, "and what was purged does not come back with its key");
    served.end("-INT");
}

#[test]
fn each_acknowledged_line_is_there_once_though_the_site_is_killed() {
    let home = Home::new();
    let bearer = format!("Authorization: Bearer {}", token(&home, &["sender"]));
    let mut served = Served::start(&home, &[]);
    let mut sent = 0;
    for n in 0..60_u32 {
        let key = format!("Idempotency-Key: {n}");
        let body = lines(n * 10, 10);
        if n % 12 == 11 {
            // At any moment of what follows: a killer that doesn't wait.
            served.kill_after(Duration::from_millis(u64::from(n % 7)));
        }
        // A sender tries until it has an answer.
        let mut tries = 0;
        while try_post(&served.host, "/ingest/log.http", &[&key, &bearer], body.as_bytes())
            .is_none_or(|answer| answer.status != 200)
        {
            tries += 1;
            assert!(tries < 50, "never taken: {n}");
            if served.has_ended() {
                served = Served::start(&home, &[]);
            }
            pause(Duration::from_millis(20));
        }
        sent += 10;
    }
    // The last killer may be on its way.
    pause(Duration::from_millis(500));
    if served.has_ended() {
        served = Served::start(&home, &[]);
    }
    until_events(&home, sent);
    pause(Duration::from_secs(1));
    assert_eq!(home.events(&[]).len(), sent);
    served.end("-INT");
}
