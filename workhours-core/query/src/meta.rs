//! The values of an event's `meta`, for conditions on a key and for words without a field.

use super::Want;
use super::wants::{name_is, number_is, wants_number};
use serde_json::Value;
use workhours_event::StoredEvent;

/// A text among the other values of an event's source.
pub fn meta_text(e: &StoredEvent, key: &str) -> Option<String> {
    meta(e, key)?.as_str().map(str::to_owned)
}

/// The value of a key at the top of an event's `meta`.
pub(super) fn meta(e: &StoredEvent, key: &str) -> Option<Value> {
    let object: Value = serde_json::from_str(e.meta.as_deref()?).ok()?;
    object.get(key).cloned().filter(|value| !value.is_null())
}

/// Whether a value matches, or any item of a list. Null never matches.
pub(super) fn value_is(value: &Value, want: &Want) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => items.iter().any(|item| value_is(item, want)),
        Value::String(text) => name_is(text, want),
        Value::Number(n) if wants_number(want) => n.as_f64().is_some_and(|n| number_is(n, want)),
        other => name_is(&other.to_string(), want),
    }
}

/// Whether something is true of one of the values in a `meta` text: the texts, numbers and truth values at its top and in
/// lists, numbers as JSON writes them. Keys and objects don't count.
pub fn any_value(meta: &str, is: &mut dyn FnMut(&str) -> bool) -> bool {
    match serde_json::from_str(meta) {
        Ok(Value::Object(object)) => object.values().any(|value| any_scalar(value, is)),
        _ => false,
    }
}

fn any_scalar(value: &Value, is: &mut dyn FnMut(&str) -> bool) -> bool {
    match value {
        Value::Null | Value::Object(_) => false,
        Value::Array(items) => items.iter().any(|item| any_scalar(item, is)),
        Value::String(text) => is(text),
        Value::Bool(_) | Value::Number(_) => is(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_scalars_at_the_top_and_in_lists() {
        let all = |meta: &str| {
            let mut all = Vec::new();
            any_value(meta, &mut |value| {
                all.push(value.to_owned());
                false
            });
            all
        };
        assert_eq!(
            all(r#"{"a":"x y","b":-1.50,"c":["y",[2],null,{"k":3}],"d":true,"e":{"k":"v"},"f":null}"#),
            ["x y", "-1.5", "y", "2", "true"]
        );
        for none in ["", "no json", "[1]", "7", "{}"] {
            assert!(all(none).is_empty(), "{none}");
        }
    }
}
