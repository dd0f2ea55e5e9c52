//! Promise: a format declared in a config file is a source type like any other, without code; errors in it name their
//! line.

use crate::kit::Home;

/// A time sheet with its own delimiter, date format and zone.
const SHEET: &str = r#"
[formats."time.sheet"]
kind = "csv"
summary = "The time sheet of the office"
event_kind = "work.entry"
activity = "human"
timezone = "Europe/Berlin"
locations = ["~/sheets/*.csv"]
delimiter = ";"
date = "Day + From"
date_format = "%d.%m.%Y %H:%M"
duration = "Hours"
duration_unit = "h"
title = "What"
tags = "For"
sample = """
Day;From;Hours;What;For;Place
24.12.2023;09:00;1.5;"Wrap; label";gifts, office;Berlin
25.12.2023;;;Nothing;;
26.12.2023;10:00
"""
expect_rejects = 1
expect = [
    { date = "2023-12-24T09:00:00+01:00", end = "2023-12-24T09:30:00Z", title = "Wrap; label", tags = ["gifts", "office"], place = "Berlin", kind = "work.entry", elapsed_ms = 5400000 },
    { date = "", title = "Nothing" },
]
"#;

const SHEET_FILE: &str = "Day;From;Hours;What;For;Place\n02.01.2024;09:00;2;Plan;office;Berlin\n\
                          02.07.2024;09:00;2;Build;office;Berlin\n";

fn home(formats: &str) -> Home {
    let home = Home::new();
    home.write("wh.toml", formats);
    home.write("sheet.csv", SHEET_FILE);
    home
}

#[test]
fn a_declared_format_is_a_source_type() {
    let home = home(SHEET);
    let listed = home.ok(&["-c", "wh.toml", "-l", "-O", "jsonl", "--all-columns"]).json_lines();
    let sheet = listed.iter().find(|s| s["name"] == "time.sheet").unwrap();
    assert_eq!(sheet["summary"], "The time sheet of the office");
    assert!(sheet["origin"].as_str().unwrap().contains("wh.toml:2"), "{sheet}");
    assert_eq!(sheet["activity"], "human");

    let run = home.load(&["-c", "wh.toml", "-s", "time.sheet", "sheet.csv"]).counts([2, 0, 0, 0]);
    assert_eq!(run.tasks()[0]["source_type"], "time.sheet");
    let events = home.events(&[]);
    let dates: Vec<_> = events.iter().map(|e| e["date"].as_str().unwrap().to_owned()).collect();
    assert!(
        dates[0].starts_with("2024-01-02T08:00:00") && dates[1].starts_with("2024-07-02T07:00:00"),
        "{dates:?}"
    );
    assert_eq!(events[0]["kind"], "work.entry");
    assert_eq!(events[0]["title"], "Plan");

    // A second read finds it known; added lines are read from where reading ended, with the old header.
    home.load(&["-c", "wh.toml", "-s", "time.sheet", "sheet.csv"]).counts([0, 0, 0, 0]);
    home.append("sheet.csv", "03.07.2024;09:00;2;Test;office;Berlin\n");
    home.load(&["-c", "wh.toml", "-s", "time.sheet", "sheet.csv"]).counts([1, 0, 0, 0]);
    home.load(&["-c", "wh.toml", "--reread", "-s", "time.sheet", "sheet.csv"]).counts([0, 3, 0, 0]);
    assert_eq!(home.events(&[]).len(), 3);
}

#[test]
fn the_zone_of_the_input_beats_that_of_the_format() {
    let input = "\n[[inputs]]\ntype = \"time.sheet\"\npath = \"sheet.csv\"\ntimezone = \"America/Chicago\"\n";
    let home = home(&format!("{SHEET}{input}"));
    home.load(&["-c", "wh.toml"]).counts([2, 0, 0, 0]);
    assert!(home.column("date")[0].starts_with("2024-01-02T15:00:00"));
}

