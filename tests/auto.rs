//! Promise: inputs aren't read as another type, and poor results are reported. With `auto` each file is read by its own
//! source, also in a mixed folder; notes have numbers and the next step; `--strict` makes them fail.

use crate::kit::{Home, Ran, Summary};
use serde_json::Value;

const HTTP: &str =
    "198.51.100.1 - - [05/Feb/2024:10:00:01 +0000] \"GET /one HTTP/1.1\" 200 612 \"-\" \"curl/8\"\n";
const AUTH: &str = "Feb  5 10:00:02 mill sshd[7]: Accepted publickey for ada from 198.51.100.2 port 4711 ssh2\n\
                    Feb  5 10:00:03 mill sshd[7]: pam_unix(sshd:session): session opened for user ada(uid=1000)\n";
const ZSH: &str = ": 1707127204:0;cd mill\n: 1707127205:1;git status\n";
const IIS: &str = "2024-02-05 10:00:01 192.0.2.48 GET /one - 80 - 198.51.100.20 Mozilla/5.0 200\n";

fn mixed(home: &Home) {
    home.write("mix/access.log", HTTP);
    home.write("mix/auth.log", AUTH);
    home.write("mix/deeper/zsh_history", ZSH);
    home.write("mix/u_ex240205.log", IIS);
    home.write("mix/notes.txt", "Dear reader,\n\nthis is no log at all.\n");
    home.write("mix/empty.log", "");
}

/// The files of a run with the source each was read by, in order of their names.
fn chosen(run: &Summary) -> Vec<(String, String)> {
    let name = |task: &Value| {
        let path = task["path"].as_str().unwrap();
        (path.rsplit('/').next().unwrap().to_owned(), task["source_type"].as_str().unwrap().to_owned())
    };
    let mut chosen: Vec<_> = run.tasks().iter().map(name).collect();
    chosen.sort();
    chosen
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout()).unwrap()
}

#[test]
fn each_file_of_a_folder_is_of_its_own_type() {
    let want = [
        ("access.log", "log.http"),
        ("auth.log", "log.auth"),
        ("empty.log", "auto"),
        ("zsh_history", "zsh.history"),
    ];
    let want = want.map(|(file, source)| (file.to_owned(), source.to_owned()));
    for path in ["mix", "mix/**/*"] {
        let home = Home::new();
        mixed(&home);
        let run = home.load(&["-s", "auto", path]).counts([5, 0, 0, 0]);
        assert_eq!(chosen(&run), want, "{}", *run);
        assert!(run.tasks().iter().filter(|t| t["events"] != 0).all(|t| t["detected"] == true), "{}", *run);
        assert!(
            run.stderr().contains("2 files were left alone: no source knows their format (")
                && run.stderr().contains("notes.txt")
                && run.stderr().contains("u_ex240205.log"),
            "{}",
            *run
        );
        assert!(run.stderr().contains("mix/auth.log: log.auth, 2 events, 2 new ("), "{}", *run);
        let left = json(&run)["left_alone"].clone();
        assert_eq!(left.as_array().unwrap().len(), 2, "{left}");
        assert!(left[0]["reason"].as_str().unwrap().contains("no source knows the format"), "{left}");
        // Again, and when they have grown: each with its own source.
        home.load(&["-s", "auto", path]).counts([0, 0, 0, 0]);
        home.append("mix/access.log", HTTP);
        home.append(
            "mix/auth.log",
            "Feb  5 10:00:09 mill sshd[7]: Disconnected from user ada 198.51.100.2 port 4711\n",
        );
        home.load(&["-s", "auto", path]).counts([2, 0, 1, 0]);
        let inputs = home.ok(&["inputs", "list", "-O", "jsonl"]).json_lines();
        let mut types: Vec<_> = inputs.iter().map(|i| i["source_type"].as_str().unwrap()).collect();
        types.sort_unstable();
        assert_eq!(types, ["log.auth", "log.http", "zsh.history"]);
    }
}

#[test]
fn a_file_that_was_named_fails() {
    let home = Home::new();
    mixed(&home);
    let run = home
        .load_failing(&["-s", "auto", "mix/notes.txt", "-s", "auto", "mix/auth.log"])
        .counts([2, 0, 0, 0]);
    assert!(run.stderr().contains("error: no source knows the format of mix/notes.txt"), "{}", *run);
    let run = home.load_failing(&["-s", "auto", "mix/u_ex240205.log"]);
    assert!(run.stderr().contains("hint: regex finds dates in it"), "{}", *run);
    home.load(&["-s", "auto", "mix/empty.log"]).counts([0, 0, 0, 0]);
}

