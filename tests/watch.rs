//! `workhours watch`: what is written to an input is in the database a moment later, whatever happens to the files, to
//! the program, or to the system's notices.

mod called;
mod rotated;
mod tail;

use crate::kit::{Home, Ran, mounts, pause};
use crate::logs::packed;
use crate::serve::Served;
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long something may take that takes a moment on a machine with nothing else to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program that follows inputs, and what it has printed.
pub(crate) struct Watching {
    child: Child,
    said: Arc<Mutex<Vec<String>>>,
}

impl Watching {
    pub(crate) fn start(home: &Home, args: &[&str]) -> Self {
        Self::of(&mut home.command(&[&["watch"], args].concat()))
    }

    /// The one that this command starts; it follows already.
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| heard.lock().unwrap().push(line));
        });
        let watching = Self { child, said };
        until(
            &|| watching.said().contains("following ") || watching.said().contains("running schedules"),
            &|| watching.said(),
        );
        watching
    }

    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().join("\n")
    }

    #[track_caller]
    pub(crate) fn until_it_says(&self, text: &str) {
        until(&|| self.said().contains(text), &|| format!("{text:?} in:\n{}", self.said()));
    }

    pub(crate) fn id(&self) -> String {
        self.child.id().to_string()
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.id()]).status().unwrap().success());
    }

    /// Ends it by Ctrl-C; returns what it printed.
    #[track_caller]
    pub(crate) fn end(mut self) -> String {
        self.signal("-INT");
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{}", self.said());
        self.said()
    }

    /// Ends it in the middle of whatever it does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // Of a test that failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something is true.
#[track_caller]
fn until(is_true: &dyn Fn() -> bool, what: &dyn Fn() -> String) {
    let since = Instant::now();
    while !is_true() {
        assert!(since.elapsed() < PATIENCE, "never: {}", what());
        pause(Duration::from_millis(50));
    }
}

