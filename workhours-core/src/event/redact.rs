//! Secrets taken out of what is stored: `--password=hunter2` becomes `--password=‹redacted:password›`.
//!
//! Works on text that is about to be stored or shown, never on the bytes an identity is made of: a new rule makes no
//! new events. Which texts look like secrets is in `rules`. Not here: copies in the filestore, which are the
//! originals, and `purge`, which removes from those too.

mod rules;
#[cfg(test)]
mod tests;

use crate::error::{Error, Result};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::Regex;
use rules::{BUILT_IN, Context};
use std::ops::Range;
use std::sync::OnceLock;

/// What the user says about secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedactionSettings {
    /// Whether anything is taken out at all.
    pub enabled: bool,
    /// Further rules: what a secret is called, and the pattern that finds it. The group `secret` is what goes, or all
    /// of the match where there is no such group.
    pub rules: Vec<(String, String)>,
}

impl Default for RedactionSettings {
    fn default() -> Self {
        Self { enabled: true, rules: Vec::new() }
    }
}

/// What a hidden secret begins with; its kind and a closing mark follow.
const OPENING: &str = "‹redacted:";

/// A rule ready to be used.
struct Rule {
    kind: String,
    pattern: Regex,
    /// Which of the triggers make it worth a look; none means always.
    triggers: u64,
    context: Context,
    /// A byte it cannot do without.
    needs: Option<u8>,
}

/// The rules, and a first look that most texts do not get past.
pub struct Redactor {
    own: Vec<Rule>,
    on: bool,
}

struct BuiltIn {
    rules: Vec<Rule>,
    first_look: AhoCorasick,
    /// For each word of the first look the bit of its trigger.
    words: Vec<u64>,
}

/// The built-in rules: fixed, so they are compiled once.
fn built_in() -> Option<&'static BuiltIn> {
    static COMPILED: OnceLock<Option<BuiltIn>> = OnceLock::new();
    COMPILED.get_or_init(|| compile().ok()).as_ref()
}

fn compile() -> std::result::Result<BuiltIn, Box<dyn std::error::Error>> {
    let mut texts: Vec<&str> = Vec::new();
    let mut rules = Vec::new();
    for rule in BUILT_IN {
        let mut triggers = 0;
        for word in rule.triggers {
            let at = texts.iter().position(|w| w == word).unwrap_or_else(|| {
                texts.push(word);
                texts.len() - 1
            });
            triggers |= 1_u64 << at;
        }
        let pattern = Regex::new(rule.pattern)?;
        rules.push(Rule {
            kind: rule.kind.into(),
            pattern,
            triggers,
            context: rule.context,
            needs: rule.needs,
        });
    }
    let first_look = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::DFA))
        .build(&texts)?;
    let words = (0..texts.len()).map(|n| 1 << n).collect();
    Ok(BuiltIn { rules, first_look, words })
}

/// The built-in rules.
impl Default for Redactor {
    fn default() -> Self {
        Self { own: Vec::new(), on: true }
    }
}

impl Redactor {
    /// From what the user says.
    ///
    /// # Errors
    /// When a pattern cannot be read; says which.
    pub fn new(settings: &RedactionSettings) -> Result<Self> {
        let mut own = Vec::new();
        for (kind, pattern) in &settings.rules {
            let pattern = Regex::new(pattern).map_err(|e| {
                Error::usage(format!("the redaction rule {kind} is no regular expression: {e}"))
            })?;
            own.push(Rule { kind: kind.clone(), pattern, triggers: 0, context: Context::Any, needs: None });
        }
        Ok(Self { own, on: settings.enabled })
    }

    /// The text without its secrets, which is the text itself when it has none.
    pub fn redact<'t>(&self, text: &'t str, scratch: &'t mut String) -> &'t str {
        let found = self.find(text);
        if found.is_empty() {
            return text;
        }
        scratch.clear();
        let mut at = 0;
        for (range, kind) in found {
            scratch.push_str(&text[at..range.start]);
            scratch.push_str(OPENING);
            scratch.push_str(kind);
            scratch.push('›');
            at = range.end;
        }
        scratch.push_str(&text[at..]);
        scratch
    }

    /// Where secrets stand, in order and apart from each other.
    fn find(&self, text: &str) -> Vec<(Range<usize>, &str)> {
        let mut found: Vec<(Range<usize>, &str)> = Vec::new();
        let Some(known) = built_in().filter(|_| self.on) else { return found };
        let mut triggered = 0;
        for hit in known.first_look.find_overlapping_iter(text) {
            triggered |= known.words[hit.pattern().as_usize()];
        }
        if triggered == 0 && self.own.is_empty() {
            return found;
        }
        // What was hidden before is no secret any more, nor part of one.
        let hidden: Vec<Range<usize>> = text
            .match_indices(OPENING)
            .filter_map(|(at, _)| Some(at..at + text[at..].find('›')? + '›'.len_utf8()))
            .collect();
        let rules = known.rules.iter().filter(|rule| rule.triggers & triggered != 0).chain(&self.own);
        for rule in rules {
            if rule.needs.is_some_and(|byte| memchr::memchr(byte, text.as_bytes()).is_none()) {
                continue;
            }
            for captures in rule.pattern.captures_iter(text) {
                let Some(secret) = captures.name("secret").or(captures.get(0)) else { continue };
                let option = captures.name("option").map_or("", |o| o.as_str());
                let range = secret.range();
                let again = hidden.iter().any(|h| h.start < range.end && range.start < h.end);
                if range.is_empty() || again || rule.context.spares(option, secret.as_str()) {
                    continue;
                }
                add(&mut found, range, &rule.kind);
            }
        }
        found.sort_by_key(|(range, _)| range.start);
        found
    }
}

/// Adds a range, merged with those it meets; the first to have found something names it.
fn add<'k>(found: &mut Vec<(Range<usize>, &'k str)>, mut range: Range<usize>, mut kind: &'k str) {
    found.retain(|(other, first)| {
        let apart = other.end <= range.start || range.end <= other.start;
        if !apart {
            range = range.start.min(other.start)..range.end.max(other.end);
            kind = first;
        }
        apart
    });
    found.push((range, kind));
}
