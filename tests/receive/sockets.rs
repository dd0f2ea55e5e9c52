//! What arrives at sockets, from programs and from the journal is in the database: once, and whole.

use super::until_events;
use crate::kit::{Home, pause, skipped};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A program that runs until the end of a test.
pub(super) struct Running(pub(super) Child);

impl Running {
    pub(super) fn start(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    pub(super) fn watch(home: &Home) -> Self {
        Self::start(&mut home.command(&["-c", "wh.toml", "watch"]))
    }

    /// Ends it at once, whatever it does.
    pub(super) fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// Ends it as its user does.
    pub(super) fn end(mut self) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port that was free a moment ago.
pub(super) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A connection to a program that may still be starting.
#[track_caller]
pub(super) fn connect(port: u16) -> TcpStream {
    let since = Instant::now();
    loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(socket) => return socket,
            Err(e) => assert!(since.elapsed() < Duration::from_secs(20), "{e}"),
        }
        pause(Duration::from_millis(30));
    }
}

fn texts(home: &Home) -> Vec<String> {
    let mut all = home.column("text");
    all.sort();
    all
}

#[test]
fn messages_of_all_framings_arrive() {
    let home = Home::new();
    let (udp, tcp) = (free_port(), free_port());
    home.write(
        "wh.toml",
        format!(
            "[receivers.net]\nlisten = 'udp://127.0.0.1:{udp}'\nhost = 'gate'\n\
             [receivers.lines]\nlisten = 'tcp://127.0.0.1:{tcp}'\n"
        ),
    );
    let watch = Running::watch(&home);
    let mut socket = connect(tcp);
    socket.write_all(b"<34>Oct 11 22:14:15 web su: first\n").unwrap();
    // In pieces, with a length before it, with a line end inside, and without an end.
    let counted = "<34>1 2026-10-11T22:14:15Z web app 12 ID - second\nline";
    let stream = format!("{} {counted}<34>Oct 11 22:14:16 web su: third", counted.len());
    for piece in stream.as_bytes().chunks(7) {
        socket.write_all(piece).unwrap();
        socket.flush().unwrap();
    }
    drop(socket);
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    sender.send_to(b"<34>Oct 11 22:14:17 su: fourth\n", ("127.0.0.1", udp)).unwrap();
    sender.send_to(b"<34>Oct 11 22:14:17 su: fourth\n", ("127.0.0.1", udp)).unwrap();
    until_events(&home, 5);
    assert_eq!(texts(&home), ["first", "fourth", "fourth", "second#012line", "third"]);
    // Files whose last record might still grow are loaded as a whole too, so that they go when they are old enough.
    watch.end();
    let files = || {
        let folder = home.path("data/workhours/fs/spool/syslog/lines");
        std::fs::read_dir(folder)
            .unwrap()
            .flatten()
            .filter(|e| e.path().extension().is_some_and(|x| x == "log"))
            .count()
    };
    assert_eq!(files(), 1);
    home.ok(&["purge", "not there"]);
    assert_eq!(files(), 0);
    let hosts = home.events(&["--where", "label:net"]);
    assert!(hosts.iter().all(|event| event["host"] == "gate"), "{hosts:?}");
}

#[test]
fn a_sender_changes_nothing_of_what_another_one_sends() {
    let home = Home::new();
    let (udp, tcp) = (free_port(), free_port());
    home.write(
        "wh.toml",
        format!(
            "[receivers.u]\nlisten = 'udp://127.0.0.1:{udp}'\n[receivers.t]\nlisten = 'tcp://127.0.0.1:{tcp}'\n"
        ),
    );
    let watch = Running::watch(&home);
    drop(connect(tcp));
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    // Lengths that don't fit, and messages without a head, each before good ones.
    let bad = ["400 <13>1 2026-11-30T10:00:00Z h app - - - evil", "no head at all", "0 ", "99 lines"];
    for (n, bad) in bad.iter().enumerate() {
        for good in 0..2 {
            let good = format!("<13>1 2026-11-30T10:00:00Z h app - - - good {n} {good}\n");
            for message in [*bad, &good] {
                sender.send_to(message.as_bytes(), ("127.0.0.1", udp)).unwrap();
                connect(tcp).write_all(message.as_bytes()).unwrap();
            }
        }
    }
    until_events(&home, 2 * 2 * 2 * bad.len());
    for label in ["t", "u"] {
        let events = home.events(&["--where", &format!("label:{label}")]);
        let mut texts: Vec<&str> = events.iter().map(|event| event["text"].as_str().unwrap()).collect();
        texts.sort_unstable();
        let good = |n: usize| (0..2).map(move |m| format!("good {n} {m}"));
        let mut want: Vec<String> = (0..bad.len()).flat_map(good).collect();
        want.extend(
            ["0", "99 lines", "evil", "no head at all"]
                .iter()
                .flat_map(|text| [(*text).to_owned(), (*text).to_owned()]),
        );
        want.sort_unstable();
        assert_eq!(texts, want, "{label}");
    }
    watch.end();
}

