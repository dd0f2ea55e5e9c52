//! Promise: it makes no difference where the events are stored. SQLite in a file or in memory, PostgreSQL and MariaDB
//! run the same story, and at every step the program prints the same, byte for byte: data and messages, including
//! numbers of tasks and inputs. Only durations and the time of day are ignored.

mod breaking_lines;
mod fixtures;
mod loads;
mod reports;
mod taken_back;

use crate::kit::Home;
use crate::kit::server::Kind;

/// The program at home with several databases at once.
struct Story {
    homes: Vec<(String, Home)>,
}

impl Story {
    /// A database for the story: each one that is installed here.
    fn new() -> Self {
        let mut homes = vec![("SQLite".to_owned(), Home::new())];
        for kind in [Kind::Postgres, Kind::Mariadb] {
            if let Some(server) = kind.shared() {
                homes.push((format!("{kind:?}"), Home::on(&server.database().1)));
            }
        }
        Self { homes }
    }

    /// Also with a database in memory: it forgets everything at the end of each run of the program.
    fn with_memory() -> Self {
        let mut story = Self::new();
        story.homes.push(("memory".to_owned(), Home::on("sqlite:///:memory:")));
        story
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        self.homes.iter().for_each(|(_, home)| home.write(name, &bytes));
        self.age(name);
    }

    fn append(&self, name: &str, bytes: impl AsRef<[u8]>) {
        self.homes.iter().for_each(|(_, home)| home.append(name, &bytes));
        self.age(name);
    }

    /// A file that is still new may be read again, to be sure. Here that would be a matter of speed.
    fn age(&self, name: &str) {
        self.homes.iter().for_each(|(_, home)| home.age(name));
    }

    fn rename(&self, from: &str, to: &str) {
        self.homes.iter().for_each(|(_, home)| home.rename(from, to));
    }

    /// Runs the program on each database. It must succeed, and print the same. Returns the output.
    #[track_caller]
    fn ok(&self, args: &[&str]) -> Told {
        self.ends(0, args)
    }

    /// The same for what ends with another exit code.
    #[track_caller]
    fn ends(&self, code: i32, args: &[&str]) -> Told {
        let mut first: Option<Told> = None;
        for (name, home) in &self.homes {
            let ran = home.run(args).exits(code);
            // A home's name is as long as any other's, so that tables are as wide.
            let alike = |text: &str| masked(&text.replace(home.path("").to_str().unwrap(), "/home/"));
            let told = Told { data: alike(&ran.stdout()), said: alike(&ran.stderr()) };
            let Some(first) = &first else {
                first = Some(told);
                continue;
            };
            same(&first.data, &told.data, name, args);
            same(&first.said, &told.said, name, args);
        }
        first.unwrap()
    }

    /// Loads on each database; returns inserted, duplicates, updated and rejected.
    #[track_caller]
    fn load(&self, args: &[&str]) -> [u64; 4] {
        let told = self.ok(&[args, &["-P", "-O", "json"]].concat());
        let summary: serde_json::Value = serde_json::from_str(&told.data).unwrap();
        ["inserted", "duplicates", "updated", "rejected"].map(|key| summary[key].as_u64().unwrap())
    }

    /// All events, with every column.
    #[track_caller]
    fn events(&self, filters: &[&str]) -> Vec<serde_json::Value> {
        let told = self.ok(&[&["-r", "events", "-O", "jsonl"], filters].concat());
        told.data.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// What the program printed to stdout and stderr, the same on all databases.
struct Told {
    data: String,
    said: String,
}

#[track_caller]
fn same(want: &str, got: &str, name: &str, args: &[&str]) {
    if want == got {
        return;
    }
    let (mut wanted, mut gotten) = (want.lines(), got.lines());
    for n in 1.. {
        let (want, got) = (wanted.next(), gotten.next());
        if want != got || want.is_none() {
            let short = |line: Option<&str>| line.map(|l| l.chars().take(2_000).collect::<String>());
            panic!("{args:?}\nline {n} on SQLite\n{:?}\non {name}\n{:?}", short(want), short(got));
        }
    }
}

/// Hides what a clock decides: how long something took, and any time of these years. The stories play before them.
fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let digits = from.bytes().take_while(u8::is_ascii_digit).count();
        let time = || {
            let length = from.bytes().take_while(|b| b.is_ascii_digit() || b"-:. TZ".contains(b)).count();
            from[..length].trim_end().len()
        };
        let (length, instead) = if before.ends_with("\"elapsed_ms\":") || before.ends_with("\"elapsed_ms\": ")
        {
            (digits, "0")
        } else if (before.ends_with('(') && from[digits..].starts_with('.'))
            || (is_now(from) && !within(before))
        {
            (time(), "some time")
        } else {
            (digits, &from[..digits])
        };
        out.push_str(instead);
        rest = &from[length..];
    }
    out.push_str(rest);
    out
}

/// Whether this begins with a date from 2025 to 2099.
fn is_now(text: &str) -> bool {
    let shape = |(b, pattern): (u8, u8)| b == pattern || (pattern == b'0' && b.is_ascii_digit());
    let date = text.len() >= 10 && text.bytes().zip(*b"0000-00-00").all(shape);
    date && ("2025".."2100").contains(&&text[..4])
}

/// Whether a word or number follows.
fn within(before: &str) -> bool {
    before.ends_with(|c: char| c.is_alphanumeric() || c == '-')
}

#[test]
fn only_the_clock_is_looked_away_from() {
    for (text, want) in [
        ("{\"elapsed_ms\": 17, \"n\": 17}", "{\"elapsed_ms\": 0, \"n\": 17}"),
        ("a.log: 5 events, 5 new (12.3 s)", "a.log: 5 events, 5 new (some time s)"),
        ("1,2026-11-24T22:59:01.5Z,x", "1,some time,x"),
        ("1\t2026-11-24 22:59:01\tx", "1\tsome time\tx"),
        ("2024-03-01 2199-12-31T23:59:59Z 12026-11-24", "2024-03-01 2199-12-31T23:59:59Z 12026-11-24"),
    ] {
        assert_eq!(masked(text), want);
    }
}
