//! Promise: standard output is only data, in the requested format; a file appears complete or not at all; a reader of
//! the output may stop reading.

use crate::kit::{ACCESS, Home, Ran};
use crate::logs::access_log;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use workhours_plugin_api::built_in_sources;

fn home(lines: usize) -> Home {
    let home = Home::new();
    home.write("access.log", access_log(0..lines));
    home.load(&ACCESS).counts([lines as u64, 0, 0, 0]);
    home
}

#[test]
fn the_summary_has_the_shape_scripts_rely_on() {
    let home = Home::new();
    home.write("access.log", access_log(0..3) + "no log line\n\n");
    let run = home.load(&ACCESS);
    let text = run.stdout();
    assert_eq!(text.lines().count(), 1, "one object on one line\n{}", *run);
    let summary: serde_json::Value = serde_json::from_str(&text).unwrap();
    for key in ["tasks", "events", "inserted", "duplicates", "updated", "rejected", "failed_tasks"] {
        assert!(summary.get(key).is_some(), "{key}\n{}", *run);
    }
    let task = &run.tasks()[0];
    let text_keys = ["id", "source_type", "label", "path", "state"];
    assert!(text_keys.iter().all(|key| task[*key].is_string()), "{task}");
    let count_keys = [
        "records",
        "events",
        "inserted",
        "duplicates",
        "updated",
        "rejected",
        "ignored",
        "bytes",
        "elapsed_ms",
    ];
    assert!(count_keys.iter().all(|key| task[*key].is_u64()), "{task}");
    assert!(task.get("error").is_some_and(|e| e.is_null()), "{task}");
    let counted = ["records", "rejected", "ignored"].map(|key| task[key].as_u64().unwrap());
    assert_eq!(counted, [4, 1, 1], "{task}");
    assert_eq!(task["bytes"], fs::metadata(home.path("access.log")).unwrap().len());
    let again = home.load(&ACCESS);
    assert!(again.tasks()[0]["id"].is_null() && again.tasks()[0]["state"] == "unchanged", "{}", *again);
}