/// What each event says: its title, or else its text.
fn texts(home: &Home) -> Vec<String> {
    let text = |event: &serde_json::Value| {
        let of = |key: &str| event[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        of("title").or_else(|| of("text")).unwrap_or_default()
    };
    home.events(&[]).iter().map(text).collect()
}

/// Waits until all events say this, in any order.
#[track_caller]
fn until_there(home: &Home, wanted: &[&str]) {
    let mut want: Vec<String> = wanted.iter().map(|text| (*text).to_owned()).collect();
    want.sort();
    let got = || {
        let mut got = texts(home);
        got.sort();
        got
    };
    until(&|| got() == want, &|| format!("{want:?}, but {:?}", got()));
}

/// A command as the shell writes it down.
fn command(n: u32, text: &str) -> String {
    format!("#{}\n{text}\n", 1_773_000_000 + n)
}

#[test]
fn what_is_written_is_there_a_moment_later() {
    let home = Home::new();
    home.write("history", command(1, "one"));
    let watching =
        Watching::start(&home, &["-s", "bash.history", "history", "-s", "bash.history", "more/*.hist"]);
    assert!(watching.said().contains("more/*.hist: nothing to read yet"), "{}", watching.said());
    until_there(&home, &["one"]);
    home.append("history", command(2, "two"));
    until_there(&home, &["one", "two"]);
    // A folder that wasn't there, with a file in it.
    home.write("more/a.hist", command(3, "three"));
    until_there(&home, &["one", "two", "three"]);
    home.append("more/a.hist", command(4, "four"));
    home.write("more/b.hist", command(5, "five"));
    home.write("more/other", command(6, "of no input"));
    until_there(&home, &["one", "two", "three", "four", "five"]);
    // A file that is replaced, as editors save.
    home.write("history.new", [command(1, "one"), command(2, "two"), command(7, "seven")].concat());
    home.rename("history.new", "history");
    until_there(&home, &["one", "two", "three", "four", "five", "seven"]);
    // One that goes and comes back, with its folder.
    home.rename("more", "less");
    watching.until_it_says(
        "warning: more/*.hist: nothing to read yet: no file matches more/*.hist; waiting for it",
    );
    home.append("less/a.hist", command(8, "eight"));
    home.rename("less", "more");
    until_there(&home, &["one", "two", "three", "four", "five", "seven", "eight"]);
    let said = watching.end();
    assert!(said.contains("history: 1 new"), "{said}");
}

#[test]
fn links_lead_to_files_elsewhere() {
    let home = Home::new();
    home.write("elsewhere/real", command(1, "one"));
    std::os::unix::fs::symlink(home.path("elsewhere/real"), home.path("history")).unwrap();
    let watching = Watching::start(&home, &["-s", "bash.history", "history"]);
    until_there(&home, &["one"]);
    home.append("elsewhere/real", command(2, "two"));
    until_there(&home, &["one", "two"]);
    watching.end();
}

/// A config with a minute less of patience for documents.
const HASTY: &str = "[watch]\ndocument_interval = '300ms'\n";

#[test]
fn databases_are_read_when_their_logs_grow_and_repositories_when_they_get_commits() {
    let home = Home::new();
    home.write(
        "config/workhours/config.toml",
        format!(
            "{HASTY}[[inputs]]\ntype = 'webkit.history'\npath = '{0}/History'\n[[inputs]]\ntype = 'git.log'\npath = '{0}/repo'\n",
            home.path("").display()
        ),
    );
    let mut database = crate::live::history(&home.path("History"));
    fs::create_dir(home.path("repo")).unwrap();
    crate::live::git(&home.path("repo"), &["init", "-q"]);
    crate::live::git(&home.path("repo"), &["commit", "-q", "--allow-empty", "-m", "first"]);
    let watching = Watching::start(&home, &[]);
    until_there(&home, &["One", "Two", "first"]);
    database.batch_execute("INSERT INTO visits VALUES (3, 1, 13350000002000000, 0, 0, 0)").unwrap();
    until_there(&home, &["One", "One", "Two", "first"]);
    crate::live::git(&home.path("repo"), &["commit", "-q", "--allow-empty", "-m", "second"]);
    until_there(&home, &["One", "One", "Two", "first", "second"]);
    watching.end();
}

#[test]
fn one_program_follows_an_input_and_the_next_takes_over() {
    let home = Home::new();
    home.write("history", command(1, "one"));
    let input = ["-s", "bash.history", "history"];
    let first = Watching::start(&home, &input);
    until_there(&home, &["one"]);
    let second = Watching::start(&home, &input);
    second.until_it_says(&format!(
        "warning: history: process {} follows it; waiting for that to end",
        first.id()
    ));
    home.append("history", command(2, "two"));
    until_there(&home, &["one", "two"]);
    assert!(!second.said().contains("new"), "{}", second.said());
    // It has no time to say goodbye.
    first.kill();
    second.until_it_says("history: followed from now on");
    home.append("history", command(3, "three"));
    until_there(&home, &["one", "two", "three"]);
    let said = second.end();
    assert!(said.contains("history: 1 new"), "{said}");
}

#[test]
fn status_says_what_is_followed_what_is_wrong_and_what_to_do() {
    let home = Home::new();
    let status = || home.run(&["status"]);
    let shows = |ran: Ran, texts: &[&str]| {
        texts.iter().for_each(|text| assert!(ran.stdout().contains(text), "no {text:?} in {ran}"));
    };
    shows(status().exits(0), &["Watching  nothing: no inputs are configured"]);
    home.write("history", command(1, "one"));
    let whole = packed(command(2, &"a long command ".repeat(100)).as_bytes(), "gz");
    home.write("old.gz", &whole[..whole.len() - 9]);
    let inputs =
        ["-s", "bash.history", "history", "-s", "bash.history", "later", "-s", "bash.history", "old.gz"];
    let watching = Watching::start(&home, &inputs);
    watching.until_it_says("error: old.gz ends too soon or is damaged");
    until_there(&home, &["one"]);
    until(&|| status().stdout().contains("history: 1 file, 1 event loaded, last just now"), &|| {
        status().stdout()
    });
    shows(
        status().exits(1),
        &[
            &format!("3 inputs with 2 files by process {}", watching.id()),
            "old.gz: failing: old.gz ends too soon or is damaged",
            "(since just now)",
            "hint: the complete records before that point are loaded; replace the file and run again",
            "later: waiting: later: no such file",
            "Index     none; workhours index update builds it",
        ],
    );
    let rows = home.run(&["status", "-O", "jsonl"]).exits(1).json_lines();
    let states: Vec<_> = rows.iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["following", "absent", "failing"]);
    // What was wrong is put right.
    home.write("later", command(3, "three"));
    home.write("old.gz", packed(command(2, "two").as_bytes(), "gz"));
    watching.until_it_says("old.gz: it can be read again");
    until_there(&home, &["one", "two", "three"]);
    until(&|| status().code() == Some(0), &|| status().stdout());
    watching.end();
    shows(
        status().exits(0),
        &["Watching  nothing: no inputs are configured (the last was followed until just now)"],
    );
    // A program that was killed can't say so itself.
    let watching = Watching::start(&home, &inputs[..3]);
    until(&|| status().stdout().contains("1 input"), &|| status().stdout());
    watching.kill();
    shows(status().exits(1), &["history: ended: the program that followed it has ended without a word"]);
}

