//! The shape of a config file in TOML: its keys and the types of their values, for serde. What the values mean is read in
//! `toml`.

use ::toml::{Spanned, Value};
use serde::Deserialize;
use serde::de::{SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) database: Option<Spanned<String>>,
    pub(super) database_password_file: Option<Spanned<String>>,
    pub(super) database_connections: Option<Spanned<i64>>,
    pub(super) read_only: Option<Spanned<bool>>,
    pub(super) jobs: Option<Spanned<i64>>,
    pub(super) filestore: Option<Spanned<String>>,
    pub(super) timezone: Option<Spanned<String>>,
    pub(super) gaptime_min: Option<Spanned<f64>>,
    pub(super) fs: Option<Filestore>,
    #[serde(default)]
    pub(super) plugins: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    pub(super) limits: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    pub(super) redaction: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    pub(super) hours: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    pub(super) projects: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    pub(super) rates: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    pub(super) me: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    pub(super) people: BTreeMap<String, Spanned<BTreeMap<String, Spanned<Value>>>>,
    #[serde(default)]
    pub(super) reports: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    pub(super) server: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    pub(super) inputs: Vec<Input>,
    #[serde(default)]
    pub(super) formats: BTreeMap<String, Spanned<BTreeMap<String, Spanned<FormatValue>>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filestore {
    pub(super) keep: Option<Spanned<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    pub(super) r#type: String,
    pub(super) path: Spanned<Paths>,
    #[serde(default)]
    pub(super) label: String,
    pub(super) host: Option<String>,
    pub(super) user: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) timezone: Option<Spanned<String>>,
    pub(super) activity: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) options: BTreeMap<String, Spanned<Value>>,
}

/// A string or a list of strings, each knowing its line.
pub(super) enum Paths {
    One(String),
    Many(Vec<Spanned<String>>),
}

impl<'de> Deserialize<'de> for Paths {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct PathsVisitor;
        impl<'de> Visitor<'de> for PathsVisitor {
            type Value = Paths;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path or a list of paths")
            }

            fn visit_str<E>(self, path: &str) -> std::result::Result<Paths, E> {
                Ok(Paths::One(path.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> std::result::Result<Paths, A::Error> {
                elements(seq).map(Paths::Many)
            }
        }
        deserializer.deserialize_any(PathsVisitor)
    }
}

/// A value of a format: one, or a list of values or tables.
pub(super) enum FormatValue {
    One(String),
    Many(Vec<Spanned<FormatItem>>),
}

/// The items of a format's list.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum FormatItem {
    Table(BTreeMap<String, Value>),
    One(Value),
}

impl<'de> Deserialize<'de> for FormatValue {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct FormatVisitor;
        impl<'de> Visitor<'de> for FormatVisitor {
            type Value = FormatValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or a list (a name with dots needs quotes: [formats.\"a.b\"])")
            }

            fn visit_str<E>(self, text: &str) -> std::result::Result<FormatValue, E> {
                Ok(FormatValue::One(text.to_owned()))
            }

            fn visit_i64<E>(self, number: i64) -> std::result::Result<FormatValue, E> {
                Ok(FormatValue::One(number.to_string()))
            }

            fn visit_f64<E>(self, number: f64) -> std::result::Result<FormatValue, E> {
                Ok(FormatValue::One(number.to_string()))
            }

            fn visit_bool<E>(self, truth: bool) -> std::result::Result<FormatValue, E> {
                Ok(FormatValue::One(truth.to_string()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> std::result::Result<FormatValue, A::Error> {
                elements(seq).map(FormatValue::Many)
            }
        }
        deserializer.deserialize_any(FormatVisitor)
    }
}

fn elements<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(
    mut seq: A,
) -> std::result::Result<Vec<T>, A::Error> {
    let mut elements = Vec::new();
    while let Some(element) = seq.next_element()? {
        elements.push(element);
    }
    Ok(elements)
}
