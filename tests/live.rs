//! Inputs that are in use while they are read: a browser's database with its write-ahead log, a repository.

use crate::kit::Home;
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A history as Chromium keeps it, open and with nothing of it checkpointed yet.
pub(crate) fn history(path: &Path) -> SqliteConnection {
    let mut database = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    database
        .batch_execute(
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
             CREATE TABLE urls (id INTEGER PRIMARY KEY, url LONGVARCHAR, title LONGVARCHAR, hidden INTEGER);
             CREATE TABLE visits (id INTEGER PRIMARY KEY, url INTEGER NOT NULL, visit_time INTEGER NOT NULL,
                                  from_visit INTEGER, transition INTEGER, visit_duration INTEGER);
             INSERT INTO urls VALUES (1, 'https://one.example/', 'One', 0), (2, 'https://two.example/', 'Two', 0);
             INSERT INTO visits VALUES (1, 1, 13350000000000000, 0, 0, 0), (2, 2, 13350000001000000, 1, 0, 0)",
        )
        .unwrap();
    database
}

fn bytes(home: &Home) -> Vec<Vec<u8>> {
    ["History", "History-wal"].map(|name| fs::read(home.path(name)).unwrap()).into()
}

#[test]
fn what_a_browser_wrote_just_now_is_loaded_and_nothing_of_it_touched() {
    let home = Home::new();
    let mut database = history(&home.path("History"));
    let before = bytes(&home);
    home.load(&["-s", "webkit.history", "History"]).counts([2, 0, 0, 0]);
    assert_eq!(bytes(&home), before);
    assert_eq!(home.column("title"), ["One", "Two"]);
    home.load(&["-s", "webkit.history", "History"]).counts([0, 0, 0, 0]);
    // Only the log changes.
    database.batch_execute("INSERT INTO visits VALUES (3, 1, 13350000002000000, 0, 0, 0)").unwrap();
    home.load(&["-s", "webkit.history", "History"]).counts([1, 2, 0, 0]);
    // The browser deletes it; loaded events stay.
    database.batch_execute("DELETE FROM visits WHERE id < 3").unwrap();
    home.load(&["-s", "webkit.history", "History"]).counts([0, 1, 0, 0]);
    assert_eq!(home.column("title"), ["One", "Two", "One"]);
    home.load(&["-s", "auto", "History"]);
    assert_eq!(home.column("title").len(), 3);
}

/// Runs git in a folder, without a configured user.
pub(crate) fn git(dir: &Path, args: &[&str]) {
    let identity =
        ["user.name=Ada", "user.email=ada@example.org", "init.defaultBranch=main", "commit.gpgSign=false"];
    let mut command = Command::new("git");
    for setting in identity {
        command.args(["-c", setting]);
    }
    let output = command.args(args).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_repository_folder_is_known_by_its_path_and_people_by_the_mailmap() {
    if Command::new("git").arg("--version").output().is_err() {
        crate::kit::skipped(format_args!("there is no git"));
        return;
    }
    let home = Home::new();
    let dir = home.path("src/tides");
    fs::create_dir_all(&dir).unwrap();
    git(&dir, &["init", "-q"]);
    git(&dir, &["commit", "-q", "--allow-empty", "-m", "First", "--author", "ada <ada@old.example>"]);
    // As it was read by earlier versions: by the name in the commit, and without the repository.
    let format = "--format=git.log%x1f%H%x1f%P%x1f%D%x1f%an%x1f%ae%x1f%ad%x1f%cn%x1f%ce%x1f%cd%x1f%B";
    let printed = Command::new("git").args(["log", "--date=raw", "-z", format]).current_dir(&dir).output();
    home.write("before.gitlog", printed.unwrap().stdout);
    home.load(&["-s", "git.log", "before.gitlog"]).counts([1, 0, 0, 0]);
    home.write("src/tides/.mailmap", "Ada Lovelace <ada@work.example> <ada@old.example>\n");
    home.load(&["-s", "git.log", "src/tides"]).counts([0, 0, 1, 0]);
    assert_eq!(home.column("user"), ["Ada Lovelace <ada@work.example>"], "the same commit, by another name");
    let event = &home.events(&[])[0];
    assert_eq!(event["meta"]["repository"], dir.to_str().unwrap(), "{event}");
    home.load(&["-s", "git.log", "src/tides"]).counts([0, 0, 0, 0]);
}

#[test]
fn a_repository_is_read_by_its_folder() {
    if Command::new("git").arg("--version").output().is_err() {
        crate::kit::skipped(format_args!("there is no git"));
        return;
    }
    let home = Home::new();
    let commit = |name: &str, message: &str| {
        let dir = home.path(format!("src/{name}"));
        git(&dir, &["commit", "-q", "--allow-empty", "-m", message]);
    };
    for name in ["one", "deeper/two"] {
        fs::create_dir_all(home.path(format!("src/{name}"))).unwrap();
        git(&home.path(format!("src/{name}")), &["init", "-q"]);
        commit(name, &format!("First of {name}\n\nWith a body."));
    }
    home.write("src/notes.txt", "no repository\n");
    // Each of them, in any subfolder.
    home.load(&["-s", "git.log", "src"]).counts([2, 0, 0, 0]);
    home.load(&["-s", "git.log", "src"]).counts([0, 0, 0, 0]);
    commit("one", "Second");
    git(&home.path("src/one"), &["tag", "v1"]);
    // The branch has moved on, and with it the tag that the first commit had of it.
    home.load(&["-s", "auto", "src/one"]).counts([1, 0, 1, 0]);
    let mut titles = home.column("title");
    titles.sort();
    assert_eq!(titles, ["First of deeper/two", "First of one", "Second"]);
    assert!(home.ok(&["tags", "list", "-O", "csv"]).stdout().contains("v1"), "a tag of git is one");
    assert!(home.column("text").iter().any(|t| t.contains("With a body.")));
    let found = home.ok(&["scan", "--source", "git.log", "-O", "jsonl"]).json_lines();
    let loaded: Vec<_> = found.iter().map(|row| row["loaded"].as_bool().unwrap()).collect();
    assert_eq!(loaded, [true, true], "{found:?}");
    // A folder without a repository isn't an input, and a broken one fails with git's message.
    fs::remove_file(home.path("src/one/.git/HEAD")).unwrap();
    let broken = home.load_failing(&["-s", "git.log", "src/one"]);
    assert!(broken.tasks()[0]["error"].as_str().unwrap().contains("not a git repository"), "{}", *broken);
}
