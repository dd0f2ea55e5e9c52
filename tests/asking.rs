//! Promise: questions without a report of their own can be answered. Every report takes a query, and its rows can be
//! grouped, sorted and cut.

use crate::kit::{ACCESS, Home};
use serde_json::Value;

fn home() -> Home {
    let home = Home::new();
    let line = |i: usize| {
        let (status, path) = if i.is_multiple_of(5) { (404, "/none") } else { (200, "/page.html?x=1") };
        let agent = if i.is_multiple_of(2) { "Mozilla/5.0" } else { "Googlebot/2.1" };
        format!(
            "192.0.2.{} - - [0{}/May/2024:10:00:{:02} +0000] \"GET {path} HTTP/1.1\" {status} {} \"https://a.example.co.uk/{i}\" \"{agent}\"\n",
            i % 3,
            1 + i / 30,
            i % 30,
            i * 10
        )
    };
    home.write("access.log", (0..60).map(line).collect::<String>());
    home.load(&ACCESS);
    home
}

fn rows(home: &Home, args: &[&str]) -> Vec<Value> {
    home.ok(&[args, &["-O", "jsonl"]].concat()).json_lines()
}

#[test]
fn queries_choose() {
    let home = home();
    let count = |query: &str| rows(&home, &["-r", "events", "--where", query]).len();
    for (query, n) in [
        ("", 60),
        ("status:404", 12),
        ("status>=400 -peer:192.0.2.0", 8),
        ("peer:192.0.2.1 OR peer:192.0.2.2", 40),
        ("date:2024-05-02", 30),
        ("date>=2024-05-02 status:200", 24),
        ("agent:googlebot", 30),
        ("url:none", 12),
        ("referrer:\"a.example.co.uk\"", 60),
        ("size_bytes:[100 TO 190]", 10),
        ("path:access source:log.http", 60),
        ("nothing", 0),
    ] {
        assert_eq!(count(query), n, "{query}");
    }
    assert_eq!(
        rows(&home, &["-r", "events", "--where", "status:404", "--where", "date:2024-05-01"]).len(),
        6
    );
    home.run(&["-r", "events", "--where", "(status:404"]).exits(2).says(&[
        "cannot read the query, at character 1",
        "never closed",
        "hint: (status:404\n      ^",
    ]);
}

#[test]
fn rows_are_grouped_sorted_and_cut() {
    let home = home();
    let hosts = rows(&home, &["-r", "events", "--group-by", "peer", "--sort=-peer", "--limit", "2"]);
    assert_eq!(hosts.len(), 2);
    assert_eq!((&hosts[0]["peer"], &hosts[0]["count"]), (&"192.0.2.2".into(), &20.into()));
    let first = rows(&home, &["-r", "events", "--sort=-date,url", "--limit", "1"]);
    assert_eq!(first[0]["date"], "2024-05-02T10:00:29Z");
    assert_eq!(rows(&home, &["-r", "events", "--limit", "0"]).len(), 0);
    home.run(&["-r", "events", "--sort", "hots"])
        .exits(2)
        .says(&["unknown column \"hots\"", "did you mean host?"]);
}

#[test]
fn a_web_log_at_a_glance() {
    let home = home();
    let all = rows(&home, &["-r", "http"]);
    let find = |section: &str, value: &str| {
        let row = all.iter().find(|row| row["section"] == section && row["value"] == value);
        row.map(|row| {
            (row["hits"].as_i64().unwrap(), row["visitors"].as_i64().unwrap(), row["bytes"].as_i64().unwrap())
        })
    };
    assert_eq!(find("total", "requests"), Some((60, 12, 17_700)), "3 addresses, 2 programs, 2 days");
    assert_eq!(find("status", "404").map(|(hits, ..)| hits), Some(12));
    assert_eq!(find("not_found", "/none").map(|(hits, ..)| hits), Some(12));
    assert_eq!(find("path", "/page.html?x=1").map(|(hits, ..)| hits), Some(48));
    assert_eq!(find("client", "robot").map(|(hits, ..)| hits), Some(30));
    assert_eq!(find("referrer", "a.example.co.uk").map(|(hits, ..)| hits), Some(60));
    assert_eq!(find("method", "GET"), find("protocol", "HTTP/1.1"));
}

#[test]
fn histograms_leave_no_holes() {
    let home = home();
    let days = rows(&home, &["-r", "histogram", "--timezone", "UTC"]);
    assert_eq!(days.iter().map(|r| r["count"].as_i64().unwrap()).collect::<Vec<_>>(), [30, 30]);
    let hours = rows(&home, &["-r", "histogram", "--bucket", "hour", "--timezone", "UTC"]);
    assert_eq!(hours.len(), 25);
    assert_eq!(hours.iter().map(|r| r["count"].as_i64().unwrap()).sum::<i64>(), 60);
    let by = rows(&home, &["-r", "histogram", "--by", "domain", "--bucket", "month"]);
    assert_eq!(by.len(), 1);
}

