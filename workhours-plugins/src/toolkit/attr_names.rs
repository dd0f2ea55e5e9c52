//! Names of columns and members as keys of attributes: `snake_case`, and each once.

use crate::toolkit::mapping::OWN_ATTRS;
use std::collections::HashMap;

/// Longer names are cut: a name isn't a place for content.
const MAX_CHARS: usize = 80;

/// `EdgeStartTimestamp`, `edge start-timestamp` → `edge_start_timestamp`; empty when there is nothing to keep.
pub(crate) fn snake_case(name: &str) -> String {
    let mut out = String::new();
    let mut chars = name.chars().take(MAX_CHARS).peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        if !c.is_alphanumeric() {
            before = ' ';
            continue;
        }
        let new_word = before.is_lowercase() && c.is_uppercase()
            || before.is_uppercase() && c.is_uppercase() && chars.peek().is_some_and(|n| n.is_lowercase());
        if (before == ' ' || new_word) && !out.is_empty() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
        before = c;
    }
    out
}

/// The keys given out for one record, or for all records of a table.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// Each with the number last added to it.
    taken: HashMap<String, usize>,
}

impl Keys {
    /// The key itself, or with the first number that makes it new: `name_2`.
    pub(crate) fn unique(&mut self, key: String) -> String {
        if !OWN_ATTRS.contains(&key.as_str()) && !self.taken.contains_key(&key) {
            self.taken.insert(key.clone(), 1);
            return key;
        }
        let mut number = self.taken.get(&key).copied().unwrap_or(1);
        let candidate = loop {
            number += 1;
            let candidate = format!("{key}_{number}");
            if !self.taken.contains_key(&candidate) {
                break candidate;
            }
        };
        self.taken.insert(candidate.clone(), 1);
        self.taken.insert(key, number);
        candidate
    }
}

/// A name without case and punctuation.
pub(crate) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (name, want) in [
            ("EdgeStartTimestamp", "edge_start_timestamp"),
            ("ClientIP", "client_ip"),
            ("OriginDNSResponseTimeMs", "origin_dns_response_time_ms"),
            (" Größe (KiB) ", "größe_ki_b"),
            ("@version", "version"),
            ("already_snake_2", "already_snake_2"),
            ("***", ""),
        ] {
            assert_eq!(snake_case(name), want, "{name}");
        }
    }

    #[test]
    fn each_once() {
        let mut keys = Keys::default();
        let got = ["a", "a", "a_2", "a", "elapsed_ms"].map(|k| keys.unique(k.to_owned()));
        assert_eq!(got, ["a", "a_2", "a_2_2", "a_3", "elapsed_ms_2"]);
    }
}