#[test]
fn what_was_loaded_keeps_its_source() {
    // Both read it, and the user could name either.
    let daemons = "Feb  5 10:00:01 mill kernel: usb 1-1: new device\nFeb  5 10:00:02 mill app[7]: started\n";
    let home = Home::new();
    home.write("daemons", daemons);
    home.load(&["-s", "syslog", "daemons"]).counts([2, 0, 0, 0]);
    for _ in 0..2 {
        let run = home.load(&["-s", "auto", "daemons"]).counts([0, 0, 0, 0]);
        assert_eq!(run.tasks()[0]["source_type"], "syslog", "{}", *run);
    }
    home.age("daemons");
    home.load(&["-s", "auto", "daemons"]).counts([0, 0, 0, 0]);
    home.append("daemons", "Feb  5 10:00:03 mill app[7]: stopped\n");
    home.load(&["-s", "auto", "daemons"]).counts([1, 0, 1, 0]);
    home.load(&["-s", "auto", "daemons", "--reread"]).counts([0, 3, 0, 0]);
    // One that was misread has no say.
    home.write("history", ZSH);
    home.age("history");
    home.load(&["-s", "log.http", "history"]).counts([0, 0, 0, 2]);
    let run = home.load(&["-s", "auto", "history"]).counts([2, 0, 0, 0]);
    assert_eq!(run.tasks()[0]["source_type"], "zsh.history", "{}", *run);
}

/// The only note of a run.
fn note(run: &Summary) -> String {
    let notes = run.tasks()[0]["notes"].as_array().cloned().unwrap_or_default();
    assert_eq!(notes.len(), 1, "{}", **run);
    let note = notes[0].as_str().unwrap().to_owned();
    assert!(
        run.stderr().contains(&format!("warning: {}: {note}", run.tasks()[0]["path"].as_str().unwrap())),
        "{}",
        **run
    );
    note
}

#[test]
fn a_duration_without_a_time_of_day_says_that_it_does_not_count() {
    let home = Home::new();
    home.write("sheet.csv", "Date;Title;Hours\n2024-03-15;mill;1.5\n2024-03-16;dam;2.25\n");
    let said = note(&home.load(&["-s", "csv", "sheet.csv"]).counts([2, 0, 0, 0]));
    assert!(said.starts_with("2 events have a day and a duration but no time of day"), "{said}");
    for ask in [&["--activity", "all"][..], &["--source", "csv"], &[]] {
        let run = home.ok(&[&["-r", "hours", "-u", "all"][..], ask].concat());
        assert!(
            run.stderr().contains("note: 2 traces with a day but no time of day"),
            "{ask:?}: {}",
            run.stderr()
        );
        // A hint that would lead to nothing is not given.
        assert!(!run.stderr().contains("--activity all counts them"), "{ask:?}: {}", run.stderr());
    }
}

#[test]
fn what_came_to_nothing_says_so() {
    let home = Home::new();
    home.write("history", "ls -l\ncd mill\nmake test\n");
    let run = home.load(&["-s", "bash.history", "history"]).counts([3, 0, 0, 0]);
    let said = note(&run);
    assert!(said.starts_with("3 events have no date") && said.contains("HISTTIMEFORMAT"), "{said}");
    assert_eq!(run.tasks()[0]["undated"], 3);

    home.write("table.csv", "name,amount\nmill,1\n");
    let said = note(&home.load(&["-s", "csv", "table.csv"]).counts([1, 0, 0, 0]));
    assert!(said.starts_with("1 event has no date") && said.contains("option date"), "{said}");

    let page =
        "<!DOCTYPE html>\n<html><body><ul><li><a href=\"https://a.example/\">A</a></li></ul></body></html>\n";
    home.write("page.html", page);
    let run = home.load_failing(&["-s", "bookmarks.html", "page.html"]);
    assert!(run.stderr().contains("without a list of bookmarks"), "{}", *run);

    home.write("letter", "no log\nat all\n");
    let said = note(&home.load(&["-s", "log.http", "letter"]).counts([0, 0, 0, 2]));
    assert_eq!(said, "every record was rejected; is it really log.http? -s auto finds out by itself");
    home.write("mostly", format!("{HTTP}no log\nat all\n"));
    let said = note(&home.load(&["-s", "log.http", "mostly"]).counts([1, 0, 0, 2]));
    assert!(said.starts_with("2 of 3 records were rejected"), "{said}");

    // Nothing new is nothing wrong, and neither is an empty file.
    for name in ["history", "page.html", "letter"] {
        home.age(name);
    }
    home.load(&["-s", "bash.history", "history", "--strict"]);
    home.write("empty", "");
    home.load(&["-s", "bookmarks.html", "empty", "--strict"]);
}

