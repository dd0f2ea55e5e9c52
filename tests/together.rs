//! Promise: several programs may load at once, the same input or overlapping ones, into a database that none of
//! them has made yet. Each of them succeeds, and the database holds the union, each event once.

use crate::kit::{Home, Ran, Summary, assert_same_multiset};
use crate::logs::{access_log, doubled, packed, titles};
use std::process::{Child, Stdio};

/// Runs all of them at once; each must succeed.
pub(crate) fn all_at_once(home: &Home, runs: &[&[&str]]) -> Vec<Summary> {
    let started: Vec<_> = runs
        .iter()
        .map(|inputs| {
            let mut command = home.command(&[*inputs, &["-P", "-O", "json"]].concat());
            let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            (command, child)
        })
        .collect();
    let end = |(command, child): (_, Child)| Ran::from(&command, child.wait_with_output().unwrap());
    started.into_iter().map(|run| end(run).exits_with_summary(0)).collect()
}

#[test]
fn one_input() {
    let home = Home::new();
    let input = ["-s", "log.http", "access.log"];
    let mut want = Vec::new();
    for round in 0..6 {
        let lines = round * 1_000..(round + 1) * 1_000;
        home.append("access.log", access_log(lines.clone()).repeat(2));
        want.extend(doubled(&titles(lines)));
        all_at_once(&home, &[&input, &input, &input]);
        assert_same_multiset(&home.column("title"), &want, &format!("round {round}"));
    }
    home.load(&input).counts([0; 4]);
    home.load(&[&input[..], &["--reread"]].concat()).counts([0, 12_000, 0, 0]);
}

#[test]
fn one_input_whose_last_line_grows() {
    let home = Home::new();
    let input = ["-s", "log.http", "access.log"];
    let text = access_log(0..12);
    // The first piece alone: two programs that meet a file for the first time may each keep a record of it.
    home.write("access.log", &text[..37]);
    home.load(&input).counts([0, 0, 0, 1]);
    for piece in text.as_bytes()[37..].chunks(37) {
        home.append("access.log", piece);
        for run in all_at_once(&home, &[&input, &input]) {
            assert!(!run.stderr().contains("may be missing"), "{}", *run);
        }
    }
    assert_same_multiset(&home.column("title"), &titles(0..12), "at the end");
    assert!(home.rejects().is_empty(), "{:?}", home.rejects());
}

#[test]
fn overlapping_inputs() {
    let home = Home::new();
    home.write("logs/a.log", access_log(0..4_000));
    home.write("logs/b.log", access_log(10_000..12_000));
    home.write("twin.gz", packed(access_log(0..4_000).as_bytes(), "gz"));
    home.write("longer.log", access_log(10_000..13_000));
    let [a, b] = ["logs/a.log", "logs/b.log"];
    all_at_once(
        &home,
        &[
            &["-s", "log.http", a, "-s", "log.http", b],
            &["-s", "log.http", "longer.log", "-s", "log.http", "twin.gz"],
            &["-s", "log.http", "logs"],
            &["-s", "auto", "twin.gz", "-s", "auto", b],
        ],
    );
    assert_same_multiset(
        &home.column("title"),
        &[titles(0..4_000), titles(10_000..13_000)].concat(),
        "the union",
    );
}

#[test]
fn one_document() {
    let home = Home::new();
    let page = |title: &str| {
        let entry = |i| {
            format!(
                "<DT><A HREF=\"https://a.example/{i}\" ADD_DATE=\"{}\">{title} {i}</A>\n",
                1_456_433_748 + i
            )
        };
        format!(
            "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n{}</DL><p>\n",
            (0..500).map(entry).collect::<String>()
        )
    };
    let input = ["-s", "bookmarks.html", "bookmarks.html"];
    for title in ["Old", "New"] {
        home.write("bookmarks.html", page(title));
        all_at_once(&home, &[&input, &input]);
        let want: Vec<String> = (0..500).map(|i| format!("{title} {i}")).collect();
        assert_same_multiset(&home.column("title"), &want, title);
    }
}
