//! The keys of the structs, read from the structs themselves: which keys a table has, and which of them are tables. INI
//! needs to know, because a section of another name is a source type.

use super::de::{LISTED, PLACED};
use serde::Deserialize;
use serde::de::value::{Error, StrDeserializer, StringDeserializer, U64Deserializer};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use std::cell::Cell;

/// What the value of a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Shape {
    /// A single value, or a list of such.
    Value,
    /// A table, or a list of tables, with these keys.
    Struct(&'static [&'static str]),
    /// A table with keys of the user's choice.
    Map,
}

/// The keys of a struct.
fn fields<T: for<'de> Deserialize<'de>>() -> &'static [&'static str] {
    match probe::<T>(None) {
        Shape::Struct(fields) => fields,
        _ => &[],
    }
}

/// The keys of a struct, each with what its value is.
pub(in super::super) fn shapes<T: for<'de> Deserialize<'de>>() -> Vec<(&'static str, Shape)> {
    fields::<T>().iter().map(|field| (*field, probe::<T>(Some(field)))).collect()
}

/// What `T` asks a deserializer for, or what its field does. Nothing is made: the answer ends it with an error.
fn probe<T: for<'de> Deserialize<'de>>(field: Option<&'static str>) -> Shape {
    let found = Cell::new(Shape::Value);
    // The error that ends it.
    let _ = T::deserialize(Probe { field, found: &found });
    found.get()
}

struct Probe<'a> {
    field: Option<&'static str>,
    found: &'a Cell<Shape>,
}

impl Probe<'_> {
    fn end<T>(&self, found: Shape) -> Result<T, Error> {
        self.found.set(found);
        Err(Error::custom("found"))
    }
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        self.end(Shape::Value)
    }

    fn deserialize_map<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        self.end(Shape::Map)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.field {
            Some(_) => visitor.visit_map(self),
            None => self.end(Shape::Struct(fields)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Element { probe: self, step: 4 })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        match name {
            PLACED => visitor.visit_seq(Element { probe: self, step: 1 }),
            LISTED => self.deserialize_seq(visitor),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple
        tuple_struct enum identifier ignored_any
    }
}

/// The one field.
impl<'de> MapAccess<'de> for Probe<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.field.map(|field| seed.deserialize(StrDeserializer::new(field))).transpose()
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(Probe { field: None, found: self.found })
    }
}

/// The element of a list, or a setting's parts before its value.
struct Element<'a> {
    probe: Probe<'a>,
    step: u8,
}

impl<'de> SeqAccess<'de> for Element<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.step += 1;
        let part = match self.step {
            2 | 3 => seed.deserialize(StringDeserializer::new(String::new())),
            4 => seed.deserialize(U64Deserializer::new(0)),
            _ => seed.deserialize(Probe { field: self.probe.field, found: self.probe.found }),
        };
        part.map(Some)
    }
}
