//! Several labels in one text: with something between them, or as a list in JSON.

use std::borrow::Cow;

/// The labels. Without a separator, they are split at commas, or else at semicolons or bars; a list is already split.
pub(crate) fn split<'a>(text: &'a [u8], separator: Option<&[u8]>) -> Vec<Cow<'a, [u8]>> {
    let text = text.trim_ascii();
    if let Some(list) = text.strip_prefix(b"[").and_then(|t| t.strip_suffix(b"]"))
        && let Some(labels) = json(text).or_else(|| quoted(list))
    {
        return labels.into_iter().map(|label| Cow::Owned(label.into_bytes())).collect();
    }
    let usual = || [&b","[..], b";", b"|"].into_iter().find(|s| memchr::memmem::find(text, s).is_some());
    let separator = separator.or_else(usual).unwrap_or(b",");
    let mut labels = Vec::new();
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, separator).filter(|_| !separator.is_empty()) {
        labels.push(Cow::Borrowed(&rest[..at]));
        rest = &rest[at + separator.len()..];
    }
    labels.push(Cow::Borrowed(rest));
    labels
}

/// A list of texts and numbers, or of objects that have a name.
fn json(text: &[u8]) -> Option<Vec<String>> {
    let list: Vec<serde_json::Value> = serde_json::from_slice(text).ok()?;
    list.iter().map(label).collect()
}

/// A label in a list.
pub(crate) fn label(value: &serde_json::Value) -> Option<String> {
    const NAMES: [&str; 5] = ["name", "title", "label", "tag", "text"];
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Object(object) => {
            NAMES.iter().find_map(|name| object.get(*name)?.as_str()).map(str::to_owned)
        }
        _ => None,
    }
}

/// `'a', 'b'`, as Python prints lists.
fn quoted(list: &[u8]) -> Option<Vec<String>> {
    let list = std::str::from_utf8(list).ok()?.trim();
    let inner = list.strip_prefix('\'')?.strip_suffix('\'')?;
    Some(inner.split("',").map(|label| label.trim().trim_start_matches('\'').to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_separators() {
        let labels = |text: &str, separator: Option<&str>| -> Vec<String> {
            let labels = split(text.as_bytes(), separator.map(str::as_bytes));
            labels.iter().map(|l| String::from_utf8_lossy(l.trim_ascii()).into_owned()).collect()
        };
        for text in [
            "a,b c",
            "a; b c",
            "a|b c",
            r#"["a", "b c"]"#,
            "['a', 'b c']",
            r#"[{"name":"a"},{"name":"b c"}]"#,
        ] {
            assert_eq!(labels(text, None), ["a", "b c"], "{text}");
        }
        assert_eq!(labels("a|b,c", None), ["a|b", "c"]);
        assert_eq!(labels("a,b", Some("/")), ["a,b"]);
        assert_eq!(labels("[]", None), Vec::<String>::new());
        assert_eq!(labels("[not a list]", None), ["[not a list]"]);
    }
}