#[test]
fn the_self_test_reads_the_samples() {
    // Each a copy of the sheet with a change, and the expected message.
    let changes = [
        ("", "", &[][..]),
        (
            "title = \"Nothing\"",
            "title = \"Something\"",
            &["event 2 of the sample", "title is \"Nothing\", not \"Something\""],
        ),
        (
            "T09:00:00+01:00",
            "T09:00:00+02:00",
            &["event 1", "date is 2023-12-24T08:00:00Z, not 2023-12-24T07:00:00Z"],
        ),
        ("date = \"\"", "date = \"2023-12-25\"", &["event 2", "date is not there, not 2023-12-24T23:00:00Z"]),
        ("place = \"Berlin\"", "room = \"1\"", &["it has no room; in meta there are place, elapsed_ms"]),
        ("expect_rejects = 1", "", &["gives 1 rejects, not 0", "in its line 4", "2 cells"]),
        ("expect_rejects = 1", "expect_rejects = 1\nexpect_events = 3", &["gives 2 events, not 3"]),
        ("date = \"Day + From\"", "date = \"Tag\"", &["cannot be read", "no column \"Tag\" for date"]),
    ];
    let mut config = String::new();
    let mut expected_at = 0;
    for (i, (from, to, _)) in changes.iter().enumerate() {
        let sheet = SHEET.replacen(from, to, 1).replace("time.sheet", &format!("sheet{i}"));
        if i == 1 {
            expected_at =
                config.lines().count() + sheet.lines().position(|l| l.contains("Something")).unwrap() + 1;
        }
        config += &sheet;
    }
    let home = home(&config);
    let ran = home.run(&["-c", "wh.toml", "-t", "-O", "jsonl"]).exits(1);
    let tests = ran.json_lines();
    for (i, (_, to, texts)) in changes.iter().enumerate() {
        let test = tests.iter().find(|t| t["test"] == format!("source sheet{i}")).unwrap();
        let problem = test["problem"].as_str().unwrap_or_default();
        assert_eq!(test["result"], if texts.is_empty() { "pass" } else { "fail" }, "{to}: {problem}");
        assert!(texts.is_empty() || problem.starts_with("wh.toml:"), "{problem}");
        for text in *texts {
            assert!(problem.contains(text), "{text:?} in {problem}");
        }
    }
    assert!(ran.stdout().contains(&format!("wh.toml:{expected_at}: event 2")), "line {expected_at}\n{ran}");
}

#[test]
fn mistakes_are_told_with_their_line() {
    for (declared, line, texts) in [
        (
            "[formats.x]\nkind = \"csv\"\ntitel = \"a\"\n",
            3,
            &["unknown key \"titel\"", "did you mean title?"][..],
        ),
        ("[formats.x]\nkind = \"csvv\"\n", 1, &["unknown source type \"csvv\"", "did you mean csv?"]),
        ("[formats.x]\ntitle = \"a\"\n", 1, &["has no kind"]),
        ("[formats.x]\nkind = \"regex\"\n\npattern = \"(\"\n", 4, &["pattern"]),
        ("[formats.x]\nkind = \"csv\"\ndate_format = \"%Q\"\ndate = \"a\"\n", 3, &["%Q"]),
        ("[formats.x]\nkind = \"csv\"\ntimezone = \"Berlin\"\n", 3, &["did you mean Europe/Berlin?"]),
        ("[formats.x]\nkind = \"csv\"\nexpect = [\"a\"]\n", 3, &["list of tables"]),
        ("[formats.x]\nkind = \"csv\"\nexpect_events = 1\n", 1, &["sample it does not have"]),
        ("[formats.\"X y\"]\nkind = \"csv\"\n", 1, &["cannot name a format"]),
        ("[formats.auto]\nkind = \"csv\"\n", 1, &["cannot name a format"]),
        ("[formats.\"log.http\"]\nkind = \"csv\"\n", 1, &["log.http (built-in)", "another name"]),
        ("[formats.tsv]\nkind = \"csv\"\n", 1, &["csv (built-in)", "another name"]),
    ] {
        let home = home(declared);
        let ran = home.run(&["-c", "wh.toml", "-l"]).exits(2);
        ran.says(&[&[format!("wh.toml:{line}").as_str()], texts].concat());
    }
    let twice = home("[formats.x]\nkind = \"csv\"\n");
    twice.write("wh.ini", "[format:x]\nkind = csv\n[format:x]\nkind = csv\n");
    twice.run(&["-c", "wh.ini", "-l"]).exits(2).says(&["wh.ini:3", "wh.ini:1", "already"]);
}

