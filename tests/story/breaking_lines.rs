//! Chapter four: the same over a connection to the server that breaks at nearly every commit, so that its outcome is
//! unknown. The program continues automatically, with the same results and messages as without breaks.

use super::Story;
use super::fixtures::{access_log, bookmarks};
use crate::kit::Home;
use crate::kit::server::Kind;
use serde_json::Value;

#[test]
fn over_a_line_to_postgres() {
    everything(Kind::Postgres);
}

#[test]
fn over_a_line_to_mariadb() {
    everything(Kind::Mariadb);
}

impl Story {
    /// Runs it on both. Numbers of tasks may have gaps when a commit is repeated, and are ignored.
    #[track_caller]
    fn alike(&self, args: &[&str]) {
        let told: Vec<[String; 2]> = self
            .homes
            .iter()
            .map(|(_, home)| {
                let ran = home.ok(args);
                [without_tasks(&ran.stdout()), super::masked(&ran.stderr())]
            })
            .collect();
        for (want, got) in told[0].iter().zip(&told[1]) {
            super::same(want, got, &self.homes[1].0, args);
        }
    }

    /// Runs it on both, for the results. The printed counts may be lower if it was the second time.
    fn done(&self, args: &[&str]) {
        self.homes.iter().for_each(|(_, home)| _ = home.ok(args));
    }

    /// The last task's number, on each.
    fn last_tasks(&self) -> Vec<String> {
        let last = |home: &Home| home.ok(&["tasks", "list", "-O", "jsonl"]).json_lines().pop().unwrap();
        self.homes.iter().map(|(_, home)| last(home)["id"].to_string()).collect()
    }
}

fn without_tasks(text: &str) -> String {
    let line = |line: &str| {
        let mut value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        for key in ["task", "loaded"] {
            value.as_object_mut().unwrap().remove(key);
        }
        for task in value["tasks"].as_array_mut().into_iter().flatten() {
            for key in ["id", "elapsed_ms"] {
                task.as_object_mut().unwrap().remove(key);
            }
        }
        format!("{value}\n")
    };
    text.lines().map(line).collect()
}

fn everything(kind: Kind) {
    let Some(server) = kind.shared() else { return };
    let (database, uri) = server.database();
    Home::on(&uri).ok(&["db", "migrate"]);
    let line = server.breaking_line();
    let homes = vec![
        ("SQLite".to_owned(), Home::new()),
        (format!("{kind:?}, over a breaking line"), Home::on(&line.uri(&database))),
    ];
    let story = Story { homes }.with_files();
    let load: Vec<&str> =
        "-s log.http access.log -s bookmarks.html bookmarks.html -s jsonl notes.jsonl -P -O json"
            .split(' ')
            .collect();
    let seen = |story: &Story| {
        story.alike(&["-r", "events", "-O", "jsonl"]);
        story.alike(&["rejects", "list", "-O", "jsonl"]);
        story.alike(&["tags", "list", "-O", "jsonl"]);
    };
    // More than a few copies, for `fs gc` to make one of.
    line.hold(true);
    for i in 0..17 {
        story.append("access.log", access_log(60 + i..61 + i));
        story.alike(&["-s", "log.http", "access.log", "-P", "-O", "json"]);
    }
    line.hold(false);
    story.alike(&load);
    seen(&story);
    story.write("bookmarks.html", bookmarks(&[("a", "a", "x,y"), ("b", "B", "ä"), ("c", "C", "work")]));
    story.append("notes.jsonl", "\"}\n{\"title\": \"one more\"}\n");
    story.alike(&load);
    story.write("c.toml", "[tags]\nwork = { source = '^log\\.http$' }\n\"ß\" = { text = 'e' }\n");
    story.done(&["tags", "apply", "-c", "c.toml"]);
    seen(&story);
    story.done(&["tags", "apply"]);
    story.alike(&["fs", "gc"]);
    story.alike(&["rejects", "replay", "-O", "jsonl"]);
    seen(&story);
    story.append("notes.jsonl", "{\"title\": \"and more\"}\n");
    story.alike(&load);
    for ((_, home), task) in story.homes.iter().zip(story.last_tasks()) {
        home.ok(&["tasks", "undo", &task]);
    }
    seen(&story);
    for input in ["1", "2"] {
        story.alike(&["inputs", "reload", input, "-O", "json"]);
    }
    story.done(&["inputs", "remove", "3"]);
    story.alike(&load);
    seen(&story);
    story.alike(&["purge", "(?i)bob"]);
    story.alike(&load);
    seen(&story);
    story.done(&["db", "check"]);
    eprintln!("{kind:?}: the line broke {} times", line.breaks());
    assert!(line.breaks() > 20, "the line broke only {} times", line.breaks());
}
