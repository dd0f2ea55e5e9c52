//! Promise: system logs that are read better than before keep their events. Known records keep their identity and their
//! time; new ones are read with the records around them.

use crate::kit::{Home, repository};
use diesel::prelude::*;
use serde_json::Value;

fn fixture(name: &str) -> String {
    repository("tests/fixtures").join(name).join("input").to_str().unwrap().to_owned()
}

fn texts<'e>(events: &'e [Value], name: &str) -> Vec<&'e str> {
    events.iter().map(|e| e[name].as_str().unwrap_or_default()).collect()
}

/// As in the version that stored the other end of a login in `host`, and knew no logins of the journal.
#[test]
fn identities_are_those_of_before() {
    let home = Home::new();
    home.load(&["-s", "log.wtmp", &fixture("log.wtmp/all-types-384-little-endian")]);
    home.load(&["-s", "journald", &fixture("journald/logins")]);
    let events = home.events(&[]);
    assert_eq!(
        texts(&events, "id"),
        [
            "80000000000000003d7cba72595d9df8",
            "800573f280a663fe0fdd6a2d92c75ba0",
            "800573f280b2458038cbc19f712ac506",
            "800573f280c187c0239e8f5677bd5e1b",
            "800573f280d0ca002c4687edba271edb",
            "800573f280e00c405a4a2e89ac56a390",
            "800573f280ef4e80d648ffd915f05b83",
            "8006128e0e9d8240913d830ffc970c96",
            "8006128e0eaae2400bf9254ee6d9f256",
            "8006128e0eba24817a1a5a8eead76c71",
            "8006128e0ec966c2e8f5db4caf5e9e93",
            "8006128e122f2705cbea2a86821781a5",
            "8006128e124dab7f335454bbc4d4bfe1",
            "8006128e149181004990e1c47204bebe",
            "8006128e1a876200e9843f932998392d",
            "8006128ef11b0600879a2c912286f446",
            "8006128ef12a4840c445375c6078e43d",
            "8006128ef1398a806397310b7a570da2",
            "8007a12000989680f02b59e406e6511a",
            "fffffffffffffffff77c2281b62665d4",
        ]
    );
    // From 1970 and from 2038: their dates stay.
    let is_implausible = |e: &&Value| e["flags"].to_string().contains("implausible-time");
    let implausible: Vec<_> =
        events.iter().filter(is_implausible).map(|e| e["date"].as_str().unwrap()).collect();
    assert_eq!(implausible[0], "1970-01-01T00:00:00Z");
    assert!(implausible.len() == 2 && implausible[1].starts_with("2038-"), "{implausible:?}");
    assert_eq!((&events[1]["kind"], &events[1]["user"]), (&"auth.failure".into(), &"root".into()));
}

const FIRST_PASS: &str = "Oct 26 2025 02:30:00 h app[1]: a\nOct 26 2025 02:59:59 h app[1]: b\n";
const SECOND_PASS: &str =
    "Oct 26 2025 02:00:01 h app[1]: c\nOct 26 2025 02:30:00 h app[1]: d\nOct 26 2025 03:00:00 h app[1]: e\n";
const LOAD: [&str; 5] = ["-s", "log.auth", "a.log", "--tz", "Europe/Berlin"];

/// The times of day.
fn times(home: &Home) -> Vec<String> {
    texts(&home.events(&[]), "date").into_iter().map(|date| date[11..19].to_owned()).collect()
}

const TOLD: [&str; 5] = ["00:30:00", "00:59:59", "01:00:01", "01:30:00", "02:00:00"];

#[test]
fn the_second_pass_of_an_hour_is_seen_wherever_reading_goes_on() {
    let whole = [FIRST_PASS, SECOND_PASS].concat();
    let home = Home::new();
    for line in whole.lines() {
        home.append("a.log", format!("{line}\n"));
        home.load(&LOAD);
    }
    assert_eq!(times(&home), TOLD);
    home.load(&[&LOAD[..], &["--reread"]].concat()).counts([0, 5, 0, 0]);
    let once = Home::new();
    once.write("a.log", &whole);
    once.load(&LOAD);
    assert_eq!(texts(&once.events(&[]), "id"), texts(&home.events(&[]), "id"));
}

#[test]
fn a_known_file_keeps_how_it_was_read() {
    let home = Home::new();
    home.write("a.log", FIRST_PASS);
    home.load(&LOAD);
    // As left by a version that read each time alone.
    let name = home.path("data/workhours/events.db");
    let mut conn = SqliteConnection::establish(name.to_str().unwrap()).unwrap();
    diesel::sql_query("UPDATE files SET tz_version = '2025b'").execute(&mut conn).unwrap();
    home.append("a.log", SECOND_PASS);
    let summary = home.load(&LOAD);
    assert!(summary.tasks()[0]["notes"].to_string().contains("inputs reload 1"), "{}", *summary);
    let alone = ["00:00:01", "00:30:00", "00:30:00", "00:59:59", "02:00:00"];
    assert_eq!(times(&home), alone);
    home.load(&[&LOAD[..], &["--reread"]].concat()).counts([0, 5, 0, 0]);
    assert_eq!(times(&home), alone);
    home.ok(&["inputs", "reload", "1"]);
    assert_eq!(times(&home), TOLD, "until it is loaded anew");
}
