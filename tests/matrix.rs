//! Promise: every combination works: every report with every output, for an empty database, one event, and many.
//!
//! The results for an empty database and one event are in `tests/fixtures/matrix`; `WORKHOURS_BLESS=1 cargo test
//! matrix` writes them again.

use crate::kit::{Home, repository};
use crate::logs::access_log;
use std::fs;
use workhours_core::database::DatabaseUri;
use workhours_core::output::{Output, Style, outputs};
use workhours_core::report::{Report, ReportParams, reports};
use workhours_core::store::Store;
use workhours_core::table::{ColumnType, Row, Table};

const STYLE: Style = Style { zone: chrono_tz::Tz::UTC, width: Some(100), color: false, all_columns: false };

fn store(home: &Home) -> Store {
    let uri: DatabaseUri =
        format!("sqlite:///{}", home.path("data/workhours/events.db").display()).parse().unwrap();
    Store::open(&uri).unwrap()
}

fn params() -> ReportParams {
    ReportParams {
        now_us: 1_750_000_000_000_000,
        activity: "all".parse().unwrap(),
        ..ReportParams::default()
    }
}

/// A report's columns, drawing and all its rows.
fn asked(store: &mut Store, report: &'static dyn Report) -> impl Fn() -> Table<'static> + use<> {
    let mut table = report.run(store, &params()).unwrap();
    let mut rows = Vec::new();
    while let Some(row) = table.rows.next_row().unwrap() {
        if let Row::Data(cells) = row {
            rows.push(cells);
        }
    }
    let (columns, chart) = (table.columns.clone(), table.chart);
    move || Table::ready(report.info().name, &columns, rows.clone()).drawn(chart)
}

/// The bytes and the number of rows; nothing for a calendar of rows without times, which is an error.
fn write(output: &'static dyn Output, table: &mut Table<'_>) -> Option<(Vec<u8>, u64)> {
    let timeless = table.columns.iter().all(|column| column.kind != ColumnType::Time);
    let mut bytes = Vec::new();
    match output.write(table, &mut bytes, &STYLE) {
        Err(e) if output.info().name == "ics" && timeless => {
            assert!(e.to_string().contains("no column of times") && e.hint_text().is_some(), "{e}");
            None
        }
        written => Some((bytes, written.unwrap().rows)),
    }
}

/// The properties of any file of this format.
fn looks_right(output: &'static dyn Output, report: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let right = match output.info().name {
        "parquet" => bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"),
        "arrow" => bytes.starts_with(b"ARROW1") && bytes.ends_with(b"ARROW1"),
        "xlsx" => bytes.starts_with(b"PK\x03\x04"),
        "html" => text.starts_with("<!doctype html>") && text.trim_end().ends_with("</html>"),
        "ics" => text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("END:VCALENDAR\r\n"),
        "json" => serde_json::from_str::<Vec<serde_json::Value>>(&text).is_ok(),
        "jsonl" => text.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()),
        _ => text.is_empty() || text.ends_with('\n'),
    };
    assert!(right, "{report} as {}: {}", output.info().name, text.chars().take(300).collect::<String>());
}

/// Every report by every output; those that are short text, one after the other.
fn all(store: &mut Store) -> String {
    let mut seen = String::new();
    for report in reports() {
        let name = report.info().name;
        let table = asked(store, report);
        for output in outputs() {
            let Some((bytes, _)) = write(output, &mut table()) else { continue };
            looks_right(output, name, &bytes);
            // A page is long and the same but for its table, and when something was loaded is different each time.
            if !output.info().binary && output.info().name != "html" && name != "sources" {
                seen +=
                    &format!("== {name} as {}\n{}", output.info().name, String::from_utf8(bytes).unwrap());
            }
        }
    }
    seen
}

fn is_as_kept(name: &str, seen: &str) {
    let path = repository("tests/fixtures/matrix").join(format!("{name}.txt"));
    if std::env::var_os("WORKHOURS_BLESS").is_some() {
        fs::write(&path, seen).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap();
    let differs = kept.lines().zip(seen.lines()).position(|(a, b)| a != b);
    assert!(kept == seen, "{}: other from line {:?} on", path.display(), differs.map(|n| n + 1));
}

#[test]
fn of_nothing_and_of_one_event() {
    let home = Home::new();
    let mut store = store(&home);
    is_as_kept("nothing", &all(&mut store));
    // Each of its texts tries to be something else.
    home.write(
        "one.jsonl",
        "{\"date\":\"2026-03-10T09:00:00Z\",\"title\":\"=HYPERLINK(\\\"x\\\") </script>\\u001b[31m|\\u202e\",\
         \"text\":\"a,\\\"b\\\"\\nc\\td;\",\"url\":\"https://github.com/ada/tides?q=<b>\",\"host\":\"@h\",\"user\":\"-1+1\"}\n",
    );
    home.load(&["-s", "jsonl", "one.jsonl"]);
    let seen = all(&mut store).replace(&home.path("").display().to_string(), "HOME/");
    is_as_kept("one", &seen);
}

#[test]
fn of_many_events() {
    const EACH: usize = 50_000;
    let home = Home::new();
    home.write("access.log", access_log(0..EACH));
    let command = |n: usize| {
        let line = ["git status", "cargo test | tail -3", "make -C ~/src/tides", "ls"][n % 4];
        format!("#{}\n{line} {}\n", 1_700_000_000 + n * 100, n % 99)
    };
    home.write(".bash_history", (0..EACH).map(command).collect::<String>());
    home.load(&["-s", "log.http", "access.log", "-s", "bash.history", ".bash_history"]);
    let mut store = store(&home);
    for report in reports() {
        let name = report.info().name;
        let table = asked(&mut store, report);
        let rows = {
            let mut table = table();
            std::iter::from_fn(|| table.rows.next_row().unwrap()).count() as u64
        };
        if name == "events" {
            assert_eq!(rows, 2 * EACH as u64);
        }
        for output in outputs() {
            let Some((bytes, written)) = write(output, &mut table()) else { continue };
            looks_right(output, name, &bytes);
            // Calendars only contain rows with a time.
            if output.info().name != "ics" {
                assert_eq!(written, rows, "{name} as {}", output.info().name);
            }
        }
    }
}
