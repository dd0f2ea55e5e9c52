//! Two programs that load the same files at once, both killed at any moment, again and again: in the end each line is there
//! as often as it is in the files.

use crate::kit::{Home, assert_same_multiset, pause};
use crate::logs::{access_log, titles};
use std::process::{Child, Stdio};
use std::time::Duration;

const ALL: [&str; 4] = ["-s", "log.http", "access.log*", "-P"];
const LINES: usize = 30_000;

fn started(home: &Home) -> Child {
    home.command(&ALL).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn two_loaders_that_are_killed() {
    let home = Home::new();
    let half = LINES / 2;
    home.write("access.log.1", access_log(0..half));
    home.write("access.log", access_log(half..LINES).repeat(2));
    for ms in [3, 10, 25, 60, 120, 250, 400] {
        let (mut one, mut other) = (started(&home), started(&home));
        pause(Duration::from_millis(ms));
        one.kill().unwrap();
        pause(Duration::from_millis(ms / 2));
        other.kill().unwrap();
        one.wait().unwrap();
        other.wait().unwrap();
    }
    home.ok(&ALL);
    let want = [titles(0..half), titles(half..LINES), titles(half..LINES)].concat();
    assert_same_multiset(&home.column("title"), &want, "killed seven times, both");
    home.load(&ALL[..3]).counts([0; 4]);
    home.ok(&["db", "check", "--deep"]);
}
