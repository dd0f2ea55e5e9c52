//! The parts of a tree on their way to serde: elements of lists, keys and values of tables, settings with their places.
//! Here an error gets its place and the name of its key.

use super::de::{Content, Node, Result};
use super::problem::Problem;
use super::{Entry, Table, Value, full_name};
use serde::de::value::{StrDeserializer, StringDeserializer, U64Deserializer};
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess};

/// The elements of a list.
pub(super) struct Items<'t> {
    rest: &'t [Value],
    node: Node<'t>,
}

impl<'t> Items<'t> {
    pub(super) fn new(rest: &'t [Value], node: Node<'t>) -> Self {
        Self { rest, node }
    }
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let Some((value, rest)) = self.rest.split_first() else { return Ok(None) };
        self.rest = rest;
        let node = Node { what: Content::Value(value), ..self.node };
        seed.deserialize(node).map(Some).map_err(|problem| problem.at(&value.origin))
    }
}

/// A setting's full name, its place twice, for people and for sorting, and its value.
pub(super) struct Placed<'t> {
    node: Node<'t>,
    step: u8,
}

impl<'t> Placed<'t> {
    pub(super) fn new(node: Node<'t>) -> Self {
        Self { node, step: 0 }
    }
}

impl<'de> SeqAccess<'de> for Placed<'_> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let Content::Value(Value { origin, .. }) = self.node.what else { return Ok(None) };
        self.step += 1;
        let part = match self.step {
            1 => seed.deserialize(StringDeserializer::new(full_name(self.node.prefix, self.node.name))),
            2 => seed.deserialize(StringDeserializer::new(origin.to_string())),
            3 => seed.deserialize(U64Deserializer::new(origin.at as u64)),
            4 => seed.deserialize(self.node),
            _ => return Ok(None),
        };
        part.map(Some)
    }
}

/// The value of a pair.
#[derive(Clone, Copy)]
pub(super) enum Part<'t> {
    Entry(&'t Entry),
    Rest(&'t [&'t Entry]),
}

/// Keys and values of a table.
pub(super) struct Pairs<'t> {
    rest: std::vec::IntoIter<(&'t str, Part<'t>)>,
    value: Option<Part<'t>>,
    table: &'t Table,
}

impl<'t> Pairs<'t> {
    pub(super) fn new(pairs: Vec<(&'t str, Part<'t>)>, table: &'t Table) -> Self {
        Pairs { rest: pairs.into_iter(), value: None, table }
    }

    /// All of these entries, also of the same key.
    pub(super) fn of(entries: &[&'t Entry], table: &'t Table) -> Self {
        Self::new(entries.iter().map(|e| (e.key.as_str(), Part::Entry(e))).collect(), table)
    }
}

impl<'de> MapAccess<'de> for Pairs<'_> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some((key, part)) = self.rest.next() else { return Ok(None) };
        self.value = Some(part);
        let found = seed.deserialize(StrDeserializer::new(key)).map(Some);
        match part {
            Part::Entry(entry) => found.map_err(|problem: Problem| problem.at(&entry.origin)),
            Part::Rest(_) => found,
        }
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        let prefix = &self.table.prefix;
        match self.value.take() {
            Some(Part::Entry(entry)) => {
                let what = Content::Value(&entry.value);
                let node = Node { what, prefix, name: &entry.name, any_case: false };
                seed.deserialize(node).map_err(|problem| problem.of(&entry.name).at(&entry.value.origin))
            }
            Some(Part::Rest(entries)) => {
                let what = Content::Rest(entries, self.table);
                seed.deserialize(Node { what, prefix, name: "", any_case: false })
            }
            None => Err(Problem::custom("a value without a key")),
        }
    }
}
