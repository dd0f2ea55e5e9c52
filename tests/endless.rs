//! Promise: an endless input, or one that isn't a file, doesn't block: one that is only found is skipped, one that is
//! named is read until the user or a limit ends it, and everything read by then is kept.

use crate::kit::{Home, Ran, Summary, pause};
use crate::logs::access_log;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::net::UnixListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A run that doesn't end by itself is ended after this.
const LONG: Duration = Duration::from_secs(60);

fn mkfifo(home: &Home, name: &str) {
    fs::create_dir_all(home.path(name).parent().unwrap()).unwrap();
    assert!(Command::new("mkfifo").arg(home.path(name)).status().unwrap().success());
}

fn start(home: &Home, args: &[&str]) -> (Command, Child) {
    let mut command = home.command(args);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    (command, child)
}

/// Waits for its end; fails, and kills it, if that does not come in time.
fn end(started: (Command, Child), within: Duration) -> Ran {
    let (command, mut child) = started;
    let since = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if since.elapsed() > within {
            child.kill().unwrap();
            panic!(
                "still running after {within:?}\n{}",
                Ran::from(&command, child.wait_with_output().unwrap())
            );
        }
        pause(Duration::from_millis(20));
    }
    Ran::from(&command, child.wait_with_output().unwrap())
}

fn within(home: &Home, args: &[&str]) -> Ran {
    end(start(home, args), LONG)
}

fn stop(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

fn input<'a>(source: &'a str, path: &'a str) -> [&'a str; 6] {
    ["-s", source, path, "-P", "-O", "json"]
}

fn left_alone(summary: &Summary) -> Vec<String> {
    let value: serde_json::Value = serde_json::from_str(&summary.stdout()).unwrap();
    let found = value["left_alone"].as_array().cloned().unwrap_or_default();
    let words =
        |v: &serde_json::Value| format!("{} {}", v["path"].as_str().unwrap(), v["reason"].as_str().unwrap());
    found.iter().map(words).collect()
}

