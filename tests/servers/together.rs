//! Several programs at once, in the same database: they load the same and other things, read, purge, or are the first
//! to open it.

use super::{Room, on_each_server, started};
use crate::kit::server::Kind;
use crate::kit::{Home, Ran, Summary, assert_same_multiset, pause};
use crate::logs::{Dice, access_line, access_log, packed, titles};
use crate::together::all_at_once;
use std::time::Duration;

on_each_server! {
    overlapping_inputs logs_with_lines_in_common one_log_that_grows the_same_addresses_in_other_orders versions_of_one_document
    a_purge_meanwhile a_new_database
}

fn inserted(runs: &[Summary]) -> u64 {
    runs.iter().map(|run| run.n("inserted")).sum()
}

/// Reports that run while other programs load.
fn read_meanwhile<T>(home: &Home, work: impl FnOnce() -> T + Send) -> T
where
    T: Send,
{
    std::thread::scope(|scope| {
        let work = scope.spawn(work);
        let mut seen = 0;
        while !work.is_finished() {
            let events = home.ok(&["-r", "gap", "-O", "jsonl"]).stdout().lines().count();
            assert!(events >= seen, "{events} after {seen}");
            seen = events;
            for list in ["inputs", "tasks", "tags", "rejects"] {
                home.ok(&[list, "list"]);
            }
        }
        work.join().unwrap()
    })
}

fn overlapping_inputs(kind: Kind) {
    let Some(Room { home, .. }) = Room::on(kind) else { return };
    home.write("logs/a.log", access_log(0..6_000));
    home.write("logs/b.log", access_log(20_000..24_000) + "no log line\n");
    home.write("twin.gz", packed(access_log(0..6_000).as_bytes(), "gz"));
    home.write("longer.log", access_log(20_000..27_000));
    let runs = read_meanwhile(&home, || {
        all_at_once(
            &home,
            &[
                &["-s", "log.http", "logs/a.log", "-s", "log.http", "logs/b.log"],
                &["-s", "log.http", "longer.log", "-s", "log.http", "twin.gz"],
                &["-s", "log.http", "logs"],
                &["-s", "auto", "twin.gz", "-s", "auto", "logs/b.log"],
            ],
        )
    });
    assert_same_multiset(
        &home.column("title"),
        &[titles(0..6_000), titles(20_000..27_000)].concat(),
        "the union",
    );
    assert_eq!(inserted(&runs), 13_000, "each is counted as new by one of them");
    home.ok(&["db", "check"]);
}

/// Most of what each of them inserts, the others insert as well.
fn logs_with_lines_in_common(kind: Kind) {
    let Some(Room { home, .. }) = Room::on(kind) else { return };
    let mut want = Vec::new();
    for round in 0..3 {
        let names: Vec<String> = (0..4).map(|n| format!("{round}{n}.log")).collect();
        for (n, name) in names.iter().enumerate() {
            let from = round * 20_000 + n * 200;
            let mut lines: Vec<usize> = (from..from + 5_000).collect();
            if n % 2 == 1 {
                lines.reverse();
            }
            home.write(name, lines.into_iter().map(access_line).collect::<String>());
        }
        let inputs: Vec<[&str; 3]> = names.iter().map(|name| ["-s", "log.http", name]).collect();
        let inputs: Vec<&[&str]> = inputs.iter().map(|input| &input[..]).collect();
        let new = read_meanwhile(&home, || inserted(&all_at_once(&home, &inputs)));
        assert_eq!(new, 5_600, "each is counted as new by one of them");
        want.extend(titles(round * 20_000..round * 20_000 + 5_600));
    }
    assert_same_multiset(&home.column("title"), &want, "the union");
    home.ok(&["db", "check"]);
}

fn one_log_that_grows(kind: Kind) {
    let Some(Room { home, .. }) = Room::on(kind) else { return };
    let input = ["-s", "log.http", "access.log"];
    let mut new = 0;
    for round in 0..5 {
        // The last line is finished by the next round.
        let text = access_log(round * 1_500..(round + 1) * 1_500);
        home.append("access.log", text.trim_end());
        let runs = all_at_once(&home, &[&input, &input, &input, &input]);
        new += inserted(&runs);
        home.append("access.log", "\n");
    }
    all_at_once(&home, &[&input, &input]);
    assert_same_multiset(&home.column("title"), &titles(0..7_500), "at the end");
    assert_eq!(new, 7_500);
    home.load(&[&input[..], &["--reread"]].concat()).counts([0, 7_500, 0, 0]);
    home.ok(&["db", "check"]);
}

/// Each loader inserts the same addresses, programs and tags, one from the front, one from the back.
fn the_same_addresses_in_other_orders(kind: Kind) {
    let Some(Room { home, .. }) = Room::on(kind) else { return };
    let mut dice = Dice::new(3);
    for round in 0..3 {
        let runs: Vec<[String; 6]> = (0..4)
            .map(|n| {
                let mut order: Vec<usize> = (0..2_000).collect();
                for i in (1..order.len()).rev() {
                    order.swap(i, dice.below(i as u64 + 1) as usize);
                }
                let (log, page) = (format!("{round}{n}.log"), format!("{round}{n}.html"));
                let lines: String = order.iter().map(|i| referred(round, n, *i)).collect();
                // An unfinished last line is stored separately, after the others.
                home.write(&log, lines.trim_end());
                home.write(&page, order.iter().map(|i| bookmark(round, n, *i)).collect::<String>());
                ["-s", "log.http", &log, "-s", "bookmarks.html", &page].map(str::to_owned)
            })
            .collect();
        let runs: Vec<Vec<&str>> = runs.iter().map(|r| r.iter().map(String::as_str).collect()).collect();
        let runs: Vec<&[&str]> = runs.iter().map(Vec::as_slice).collect();
        assert_eq!(inserted(&all_at_once(&home, &runs)), 4 * 4_000);
    }
    let events = home.events(&[]);
    assert_eq!(events.len(), 3 * 4 * 4_000);
    let has = |key: &str| events.iter().filter(|e| e[key].is_string()).count();
    assert_eq!((has("referrer"), has("agent")), (3 * 4 * 2_000, 3 * 4 * 2_000));
    assert_eq!(
        events.iter().filter(|e| e["tags"].as_array().is_some_and(|t| t.len() == 2)).count(),
        3 * 4 * 2_000
    );
}