#[test]
fn strict_makes_warnings_count() {
    let home = Home::new();
    home.write("history", "ls -l\ncd mill\n");
    let run = home.load_failing(&["-s", "bash.history", "history", "--strict"]).counts([2, 0, 0, 0]);
    assert!(run.stderr().contains("error: there were warnings"), "{}", *run);
    let home = Home::new();
    mixed(&home);
    home.load_failing(&["-s", "auto", "mix", "--strict"]).counts([5, 0, 0, 0]);
    std::fs::remove_file(home.path("mix/notes.txt")).unwrap();
    std::fs::remove_file(home.path("mix/u_ex240205.log")).unwrap();
    home.load(&["-s", "auto", "mix", "--strict"]);
}

#[test]
fn a_report_without_a_load_says_what_is_missing() {
    let home = Home::new();
    home.write("access.log", HTTP);
    home.ok(&["-s", "log.http", "access.log", "-r", "events"])
        .says(&["warning: nothing was loaded from access.log; -P loads it"]);
    let run = home.ok(&["-s", "log.http", "access.log", "-P", "-r", "events"]);
    assert!(!run.stderr().contains("nothing was loaded"), "{run}");
}

#[test]
fn equal_records_of_two_inputs_are_told_of() {
    let home = Home::new();
    home.write("one/access.log", [HTTP, &HTTP.replace("/one", "/a")].concat());
    home.write("two/access.log", [&HTTP.replace("/one", "/b"), HTTP].concat());
    home.load(&["-s", "log.http", "one", "--strict"]).counts([2, 0, 0, 0]);
    let run = home.load_failing(&["-s", "log.http", "two", "--strict"]).counts([1, 1, 0, 0]);
    let said = note(&run);
    assert!(said.starts_with("1 of its 2 events are equal to events of input 1 (log.http one)"), "{said}");
    assert!(said.contains("(input 2)") && said.contains("scope"), "{said}");
    // Read again, renamed, packed or grown, a file is the same file.
    home.load(&["-s", "log.http", "two", "--strict"]).counts([0, 0, 0, 0]);
    home.load(&["-s", "log.http", "two", "--strict", "--reread"]).counts([0, 2, 0, 0]);
    std::fs::create_dir(home.path("copies")).unwrap();
    std::fs::copy(home.path("one/access.log"), home.path("copies/access.log")).unwrap();
    home.load(&["-s", "log.http", "copies", "--strict"]).counts([0, 0, 0, 0]);
    home.append("copies/access.log", HTTP.replace("/one", "/c"));
    let run = home.load(&["-s", "log.http", "copies", "--strict"]);
    assert_eq!((run.n("inserted"), run.tasks()[0]["notes"].is_null()), (1, true), "{}", *run);
    // Files configured with two hosts aren't copies, even if they look like it.
    home.write(
        "hosts.ini",
        "[log.http]\na = one/access.log\na.host = a\n[log.auth]\na = a.log\na.host = a\n",
    );
    home.write("a.log", AUTH);
    home.write("b.log", AUTH);
    home.load(&["-c", "hosts.ini", "--strict"]).counts([2, 0, 0, 0]);
    home.write("b.ini", "[log.auth]\nb = b.log\nb.host = b\n");
    let run = home.load_failing(&["-c", "b.ini", "--strict"]);
    assert!(note(&run).starts_with("2 of its 2 events are equal to events of input "), "{}", *run);
    home.write("b.ini", "[log.auth]\nb = b.log\nb.host = b\nb.scope = b\n");
    home.load(&["-c", "b.ini", "--strict"]).counts([2, 0, 0, 0]);
    // A scope keeps them apart.
    home.write("wh.ini", "[log.http]\nthree = two/access.log\nthree.scope = three\nthree.host = mill\n");
    home.load(&["-c", "wh.ini", "--strict"]).counts([2, 0, 0, 0]);
}
