//! Promise: when a disk is full, the error names it, says how much is free and what to do. Nothing is damaged, and once
//! there is space the same command succeeds.

mod quota;

use crate::kit::Home;
use crate::kit::mounts::{script, unshare};
use crate::kit::plugin::{has_cc, hostile};

/// An access log that needs some MiB in the database.
fn big() -> String {
    let line = |i: usize| {
        let (h, m, s) = (i / 3600, i / 60 % 60, i % 60);
        format!(
            "192.0.2.9 - - [01/May/2024:{h:02}:{m:02}:{s:02} +0000] \"GET /p{i} HTTP/1.1\" 200 {i} \"https://r{i}.example/\" \"agent {i}\"\n"
        )
    };
    (0..12_000).map(line).collect()
}

/// The program runs on a small disk, which then gets more space, and runs again; both times with a check.
fn small_then_large(way: &[&str], home: &Home, folder: &str, kib: u32, run: &str) {
    let text = format!(
        "mkdir -p {folder}; mount -t tmpfs -o size={kib}k none {folder} || exit 9
         \"$0\" {run} >/dev/null; echo \"first $?\"
         mount -o remount,size=100m {folder}
         \"$0\" {run} >/dev/null 2>again; echo \"then $?\"
         \"$0\" db check >/dev/null 2>>again; echo \"check $?\""
    );
    let ran = script(home, way, &text).exits(0);
    assert_eq!(ran.stdout(), "first 1\nthen 0\ncheck 0\n", "{folder} of {kib} KiB: {run}\n{ran}");
    explained(&ran, folder);
}

/// The disk, how much is free, and what to do, in one error.
#[track_caller]
fn explained(ran: &crate::kit::Ran, folder: &str) {
    let said = ran.stderr();
    let disk = said.split("the disk of ").nth(1).unwrap_or_else(|| panic!("nothing about a disk\n{ran}"));
    let (path, rest) = disk.split_once(" is full (").unwrap_or_else(|| panic!("not full\n{ran}"));
    assert!(
        path.contains(folder) && rest.contains(" free)") && said.contains("hint: make room there"),
        "{ran}"
    );
    assert!(!said.contains("savepoint") && !said.contains("panicked"), "{ran}");
}

#[test]
fn the_first_start_says_so_and_works_when_there_is_room() {
    let Some(way) = unshare() else { return };
    for kib in [4, 16, 40, 64, 100, 200, 300, 400, 600] {
        small_then_large(&way, &Home::new(), "data", kib, "-r kinds");
    }
}

#[test]
fn a_load_says_so_and_goes_on_when_there_is_room() {
    let Some(way) = unshare() else { return };
    for (folder, sizes) in [("data", [700, 1500, 3000]), ("data/workhours/fs", [4, 24, 40])] {
        for kib in sizes {
            let home = Home::new();
            home.write("big.log", big());
            small_then_large(&way, &home, folder, kib, "-s log.http big.log -P");
        }
    }
}

#[test]
fn whatever_is_written_elsewhere_says_so_too() {
    let Some(way) = unshare() else { return };
    let home = Home::new();
    home.write("big.log", big());
    home.load(&["-s", "log.http", "big.log"]);
    home.ok(&["-r", "kinds", "reports", "save", "mine"]);
    home.write(".bash_history", "#1700000000\nls\n");
    let mut runs = vec![
        "--fs full/fs index update",
        "--fs full/fs reports snapshot mine",
        "--fs full/fs serve --port 0",
        "-r events -o full/out.csv",
        "-r events -o full/out.xlsx",
        "-r events -o full/out.parquet",
        "config show -o full/shown.toml",
        "scan --write-config full/new.toml",
    ];
    if has_cc() {
        hostile(&home, "HONEST", "some");
        runs.push("plugin add some.so");
    }
    for run in runs {
        let text = format!(
            "mkdir -p full config; mount -t tmpfs -o size=64k none full; mount --bind full config || exit 9
             head -c 100000 /dev/zero >full/filler 2>/dev/null
             \"$0\" {run} >/dev/null; echo $?; ls full"
        );
        let ran = script(&home, &way, &text).exits(0);
        let said = ran.stdout();
        assert!(said.starts_with("1\n"), "{run}\n{ran}");
        // No file that was begun.
        assert!(
            !said.contains(".tmp") && !said.contains("out.") && !said.contains("new.toml"),
            "{run}\n{ran}"
        );
        explained(&ran, if run.starts_with("plugin") { "config" } else { "full" });
    }
}

