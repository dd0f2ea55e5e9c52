//! Promise: a half-written last line does no harm. Whatever the file's end looked like when it was read, once it is
//! complete the database contains exactly what it would contain after a first load then.

use crate::kit::{ACCESS, Home};
use crate::logs::{access_log, shell_record};

/// The parts of an event that must not depend on when it was read.
const COLUMNS: [&str; 9] = ["date", "kind", "host", "user", "title", "text", "meta", "file_offset", "id"];

fn content(home: &Home) -> Vec<Vec<String>> {
    let rows = home.events(&[]);
    rows.iter().map(|e| COLUMNS.iter().map(|c| e[*c].to_string()).collect()).collect()
}

fn flags(home: &Home) -> Vec<String> {
    home.events(&[]).iter().map(|e| e["flags"].to_string()).collect()
}

/// Cuts the input at every offset, loads, completes it, loads: the same result as for the complete input.
fn cut_anywhere(source: &str, whole: &[u8], offsets: impl Iterator<Item = usize>) {
    let reference = Home::new();
    reference.write("input", whole);
    reference.load(&["-s", source, "input"]);
    let want = (content(&reference), flags(&reference), reference.rejects());
    for cut in offsets {
        let home = Home::new();
        home.write("input", &whole[..cut]);
        let first = home.load(&["-s", source, "input"]);
        let stored = home.events(&[]).len() as u64;
        assert_eq!(stored, first.n("events"), "cut at {cut}\n{}", *first);
        assert_eq!(home.rejects().len() as u64, first.n("rejected"), "cut at {cut}\n{}", *first);
        // An unfinished record that hasn't changed, stored or rejected, isn't new.
        let again = home.load(&["-s", source, "input"]).counts([0, 0, 0, 0]);
        assert_eq!(home.rejects().len() as u64, first.n("rejected"), "cut at {cut}\n{}", *again);
        home.append("input", &whole[cut..]);
        let second = home.load(&["-s", source, "input"]);
        assert_eq!((content(&home), flags(&home), home.rejects()), want, "cut at {cut}\n{}", *second);
        let gained = second.n("inserted");
        assert_eq!(stored + gained, want.0.len() as u64, "cut at {cut}\n{}", *second);
        home.load(&["-s", source, "input"]).counts([0, 0, 0, 0]);
    }
}

#[test]
fn an_access_log_cut_at_each_byte() {
    let whole = access_log(0..3);
    assert!(whole.len() <= 250, "{} offsets take too long", whole.len());
    cut_anywhere("log.http", whole.as_bytes(), 0..whole.len());
}

#[test]
fn doubled_lines_cut_at_each_byte_of_the_second() {
    let line = access_log(0..1);
    let whole = line.repeat(3);
    cut_anywhere("log.http", whole.as_bytes(), line.len()..2 * line.len() + 2);
}

#[test]
fn a_line_that_will_never_be_one() {
    let whole = b"192.0.2.1 - - [01/May/2024:00:00:00 +0000] \"GET / HTTP/1.1\" 200 1\nno log line at all\n";
    cut_anywhere("log.http", whole, 60..whole.len());
}

#[test]
fn a_shell_log_cut_where_it_matters() {
    let records =
        [shell_record(0, "cat <<E\nfirst\n\nE"), shell_record(1, "ls"), shell_record(2, "ls\r\n-l")];
    let whole = records.join("\n") + "\n";
    let first = records[0].len();
    // Around the continuation lines, and in the header of the record after them.
    let offsets = (first - 12..first + 40).chain([whole.len() - 4, whole.len() - 1]);
    cut_anywhere("log.shell", whole.as_bytes(), offsets);
}

#[test]
fn continuations_that_come_one_by_one() {
    let home = Home::new();
    let input = ["-s", "log.shell", "usrlog"];
    home.write("usrlog", shell_record(0, "true") + "\n" + &shell_record(1, "cat <<E") + "\n");
    home.load(&input).counts([2, 0, 0, 0]);
    let mut text = "cat <<E".to_owned();
    for line in ["one", "two", "", "three", "E"] {
        home.append("usrlog", format!("{line}\n"));
        let run = home.load(&input);
        assert_eq!((run.n("inserted"), run.n("rejected")), (0, 0), "{}", *run);
        assert!(run.n("updated") <= 1, "{}", *run);
        text = text + "\n" + line;
        let texts = home.column("text");
        assert_eq!(texts.len(), 2, "{texts:?}");
        assert_eq!(texts[1], text.trim_end(), "{texts:?}");
    }
    home.append("usrlog", shell_record(2, "true") + "\n");
    home.load(&input);
    assert_eq!(home.column("text"), ["true", &text, "true"]);
    assert!(home.rejects().is_empty(), "{:?}", home.rejects());
}

#[test]
fn a_line_without_end_counts_and_says_so() {
    let home = Home::new();
    home.write("access.log", access_log(0..2).trim_end());
    home.load(&ACCESS).counts([2, 0, 0, 0]);
    let events = home.events(&[]);
    assert_eq!(events[0]["flags"].as_array().map(Vec::len), Some(0), "{}", events[0]);
    assert_eq!(events[1]["flags"][0], "provisional");
    home.append("access.log", "\n");
    home.load(&ACCESS);
    let events = home.events(&[]);
    assert_eq!(events.len(), 2);
    assert_eq!(events[1]["flags"].as_array().map(Vec::len), Some(0), "{}", events[1]);
}
