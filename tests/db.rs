//! Promise: databases can be maintained. `db migrate` updates an older one and rejects a newer one, `db check` finds
//! broken rules, `db schema` shows the tables. `db copy` copies a database completely, continues where it was
//! interrupted, and overwrites only its own copies.

use crate::kit::{ACCESS, Home, Ran, pause, repository};
use crate::logs::{access_line, access_log};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

const OURS: &str = "data/workhours/events.db";

/// Runs statements on a database without the program's knowledge.
fn tamper(home: &Home, database: &str, statements: &str) {
    let mut conn = SqliteConnection::establish(home.path(database).to_str().unwrap()).unwrap();
    conn.batch_execute(statements).unwrap();
}

fn uri(home: &Home, database: &str) -> String {
    format!("sqlite:///{}", home.path(database).display())
}

/// A database with events, rejects, tags and places.
fn filled() -> Home {
    let home = Home::new();
    home.write("access.log", access_log(0..9_000) + "no log line\n" + &access_line(9_000));
    home.write(
        "marks.html",
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n<DT><A HREF=\"https://a.example/\" ADD_DATE=\"1456433748\" \
         TAGS=\"one,two\">A</A>\n</DL><p>\n",
    );
    home.load(&[&ACCESS[..], &["-s", "bookmarks.html", "marks.html"]].concat());
    home
}

fn copy(home: &Home, to: &str) -> Ran {
    home.run(&["db", "copy", &uri(home, OURS), &uri(home, to), "-O", "csv"])
}

/// The sums of a copy, without how much of it was written.
fn sums(run: &Ran) -> Vec<(String, String, String)> {
    let field = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        (cells[0].to_owned(), cells[1].to_owned(), cells[3].to_owned())
    };
    run.stdout().lines().skip(1).map(field).collect()
}

fn written(run: &Ran) -> u64 {
    run.stdout().lines().skip(1).map(|line| line.split(',').nth(2).unwrap().parse::<u64>().unwrap()).sum()
}

/// The output of all reports and lists for a database.
fn told(home: &Home, database: &str) -> String {
    let db = uri(home, database);
    let lists: [&[&str]; 5] =
        [&["-r", "events"], &["inputs", "list"], &["tasks", "list"], &["rejects", "list"], &["tags", "list"]];
    lists.iter().map(|args| home.ok(&[args, &["--db", &db, "-O", "jsonl"][..]].concat()).stdout()).collect()
}

#[test]
fn copies_are_whole_and_the_same() {
    let home = filled();
    let first = copy(&home, "copy.db").exits(0).says(&["counts and sums agree"]);
    assert!(written(&first) > 9_000, "{first}");
    assert_eq!(told(&home, OURS), told(&home, "copy.db"));
    home.ok(&["db", "check", "--db", &uri(&home, "copy.db")]);
    let again = copy(&home, "copy.db").exits(0);
    assert_eq!((written(&again), sums(&again)), (0, sums(&first)), "{again}");

    home.append("access.log", access_log(9_001..9_100));
    home.load(&ACCESS).counts([99, 0, 0, 0]);
    home.ok(&["purge", "a.example"]);
    let later = copy(&home, "copy.db").exits(0);
    assert!(written(&later) < 6_000, "what was there already is not written again\n{later}");
    assert_eq!(told(&home, OURS), told(&home, "copy.db"));
    let back =
        home.run(&["db", "copy", &uri(&home, "copy.db"), &uri(&home, "back.db"), "-O", "csv"]).exits(0);
    assert_eq!(sums(&back), sums(&later));
}

