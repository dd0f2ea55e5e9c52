//! Answers by reading the events that match.

use super::{Collect, Keys, Question, Row};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;
use workhours_base::error::Result;
use workhours_store::Store;

/// Collects all events of a question.
///
/// # Errors
/// Database errors.
pub(crate) fn answer<C: Collect>(store: &mut Store, question: &Question, collect: &mut C) -> Result<()> {
    let reads = &question.reads;
    let mut reader = store.events().reader_of(question.filter.clone(), reads.wanted());
    let mut all: Vec<Vec<C::Key>> = reads.keys.iter().map(|_| Vec::with_capacity(1)).collect();
    let places = vec![0; all.len()];
    while let Some(event) = reader.next_event()? {
        let number = reads.number.and_then(|key| number_of(event.meta.as_deref()?, key));
        let row =
            Row { date: event.date, duration_us: event.duration_us, precision: event.precision, number };
        for (n, key) in all.iter_mut().enumerate() {
            key.clear();
            key.push(collect.key(n, &event, reader.label_of(event.input_id)));
        }
        collect.add(&row, &Keys { all: &all, places: &places });
    }
    Ok(())
}

/// The whole number in a key of `meta`. Reports ask this of every event, so the other values aren't kept.
pub(crate) fn number_of(meta: &str, key: &str) -> Option<i64> {
    Key(key).deserialize(&mut serde_json::Deserializer::from_str(meta)).ok()?
}

/// Reads one key of an object.
struct Key<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<i64>;

    fn deserialize<D: Deserializer<'de>>(self, object: D) -> std::result::Result<Self::Value, D::Error> {
        object.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Key<'_> {
    type Value = Option<i64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> std::result::Result<Self::Value, A::Error> {
        let mut number = None;
        while let Some(key) = object.next_key::<std::borrow::Cow<'_, str>>()? {
            if key == self.0 {
                number = object.next_value::<serde_json::Value>()?.as_i64();
            } else {
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::number_of;

    #[test]
    fn one_key_of_many() {
        let meta = r#"{"a": {"n": 1}, "n": 7, "b": [2]}"#;
        assert_eq!(number_of(meta, "n"), Some(7));
        assert_eq!(number_of(meta, "a"), None);
        assert_eq!(number_of(r#"{"n": "7"}"#, "n"), None);
        assert_eq!(number_of("no json", "n"), None);
    }
}
