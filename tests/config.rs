//! Promise: settings mean the same in INI, in TOML and on the command line; flags win, with a warning.

use crate::kit::{ACCESS, Home};
use crate::logs::{access_log, shell_record};
use std::fs;

fn home() -> Home {
    let home = Home::new();
    home.write("etc/access.log", access_log(0..10));
    home.write("etc/usrlog", shell_record(0, "ls") + "\n" + &shell_record(1, "make") + "\n");
    home.write(
        "etc/local.ini",
        "[main]\neventsdb.uri = sqlite:///%(here)s/ini.db\nfs.uri = %(here)s/fs\ntimezone = Europe/Berlin\n\
         gaptime = 7.5\n\n[log.http]\nweb = access.log\n\n[log.shell]\nlaptop = %(here)s/usrlog\n    none/*.log\n",
    );
    home.write(
        "etc/local.toml",
        "database = \"sqlite:///toml.db\"\nfilestore = \"fs\"\ntimezone = \"Europe/Berlin\"\ngaptime_min = 7.5\n\n\
         [[inputs]]\ntype = \"log.http\"\npath = \"access.log\"\nlabel = \"web\"\n\n\
         [[inputs]]\ntype = \"log.shell\"\npath = [\"usrlog\", \"none/*.log\"]\nlabel = \"laptop\"\n",
    );
    home
}

#[test]
fn ini_and_toml_give_the_same() {
    let home = home();
    let mut results = Vec::new();
    for name in ["ini", "toml"] {
        let config = format!("etc/local.{name}");
        // The pattern that matches nothing fails alone.
        let run = home.load_failing(&["-c", &config]).counts([12, 0, 0, 0]);
        let tasks: Vec<_> = run
            .tasks()
            .iter()
            .map(|t| {
                [&t["source_type"], &t["label"], &t["path"], &t["state"], &t["inserted"]]
                    .map(|v| v.to_string())
            })
            .collect();
        assert!(home.path(format!("etc/{name}.db")).exists());
        assert!(!home.path("data/workhours/events.db").exists());
        results.push((tasks, home.ok(&["-c", &config, "-r", "events", "-O", "jsonl"]).stdout()));
    }
    assert_eq!(results[0], results[1]);
    assert_eq!(results[0].0[0][1], "\"web\"");
}

#[test]
fn what_is_shown_can_be_loaded() {
    let home = home();
    for name in ["etc/local.ini", "etc/local.toml"] {
        let shown = home.ok(&["-c", name, "config", "show"]).stdout();
        for text in ["7.5", "Europe/Berlin", "log.http", "laptop", "usrlog"] {
            assert!(shown.contains(text), "{text} of {name}:\n{shown}");
        }
        home.write("elsewhere/shown.toml", &shown);
        let again = home.ok(&["-c", "elsewhere/shown.toml", "config", "show"]).stdout();
        let settings =
            |text: &str| text.lines().filter(|l| !l.starts_with('#')).collect::<Vec<_>>().join("\n");
        assert_eq!(settings(&again), settings(&shown), "{name}");
    }
    home.ok(&["config", "show"]);
}

#[test]
fn flags_beat_the_file_and_say_so() {
    let home = home();
    let run = home.run(&["-c", "etc/local.ini", "-P", "--db", "sqlite:///flag.db"]).exits(1);
    let run = run.says(&["warning: --db on the command line beats main.eventsdb.uri of etc/local.ini:2"]);
    assert!(home.path("flag.db").exists() && !home.path("etc/ini.db").exists(), "{run}");
    let quiet = home.run(&["-c", "etc/local.ini", "-P", "-q", "--db", "sqlite:///flag.db"]).exits(1);
    assert!(!quiet.stderr().contains("warning"), "{quiet}");
    home.write("extra.log", access_log(50..55));
    let both = home.load_failing(&["-c", "etc/local.toml", "-s", "log.http", "extra.log"]);
    both.counts([17, 0, 0, 0]);
}

#[test]
fn relative_and_absolute_database_uris() {
    let home = Home::new();
    home.write("access.log", access_log(0..3));
    let absolute = format!("sqlite:///{}", home.path("absolute.db").display());
    assert!(absolute.starts_with("sqlite:////"));
    for (uri, file) in [("sqlite:///relative.db", "relative.db"), (absolute.as_str(), "absolute.db")] {
        home.load(&[&ACCESS[..], &["--db", uri]].concat()).counts([3, 0, 0, 0]);
        assert!(home.path(file).exists(), "{uri}");
        home.load(&[&ACCESS[..], &["--sqldb-url", uri]].concat()).counts([0; 4]);
        home.load(&[&ACCESS[..], &["--eventsdb", uri]].concat()).counts([0; 4]);
    }
    home.load(&[&ACCESS[..], &["--db", "sqlite+pysqlite:///deep/er/x.db"]].concat()).counts([3, 0, 0, 0]);
    assert!(home.path("deep/er/x.db").exists());
}

#[test]
fn the_default_file_and_what_an_input_says_of_its_records() {
    let home = Home::new();
    home.write("access.log", access_log(0..2));
    home.write("usrlog", "x: 06/08/12 19:28 ::: make\n");
    let text = "timezone = \"America/Chicago\"\n[[inputs]]\ntype = \"log.shell\"\npath = \"../../usrlog\"\nhost = \"vax\"\n\
                user = \"ada\"\n[[inputs]]\ntype = \"log.http\"\npath = \"../../access.log\"\nuser = \"eve\"\n";
    home.write("config/workhours/config.toml", text);
    home.load(&[]).counts([3, 0, 0, 0]);
    let events = home.events(&[]);
    assert_eq!(events[0]["date"], "2012-06-09T00:28:00Z");
    assert_eq!((&events[0]["host"], &events[0]["user"]), (&"vax".into(), &"ada".into()));
    assert_eq!((&events[1]["peer"], &events[1]["user"]), (&"192.0.2.0".into(), &"eve".into()));
}

#[test]
fn copies_are_kept_as_told() {
    let home = Home::new();
    home.write("access.log", access_log(0..20));
    home.load(&[&ACCESS[..], &["--fs", "copies", "--fs-keep", "none"]].concat()).counts([20, 0, 0, 0]);
    let objects = |home: &Home| fs::read_dir(home.path("copies/objects")).unwrap().count();
    assert_eq!(objects(&home), 0);
    home.append("access.log", access_log(20..30));
    let uri = format!("file://{}", home.path("copies").display());
    home.load(&[&ACCESS[..], &["--fs", &uri, "--fs-keep", "all"]].concat()).counts([10, 0, 0, 0]);
    assert_eq!(objects(&home), 1);
}