#[test]
fn without_notices_files_are_looked_at_in_turn() {
    let Some(way) = mounts::unshare_user() else { return };
    let home = Home::new();
    home.write("history", command(1, "one"));
    home.write("config/workhours/config.toml", "[watch]\npoll = '200ms'\n");
    let script = "echo 0 > /proc/sys/user/max_inotify_instances";
    let args = ["watch", "-s", "bash.history", "history"];
    let watching = Watching::of(&mut mounts::mounted(&home, &way, script, &args));
    let said = watching.said();
    assert!(said.contains("history: files are checked in turn: the system's limit on notices"), "{said}");
    until_there(&home, &["one"]);
    home.append("history", command(2, "two"));
    until_there(&home, &["one", "two"]);
    watching.end();
}

#[test]
fn a_database_that_is_locked_is_waited_for() {
    let home = Home::new();
    home.write("history", command(1, "one"));
    let watching = Watching::start(&home, &["-s", "bash.history", "history"]);
    until_there(&home, &["one"]);
    let path = home.path("data/workhours/events.db");
    let mut other = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    other.batch_execute("BEGIN EXCLUSIVE").unwrap();
    home.append("history", command(2, "two"));
    pause(Duration::from_secs(1));
    other.batch_execute("ROLLBACK").unwrap();
    until_there(&home, &["one", "two"]);
    watching.end();
}

#[test]
fn the_site_follows_too() {
    let home = Home::new();
    home.write("history", command(1, "one"));
    let config = format!("[[inputs]]\ntype = 'bash.history'\npath = '{}'\n", home.path("history").display());
    home.write("config/workhours/config.toml", config);
    let served = Served::start(&home, &["--watch", "--no-auth"]);
    until_there(&home, &["one"]);
    home.append("history", command(2, "two"));
    until_there(&home, &["one", "two"]);
    assert_eq!(served.end("-INT"), Some(0));
}

#[test]
fn the_metrics_of_followed_inputs_are_as_prometheus_reads_them() {
    let home = Home::new();
    home.write("history", command(1, "one"));
    let path = home.path("history");
    home.write(
        "config/workhours/config.toml",
        format!("[[inputs]]\ntype = 'bash.history'\nlabel = 'a \"b\"'\npath = '{}'\n", path.display()),
    );
    let served = Served::start(&home, &["--watch", "--no-auth"]);
    until_there(&home, &["one"]);
    let sample = format!(
        "workhours_input_events_total{{source=\"bash.history\",label=\"a \\\"b\\\"\",path=\"{}\"}} 1\n",
        path.display()
    );
    let metrics = || served.get("/metrics", "");
    until(&|| metrics().contains(&sample), &metrics);
    let text = metrics();
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(body.contains("workhours_spool_bytes 0\n"), "{body}");
    home.write("metrics", body);
    let promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(fs::File::open(home.path("metrics")).unwrap())
        .output();
    match promtool {
        Ok(checked) => assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr)),
        Err(_) => crate::kit::skipped(format_args!("promtool is not installed")),
    }
    served.end("-INT");
}

