//! Names of attributes made from names in a record.
//!
//! Not for names a source knows: those are written down.

use std::collections::HashMap;

/// The words of `parts` in snake case, joined: `exampleSDID@32473` and `eventID` are `examplesdid_32473_eventid`.
pub(crate) fn snake(parts: &[&[u8]]) -> String {
    let mut name = String::new();
    for part in parts {
        for byte in part.iter().chain(b"_") {
            match byte.to_ascii_lowercase() {
                b @ (b'a'..=b'z' | b'0'..=b'9') => name.push(b as char),
                _ if name.is_empty() || name.ends_with('_') => {}
                _ => name.push('_'),
            }
        }
    }
    name.truncate(name.trim_end_matches('_').len());
    name
}

/// The names given in a record so far, and how often each was asked for.
#[derive(Default)]
pub(crate) struct Names(HashMap<String, u64>);

impl Names {
    /// `name`, or the first of `name_2`, `name_3` … that is still free.
    pub(crate) fn free(&mut self, name: &str) -> String {
        let mut found = name.to_owned();
        while self.0.contains_key(&found) {
            let asked = self.0.entry(name.to_owned()).or_insert(1);
            *asked += 1;
            found = format!("{name}_{asked}");
        }
        self.0.insert(found.clone(), 1);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(snake(&[b"sd", b"exampleSDID@32473", b"eventID"]), "sd_examplesdid_32473_eventid");
        assert_eq!(snake(&[b"__CODE  LINE-"]), "code_line");
        assert_eq!(snake(&[b"\xff"]), "");
        let mut names = Names::default();
        assert_eq!([names.free("a"), names.free("a"), names.free("a")], ["a", "a_2", "a_3"]);
    }
}
