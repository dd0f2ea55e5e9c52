//! A serde deserializer for trees: `read::<T>(&value)` fills a struct, and its errors have file and line.
//!
//! It can do four things that other formats can't. A struct requests them by the type or the name of a field:
//!
//! - [`Setting`](super::Setting) is a value with its place;
//! - [`List`](super::List) and similar types take a single value as a list of one;
//! - [`AnyCase`](super::AnyCase) is a table whose keys may be in capitals;
//! - a field that is named [`REST`] takes the keys that the struct has no other field for.
//!
//! A line of INI is a string, a number or a boolean, depending on the type of the field. If a key is written twice, its
//! last value is used.

use super::access::{Items, Pairs, Part, Placed};
use super::problem::Problem;
use super::{Entry, Kind, REST, Table, Value};
use crate::values;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use std::str::FromStr;
use workhours_base::error;

pub(super) type Result<T> = std::result::Result<T, Problem>;

/// Names of newtype structs that ask for a value with its place; a list or a single value; a list, a single value or a
/// table; and a table whose keys may be in any case.
pub(super) const PLACED: &str = "\0placed";
pub(super) const LISTED: &str = "\0listed";
pub(super) const LISTED_OR_TABLE: &str = "\0listed or table";
pub(super) const ANY_CASE: &str = "\0any case";

/// Fills a struct from a tree.
///
/// # Errors
/// For an unknown key or a value of the wrong type, with file and line.
pub(in super::super) fn read<'de, T: Deserialize<'de>>(tree: &Value) -> error::Result<T> {
    let node = Node { what: Content::Value(tree), prefix: "", name: "", any_case: false };
    T::deserialize(node).map_err(|problem| problem.at(&tree.origin).into_error())
}

/// A value that is being read into a struct.
#[derive(Clone, Copy)]
pub(super) struct Node<'t> {
    pub(super) what: Content<'t>,
    /// The full name of its key is `prefix` followed by `name`.
    pub(super) prefix: &'t str,
    pub(super) name: &'t str,
    pub(super) any_case: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Content<'t> {
    Value(&'t Value),
    /// The entries of a table that belong to the field [`REST`].
    Rest(&'t [&'t Entry], &'t Table),
}

impl<'t> Node<'t> {
    fn kind(&self) -> Option<&'t Kind> {
        match self.what {
            Content::Value(value) => Some(&value.kind),
            Content::Rest(..) => None,
        }
    }

    /// The text of an INI value, which must be a single line. `None` for values of TOML.
    fn line(&self) -> Option<Result<&'t str>> {
        match self.kind()? {
            Kind::Plain(text) => Some(Ok(text)),
            Kind::Lines(lines) => Some(match &lines[..] {
                [] => Ok(""),
                [Value { kind: Kind::Plain(text), .. }] => Ok(text),
                many => Err(Problem::invalid_length(many.len(), &"one line")
                    .with_hint("only lists, such as the paths of an input, may continue on indented lines")),
            }),
            _ => None,
        }
    }

    /// The value for a field of a specific type. A date is an error here: only fields that take any scalar accept it.
    fn typed<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.kind() {
            Some(Kind::Date(_)) => Err(self.wrong(&visitor)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn wrong<'de, V: Visitor<'de>>(&self, visitor: &V) -> Problem {
        let date;
        let found = match self.kind() {
            Some(Kind::Text(text) | Kind::Plain(text)) => Unexpected::Str(text),
            Some(Kind::Date(text)) => {
                date = format!("the date {text}");
                Unexpected::Other(&date)
            }
            Some(Kind::Integer(n)) => Unexpected::Signed(*n),
            Some(Kind::Float(n)) => Unexpected::Float(*n),
            Some(Kind::Bool(truth)) => Unexpected::Bool(*truth),
            Some(Kind::List(_) | Kind::Lines(_)) => Unexpected::Seq,
            Some(Kind::Table(_)) | None => Unexpected::Map,
        };
        Problem::invalid_type(found, visitor)
    }
}

impl<'de> Deserializer<'de> for Node<'_> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let kind = match self.what {
            Content::Value(value) => &value.kind,
            Content::Rest(entries, table) => return visitor.visit_map(Pairs::of(entries, table)),
        };
        match kind {
            Kind::Text(text) | Kind::Date(text) | Kind::Plain(text) => visitor.visit_str(text),
            Kind::Integer(n) => visitor.visit_i64(*n),
            Kind::Float(n) => visitor.visit_f64(*n),
            Kind::Bool(truth) => visitor.visit_bool(*truth),
            Kind::List(items) => visitor.visit_seq(Items::new(items, self)),
            Kind::Lines(_) => visitor.visit_str(self.line().unwrap_or(Ok(""))?),
            Kind::Table(table) => {
                let entries: Vec<&Entry> = table.entries.iter().collect();
                visitor.visit_map(Pairs::of(&entries, table))
            }
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let Some(line) = self.line() else { return self.typed(visitor) };
        let line = line?;
        match values::truth(line) {
            Some(truth) => visitor.visit_bool(truth),
            None => Err(Problem::custom(format!("{line:?} is neither true nor false"))),
        }
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let Some(line) = self.line() else { return self.typed(visitor) };
        visitor.visit_i64(number(line?, "give a number such as 4")?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let Some(line) = self.line() else { return self.typed(visitor) };
        visitor.visit_f64(number(line?, "give a number such as 7.5")?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.typed(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        match (name, self.kind()) {
            (PLACED, Some(_)) => visitor.visit_seq(Placed::new(self)),
            (LISTED_OR_TABLE, Some(Kind::Table(_))) => visitor.visit_newtype_struct(self),
            (LISTED | LISTED_OR_TABLE, Some(Kind::List(items) | Kind::Lines(items))) => {
                visitor.visit_seq(Items::new(items, self))
            }
            (LISTED | LISTED_OR_TABLE, Some(_)) => match self.what {
                Content::Value(value) => visitor.visit_seq(Items::new(std::slice::from_ref(value), self)),
                Content::Rest(..) => Err(self.wrong(&visitor)),
            },
            (ANY_CASE, _) => {
                self.any_case = true;
                visitor.visit_newtype_struct(self)
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let Some(Kind::Table(table)) = self.kind() else { return Err(self.wrong(&visitor)) };
        let (mut pairs, mut rest) = (Vec::<(&str, Part<'_>)>::new(), Vec::new());
        for entry in &table.entries {
            let is =
                |field: &str| field == entry.key || self.any_case && field.eq_ignore_ascii_case(&entry.key);
            match fields.iter().find(|field| **field != REST && is(field)) {
                Some(field) => {
                    pairs.retain(|(before, _)| before != field);
                    pairs.push((*field, Part::Entry(entry)));
                }
                None if fields.contains(&REST) => rest.push(entry),
                None => return Err(Problem::unknown_key(entry, table, fields)),
            }
        }
        if !rest.is_empty() {
            pairs.push((REST, Part::Rest(&rest)));
        }
        visitor.visit_map(Pairs::new(pairs, table))
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u32 u64 u128 f32 char str bytes byte_buf unit unit_struct seq tuple tuple_struct map enum
        identifier ignored_any
    }
}

fn number<T: FromStr>(line: &str, hint: &str) -> Result<T> {
    line.trim().parse().map_err(|_| Problem::custom(format!("{line:?} is not a number")).with_hint(hint))
}
