//! A config file as a tree of values, each with its place. Both formats become such a tree, and one reader makes the
//! configuration from it: the structs of each section, which serde fills.
//!
//! ```text
//! TOML ── toml.rs ──┐
//!                   ├── tree ── structs (layer.rs, limits.rs, …) ── Layer
//! INI ─── ini.rs ───┘
//! ```
//!
//! Doesn't know which keys exist: the structs do.

mod access;
mod de;
mod fields;
mod lists;
mod problem;
mod shape;
mod texts;

pub(super) use de::read;
pub(super) use fields::{AnyCase, Entries, Setting, given, set};
pub(super) use lists::{AtLeastOne, List, ListOrTable, One};
pub(super) use shape::{Shape, shapes};
pub(super) use texts::{Decimals, Pattern, Scalar, TextVisitor, Word};

use std::fmt;
use std::rc::Rc;

/// The name of a struct's field that takes all keys the struct has no other field for.
pub(super) const REST: &str = "*";

/// A place in a config file: `FILE:LINE`.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    file: Rc<str>,
    line: usize,
    /// Orders the values of a file.
    at: usize,
}

/// A value and its place.
#[derive(Debug)]
pub(super) struct Value {
    pub origin: Origin,
    pub kind: Kind,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Kind {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    Date(String),
    List(Vec<Value>),
    Table(Table),
    /// A text that is of any type it can be read as: a line of INI.
    Plain(String),
    /// A value of INI: no line, one or several, each of them [`Kind::Plain`].
    Lines(Vec<Value>),
}

/// Keys and their values. TOML sorts them by key; INI has them in the order of the file, and may repeat them.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// How messages call it: `[plugins]`, `[[inputs]]`; empty for the whole file.
    pub title: String,
    /// The part of its keys' full names before the dot; empty for the whole file in TOML.
    pub prefix: String,
    pub entries: Vec<Entry>,
}

/// A key with its value.
#[derive(Debug)]
pub(super) struct Entry {
    /// The key, as the structs call it.
    pub key: String,
    /// The key as it is written.
    pub name: String,
    pub origin: Origin,
    pub value: Value,
}

impl Origin {
    /// A place by its line and its position among the file's values.
    pub(super) fn new(file: &Rc<str>, line: usize, at: usize) -> Self {
        Self { file: Rc::clone(file), line, at }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Table {
    /// An empty table of this name.
    pub(super) fn named(name: &str) -> Self {
        Self { title: format!("[{name}]"), prefix: name.to_owned(), entries: Vec::new() }
    }

    /// The table under a key. It is made by `new` if there is none.
    pub(super) fn table(&mut self, key: &str, origin: &Origin, new: impl FnOnce() -> Self) -> &mut Self {
        let found = self.entries.iter().position(|e| e.key == key && matches!(e.value.kind, Kind::Table(_)));
        let at = found.unwrap_or_else(|| {
            self.push(key, key, origin, Kind::Table(new()));
            self.entries.len() - 1
        });
        match &mut self.entries[at].value.kind {
            Kind::Table(table) => table,
            _ => unreachable!("the entry is a table"),
        }
    }

    /// Adds a key whose value has the same place.
    pub(super) fn push(&mut self, key: &str, name: &str, origin: &Origin, kind: Kind) {
        let value = Value { origin: origin.clone(), kind };
        let (key, name) = (key.to_owned(), name.to_owned());
        self.entries.push(Entry { key, name, origin: origin.clone(), value });
    }

    /// The full name of a key: `fs.keep`, `main.eventsdb.uri`.
    pub(super) fn full_name(&self, name: &str) -> String {
        full_name(&self.prefix, name)
    }
}

fn full_name(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}
