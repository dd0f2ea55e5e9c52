//! The same where nothing can be written: file systems that are mounted read-only, and files of another user.

use super::{DATABASE, FILES_ALONE, WRITE, is_served, loaded, open, reading, words};
use crate::kit::mounts::{assert_same, mounted, read_only, run_read_only, state, unshare, wrapped};
use crate::kit::{Home, Ran};
use crate::serve::Served;
use diesel::connection::SimpleConnection;
use std::fs;

#[test]
fn a_read_only_mount_is_read_without_a_flag() {
    let Some(way) = unshare() else { return };
    let home = loaded();
    let answers: Vec<String> = reading().iter().map(|args| home.ok(args).stdout()).collect();
    let folder = home.path("data");
    let before = state(&folder);
    for (args, answer) in reading().iter().zip(&answers) {
        let ran = run_read_only(&home, &way, "data", &words(args)).exits(0);
        assert_eq!(&ran.stdout(), answer, "{}", args.join(" "));
    }
    let (database, files) = WRITE.split_at(WRITE.len() - FILES_ALONE);
    for (args, what) in database {
        let ran = run_read_only(&home, &way, "data", args).exits(1);
        ran.says(&[what, "is on a read-only file system", "hint:", "copy the database"]);
    }
    // Files of ours are another matter: they may be elsewhere. Here they are not.
    for (args, _) in files.iter().filter(|(args, _)| args[0] != "scan") {
        run_read_only(&home, &way, "data", args).exits(1).says(&["ead-only file system"]);
    }
    let mut serve = mounted(&home, &way, &read_only("data"), &["serve", "--port", "0", "--no-auth"]);
    let served = Served::of(&mut serve);
    is_served(&served);
    assert_eq!(served.end("-TERM"), Some(0));
    assert_same(&before, &folder, "reading");
}

#[test]
fn an_index_elsewhere_can_be_made_of_a_database_on_a_read_only_mount() {
    let Some(way) = unshare() else { return };
    let home = loaded();
    fs::create_dir(home.path("image")).unwrap();
    fs::copy(home.path(DATABASE), home.path("image/events.db")).unwrap();
    let database = ["--db", "sqlite:///image/events.db", "--fs", "fs"];
    let search = [&database[..], &["search", "GET", "-O", "jsonl"]].concat();
    run_read_only(&home, &way, "image", &search).exits(0).says(&["no index that is up to date"]);
    assert!(!home.path("fs").exists());
    run_read_only(&home, &way, "image", &[&database[..], &["index", "update"]].concat()).exits(0);
    let ran = run_read_only(&home, &way, "image", &search).exits(0);
    assert!(!ran.stderr().contains("no index"), "{ran}");
    assert_eq!(ran.json_lines().len(), 20);
}

#[test]
fn a_log_that_was_not_closed_is_read_or_named() {
    let Some(way) = unshare() else { return };
    let home = loaded();
    let mut writer = open(&home.path(DATABASE));
    writer.batch_execute("DELETE FROM events WHERE title = 'GET /p7 HTTP/1.1'").unwrap();
    for (folder, endings) in [("two", &["", "-wal"][..]), ("three", &["", "-wal", "-shm"])] {
        fs::create_dir(home.path(folder)).unwrap();
        for ending in endings {
            let from = home.path(format!("{DATABASE}{ending}"));
            fs::copy(from, home.path(format!("{folder}/events.db{ending}"))).unwrap();
        }
    }
    drop(writer);
    for flag in [&[][..], &["--read-only"]] {
        let run = |folder: &str| {
            let database = format!("sqlite:///{folder}/events.db");
            let before = state(&home.path(folder));
            let args = [flag, &["--db", &database, "-r", "events", "-O", "jsonl"]].concat();
            let ran = match flag {
                [] => run_read_only(&home, &way, folder, &args),
                _ => home.run(&args),
            };
            assert_same(&before, &home.path(folder), "a report");
            ran
        };
        assert_eq!(run("three").exits(0).json_lines().len(), 84, "what is in the log counts");
        run("two").exits(1).says(&["events.db-wal", "hint: copy the database with its -wal, -shm"]);
    }
}

#[test]
fn files_of_somebody_else_are_read_without_a_flag() {
    let home = loaded();
    let Some(nobody) = nobody(&home) else { return };
    let folder = home.path("data");
    let set = |mode: &str| {
        let status = std::process::Command::new("chmod").args(["-R", mode]).arg(&folder).status();
        assert!(status.unwrap().success());
    };
    set("u+rwX,go+rX,go-w");
    let before = state(&folder);
    for args in [
        &["-r", "events", "-O", "jsonl"][..],
        &["search", "GET", "--limit", "99", "-O", "jsonl"],
        &["db", "check"],
    ] {
        Ran::of(&mut wrapped(&home, &nobody, args)).exits(0);
    }
    let load = Ran::of(&mut wrapped(&home, &nobody, &["tags", "apply"])).exits(1);
    load.says(&["may not be written to by this user", "hint:"]);
    assert_same(&before, &folder, "another user's reading");
}

/// How to start the program as another user, if possible; prints if it isn't.
fn nobody(home: &Home) -> Option<[&'static str; 4]> {
    let by = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    fs::set_permissions(home.path(""), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let tried = wrapped(home, &by, &["--version"]).output();
    if !tried.is_ok_and(|tried| tried.status.success()) {
        crate::kit::skipped(format_args!("the program can't be started as another user"));
        return None;
    }
    Some(by)
}