#[test]
fn an_interrupted_copy_goes_on() {
    let home = Home::new();
    home.write("access.log", access_log(0..120_000));
    home.load(&ACCESS);
    let mut kills = 0;
    for delay in [30, 60, 90, 120, 200] {
        let mut command = home.command(&["db", "copy", &uri(&home, OURS), &uri(&home, "copy.db")]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        pause(Duration::from_millis(delay));
        kills += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(kills > 0, "it was always faster");
    copy(&home, "copy.db").exits(0);
    assert_eq!(told(&home, OURS), told(&home, "copy.db"));
}

#[test]
fn an_unfinished_copy_says_so() {
    let home = filled();
    copy(&home, "copy.db").exits(0);
    tamper(
        &home,
        "copy.db",
        "UPDATE meta SET value = '…' WHERE key = 'copy.as_of'; DELETE FROM events WHERE date IS NOT NULL",
    );
    let check = home.run(&["db", "check", "--db", &uri(&home, "copy.db")]).exits(1);
    assert!(check.stdout().contains("never finished"), "{check}");
    copy(&home, "copy.db").exits(0);
    home.ok(&["db", "check", "--db", &uri(&home, "copy.db")]);
    assert_eq!(told(&home, OURS), told(&home, "copy.db"));
}

#[test]
fn nothing_is_overwritten() {
    let home = filled();
    copy(&home, "copy.db").exits(0);
    home.write("other.log", access_log(20_000..20_005));
    home.load(&["-s", "log.http", "other.log", "--db", &uri(&home, "copy.db")]).counts([5, 0, 0, 0]);
    copy(&home, "copy.db").exits(2).says(&["was loaded into since", "hint:"]);
    home.load(&["-s", "log.http", "other.log", "--db", &uri(&home, "other.db")]);
    copy(&home, "other.db").exits(2).says(&["is not empty", "hint:"]);
    home.run(&["db", "copy", &uri(&home, "other.db"), &uri(&home, "copy.db")])
        .exits(2)
        .says(&["copy of another"]);
    copy(&home, OURS).exits(2).says(&["to itself"]);
    home.run(&["db", "copy", &uri(&home, "none.db"), &uri(&home, "new.db")])
        .exits(2)
        .says(&["there is no database"]);
    assert!(!home.path("none.db").exists());
    home.run(&["db", "copy", "x.db", &uri(&home, "new.db")]).exits(2).says(&["did you mean sqlite:///x.db?"]);
}

#[test]
fn checks_find_what_is_broken() {
    let home = filled();
    home.ok(&["db", "check"]);
    for (statements, check) in [
        ("DELETE FROM places", "events.place_id"),
        ("DELETE FROM inputs WHERE id = 1", "events.input_id"),
        ("DELETE FROM batches WHERE seq = 1", "batches.seq"),
        ("UPDATE counters SET value = 0 WHERE name = 'task'", "counters.task"),
        ("UPDATE events SET date = 1 WHERE source_type = 'log.http'", "events.id"),
        ("UPDATE tasks SET inserted = 1 WHERE id = 1", "tasks.inserted"),
    ] {
        fs::copy(home.path(OURS), home.path("broken.db")).unwrap();
        tamper(&home, "broken.db", statements);
        let run = home.run(&["db", "check", "--db", &uri(&home, "broken.db"), "-O", "csv"]).exits(1);
        let bad = |line: &str| line.starts_with(&format!("{check},bad,"));
        assert!(run.stdout().lines().any(bad), "{statements}\n{run}");
        assert!(run.stderr().contains("hint:"), "{run}");
    }
    // Leftovers of an undone task are harmless.
    home.ok(&["tasks", "undo", "2"]);
    let run = home.ok(&["db", "check", "-O", "csv"]);
    assert!(run.stdout().contains("places,note,1"), "{run}");
}

#[test]
fn an_older_database_is_brought_up_to_date_and_a_newer_one_left_alone() {
    let home = filled();
    let before = told(&home, OURS);
    tamper(
        &home,
        OURS,
        "DELETE FROM counters WHERE name IN ('purge', 'gate'); \
         DELETE FROM __diesel_schema_migrations WHERE version = '0003'",
    );
    home.ok(&["db", "migrate"]).says(&["ran 0003_servers"]);
    home.ok(&["db", "migrate"]).says(&["already at"]);
    assert_eq!(told(&home, OURS), before);
    tamper(&home, OURS, "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
    for args in [&["db", "migrate"][..], &["-r", "events"], &["db", "check"]] {
        home.run(args).exits(1).says(&["newer workhours", "9999", "hint:"]);
    }
}

#[test]
fn the_schema_is_shown_as_it_is() {
    let home = Home::new();
    let sql = home.ok(&["db", "schema"]).stdout();
    tamper(&home, "made.db", &sql);
    for backend in ["postgresql://h/d", "mysql://h/d"] {
        let sql = home.ok(&["db", "schema", "--db", backend]).stdout();
        assert!(sql.contains("events"), "{sql}");
    }
    let dot = home.ok(&["db", "schema", "--format", "dot"]).stdout();
    assert!(dot.starts_with("digraph") && dot.contains("events:place_id -> places:id"), "{dot}");
    assert!(!home.path("data").exists(), "it needs no database");
    let page = fs::read_to_string(repository("ARCHITECTURE.md")).unwrap();
    let drawn = home.ok(&["db", "schema", "--format", "mermaid"]).stdout();
    assert!(
        page.contains(&format!("```mermaid\n{drawn}```")),
        "ARCHITECTURE.md shows another diagram than workhours db schema --format mermaid:\n{drawn}"
    );
}

#[test]
fn several_jobs_do_what_one_does() {
    let [one, four] = [Home::new(), Home::new()].map(|home| {
        for i in 0..6 {
            home.write(format!("logs/{i}.log"), access_log(i * 700..i * 700 + 1_000));
        }
        home
    });
    let inputs: Vec<String> = (0..6).map(|i| format!("logs/{i}.log")).collect();
    let args: Vec<&str> = inputs.iter().flat_map(|path| ["-s", "log.http", path]).collect();
    let run = one.load(&args);
    let together = four.load(&[&args[..], &["--jobs", "4"]].concat());
    assert_eq!(run.n("inserted"), together.n("inserted"), "{}", *together);
    let paths = |run: &crate::kit::Summary| -> Vec<String> {
        run.tasks().iter().map(|t| t["path"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(paths(&run), paths(&together), "in the order they were named");
    assert_eq!(one.column("id"), four.column("id"));
    four.ok(&["db", "check"]);
    four.load(&[&args[..], &["-j", "3"]].concat()).counts([0; 4]);
    four.run(&[&args[..], &["-P", "-j", "0"]].concat()).exits(2).says(&["--jobs", "0", "hint:"]);
}

#[cfg(not(feature = "postgres"))]
#[test]
fn a_backend_that_is_not_there_says_how_to_get_it() {
    Home::new().run(&["-r", "events", "--db", "postgresql://me:secret@host/db"]).exits(2).says(&[
        "built without PostgreSQL",
        "postgresql://me:***@host/db",
        "hint:",
        "--features postgres",
    ]);
}

#[cfg(not(feature = "mysql"))]
#[test]
fn so_does_the_other() {
    Home::new().run(&["-r", "events", "--db", "mysql+pymysql://me:secret@host/db"]).exits(2).says(&[
        "built without MySQL",
        "mysql://me:***@host/db",
        "hint:",
        "--features mysql",
    ]);
}
