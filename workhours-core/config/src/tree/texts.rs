//! Types of the structs' fields: texts, by what may be written in their place. In INI everything is a text.

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use std::fmt;

/// Reads a text, and what may be written in place of one.
pub(in super::super) struct TextVisitor {
    pub expecting: &'static str,
    pub numbers: Option<Decimals>,
    pub truth: bool,
}

/// How the text of a number without fraction is, if it is written with one.
pub(in super::super) enum Decimals {
    /// `1.0`
    Kept,
    /// `1`
    Dropped,
}

impl TextVisitor {
    fn text<E: Error>(
        &self,
        may: bool,
        found: Unexpected<'_>,
        text: String,
    ) -> std::result::Result<String, E> {
        if may { Ok(text) } else { Err(E::invalid_type(found, self)) }
    }
}

impl Visitor<'_> for TextVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expecting)
    }

    fn visit_str<E: Error>(self, text: &str) -> std::result::Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_i64<E: Error>(self, n: i64) -> std::result::Result<String, E> {
        self.text(self.numbers.is_some(), Unexpected::Signed(n), n.to_string())
    }

    fn visit_f64<E: Error>(self, n: f64) -> std::result::Result<String, E> {
        let text = match self.numbers {
            Some(Decimals::Kept) => ::toml::Value::Float(n).to_string(),
            _ => n.to_string(),
        };
        self.text(self.numbers.is_some(), Unexpected::Float(n), text)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> std::result::Result<String, E> {
        self.text(self.truth, Unexpected::Bool(truth), truth.to_string())
    }
}

/// A text, a number, a date or a truth value, as text.
#[derive(Debug)]
pub(in super::super) struct Scalar(pub String);

/// A text or a number, as text.
#[derive(Debug)]
pub(in super::super) struct Word(pub String);

/// A regular expression, or `true` or `false`.
#[derive(Debug)]
pub(in super::super) struct Pattern(pub String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let visitor = TextVisitor { expecting: "a single value", numbers: Some(Decimals::Kept), truth: true };
        deserializer.deserialize_any(visitor).map(Self)
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let numbers = Some(Decimals::Dropped);
        let visitor = TextVisitor { expecting: "a text or a list of texts", numbers, truth: false };
        deserializer.deserialize_string(visitor).map(Self)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let visitor =
            TextVisitor { expecting: "a pattern or a list of patterns", numbers: None, truth: true };
        deserializer.deserialize_string(visitor).map(Self)
    }
}
