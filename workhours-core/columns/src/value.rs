//! The values of a text column: a text, or in `meta` also a number. The two compare differently, so `404` and `"404"`
//! are two values. Here is also how values are read out of an event's `meta`: the items of a list are values each, and
//! null is none, as in the query language.

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;
use std::fmt;

/// A value of a text column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value<'t> {
    /// It, or a number as JSON writes it.
    pub text: &'t str,
    /// Whether it is a number of `meta`.
    pub is_number: bool,
}

impl<'t> Value<'t> {
    /// A text.
    pub fn text(text: &'t str) -> Self {
        Self { text, is_number: false }
    }

    /// A number of `meta`, as JSON writes it.
    pub fn number(text: &'t str) -> Self {
        Self { text, is_number: true }
    }
}

/// Marks of the values of `meta` in the dictionary.
const TEXT: char = 's';
const NUMBER: char = 'n';

/// A value as the dictionary of a column of `meta` has it.
pub(crate) fn marked(value: Value<'_>, out: &mut String) {
    out.clear();
    out.push(if value.is_number { NUMBER } else { TEXT });
    out.push_str(value.text);
}

/// A value from the dictionary of a column of `meta`.
pub(crate) fn unmarked(text: &str) -> Value<'_> {
    match text.strip_prefix(NUMBER) {
        Some(number) => Value::number(number),
        None => Value::text(text.strip_prefix(TEXT).unwrap_or_default()),
    }
}

/// Calls `each` with each key of a `meta` text, and then with the key and each of its marked values. A key that comes
/// again has only the values that follow then. Returns whether the text is an object; if it isn't, what was passed
/// before the error doesn't count.
pub(crate) fn leaves(meta: &str, each: &mut dyn FnMut(&str, Option<&str>)) -> bool {
    let mut json = serde_json::Deserializer::from_str(meta);
    let visitor = Object { each, value: String::new() };
    json.deserialize_map(visitor).is_ok() && json.end().is_ok()
}

struct Object<'e> {
    each: &'e mut dyn FnMut(&str, Option<&str>),
    value: String,
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Key<'de>>()? {
            (self.each)(key.as_str(), None);
            map.next_value_seed(Leaf { key: key.as_str(), object: &mut self })?;
        }
        Ok(())
    }
}

/// A key, borrowed where it has no escapes.
enum Key<'de> {
    Borrowed(&'de str),
    Owned(String),
}

impl Key<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(key) => key,
            Self::Owned(key) => key,
        }
    }
}

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
                Ok(Key::Borrowed(key))
            }

            fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
                Ok(Key::Owned(key.to_owned()))
            }
        }
        deserializer.deserialize_str(Keys)
    }
}

/// The values of a key.
struct Leaf<'k, 'o, 'e> {
    key: &'k str,
    object: &'o mut Object<'e>,
}

impl Leaf<'_, '_, '_> {
    fn pass(self, value: Value<'_>) {
        marked(value, &mut self.object.value);
        (self.object.each)(self.key, Some(&self.object.value));
    }

    fn pass_json(self, json: &Json) {
        let text = json.to_string();
        self.pass(Value { text: &text, is_number: json.is_number() });
    }
}

impl<'de> DeserializeSeed<'de> for Leaf<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Leaf<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.pass(Value::text(if value { "true" } else { "false" }));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.pass_json(&Json::from(value));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.pass_json(&Json::from(value));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.pass_json(&Json::from(value));
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.pass(Value::text(value));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Leaf { key: self.key, object: self.object })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let json = Json::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        self.pass_json(&json);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(meta: &str) -> Vec<(String, String)> {
        let mut all = Vec::new();
        leaves(meta, &mut |key, value| all.extend(value.map(|value| (key.to_owned(), value.to_owned()))));
        all
    }

    #[test]
    fn lists_have_several_values_and_null_has_none() {
        let meta = r#"{"a":"x","n":-1.5,"list":["y",2,[true,null]],"none":null,"deep":{"k":[1]},"e\"k":"\n","big":1e3}"#;
        let expected = [
            ("a", "sx"),
            ("n", "n-1.5"),
            ("list", "sy"),
            ("list", "n2"),
            ("list", "strue"),
            ("deep", "s{\"k\":[1]}"),
            ("e\"k", "s\n"),
            ("big", "n1000.0"),
        ];
        assert_eq!(all(meta), expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    #[test]
    fn numbers_are_written_as_json_does() {
        for number in ["0", "-0.0", "18446744073709551615", "1e400", "0.1", "-7", "1e-7"] {
            let json: Result<Json, _> = serde_json::from_str(number);
            let meta = format!("{{\"k\":{number}}}");
            match json {
                Ok(json) => assert_eq!(all(&meta), [("k".to_owned(), format!("n{json}"))]),
                Err(_) => assert!(!leaves(&meta, &mut |_, _| {})),
            }
        }
    }

    #[test]
    fn marks_come_off() {
        let mut text = String::new();
        for value in [Value::text("404"), Value::number("404"), Value::text("n1"), Value::text("")] {
            marked(value, &mut text);
            assert_eq!(unmarked(&text), value);
        }
        for wrong in ["", "[1]", "{", "{\"a\":1", "{\"a\":1}x"] {
            assert!(!leaves(wrong, &mut |_, _| {}), "{wrong}");
        }
    }
}