#[cfg(target_os = "linux")]
#[test]
fn the_service_manager_learns_that_it_is_ready_and_alive() {
    let home = Home::new();
    home.write("history", command(1, "one"));
    let manager = std::os::unix::net::UnixDatagram::bind(home.path("notify")).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut program = home.command(&["watch", "-s", "bash.history", "history"]);
    program.env("NOTIFY_SOCKET", home.path("notify")).env("WATCHDOG_USEC", "600000");
    let watching = Watching::of(&mut program);
    let mut messages = String::new();
    while messages.matches("WATCHDOG=1").count() < 3 {
        let mut message = [0; 200];
        let n = manager.recv(&mut message).unwrap();
        messages.push_str(std::str::from_utf8(&message[..n]).unwrap());
        messages.push('\n');
    }
    assert_eq!(messages.matches("READY=1").count(), 1, "{messages}");
    watching.end();
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_once_and_waited_for() {
    let Some(way) = mounts::unshare() else { return };
    let home = Home::new();
    home.write("history", command(1, "one"));
    let script = format!("mkdir data; mount -t tmpfs -o size=6m none {}", home.path("data").display());
    let watching =
        Watching::of(&mut mounts::mounted(&home, &way, &script, &["watch", "-s", "bash.history", "history"]));
    let user = way.contains(&"-rm");
    // The disk as the program sees it.
    let data = format!("/proc/{}/root{}", watching.id(), home.path("data").display());
    let titles = || {
        let id = watching.id();
        let enter: Vec<&str> = ["nsenter", "-t", &id, "-m"].into_iter().chain(user.then_some("-U")).collect();
        let args = ["-r", "events", "-O", "jsonl", "--read-only"];
        Ran::of(&mut mounts::wrapped(&home, &enter, &args)).stdout().matches("\"text\"").count()
    };
    until(&|| titles() == 1, &|| watching.said());
    let mut filler = fs::File::create(format!("{data}/filler")).unwrap();
    let mut piece = vec![0_u8; 1 << 16];
    while !piece.is_empty() {
        if std::io::Write::write_all(&mut filler, &piece).is_err() {
            piece.truncate(piece.len() / 2);
        }
    }
    home.append("history", (2..2_000).map(|n| command(n, &"a long command ".repeat(20))).collect::<String>());
    watching.until_it_says("error: ");
    pause(Duration::from_secs(3));
    assert_eq!(watching.said().matches("error: ").count(), 1, "{}", watching.said());
    assert!(watching.said().contains("full"), "{}", watching.said());
    fs::remove_file(format!("{data}/filler")).unwrap();
    drop(filler);
    until(&|| titles() == 1_999, &|| format!("{} events\n{}", titles(), watching.said()));
    watching.until_it_says(" again");
    watching.end();
}

#[test]
fn what_cannot_be_followed_is_an_error() {
    let home = Home::new();
    home.run(&["watch"]).exits(2).says(&["there is no input to follow", "-s TYPE PATH"]);
    home.run(&["watch", "-s", "bash.history", "-"]).exits(2).says(&["standard input can't be followed"]);
    home.run(&["watch", "-s", "no.such", "x"]).exits(2).says(&["no.such"]);
    home.write("history", "");
    home.run(&["watch", "-s", "bash.history", "history", "--db", "sqlite:///:memory:"])
        .exits(2)
        .says(&["a database in memory can't be followed into"]);
    home.run(&["watch", "-s", "bash.history", "history", "--read-only"]).exits(2).says(&["cannot load"]);
}
