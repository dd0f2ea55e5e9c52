//! The built-in rules: `rules.toml`, read once and made ready to be searched with.
//!
//! One pass over a text finds which words of the rules it contains; only the rules of these words continue to search.
//! The head of the file explains its rows. `keyed` finds a name and its value.

use super::names::Names;
use super::values::Ask;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::Regex;
use rustc_hash::FxHashSet;
use serde::Deserialize;
use std::sync::OnceLock;

/// The file, as it is written.
const FILE: &str = include_str!("rules.toml");

/// One word of a command line.
const VALUE: &str = r#"(?<secret>"[^"]*"|'[^']*'|[^\s'"|;&<>-][^\s'"|;&<>]*)"#;
/// The text between a program and one of its options: nothing that ends the command, unless it is quoted.
const ARGS: &str = r#"(?:[^|;&\n"']|"[^"]*"|'[^']*')*?\s"#;

/// Names whose values are secret.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NameRow {
    pub(super) kind: String,
    pub(super) parts: Vec<String>,
    #[serde(default)]
    pub(super) inside: Vec<String>,
    #[serde(default)]
    pub(super) ends: Vec<String>,
    #[serde(default)]
    pub(super) with: Vec<String>,
    #[serde(default)]
    pub(super) number: bool,
    pub(super) asks: Ask,
    #[cfg_attr(not(test), allow(dead_code))]
    found: Vec<String>,
    #[cfg_attr(not(test), allow(dead_code))]
    missed: Vec<String>,
}

/// Words that make a name one about a secret, but not of it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    pub(super) behind: FxHashSet<String>,
    pub(super) before: FxHashSet<String>,
    pub(super) others: FxHashSet<String>,
}

/// A secret's own shape, or a place that contains one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PatternRow {
    kind: String,
    words: Vec<String>,
    pattern: String,
    asks: Option<Ask>,
    #[cfg_attr(not(test), allow(dead_code))]
    found: Vec<String>,
    #[cfg_attr(not(test), allow(dead_code))]
    missed: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    about: About,
    name: Vec<NameRow>,
    token: Vec<PatternRow>,
    command: Vec<PatternRow>,
}

/// The name of a row: its table and its first word.
pub(super) fn rule_name(table: &str, words: &[String]) -> String {
    format!("{table} {}", words.first().map_or("", |word| word.trim()))
}

/// A rule with a pattern.
pub(super) struct Rule {
    pub(super) kind: String,
    /// Its row in the file, for people: `command mysql`.
    pub(super) name: String,
    pub(super) asks: Option<Ask>,
    /// Whether it knows a secret by its own shape. Such rules name a secret best, so they look first.
    pub(super) shape: bool,
    pattern: OnceLock<Option<Regex>>,
    source: String,
}

impl Rule {
    fn new(row: PatternRow, table: &str) -> Self {
        let name =
            if table == "token" { format!("token {}", row.kind) } else { rule_name(table, &row.words) };
        let shape = table == "token";
        let source = row.pattern.replace("VALUE", VALUE).replace(" ARGS", ARGS);
        Self { kind: row.kind, name, asks: row.asks, shape, pattern: OnceLock::new(), source }
    }

    /// A rule of the user's own.
    pub(super) fn own(kind: &str, pattern: Regex) -> Self {
        let source = pattern.as_str().to_owned();
        let name = format!("redaction.{kind}");
        Self { kind: kind.to_owned(), name, asks: None, shape: true, pattern: Some(pattern).into(), source }
    }

    /// Compiled when it is first needed: most runs need few of them.
    pub(super) fn pattern(&self) -> Option<&Regex> {
        self.pattern.get_or_init(|| Regex::new(&self.source).ok()).as_ref()
    }
}

/// The rules selected by a word of the first pass.
#[derive(Clone, Debug)]
pub(super) enum Word {
    /// It may be part of the name of a secret.
    Name,
    /// Patterns to try, by number.
    Patterns(Vec<usize>),
}

/// Everything there is to search with.
pub(super) struct BuiltIn {
    pub(super) names: Names,
    pub(super) rules: Vec<Rule>,
    pub(super) first_look: AhoCorasick,
    /// For each word of the first pass, the rules it selects.
    pub(super) words: Vec<Word>,
}

/// The built-in rules; nothing only if the file were wrong, which a test rules out.
pub(super) fn built_in() -> Option<&'static BuiltIn> {
    static READY: OnceLock<Option<BuiltIn>> = OnceLock::new();
    READY.get_or_init(|| compile().ok()).as_ref()
}

fn compile() -> Result<BuiltIn, Box<dyn std::error::Error>> {
    let file: File = toml::from_str(FILE)?;
    let mut texts: Vec<String> = Vec::new();
    let mut words: Vec<Word> = Vec::new();
    let names = Names::new(file.name, file.about);
    for word in names.words() {
        texts.push(word);
        words.push(Word::Name);
    }
    let tokens = file.token.into_iter().map(|row| (row, "token"));
    let commands = file.command.into_iter().map(|row| (row, "command"));
    let mut rules = Vec::new();
    for (row, table) in tokens.chain(commands) {
        for word in &row.words {
            let known = texts.iter().zip(&mut words).find_map(|(text, leads)| match leads {
                Word::Patterns(some) if text == word => Some(some),
                _ => None,
            });
            match known {
                Some(some) => some.push(rules.len()),
                None => {
                    texts.push(word.clone());
                    words.push(Word::Patterns(vec![rules.len()]));
                }
            }
        }
        rules.push(Rule::new(row, table));
    }
    let first_look = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::DFA))
        .build(&texts)?;
    Ok(BuiltIn { names, rules, first_look, words })
}

/// Properties of the rows: what each finds and misses, and its words and patterns.
#[cfg(test)]
pub(super) mod examples {
    use super::{FILE, File, PatternRow, rule_name};

    pub(crate) struct Row {
        /// As a rule: `name token`.
        pub(crate) name: String,
        pub(crate) kind: String,
        pub(crate) words: Vec<String>,
        pub(crate) found: Vec<String>,
        pub(crate) missed: Vec<String>,
    }

    pub(crate) fn all() -> Vec<Row> {
        let file: File = toml::from_str(FILE).unwrap_or_else(|e| panic!("rules.toml: {e}"));
        let names = file.name.into_iter().map(|row| Row {
            name: rule_name("name", &row.parts),
            kind: row.kind,
            words: [row.parts, row.inside, row.ends].concat(),
            found: row.found,
            missed: row.missed,
        });
        let patterns = |table: &'static str, rows: Vec<PatternRow>| {
            rows.into_iter().map(move |row| Row {
                name: if table == "token" {
                    format!("token {}", row.kind)
                } else {
                    rule_name(table, &row.words)
                },
                kind: row.kind,
                words: row.words,
                found: row.found,
                missed: row.missed,
            })
        };
        names.chain(patterns("token", file.token)).chain(patterns("command", file.command)).collect()
    }
}
