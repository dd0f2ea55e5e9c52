//! Promise: what a machine has to load is found without naming it, shown as it is, and loaded only when asked for.

use crate::kit::plugin::{add, compile, has_cc};
use crate::kit::{Home, Ran, assert_same_multiset, repository};
use crate::logs::{packed, shell_record};
use serde_json::Value;
use std::fs;
use std::path::Path;

const SHELL: [&str; 2] = ["--source", "log.shell"];

fn found(home: &Home, args: &[&str]) -> Vec<Value> {
    home.ok(&[&["scan", "-O", "jsonl"], args].concat()).json_lines()
}

fn shell_log(n: usize) -> String {
    (0..n).map(|i| shell_record(i, &format!("make {i}")) + "\n").collect()
}

/// The paths, as seen from home.
fn paths(home: &Home, rows: &[Value]) -> Vec<String> {
    let root = home.path("");
    let relative = |row: &Value| {
        let path = row["path"].as_str().unwrap();
        Path::new(path).strip_prefix(&root).unwrap_or(Path::new(path)).to_string_lossy().into_owned()
    };
    rows.iter().map(relative).collect()
}

fn row<'r>(home: &Home, rows: &'r [Value], path: &str) -> &'r Value {
    let i = paths(home, rows).iter().position(|p| p == path);
    &rows[i.unwrap_or_else(|| panic!("no {path} in {rows:#?}"))]
}

/// A plugin with inputs below `var` of this home; `places` are patterns there.
fn plugin(home: &Home, name: &str, prefix: &str, places: &[&str]) {
    let places: Vec<Value> = places
        .iter()
        .map(|place| {
            let glob = if place.starts_with('~') {
                (*place).to_owned()
            } else {
                home.path("var").join(place).to_string_lossy().into_owned()
            };
            serde_json::json!({ "os": "any", "glob": glob })
        })
        .collect();
    let json = serde_json::to_string(&places).unwrap().replace('"', "\\\"");
    let flags =
        [format!("-DNAME=\"{name}\""), format!("-DPREFIX=\"{prefix}\""), format!("-DPLACES=\"{json}\"")];
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let library = compile(home, &repository("tests/places.c"), &flags, &format!("{name}.so"));
    add(home, &library).exits(0);
}

fn with_plugin(name: &str, prefix: &str, places: &[&str]) -> Option<Home> {
    if !has_cc() {
        return None;
    }
    let home = Home::new();
    plugin(&home, name, prefix, places);
    Some(home)
}

fn age(home: &Home, name: &str, hours: u64) {
    let file = fs::File::options().write(true).open(home.path(name)).unwrap();
    file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(hours * 3_600)).unwrap();
}

#[test]
fn files_at_the_usual_places_are_listed_and_nothing_is_changed() {
    let home = Home::new();
    home.write(".usrlog", shell_log(3));
    home.write(".virtualenvs/one/-usrlog.log", shell_log(2));
    home.write(".virtualenvs/two/-usrlog.log", "");
    home.write(
        "Downloads/bookmarks.html",
        fs::read(repository("workhours-plugins/samples/bookmarks.html")).unwrap(),
    );
    home.write("elsewhere/.usrlog", shell_log(9));
    let rows = found(&home, &[&SHELL[..], &["--source", "bookmarks.html"]].concat());
    let names = [
        "Downloads/bookmarks.html",
        ".usrlog",
        ".virtualenvs/one/-usrlog.log",
        ".virtualenvs/two/-usrlog.log",
    ];
    assert_eq!(paths(&home, &rows), names);
    let first = row(&home, &rows, ".usrlog");
    assert_eq!((&first["source_type"], &first["place"]), (&"log.shell".into(), &"~/.usrlog".into()));
    assert_eq!(
        (&first["records"], &first["counted"], &first["loaded"]),
        (&3.into(), &true.into(), &false.into())
    );
    assert_eq!(first["size_bytes"], shell_log(3).len());
    assert!(first["modified"].is_string() && first["remark"].is_null(), "{first}");
    assert_eq!(row(&home, &rows, names[3])["remark"], "it is empty");
    let bookmarks = row(&home, &rows, names[0]);
    assert!(bookmarks["records"].as_u64().unwrap() > 3, "a document is read whole: {bookmarks}");
    assert!(!home.path("data").exists() && !home.path("config").exists(), "looking leaves nothing behind");
    assert!(home.ok(&["scan", "-O", "table"]).stdout().contains(".usrlog"));
    home.run(&["scan", "--source", "log.shel"]).exits(2).says(&["did you mean log.shell?"]);
}