#[test]
fn what_a_command_has_started_ends_with_the_program() {
    let home = Home::new();
    home.write(
        "wh.toml",
        "[receivers.stubborn]\ntype = 'jsonl'\n\
         command = \"(trap '' INT TERM HUP; sleep 4321 & sleep 4322) & sleep 4323\"\n",
    );
    let watch = Running::watch(&home);
    let there = || {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
        lines.filter(|line| line.starts_with(b"sleep\x00432")).count()
    };
    let since = Instant::now();
    while there() < 3 {
        assert!(since.elapsed() < Duration::from_secs(20));
        pause(Duration::from_millis(50));
    }
    watch.end();
    assert_eq!(there(), 0);
}

#[test]
fn what_was_read_is_there_once_though_the_program_is_killed() {
    let home = Home::new();
    let port = free_port();
    home.write("wh.toml", format!("[receivers.net]\nlisten = 'tcp://127.0.0.1:{port}'\n"));
    // What each connection has sent.
    let mut sent: Vec<u32> = Vec::new();
    for round in 0..12_u32 {
        let mut watch = Running::watch(&home);
        let mut socket = connect(port);
        let mut n = 0;
        let until = Instant::now() + Duration::from_millis(150 + u64::from(round % 4) * 40);
        while Instant::now() < until {
            let line = format!("<13>1 2026-10-11T22:14:15Z web app - - - {round} {n}\n");
            if socket.write_all(line.as_bytes()).is_err() {
                break;
            }
            n += 1;
            if n % 10 == 0 {
                pause(Duration::from_millis(1));
            }
        }
        watch.kill();
        sent.push(n);
    }
    let watch = Running::watch(&home);
    let mut socket = connect(port);
    socket.write_all(b"<13>1 2026-10-11T22:14:15Z web app - - - 99 0\n").unwrap();
    let since = Instant::now();
    while !home.ok(&["-r", "events", "-O", "jsonl"]).stdout().contains("99 0") {
        assert!(since.elapsed() < Duration::from_secs(30));
        pause(Duration::from_millis(200));
    }
    watch.end();
    let mut rounds: Vec<Vec<u32>> = vec![Vec::new(); sent.len()];
    for title in home.column("text") {
        let (round, n) = title.split_once(' ').unwrap();
        if let Some(all) = rounds.get_mut(round.parse::<usize>().unwrap()) {
            all.push(n.parse().unwrap());
        }
    }
    for (round, all) in rounds.iter_mut().enumerate() {
        all.sort_unstable();
        // A connection's messages, from its first to the last that was read, none twice and none missing.
        let want: Vec<u32> = (0..all.len() as u32).collect();
        assert!(
            *all == want && all.len() as u32 <= sent[round],
            "round {round}: {} of {}",
            all.len(),
            sent[round]
        );
    }
    assert!(rounds.iter().map(Vec::len).sum::<usize>() > 1_000, "{sent:?}");
}

