//! Promise: a database that is read with `--read-only`, or that can't be written, stays byte-identical, and so does
//! everything next to it. A command that needs to write fails before it begins.

mod media;

use crate::kit::mounts::{assert_same, state};
use crate::kit::{Home, Ran, repository};
use crate::logs::access_log;
use crate::serve::Served;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::path::Path;
use workhours_core::output::outputs;
use workhours_core::report::reports;

/// The database's path.
const DATABASE: &str = "data/workhours/events.db";

/// The results of several ways of reading.
const READ: [&[&str]; 21] = [
    &["search", "GET", "-O", "jsonl"],
    &["search", "p7", "--no-index", "-O", "csv"],
    &["search", "--facet", "source", "-O", "csv"],
    &["db", "check", "-O", "csv"],
    &["db", "schema"],
    &["inputs", "list", "-O", "csv"],
    &["tasks", "list", "-O", "csv"],
    &["tags", "list", "-O", "csv"],
    &["rejects", "list", "-O", "csv"],
    &["hours", "list", "-O", "csv"],
    &["reports", "list", "-O", "csv"],
    &["reports", "run", "mine", "-O", "csv"],
    &["reports", "snapshots", "-O", "csv"],
    &["reports", "show", "mine", "-O", "csv"],
    &["index", "status", "-O", "csv"],
    &["index", "verify"],
    &["plugin", "list", "-O", "csv"],
    &["purge", "--check", "nowhere-at-all"],
    &["purge", "--dry-run", "p7"],
    &["redact", "--dry-run", "-O", "csv"],
    &["-r", "hours", "--explain", "-u", "all", "--activity", "all", "-O", "csv"],
];

/// The commands that write, and their names.
const WRITE: [(&[&str], &str); 20] = [
    (&["-s", "log.http", "access.log", "-P"], "cannot load"),
    (&["-t"], "cannot test"),
    (&["scan", "--load"], "cannot load"),
    (&["inputs", "reload", "1"], "cannot reload"),
    (&["inputs", "remove", "1"], "cannot remove"),
    (&["tasks", "undo", "1"], "cannot undo"),
    (&["tags", "apply"], "cannot apply"),
    (&["purge", "p7"], "cannot purge"),
    (&["redact", "--apply"], "cannot redact"),
    (&["rejects", "replay"], "cannot replay"),
    (&["-r", "hours", "reports", "save", "other"], "cannot save"),
    (&["reports", "delete", "mine"], "cannot delete"),
    (&["hours", "add", "yesterday 14:00", "yesterday 15:00"], "cannot correct"),
    (&["hours", "undo", "1"], "cannot correct"),
    (&["db", "migrate"], "cannot bring the tables up to date"),
    (&["fs", "gc"], "cannot look after the filestore"),
    (&["index", "update"], "cannot update the index"),
    (&["index", "rebuild"], "cannot rebuild the index"),
    (&["reports", "snapshot", "mine"], "cannot keep a snapshot"),
    (&["scan", "--write-config", "new.toml"], "cannot write a config"),
];

/// Those that change other files than the database.
const FILES_ALONE: usize = 4;

/// A home with events, rejects, copies, a saved report with a snapshot, a correction and an index that is up to date.
pub(super) fn loaded() -> Home {
    let home = Home::new();
    home.write("access.log", access_log(0..40) + "no request\n");
    let session = repository("examples/session.log");
    home.load(&["-s", "log.http", "access.log", "-s", "log.shell", session.to_str().unwrap()]);
    home.ok(&["-r", "kinds", "reports", "save", "mine"]);
    home.ok(&["reports", "snapshot", "mine"]);
    home.ok(&["hours", "add", "2024-05-01 14:00", "2024-05-01 15:00"]);
    home.ok(&["search", "GET"]);
    home
}

/// Every command that reads, with every report and every format.
pub(super) fn reading() -> Vec<Vec<String>> {
    let owned = |args: &[&str]| args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>();
    let mut all: Vec<Vec<String>> = READ.iter().map(|args| owned(args)).collect();
    for report in reports() {
        all.push(owned(&["-r", report.info().name, "-O", "csv"]));
    }
    for output in outputs() {
        all.push(owned(&["-r", "kinds", "-O", output.info().name, "-o", "out.file"]));
    }
    all
}

