//! The values of an event's `meta` as terms: `key NUL s value` for texts, `key NUL o value` for objects, which a word
//! without a field isn't looked for in, and `key NUL n bits text` for numbers, where the bits sort as the numbers do.

use super::scan::leaves;
use serde_json::Value;
use std::fmt::Write;
use workhours_query::{Want, name_is, number_is, wants_number};

/// Returns the terms of a `meta` text.
pub(super) fn terms(meta: &str, each: &mut dyn FnMut(&str)) {
    let Ok(Value::Object(object)) = serde_json::from_str::<Value>(meta) else { return };
    let mut term = String::new();
    for (key, value) in &object {
        leaves(value, &mut |leaf| {
            term.clear();
            term.push_str(key);
            match leaf {
                Value::String(text) => term.extend(["\0s", text]),
                Value::Number(n) => {
                    let _ = write!(term, "\0n{:016x}{n}", bits(n.as_f64().unwrap_or_default()));
                }
                Value::Object(_) => term.extend(["\0o", &leaf.to_string()]),
                other => term.extend(["\0s", &other.to_string()]),
            }
            each(&term);
        });
    }
}

/// A text that sorts as the numbers do.
fn bits(n: f64) -> u64 {
    let bits = (n + 0.0).to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

/// The prefix of all values of a key.
pub(super) fn of_key(key: &str) -> String {
    format!("{key}\0")
}

/// The prefix of all texts of a key.
#[cfg(feature = "elasticsearch")]
pub(super) fn of_text(key: &str) -> String {
    format!("{key}\0s")
}

/// The prefix of all objects of a key.
#[cfg(feature = "elasticsearch")]
pub(super) fn of_object(key: &str) -> String {
    format!("{key}\0o")
}

/// The term of a number that is written like this.
#[cfg(feature = "elasticsearch")]
pub(super) fn of_number(key: &str, n: f64, text: &str) -> String {
    format!("{key}\0n{:016x}{text}", bits(n))
}

/// A text that is not above any term of numbers from this one on, and above those of lesser ones; of any number,
/// without one.
#[cfg(feature = "elasticsearch")]
pub(super) fn least_number(key: &str, n: Option<f64>) -> String {
    match n {
        Some(n) => of_number(key, n, ""),
        None => format!("{key}\0n"),
    }
}

/// The value of a term of this key, as text; whether it is a number.
pub(super) fn value<'t>(key: &str, term: &'t str) -> Option<(&'t str, bool)> {
    let rest = term.strip_prefix(key)?.strip_prefix('\0')?;
    match rest.as_bytes().first()? {
        b's' | b'o' => Some((&rest[1..], false)),
        b'n' => Some((rest.get(17..)?, true)),
        _ => None,
    }
}

/// The value of a term of any key that a word without a field is looked for in.
pub(super) fn scalar(term: &str) -> Option<&str> {
    let key = term.split('\0').next()?;
    let is_object = term[key.len()..].starts_with("\0o");
    value(key, term).filter(|_| !is_object).map(|(text, _)| text)
}

/// The part of a term of this key that sorts as the values do, numbers before texts; `None` for an object.
pub(super) fn sorted<'t>(key: &str, term: &'t str) -> Option<&'t str> {
    let value = term.strip_prefix(key)?.strip_prefix('\0')?;
    (!value.starts_with('o')).then_some(value)
}

/// Whether the value of a term matches.
pub(super) fn is(key: &str, term: &str, want: &Want) -> bool {
    match value(key, term) {
        Some((text, true)) if wants_number(want) => text.parse().is_ok_and(|n: f64| number_is(n, want)),
        Some((text, _)) => name_is(text, want),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_terms_and_back() {
        let mut all = Vec::new();
        terms(r#"{"a":"x","n":-1.5,"list":["y",2,[true]],"none":null,"deep":{"k":1}}"#, &mut |term| {
            all.push(term.to_owned());
        });
        let values: Vec<_> = all.iter().map(|t| value(t.split('\0').next().unwrap(), t).unwrap()).collect();
        let mut sorted = values.clone();
        sorted.sort_unstable();
        assert_eq!(
            sorted,
            [("-1.5", true), ("2", true), ("true", false), ("x", false), ("y", false), ("{\"k\":1}", false)]
        );
        let mut scalars: Vec<_> = all.iter().filter_map(|term| scalar(term)).collect();
        scalars.sort_unstable();
        assert_eq!(scalars, ["-1.5", "2", "true", "x", "y"]);
    }

    #[test]
    fn numbers_sort_as_numbers() {
        let numbers = [f64::MIN, -10.0, -9.5, -0.5, 0.0, 1e-9, 9.0, 10.0, f64::MAX];
        assert!(numbers.windows(2).all(|two| bits(two[0]) < bits(two[1])));
        assert_eq!(bits(-0.0), bits(0.0));
    }
}