#[test]
fn programs_are_started_again_and_the_journal_is_continued() {
    let home = Home::new();
    // It prints an entry at each start and ends; asked for what is after a cursor, the next one.
    home.write(
        "bin/journalctl",
        "#!/bin/sh
echo \"$@\" >> \"$HOME/asked\"
last=0
for word; do case $word in --after-cursor=c*) last=${word#--after-cursor=c};; esac; done
[ \"$last\" -ge 3 ] && exec sleep 1000
n=$((last + 1))
echo '{\"__CURSOR\":\"c'$n'\",\"__REALTIME_TIMESTAMP\":\"177300000'$n'000000\",\"MESSAGE\":\"entry '$n'\"}'
",
    );
    std::fs::set_permissions(home.path("bin/journalctl"), std::fs::Permissions::from_mode(0o755)).unwrap();
    home.write(
        "wh.toml",
        "[receivers.journal]\nlisten = 'journal'\n[receivers.out]\ntype = 'jsonl'\n\
         command = '''echo '{\"time\":\"2026-03-08T20:00:00Z\",\"message\":\"started\"}'; sleep 1000'''\n",
    );
    let mut command = home.command(&["-c", "wh.toml", "watch"]);
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{path}", home.path("bin").display()));
    let watch = Running::start(&mut command);
    until_events(&home, 4);
    assert_eq!(texts(&home), ["entry 1", "entry 2", "entry 3", "started"]);
    watch.end();
    // Another run begins where this one has ended, and ends what the other has started.
    let watch = Running::start(&mut command);
    until_events(&home, 5);
    watch.end();
    let asked = std::fs::read_to_string(home.path("asked")).unwrap();
    assert!(asked.lines().next().unwrap().contains("--lines=0"), "{asked}");
    assert!(asked.lines().last().unwrap().contains("--after-cursor=c3"), "{asked}");
}

/// Opens a socket and becomes another program with it, as systemd does.
const ACTIVATE: &str = "\
import os, socket, sys
port = int(sys.argv[1])
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(('127.0.0.1', port))
listener.listen(64)
while True:
    child = os.fork()
    if child == 0:
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)
        os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))
        os.execv(sys.argv[2], sys.argv[2:])
    os.waitpid(child, 0)
";

#[test]
fn a_socket_of_the_service_manager_stays_open_while_the_site_restarts() {
    if !Command::new("python3").arg("-V").output().is_ok_and(|output| output.status.success()) {
        skipped(format_args!("python3 is not installed"));
        return;
    }
    let home = Home::new();
    let port = free_port();
    let serve = home.command(&["serve", "--no-auth", "--port", &port.to_string()]);
    let mut command = Command::new("python3");
    command.args(["-c", ACTIVATE, &port.to_string()]).arg(serve.get_program()).args(serve.get_args());
    command.env_clear().envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(home.path(""));
    let manager = Running::start(&mut command);
    let ask = || {
        let mut socket = connect(port);
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        write!(socket, "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut got = String::new();
        socket.read_to_string(&mut got).unwrap();
        got
    };
    assert!(ask().ends_with("ok\n"));
    let children = || {
        let id = manager.0.id();
        std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"))
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    for _ in 0..3 {
        let before = children();
        assert!(Command::new("kill").args(["-KILL", &before]).status().unwrap().success());
        // Each connection is taken and answered, by the next program if need be.
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
        assert!(ask().ends_with("ok\n"));
        assert_ne!(children(), before);
    }
    let last = children();
    drop(manager);
    let _ = Command::new("kill").args(["-KILL", &last]).status();
}

#[test]
fn a_receiver_that_cannot_work_is_an_error_at_once() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    for (config, says) in [
        (format!("listen = 'tcp://127.0.0.1:{port}'"), "cannot listen at"),
        ("listen = 'udp://127.0.0.1:0'\ntype = 'ical'".to_owned(), "read as a whole"),
        ("listen = 'udp://127.0.0.1:0'\ntype = 'sislog'".to_owned(), "syslog"),
        ("command = 'ls'".to_owned(), "needs the source type"),
        ("listen = 'http://127.0.0.1:0'".to_owned(), "udp://"),
        ("listen = 'tls://127.0.0.1:0'".to_owned(), "certificate"),
    ] {
        home.write("wh.toml", format!("[receivers.x]\n{config}\n"));
        let ran = home.run(&["-c", "wh.toml", "watch"]);
        assert!(
            ran.stderr().contains(says) && ran.stderr().contains("error: "),
            "{config}: {}",
            ran.stderr()
        );
    }
}