#[test]
fn files_by_their_extension_whole_or_not_at_all() {
    let home = home(3);
    for (name, begins) in [
        ("a.csv", "date,"),
        ("a.tsv", "date\t"),
        ("a.json", "[\n{"),
        ("a.jsonl", "{\"date\""),
        ("a.tab", "date\t"),
    ] {
        let run = home.ok(&["-r", "events", "-o", name]);
        assert_eq!(run.stdout(), "", "{run}");
        let text = fs::read_to_string(home.path(name)).unwrap();
        assert!(text.starts_with(begins) && text.ends_with('\n'), "{name}: {text}");
    }
    home.ok(&["-r", "events", "-O", "jsonl", "-o", "odd.name"]);
    assert!(fs::read_to_string(home.path("odd.name")).unwrap().starts_with("{\"date\""));
    let to_stdout = home.ok(&["-r", "events", "-O", "csv", "-o", "-"]);
    assert_eq!(to_stdout.stdout(), fs::read_to_string(home.path("a.csv")).unwrap());
    home.run(&["-r", "events", "-o", "no/such/folder.csv"]).exits(1).says(&["error: cannot write"]);
    // An old file stays if a new one can't be completed, and nothing incomplete stays next to it.
    fs::create_dir(home.path("taken.csv")).unwrap();
    home.run(&["-r", "events", "-o", "taken.csv"]).exits(1).says(&["error: cannot write"]);
    let left: Vec<_> = fs::read_dir(home.path("")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|n| n.to_string_lossy().contains("tmp")), "{left:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let home = home(20_000);
    for format in ["csv", "csv-safe", "tsv", "json", "jsonl", "table", "markdown", "html", "ics"] {
        let mut command = home.command(&["-r", "events", "-O", format]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(!first.is_empty());
        let run = Ran::from(&command, child.wait_with_output().unwrap()).exits(0);
        assert_eq!(run.stderr(), "", "{run}");
    }
}

#[test]
fn bytes_go_to_files_and_pipes_but_not_to_a_terminal() {
    let home = home(3);
    for (format, begins) in [("parquet", &b"PAR1"[..]), ("arrow", b"ARROW1"), ("xlsx", b"PK")] {
        let piped = home.command(&["-r", "events", "-O", format]).output().unwrap();
        assert!(piped.status.success() && piped.stdout.starts_with(begins), "{format}: {piped:?}");
        let file = format!("a.{format}");
        home.ok(&["-r", "events", "-o", &file]);
        assert!(fs::read(home.path(&file)).unwrap().starts_with(begins), "{format}");
        // Python makes the terminal.
        let spawn = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
        let program = env!("CARGO_BIN_EXE_workhours");
        let ours = home.command(&["-r", "events", "-O", format]);
        let mut command = Command::new("python3");
        command.args(["-c", spawn, program, "-r", "events", "-O", format]).current_dir(home.path(""));
        command.env_clear().envs(ours.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let Ok(ran) = command.stdin(Stdio::null()).output() else {
            crate::kit::skipped(format_args!("no python3"));
            return;
        };
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert_eq!(ran.status.code(), Some(2), "{said}");
        assert!(said.contains(&format!("{format} is not for a terminal")), "{said}");
        assert!(said.contains(&format!("give it a file: -o FILE.{format}")), "{said}");
    }
}

#[test]
fn what_does_not_fit_is_said_and_what_cannot_be_is_refused() {
    let home = home(3);
    home.append("access.log", access_log(3..4).replace("/p3", &format!("/{}", "x".repeat(40_000))));
    home.load(&ACCESS);
    home.ok(&["-r", "events", "-o", "a.xlsx"]).says(&["warning: 2 cells are cut at 32767 characters"]);
    home.run(&["-l", "-o", "a.ics"]).exits(2).says(&["has no column of times", "hint: "]);
    assert!(!home.path("a.ics").exists());
    home.run(&["-r", "events", "-o", "a.xyz"]).exits(2).says(&["csv-safe", "parquet", "or xlsx"]);
    let page = home.ok(&["-r", "gap", "-O", "html"]).stdout();
    assert!(page.starts_with("<!doctype html>") && page.contains("<dt>events</dt><dd>4</dd>"), "{page}");
    let calendar = home.ok(&["-r", "gap", "-O", "ics"]).stdout();
    assert_eq!(calendar.matches("BEGIN:VEVENT").count(), 4, "{calendar}");
}

#[test]
fn nothing_but_data_on_stdout_and_nothing_but_errors_with_q() {
    let home = Home::new();
    home.write("access.log", access_log(0..3) + "no log line\n");
    let run = home.ok(&[&ACCESS[..], &["-P"]].concat()).says(&["3 events"]);
    assert_eq!(run.stdout(), "", "{run}");
    home.append("access.log", access_log(3..4));
    let run = home.ok(&[&ACCESS[..], &["-P", "-q"]].concat());
    assert_eq!((run.stdout(), run.stderr()), (String::new(), String::new()), "{run}");
    let run = home.ok(&["-r", "gap", "-O", "csv", "-q"]);
    assert_eq!(run.stderr(), "", "{run}");
    assert_eq!(run.stdout().lines().count(), 5, "{run}");
    let run = home.run(&["-s", "log.http", "missing.log", "-P", "-q"]).exits(1).says(&["error: "]);
    assert_eq!(run.stdout(), "", "{run}");
    let run = home.ok(&[&ACCESS[..], &["-P", "-v"]].concat()).says(&["access.log: nothing new"]);
    assert_eq!(run.stdout(), "", "{run}");
}

#[test]
fn colours_only_where_they_are_wanted() {
    let home = home(3);
    let table = ["-r", "events", "-O", "table"];
    let escaped = |run: Ran| run.stdout().contains('\u{1b}');
    assert!(!escaped(home.ok(&table)), "into a pipe");
    assert!(escaped(home.ok(&[&table[..], &["--color", "always"]].concat())));
    let mut command = home.command(&[&table[..], &["--color", "auto"]].concat());
    assert!(!escaped(Ran::of(command.env("NO_COLOR", "1")).exits(0)));
    let failing = home.run(&["-r", "evnts", "--color", "always"]).exits(2);
    assert!(failing.stderr().contains('\u{1b}'), "{failing}");
    let failing = home.run(&["-r", "evnts"]).exits(2);
    assert!(!failing.stderr().contains('\u{1b}'), "{failing}");
}

#[test]
fn what_strangers_wrote_does_not_drive_the_terminal() {
    let home = Home::new();
    home.write("access.log", access_log(0..1).replace("/p0", "/\u{1b}]0;owned\u{7}\u{202e}"));
    home.load(&ACCESS).counts([1, 0, 0, 0]);
    let table = home.ok(&["-r", "events", "-O", "table"]).stdout();
    assert!(
        !table.contains('\u{1b}') && !table.contains('\u{7}') && !table.contains('\u{202e}'),
        "{table:?}"
    );
    home.write("\u{1b}[31mred.log", access_log(5..6));
    let run = home.ok(&["-s", "log.http", "\u{1b}[31mred.log", "-P"]);
    assert!(!run.stderr().contains('\u{1b}'), "{run}");
}

#[test]
fn lists_self_test_completions_and_manual() {
    let home = Home::new();
    let names = |args: &[&str]| {
        let rows = home.ok(&[args, &["-O", "jsonl"]].concat()).json_lines();
        rows.iter().map(|r| r["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let built_in: Vec<_> = built_in_sources().iter().map(|s| s.info().name).collect();
    assert_eq!(names(&["-l"]), built_in);
    let reports = names(&["--list-report-types"]);
    assert!(
        reports.is_sorted() && reports.len() > 20 && reports.contains(&"hours".to_owned()),
        "{reports:?}"
    );
    let tests = home.ok(&["-t", "-O", "jsonl"]).json_lines();
    assert_eq!(tests.len(), built_in.len() + 2, "{tests:?}");
    assert!(tests.iter().all(|t| t["result"] == "pass"), "{tests:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = home.ok(&["completions", shell]).stdout();
        assert!(script.contains("workhours") && script.contains("gaptime"), "{shell}");
    }
    let page = home.ok(&["man"]).stdout();
    assert!(page.contains(".TH workhours") && page.contains("gaptime"), "{page}");
    assert!(home.ok(&["--version"]).stdout().starts_with("workhours "));
    assert!(home.ok(&["--help"]).stdout().contains("Examples:"));
    home.run(&["-t", "--db", "sqlite:////proc/nowhere/x.db"]).exits(1);
}

#[test]
fn the_database_and_the_copies_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let home = home(3);
    let mode = |path: &str| fs::metadata(home.path(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("data/workhours/events.db"), 0o600);
    assert_eq!(mode("data/workhours/fs"), 0o700);
    let mut folders = vec![home.path("data/workhours/fs")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
                continue;
            }
            files += 1;
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
            let mut bytes = Vec::new();
            fs::File::open(entry.path()).unwrap().read_to_end(&mut bytes).unwrap();
            assert!(!bytes.is_empty());
        }
    }
    assert_eq!(files, 1, "one copy of one load");
}
