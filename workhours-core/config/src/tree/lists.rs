//! Types for fields that are lists. A list of one may be written as a single value. In INI each line is an element.

use super::de::{LISTED, LISTED_OR_TABLE};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// A list, or a single value as a list of one.
#[derive(Debug)]
pub(in super::super) struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// A list, or a single value as a list of one, or a table.
#[derive(Debug)]
pub(in super::super) enum ListOrTable<T, M> {
    List(Vec<T>),
    Table(M),
}

/// A list that isn't empty, or a single value as a list of one.
#[derive(Debug)]
pub(in super::super) struct AtLeastOne<T>(pub Vec<T>);

/// A single value, or a list of one.
#[derive(Debug)]
pub(in super::super) struct One<T>(pub T);

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or a list of values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Vec<T>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(values)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(LISTED, ListVisitor(PhantomData)).map(List)
    }
}

impl<'de, T: Deserialize<'de>, M: Deserialize<'de>> Deserialize<'de> for ListOrTable<T, M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct EitherVisitor<T, M>(PhantomData<(T, M)>);
        impl<'de, T: Deserialize<'de>, M: Deserialize<'de>> Visitor<'de> for EitherVisitor<T, M> {
            type Value = ListOrTable<T, M>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value, a list of values or a table")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> std::result::Result<Self::Value, A::Error> {
                ListVisitor(PhantomData).visit_seq(seq).map(ListOrTable::List)
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(
                self,
                table: D,
            ) -> std::result::Result<Self::Value, D::Error> {
                M::deserialize(table).map(ListOrTable::Table)
            }
        }
        deserializer.deserialize_newtype_struct(LISTED_OR_TABLE, EitherVisitor(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for AtLeastOne<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let List(values) = List::deserialize(deserializer)?;
        if values.is_empty() {
            return Err(D::Error::invalid_length(0, &"a value"));
        }
        Ok(AtLeastOne(values))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct OneVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for OneVisitor<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a single value")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<T, A::Error> {
                let first = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
                match seq.next_element::<IgnoredAny>()? {
                    Some(_) => Err(A::Error::invalid_length(2, &self)),
                    None => Ok(first),
                }
            }
        }
        deserializer.deserialize_newtype_struct(LISTED, OneVisitor(PhantomData)).map(One)
    }
}
