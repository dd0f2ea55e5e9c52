//! A site on its own port over its own database, and a minimal client.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tempfile::TempDir;
use workhours_core::config::{Config, Overrides};
use workhours_core::environment::Environment;
use workhours_core::filestore::Filestore;
use workhours_core::ingest::{Engine, Progress};
use workhours_core::input::InputSpec;
use workhours_core::registry::Registry;
use workhours_core::store::Store;
use workhours_core::watch::Spool;
use workhours_plugins as _;
use workhours_web::{KeptKeys, Server, Setup, SourceName, Stopper};

/// A moment shortly after the samples.
pub(crate) const NOW_US: i64 = 1_773_500_000_000_000; // 2026-03-14T14:53:20Z

/// The commands of the small database, oldest first.
pub(crate) const COMMANDS: [&str; 6] =
    ["git status", "cargo build", "git push", "vim notes.txt", "ls -l", "git log"];

struct Quiet;

impl Progress for Quiet {
    fn start(&self, _: &str, _: Option<u64>) {}
    fn advance(&self, _: u64, _: u64) {}
    fn finish(&self) {}
}

/// A database and a filestore in a folder that goes with it.
pub(crate) struct Home {
    pub(crate) dir: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    /// With a morning and an afternoon of commands, three days running.
    pub(crate) fn small() -> Self {
        let home = Self::new();
        let mut lines = String::new();
        for day in 11..14 {
            for (i, command) in COMMANDS.iter().enumerate() {
                let at = 1_773_187_200 + (day - 11) * 86_400 + 9 * 3600 + i as i64 * 400;
                lines.push_str(&format!(": {at}:2;{command}\n"));
            }
        }
        home.load("zsh.history", ".zsh_history", lines.as_bytes());
        home
    }

    pub(crate) fn config(&self) -> Config {
        let dir = self.dir.path();
        let flags = Overrides {
            database: Some(format!("sqlite:///{}", dir.join("events.db").display())),
            filestore: Some(dir.join("fs")),
            timezone: Some("UTC".into()),
            port: Some(0),
            ..Overrides::default()
        };
        Config::from_text("", Path::new("/none"), &flags, &Environment::default()).unwrap()
    }

    /// Loads a file of this content.
    pub(crate) fn load(&self, source: &str, name: &str, content: &[u8]) {
        let file = self.dir.path().join(name);
        std::fs::write(&file, content).unwrap();
        let config = self.config();
        let mut store = Store::open(&config.database).unwrap();
        let mut engine = Engine {
            store: &mut store,
            fs: Filestore::open(&config.filestore).unwrap(),
            registry: &Registry::built_in().unwrap(),
            config: &config,
            reread: false,
            stop: Arc::new(AtomicBool::new(false)),
            progress: &Quiet,
        };
        let input = InputSpec { source_type: source.into(), path: file, ..InputSpec::default() };
        let summary = engine.run(&[input]).unwrap();
        assert_eq!(summary.failed_tasks, 0, "{:?}", summary.tasks);
    }

    pub(crate) fn serve(&self) -> Site {
        self.serve_as(|_| {})
    }

    pub(crate) fn serve_as(&self, change: impl FnOnce(&mut Setup)) -> Site {
        let log: Arc<Mutex<String>> = Arc::default();
        let lines = log.clone();
        let registry = Registry::built_in().unwrap();
        let source = |r: &workhours_core::registry::Registered| SourceName {
            name: r.source.info().name.to_owned(),
            aliases: r.source.info().aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            summary: r.source.info().summary.to_owned(),
            presence: r.source.info().kinds.contains(&"presence"),
            grows: r.source.info().growth == workhours_plugin_api::Growth::Append,
        };
        let mut setup = Setup {
            config: self.config(),
            sources: registry.all().iter().map(source).collect(),
            auth: false,
            keeps_index: true,
            spool: Arc::new(Spool::new(&self.config().filestore)),
            socket: None,
            received: Vec::new(),
            now_us: Some(NOW_US),
            log: Arc::new(move |_, line| {
                let mut log = lines.lock().unwrap();
                log.push_str(line);
                log.push('\n');
            }),
        };
        change(&mut setup);
        let server = Server::bind(setup).unwrap();
        let (address, invitation) = (server.address().unwrap(), server.invitation());
        let token = match server.keys() {
            KeptKeys::Token(token) => token.clone(),
            KeptKeys::File(file) => {
                let keys = std::fs::read_to_string(file).unwrap();
                keys.split_once("\"token\":\"").unwrap().1.split_once('"').unwrap().0.to_owned()
            }
        };
        let stopper = server.stopper();
        let thread = thread::spawn(move || server.run());
        Site { address, invitation, token, log, stopper, thread: Some(thread) }
    }
}

/// A site that is served.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    pub(crate) invitation: String,
    pub(crate) token: String,
    log: Arc<Mutex<String>>,
    stopper: Stopper,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Site {
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Sends these bytes and reads the whole response.
    pub(crate) fn send(&self, bytes: &[u8]) -> Vec<u8> {
        let mut socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        // The other side may have heard enough already.
        let _ = socket.write_all(bytes);
        let mut got = Vec::new();
        let _ = socket.read_to_end(&mut got);
        got
    }

    /// Sends these headers in addition to those of every request. One that begins with `Host:` replaces ours.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[&str], body: &str) -> Got {
        let mut text = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|header| header.starts_with("Host:")) {
            text.push_str(&format!("Host: {}\r\n", self.address));
        }
        for header in headers {
            text.push_str(&format!("{header}\r\n"));
        }
        if !body.is_empty() {
            let kind = "application/x-www-form-urlencoded";
            text.push_str(&format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len()));
        }
        Got::parse(&self.send(format!("{text}\r\n{body}").as_bytes()), &format!("{method} {path}"))
    }

    pub(crate) fn get(&self, path: &str) -> Got {
        self.ask("GET", path, &["Accept: text/html"], "")
    }

    /// The page, which is there.
    pub(crate) fn page(&self, path: &str) -> String {
        let got = self.get(path);
        assert_eq!(got.status, 200, "{path}: {}\n{}", got.text(), self.log());
        got.text()
    }

    /// The JSON, which is there.
    pub(crate) fn json(&self, path: &str) -> serde_json::Value {
        let got = self.ask("GET", path, &[], "");
        assert_eq!(got.status, 200, "{path}: {}", got.text());
        serde_json::from_slice(&got.body).unwrap_or_else(|e| panic!("{path}: {e}: {}", got.text()))
    }
}

/// An answer.
pub(crate) struct Got {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Got {
    fn parse(bytes: &[u8], what: &str) -> Self {
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("{what}: no answer: {}", String::from_utf8_lossy(bytes)));
        let head = String::from_utf8_lossy(&bytes[..end]);
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        let body = if chunked { dechunked(&bytes[end + 4..]) } else { bytes[end + 4..].to_vec() };
        Self { status, headers, body }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The pieces without their lengths; a panic when the last one is missing.
fn dechunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|w| w == b"\r\n").expect("a length");
        let length = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        if length == 0 {
            return body;
        }
        body.extend_from_slice(&bytes[end + 2..end + 2 + length]);
        bytes = &bytes[end + 4 + length..];
    }
}
