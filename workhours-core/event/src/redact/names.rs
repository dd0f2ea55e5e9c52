//! Which names are names of secrets: `PGPASSWORD`, `X-Auth-Token` and `apiKey` are, `token_type` and `max_tokens`
//! aren't.
//!
//! A name is split at separators and at capitals, and its parts are looked up in the rows of `rules.toml`. The part
//! decides what a value must look like to be hidden: after `password` every value is hidden, after `key` only one that
//! looks random.

use super::rules::{About, NameRow, rule_name};
use super::values::Ask;
use rustc_hash::FxHashMap;

/// A name's requirement for its value, and the kind of the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named<'r> {
    pub(super) asks: Ask,
    pub(super) kind: &'r str,
    /// Whether hexadecimal values of fields are mostly numbers of things.
    pub(super) number: bool,
    /// The rule of that row.
    pub(super) rule: &'r str,
}

/// The rows for names.
#[derive(Default)]
pub(super) struct Names {
    rows: Vec<NameRow>,
    /// The name of each as a rule.
    rules: Vec<String>,
    /// For each whole part the rows that have it.
    whole: FxHashMap<String, Vec<usize>>,
    about: About,
}

impl Names {
    pub(super) fn new(rows: Vec<NameRow>, about: About) -> Self {
        let rules = rows.iter().map(|row| rule_name("name", &row.parts)).collect();
        let mut whole: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for (n, row) in rows.iter().enumerate() {
            for part in &row.parts {
                whole.entry(part.clone()).or_default().push(n);
            }
        }
        Self { rows, rules, whole, about }
    }

    /// A name of a secret contains one of these words; none of them contains another.
    pub(super) fn words(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .rows
            .iter()
            .flat_map(|row| row.parts.iter().chain(&row.inside).chain(&row.ends).cloned())
            .collect();
        all.sort_by_key(|word| (word.len(), word.clone()));
        let mut shortest: Vec<String> = Vec::new();
        for word in all {
            if !shortest.iter().any(|known| word.contains(known.as_str())) {
                shortest.push(word);
            }
        }
        shortest
    }

    /// What is known about a name; nothing if it isn't the name of a secret.
    pub(super) fn classify(&self, name: &str) -> Option<Named<'_>> {
        let parts = parts(name);
        let (first, last) = (parts.first()?, parts.last()?);
        let one = parts.len() == 1;
        if name == "PWD" || self.about.others.contains(&name.to_ascii_lowercase()) {
            return None;
        }
        if !one && (self.about.behind.contains(last) || self.about.before.contains(first)) {
            return None;
        }
        let mut best: Option<Named<'_>> = None;
        for part in &parts {
            let (rows, plural) = self.rows_of(part);
            for n in rows {
                let row = &self.rows[n];
                let with = |p: &String| row.with.contains(p) || row.ends.contains(p);
                if !row.with.is_empty() && !parts.iter().any(with) {
                    continue;
                }
                let asks = if plural || last == "id" { Ask::Random } else { row.asks };
                let new = Named { asks, kind: &row.kind, number: row.number, rule: &self.rules[n] };
                if best.is_none_or(|known| asks < known.asks || asks == known.asks && known.number) {
                    best = Some(new);
                }
            }
        }
        best
    }

    /// The rows of a part, and whether it is a plural, which mostly counts or lists secrets.
    fn rows_of(&self, part: &str) -> (Vec<usize>, bool) {
        if let Some(rows) = self.whole.get(part) {
            return (rows.clone(), false);
        }
        if self.about.others.contains(part) {
            return (Vec::new(), false);
        }
        let one = part.strip_suffix('s').filter(|one| !one.ends_with('s'));
        let (word, plural) = one.map_or((part, false), |one| (one, true));
        let holds = |row: &NameRow| {
            row.inside.iter().any(|p| word.contains(p.as_str()))
                || row.ends.iter().any(|p| word.ends_with(p.as_str()))
                || plural && row.parts.iter().any(|p| p == word)
        };
        ((0..self.rows.len()).filter(|n| holds(&self.rows[*n])).collect(), plural)
    }
}

/// The parts of a name, in lower case, without trailing numbers.
fn parts(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut part = String::new();
    let mut push = |part: &mut String| {
        let bare = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let bare = if bare.is_empty() { part.as_str() } else { bare };
        if !bare.is_empty() {
            parts.push(bare.to_lowercase());
        }
        part.clear();
    };
    let mut chars = name.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        if !c.is_alphanumeric() {
            push(&mut part);
        } else {
            let begins = before.is_lowercase() && c.is_uppercase()
                || before.is_uppercase()
                    && c.is_uppercase()
                    && chars.peek().is_some_and(|n| n.is_lowercase());
            if begins {
                push(&mut part);
            }
            part.push(c);
        }
        before = c;
    }
    push(&mut part);
    parts
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn names_are_taken_apart() {
        for (name, expected) in [
            ("X-Auth-Token", &["x", "auth", "token"][..]),
            ("apiKey", &["api", "key"]),
            ("XApiKey", &["x", "api", "key"]),
            ("PGPASSWORD", &["pgpassword"]),
            ("--db_password2", &["db", "password"]),
            ("spring.datasource.password", &["spring", "datasource", "password"]),
            ("2", &["2"]),
            ("", &[]),
        ] {
            assert_eq!(parts(name), expected, "{name}");
        }
    }
}