#[test]
fn a_purge_says_how_much_it_needs_and_goes_on_when_there_is_room() {
    let Some(way) = unshare() else { return };
    let home = Home::new();
    home.write("big.log", big());
    // The copies are on a full disk.
    let text = "mkdir full; mount -t tmpfs -o size=4m none full || exit 9
         \"$0\" --fs full/fs -s log.http big.log -P 2>/dev/null; head -c 5000000 /dev/zero >full/filler 2>/dev/null
         \"$0\" --fs full/fs purge p77; echo $?; rm full/filler
         \"$0\" --fs full/fs purge p77 2>again; echo $?; \"$0\" --fs full/fs purge --check p77 2>again; echo $?";
    let ran = script(&home, &way, text).exits(0);
    assert_eq!(ran.stdout(), "1\n0\n0\n", "{ran}");
    explained(&ran, "full");
    // The database is on a disk without space for a copy of it.
    let text = "mkdir small; mount -t tmpfs -o size=12m none small || exit 9
         \"$0\" --db sqlite:///small/a.db -s log.http big.log -P 2>/dev/null
         head -c 12000000 /dev/zero >small/filler 2>/dev/null; truncate -s -1M small/filler
         \"$0\" --db sqlite:///small/a.db purge p88; echo $?; \"$0\" --db sqlite:///small/a.db db check >/dev/null; echo $?";
    let ran =
        script(&home, &way, text).exits(0).says(&["MiB free,", "MiB needed", "hint: nothing was removed"]);
    assert_eq!(ran.stdout(), "1\n0\n", "{ran}");
}

#[test]
fn a_search_without_room_for_the_index_is_answered_by_the_database() {
    let Some(way) = unshare() else { return };
    let home = Home::new();
    home.write("big.log", big());
    home.load(&["-s", "log.http", "big.log"]);
    for kib in [4, 64, 400] {
        let text = format!(
            "mkdir -p full; mount -t tmpfs -o size={kib}k none full || exit 9
             \"$0\" --fs full/fs search p77 -O jsonl; echo $?
             mount -o remount,size=50m full; \"$0\" --fs full/fs search p77 -O csv 2>&1 >/dev/null; \"$0\" --fs full/fs index verify"
        );
        let ran = script(&home, &way, &text).exits(0).says(&[
            "is full",
            "make room there",
            "of the index are whole",
        ]);
        assert!(ran.stdout().contains("/p77 ") && ran.stdout().contains("\n0\n"), "{ran}");
    }
}

#[test]
fn a_database_on_a_full_disk_can_be_read() {
    let Some(way) = unshare() else { return };
    let home = Home::new();
    home.write("big.log", big());
    home.load(&["-s", "log.http", "big.log"]);
    let text = "cp -r data kept; mount -t tmpfs -o size=40m none data && cp -r kept/. data || exit 9
         head -c 50000000 /dev/zero >data/filler 2>/dev/null
         \"$0\" -r kinds -O csv; echo $?; \"$0\" --read-only -r kinds -O csv; echo $?";
    let ran = script(&home, &way, text).exits(0).says(&["--read-only reads it as it is"]);
    explained(&ran, "data");
    assert!(ran.stdout().starts_with("1\nkind,") && ran.stdout().ends_with("\n0\n"), "{ran}");
}

#[test]
fn where_nothing_may_be_made_the_first_start_says_so() {
    let Some(way) = unshare() else { return };
    let home = Home::new();
    let text = "mkdir -p data/workhours; mount --bind data data; mount -o remount,bind,ro data || exit 9
         \"$0\" -r kinds; echo $?; rm -r data/workhours 2>/dev/null; \"$0\" --db sqlite:///data/x/events.db -r kinds; echo $?
         \"$0\" --db sqlite:///here.db --fs data/fs -s bash.history .bash_history -P; echo $?";
    home.write(".bash_history", "ls\n");
    let ran = script(&home, &way, text).exits(0);
    assert_eq!(ran.stdout(), "1\n1\n1\n", "{ran}");
    assert_eq!(ran.stderr().matches("is on a read-only file system").count(), 3, "{ran}");
    assert_eq!(ran.stderr().matches("hint: mount it for writing, or name a ").count(), 3, "{ran}");
}