fn words(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

#[test]
fn a_database_that_is_only_read_stays_as_it_is() {
    let home = loaded();
    let answers: Vec<String> = reading().iter().map(|args| home.ok(args).stdout()).collect();
    let folder = home.path("data");
    let before = state(&folder);
    for (args, answer) in reading().iter().zip(&answers) {
        let ran = home.ok(&[&["--read-only"][..], &words(args)].concat());
        assert_same(&before, &folder, &args.join(" "));
        assert_eq!(&ran.stdout(), answer, "{}", args.join(" "));
        assert!(!ran.stderr().contains("no index"), "the index is of this state\n{ran}");
    }
    // The same by the variable and by the config.
    home.write("w.toml", "read_only = true\n");
    home.write("w.ini", "[main]\nread_only = yes\n");
    for config in ["w.toml", "w.ini"] {
        home.run(&["-c", config, "tags", "apply"]).exits(2).says(&["read-only", "hint:"]);
    }
    Ran::of(home.command(&["tags", "apply"]).env("WORKHOURS_READ_ONLY", "0")).exits(0);
    let before = state(&folder);
    Ran::of(home.command(&["tags", "apply"]).env("WORKHOURS_READ_ONLY", "1")).exits(2);
    assert_same(&before, &folder, "a refusal");
}

#[test]
fn what_writes_is_refused_before_it_begins() {
    let home = loaded();
    let before = state(&home.path(""));
    for (args, what) in WRITE {
        let ran = home.run(&[&["--read-only"], args].concat()).exits(2);
        ran.says(&[what, "the database is opened read-only", "hint:", "--read-only"]);
        assert_same(&before, &home.path(""), &args.join(" "));
    }
}

#[test]
fn sums_and_an_index_that_are_behind_stay_so_and_answers_are_whole() {
    let home = loaded();
    home.write("more.log", access_log(40..90));
    home.load(&["-s", "log.http", "more.log"]);
    let folder = home.path("data");
    let before = state(&folder);
    let ran = home.ok(&["--read-only", "search", "GET", "--limit", "500", "-O", "jsonl"]);
    assert_eq!(ran.json_lines().len(), 90);
    assert_eq!(ran.stderr().matches("no index that is up to date").count(), 1, "{ran}");
    let asked = ["-r", "histogram", "--bucket", "day", "-O", "csv"];
    let read_only = home.ok(&[&["--read-only"][..], &asked].concat()).stdout();
    assert_same(&before, &folder, "a search and a report");
    assert_eq!(read_only, home.ok(&asked).stdout());
}

#[test]
fn a_site_that_only_reads_saves_nothing_and_says_so() {
    let home = loaded();
    let folder = home.path("data");
    let before = state(&folder);
    let served = Served::start(&home, &["--read-only", "--no-auth"]);
    is_served(&served);
    assert_eq!(served.end("-TERM"), Some(0));
    assert_same(&before, &folder, "a site");
    // Asked for a token where none is kept, it has one for this run.
    let other = Home::new();
    let database = format!("sqlite:///{}", home.path(DATABASE).display());
    let served = Served::start(&other, &["--read-only", "--db", &database]);
    assert!(served.get("/api/events", "").starts_with("HTTP/1.1 401"));
    assert_eq!(served.end("-TERM"), Some(0));
    assert!(!other.path("data").exists(), "no filestore is made");
    assert_same(&before, &folder, "a site");
}

/// Asks for all pages, and tries to save something.
pub(super) fn is_served(served: &Served) {
    for path in
        ["/", "/events?q=GET", "/reports", "/reports/hours", "/timeline", "/places", "/sources", "/saved"]
    {
        let page = served.get(path, "");
        assert!(page.starts_with("HTTP/1.1 200"), "{path}: {page}");
        assert!(!page.contains("action=\"/saved"), "{path} offers to save");
    }
    assert!(served.get("/saved", "").contains("Nothing can be saved or deleted"));
    assert!(served.get("/api/events?q=p39", "").contains("GET /p39"));
    assert!(served.get("/readyz", "").contains("ready, read-only"));
    assert!(served.get("/metrics", "").contains("workhours_read_only 1"));
    let origin = format!("Origin: http://{}\r\nContent-Length: 0\r\n", served.host);
    for (verb, path) in [
        ("PUT", "/api/saved/x?q=GET"),
        ("DELETE", "/api/saved/x"),
        ("POST", "/saved"),
        ("POST", "/saved/delete"),
    ] {
        let refused = served.ask(verb, path, &origin);
        assert!(refused.starts_with("HTTP/1.1 403") && refused.contains("nothing can be saved"), "{refused}");
    }
}

#[test]
fn a_reader_sees_what_others_load_meanwhile() {
    let home = loaded();
    let served = Served::start(&home, &["--read-only", "--no-auth"]);
    let rows = |n: usize| {
        let page = served.get("/reports/events", "");
        assert!(page.contains(&format!("{n} rows")), "{n}: {page}");
    };
    rows(85);
    // One that closes the database again, and one that keeps it open.
    home.write("more.log", access_log(40..90));
    home.load(&["-s", "log.http", "more.log"]);
    rows(135);
    let mut writer = open(&home.path(DATABASE));
    writer.batch_execute("DELETE FROM events WHERE title = 'GET /p7 HTTP/1.1'").unwrap();
    home.write("last.log", access_log(90..100));
    home.load(&["-s", "log.http", "last.log"]);
    rows(144);
    drop(writer);
    rows(144);
    assert_eq!(served.end("-TERM"), Some(0));
}

/// The database, open for as long as the value lives.
pub(super) fn open(file: &Path) -> SqliteConnection {
    let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    conn.batch_execute("PRAGMA wal_autocheckpoint = 0; SELECT count(*) FROM events").unwrap();
    conn
}

#[test]
fn an_older_database_must_be_brought_up_to_date_in_a_copy() {
    let home = Home::new();
    let packed = crate::old_databases::before_peer("sqlite.zst");
    home.write("old/events.db", zstd::decode_all(&packed[..]).unwrap());
    let before = state(&home.path("old"));
    let ran = home.run(&["--read-only", "--db", "sqlite:///old/events.db", "-r", "events"]).exits(1);
    ran.says(&["older workhours", "hint: copy it", "db migrate"]);
    assert_same(&before, &home.path("old"), "a refusal");
    home.run(&["--read-only", "--db", "sqlite:///none.db", "-r", "events"])
        .exits(2)
        .says(&["none.db", "hint:"]);
    assert!(!home.path("none.db").exists());
    home.run(&["--read-only", "--db", "sqlite:///:memory:", "-r", "events"]).exits(2).says(&["in memory"]);
    home.write("text.db", "no database at all, but long enough to look at its head\n");
    home.run(&["--read-only", "--db", "sqlite:///text.db", "-r", "events"]).exits(1).says(&["text.db"]);
}
