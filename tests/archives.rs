//! Promise: packed logs are read like plain ones. From a cut one, complete lines are read, and the error is reported.
//! After it is replaced by the complete file, the rest is read.

use crate::kit::{Home, assert_same_multiset};
use crate::logs::{PACKINGS, access_log, packed, titles};
use std::io::{Cursor, Write};
use zip::write::{SimpleFileOptions, ZipWriter};

#[test]
fn a_cut_archive_gives_its_whole_lines_and_later_the_rest() {
    const LINES: usize = 16_000;
    let log = access_log(0..LINES);
    let load = |home: &Home, name: &str| home.run(&["-s", "log.http", name, "-P", "-O", "json"]);
    for ending in PACKINGS {
        let whole = packed(log.as_bytes(), ending);
        let name = format!("access.log.{ending}");
        // Near the end even a packing in large blocks has given a block.
        for cut in [whole.len() - 1, whole.len() * 9 / 10, 20] {
            let home = Home::new();
            home.write(&name, &whole[..cut]);
            let run = load(&home, &name).exits_with_summary(1);
            let got = run.n("inserted") as usize;
            let state = if got > 0 { "partial" } else { "failed" };
            assert_eq!(run.states(), [state], "{name} cut at {cut}\n{}", *run);
            assert!(got > 0 || cut == 20, "{name} cut at {cut}\n{}", *run);
            let task = &run.tasks()[0];
            assert!(task["error"].as_str().unwrap().contains("ends too soon"), "{task}");
            assert!(task["hint"].as_str().unwrap().contains("replace the file"), "{task}");
            assert!(run.stderr().contains("error: ") && run.stderr().contains("hint: "), "{}", *run);
            assert_eq!(run.n("failed_tasks"), 1, "{}", *run);
            let column = home.column("title");
            assert!(column == titles(0..got), "{name} cut at {cut}: not the first {got} lines\n{}", *run);
            assert!(home.rejects().is_empty(), "half a line is no record: {:?}", home.rejects());
            let again = load(&home, &name).exits_with_summary(1);
            assert_eq!(again.n("inserted"), 0, "{}", *again);

            home.write(&name, &whole);
            let rest = home.load(&["-s", "log.http", &name]).counts([(LINES - got) as u64, 0, 0, 0]);
            let state = if got == LINES { "unchanged" } else { "done" };
            assert_eq!(rest.states(), [state], "{}", *rest);
            assert_eq!(home.events(&[]).len(), LINES);
        }
    }
}

#[test]
fn archives_of_several_members_and_archives_that_grow() {
    for ending in PACKINGS {
        let home = Home::new();
        let name = format!("access.log.{ending}");
        let member = |lines| packed(access_log(lines).as_bytes(), ending);
        home.write(&name, [member(0..100), member(100..150)].concat());
        let input = ["-s", "log.http", &name];
        home.load(&input).counts([150, 0, 0, 0]);
        home.append(&name, member(150..170));
        home.load(&input).counts([20, 0, 0, 0]);
        home.load(&input).counts([0; 4]);
        assert_same_multiset(&home.column("title"), &titles(0..170), ending);
    }
}

#[test]
fn a_wrong_ending_does_not_matter() {
    let home = Home::new();
    home.write("plain.gz", access_log(0..10));
    home.write("packed.log", packed(access_log(10..20).as_bytes(), "zst"));
    home.load(&["-s", "log.http", "plain.gz", "-s", "log.http", "packed.log"]).counts([20, 0, 0, 0]);
}

#[test]
fn a_damaged_archive_fails_alone() {
    let home = Home::new();
    let mut bytes = packed(access_log(0..5_000).as_bytes(), "gz");
    let middle = bytes.len() / 2;
    for byte in &mut bytes[middle..middle + 40] {
        *byte ^= 0x5a;
    }
    home.write("damaged.gz", bytes);
    home.write("good.log", access_log(9_000..9_010));
    let run = home.load_failing(&["-s", "log.http", "damaged.gz", "-s", "log.http", "good.log"]);
    assert_eq!(run.tasks()[1]["inserted"], 10, "{}", *run);
    assert_eq!(run.n("failed_tasks"), 1, "{}", *run);
}

#[test]
fn packed_bookmarks() {
    let page = "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n\
                <DT><A HREF=\"https://a.example/\" ADD_DATE=\"1456433748\">A</A>\n</DL><p>\n";
    for ending in PACKINGS {
        let home = Home::new();
        let whole = packed(page.as_bytes(), ending);
        home.write("b.html", &whole[..whole.len() - 4]);
        let run = home.load_failing(&["-s", "bookmarks.html", "b.html"]);
        assert_eq!((run.states(), run.n("inserted")), (vec!["failed"], 0), "{ending}\n{}", *run);
        home.write("b.html", &whole);
        home.load(&["-s", "bookmarks.html", "b.html"]).counts([1, 0, 0, 0]);
        home.write("plain.html", page);
        home.load(&["-s", "bookmarks.html", "plain.html"]).counts([0; 4]);
    }
}

