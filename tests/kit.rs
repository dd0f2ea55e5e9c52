//! A separate home for each test, the program run in it, and the result. A failure shows everything: the command, its
//! folder, and all its output.

pub(crate) mod mounts;
pub(crate) mod plugin;
#[cfg(all(feature = "postgres", feature = "mysql"))]
pub(crate) mod server;
pub(crate) mod shim;
mod summary;

pub(crate) use summary::{Summary, assert_same_multiset};

use diesel::prelude::*;
use serde_json::Value;
use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;

/// The command-line words that load one input.
pub(crate) const ACCESS: [&str; 3] = ["-s", "log.http", "access.log"];

/// An empty folder that is home and working directory in one. Gone when the test is over.
pub(crate) struct Home {
    dir: TempDir,
    database: Option<String>,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::Builder::new().prefix("workhours-e2e-").tempdir().unwrap(), database: None }
    }

    /// One whose programs use the database of this URI, not the file in the home.
    #[cfg(all(feature = "postgres", feature = "mysql"))]
    pub(crate) fn on(uri: &str) -> Self {
        Self { database: Some(uri.to_owned()), ..Self::new() }
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn append(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let mut file = OpenOptions::new().create(true).append(true).open(self.path(name)).unwrap();
        file.write_all(bytes.as_ref()).unwrap();
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// Makes a file look unchanged for an hour.
    pub(crate) fn age(&self, name: &str) {
        let file = File::options().write(true).open(self.path(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(3_600)).unwrap();
    }

    /// The program in this home, blind to the surroundings of the tests.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_workhours"));
        command
            .args(args)
            .args(self.database.iter().flat_map(|uri| ["--db", uri]))
            .current_dir(self.dir.path())
            .env_clear()
            .env("HOME", self.dir.path())
            .env("TZ", "UTC");
        for (name, folder) in
            [("XDG_DATA_HOME", "data"), ("XDG_CONFIG_HOME", "config"), ("XDG_CACHE_HOME", "cache")]
        {
            command.env(name, self.path(folder));
        }
        for name in ["PATH", "LLVM_PROFILE_FILE", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.stdin(Stdio::null());
        command
    }

    /// Runs the program to its end, however it ends.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Ran {
        Ran::of(&mut self.command(args))
    }

    /// Runs it with bytes on its standard input.
    pub(crate) fn run_with_stdin<S: AsRef<OsStr>>(&self, args: &[S], input: &[u8]) -> Ran {
        self.write("stdin.bytes", input);
        Ran::of(self.command(args).stdin(File::open(self.path("stdin.bytes")).unwrap()))
    }

    /// Runs it; it must succeed.
    pub(crate) fn ok<S: AsRef<OsStr>>(&self, args: &[S]) -> Ran {
        self.run(args).exits(0)
    }

    /// Loads, and returns the summary; the run must succeed.
    pub(crate) fn load(&self, args: &[&str]) -> Summary {
        self.run_load(args).0.exits_with_summary(0)
    }

    /// Loads; the run must end with exit code 1 and a summary all the same.
    pub(crate) fn load_failing(&self, args: &[&str]) -> Summary {
        self.run_load(args).0.exits_with_summary(1)
    }

    fn run_load(&self, args: &[&str]) -> (Ran, ()) {
        (self.run(&[args, &["-P", "-O", "json"]].concat()), ())
    }

    /// All events a report shows with these filters, in its order.
    pub(crate) fn events(&self, filters: &[&str]) -> Vec<Value> {
        self.ok(&[&["-r", "events", "-O", "jsonl"], filters].concat()).json_lines()
    }

    /// One column of all events, in order; null is empty.
    pub(crate) fn column(&self, name: &str) -> Vec<String> {
        self.events(&[]).iter().map(|e| e[name].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The rejected records in the database: offset, beginning, and whether they may still grow.
    pub(crate) fn rejects(&self) -> Vec<(i64, String, bool)> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            file_offset: i64,
            #[diesel(sql_type = diesel::sql_types::Text)]
            excerpt: String,
            #[diesel(sql_type = diesel::sql_types::Bool)]
            provisional: bool,
        }
        let name = self.path("data/workhours/events.db");
        let mut conn = SqliteConnection::establish(name.to_str().unwrap()).unwrap();
        let rows: Vec<Row> = diesel::sql_query(
            "SELECT file_offset, excerpt, provisional FROM rejects ORDER BY file_id, file_offset",
        )
        .load(&mut conn)
        .unwrap();
        rows.into_iter().map(|r| (r.file_offset, r.excerpt, r.provisional)).collect()
    }
}

/// The result of a run of the program.
pub(crate) struct Ran {
    command: String,
    output: Output,
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self::from(command, output)
    }

    pub(crate) fn from(command: &Command, output: Output) -> Self {
        let cwd = command.get_current_dir().unwrap_or(Path::new("."));
        Self { command: format!("{command:?}\nin {}", cwd.display()), output }
    }

    pub(crate) fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    pub(crate) fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap_or_else(|e| panic!("not UTF-8: {e}\n{self}"))
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code(), Some(code), "the exit code\n{self}");
        assert!(!self.stderr().contains("panicked"), "a panic\n{self}");
        self
    }

    /// Each of the texts must be in its stderr.
    #[track_caller]
    pub(crate) fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.stderr().contains(text), "nothing about {text:?}\n{self}");
        }
        self
    }

    #[track_caller]
    pub(crate) fn exits_with_summary(self, code: i32) -> Summary {
        let ran = self.exits(code);
        let value = serde_json::from_str(&ran.stdout()).unwrap_or_else(|e| panic!("no summary: {e}\n{ran}"));
        Summary::checked(value, ran)
    }

    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}\n{self}"));
        self.stdout().lines().map(parse).collect()
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Output { status, stdout, stderr } = &self.output;
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(20_000)]).into_owned();
            if bytes.len() > 20_000 { text + "\n[… and so on]" } else { text }
        };
        write!(
            f,
            "{}\n{status}\n--- stdout\n{}\n--- stderr\n{}\n---",
            self.command,
            text(stdout),
            text(stderr)
        )
    }
}

/// Waits, but not for anything in particular.
pub(crate) fn pause(length: Duration) {
    let since = Instant::now();
    while let Some(left) = length.checked_sub(since.elapsed()).filter(|left| !left.is_zero()) {
        std::thread::park_timeout(left);
    }
}

/// Prints why a test is skipped, so that it is visible: output of a passing test isn't shown.
pub(crate) fn skipped(why: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr().lock(), "\nSKIPPED: {why}");
}

/// The folder of sample files next to the repository, if it exists.
pub(crate) fn samples() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if folder.join("MANIFEST.tsv").is_file() {
        return folder.canonicalize().ok();
    }
    crate::kit::skipped(format_args!("no sample files at {}", folder.display()));
    None
}

/// A folder of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path).canonicalize().unwrap()
}
