//! Promise: a calendar that is edited and exported again leaves no old events. A later export replaces all of an entry
//! it has, an older one replaces nothing, and reading a file again brings nothing back.

use crate::kit::Home;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

const INPUT: [&str; 3] = ["-s", "ical", "c.ics"];

/// A calendar of these entries, each of lines separated by spaces; `_` means a space.
fn calendar(entries: &[&str]) -> String {
    let lines = |entry: &&str| entry.split(' ').map(|l| l.replace('_', " ") + "\r\n").collect::<String>();
    let entries = entries.iter().map(|e| format!("BEGIN:VEVENT\r\n{}END:VEVENT\r\n", lines(e)));
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", entries.collect::<String>())
}

const WEEKLY: &str =
    "UID:weekly DTSTART:20240304T090000Z DTEND:20240304T100000Z RRULE:FREQ=WEEKLY;COUNT=4 SUMMARY:Weekly";
const OTHER: &str = "UID:other DTSTART:20240306T090000Z DURATION:PT1H SUMMARY:Other";

/// Day, hour and title of all events, in order.
fn days(home: &Home) -> Vec<String> {
    let event = |e: &serde_json::Value| {
        let date = e["date"].as_str().unwrap();
        format!("{} {} {}", &date[5..10], &date[11..13], e["title"].as_str().unwrap())
    };
    home.events(&[]).iter().map(event).collect()
}

fn execute(home: &Home, sql: &str) {
    let name = home.path("data/workhours/events.db");
    SqliteConnection::establish(name.to_str().unwrap()).unwrap().batch_execute(sql).unwrap();
}

fn hours(home: &Home) -> String {
    home.ok(&["-r", "hours", "-O", "csv", "--bucket", "year"]).stdout()
}

#[test]
fn edited_and_exported_again() {
    let home = Home::new();
    home.write("c.ics", calendar(&[WEEKLY, OTHER]));
    home.load(&INPUT).counts([5, 0, 0, 0]);
    assert_eq!(
        days(&home),
        ["03-04 09 Weekly", "03-06 09 Other", "03-11 09 Weekly", "03-18 09 Weekly", "03-25 09 Weekly"]
    );
    assert!(hours(&home).contains(",5"), "{}", hours(&home));
    assert_eq!(home.load(&INPUT).counts([0; 4]).states(), ["unchanged"]);

    // On Tuesdays from the second on, one cancelled, and the other entry is not in the export.
    let moved =
        "UID:weekly RECURRENCE-ID:20240311T090000Z DTSTART:20240312T140000Z DURATION:PT1H SUMMARY:Moved";
    let cancelled =
        "UID:weekly RECURRENCE-ID:20240318T090000Z DTSTART:20240318T090000Z STATUS:CANCELLED SUMMARY:Off";
    home.write("c.ics", calendar(&[WEEKLY, moved, cancelled]));
    home.load(&INPUT).counts([1, 2, 1, 0]);
    let now = ["03-04 09 Weekly", "03-06 09 Other", "03-12 14 Moved", "03-18 09 Off", "03-25 09 Weekly"];
    assert_eq!(days(&home), now);

    // All of it at another time, and shorter.
    let later = WEEKLY.replace("T09", "T11").replace("T10", "T12").replace("COUNT=4", "COUNT=2");
    home.write("c.ics", calendar(&[&later]));
    home.load(&INPUT).counts([2, 0, 0, 0]);
    let now = ["03-04 11 Weekly", "03-06 09 Other", "03-11 11 Weekly"];
    assert_eq!(days(&home), now);
    assert!(hours(&home).contains(",3"), "{}", hours(&home));
    home.load(&[&INPUT[..], &["--reread"]].concat()).counts([0, 2, 0, 0]);
    home.ok(&["db", "check"]);

    // The first version again: it is the latest export now.
    home.write("c.ics", calendar(&[WEEKLY, OTHER]));
    home.load(&INPUT);
    assert_eq!(days(&home).len(), 5, "{:?}", days(&home));
    assert_eq!(days(&home)[2], "03-11 09 Weekly");
    assert_eq!(home.load(&INPUT).counts([0; 4]).states(), ["unchanged"]);
}

#[test]
fn a_single_entry_moves() {
    let home = Home::new();
    home.write("c.ics", calendar(&[OTHER]));
    home.load(&INPUT).counts([1, 0, 0, 0]);
    home.write("c.ics", calendar(&[&OTHER.replace("0306T09", "0307T15")]));
    home.load(&INPUT).counts([1, 0, 0, 0]);
    assert_eq!(days(&home), ["03-07 15 Other"]);
}