#[test]
fn records_are_estimated_by_the_beginning() {
    let home = Home::new();
    let big = shell_log(20_000);
    home.write(".usrlog", &big);
    home.write(".session_log", packed(shell_log(7).as_bytes(), "gz"));
    home.write("-usrlog.log", packed(big.as_bytes(), "gz"));
    let rows = found(&home, &SHELL);
    let estimate = row(&home, &rows, ".usrlog");
    let n = estimate["records"].as_u64().unwrap();
    assert!((19_000..21_000).contains(&n), "{estimate}");
    assert_eq!(estimate["counted"], false);
    assert_eq!(row(&home, &rows, ".session_log")["records"], 7, "little is counted, packed or not");
    let packed = row(&home, &rows, "-usrlog.log");
    assert_eq!((&packed["records"], &packed["remark"]), (&Value::Null, &Value::Null), "{packed}");
}

#[test]
fn what_is_found_is_loaded_as_if_it_were_named() {
    let home = Home::new();
    home.write(".usrlog", shell_log(3));
    home.write(".virtualenvs/one/-usrlog.log", shell_log(5));
    let load = ["scan", "--load", "-O", "json", "--source", "log.shell"];
    let first = home.run(&load).exits_with_summary(0);
    assert_eq!((first.n("inserted"), first.n("duplicates")), (5, 3), "{}", *first);
    let inputs = home.ok(&["inputs", "list", "-O", "jsonl"]).json_lines();
    let pattern = home.path(".virtualenvs/*/-usrlog.log");
    assert!(inputs.iter().any(|i| i["path"] == pattern.to_str().unwrap()), "{inputs:?}");
    assert!(found(&home, &SHELL).iter().all(|row| row["loaded"] == true));
    let again = home.run(&load).exits_with_summary(0);
    assert_eq!(again.n("events"), 0, "{}", *again);
    // The same input, named.
    home.load(&["-s", "log.shell", home.path(".usrlog").to_str().unwrap()]).counts([0; 4]);
    assert_eq!(home.ok(&["inputs", "list", "-O", "jsonl"]).json_lines().len(), 2);
    let nothing = Home::new().run(&load).exits_with_summary(0);
    assert!(nothing.tasks().is_empty());
}

