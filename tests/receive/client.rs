//! WakaTime's own client, as editors run it, against the site: the last one that is a package for Python.

use super::{token, until_events};
use crate::kit::{Home, skipped};
use crate::serve::Served;
use std::process::Command;

/// Newer Pythons lack names that this client still uses.
const PROGRAM: &str = "\
import collections, collections.abc, inspect, sys, warnings
warnings.simplefilter('ignore')
for name in dir(collections.abc):
    if not hasattr(collections, name): setattr(collections, name, getattr(collections.abc, name))
if not hasattr(inspect, 'getargspec'): inspect.getargspec = inspect.getfullargspec
from wakatime import execute
sys.argv[0] = 'wakatime'
sys.exit(execute())
";

/// Runs it for a file that was edited at a time; returns its exit code.
fn beat(python: &str, home: &Home, host: &str, secret: &str, time: u32) -> Option<i32> {
    let address = format!("http://{host}/api/v1/users/current/heartbeats.bulk");
    let file = home.path("src/tides/main.rs");
    let output = Command::new(python)
        .args(["-c", PROGRAM, "--entity", file.to_str().unwrap(), "--key", secret, "--api-url", &address])
        .args([
            "--time",
            &time.to_string(),
            "--plugin",
            "Vim/9.0 vim-wakatime/11",
            "--write",
            "--timeout",
            "10",
        ])
        .env("HOME", home.path(""))
        .env("WAKATIME_HOME", home.path(""))
        .current_dir(home.path(""))
        .output()
        .unwrap();
    output.status.code()
}

#[test]
fn wakatimes_client_sends_heartbeats_and_later_those_it_had_to_keep() {
    let python = std::env::var("WORKHOURS_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let has = Command::new(&python).args(["-c", &PROGRAM[..PROGRAM.find("sys.argv").unwrap()]]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        skipped(format_args!("{python} cannot import wakatime"));
        return;
    }
    let home = Home::new();
    home.write("src/tides/main.rs", "fn main() {}\n");
    home.write(".wakatime.cfg", "[settings]\n");
    let secret = token(&home, &["vim", "--source", "wakatime", "--user", "ada"]);
    let served = Served::start(&home, &[]);
    let host = served.host.clone();
    assert_eq!(beat(&python, &home, &host, &secret, 1_773_000_000), Some(0));
    until_events(&home, 1);
    served.end("-INT");
    // The site is away; the client keeps the heartbeat and says so by its exit code.
    assert_eq!(beat(&python, &home, &host, &secret, 1_773_000_200), Some(102));
    let port = host.rsplit(':').next().unwrap();
    let served = Served::of(&mut home.command(&["serve", "--port", port]));
    assert_eq!(beat(&python, &home, &host, &secret, 1_773_000_400), Some(0));
    until_events(&home, 3);
    let events = home.events(&[]);
    assert!(
        events.iter().all(|event| event["kind"] == "editor.heartbeat" && event["user"] == "ada"),
        "{events:?}"
    );
    assert!(
        events.iter().all(|event| event["meta"]["editor"] == "Vim" && event["meta"]["language"] == "Rust")
    );
    served.end("-INT");
}