#[test]
fn reports_are_kept_by_name() {
    let home = home();
    let asked = ["-r", "events", "--where", "status:404", "--group-by", "peer", "--sort=-count"];
    let want = home.ok(&[&asked[..], &["-O", "csv"]].concat()).stdout();
    home.ok(&[&asked[..], &["reports", "save", "lost"]].concat())
        .says(&["saved lost", "workhours reports run lost"]);
    assert_eq!(home.ok(&["-O", "csv", "reports", "run", "lost"]).stdout(), want);
    // The command line overrides what was saved.
    let one =
        home.ok(&["--limit", "1", "--where", "status:200", "-O", "csv", "reports", "run", "lost"]).stdout();
    assert_eq!(one.lines().count(), 2);
    assert_ne!(one.lines().nth(1), want.lines().nth(1));
    let list = rows(&home, &["reports", "list"]);
    assert_eq!(list[0]["settings"]["wheres"][0], "status:404", "{list:?}");
    home.ok(&["-r", "peers", "reports", "save", "lost"]).says(&["replaced lost"]);
    assert_eq!(
        home.ok(&["-O", "csv", "reports", "run", "lost"]).stdout(),
        home.ok(&["-r", "peers", "-O", "csv"]).stdout()
    );
    let gaps = |args: &[&str]| rows(&home, &[&["--activity", "all"], args].concat()).len();
    home.ok(&["-r", "gaps", "-G", "0.01", "reports", "save", "pauses"]);
    assert_eq!(gaps(&["reports", "run", "pauses"]), gaps(&["-r", "gaps", "-G", "0.01"]));
    assert_ne!(gaps(&["reports", "run", "pauses"]), gaps(&["-r", "gaps"]));
    home.ok(&["reports", "delete", "pauses"]);
    home.run(&["reports", "save", "x"]).exits(2).says(&["no report to save", "hint:"]);
    home.run(&["-r", "events", "--where", "(", "reports", "save", "x"])
        .exits(2)
        .says(&["cannot read the query"]);
    home.run(&["reports", "run", "lots"]).exits(2).says(&["unknown saved report", "did you mean lost?"]);
    home.ok(&["reports", "delete", "lost"]);
    assert!(rows(&home, &["reports", "list"]).is_empty());
}

#[test]
fn reports_of_the_config() {
    let home = home();
    home.write(
        "reports.toml",
        "[reports]\nlost = \"-r http --where 'status:404' --limit 3\"\nwrong = \"-r htp\"\nodd = '-r peers --bye'\n\
         open = \"-r peers --where 'x\"\nloads = '-r peers -P'\n",
    );
    home.write("reports.ini", "[reports]\nlost = -r peers\n    --limit 1\n");
    let run = |args: &[&str]| home.run(&[&["-c", "reports.toml", "-O", "jsonl"], args].concat());
    assert_eq!(run(&["reports", "run", "lost"]).exits(0).json_lines().len(), 3);
    assert_eq!(run(&["--limit", "1", "reports", "run", "lost"]).exits(0).json_lines().len(), 1);
    let ini = home.run(&["-c", "reports.ini", "-O", "jsonl", "reports", "run", "lost"]).exits(0);
    assert_eq!(ini.json_lines().len(), 1);
    for (name, why) in [
        ("wrong", "unknown report \"htp\""),
        ("odd", "reports.toml:4: the report odd: unexpected argument '--bye'"),
        ("open", "reports.toml:5: the report open: a quote is not closed"),
        ("loads", "reports.toml:6: the report loads: it cannot load inputs"),
    ] {
        run(&["reports", "run", name]).exits(2).says(&[why, "hint:"]);
    }
    run(&["-r", "peers", "reports", "save", "lost"])
        .exits(2)
        .says(&["reports.toml:2: a report lost already exists"]);
    run(&["reports", "delete", "lost"]).exits(2).says(&["is in the config", "delete its line"]);
    home.write("reports.toml", "[reports]\nlost = \"-r http --where 'status:404' --limit 3\"\n");
    home.ok(&["-r", "peers", "reports", "save", "machines"]);
    let listed = run(&["reports", "list"]).exits(0).json_lines();
    let names: Vec<_> = listed.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["machines", "lost"]);
    assert_eq!(listed[1]["settings"]["wheres"][0], "status:404");
    assert!(listed[1]["origin"].as_str().unwrap().ends_with("reports.toml:2"));
    assert!(home.ok(&["-c", "reports.toml", "config", "show"]).stdout().contains("reports.\"lost\" = "));
}

#[test]
fn snapshots_stay_as_they_were() {
    let home = home();
    home.ok(&["-r", "peers", "--sort", "peer", "reports", "save", "machines"]);
    let then = home.ok(&["reports", "run", "machines", "-O", "csv"]).stdout();
    let taken = home.ok(&["--now", "2026-01-02T03:04:05Z", "reports", "snapshot", "machines"]);
    taken.says(&["kept 3 rows as machines/20260102T030405.000000Z", "workhours reports show"]);
    home.write(
        "more.log",
        "198.51.100.7 - - [05/May/2024:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"\n",
    );
    home.load(&["-s", "log.http", "more.log"]);
    assert_ne!(home.ok(&["reports", "run", "machines", "-O", "csv"]).stdout(), then);
    assert_eq!(home.ok(&["reports", "show", "machines", "-O", "csv"]).stdout(), then);
    home.ok(&["--now", "2026-01-03", "reports", "snapshot", "machines"]).says(&["kept 4 rows"]);
    let first = "machines/20260102T030405.000000Z";
    assert_eq!(home.ok(&["reports", "show", first, "-O", "csv"]).stdout(), then);
    let listed = rows(&home, &["reports", "snapshots"]);
    assert_eq!((listed.len(), &listed[0]["snapshot"]), (2, &first.into()));
    home.ok(&["fs", "gc"]);
    home.run(&["reports", "show", "machine"])
        .exits(2)
        .says(&["unknown snapshot", "workhours reports snapshots"]);
    // Purged events are gone from them, too.
    home.ok(&["purge", "-F", "198.51.100.7"]).says(&["1 snapshot"]);
    assert_eq!(rows(&home, &["reports", "snapshots"]).len(), 1);
    home.ok(&["reports", "delete", first]).says(&["deleted machines/"]);
    assert_eq!(rows(&home, &["reports", "snapshots"]).len(), 0);
    home.ok(&["reports", "run", "machines"]);
}