#[test]
fn a_config_is_written_once_and_reads_back() {
    let home = Home::new();
    home.run(&["scan", "--write-config", "none.toml", "--source", "log.shell"])
        .exits(0)
        .says(&["nothing was found"]);
    assert!(!home.path("none.toml").exists());
    home.write(".usrlog", shell_log(3));
    home.write(".virtualenvs/a \"b\"/-usrlog.log", shell_log(5));
    home.write(
        "Documents/bookmarks [old].html",
        fs::read(repository("workhours-plugins/samples/bookmarks.html")).unwrap(),
    );
    let types = [&SHELL[..], &["--source", "bookmarks.html"]].concat();
    let write = |args: &[&str]| -> Ran { home.run(&[&["scan", "--write-config"], args, &types].concat()) };
    let wrote = write(&["my.toml"]).exits(0);
    assert_eq!(wrote.stdout(), "", "{wrote}");
    let text = fs::read_to_string(home.path("my.toml")).unwrap();
    let read: toml::Table = toml::from_str(&text).unwrap();
    let inputs = read["inputs"].as_array().unwrap();
    let labels: Vec<&str> = inputs.iter().map(|i| i["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["bookmarks.html", "usrlog", "usrlog.log"], "{text}");
    assert_eq!(inputs[2]["path"].as_str(), home.path(".virtualenvs/*/-usrlog.log").to_str(), "{text}");
    let loaded = home.load(&["-c", "my.toml"]);
    assert!(loaded.n("inserted") > 5 && loaded.tasks().len() == 3, "{}", *loaded);
    assert_eq!(loaded.tasks()[1]["label"], "usrlog");
    write(&["my.toml"]).exits(2).says(&["my.toml already exists", "hint: --force"]);
    assert_eq!(fs::read_to_string(home.path("my.toml")).unwrap(), text);
    home.write("my.toml", "# mine\n");
    write(&["my.toml", "--force"]).exits(0).says(&["my.toml: 3 inputs"]);
    assert_eq!(fs::read_to_string(home.path("my.toml")).unwrap(), text);
    home.run(&["scan", "--force"]).exits(2);
    // Without a name it is the one that is read without a name.
    write(&[]).exits(0);
    write(&[]).exits(2);
    assert_eq!(fs::read_to_string(home.path("config/workhours/config.toml")).unwrap(), text);
    home.load(&[]).counts([0; 4]);
}

#[test]
fn a_rotated_series_is_listed_in_order_of_time_and_loaded_as_one() {
    let Some(home) = with_plugin("series", "GET", &["log/access.log*"]) else { return };
    let lines = |range: std::ops::Range<usize>| range.map(|i| format!("GET {i}\n")).collect::<String>();
    home.write("var/log/access.log", lines(20..30));
    home.write("var/log/access.log.1", lines(10..20));
    home.write("var/log/access.log.10.gz", packed(lines(0..5).as_bytes(), "gz"));
    home.write("var/log/access.log.2.gz", packed(lines(5..10).as_bytes(), "gz"));
    for (name, hours) in [("10.gz", 40), ("2.gz", 20), ("1", 10)] {
        age(&home, &format!("var/log/access.log.{name}"), hours);
    }
    let rows = found(&home, &["--source", "series"]);
    let names = ["access.log.10.gz", "access.log.2.gz", "access.log.1", "access.log"];
    assert_eq!(paths(&home, &rows), names.map(|n| format!("var/log/{n}")));
    home.ok(&["scan", "--write-config", "c.toml", "--source", "series"]);
    let text = fs::read_to_string(home.path("c.toml")).unwrap();
    assert!(text.contains("/var/log/access.log*\"") && text.matches("[[inputs]]").count() == 1, "{text}");
    let loaded = home.load(&["-c", "c.toml"]);
    assert_eq!((loaded.n("inserted"), loaded.tasks().len()), (30, 4), "{}", *loaded);
    assert_same_multiset(
        &home.column("text"),
        &lines(0..30).lines().map(str::to_owned).collect::<Vec<_>>(),
        "series",
    );
}

#[cfg(unix)]
#[test]
fn links_and_overlapping_places_are_listed_once() {
    use std::os::unix::fs::symlink;
    let places = ["log/a.log", "log/*.log", "~/var/log/a*", "old/*.log"];
    let Some(home) = with_plugin("once", "x", &places) else { return };
    home.write("var/log/a.log", "x1\nx2\n");
    home.write("var/log/a.log-side", "y\n");
    fs::create_dir(home.path("var/old")).unwrap();
    symlink(home.path("var/log/a.log"), home.path("var/log/0.log")).unwrap();
    symlink(home.path("var/log/a.log"), home.path("var/old/a.log")).unwrap();
    symlink("nowhere", home.path("var/log/lost.log")).unwrap();
    let rows = found(&home, &["--source", "once"]);
    assert_eq!(paths(&home, &rows), ["var/log/a.log", "var/log/lost.log"]);
    assert_eq!(rows[1]["remark"], "a link that leads nowhere");
    let loaded = home.run(&["scan", "--load", "-O", "json", "--source", "once"]).exits(0);
    let loaded = loaded.says(&["lost.log is left out: a link that leads nowhere"]).exits_with_summary(0);
    assert_eq!((loaded.n("inserted"), loaded.tasks().len()), (2, 1), "{}", *loaded);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_shown_with_the_reason() {
    use std::os::unix::fs::PermissionsExt;
    let Some(home) = with_plugin("closed", "x", &["log/*.log", "shut/*.log", "pipe"]) else { return };
    home.write("var/log/a.log", "x1\n");
    home.write("var/log/b.log", "x2\n");
    home.write("var/log/cut.log", &packed("x3\n".repeat(9_000).as_bytes(), "gz")[..40]);
    home.write("var/shut/c.log", "x4\n");
    fs::create_dir(home.path("var/log/folder.log")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(home.path("var/pipe")).status().unwrap().success());
    let closed = [home.path("var/log/b.log"), home.path("var/shut")];
    for path in &closed {
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    }
    let rows = found(&home, &["--source", "closed"]);
    let remark = |path: &str| row(&home, &rows, path)["remark"].as_str().unwrap_or_default().to_owned();
    assert!(remark("var/log/cut.log").starts_with("damaged or cut: "), "{rows:?}");
    assert_eq!(remark("var/pipe"), "it is a pipe (FIFO)");
    // Root may read everything.
    if fs::read(&closed[0]).is_err() {
        assert!(remark("var/log/b.log").contains("ermission denied"), "{rows:?}");
        assert!(remark("var/shut").starts_with("cannot be listed: "), "{rows:?}");
        let loaded = home.run(&["scan", "--load", "-O", "json", "--source", "closed"]).exits_with_summary(1);
        assert!(loaded.n("failed_tasks") > 0 && loaded.n("inserted") > 0, "{}", *loaded);
    }
    fs::set_permissions(&closed[1], fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn of_two_claims_the_one_that_fits_is_listed() {
    let Some(home) = with_plugin("claim.a", "a", &["log/*.log", "log/*.txt"]) else { return };
    plugin(&home, "claim.b", "b", &["log/*.log"]);
    plugin(&home, "claim.ab", "", &["log/both.log"]);
    home.write("var/log/a.log", "a1\na2\n");
    home.write("var/log/b.log", "b1\nb2\nb3\n");
    home.write("var/log/both.log", "b8\nb9\n");
    home.write("var/log/c.txt", "c1\nc2\n");
    let types = ["--source", "claim.a", "--source", "claim.b", "--source", "claim.ab"];
    let rows = found(&home, &types);
    let names: Vec<(&str, String)> =
        rows.iter().map(|r| r["source_type"].as_str().unwrap()).zip(paths(&home, &rows)).collect();
    let want = [
        ("claim.a", "var/log/a.log"),
        ("claim.a", "var/log/c.txt"),
        ("claim.ab", "var/log/both.log"),
        ("claim.b", "var/log/b.log"),
        ("claim.b", "var/log/both.log"),
    ];
    assert_eq!(names, want.map(|(name, path)| (name, path.to_owned())));
    assert_eq!(rows[1]["remark"], "another format: 2 of 2 records are refused");
    // A pattern that would match the other's files is not used.
    home.run(&[&["scan", "--write-config", "c.toml"], &types[..]].concat())
        .exits(0)
        .says(&["c.txt is left out: another format"]);
    let text = fs::read_to_string(home.path("c.toml")).unwrap();
    let read = text.lines().filter(|line| line.starts_with("path"));
    assert!(read.clone().count() == 4 && !read.collect::<String>().contains('*'), "{text}");
    let loaded = home.load(&["-c", "c.toml"]);
    loaded.counts([9, 0, 0, 0]);
}

#[test]
fn only_trusted_plugins_take_part_and_only_in_their_sandbox() {
    let Some(home) = with_plugin("trusted", "x", &["log/x.log"]) else { return };
    let mark = home.path("it-ran");
    home.write(
        "marks.c",
        format!(
            "#include <stdio.h>\n__attribute__((constructor)) static void c(void) \
             {{ FILE *f = fopen(\"{}\", \"w\"); if (f) fclose(f); }}\n",
            mark.display()
        ),
    );
    fs::create_dir(home.path("plugins.d")).unwrap();
    compile(&home, &home.path("marks.c"), &[], "plugins.d/marks.so");
    home.write("var/log/x.log", "x1\n");
    assert_eq!(row(&home, &found(&home, &[]), "var/log/x.log")["records"], 1);
    assert!(!mark.exists());
    // Changed since it was trusted, it is not opened either; its place is known all the same.
    fs::copy(home.path("plugins.d/marks.so"), home.path("data/workhours/plugins.d/trusted.so")).unwrap();
    let rows = found(&home, &[]);
    let remark = row(&home, &rows, "var/log/x.log")["remark"].as_str().unwrap();
    assert!(remark.starts_with("not tried: ") && remark.contains("it has changed"), "{remark}");
    assert!(!mark.exists());
}
