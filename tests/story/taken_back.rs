//! Chapter three: undoing. Rules for tags that come and go, tasks undone, inputs reloaded and removed, rejected records
//! read again, secrets purged, copies swept.

use super::Story;
use super::fixtures::{ALL, access_log};

#[test]
fn tags_by_rule() {
    let story = Story::new().with_files();
    story.write(
        "a.toml",
        "[tags]\nwork = { url = '/p1' }\n\"Work \" = 'make|Budget'\n\"ä\" = { title = 'by' }\na = { title = 'by 1' }\n",
    );
    story.load(&[&ALL[..], &["-c", "a.toml"]].concat());
    let before = story.ok(&["tags", "list", "-O", "csv"]).data;
    assert!(before.contains("\nWork,1,0\nWork ,3,3\n") && before.contains("\nä,12,11\n"), "{before}");
    assert!(story.ok(&["-c", "a.toml", "tags", "apply"]).said.contains("0 tags put on, 0 taken off"));
    story.write("b.toml", "[tags]\nwork = { source = '^log\\.http$' }\n\"ß\" = { text = 'e' }\n");
    story.ok(&["-c", "b.toml", "tags", "apply"]);
    story.ok(&["tags", "list", "-O", "table"]);
    story.events(&[]);
    story.ok(&["tags", "apply"]);
    let after = story.ok(&["tags", "list", "-O", "csv"]).data;
    assert!(after.contains("\nWork,1,0\na,1,0\n"), "{after}");
    assert!(after.lines().skip(1).all(|line| line.ends_with(",0")), "{after}");
}

#[test]
fn tasks_undone_and_inputs_reloaded_and_removed() {
    let story = Story::new().with_files();
    story.load(&ALL);
    story.append("access.log", access_log(60..90));
    story.append("notes.jsonl", "\"}\n{\"title\": \"one more\"}\n");
    story.load(&ALL);
    let events = story.events(&[]);
    story.ends(2, &["tasks", "undo", "1"]);
    story.ends(2, &["tasks", "undo", "99"]);
    for task in ["7", "6", "1"] {
        story.ok(&["tasks", "undo", task]);
        story.events(&[]);
        story.ok(&["tasks", "list", "-O", "jsonl"]);
    }
    story.load(&ALL);
    assert_eq!(story.events(&[]), events);
    story.ok(&["inputs", "reload", "1", "-O", "json"]);
    story.ok(&["inputs", "reload", "2", "--timezone", "America/Chicago", "-O", "json"]);
    story.ok(&["inputs", "reload", "3", "-O", "json"]);
    assert_eq!(story.events(&[]).len(), events.len());
    story.ok(&["inputs", "remove", "4"]);
    story.ends(2, &["inputs", "remove", "4"]);
    story.ok(&["inputs", "list", "-O", "jsonl"]);
    story.ok(&["tags", "list", "-O", "jsonl"]);
    story.events(&[]);
    story.load(&["-s", "jsonl", "notes.jsonl"]);
    assert_eq!(story.events(&[]).len(), events.len());
}

#[test]
fn refused_records_tried_again() {
    let story = Story::loaded();
    let refused = story.ok(&["rejects", "list", "-O", "jsonl"]).data;
    for _ in 0..2 {
        story.ok(&["rejects", "replay", "-O", "jsonl"]);
        assert_eq!(story.ok(&["rejects", "list", "-O", "jsonl"]).data, refused);
    }
    // Read otherwise, one of them is a record.
    story
        .write("c.toml", "[[inputs]]\ntype = \"csv\"\npath = \"sheet.csv\"\noptions = { header = \"no\" }\n");
    story.ok(&["rejects", "replay", "--source", "csv", "-c", "c.toml", "-O", "json"]);
    story.load(&["-c", "c.toml"]);
    story.ok(&["inputs", "reload", "5", "-c", "c.toml", "-O", "json"]);
    story.ok(&["rejects", "list", "-O", "json"]);
    story.events(&[]);
}

#[test]
fn what_is_purged_stays_away() {
    let story = Story::loaded();
    let events = story.events(&[]).len();
    for pattern in ["(?i)bob", "no log line", "DROP TABLE"] {
        story.ok(&["purge", pattern, "--dry-run"]);
        story.ok(&["purge", pattern]);
        story.ok(&["purge", pattern, "--dry-run"]);
    }
    let left = story.events(&[]);
    assert!(left.len() < events && !left.iter().any(|e| e.to_string().to_lowercase().contains("bob")));
    story.ok(&["tags", "list", "-O", "csv"]);
    story.ok(&["rejects", "list", "-O", "csv", "--source", "jsonl"]);
    story.load(&[&ALL[..], &["--reread"]].concat());
    assert_eq!(story.events(&[]), left);
    story.append("access.log", access_log(60..70));
    story.load(&ALL);
    story.ok(&["inputs", "reload", "1", "-O", "json"]);
    story.ok(&["rejects", "replay", "-O", "json"]);
    story.events(&[]);
}

#[test]
fn copies_are_swept() {
    let story = Story::new();
    for i in 0..20 {
        story.append("access.log", access_log(i..i + 1));
        assert_eq!(story.load(&["-s", "log.http", "access.log"]), [1, 0, 0, 0]);
    }
    let events = story.events(&[]);
    assert!(story.ok(&["fs", "gc"]).said.contains("compacted the copies of 1 file"));
    story.homes.iter().for_each(|(_, home)| std::fs::remove_file(home.path("access.log")).unwrap());
    story.ok(&["inputs", "reload", "1", "-O", "json"]);
    assert_eq!(story.events(&[]), events);
    story.ok(&["fs", "gc", "--fs-keep", "none"]);
    story.ends(1, &["inputs", "reload", "1"]);
}