#[test]
fn what_is_no_file_is_left_alone_in_folders_and_patterns() {
    let home = Home::new();
    home.write("l/access.log", access_log(0..5));
    mkfifo(&home, "l/b.fifo");
    mkfifo(&home, "l/deep/c.zip");
    let _socket = UnixListener::bind(home.path("l/d.socket")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", home.path("l/e.device")).unwrap();
    std::os::unix::fs::symlink("/proc/self/status", home.path("l/f.made-up")).unwrap();
    for (source, path) in [("log.http", "l"), ("log.http", "l/**/*"), ("auto", "l"), ("auto", "l/*")] {
        let run = within(&home, &input(source, path)).exits_with_summary(0);
        let found = left_alone(&run);
        for (name, kind) in
            [("b.fifo", "pipe"), ("d.socket", "socket"), ("e.device", "device"), ("f.made-up", "/proc")]
        {
            let said = found.iter().any(|words| words.contains(name) && words.contains(kind));
            assert!(said, "{source} {path}: {name} is {kind}: {found:?}\n{}", *run);
        }
        let lines = run.stderr().lines().filter(|line| line.contains("left alone")).count();
        assert_eq!(lines, 1, "one line for all\n{}", *run);
    }
    assert_eq!(home.events(&[]).len(), 5);
    // There is nothing else in it: an error.
    mkfifo(&home, "only/a");
    for source in ["log.http", "auto"] {
        within(&home, &input(source, "only")).exits(1).says(&["holds no file", "pipe"]);
    }
}

#[test]
fn companions_markers_and_usual_places_that_are_pipes_are_not_opened() {
    let home = Home::new();
    let sample = fs::read(crate::kit::repository("workhours-plugins/samples/firefox.history")).unwrap();
    home.write("places.sqlite", sample);
    mkfifo(&home, "places.sqlite-wal");
    let run = within(&home, &input("firefox.history", "places.sqlite"));
    assert!(matches!(run.code(), Some(0 | 1)), "{run}");
    mkfifo(&home, "work/project/.git");
    mkfifo(&home, ".bash_history");
    mkfifo(&home, ".zsh_history");
    within(&home, &["scan", "-O", "json"]).exits(0);
    within(&home, &input("git.log", "work/project"));
    within(&home, &input("auto", "work"));
}

#[test]
fn a_pipe_that_nobody_writes_to_ends_with_a_signal() {
    for (signal, source) in [("-TERM", "log.http"), ("-INT", "log.shell"), ("-TERM", "bookmarks.html")] {
        let home = Home::new();
        mkfifo(&home, "pipe");
        let started = start(&home, &input(source, "pipe"));
        pause(Duration::from_millis(1_500));
        stop(&started.1, signal);
        let run = end(started, Duration::from_secs(15)).exits(1);
        run.says(&["interrupted"]);
    }
}

#[test]
fn what_a_pipe_gave_before_the_signal_is_kept() {
    for named in ["pipe", "-", "/dev/stdin"] {
        let home = Home::new();
        mkfifo(&home, "pipe");
        let mut command = home.command(&input("log.http", named));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let writer = OpenOptions::new().read(true).write(true).open(home.path("pipe")).unwrap();
        if named != "pipe" {
            command.stdin(OpenOptions::new().read(true).open(home.path("pipe")).unwrap());
        }
        let child = command.spawn().unwrap();
        // More than a head, and an unfinished line.
        (&writer).write_all((access_log(0..200) + "10.0.0.1 - - [").as_bytes()).unwrap();
        pause(Duration::from_millis(2_500));
        stop(&child, "-TERM");
        let run = end((command, child), Duration::from_secs(15)).exits_with_summary(1);
        assert_eq!(
            (run.n("inserted"), run.tasks()[0]["state"].as_str()),
            (200, Some("partial")),
            "{named}\n{}",
            *run
        );
        assert_eq!(home.events(&[]).len(), 200, "{named}");
    }
}

#[test]
fn a_pipe_with_a_writer_is_read_to_its_end() {
    let home = Home::new();
    mkfifo(&home, "pipe");
    let started = start(&home, &input("log.http", "pipe"));
    let path = home.path("pipe");
    let writer = std::thread::spawn(move || {
        pause(Duration::from_millis(300));
        let mut pipe = OpenOptions::new().write(true).open(path).unwrap();
        for chunk in access_log(0..3_000).as_bytes().chunks(1_000) {
            pipe.write_all(chunk).unwrap();
        }
    });
    let run = end(started, LONG).exits_with_summary(0);
    writer.join().unwrap();
    assert_eq!(run.n("inserted"), 3_000, "{}", *run);
}

#[test]
fn a_socket_is_an_error_that_says_so() {
    let home = Home::new();
    let _socket = UnixListener::bind(home.path("s")).unwrap();
    for source in ["log.http", "bookmarks.html", "auto"] {
        within(&home, &input(source, "s")).exits(1).says(&["socket"]);
    }
}

#[test]
fn devices_end_at_their_limit() {
    for (device, source) in
        [("/dev/urandom", "log.http"), ("/dev/zero", "log.shell"), ("/dev/zero", "bookmarks.html")]
    {
        let home = Home::new();
        home.write("c.toml", "limits.device_mib = 1\n");
        let run = within(&home, &[&["-c", "c.toml"], &input(source, device)[..]].concat()).exits(1);
        let run =
            run.says(&[device, "no end in sight", "limits.device_mib", "[limits]"]).exits_with_summary(1);
        let state = if source == "bookmarks.html" { "failed" } else { "partial" };
        assert_eq!(run.tasks()[0]["state"], state, "{source} of {device}\n{}", *run);
    }
    let home = Home::new();
    within(&home, &input("log.http", "/dev/null")).exits(0);
    within(&home, &input("log.http", "/proc/self/status")).exits(0);
}

#[test]
fn limits_keep_what_came_before_and_name_their_key() {
    let home = Home::new();
    home.write("access.log", access_log(0..100));
    home.write("records.toml", "[limits]\nrecords = 30\n");
    let args = |file| [&["-c", file], &input("log.http", "access.log")[..]].concat();
    for so_far in [30, 60, 90] {
        let run =
            within(&home, &args("records.toml")).exits(1).says(&["more than 30 records", "limits.records"]);
        assert_eq!(run.exits_with_summary(1).tasks()[0]["state"], "partial");
        assert_eq!(home.events(&[]).len(), so_far, "each run goes on where the one before stopped");
    }
    let run = within(&home, &args("records.toml")).exits_with_summary(0);
    assert_eq!((run.n("inserted"), home.events(&[]).len()), (10, 100));

    let home = Home::new();
    home.write("access.log", access_log(0..30_000));
    home.write("bytes.ini", "[limits]\ninput_mib = 1\n");
    let run = within(&home, &args("bytes.ini")).exits(1).says(&["more than 1 MiB", "limits.input_mib"]);
    let some = run.exits_with_summary(1).n("inserted");
    assert!(some > 5_000 && some < 30_000, "{some}");
    let all = within(&home, &input("log.http", "access.log")).exits_with_summary(0);
    assert_eq!(some + all.n("inserted"), 30_000);

    let home = Home::new();
    let long = access_log(0..1).replace("/p0", &format!("/{}", "y".repeat(3_000)));
    home.write("access.log", long + &access_log(1..4));
    home.write("record.toml", "limits.record_kib = 2\n");
    let run = within(&home, &args("record.toml")).exits_with_summary(0);
    assert_eq!((run.n("inserted"), run.n("rejected")), (3, 1));
    home.ok(&["rejects", "list"]).exits(0);
    let replayed = home.ok(&["rejects", "replay"]);
    assert_eq!(home.events(&[]).len(), 4, "{replayed}");
}

#[test]
fn an_archive_of_too_many_files_is_read_up_to_the_limit() {
    let home = Home::new();
    let mut zip = zip::ZipWriter::new(fs::File::create(home.path("a.zip")).unwrap());
    for i in 0..5 {
        zip.start_file(format!("{i}.log"), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(access_log(10 * i..10 * i + 10).as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    home.write("c.toml", "limits.archive_files = 3\n");
    let run = within(&home, &[&["-c", "c.toml"], &input("log.http", "a.zip")[..]].concat()).exits(1);
    run.says(&["a.zip", "5 files", "limits.archive_files"]);
    assert_eq!(home.events(&[]).len(), 30);
}

#[test]
fn a_folder_of_many_files_is_summed_up_in_one_line() {
    let home = Home::new();
    for i in 0..300 {
        home.write(format!("l/{i}.log"), access_log(2 * i..2 * i + 2));
    }
    let run = home.ok(&["-s", "log.http", "l", "-P"]);
    assert_eq!(run.stderr().lines().count(), 1, "{run}");
    let run = run.says(&["300 files", "600 events: 600 new"]);
    drop(run);
    let again = home.ok(&["-s", "log.http", "l", "-P", "-v"]);
    assert!(again.stderr().lines().count() > 300, "{again}");
    home.load(&["-s", "log.http", "l"]).counts([0; 4]);
    assert_eq!(home.events(&[]).len(), 600);
    home.ok(&["db", "check"]);
}

#[test]
fn many_small_files_and_a_kill_at_any_moment() {
    let home = Home::new();
    for i in 0..400 {
        home.write(format!("l/{i}.log"), access_log(3 * i..3 * i + 3));
    }
    for wait in [20, 60, 120, 180, 260, 350, 500, 700] {
        let (_, mut child) = start(&home, &input("log.http", "l"));
        pause(Duration::from_millis(wait));
        child.kill().unwrap();
        child.wait_with_output().unwrap();
    }
    let run = home.load(&["-s", "log.http", "l"]);
    assert_eq!(run.n("rejected"), 0);
    assert_eq!(home.events(&[]).len(), 1_200);
    home.load(&["-s", "log.http", "l"]).counts([0; 4]);
    home.ok(&["db", "check"]);
}

#[test]
fn empty_lines_cost_next_to_nothing_and_change_no_number() {
    let home = Home::new();
    let mut bytes = access_log(0..3).into_bytes();
    bytes.resize(20 << 20, b'\n');
    bytes.extend_from_slice(access_log(0..3).as_bytes());
    home.write("access.log", &bytes);
    let first = home.load(&["-s", "log.http", "access.log"]);
    let ids = |home: &Home| home.column("id");
    // The same in pieces, cut within the empty lines.
    let pieces = Home::new();
    for to in [1 << 20, (8 << 20) + 77, 9 << 20, 17 << 20, bytes.len()] {
        pieces.write("access.log", &bytes[..to]);
        pieces.load(&["-s", "log.http", "access.log"]);
    }
    assert_eq!(ids(&home), ids(&pieces));
    let lines = bytes.iter().filter(|b| **b == b'\n').count() as u64;
    assert_eq!(first.tasks()[0]["ignored"].as_u64().unwrap() + first.n("events"), lines, "{}", *first);
}

#[test]
fn a_file_size_limit_is_an_error_in_plain_words() {
    let home = Home::new();
    home.write("access.log", access_log(0..100_000));
    let program = env!("CARGO_BIN_EXE_workhours");
    home.ok(&["-r", "events"]);
    let line = format!("ulimit -f 2000; exec {program} -s log.http access.log -P");
    let mut command = Command::new("sh");
    command
        .args(["-c", &line])
        .current_dir(home.path(""))
        .env_clear()
        .env("HOME", home.path(""))
        .env("TZ", "UTC");
    for (name, folder) in
        [("XDG_DATA_HOME", "data"), ("XDG_CONFIG_HOME", "config"), ("XDG_CACHE_HOME", "cache")]
    {
        command.env(name, home.path(folder));
    }
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).stdin(Stdio::null());
    Ran::of(&mut command).exits(1).says(&["ulimit -f", "the limit on the size of files"]);
    home.run(&["-s", "log.http", "access.log", "-P"]).exits(0);
    assert_eq!(home.ok(&["-r", "events", "-O", "jsonl"]).stdout().lines().count(), 100_000);
}

#[test]
fn nested_events_of_a_calendar_are_one_reject() {
    let home = Home::new();
    let begins = "BEGIN:VEVENT\n".repeat(300_000);
    let entry = "UID:1\nDTSTART:20240603T091500Z\nBEGIN:VALARM\nEND:VALARM\nSUMMARY:in the middle\n";
    let ends = "END:VEVENT\n".repeat(300_000);
    home.write("a.ics", format!("BEGIN:VCALENDAR\n{begins}{entry}{ends}END:VCALENDAR\n"));
    let run = within(&home, &input("ical", "a.ics")).exits_with_summary(0);
    assert_eq!((run.n("events"), run.n("rejected")), (1, 1), "{}", *run);
    assert_eq!(home.column("title"), ["in the middle"]);
    home.ok(&["rejects", "list"]).exits(0);
}

#[test]
fn nesting_without_end_is_no_trouble() {
    let deep = 300_000;
    for (source, open) in [
        ("bookmarks.html", "<DL><p><DT><H3>a</H3>\n"),
        ("bookmarks.json", "{\"children\":["),
        ("webkit.bookmarks", "{\"children\":["),
        ("jsonl", "{\"a\":["),
        ("trac.timeline", "<rss><channel><item>"),
        ("google.takeout", "<div>"),
    ] {
        let home = Home::new();
        home.write("deep", open.repeat(deep));
        let run = within(&home, &input(source, "deep"));
        assert!(matches!(run.code(), Some(0 | 1)) && !run.stderr().contains("panicked"), "{source}\n{run}");
    }
}

#[test]
fn a_value_that_is_too_long_is_a_reject() {
    let home = Home::new();
    let sample = fs::read(crate::kit::repository("workhours-plugins/samples/firefox.history")).unwrap();
    home.write("places.sqlite", sample);
    let before = home.load(&["-s", "firefox.history", "places.sqlite"]).n("events");
    {
        use diesel::prelude::*;
        let path = home.path("places.sqlite");
        let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        diesel::sql_query(
            "UPDATE moz_places SET title = printf('%.*c', 40000000, 'x') WHERE id = (SELECT min(place_id) FROM \
             moz_historyvisits)",
        )
        .execute(&mut conn)
        .unwrap();
    }
    let home2 = Home::new();
    fs::copy(home.path("places.sqlite"), home2.path("places.sqlite")).unwrap();
    let run = home2.load(&["-s", "firefox.history", "places.sqlite"]);
    assert!(run.n("rejected") > 0 && run.n("events") < before, "{}", *run);
}
