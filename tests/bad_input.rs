//! Promise: whatever an input contains, the program neither crashes nor hangs: it stores records, rejects the rest with
//! a reason, and continues with the next input.

use crate::kit::{ACCESS, Home, samples};
use crate::logs::{Dice, access_line, access_log, titles};
use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

#[test]
fn one_line_of_a_hundred_mebibytes() {
    let home = Home::new();
    home.write("access.log", access_log(0..3));
    let mut file = File::options().append(true).open(home.path("access.log")).unwrap();
    for _ in 0..100 {
        file.write_all(&[b'x'; 1 << 20]).unwrap();
    }
    file.write_all(b"\n").unwrap();
    home.append("access.log", access_log(3..6));
    home.load(&ACCESS).counts([6, 0, 0, 1]);
    let rejects = home.rejects();
    assert!(rejects[0].1.len() < 1_000, "only its beginning is kept: {} bytes", rejects[0].1.len());
    home.load(&ACCESS).counts([0; 4]);
}

#[test]
fn one_record_of_half_a_mebibyte_is_whole() {
    let home = Home::new();
    let path = "y".repeat(500_000);
    home.write("access.log", access_line(0).replace("/p0", &format!("/{path}")));
    home.load(&ACCESS).counts([1, 0, 0, 0]);
    assert!(home.column("url")[0].len() == 500_001);
}

#[test]
fn bytes_that_are_no_text() {
    let mut dice = Dice::new(3);
    let noise: Vec<u8> = (0..200_000).map(|_| dice.below(256) as u8).collect();
    let inputs: [(&str, Vec<u8>); 4] =
        [("noise", noise), ("nul", vec![0; 10_000]), ("newlines", vec![b'\n'; 1_000]), ("empty", Vec::new())];
    for (name, bytes) in inputs {
        for source in ["log.http", "log.shell", "bookmarks.html", "delicious.bookmarks"] {
            let home = Home::new();
            home.write(name, &bytes);
            let input = ["-s", source, name];
            let run = home.run(&[&input[..], &["-P", "-O", "json"]].concat());
            assert!(matches!(run.code(), Some(0 | 1)) && !run.stderr().contains("panicked"), "{run}");
            let code = run.code().unwrap();
            let run = run.exits_with_summary(code);
            assert_eq!(run.n("inserted"), 0, "{source} of {name}\n{}", *run);
            assert_eq!(home.rejects().len() as u64, run.n("rejected"), "{source} of {name}\n{}", *run);
        }
    }
}

#[test]
fn nul_and_bytes_that_are_no_utf8_within_a_record() {
    let home = Home::new();
    let mut line = access_line(0).into_bytes();
    let at = line.iter().position(|b| *b == b'p').unwrap();
    line.splice(at..at + 1, [0, 0xff, b'p']);
    home.write("access.log", line);
    home.load(&ACCESS).counts([1, 0, 0, 0]);
    let event = &home.events(&[])[0];
    assert_eq!(event["url"], "/\u{2400}\u{fffd}p0", "{event}");
    assert_eq!(event["flags"].to_string(), "[\"lossy-text\",\"nul-text\"]");
}

#[test]
fn utf16_and_byte_order_marks() {
    let text = access_log(0..20);
    let utf16 = |bom: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
        bom.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect::<Vec<u8>>()
    };
    let files = [
        ("le", utf16([0xff, 0xfe], u16::to_le_bytes)),
        ("be", utf16([0xfe, 0xff], u16::to_be_bytes)),
        ("utf8", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
    ];
    for (name, bytes) in files {
        let home = Home::new();
        home.write(name, bytes);
        home.load(&["-s", "log.http", name]).counts([20, 0, 0, 0]);
        assert_eq!(home.column("title"), titles(0..20), "{name}");
        home.load(&["-s", "log.http", name]).counts([0; 4]);
    }
}

#[test]
fn damaged_lines_do_not_hurt_their_neighbours() {
    for seed in 0..10 {
        let home = Home::new();
        let mut dice = Dice::new(seed);
        let (mut bytes, mut sound) = (Vec::new(), Vec::new());
        for i in 0..500 {
            let mut line = access_line(i).into_bytes();
            if dice.below(10) == 0 {
                for _ in 0..1 + dice.below(8) {
                    let at = dice.below(line.len() as u64 - 1) as usize;
                    line[at] = [0, b'"', b'[', 0xff, b'\\', b' ', b'\r'][dice.below(7) as usize];
                }
            } else {
                sound.push(i);
            }
            bytes.extend(line);
        }
        home.write("access.log", bytes);
        let run = home.load(&ACCESS);
        let titles = home.column("title");
        for i in sound {
            assert!(titles.contains(&crate::logs::title(i)), "seed {seed}: line {i} is missing\n{}", *run);
        }
        assert_eq!(run.n("events") + run.n("rejected"), 500, "seed {seed}\n{}", *run);
    }
}

