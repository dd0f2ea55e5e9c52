//! Promise: a report shows the events that were asked for, in order of time, with gaps where nothing happened, the
//! same in every format.

use crate::kit::Home;
use crate::logs::shell_record;

const GAP_CELLS: usize = 23;

/// Four requests of two users, one gap of 20 minutes; two of them in one second, and in the file's order.
fn home() -> Home {
    let home = Home::new();
    let line = |user: &str, time: &str, path: &str| {
        format!("192.0.2.1 - {user} [01/May/2024:{time} +0000] \"GET /{path} HTTP/1.1\" 200 1\n")
    };
    let lines = [
        line("ada", "10:00:00", "zz"),
        line("bob", "10:00:00", "aa"),
        line("ada", "10:20:00", "c"),
        line("ada", "10:30:30", "d"),
    ];
    home.write("access.log", lines.concat());
    home.load(&["-s", "log.http", "access.log"]).counts([4, 0, 0, 0]);
    home
}

fn paths(home: &Home, filters: &[&str]) -> Vec<String> {
    home.events(filters).iter().map(|e| e["url"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_gap_in_each_format() {
    let home = home();
    let gap = |format: &str| home.ok(&["-r", "gap", "-O", format]).stdout();
    for (format, mark) in [("csv", ","), ("tsv", "\t")] {
        let text = gap(format);
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows.len(), 6, "{text}");
        assert!(
            rows[0].starts_with(&["row_kind", "gap_minutes", "date", "source_type"].join(mark)),
            "{text}"
        );
        let dashes = vec!["--------"; GAP_CELLS].join(mark);
        assert_eq!(rows[3], ["gap", "20.0", &dashes].join(mark), "{text}");
        assert!(rows[4].starts_with(&["event", "", "2024-05-01T10:20:00Z", "log.http"].join(mark)), "{text}");
    }
    let lines = home.ok(&["-r", "gap", "-O", "jsonl"]).stdout();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!((lines.len(), lines[2]), (5, "{\"gap_minutes\": 20.0}"));
    let json: Vec<serde_json::Value> = serde_json::from_str(&gap("json")).unwrap();
    assert_eq!(json.len(), 5);
    assert_eq!(json[2], serde_json::json!({"gap_minutes": 20.0}));
    assert_eq!(json[3]["row_kind"], "event");
    let table = gap("table");
    let rows: Vec<&str> = table.lines().collect();
    let words: Vec<&str> = rows[3].split_whitespace().collect();
    assert_eq!(words[0], "20.00", "{table}");
    assert!(words[1..].iter().all(|w| w.len() >= 3 && w.bytes().all(|b| b == b'-')), "{table}");
}

#[test]
fn how_long_a_gap_is() {
    let home = home();
    let gaps = |minutes: &str| {
        let rows = home.ok(&["-r", "gap", "-O", "jsonl", "-G", minutes]).json_lines();
        rows.iter()
            .filter(|r| r.get("row_kind").is_none())
            .map(|r| r["gap_minutes"].as_f64().unwrap())
            .collect()
    };
    let none: [f64; 0] = [];
    let cases: [(&str, &[f64]); 5] =
        [("20", &none), ("19.99", &[20.0]), ("10.4", &[20.0, 10.5]), ("10.5", &[20.0]), ("1000", &none)];
    for (minutes, want) in cases {
        let got: Vec<f64> = gaps(minutes);
        assert_eq!(got, want, "-G {minutes}");
    }
    let run = home.ok(&["-r", "gap", "-O", "csv"]).says(&["events: 4", "gaps: 1", "20 min"]);
    assert!(!run.stdout().contains("gaps:"), "totals are no data\n{run}");
}

#[test]
fn the_file_order_within_one_second_and_undated_events_last() {
    let home = home();
    assert_eq!(paths(&home, &[]), ["/zz", "/aa", "/c", "/d"]);
    let page = "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n\
                <DT><A HREF=\"https://undated.example/\">U</A>\n\
                <DT><A HREF=\"https://early.example/\" ADD_DATE=\"1\">E</A>\n</DL><p>\n";
    home.write("b.html", page);
    home.load(&["-s", "bookmarks.html", "b.html"]).counts([2, 0, 0, 0]);
    let all = paths(&home, &[]);
    assert_eq!(all, ["https://early.example/", "/zz", "/aa", "/c", "/d", "https://undated.example/"]);
    assert!(home.events(&[])[5]["date"].is_null());
    let gap = home.ok(&["-r", "gap", "-O", "jsonl"]).stdout();
    assert!(!gap.contains("undated.example"), "there is no time between undated events\n{gap}");
    assert_eq!(paths(&home, &["--from", "1900-01-01"]).len(), 5, "a bound leaves undated events out");
}

#[test]
fn filters() {
    let home = home();
    let record = shell_record(0, "make Unusual").replace("\tada\t", "\tgrace\t");
    home.write("usrlog", record + "\n");
    home.load(&["-s", "log.shell", "usrlog"]).counts([1, 0, 0, 0]);
    let count = |filters: &[&str]| home.events(filters).len();
    assert_eq!(count(&[]), 5);
    assert_eq!(count(&["-u", "ada"]), 3);
    assert_eq!(count(&["-u", "bob", "-u", "grace"]), 2);
    assert_eq!(count(&["-u", "nobody"]), 0);
    assert_eq!(count(&["--source", "log.shell"]), 1);
    assert_eq!(count(&["--source", "shell.log", "--source", "access.log"]), 5, "aliases do, too");
    assert_eq!(count(&["--text", "uNUSUAL"]), 1);
    assert_eq!(count(&["--text", "get /"]), 4);
    assert_eq!(paths(&home, &["--from", "2024-05-01 10:20"]), ["/c", "/d"]);
    assert_eq!(
        paths(&home, &["--from", "2024-05-01 10:00:00", "--to", "2024-05-01 10:20:00"]),
        ["/zz", "/aa"]
    );
    assert_eq!(count(&["--to", "2024-05-01"]), 5, "a day is meant to its end");
    assert_eq!(count(&["--from", "2024-05-02"]), 0);
    assert_eq!(count(&["--from", "yesterday", "--now", "2024-05-02T08:00:00Z"]), 4);
    assert_eq!(
        count(&["--from", "2024-05-01T12:00", "--timezone", "Europe/Berlin", "--source", "log.http"]),
        4
    );
    assert_eq!(
        count(&["--from", "2024-05-01T12:01", "--timezone", "Europe/Berlin", "--source", "log.http"]),
        2
    );
    assert_eq!(count(&["-u", "ada", "--source", "log.http", "--text", "/c", "--from", "2024"]), 1);
}

#[test]
fn load_and_report_in_one_run_in_memory() {
    let home = Home::new();
    home.write("access.log", crate::logs::access_log(0..5));
    let args =
        ["-s", "log.http", "access.log", "-P", "-r", "events", "-O", "jsonl", "--db", "sqlite:///:memory:"];
    for _ in 0..2 {
        assert_eq!(home.ok(&args).json_lines().len(), 5, "a database in memory forgets");
    }
    assert!(!home.path("data/workhours/events.db").exists());
    let printed =
        home.ok(&["-s", "log.http", "access.log", "-P", "-p", "-O", "csv", "--db", "sqlite:///:memory:"]);
    assert_eq!(printed.stdout().lines().count(), 6);
}

#[test]
fn a_report_pages_through_many_events() {
    let home = Home::new();
    const LINES: usize = 9_000;
    // Thousands of one instant, so that pages break within it.
    let same = |i: usize| crate::logs::access_line(0).replace("/p0", &format!("/p{i}"));
    home.write("access.log", (0..LINES).map(same).collect::<String>());
    home.load(&["-s", "log.http", "access.log"]).counts([LINES as u64, 0, 0, 0]);
    assert_eq!(paths(&home, &[]), (0..LINES).map(|i| format!("/p{i}")).collect::<Vec<_>>());
}