#[test]
fn ini_declares_formats_too() {
    let home = Home::new();
    home.write(
        "wh.ini",
        "[format:my.log]\nkind = regex\npattern = ^(?<date>\\S+ \\S+) (?<level>[A-Z]+) (?<text>.*)$\n\
         date_format = %Y-%m-%d %H:%M:%S\nunmatched = ignore\nlocations = ~/a.log\n    ~/b.log\n\n\
         [my.log]\nmine = my.log\n",
    );
    home.write(
        "my.log",
        "2024-03-01 10:00:00 WARN disk is full\n  at night\n2024-03-01 10:00:01 INFO all well\n",
    );
    home.load(&["-c", "wh.ini"]).counts([2, 0, 0, 0]);
    let events = home.events(&[]);
    assert_eq!(events[0]["text"], "disk is full");
    assert_eq!(events[0]["meta"]["level"], "WARN");
    home.write("bad.ini", "[format:x]\nkind = csv\nsample = a,b\n");
    home.run(&["-c", "bad.ini", "-l"]).exits(2).says(&["bad.ini:3", "TOML"]);
}

#[test]
fn what_is_shown_declares_the_same() {
    let home = home(SHEET);
    let shown = home.ok(&["-c", "wh.toml", "config", "show"]).stdout();
    home.write("again.toml", &shown);
    let again = home.ok(&["-c", "again.toml", "config", "show"]).stdout();
    let lines =
        |text: &str| text.lines().filter(|l| !l.starts_with('#')).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&again), lines(&shown));
    assert!(shown.contains("elapsed_ms") && shown.contains("Day + From"), "{shown}");
}

#[test]
fn options_of_an_input_tell_a_general_source_what_is_what() {
    let home = Home::new();
    home.write(
        "wh.toml",
        "[[inputs]]\ntype = \"jsonl\"\npath = \"calls.jsonl\"\n[inputs.options]\ndate = \"call.at\"\ndate_format = \"unix\"\n\
         user = \"call.who[0].name\"\n",
    );
    home.write(
        "calls.jsonl",
        "{\"call\":{\"at\":1709287200,\"who\":[{\"name\":\"ada\"}],\"rate\":2}}\nnoise\n",
    );
    home.load(&["-c", "wh.toml"]).counts([1, 0, 0, 1]);
    let event = &home.events(&[])[0];
    assert_eq!(event["user"], "ada");
    assert_eq!(event["meta"]["call_rate"], 2);
}

#[test]
fn a_format_that_was_mended_reads_its_input_anew() {
    let home = home(&SHEET.replace("title = \"What\"", "title = \"Place\""));
    home.load(&["-c", "wh.toml", "-s", "time.sheet", "sheet.csv"]).counts([2, 0, 0, 0]);
    home.write("wh.toml", SHEET);
    home.ok(&["-c", "wh.toml", "inputs", "reload", "1"]);
    assert_eq!(home.column("title"), ["Plan", "Build"]);

    let with = |title: &str| {
        format!("[[inputs]]\ntype = \"csv\"\npath = \"sheet.csv\"\noptions = {{ title = \"{title}\" }}\n")
    };
    let home = Home::new();
    home.write("sheet.csv", SHEET_FILE);
    home.write("wh.toml", with("Place"));
    home.load(&["-c", "wh.toml"]).counts([2, 0, 0, 0]);
    home.write("wh.toml", with("What"));
    home.load(&["-c", "wh.toml"]).counts([0, 0, 0, 0]);
    home.ok(&["-c", "wh.toml", "inputs", "reload", "1"]);
    assert_eq!(home.column("title"), ["Plan", "Build"]);
}

