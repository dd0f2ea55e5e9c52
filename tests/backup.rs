//! `db backup` and `db restore`: one state of the database in a file, and the database from it again.

use crate::kit::Home;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A command as the shell writes it down.
fn command(n: u32) -> String {
    format!("#{}\nmake {n}\n", 1_773_000_000 + n)
}

fn names(home: &Home, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(home.path(folder)).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_backup_restores_what_was_there_and_what_came_later_is_loaded_again() {
    let home = Home::new();
    home.write("history", (0..50).map(command).collect::<String>());
    let load = ["-s", "bash.history", "history"];
    home.load(&load).counts([50, 0, 0, 0]);
    home.ok(&["hours", "add", "2026-03-10 09:00", "2026-03-10 10:00", "--label", "call"]);
    let before = home.ok(&["-r", "events", "-O", "csv"]).stdout();
    home.ok(&["search", "make", "--limit", "1"]);
    home.ok(&["db", "backup", "backups/one.db"]).says(&["counts and sums agree"]);
    assert_eq!(names(&home, "backups"), ["one.db"], "a single file");
    home.run(&["db", "backup", "backups/one.db"]).exits(2).says(&["exists already", "{date}"]);
    home.append("history", (50..60).map(command).collect::<String>());
    home.load(&load).n("inserted");
    let after = home.ok(&["-r", "events", "-O", "csv"]).stdout();
    // There is something there already.
    home.run(&["db", "restore", "backups/one.db"]).exits(2).says(&["--replace"]);
    home.ok(&["db", "restore", "backups/one.db", "--replace"])
        .says(&["the database of before is ", "load your inputs again"]);
    assert_eq!(home.ok(&["-r", "events", "-O", "csv"]).stdout(), before);
    assert!(home.ok(&["hours", "list", "-O", "csv"]).stdout().contains("call"), "corrections too");
    home.ok(&["db", "check"]);
    // The index of the old database isn't asked.
    let found = home.ok(&["search", "make", "--limit", "100", "-O", "jsonl"]).json_lines();
    assert_eq!(found.len(), 50);
    home.load(&load);
    assert_eq!(home.ok(&["-r", "events", "-O", "csv"]).stdout(), after);
    // A database that is lost altogether.
    fs::remove_dir_all(home.path("data")).unwrap();
    home.ok(&["db", "restore", "backups/one.db"]);
    assert_eq!(home.ok(&["-r", "events", "-O", "csv"]).stdout(), before);
    assert_eq!(names(&home, "backups"), ["one.db"], "the backup is as it was");
}

#[test]
fn a_backup_is_one_state_though_others_load() {
    let home = Home::new();
    let is_over = AtomicBool::new(false);
    home.write("history0", command(0));
    home.load(&["-s", "bash.history", "history0"]);
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in 1.. {
                let name = format!("history{n}");
                home.write(&name, (n * 100..n * 100 + 100).map(command).collect::<String>());
                home.load(&["-s", "bash.history", &name]);
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        for n in 0..3 {
            home.ok(&["db", "backup", &format!("backups/{n}.db")]).says(&["counts and sums agree"]);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    for n in 0..3 {
        let other = Home::new();
        other.ok(&["db", "restore", home.path(format!("backups/{n}.db")).to_str().unwrap()]);
        other.ok(&["db", "check"]);
        // Each load is whole or not there.
        assert_eq!(other.events(&[]).len() % 100, 1);
    }
}

#[test]
fn old_backups_of_this_database_are_removed_and_nothing_else() {
    let home = Home::new();
    home.write("history", command(0));
    home.load(&["-s", "bash.history", "history"]);
    fs::create_dir(home.path("backups")).unwrap();
    fs::copy(home.path("data/workhours/events.db"), home.path("backups/other.db")).unwrap();
    // A copy that is a database by itself.
    let uri = |name: &str| format!("sqlite:///{}", home.path(name).display());
    home.ok(&["db", "copy", &uri("data/workhours/events.db"), &uri("backups/live.db")]);
    home.write("backups/notes.txt", "mine");
    home.write("backups/empty.db", "");
    for n in 1..=4 {
        home.ok(&["db", "backup", &format!("backups/{n}.db"), "--keep", "2"]);
    }
    assert_eq!(names(&home, "backups"), ["3.db", "4.db", "empty.db", "live.db", "notes.txt", "other.db"]);
    home.run(&["db", "backup", "backups/5.db", "--keep", "0"]).exits(2);
    home.run(&["db", "restore", "backups/other.db", "--replace"]).exits(2).says(&["isn't a complete backup"]);
    home.run(&["db", "restore", "nowhere.db"]).exits(2).says(&["nowhere.db: no such file"]);
    // The clock may have been ahead when an older one was made.
    home.ok(&["db", "restore", "backups/4.db", "--replace"]);
    home.run(&["db", "restore", "data/workhours/events.db", "--replace"]).exits(2);
    assert_eq!(home.events(&[]).len(), 1, "and nothing was moved aside");
}