/// A zip of these files.
fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const ACTIVITY: &str = "<html><head><title>Meine Aktivit\u{e4}ten</title></head><body><div class=\"mdl-grid\">\
    <div class=\"outer-cell\"><div class=\"content-cell\">Gesucht nach tides<br>15.02.2024, 21:54:36 MEZ</div></div>\
    </div></body></html>";
const HISTORY: &str = "{\"Browser History\": [{\"title\": \"Tides\", \"url\": \"https://tides.example/\", \
    \"time_usec\": 1708030476123456, \"client_id\": \"a\"}]}";
const EXPORT: [(&str, &str); 4] = [
    ("Takeout/Meine Aktivit\u{e4}ten/Suche/MeineAktivit\u{e4}ten.html", ACTIVITY),
    ("Takeout/Chrome/Verlauf.json", HISTORY),
    ("Takeout/archive_browser.html", "<html><body>What is in this archive</body></html>"),
    ("Takeout/Google Fotos/sea.jpg", "\u{1}\u{2}no picture"),
];

fn export() -> Vec<u8> {
    zipped(&EXPORT.map(|(name, text)| (name, text.as_bytes())))
}

#[test]
fn a_zip_is_the_files_in_it() {
    let home = Home::new();
    home.write("takeout-20240301T000000Z-001.zip", export());
    let load = ["-s", "google.takeout", "takeout-20240301T000000Z-001.zip"];
    let run = home.load(&load).counts([2, 0, 0, 0]);
    assert_eq!(run.tasks().len(), 2, "{}", *run);
    let mut titles = home.column("title");
    titles.sort();
    assert_eq!(titles, ["Gesucht nach tides", "Tides"]);
    home.load(&load).counts([0; 4]);
    // The same export, unpacked.
    for (name, text) in EXPORT {
        home.write(name, text);
    }
    let run = home.load(&["-s", "google.takeout", "Takeout"]).counts([0; 4]);
    assert!(run.stderr().contains("2 files were left alone"), "{}", *run);
    let own: Vec<_> = home.events(&["--text", "Tides"]);
    assert_eq!(own.len(), 2, "{own:?}");
}

#[test]
fn logs_in_a_zip_and_zips_that_are_damaged_or_of_others() {
    let home = Home::new();
    let gz = packed(access_log(10..20).as_bytes(), "gz");
    home.write(
        "logs.zip",
        zipped(&[("a/access.log", access_log(0..10).as_bytes()), ("a/access.log.1.gz", &gz)]),
    );
    home.load(&["-s", "log.http", "logs.zip"]).counts([20, 0, 0, 0]);
    assert_same_multiset(&home.column("title"), &titles(0..20), "logs in a zip");
    home.load(&["-s", "log.http", "logs.zip"]).counts([0; 4]);

    let whole = export();
    home.write("cut.zip", &whole[..whole.len() / 2]);
    let run = home.load_failing(&["-s", "google.takeout", "cut.zip"]);
    assert!(run.tasks()[0]["error"].as_str().unwrap().contains("cannot look into the archive"), "{}", *run);
    home.write("none.zip", zipped(&[]));
    let run = home.load_failing(&["-s", "google.takeout", "none.zip"]);
    assert!(run.tasks()[0]["error"].as_str().unwrap().contains("holds no files"), "{}", *run);
    home.write("other.zip", zipped(&[("a.html", b"<html><p>A page</p></html>")]));
    let run = home.load_failing(&["-s", "google.takeout", "other.zip"]);
    assert!(run.tasks()[0]["error"].as_str().unwrap().contains("holds no file that"), "{}", *run);
}

#[test]
fn exports_are_found_packed_and_unpacked_in_any_language() {
    let home = Home::new();
    home.write("Downloads/takeout-20240301T000000Z-001.zip", export());
    for (name, text) in EXPORT {
        home.write(format!("Downloads/takeout-20240301T000000Z/{name}"), text);
    }
    let scan = ["scan", "--source", "google.takeout", "-O", "jsonl"];
    let found = home.ok(&scan).json_lines();
    let records = |end: &str| {
        let row = found.iter().find(|row| row["path"].as_str().unwrap().ends_with(end));
        row.unwrap_or_else(|| panic!("{end}: {found:?}"))["records"].clone()
    };
    assert_eq!(records("001.zip"), 2);
    assert_eq!((records("Verlauf.json"), records("MeineAktivit\u{e4}ten.html")), (1.into(), 1.into()));
    let run = home.run(&["scan", "--load", "-O", "json", "--source", "google.takeout"]).exits_with_summary(0);
    assert_eq!(run.n("inserted"), 2, "{}", *run);
    assert!(
        home.ok(&scan).json_lines().iter().all(|row| row["loaded"] == true),
        "{:?}",
        home.ok(&scan).json_lines()
    );
}
