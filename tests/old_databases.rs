//! Promise: a database of an earlier version is updated when it is opened, and loses nothing: its events and hours, and
//! the results of its saved searches and reports. Loading its files again adds only what that version couldn't read.
//!
//! `tests/fixtures/databases` has databases of the version without `peer`, made from its `inputs`, for each backend,
//! and how. The paths stored there begin with `/srv/traces`; they are changed to those of the test's home before the
//! database is opened, as if the files had been in that home all along.

use crate::kit::{Home, Ran, repository};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::fs;

/// Ends of the names below `tests/fixtures/databases`.
const BEFORE_PEER: &str = "tests/fixtures/databases/before-peer";

/// The database of this backend.
pub(crate) fn before_peer(kind: &str) -> Vec<u8> {
    fs::read(repository(&format!("{BEFORE_PEER}.{kind}"))).unwrap()
}

/// Puts the loaded files into a home; returns the SQL that makes them the files the database knows.
pub(crate) fn files(home: &Home) -> String {
    for entry in fs::read_dir(repository("tests/fixtures/databases/inputs")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        home.write(&name, fs::read(entry.path()).unwrap());
        home.age(&name);
    }
    let folder = home.path("");
    let folder = folder.to_str().unwrap().trim_end_matches('/');
    let moved = |table| format!("UPDATE {table} SET path = REPLACE(path, '/srv/traces', '{folder}');");
    moved("inputs") + &moved("files")
}

/// Runs the program as the inputs were loaded, on the day after the last of them.
fn ran(home: &Home, args: &[&str]) -> Ran {
    home.ok(&[&["-c", "workhours.toml", "--now", "2026-03-05T12:00:00Z"], args].concat())
}

/// Looks at all of it. `texts` asks the database itself for the texts `t` of a query.
pub(crate) fn is_brought_up_to_date(home: &Home, texts: &dyn Fn(&str) -> Vec<String>) {
    assert_eq!(texts("SELECT MAX(version) AS t FROM __diesel_schema_migrations"), ["0005"]);
    ran(home, &["db", "check"]);
    let count = |query: &str| {
        let ran = ran(home, &["-r", "events", "--where", query, "-O", "jsonl"]);
        ran.json_lines().len()
    };
    // The client of a request and the machine that a login came from are the other end now; the machine is the one that
    // the input was configured with.
    for (query, n) in [
        ("", 49),
        ("host:web1", 24),
        ("host:web1 peer:192.0.2.10", 6),
        ("host:192.0.2.10", 0),
        ("peer:\"2001:db8::5\"", 6),
        ("source:log.wtmp host:desk", 5),
        ("source:log.wtmp peer:192.0.2.10 user:ada", 1),
        ("peer:office.example.org", 1),
        ("host:desk", 11),
        ("host:laptop", 9),
        ("tag:harbour", 4),
        ("project:web", 24),
    ] {
        assert_eq!(count(query), n, "{query}");
    }
    hours_are(home, &[("2026-02-27", 0.0), ("2026-03-02", 0.25), ("2026-03-03", 0.5), ("2026-03-04", 1.5)]);
    assert_eq!(ran(home, &["rejects", "list", "-O", "jsonl"]).json_lines().len(), 1);

    assert_eq!(
        texts("SELECT query AS t FROM saved_searches ORDER BY name"),
        [
            "q=user%3Aada",
            "q=%28host%3A192.0.2.10+OR+peer%3A192.0.2.10%29+status%3A404&facet=host",
            "q=%28host%3A%22laptop%22+OR+peer%3A%22laptop%22%29&f=-tag%3Aharbour",
            "q=%28host%3Aoffice.example.org+OR+peer%3Aoffice.example.org%29",
        ]
    );
    let report = ran(home, &["reports", "run", "client", "-O", "jsonl"]).json_lines();
    let events: i64 = report.iter().map(|row| row["events"].as_i64().unwrap()).sum();
    assert_eq!(events, 7, "what was kept as --where host:192.0.2.10: {report:?}");

    // That version took a series for one event, at its first time. The other four days of this one come with the first
    // load that counts series out; nothing else does.
    let load = || {
        let ran = ran(home, &["-P", "-O", "json"]).exits_with_summary(0);
        let of = |source: &str| {
            let tasks = ran.tasks().iter().filter(|task| task["source_type"] == source);
            tasks.map(|task| task["inserted"].as_u64().unwrap()).sum::<u64>()
        };
        (of("ical"), ran.n("inserted"), ran.n("rejected"))
    };
    assert_eq!(load(), (4, 4, 0));
    assert_eq!(load(), (0, 0, 0));
    assert_eq!(count(""), 53);
    let days = [("2026-03-03", 0.75), ("2026-03-04", 1.75), ("2026-03-05", 0.25)];
    hours_are(home, &[&[("2026-02-27", 0.0), ("2026-03-02", 0.25)], &days[..]].concat());
    ran(home, &["db", "check"]);
}

fn hours_are(home: &Home, want: &[(&str, f64)]) {
    let rows = ran(home, &["-r", "hours", "-O", "jsonl"]).json_lines();
    let got: Vec<(&str, f64)> =
        rows.iter().map(|row| (row["period"].as_str().unwrap(), row["hours"].as_f64().unwrap())).collect();
    assert_eq!(got, want);
}

#[test]
fn from_before_host_and_peer_were_told_apart() {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        t: String,
    }
    let home = Home::new();
    let moved = files(&home);
    home.write("data/workhours/events.db", zstd::decode_all(&before_peer("sqlite.zst")[..]).unwrap());
    let name = home.path("data/workhours/events.db").to_str().unwrap().to_owned();
    SqliteConnection::establish(&name).unwrap().batch_execute(&moved).unwrap();
    is_brought_up_to_date(&home, &|sql| {
        let mut conn = SqliteConnection::establish(&name).unwrap();
        let rows: Vec<Row> = diesel::sql_query(sql).load(&mut conn).unwrap();
        rows.into_iter().map(|row| row.t).collect()
    });
}
