//! Running the program with disks that fail, are full, or lose power: a library that is loaded before it counts its changes
//! of files, lets one fail, and writes all of them down.

use super::plugin::{compile, has_cc};
use super::{Home, Ran, repository, skipped};
use std::fs;
use std::path::{Path, PathBuf};

/// The fault of the program's file operations.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// All succeed; they are counted and written down.
    None,
    /// The one of this number fails.
    Broken(usize),
    /// From this number on, every operation that needs space fails.
    Full(usize),
    /// The same, with the user's quota full.
    Quota(usize),
}

/// `EDQUOT` on Linux.
const QUOTA: &str = "122";

/// Compiles the library into a home. Without a C compiler, or on other systems than Linux, the test prints that it is
/// skipped.
pub(crate) fn make_shim(home: &Home) -> bool {
    if !cfg!(target_os = "linux") || !has_cc() {
        skipped(format_args!("disks that fail: that needs Linux and a C compiler"));
        return false;
    }
    compile(home, &repository("tests/faults/failing_writes.c"), &["-ldl"], "failing.so");
    true
}

/// Runs the program with a fault.
pub(crate) fn run_with(home: &Home, args: &[&str], fault: Fault) -> Ran {
    let mut command = home.command(args);
    command.env("LD_PRELOAD", home.path("failing.so"));
    match fault {
        Fault::None => {
            let _ = fs::remove_file(home.path("log"));
            command.env("FAIL_COUNT", home.path("count")).env("WRITE_LOG", home.path("log"))
        }
        Fault::Broken(at) => command.env("FAIL_AT", at.to_string()),
        Fault::Full(from) => command.env("FULL_FROM", from.to_string()),
        Fault::Quota(from) => command.env("FULL_FROM", from.to_string()).env("FULL_ERRNO", QUOTA),
    };
    Ran::of(&mut command)
}

/// How many changes the last run without a fault made.
pub(crate) fn count(home: &Home) -> usize {
    fs::read_to_string(home.path("count")).unwrap().parse().unwrap()
}

/// Copies a folder to a new place, or replaces the one there.
pub(crate) fn copy(from: &Path, to: &Path) {
    if to.exists() {
        fs::remove_dir_all(to).unwrap();
    }
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A change as it was written down.
#[derive(Debug)]
pub(crate) struct Change {
    kind: u8,
    path: PathBuf,
    other: PathBuf,
    at: u64,
    bytes: Vec<u8>,
}

/// The changes of the last run without a fault, in order.
pub(crate) fn changes(home: &Home) -> Vec<Change> {
    let log = fs::read(home.path("log")).unwrap();
    let (mut all, mut rest) = (Vec::new(), &log[..]);
    while let Some(end) = rest.iter().position(|b| *b == b'\n') {
        let line = std::str::from_utf8(&rest[..end]).unwrap();
        let parts: Vec<&str> = line.split(' ').collect();
        let [kind, path, other, at, length] = parts[..] else { panic!("{line}") };
        let length: usize = length.parse().unwrap();
        let bytes = rest[end + 1..end + 1 + length].to_vec();
        rest = &rest[end + 1 + length..];
        let (path, other, kind) = (unhex(path), unhex(other), kind.as_bytes()[0]);
        all.push(Change { kind, path, other, at: at.parse::<i64>().unwrap().unsigned_abs(), bytes });
    }
    all
}

fn unhex(text: &str) -> PathBuf {
    let digits = text.trim_start_matches('-').as_bytes();
    let bytes =
        digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
    PathBuf::from(String::from_utf8(bytes.collect()).unwrap())
}

/// Replays the operations on the files below a folder; others are ignored.
pub(crate) fn replay(changes: &[Change], below: &Path) {
    use std::io::{Seek, SeekFrom, Write};
    let open =
        |path: &Path| fs::OpenOptions::new().write(true).create(true).truncate(false).open(path).unwrap();
    for change in changes.iter().filter(|change| change.path.starts_with(below)) {
        let Change { kind, path, other, at, bytes } = change;
        match kind {
            b'w' => {
                let mut file = open(path);
                file.seek(SeekFrom::Start(*at)).unwrap();
                file.write_all(bytes).unwrap();
            }
            b'c' => drop(open(path)),
            b'e' => open(path).set_len(0).unwrap(),
            b't' => open(path).set_len(*at).unwrap(),
            b'r' => fs::rename(path, other).unwrap(),
            b'l' => fs::hard_link(path, other).unwrap(),
            b'u' if path.is_dir() => fs::remove_dir(path).unwrap(),
            b'u' => fs::remove_file(path).unwrap(),
            b'm' => fs::create_dir_all(path).unwrap(),
            _ => {}
        }
    }
}
