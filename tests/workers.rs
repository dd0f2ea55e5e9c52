//! How a plugin is run: its input, its failures, and that a worker is gone when its work is done. `hostile` tests
//! forbidden actions.
#![cfg(unix)]

use crate::kit::plugin::{add, compile, has_cc};
use crate::kit::{Home, Ran, pause, repository};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SOURCES: [&str; 3] = ["toy.stream", "toy.whole", "toy.path"];

fn toy() -> Option<Home> {
    if !has_cc() {
        return None;
    }
    let home = Home::new();
    let library = compile(&home, &repository("tests/workers/toy.c"), &[], "toy.so");
    add(&home, &library).exits(0);
    Some(home)
}

fn compressed(text: &str) -> Vec<u8> {
    let mut child =
        Command::new("gzip").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("gzip is there");
    let mut pipe = child.stdin.take().unwrap();
    let text = text.to_owned();
    let feeder = std::thread::spawn(move || pipe.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output.stdout
}

/// Workers whose parent is this process.
fn workers_of(parent: u32) -> Vec<u32> {
    let stat = |pid: u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
        Some((fields[0] != "Z", fields[1].parse::<u32>().ok()?))
    };
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| stat(*pid) == Some((true, parent))).collect()
}

fn is_there(pid: u32) -> bool {
    let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&command).contains("--plugin-worker")
}

#[test]
fn as_a_stream_whole_and_from_a_path_all_the_same() {
    let Some(home) = toy() else { return };
    home.write("plain.txt", "one\ntwo\n");
    home.write("packed.gz", compressed("three\nfour\n"));
    home.write("c.toml", "[plugins]\nrun = \"in-process\"\n");
    for source in SOURCES {
        home.load(&["-s", source, "plain.txt", "-s", source, "packed.gz"]).counts([4, 0, 0, 0]);
        let again =
            home.load(&["-c", "c.toml", "-s", source, "plain.txt", "-s", source, "packed.gz", "--reread"]);
        assert_eq!((again.n("inserted"), again.n("duplicates") + again.n("updated")), (0, 4), "{}", *again);
    }
    let mut texts = home.column("text");
    texts.sort();
    assert_eq!(texts, ["four", "one", "three", "two"].map(|t| [t; 3]).concat());
    // The copy for the one that wants a path is gone.
    let left = fs::read_dir(home.path("data/workhours/filestore/tmp")).map_or(0, |dir| dir.count());
    assert_eq!(left, 0, "files are left");
}

#[test]
fn an_option_reaches_it() {
    let Some(home) = toy() else { return };
    home.write("in.txt", "option\n");
    home.write(
        "c.toml",
        "[[inputs]]\ntype = \"toy.stream\"\npath = \"in.txt\"\noptions = { word = \"hello\" }\n",
    );
    home.load(&["-c", "c.toml"]).counts([1, 0, 0, 0]);
    assert_eq!(home.column("text"), ["hello"]);
}

#[test]
fn what_fails_leaves_nothing_and_can_be_put_right() {
    let Some(home) = toy() else { return };
    let known = [
        ("fail", "toy.so: it  [31mfailed; its last line on standard error: fail"),
        ("limit", "over a limit: plugin toy.so: "),
        ("io", "toy.so: it says its input could not be read"),
        ("print", "toy.so: it wrote to its standard output"),
    ];
    let objects = |home: &Home| {
        let files = glob_files(&home.path("data/workhours/filestore"));
        files.into_iter().filter(|f| !f.ends_with("gc.lock")).count()
    };
    for source in SOURCES {
        for (word, cause) in known {
            let name = format!("{source}-{word}.log");
            home.write(&name, "one\ntwo\n");
            let load = |word: &str| {
                let config = format!(
                    "[[inputs]]\ntype = \"{source}\"\npath = \"{name}\"\nscope = \"{name}\"\n\
                     options = {{ word = \"{word}\" }}\n"
                );
                home.write("c.toml", config);
                home.run(&["-c", "c.toml", "-P", "-O", "json"])
            };
            assert_eq!(load("").exits_with_summary(0).n("inserted"), 2);
            let before = (home.column("id"), objects(&home));
            // It was read to here before, and the new part fails.
            home.append(&name, format!("three\n{word}\n"));
            let failed = load("").exits_with_summary(1);
            assert_eq!(failed.states(), ["failed"], "{}", *failed);
            let error = failed.tasks()[0]["error"].as_str().unwrap();
            assert!(error.contains(cause), "{error}");
            assert_eq!(
                (home.column("id"), objects(&home)),
                before,
                "of a task that failed something is left"
            );
            // When it no longer breaks all is as if nothing had been.
            let fixed = load("fixed").exits_with_summary(0);
            assert_eq!(fixed.n("inserted"), 2, "{}", *fixed);
            // Nothing but that the toy's events have no dates.
            let notes = fixed.tasks()[0]["notes"].as_array().cloned().unwrap_or_default();
            let undated = |note: &Value| note.as_str().is_some_and(|note| note.contains("have no date"));
            assert!(notes.iter().all(undated), "{}", *fixed);
        }
    }
}

