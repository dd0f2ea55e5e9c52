//! Docs, pages and comments are written in plain English: phrases that were replaced once don't come back.
//!
//! Not a spelling or grammar check: it only knows its list. Add a phrase when you have replaced it everywhere.

use std::fs;
use std::path::{Path, PathBuf};

/// A phrase to avoid, and what to write instead.
const PHRASES: [(&str, &str); 38] = [
    ("anew", "again"),
    ("anybody", "anyone; or name the user or the program"),
    ("are said", "prints, reports, says"),
    ("are told", "prints, reports, says"),
    ("as if by", "like"),
    ("at hand", "in memory, in the buffer, available"),
    ("beside", "next to, with, in addition to, compared with"),
    ("besides", "in addition to, other than, also"),
    ("by and by", "in batches, later, rarely"),
    ("come to pass", "happen"),
    ("comes to pass", "happens"),
    ("everybody", "everyone"),
    ("for ever", "forever"),
    ("for want of", "because there is no"),
    ("gives how", "returns how"),
    ("gives the", "returns the"),
    ("gives what", "returns what"),
    ("gives whether", "returns whether"),
    ("goes on", "continues"),
    ("held against", "compared with"),
    ("hold against", "compare with"),
    ("is said", "prints, reports, says"),
    ("is told", "prints, reports, says"),
    ("it may well be", "it may be"),
    ("known again", "recognised"),
    ("looked at", "read, checked, searched"),
    ("no more than", "at most"),
    ("nobody", "no one, nothing; or name the user or the program"),
    ("one's own", "your own, its own"),
    ("refused", "rejected (a record), fails with an error (a command)"),
    ("sees to it", "ensures"),
    ("so many", "N, this many, at most N"),
    ("somebody", "someone; or name the user or the program"),
    ("stretch of time", "interval"),
    ("the border", "the ABI, the boundary"),
    ("what is to be", "what to"),
    ("whoever", "the caller, the user, the program"),
    ("worked out of", "computed from"),
];

/// Folders without prose of ours, and pages that are made from texts of the program.
const SKIPPED: [&str; 4] = ["target", "fixtures", "node_modules", "docs/sources"];

/// The arguments' comments are the text of `--help`, which has its own tests.
const HELP: &str = "workhours-cli/src/args";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files to check below a folder, by their paths in the repository.
fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut todo = vec![root.to_owned()];
    while let Some(dir) = todo.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let inside = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            if path.is_dir() {
                let skipped = SKIPPED.iter().any(|s| *s == name || *s == inside);
                if !skipped && !name.starts_with('.') {
                    todo.push(path);
                }
            } else if [".md", ".hbs", ".rs"].iter().any(|e| name.ends_with(e)) && !inside.starts_with(HELP) {
                found.push(inside);
            }
        }
    }
    found.sort();
    found
}

/// A line without the text between two marks.
fn without(line: &str, open: &str, close: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(open) {
        let Some((_, behind)) = after.split_once(close) else { break };
        kept.push_str(before);
        kept.push(' ');
        rest = behind;
    }
    kept + rest
}

/// The prose of a file, line by line; an empty line where there is none.
fn prose(path: &str, text: &str) -> Vec<String> {
    let (mut code, mut invariants) = (false, false);
    let of_line = |line: &str| {
        let line = line.trim();
        if path.ends_with(".hbs") {
            return without(&without(line, "{{", "}}"), "<", ">");
        }
        let line = match path.ends_with(".rs") {
            true if !line.starts_with("//") => {
                code = false;
                return String::new();
            }
            true => line.trim_start_matches(['/', '!']).trim(),
            false => line,
        };
        if line.starts_with("## ") && path == "ARCHITECTURE.md" {
            // Its sentences quote the names of tests.
            invariants = line == "## Invariants";
        }
        if line.starts_with("```") {
            code = !code;
            return String::new();
        }
        if code || invariants { String::new() } else { without(line, "`", "`") }
    };
    text.lines().map(of_line).collect()
}

/// Positions of a phrase as whole words.
fn positions<'a>(text: &'a str, phrase: &'a str) -> impl Iterator<Item = usize> + 'a {
    let in_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(phrase).map(|(at, _)| at).filter(move |at| {
        !in_word(text[..*at].chars().next_back()) && !in_word(text[at + phrase.len()..].chars().next())
    })
}

/// `file:line: phrase` for each phrase in a file.
fn found_in(path: &str, text: &str) -> Vec<String> {
    let mut joined = String::new();
    let mut starts = Vec::new();
    for line in prose(path, text) {
        starts.push(joined.len());
        // A phrase may be broken over two lines, but not over code between them.
        joined.push_str(if line.is_empty() { "\n" } else { &line });
        joined.push(' ');
    }
    let joined = joined.to_ascii_lowercase();
    let mut found = Vec::new();
    for (phrase, instead) in PHRASES {
        for at in positions(&joined, phrase) {
            let line = starts.partition_point(|start| *start <= at);
            found.push(format!("{path}:{line}: {phrase:?}: write {instead}"));
        }
    }
    found
}

#[test]
fn prose_is_plain() {
    let root = root();
    let files = files(&root);
    assert!(files.len() > 300, "{} files", files.len());
    let text = |path: &String| fs::read_to_string(root.join(path)).unwrap();
    let found: Vec<String> = files.iter().flat_map(|path| found_in(path, &text(path))).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn phrases_are_found_in_prose_only() {
    assert!(PHRASES.is_sorted());
    let page = "Each is\ntold.\n\n`whoever`\n\n```sh\nanew\n```\n\nBesides, nobody.\n";
    let found = found_in("page.md", page);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().any(|f| f.starts_with("page.md:1: \"is told\"")), "{found:?}");
    assert!(found.iter().any(|f| f.starts_with("page.md:10: \"nobody\"")), "{found:?}");
    let code = "/// Gives the\n/// number.\nfn anew() {} // anew\nlet s = \"anew\";\n";
    assert_eq!(found_in("code.rs", code), ["code.rs:1: \"gives the\": write returns the"]);
    let page = "<p class=\"beside\">{{anew}} so many</p>";
    assert_eq!(found_in("page.hbs", page), ["page.hbs:1: \"so many\": write N, this many, at most N"]);
}