#[test]
fn a_lower_sequence_replaces_nothing() {
    let home = Home::new();
    let version = |n: u32, hour: &str| {
        let entry = format!("{} SEQUENCE:{n}", WEEKLY.replace("T09", hour).replace("T10", "T20"));
        calendar(&[&entry, OTHER])
    };
    home.write("c.ics", version(2, "T09"));
    home.load(&INPUT).counts([5, 0, 0, 0]);
    home.write("c.ics", version(1, "T07"));
    home.load(&INPUT).counts([0, 5, 0, 0]);
    assert_eq!(days(&home)[0], "03-04 09 Weekly");
    assert_eq!(days(&home).len(), 5);
    for (n, hour) in [(2, "T08"), (7, "T06")] {
        home.write("c.ics", version(n, hour));
        home.load(&INPUT).counts([4, 1, 0, 0]);
        assert_eq!(days(&home)[0], format!("03-04 {} Weekly", &hour[1..]));
    }
    assert_eq!(days(&home).len(), 5);
}

#[test]
fn versions_in_two_files_and_read_again() {
    let home = Home::new();
    home.write("old.ics", calendar(&[WEEKLY, OTHER]));
    home.load(&["-s", "ical", "old.ics"]).counts([5, 0, 0, 0]);
    home.write("new.ics", calendar(&[&WEEKLY.replace("T09", "T11").replace("T10", "T12")]));
    home.load(&["-s", "ical", "new.ics"]).counts([4, 0, 0, 0]);
    let now = days(&home);
    assert_eq!((now.len(), now[0].as_str()), (5, "03-04 11 Weekly"));
    // The old one is only read again, however that is done.
    home.load(&["-s", "ical", "old.ics"]).counts([0; 4]);
    home.load(&["-s", "ical", "old.ics", "--reread"]).counts([0, 5, 0, 0]);
    assert_eq!(days(&home), now);
    home.ok(&["inputs", "reload", "1"]);
    assert_eq!(days(&home), now);
    home.ok(&["inputs", "reload", "2"]);
    assert_eq!(days(&home), now);
}

#[test]
fn undone_an_earlier_version_may_come_back() {
    let home = Home::new();
    let version =
        |n: u32| calendar(&[&format!("{} SEQUENCE:{n}", WEEKLY.replace("0304", &format!("030{n}")))]);
    home.write("c.ics", version(4));
    home.load(&INPUT).counts([4, 0, 0, 0]);
    home.write("c.ics", version(5));
    let task = home.load(&INPUT).counts([4, 0, 0, 0]).tasks()[0]["id"].as_str().unwrap().to_owned();
    home.ok(&["tasks", "undo", &task]);
    home.write("c.ics", version(4));
    home.load(&[&INPUT[..], &["--reread"]].concat()).counts([4, 0, 0, 0]);
    assert_eq!(days(&home)[0], "03-04 09 Weekly");
    home.ok(&["db", "check"]);
}

#[test]
fn a_series_without_an_end_goes_on_with_time() {
    let home = Home::new();
    home.write("c.ics", calendar(&[&WEEKLY.replace(";COUNT=4", "")]));
    home.age("c.ics");
    let first = home.load(&INPUT).n("inserted");
    assert!(first > 52, "{first}");
    assert_eq!(home.load(&INPUT).states(), ["unchanged"]);
    // As if the horizon had been a year earlier then, and later instances not loaded.
    let all = days(&home);
    execute(
        &home,
        "DELETE FROM events WHERE date > (SELECT max(date) FROM events) - 40 * 86400000000;
         UPDATE cursors SET state = X'0000000000000000';",
    );
    assert!(days(&home).len() < all.len());
    let again = home.load(&INPUT);
    assert_eq!((again.states(), days(&home)), (vec!["done"], all));
    assert_eq!(home.load(&INPUT).states(), ["unchanged"]);
}

#[test]
fn a_database_from_before_there_were_series() {
    let home = Home::new();
    let moved =
        "UID:weekly RECURRENCE-ID:20240311T090000Z DTSTART:20240312T140000Z DURATION:PT1H SUMMARY:Moved";
    home.write("c.ics", calendar(&[WEEKLY, moved, OTHER]));
    home.age("c.ics");
    home.load(&INPUT).counts([5, 0, 0, 0]);
    // The data of that version: each entry once, at its first time.
    let forget = "DELETE FROM events WHERE title = 'Weekly' AND date > 1709600000000000;
         DELETE FROM series; DELETE FROM series_events; DELETE FROM meta WHERE key LIKE 'series%';
         UPDATE cursors SET state = X'';";
    execute(&home, forget);
    assert_eq!(days(&home), ["03-04 09 Weekly", "03-06 09 Other", "03-12 14 Moved"]);
    // The same file again: the rest of the series.
    home.load(&INPUT).counts([2, 3, 0, 0]);
    assert_eq!(days(&home).len(), 5);
    // Or another version at once: a moved event leaves nothing behind.
    execute(&home, forget);
    let again = moved.replace("0312T14", "0313T14");
    home.write("c.ics", calendar(&[&WEEKLY.replace("T09", "T11"), &again, &OTHER.replace("T09", "T11")]));
    home.load(&INPUT);
    let now = [
        "03-04 11 Weekly",
        "03-06 11 Other",
        "03-11 11 Weekly",
        "03-13 14 Moved",
        "03-18 11 Weekly",
        "03-25 11 Weekly",
    ];
    assert_eq!(days(&home), now);
}