/// All files below a folder.
fn glob_files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    paths.flat_map(|path| if path.is_dir() { glob_files(&path) } else { vec![path] }).collect()
}

#[test]
fn an_input_that_breaks_off_is_loaded_up_to_there() {
    let Some(home) = toy() else { return };
    let text: String = (0..50_000).map(|n| format!("line {n} of many, {}\n", n * 7919 % 10_007)).collect();
    let mut bytes = compressed(&text);
    let whole = bytes.clone();
    bytes.truncate(bytes.len() / 2);
    home.write("cut.gz", bytes);
    let cut = home.load_failing(&["-s", "toy.stream", "cut.gz"]);
    assert_eq!(cut.states(), ["partial"], "{}", *cut);
    let error = cut.tasks()[0]["error"].as_str().unwrap();
    assert!(error.contains("ends too soon or is damaged"), "{error}");
    let had = cut.n("inserted");
    assert!(had > 0 && had < 50_000, "{had}");
    home.write("cut.gz", whole);
    assert_eq!(home.load(&["-s", "toy.stream", "cut.gz"]).n("inserted"), 50_000 - had);
    // A document is loaded whole or not at all.
    home.write("cut2.gz", &compressed(&text)[..1000]);
    assert_eq!(home.load_failing(&["-s", "toy.whole", "cut2.gz"]).states(), ["failed"]);
}

#[test]
fn it_inherits_nothing() {
    let Some(home) = toy() else { return };
    home.write("hidden", "secret\n");
    home.write("in.txt", "peek\n");
    let mut command = home.command(&["-s", "toy.stream", "in.txt", "-P"]);
    let program = command.get_program().to_owned();
    let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let mut shell = home.command(&["-c", "exec \"$0\" \"$@\" 9<hidden 10<hidden 11<hidden"]);
    command = Command::new("bash");
    command.args(shell.get_args()).arg(program).args(args).current_dir(home.path(""));
    command.envs(shell.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ran::of(&mut command).exits(0);
    shell.stdin(Stdio::null());
    assert_eq!(home.column("text"), ["peek"]);
}

#[test]
fn in_this_process_a_library_is_loaded_once_for_all_its_sources() {
    let Some(home) = toy() else { return };
    home.write("in.txt", "loaded\n");
    home.write("c.toml", "[plugins]\nrun = \"in-process\"\n");
    let inputs = SOURCES.map(|source| ["-s", source, "in.txt"]).concat();
    home.load(&[&["-c", "c.toml"], &inputs[..]].concat()).counts([3, 0, 0, 0]);
    let mut texts = home.column("text");
    texts.dedup();
    assert_eq!(texts.len(), 1, "it stands in memory more than once: {texts:?}");
    assert!(texts[0].starts_with("loaded 1 times"), "{texts:?}");
}

#[test]
fn stopped_it_leaves_no_worker() {
    let Some(home) = toy() else { return };
    for (source, signal) in [("toy.stream", "-INT"), ("toy.whole", "-TERM"), ("toy.path", "-KILL")] {
        home.write("in.txt", "one\nspin\n");
        let mut command = home.command(&["-s", source, "in.txt", "-P"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let since = Instant::now();
        let mut workers = Vec::new();
        while !workers.iter().any(|pid| is_there(*pid)) {
            assert!(since.elapsed() < Duration::from_secs(30), "there is no worker");
            pause(Duration::from_millis(5));
            workers = workers_of(child.id());
        }
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let ran = Ran::from(&command, child.wait_with_output().unwrap());
        if signal != "-KILL" {
            ran.exits(1).says(&["interrupted"]);
        }
        let since = Instant::now();
        while workers.iter().any(|pid| is_there(*pid)) {
            assert!(since.elapsed() < Duration::from_secs(10), "{signal}: a worker is left");
            pause(Duration::from_millis(5));
        }
        assert!(home.column("text").is_empty(), "nothing of a task that was stopped is loaded");
    }
}

#[test]
fn a_library_it_needs_and_that_is_not_there_is_named() {
    if !has_cc() {
        return;
    }
    let home = Home::new();
    home.write("other.c", "__attribute__((visibility(\"default\"))) int other(void) { return 1; }\n");
    compile(&home, &home.path("other.c"), &[], "libotherlib.so");
    let folder = format!("-L{}", home.path("").display());
    home.write("needs.c", "int other(void);\nint needs(void) { return other(); }\n");
    // The linker uses libraries only after the objects that need them.
    let flags = [&folder, "-Wl,--no-as-needed", "-lotherlib"];
    let library = compile(&home, &home.path("needs.c"), &flags, "needs.so");
    fs::remove_file(home.path("libotherlib.so")).unwrap();
    add(&home, &library).exits(1).says(&["it cannot be loaded: libotherlib.so: cannot open"]);
}
