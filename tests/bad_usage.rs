//! Promise: a mistake in arguments or config has exit code 2, is reported before anything is loaded, and comes with a
//! hint.

use crate::kit::{ACCESS, Home};
use crate::logs::access_log;

/// Runs, expects exit code 2, these texts, and that nothing was loaded.
#[track_caller]
fn refused(args: &[&str], texts: &[&str]) {
    let home = Home::new();
    home.write("access.log", access_log(0..3));
    home.write("local.ini", "[main]\neventsdb.urx = sqlite:///x.db\n");
    home.write("local.toml", "databse = \"sqlite:///x.db\"\n");
    home.write("zone.toml", "timezone = \"Europe/Berlim\"\n");
    home.write("source.ini", "[log.htp]\nweb = access.log\n");
    home.write("half.toml", "[[inputs]\n");
    let run = home.run(args).exits(2).says(texts);
    assert_eq!(run.stdout(), "", "nothing on stdout\n{run}");
    assert!(!home.path("data/workhours/fs").exists(), "nothing was loaded\n{run}");
}

#[test]
fn names_with_a_suggestion() {
    let load = ["-s", "log.http", "access.log", "-P"];
    refused(
        &["-s", "log.htp", "access.log", "-P"],
        &["unknown source type \"log.htp\"", "hint: did you mean log.http?", "workhours -l"],
    );
    refused(&["-r", "evnts"], &["unknown report \"evnts\"", "hint: did you mean events?"]);
    refused(
        &[&load[..], &["-r", "histgram"]].concat(),
        &["unknown report \"histgram\"", "did you mean histogram?"],
    );
    refused(&["-r", "events", "-O", "jsn"], &["\"jsn\"", "hint: ", "json"]);
    refused(&["-r", "events", "-o", "out.docx"], &["out.docx", "hint: ", "-O"]);
    refused(&["-r", "events", "--source", "log.shel"], &["\"log.shel\"", "did you mean log.shell?"]);
}

#[test]
fn uris_and_settings() {
    refused(&["-r", "events", "--db", "sqlte:///x.db"], &["--db", "sqlte", "did you mean sqlite"]);
    refused(&["-r", "events", "--db", "x.db"], &["not a database URI", "did you mean sqlite:///x.db?"]);
    refused(&["-r", "events", "--db", "sqlite://x.db"], &["did you mean sqlite:///x.db"]);
    refused(&["-r", "events", "--timezone", "Europe/Berlim"], &["Europe/Berlim", "hint: "]);
    refused(&["-r", "events", "-G", "-3"], &["error"]);
    refused(&["-r", "events", "--from", "2024-05-02", "--to", "2024-05-01"], &["--from is not before --to"]);
    refused(&["-r", "events", "--from", "the day of days"], &["the day of days"]);
    refused(&["-r", "gap", "-r", "events", "-o", "both.csv"], &["-o takes one report", "hint: "]);
}

#[test]
fn config_files() {
    refused(&["-c", "none.ini", "-P"], &["no config file none.ini", "hint: "]);
    refused(&["-c", "local.ini", "-P"], &["local.ini:2", "eventsdb.urx", "did you mean eventsdb.ur"]);
    refused(&["-c", "local.toml", "-P"], &["local.toml:1", "databse", "database"]);
    refused(&["-c", "zone.toml", "-r", "events"], &["zone.toml:1", "Europe/Berlim"]);
    refused(&["-c", "source.ini", "-P"], &["source.ini", "log.htp", "did you mean log.http?"]);
    refused(&["-c", "half.toml", "-P"], &["half.toml:1"]);
}

#[test]
fn flags() {
    refused(&[], &["nothing to do", "hint: "]);
    refused(&ACCESS, &["neither loading nor a report", "hint: -P"]);
    refused(&["-P"], &["no input to load", "hint: "]);
    refused(&["-s", "log.http"], &["2 values"]);
    refused(&["--reread", "-r", "events"], &["--parse"]);
    refused(&["--no-such-flag"], &["--no-such-flag"]);
    refused(&["-q", "-v", "-r", "events"], &["cannot be used with"]);
    refused(&["inptus", "list"], &["inptus"]);
}
