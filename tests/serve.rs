//! `workhours serve`: it prints its address, lets visitors with the address in, and ends on a signal.

use crate::kit::Home;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// A running site, and the address it printed.
pub(crate) struct Served {
    child: Child,
    invitation: String,
    pub(crate) host: String,
}

impl Served {
    pub(crate) fn start(home: &Home, args: &[&str]) -> Self {
        Self::of(&mut home.command(&[&["serve", "--port", "0"], args].concat()))
    }

    /// The one that this command serves.
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let said = lines.next().unwrap().unwrap();
        let invitation = said.strip_prefix("workhours is at ").unwrap_or_else(|| panic!("{said}")).to_owned();
        // Its other output must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let host = invitation.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
        Self { child, invitation, host }
    }

    pub(crate) fn get(&self, path: &str, headers: &str) -> String {
        self.ask("GET", path, headers)
    }

    pub(crate) fn ask(&self, verb: &str, path: &str, headers: &str) -> String {
        let mut socket = TcpStream::connect(&self.host).unwrap();
        let host = &self.host;
        let request = format!(
            "{verb} {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nConnection: close\r\n{headers}\r\n"
        );
        socket.write_all(request.as_bytes()).unwrap();
        let mut got = String::new();
        socket.read_to_string(&mut got).unwrap();
        got
    }

    /// Ends it in the middle of whatever it does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The same a moment later, from outside.
    pub(crate) fn kill_after(&self, length: std::time::Duration) {
        let id = self.child.id().to_string();
        std::thread::spawn(move || {
            crate::kit::pause(length);
            // It may have ended already.
            let _ = Command::new("kill").args(["-KILL", &id]).status();
        });
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Ends it by a signal; returns its exit code.
    pub(crate) fn end(mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

#[test]
fn it_lets_in_who_has_the_address_and_ends_when_told_to() {
    let home = Home::new();
    home.write("notes.log", "2026-03-10 10:00:00 ada@laptop: make docs\n");
    for signal in ["-TERM", "-INT"] {
        let served = Served::start(&home, &[]);
        assert!(served.get("/", "").starts_with("HTTP/1.1 303"), "strangers are asked who they are");
        let (_, path) = served.invitation.split_once(&served.host).unwrap();
        let entered = served.get(path, "");
        let cookie = entered.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        let cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap());
        let page = served.get("/", &cookie);
        assert!(page.starts_with("HTTP/1.1 200") && page.contains("Nothing is here yet"), "{page}");
        // A connection that stays open does not keep it.
        let _stays = TcpStream::connect(&served.host).unwrap();
        assert_eq!(served.end(signal), Some(0));
    }
}

#[test]
fn it_serves_what_is_loaded_and_sees_what_is_loaded_meanwhile() {
    let home = Home::new();
    let served = Served::start(&home, &["--no-auth"]);
    assert!(served.get("/reports/events.json", "").ends_with("[]\n\r\n0\r\n\r\n"));
    let session = crate::kit::repository("examples/session.log");
    home.load(&["-s", "log.shell", session.to_str().unwrap()]);
    assert!(served.get("/reports/events", "").contains("45 rows"));
    assert_eq!(served.end("-TERM"), Some(0));
}

#[test]
fn it_is_not_served_to_others_in_the_clear() {
    let home = Home::new();
    for args in [&["--bind", "0.0.0.0"][..], &["--bind", "0.0.0.0", "--behind-proxy", "--no-auth"]] {
        home.run(&[&["serve", "--port", "0"], args].concat()).exits(2).says(&["--behind-proxy"]);
    }
    home.run(&["serve", "--bind", "nowhere"]).exits(2).says(&["--bind", "127.0.0.1"]);
    home.run(&["serve", "--db", "sqlite:///:memory:", "--port", "0"]).exits(2).says(&["nothing to serve"]);
    home.write("w.toml", "[server]\nport = 99999\n");
    home.run(&["-c", "w.toml", "serve"]).exits(2).says(&["w.toml:2", "not a port"]);
    home.write("p.ini", "[server:main]\nuse = egg:Paste#http\nhost = 0.0.0.0\nport = 0\n");
    home.run(&["-c", "p.ini", "serve"])
        .exits(2)
        .says(&["use of [server:main] is not used", "other machines"]);
}
