//! Tests try what the sandbox forbids in a child, because it can't be undone: this test program again, running only the
//! one test that does it. The child reports through its standard error.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod child;

use super::Enforced;
use crate::frame::{CRASH_FRAME, Crash, Decoder, Frame};
use crate::{PluginLimits, SandboxLevel, crash};
use std::io::{Read, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

const DEED: &str = "WORKHOURS_TEST_DEED";
const FOLDER: &str = "WORKHOURS_TEST_FOLDER";
/// The child's exit code when nothing stopped it, and when it got an error instead.
const DONE: i32 = 77;
const REFUSED: i32 = 78;

fn limits() -> PluginLimits {
    PluginLimits { cpu: Duration::from_secs(1), memory: 256 << 20, ..PluginLimits::default() }
}

/// When a deed is done.
#[derive(Clone, Copy)]
enum Stage {
    Loading,
    Parsing,
    /// Never: it is about a kernel without something.
    Lacking,
}

/// The child's end.
struct Outcome {
    said: Option<String>,
    status: ExitStatus,
    stderr: String,
}

fn attempt(stage: Stage, deed: &str) -> Outcome {
    attempt_with(stage, deed, None)
}

fn attempt_with(stage: Stage, deed: &str, folder: Option<&Path>) -> Outcome {
    let stage = match stage {
        Stage::Loading => "loading",
        Stage::Parsing => "parsing",
        Stage::Lacking => "lacking",
    };
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "sandbox::tests::child::deed", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env_clear().env(DEED, format!("{stage} {deed}"));
    command.envs(folder.map(|f| (FOLDER, f)));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut bytes = Vec::new();
    child.stderr.take().unwrap().read_to_end(&mut bytes).unwrap();
    let status = child.wait().unwrap();
    let said = bytes.len().checked_sub(CRASH_FRAME).and_then(|at| {
        let mut decoder = Decoder::new(1 << 20);
        decoder.push(&bytes[at..]);
        match decoder.next() {
            Ok(Some(Frame::Crash(Crash { signal, value, pages }))) => {
                Some(crash::describe(signal, value, pages, &limits()))
            }
            _ => None,
        }
    });
    Outcome { said, status, stderr: String::from_utf8_lossy(&bytes).into_owned() }
}

impl Outcome {
    #[track_caller]
    fn says(&self, expected: &str) {
        let Self { said, status, stderr } = self;
        assert!(
            said.as_ref().is_some_and(|said| said.contains(expected)),
            "expected {expected:?}: said {said:?}, {status}, {stderr}"
        );
        assert_eq!(status.code(), Some(if expected.contains("processor") { 113 } else { 112 }));
    }

    /// By a signal that could not be caught: C libraries block all signals around a `clone`.
    #[track_caller]
    fn is_killed(&self, expected: &str) {
        let said = crash::describe_exit(self.status, &limits());
        assert!(said.contains(expected), "{said}, {}", self.stderr);
    }

    #[track_caller]
    fn exits(&self, code: i32) {
        let Self { said, status, stderr } = self;
        assert_eq!(status.code(), Some(code), "said {said:?}, {stderr}");
    }
}

/// Whether this system supports the tests.
fn sandboxed() -> bool {
    let there = attempt(Stage::Parsing, "nothing");
    let absent = there.stderr.contains("the sandbox cannot be set up");
    if absent {
        let _ = writeln!(std::io::stderr(), "\nSKIPPED: no sandbox here: {}", there.stderr);
    } else {
        there.exits(DONE);
    }
    !absent
}

#[test]
fn files_are_closed_to_a_plugin() {
    if !sandboxed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let inside = folder.path().join("history.db");
    std::fs::write(&inside, b"x").unwrap();
    let open = format!("open {}", inside.display());
    let create = format!("create {}", folder.path().join("new").display());

    attempt(Stage::Loading, "open /etc/passwd").exits(REFUSED);
    attempt(Stage::Loading, &open).exits(REFUSED);
    attempt(Stage::Loading, "open /etc/ld.so.cache").exits(DONE);
    attempt(Stage::Loading, &create).says("it called openat, which the sandbox forbids");
    attempt(Stage::Parsing, "open /etc/passwd")
        .says("it called openat, which the sandbox forbids: a plugin reads");
    attempt(Stage::Parsing, "open /etc/ld.so.cache").says("it called openat");
    attempt(Stage::Parsing, "read an open file").exits(DONE);

    // If its manifest asks for a path, it can read there, and only there.
    let with = |stage, deed: &str| attempt_with(stage, deed, Some(folder.path()));
    with(Stage::Loading, &open).exits(DONE);
    with(Stage::Parsing, &open).exits(DONE);
    with(Stage::Parsing, &format!("list {}", folder.path().display())).exits(DONE);
    let database = database(folder.path());
    with(Stage::Parsing, &format!("query {database}")).exits(DONE);
    with(Stage::Parsing, "open /etc/passwd").exits(REFUSED);
    with(Stage::Parsing, "open /etc/ld.so.cache").exits(REFUSED);
    with(Stage::Parsing, "list /usr/lib").exits(REFUSED);
    with(Stage::Parsing, &create).says("it called openat");
    with(Stage::Parsing, "socket").says("it called socket");
}

fn database(folder: &Path) -> String {
    use diesel::prelude::*;
    let path = folder.join("places.sqlite").to_str().unwrap().to_owned();
    let mut db = diesel::SqliteConnection::establish(&path).unwrap();
    let fill = "CREATE TABLE t (n INTEGER); WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c \
                WHERE n < 20000) INSERT INTO t SELECT n FROM c";
    diesel::connection::SimpleConnection::batch_execute(&mut db, fill).unwrap();
    path
}

#[test]
fn calls_beyond_calculating_are_trapped_in_both_stages() {
    if !sandboxed() {
        return;
    }
    for stage in [Stage::Loading, Stage::Parsing] {
        attempt(stage, "socket").says("it called socket, which the sandbox forbids: a plugin has no network");
        attempt(stage, "thread").is_killed("a thread or process");
        attempt(stage, "process").is_killed("a thread or process");
        attempt(stage, "fork").says("it called clone, which");
        attempt(stage, "exec").says("it called execve, which");
        attempt(stage, "kill the parent").says("it called kill, which");
        attempt(stage, "catch signals").says("it called rt_sigaction, which");
        attempt(stage, "dumpable").says("it called prctl, which");
        attempt(stage, "raise a limit").says("it called prlimit64, which");
        attempt(stage, "ptrace").says("it called ptrace, which");
        attempt(stage, "bpf").says("it called bpf, which");
        attempt(stage, "io_uring").says("it called io_uring_setup, which");
        attempt(stage, "memfd").says("it called memfd_create, which");
        attempt(stage, "keyctl").says("it called keyctl, which");
        attempt(stage, "userfaultfd").says("it called userfaultfd, which");
        attempt(stage, "mount").says("it called mount, which");
        attempt(stage, "unshare").says("it called unshare, which");
        attempt(stage, "writable memory").exits(DONE);
        attempt(stage, "is it a terminal").exits(REFUSED);
        if cfg!(target_arch = "x86_64") {
            attempt(stage, "x32").says("system call 1073741863, which");
        }
    }
}

#[test]
fn code_comes_in_only_while_loading() {
    if !sandboxed() {
        return;
    }
    attempt(Stage::Loading, "load").exits(DONE);
    attempt(Stage::Loading, "load a copy").exits(DONE);
    attempt(Stage::Loading, "executable memory").exits(DONE);
    attempt(Stage::Loading, "set no_new_privs").exits(DONE);
    attempt(Stage::Parsing, "load").says("it called openat");
    attempt(Stage::Parsing, "executable memory").says("it called mmap, which the sandbox forbids: no code");
    attempt(Stage::Parsing, "set no_new_privs").says("it called prctl");
}

#[test]
fn the_cause_of_death_is_told() {
    if !sandboxed() {
        return;
    }
    attempt(Stage::Parsing, "fault").says("segmentation fault at address 0x30");
    attempt(Stage::Parsing, "abort").says("it aborted");
    attempt(Stage::Parsing, "stack").says("its stack overflowed");
    attempt(Stage::Parsing, "time").says("it used up its 1 s of processor time");
    attempt(Stage::Parsing, "memory at once")
        .says("it asked for more than its memory limit of 256 MiB at once");
    attempt(Stage::Parsing, "memory by and by").says("it ran out of memory: the limit is 256 MiB");
    attempt(Stage::Parsing, "half, then too much").says("of 256 MiB of memory in use");
    let exit = attempt(Stage::Parsing, "exit");
    assert!(exit.said.is_none());
    let said = crash::describe_exit(exit.status, &limits());
    assert_eq!(said, "it ended the process with exit code 0 before it had finished");
}

#[test]
fn what_is_enforced_is_said() {
    if !sandboxed() {
        return;
    }
    let said = attempt(Stage::Loading, "enforced").stderr;
    assert!(said.contains("rlimits, landlock ") && said.contains(", seccomp"), "{said}");
}

#[test]
fn a_kernel_without_it_is_refused_or_said() {
    if !sandboxed() {
        return;
    }
    for feature in ["landlock", "seccomp"] {
        attempt(Stage::Lacking, &format!("{feature} required")).exits(DONE);
        attempt(Stage::Lacking, &format!("{feature} best-effort")).exits(DONE);
    }
}

#[test]
fn what_is_missing_is_said() {
    let missing =
        || Enforced { missing: vec!["no Landlock: kernel too old".to_owned()], ..Enforced::limits() };
    assert_eq!(missing().to_string(), "rlimits only (no Landlock: kernel too old)");
    assert!(missing().or_refuse(SandboxLevel::BestEffort).is_ok());
    let refused = missing().or_refuse(SandboxLevel::Required).unwrap_err();
    assert_eq!(refused.to_string(), "the sandbox cannot be set up: no Landlock: kernel too old");
}