#[test]
fn folders_patterns_and_names_of_all_kinds() {
    let home = Home::new();
    home.write("logs/a.log", access_log(0..2));
    home.write("logs/deep/down/b.log", access_log(10..12));
    home.load(&["-s", "log.http", "logs"]).counts([4, 0, 0, 0]);
    home.write(OsStr::from_bytes(b"logs/caf\xe9 \n.log"), access_log(20..22));
    home.load(&["-s", "log.http", "logs"]).counts([2, 0, 0, 0]);
    home.write("logs/[x].log", access_log(30..32));
    home.load(&["-s", "log.http", "logs/[x].log"]).counts([2, 0, 0, 0]);
    home.write("other/c.log", access_log(40..42));
    home.load(&["-s", "log.http", "oth*/**/*.log"]).counts([2, 0, 0, 0]);
    let typed: Vec<&OsStr> = ["-s", "log.http"].map(OsStr::new).into();
    let path = OsStr::from_bytes(b"logs/caf\xe9 \n.log");
    home.ok(&[&typed[..], &[path, OsStr::new("-P")]].concat());
}

#[test]
fn inputs_that_cannot_be_read_fail_alone() {
    let home = Home::new();
    home.write("access.log", access_log(0..5));
    fs::create_dir(home.path("empty-folder")).unwrap();
    let bad = ["missing.log", "empty-folder", "no*match"];
    for path in bad {
        let run = home.load_failing(&["-s", "log.http", path]);
        assert_eq!(run.states(), ["failed"], "{}", *run);
        assert!(run.stderr().contains("error: ") && run.stderr().contains(path), "{}", *run);
    }
    let inputs: Vec<&str> = bad.iter().flat_map(|path| ["-s", "log.http", *path]).chain(ACCESS).collect();
    let run = home.load_failing(&inputs).counts([5, 0, 0, 0]);
    assert_eq!(run.n("failed_tasks"), 3, "{}", *run);

    home.write("secret.log", access_log(10..15));
    fs::set_permissions(home.path("secret.log"), Permissions::from_mode(0o000)).unwrap();
    if File::open(home.path("secret.log")).is_ok() {
        crate::kit::skipped(format_args!("this user may read every file"));
        return;
    }
    let run = home.load_failing(&["-s", "log.http", "secret.log"]);
    assert!(run.stderr().contains("hint: you may not read it"), "{}", *run);
}

#[test]
fn a_source_that_does_not_fit() {
    let home = Home::new();
    home.write("letter.txt", "Dear reader,\n\nthis is no log at all.\n");
    let run = home.load(&["-s", "log.http", "letter.txt"]).counts([0, 0, 0, 2]);
    assert_eq!(run.tasks()[0]["ignored"], 1, "{}", *run);
    let run = home.load_failing(&["-s", "auto", "letter.txt"]);
    assert!(run.stderr().contains("no source knows the format"), "{}", *run);
}

#[test]
fn strict_fails_on_refused_records() {
    let home = Home::new();
    home.write("access.log", access_log(0..3) + "no log line\n");
    home.load(&ACCESS).counts([3, 0, 0, 1]);
    let strict = Home::new();
    strict.write("access.log", access_log(0..3) + "no log line\n");
    let run = strict.load_failing(&[&ACCESS[..], &["--strict"]].concat()).counts([3, 0, 0, 1]);
    assert!(run.stderr().contains("rejected 1 record"), "{}", *run);
}

#[test]
fn the_torture_files() {
    let Some(folder) = samples() else { return };
    let home = Home::new();
    let path = |name: &str| folder.join("torture").join(name).to_str().unwrap().to_owned();
    let run = home.load(&["-s", "log.http", &path("edge-clf.log")]);
    assert_eq!(
        run.n("events") + run.n("rejected") + run.tasks()[0]["ignored"].as_u64().unwrap(),
        28,
        "{}",
        *run
    );
    home.load(&["-s", "log.shell", &path("logshell-era5-broken-termid.log")]).counts([22, 0, 0, 0]);
    for name in ["random.bin", "nul-10k.bin", "only-newlines.txt", "empty.file", "not-a-db.sqlite"] {
        for source in ["log.http", "log.shell", "bookmarks.html"] {
            let run = home.run(&["-s", source, &path(name), "-P"]);
            assert!(matches!(run.code(), Some(0 | 1)) && !run.stderr().contains("panicked"), "{run}");
        }
    }
}

#[test]
fn a_locked_and_a_broken_database() {
    let home = Home::new();
    home.write("access.log", access_log(0..5));
    home.write("broken.db", "this is no database, though it is long enough to look at ".repeat(20));
    let run = home.run(&["-s", "log.http", "access.log", "-P", "--db", "sqlite:///broken.db"]).exits(1);
    run.says(&["error: cannot open the database", "hint: "]);
    home.run(&["-s", "log.http", "access.log", "-P", "--db", "sqlite:////proc/nowhere/events.db"])
        .exits(1)
        .says(&["error: "]);
    home.load(&ACCESS).counts([5, 0, 0, 0]);
}

#[test]
fn a_pipe_of_unknown_format() {
    // Detecting the format would consume the input.
    let home = Home::new();
    let run = home.run_with_stdin(&["-s", "auto", "-", "-P"], access_log(0..3).as_bytes());
    run.exits(1).says(&["cannot be read twice", "hint: name the source type instead of auto"]);
    assert!(home.events(&[]).is_empty());
}
