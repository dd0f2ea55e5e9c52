//! Types of the structs' fields: a setting with its place, and tables of their own kind.

use super::de::{ANY_CASE, PLACED};
use crate::values;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
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
