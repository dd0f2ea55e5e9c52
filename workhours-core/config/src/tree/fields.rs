//! The types of the structs' fields: a setting with its place, lists, and texts by what they may be written as.

use super::de::{ANY_CASE, LISTED, LISTED_OR_TABLE, PLACED};
use crate::values;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use std::fmt;
use std::marker::PhantomData;
use workhours_base::error::Result;

/// A value with the full name of its key and its place.
#[derive(Debug)]
pub(in super::super) struct Setting<T> {
    pub value: T,
    /// As the user knows it: `main.eventsdb.uri`, `fs.keep`.
    pub key: String,
    /// `FILE:LINE`
    pub origin: String,
    /// Orders the settings of a file.
    at: u64,
}

impl<T> Setting<T> {
    /// Another value in the same place.
    pub(in super::super) fn map<U>(self, other: impl FnOnce(T) -> U) -> Setting<U> {
        let Self { value, key, origin, at } = self;
        Setting { value: other(value), key, origin, at }
    }

    /// What the value means; an error gets the place.
    pub(in super::super) fn read<U>(self, meaning: impl FnOnce(T) -> Result<U>) -> Result<Setting<U>> {
        let Self { value, key, origin, at } = self;
        let value = meaning(value).map_err(|e| values::at(&origin, e))?;
        Ok(Setting { value, key, origin, at })
    }
}

/// What the value of a key means, if the key is there.
pub(in super::super) fn given<T, U>(
    given: Option<Setting<T>>,
    meaning: impl FnOnce(T) -> Result<U>,
) -> Result<Option<Setting<U>>> {
    given.map(|setting| setting.read(meaning)).transpose()
}

/// Replaces a default by what the value of a key means, if the key is there.
pub(in super::super) fn set<T, U>(
    default: &mut U,
    given: Option<Setting<T>>,
    meaning: impl FnOnce(T) -> Result<U>,
) -> Result<()> {
    if let Some(setting) = given {
        *default = setting.read(meaning)?.value;
    }
    Ok(())
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Setting<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct PlacedVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for PlacedVisitor<T> {
            type Value = Setting<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value with its place")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Setting<T>, A::Error> {
                let none = || A::Error::custom("a value without its place");
                let key = seq.next_element()?.ok_or_else(none)?;
                let origin = seq.next_element()?.ok_or_else(none)?;
                let at = seq.next_element()?.ok_or_else(none)?;
                let value = seq.next_element()?.ok_or_else(none)?;
                Ok(Setting { value, key, origin, at })
            }
        }
        deserializer.deserialize_newtype_struct(PLACED, PlacedVisitor(PhantomData))
    }
}

/// A table whose keys may be written in capitals.
#[derive(Debug, Default)]
pub(in super::super) struct AnyCase<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for AnyCase<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct AnyCaseVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for AnyCaseVisitor<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(
                self,
                inner: D,
            ) -> std::result::Result<T, D::Error> {
                T::deserialize(inner)
            }
        }
        deserializer.deserialize_newtype_struct(ANY_CASE, AnyCaseVisitor(PhantomData)).map(AnyCase)
    }
}

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

/// A table with keys of the user's choice. INI may repeat a key.
#[derive(Debug)]
pub(in super::super) struct Entries<T>(Vec<(String, Setting<T>)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Entries<T> {
    /// The keys and values: TOML's sorted by key, INI's as in the file.
    pub(in super::super) fn sorted(self) -> impl Iterator<Item = (String, Setting<T>)> {
        self.0.into_iter()
    }

    /// The keys and values in the order of the file.
    pub(in super::super) fn in_order(mut self) -> impl Iterator<Item = (String, Setting<T>)> {
        self.0.sort_by_key(|(_, setting)| setting.at);
        self.0.into_iter()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct EntriesVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
            type Value = Entries<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Entries<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

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
        found: de::Unexpected<'_>,
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
        self.text(self.numbers.is_some(), de::Unexpected::Signed(n), n.to_string())
    }

    fn visit_f64<E: Error>(self, n: f64) -> std::result::Result<String, E> {
        let text = match self.numbers {
            Some(Decimals::Kept) => ::toml::Value::Float(n).to_string(),
            _ => n.to_string(),
        };
        self.text(self.numbers.is_some(), de::Unexpected::Float(n), text)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> std::result::Result<String, E> {
        self.text(self.truth, de::Unexpected::Bool(truth), truth.to_string())
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
