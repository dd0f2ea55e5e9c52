//! What serde finds wrong with a tree, in words for users. The place is added on the way up, by the nearest value that
//! has one, and the name of the key by its table.

use super::{Entry, Table};
use serde::de::{Expected, Unexpected};
use std::fmt;
use workhours_base::error::Error;
use workhours_base::names;

/// An error that may not know its place yet.
#[derive(Debug)]
pub(in super::super) struct Problem {
    origin: Option<String>,
    /// Whether the text has no subject yet: that is the key.
    of_key: bool,
    text: String,
    hint: Option<String>,
}

impl Problem {
    fn new(text: String) -> Self {
        Self { origin: None, of_key: false, text, hint: None }
    }

    /// A key that the table hasn't.
    pub(super) fn unknown_key(entry: &Entry, table: &Table, known: &[&str]) -> Self {
        let mut problem = Self::unknown(&entry.name, known, &table.title);
        problem.origin = Some(entry.origin.to_string());
        problem
    }

    fn unknown(key: &str, known: &[&str], title: &str) -> Self {
        let (of, here) =
            if title.is_empty() { (String::new(), " here") } else { (format!(" in {title}"), "") };
        let hint = match names::nearest(key, known.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("the keys{here} are {}", known.join(", ")),
        };
        Self { hint: Some(hint), ..Self::new(format!("unknown key {key:?}{of}")) }
    }

    pub(super) fn with_hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self
    }

    /// Adds the place, if there is none yet.
    pub(super) fn at(mut self, origin: impl fmt::Display) -> Self {
        self.origin.get_or_insert_with(|| origin.to_string());
        self
    }

    /// Adds the name of the key, if it is wanted.
    pub(super) fn of(mut self, name: &str) -> Self {
        if std::mem::take(&mut self.of_key) {
            self.text = format!("{name} {}", self.text);
        }
        self
    }

    /// The error for the user.
    pub(super) fn into_error(self) -> Error {
        let error = Error::usage(match &self.origin {
            Some(origin) => format!("{origin}: {}", self.text),
            None => self.text.clone(),
        });
        match self.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

impl serde::de::Error for Problem {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::new(text.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Bool(value) => value.to_string(),
            Unexpected::Unsigned(n) => format!("the number {n}"),
            Unexpected::Signed(n) => format!("the number {n}"),
            Unexpected::Float(n) => format!("the number {n:?}"),
            Unexpected::Str(text) => format!("the text {text:?}"),
            Unexpected::Seq => "a list".to_owned(),
            Unexpected::Map => "a table".to_owned(),
            other => other.to_string(),
        };
        let expected = match expected.to_string().as_str() {
            "i64" => "a whole number".to_owned(),
            "f64" => "a number".to_owned(),
            "a string" => "a text".to_owned(),
            "a boolean" => "true or false".to_owned(),
            "a sequence" => "a list".to_owned(),
            other => other.to_owned(),
        };
        Self { of_key: true, ..Self::new(format!("is not {expected}, but {found}")) }
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn invalid_length(found: usize, _: &dyn Expected) -> Self {
        let text = if found == 0 { "has no value" } else { "has more than one value" };
        Self { of_key: true, ..Self::new(text.to_owned()) }
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        Self::unknown(key, known, "")
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(format!("missing key {key:?}")).with_hint(&format!("add {key} = …"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Problem {}
