//! Promise: a log is identified by its content. Another name, a link, packing or standard input add nothing; a
//! different file with the same beginning, or at the same path, is read.

use crate::kit::{ACCESS, Home, assert_same_multiset};
use crate::logs::{PACKINGS, access_line, access_log, packed, titles};
use std::fs;

#[test]
fn other_names_of_one_file_add_nothing() {
    let home = Home::new();
    let log = access_log(0..300);
    home.write("access.log", &log);
    home.load(&ACCESS).counts([300, 0, 0, 0]);
    std::os::unix::fs::symlink("access.log", home.path("symlink.log")).unwrap();
    fs::hard_link(home.path("access.log"), home.path("hardlink.log")).unwrap();
    home.write("elsewhere/copy.log", &log);
    for name in ["symlink.log", "hardlink.log", "elsewhere/copy.log"] {
        assert_eq!(home.load(&["-s", "log.http", name]).counts([0; 4]).states(), ["unchanged"], "{name}");
    }
    for ending in PACKINGS {
        let name = format!("twin.log.{ending}");
        home.write(&name, packed(log.as_bytes(), ending));
        assert_eq!(home.load(&["-s", "log.http", &name]).counts([0; 4]).states(), ["unchanged"], "{name}");
    }
    let stdin = home.run_with_stdin(&["-s", "log.http", "-", "-P", "-O", "json"], log.as_bytes());
    stdin.exits_with_summary(0).counts([0; 4]);
    let all = home.load(&["-s", "log.http", "*.log*", "-s", "log.http", "elsewhere"]).counts([0; 4]);
    assert!(all.states().iter().all(|s| *s == "unchanged"), "{}", *all);
    assert_eq!(home.events(&[]).len(), 300);
}

#[test]
fn packed_twins_before_the_plain_file() {
    for ending in PACKINGS {
        let home = Home::new();
        home.write("access.log.1", packed(access_log(0..50).as_bytes(), ending));
        home.load(&["-s", "log.http", "access.log.1"]).counts([50, 0, 0, 0]);
        home.write("access.log", access_log(0..60));
        assert_eq!(home.load(&ACCESS).n("inserted"), 10, "{ending}");
        assert_eq!(home.events(&[]).len(), 60, "{ending}");
    }
}

#[test]
fn standard_input_that_goes_on_where_the_file_ended() {
    let home = Home::new();
    home.write("access.log", access_log(0..100));
    home.load(&ACCESS).counts([100, 0, 0, 0]);
    let load =
        |text: &str| home.run_with_stdin(&["-s", "log.http", "-", "-P", "-O", "json"], text.as_bytes());
    load(&access_log(0..110)).exits_with_summary(0).counts([10, 0, 0, 0]);
    assert_eq!(load(&access_log(0..50)).exits_with_summary(0).n("inserted"), 0);
    load(&access_log(200..210)).exits_with_summary(0).counts([10, 0, 0, 0]);
    load("").exits_with_summary(0).counts([0; 4]);
}

#[test]
fn two_files_with_the_same_beginning() {
    // Beginnings of one line, and of more than the program looks at first.
    for common in [1, 200] {
        let home = Home::new();
        home.write("a.log", access_log(0..common) + &access_log(1_000..1_010));
        home.write("b.log", access_log(0..common) + &access_log(2_000..2_010));
        let both = ["-s", "log.http", "a.log", "-s", "log.http", "b.log"];
        home.load(&both).counts([common as u64 + 20, common as u64, 0, 0]);
        home.load(&both).counts([0; 4]);
        home.append("a.log", access_log(1_010..1_012));
        home.append("b.log", access_log(2_010..2_012));
        home.load(&both).counts([4, 0, 0, 0]);
    }
}

#[test]
fn two_files_that_are_equal_for_a_while() {
    let home = Home::new();
    let both = ["-s", "log.http", "a.log", "-s", "log.http", "b.log"];
    home.write("a.log", access_log(0..3));
    home.write("b.log", access_log(0..3));
    home.load(&both).counts([3, 0, 0, 0]);
    home.append("a.log", access_log(10..13));
    home.append("b.log", access_log(20..23));
    let run = home.load(&both);
    assert_eq!(run.n("inserted"), 6, "{}", *run);
    home.load(&both).counts([0; 4]);
    assert_same_multiset(
        &home.column("title"),
        &[titles(0..3), titles(10..13), titles(20..23)].concat(),
        "both",
    );
}

#[test]
fn another_file_in_the_place_of_one_that_is_gone() {
    let home = Home::new();
    for round in 0..3 {
        // The file system may give the new file the inode of the old one.
        let _ = fs::remove_file(home.path("access.log"));
        home.write("access.log", access_log(round * 100..round * 100 + 50));
        home.load(&ACCESS).counts([50, 0, 0, 0]);
        home.load(&ACCESS).counts([0; 4]);
    }
    assert_eq!(home.events(&[]).len(), 150);
}

#[test]
fn cut_off_at_its_end_and_written_on() {
    for (kept, appended) in [(4, 3), (4, 30), (150, 10), (150, 200)] {
        let home = Home::new();
        home.write("access.log", access_log(0..200));
        home.load(&ACCESS).counts([200, 0, 0, 0]);
        home.write("access.log", access_log(0..kept) + &access_log(1_000..1_000 + appended));
        let run = home.load(&ACCESS);
        assert_eq!(run.n("inserted"), appended as u64, "kept {kept}, appended {appended}\n{}", *run);
        for _ in 0..5 {
            home.load(&ACCESS).counts([0; 4]);
        }
        home.append("access.log", access_line(5_000));
        home.load(&ACCESS).counts([1, 0, 0, 0]);
        let want = [titles(0..200), titles(1_000..1_000 + appended), titles(5_000..5_001)].concat();
        assert_same_multiset(&home.column("title"), &want, "truncated");
    }
}

#[test]
fn cut_off_at_its_front() {
    // Down to lines of many seconds, of one second, and to the very last one.
    for kept in [100, 8, 1] {
        let home = Home::new();
        home.write("access.log", access_log(0..200));
        home.load(&ACCESS).counts([200, 0, 0, 0]);
        home.write("access.log", access_log(200 - kept..200));
        home.load(&ACCESS).counts([0, kept as u64, 0, 0]);
        home.append("access.log", access_log(200..205));
        home.load(&ACCESS).counts([5, 0, 0, 0]);
        home.load(&ACCESS).counts([0; 4]);
        assert_same_multiset(&home.column("title"), &titles(0..205), "cut at the front");
    }
}

#[test]
fn equal_lines_of_one_second_are_as_many_events() {
    let home = Home::new();
    home.write("access.log", access_line(1).repeat(7));
    home.load(&ACCESS).counts([7, 0, 0, 0]);
    home.append("access.log", access_line(1).repeat(3));
    home.load(&ACCESS).counts([3, 0, 0, 0]);
    home.load(&[&ACCESS[..], &["--reread"]].concat()).counts([0, 10, 0, 0]);
}
