//! The bytes of all our files, after fifty words from everywhere were purged.

use super::{files, holding};
use crate::kit::{ACCESS, Home};
use crate::logs::access_log;
use std::fs;

/// Words that no file holds by chance, the same with every run.
fn words() -> Vec<String> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut word = || {
        let mut letter = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(b'a' + (state >> 33) as u8 % 26)
        };
        (0..12).map(|_| letter()).collect::<String>()
    };
    (0..64).map(|_| word()).collect()
}

/// Inputs with each word in one record, in another of its texts each time.
fn write_inputs(home: &Home, words: &[String]) {
    let (mut log, mut marks, mut notes) = (String::new(), String::new(), String::new());
    for (i, word) in words.iter().enumerate() {
        let at = format!("[10/Oct/2024:13:{:02}:{:02} +0000]", i / 60, i % 60);
        let day = format!("2024-05-{:02}T10:00:00Z", 1 + i % 28);
        match i % 8 {
            0 => log += &format!("192.0.2.1 - - {at} \"GET /a/{word}/{i} HTTP/1.1\" 200 1 \"-\" \"curl\"\n"),
            1 => {
                log += &format!(
                    "192.0.2.2 - - {at} \"GET /b{i} HTTP/1.1\" 200 1 \"https://x.example/{word}\" \"curl\"\n"
                )
            }
            2 => log += &format!("192.0.2.3 - - {at} \"GET /c{i} HTTP/1.1\" 200 1 \"-\" \"agent {word}\"\n"),
            3 => log += &format!("192.0.2.4 - {word} {at} \"GET /d{i} HTTP/1.1\" 200 1 \"-\" \"curl\"\n"),
            4 => log += &format!("no line {word} of a log\n"),
            5 => {
                marks += &format!(
                    "<DT><A HREF=\"https://m.example/{i}\" ADD_DATE=\"1700000000\" TAGS=\"{word}\">T{i}</A>\n"
                )
            }
            6 => {
                notes += &format!(
                    "{{\"time\": \"{day}\", \"title\": \"N{i}\", \"text\": \"{word}\", \"host\": \"h{i}\"}}\n"
                )
            }
            _ => notes += &format!("{{\"time\": \"{day}\", \"title\": \"N{i}\", \"extra\": \"{word}\"}}\n"),
        }
    }
    home.write("access.log", log);
    home.write("marks.html", format!("<!DOCTYPE NETSCAPE-Bookmark-file-1>\n{marks}"));
    home.write("notes.jsonl", notes);
}

const INPUTS: [&str; 9] =
    ["-s", "log.http", "access.log", "-s", "bookmarks.html", "marks.html", "-s", "jsonl", "notes.jsonl"];

#[test]
fn fifty_words_are_in_no_byte() {
    let home = Home::new();
    let words = words();
    write_inputs(&home, &words);
    home.run(&[&INPUTS[..], &["-P", "--index", "-q"]].concat());
    // Sums, a snapshot and the user's saved texts have the words too.
    home.ok(&["-r", "domains", "-O", "csv"]);
    home.ok(&["-r", "events", "reports", "save", "all"]);
    home.ok(&["reports", "snapshot", "all"]);
    home.ok(&["-r", "events", "--where", &words[6], "reports", "save", "one"]);
    let all = holding(&home, &words);
    assert!(all.iter().any(|found| found.contains("events.db")), "{all:?}");
    assert!(all.iter().any(|found| found.contains("objects")), "{all:?}");
    assert!(all.iter().any(|found| found.contains("reports")), "{all:?}");
    let count = |home: &Home| home.events(&[]).len();
    let before = count(&home) + home.rejects().len();
    assert_eq!(before, words.len(), "each word is one record's");

    let (gone, kept) = words.split_at(50);
    for word in gone {
        home.ok(&["purge", "-F", word, "-q"]);
    }
    assert_eq!(holding(&home, gone), [""; 0]);
    assert_eq!(count(&home) + home.rejects().len(), kept.len());
    home.ok(&["db", "check"]);
    home.ok(&["purge", "--check"]).says(&["nothing is left"]);
    for word in [&gone[0], &gone[13], &gone[49]] {
        home.ok(&["purge", "--check", word]).says(&["nothing matches"]);
    }
    home.run(&["purge", "--check", &kept[0]]).exits(1).says(&["match", "hint: "]);

    // No load brings a word back into anything except the copies, which contain what the inputs contain.
    for input in ["1", "2", "3"] {
        home.ok(&["inputs", "reload", input]);
    }
    home.ok(&["rejects", "replay"]);
    home.run(&[&INPUTS[..], &["-P", "--reread", "--index", "-q"]].concat());
    assert_eq!(holding(&home, gone), [""; 0]);
    assert_eq!(count(&home) + home.rejects().len(), kept.len());
}

#[test]
fn text_that_was_deleted_before_is_gone_too() {
    let home = Home::new();
    write_inputs(&home, &words());
    home.run(&[&INPUTS[..], &["-P", "-q"]].concat());
    home.ok(&["inputs", "remove", "3"]);
    let word = &words()[6];
    home.ok(&["purge", "-F", word]).says(&["removed for good: 0 events"]);
    assert_eq!(holding(&home, &[word]), [""; 0]);
}

#[test]
fn a_damaged_copy_that_was_set_aside_is_gone_too() {
    let home = Home::new();
    home.write("access.log", access_log(0..500) + &access_log(0..1).replace("GET /", "GET /hunter2/"));
    home.load(&ACCESS);
    let object = files(&home.path("data/workhours/fs/objects")).pop().unwrap();
    let mut bytes = fs::read(&object).unwrap();
    let end = bytes.len() - 1;
    bytes[end] ^= 1;
    fs::write(&object, bytes).unwrap();
    fs::remove_file(home.path("access.log")).unwrap();
    home.run(&["inputs", "reload", "1"]).exits(1).says(&["was damaged"]);
    assert_eq!(files(&home.path("data/workhours/fs/damaged")).len(), 1);
    home.ok(&["purge", "hunter2"]);
    assert!(files(&home.path("data/workhours/fs/damaged")).is_empty());
    assert_eq!(holding(&home, &["hunter2"]), [""; 0]);
}
