//! Chapter one: loading. New events are counted the same, whatever has grown, was finished, rotated, rewritten or
//! edited since the last time.

use super::Story;
use super::fixtures::{ALL, NAMES, access_log, bookmarks};
use serde_json::json;

const ACCESS: [&str; 3] = ["-s", "log.http", "access.log"];
const PAGE: [&str; 3] = ["-s", "bookmarks.html", "bookmarks.html"];

#[test]
fn all_in_one_run_also_in_memory() {
    for format in ["jsonl", "table"] {
        let story = Story::with_memory().with_files();
        let told = story.ok(&[&ALL[..], &["-P", "-r", "events", "-r", "gap", "-O", format]].concat());
        assert!(told.data.lines().count() > 200 && told.data.contains("the oldest"), "{}", told.data);
    }
}

#[test]
fn again_it_adds_nothing() {
    let story = Story::new().with_files();
    let [inserted, duplicates, updated, rejected] = story.load(&ALL);
    assert_eq!((duplicates, updated, rejected), (0, 0, 7));
    let events = story.events(&[]);
    assert_eq!(events.len() as u64, inserted);
    assert_eq!(story.load(&ALL), [0; 4]);
    let reread = story.load(&[&ALL[..], &["--reread"]].concat());
    assert_eq!(reread, [0, inserted, 0, rejected]);
    assert_eq!(story.events(&[]), events);
    for list in ["inputs", "tasks"] {
        story.ok(&[list, "list", "-O", "jsonl"]);
    }
}

#[test]
fn a_log_that_grows_within_a_line() {
    let story = Story::new();
    let text = access_log(0..12);
    for (from, upto) in [(0, 500), (500, 530), (530, 531), (531, 1_500), (1_500, text.len())] {
        story.append("access.log", &text[from..upto]);
        story.load(&ACCESS);
        story.events(&[]);
        story.ok(&["rejects", "list", "-O", "jsonl"]);
    }
    assert_eq!(story.events(&[]).len(), 12);
    assert_eq!(story.ok(&["rejects", "list", "-O", "jsonl"]).data, "");
}

#[test]
fn a_log_that_is_rotated() {
    let story = Story::new();
    story.write("access.log", access_log(0..10));
    assert_eq!(story.load(&ACCESS), [10, 0, 0, 0]);
    story.append("access.log", access_log(10..12));
    story.rename("access.log", "access.log.1");
    story.write("access.log", access_log(12..15).repeat(2));
    assert_eq!(story.load(&ACCESS), [8, 0, 0, 0]);
    assert_eq!(story.load(&["-s", "log.http", "access.log*"]), [0; 4]);
    story.write("access.log", access_log(30..33));
    assert_eq!(story.load(&ACCESS), [3, 0, 0, 0], "and it says what may be missing");
    assert_eq!(story.events(&[]).len(), 21);
}

#[test]
fn a_page_that_is_edited() {
    let story = Story::new();
    story.write("bookmarks.html", bookmarks(&[("a", "A", "x,y"), ("b", "B", ""), ("c", "C", "Work,work")]));
    assert_eq!(story.load(&PAGE), [4, 0, 0, 1]);
    // A text that differs in case, accents or trailing spaces is another text.
    story.write("bookmarks.html", bookmarks(&[("a", "a", "x,y"), ("b", "B", "ä"), ("c", "C", "work")]));
    assert_eq!(story.load(&PAGE), [0, 1, 3, 1]);
    story.write("bookmarks.html", bookmarks(&[("a", "á", "X,y"), ("b", "B", "a"), ("c", "C", "work")]));
    assert_eq!(story.load(&PAGE), [0, 2, 2, 1]);
    assert_eq!(story.load(&[&PAGE[..], &["--reread"]].concat()), [0, 4, 0, 1]);
    let tags: Vec<_> = story.events(&[]).iter().map(|e| e["tags"].clone()).collect();
    assert_eq!(tags, [json!(["X", "y"]), json!(["a"]), json!(["work"]), json!([])]);
}

#[test]
fn names_that_some_take_for_the_same() {
    let story = Story::new();
    let tags = NAMES.map(|name| format!("https://{}.example/", name.trim().to_lowercase()));
    let notes = NAMES.iter().zip(&tags).map(|(name, url)| {
        let note = json!({"date": "2002-02-02", "user": name, "host": name, "agent": name, "url": url, "tags": NAMES});
        format!("{note}\n")
    });
    story.write("notes.jsonl", notes.collect::<String>());
    // A label and a scope distinguish inputs, so here too each is separate.
    let inputs = ["Bob", "bob", "böb"].map(|name| {
        format!(
            "[[inputs]]\ntype = \"jsonl\"\npath = \"notes.jsonl\"\nlabel = \"{name}\"\nscope = \"{name}\"\n"
        )
    });
    story.write("c.toml", inputs.concat());
    let n = NAMES.len() as u64;
    assert_eq!(story.load(&["-c", "c.toml"]), [3 * n, 0, 0, 0]);
    assert_eq!(story.load(&["-c", "c.toml"]), [0; 4]);
    story.ok(&["inputs", "list", "-O", "json"]);
    for name in NAMES {
        let events = story.events(&["-u", name]);
        assert_eq!(events.len(), 3, "{name:?}");
        assert!(events.iter().all(|e| e["user"] == name && e["agent"] == name && e["host"] == name));
    }
}

#[test]
fn a_megabyte_of_text() {
    let story = Story::new();
    let long = |words: &str, bytes: usize| words.repeat(bytes / words.len());
    let notes = [1 << 10, (1 << 20) - 8, (1 << 20) + 8].map(|bytes| {
        let (text, name) = (long("é€😀'\"\\%\u{1}", bytes), long("Bob ", bytes));
        let url = format!("https://a.example/?{name}");
        let note =
            json!({"date": "2002-02-02", "text": text, "user": name, "url": url, "tags": [name, "all"]});
        format!("{note}\n")
    });
    story.write("notes.jsonl", notes.concat());
    assert_eq!(story.load(&["-s", "jsonl", "notes.jsonl"]), [3, 0, 0, 0]);
    assert_eq!(story.load(&["-s", "jsonl", "notes.jsonl", "--reread"]), [0, 3, 0, 0]);
    assert_eq!(
        story.events(&[])[1]["text"].as_str().unwrap().len(),
        long("é€😀'\"\\%\u{1}", (1 << 20) - 8).len()
    );
    story.ok(&["-r", "events", "-O", "csv", "--text", "BOB"]);
    story.ok(&["tags", "list", "-O", "tsv"]);
}

#[test]
fn the_longest_names_of_inputs() {
    let story = Story::new();
    story.write("access.log", access_log(0..10));
    let inputs = ["😀", "ä"].map(|c| {
        let name = c.repeat(255);
        let names = format!("label = \"{name}\"\nscope = \"{name}\"\nhost = \"{name}\"\nuser = \"{name}\"\n");
        format!("[[inputs]]\ntype = \"log.http\"\npath = \"access.log\"\n{names}")
    });
    story.write("c.toml", inputs.concat());
    assert_eq!(story.load(&["-c", "c.toml"]), [20, 0, 0, 0]);
    assert_eq!(story.load(&["-c", "c.toml"]), [0; 4]);
    story.ok(&["inputs", "list", "-O", "json"]);
}