fn referred(round: usize, n: usize, i: usize) -> String {
    let line = access_line(((round * 4) + n) * 2_000 + i);
    format!("{} \"https://r{round}.example/{i}\" \"agent {round} {}\"\n", line.trim_end(), i % 500)
}

fn bookmark(round: usize, n: usize, i: usize) -> String {
    let date = 1_456_433_748 + 10 * i + n;
    let tags = format!("r{round}t{},r{round}u{}", i % 300, i % 7);
    format!("<DT><A HREF=\"https://r{round}.example/{i}\" ADD_DATE=\"{date}\" TAGS=\"{tags}\">{i}</A>\n")
}

/// Of several edited copies of a document one is read last, and is stored completely.
fn versions_of_one_document(kind: Kind) {
    let Some(Room { home, .. }) = Room::on(kind) else { return };
    const ENTRIES: usize = 1_000;
    let page = |version: &str| {
        let entry = |i: usize| {
            let date = 1_456_433_748 + i;
            format!(
                "<DT><A HREF=\"https://a.example/{i}\" ADD_DATE=\"{date}\" TAGS=\"{version}\">{version}</A>\n"
            )
        };
        format!("<DL><p>\n{}</DL><p>\n", (0..ENTRIES).map(entry).collect::<String>())
    };
    home.write("0.html", page("first"));
    home.load(&["-s", "bookmarks.html", "0.html"]).counts([ENTRIES as u64, 0, 0, 0]);
    for round in 0..4 {
        let names: Vec<String> = (0..4).map(|n| format!("{round}{n}.html")).collect();
        names.iter().for_each(|name| home.write(name, page(&name[..2])));
        let inputs: Vec<[&str; 3]> = names.iter().map(|name| ["-s", "bookmarks.html", name]).collect();
        let inputs: Vec<&[&str]> = inputs.iter().map(|input| &input[..]).collect();
        for run in all_at_once(&home, &inputs) {
            run.counts([0, 0, ENTRIES as u64, 0]);
        }
        let events = home.events(&[]);
        let first = events[0]["title"].as_str().unwrap();
        assert!(names.iter().any(|name| name.starts_with(first)), "{first}");
        let mixed = events.iter().find(|e| e["title"] != first || e["tags"] != serde_json::json!([first]));
        assert!(events.len() == ENTRIES && mixed.is_none(), "{} events, {first}, {mixed:?}", events.len());
    }
}

/// Records purged while others read the same input again don't come back, and what those were about to add is there
/// after the next run.
fn a_purge_meanwhile(kind: Kind) {
    let Some(Room { home, .. }) = Room::on(kind) else { return };
    let mut dice = Dice::new(2);
    let mut left = Vec::new();
    for round in 0..3 {
        let lines = round * 9_000..round * 9_000 + 3_000;
        let new = lines.end..lines.end + 3_000;
        let word = format!("purge-me-{round}");
        let old = |i: usize| {
            let line = access_line(i);
            if i.is_multiple_of(3) { line.replace("/p", &format!("/{word}/p")) } else { line }
        };
        let names = [format!("old{round}.log"), format!("new{round}.log")];
        home.write(&names[0], lines.clone().map(old).collect::<String>() + &format!("no log line, {word}\n"));
        home.write(&names[1], access_log(new.clone()));
        left.extend(lines.filter(|i| !i.is_multiple_of(3)).map(crate::logs::title));
        left.extend(titles(new));
        let [old, new] = names.each_ref().map(|name| ["-s", "log.http", name.as_str()]);
        home.load(&old);
        let again = [&old[..], &["--reread"]].concat();
        let loaders: Vec<_> = [&again[..], &again, &new].map(|inputs| started(&home, inputs)).into();
        pause(Duration::from_millis(dice.below(150)));
        home.ok(&["purge", "-F", &word]).says(&["removed for good: 1000 events, 1 reject"]);
        for (command, child) in loaders {
            let ran = Ran::from(&command, child.wait_with_output().unwrap());
            if ran.code() != Some(0) {
                ran.exits(1).says(&["purged from the database meanwhile", "run the command again"]);
            }
        }
        home.load(&again);
        home.load(&new);
        assert_same_multiset(&home.column("title"), &left, &format!("round {round}"));
        home.ok(&["purge", "-F", &word, "--dry-run"]).says(&["would remove: 0 events, 0 rejects"]);
    }
    assert!(!home.ok(&["rejects", "list"]).stdout().contains("purge-me"));
    home.ok(&["db", "check"]);
}

fn a_new_database(kind: Kind) {
    for _ in 0..3 {
        let Some(Room { server, database, home }) = Room::on(kind) else { return };
        home.write("access.log", access_log(0..100));
        let input = ["-s", "log.http", "access.log"];
        read_meanwhile(&home, || all_at_once(&home, &[&input, &input]));
        assert_eq!(home.events(&[]).len(), 100);
        assert_eq!(server.texts(&database, "SELECT value AS t FROM meta").len(), 1, "it has one name");
    }
}