#[test]
fn auto_prefers_what_knows_the_file() {
    let home = home(SHEET);
    home.write("table.csv", "date,title\n2024-03-01T10:00:00Z,one\n");
    let run = home.load(&["-c", "wh.toml", "-s", "auto", "sheet.csv", "-s", "auto", "table.csv"]);
    let types: Vec<_> = run.tasks().iter().map(|t| t["source_type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(types, ["time.sheet", "csv"]);
}

#[test]
fn requests_in_any_layout_are_counted_like_those_of_web_servers() {
    let home = home(
        "[formats.\"edge.log\"]\nkind = \"regex\"\nevent_kind = \"http.request\"\nactivity = \"machine\"\n\
         pattern = '^(?<date>\\S+) (?<peer>\\S+) (?<user>\\S+) \"(?<request>[^\"]*)\" (?<status>\\S+) (?<size>\\S+)'\n",
    );
    home.write(
        "edge.log",
        "2024-07-01T10:00:00Z 192.0.2.7 - \"GET /tides HTTP/1.1\" 404 17\n\
         2024-07-01T10:00:01Z 192.0.2.7 ada \"GET /tides HTTP/1.1\" - -\n",
    );
    home.load(&["-c", "wh.toml", "-s", "edge.log", "edge.log"]).counts([2, 0, 0, 0]);
    let events = home.events(&[]);
    assert_eq!((&events[0]["meta"]["status"], &events[0]["meta"]["size_bytes"]), (&404.into(), &17.into()));
    assert_eq!((&events[0]["url"], events[0]["user"].is_null()), (&"/tides".into(), true));
    assert!(events[1]["meta"]["status"].is_null());
    let found = home.ok(&["-r", "http", "-O", "csv"]).stdout();
    assert!(found.contains("status,404,1") && found.contains("not_found,/tides,1"), "{found}");
}

#[test]
fn tables_and_documents_that_grow_are_read_on() {
    let home = Home::new();
    home.write("sheet.csv", "Start date,Start time,End date,End time,Description\n");
    home.load(&["-s", "csv", "sheet.csv"]).counts([0, 0, 0, 0]);
    home.append("sheet.csv", "13/02/2025,08:15:00,13/02/2025,09:15:00,one\n");
    home.load(&["-s", "csv", "sheet.csv"]).counts([1, 0, 0, 0]);
    home.append("sheet.csv", "03/02/2025,08:15:00,03/02/2025,09:15:00,two\n");
    home.load(&["-s", "csv", "sheet.csv"]).counts([1, 0, 0, 0]);
    let dates = home.column("date");
    assert!(dates.iter().any(|d| d.starts_with("2025-02-03")), "as the first row said: {dates:?}");
    let document = |items: &str| format!("{{\"version\": 1, \"entries\": [{items}]}}\n");
    let one = "{\"time\": \"2025-02-03T08:15:00Z\", \"title\": \"one\"}";
    let two = "{\"time\": \"2025-02-03T08:16:00Z\", \"title\": \"two\"}";
    home.write("log.json", document(one));
    home.load(&["-s", "jsonl", "log.json"]).counts([1, 0, 0, 0]);
    home.write("log.json", document(&format!("{one}, {two}")));
    home.load(&["-s", "jsonl", "log.json"]).counts([1, 1, 0, 0]);
    home.load(&["-s", "jsonl", "log.json"]).counts([0, 0, 0, 0]);
}
