//! Promise: pandas and polars get the right types from our files without help, spreadsheets restore our values, and the
//! code on the data frames page runs.
//!
//! Runs the Python of `WORKHOURS_TEST_PYTHON`, else `python3`. If it lacks a package, this prints so and passes.

use crate::kit::{Home, repository};
use crate::logs::access_log;
use crate::serve::Served;
use std::fs;
use std::process::Command;
use workhours_core::report::reports;

/// The Python that has the packages, if there is one.
fn python() -> Option<String> {
    let python = std::env::var("WORKHOURS_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let packages = "import pandas, polars, pyarrow, openpyxl";
    let has = Command::new(&python).args(["-c", packages]).output().is_ok_and(|o| o.status.success());
    if !has {
        assert!(std::env::var_os("WORKHOURS_TEST_PYTHON").is_none(), "{python} cannot {packages}");
        crate::kit::skipped(format_args!("{python} cannot {packages}"));
    }
    has.then_some(python)
}

/// Runs a script in a home; it must end well.
fn runs(python: &str, home: &Home, script: &str) {
    home.write("script.py", script);
    let output = Command::new(python)
        .args(["-W", "error::DeprecationWarning", "script.py"])
        .current_dir(home.path(""))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}\n--- stdout\n{}\n--- stderr\n{}",
        script,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Events of two source types, with nulls, tags and text that looks like a formula.
fn home() -> Home {
    let home = Home::new();
    let shell = repository("examples/session.log");
    let hostile = access_log(0..300)
        .replace("GET /p7 ", "=HYPERLINK(\"x\") /\u{202e}<script> ")
        .replace("/p8 ", "/\u{1b}[31m_x0041_]]> ");
    home.write("access.log", hostile);
    home.write("tags.ini", "[tags]\nround =\n  /p[0-9]*0 \n");
    home.load(&["-c", "tags.ini", "-s", "log.http", "access.log"]);
    home.load(&["-c", "tags.ini", "-s", "log.shell", shell.to_str().unwrap()]);
    home
}

#[test]
fn pandas_reads_what_the_site_exports() {
    let Some(python) = python() else { return };
    let home = home();
    let served = Served::start(&home, &[]);
    let keys = fs::read_to_string(home.path("data/workhours/fs/web/keys.json")).unwrap();
    let (token, _) = keys.split_once("\"token\":\"").unwrap().1.split_once('"').unwrap();
    let script = format!(
        "import io, json, urllib.request, pandas, polars
site, key = 'http://{}', {{'Authorization': 'Bearer {token}'}}
events = pandas.read_parquet(site + '/api/export.parquet?f=source:log.shell&sort=date', storage_options=key)
assert len(events) == 45 and events.date.dt.tz is not None and events.date.is_monotonic_increasing, events
assert str(events.source_type.dtype) == 'category', events.dtypes
pushes = pandas.read_parquet(site + '/api/export.parquet?q=push', storage_options=key)
assert list(pushes.text.str.contains('push')) == [True] * 3, pushes
ask = lambda path: urllib.request.urlopen(urllib.request.Request(site + path, headers=key)).read()
assert polars.read_ipc(io.BytesIO(ask('/api/export.arrow?q=push'))).height == 3
lines = [json.loads(line) for line in ask('/api/export.ndjson').splitlines()]
assert len(lines) == json.loads(ask('/api/events'))['total']['value'], len(lines)
table = pandas.read_csv(io.BytesIO(ask('/api/export.csv?f=source:log.http')))
assert table.title.str.startswith((chr(39) + '=', 'GET', chr(39))).any(), table.title
assert not table.title.str.startswith('=').any(), table.title
",
        served.host
    );
    runs(&python, &home, &script);
    assert_eq!(served.end("-TERM"), Some(0));
}

#[test]
fn types_and_values_are_as_promised() {
    let Some(python) = python() else { return };
    let home = home();
    for file in ["e.parquet", "e.arrow", "e.feather", "e.xlsx", "e.jsonl", "e.csv"] {
        home.ok(&["-r", "events", "-o", file, "--timezone", "UTC"]);
    }
    home.ok(&["-r", "gap", "-o", "gap.parquet"]);
    home.ok(&["-r", "events", "--from", "2100-01-01", "-o", "none.parquet"]);
    home.ok(&["-r", "events", "--from", "2100-01-01", "-o", "none.arrow"]);
    runs(&python, &home, &fs::read_to_string(repository("tests/dataframes/events.py")).unwrap());
}

#[test]
fn every_report_is_a_frame_and_a_workbook() {
    let Some(python) = python() else { return };
    let home = home();
    for report in reports() {
        for extension in ["jsonl", "parquet", "arrow", "xlsx"] {
            home.ok(&["-r", report.info().name, "-o", &format!("{}.{extension}", report.info().name)]);
        }
    }
    runs(&python, &home, &fs::read_to_string(repository("tests/dataframes/reports.py")).unwrap());
}

#[test]
fn the_page_on_data_frames_runs() {
    let Some(python) = python() else { return };
    let home = home();
    let page = fs::read_to_string(repository("docs/dataframes.md")).unwrap();
    let blocks = |language: &str| -> Vec<String> {
        let fence = format!("```{language}\n");
        let parts = page.split(&fence).skip(1);
        parts.map(|part| part.split("\n```").next().unwrap().to_owned()).collect()
    };
    let commands = blocks("sh").join("\n");
    for line in commands.lines() {
        let args: Vec<&str> =
            line.strip_prefix("workhours ").expect("a command of ours").split(' ').collect();
        home.ok(&args);
    }
    let script = blocks("python").join("\n\n");
    assert!(script.lines().count() > 20, "the page has lost its example");
    runs(&python, &home, &script);
}
