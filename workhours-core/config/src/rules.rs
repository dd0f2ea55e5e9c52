//! The rules of a config file for every event: `[redaction]` and `[tags]`, with the same keys in both formats. Checks
//! that their patterns are valid, but not what the rules do.

use super::values;
use ::toml::Value;
use workhours_base::error::{Error, Result};
use workhours_base::names;
use workhours_event::{RedactionSettings, Rules, TagField, TagRule};

/// The table of rules for secrets.
pub(super) const REDACTION: &str = "redaction";
/// The table of tags.
pub(super) const TAGS: &str = "tags";

/// Takes a key of `[redaction]`: `enabled`, or a kind of secret with its pattern or patterns.
pub(super) fn redaction(
    key: &str,
    values: &[String],
    origin: &str,
    to: &mut RedactionSettings,
) -> Result<()> {
    let [first, ..] = values else {
        return Err(Error::usage(format!("{origin}: {key} has no value")));
    };
    if key == "enabled" {
        to.enabled = match first.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => true,
            "false" | "no" | "off" | "0" => false,
            _ => {
                return Err(
                    Error::usage(format!("{origin}: enabled cannot be {first:?}")).hint("use true or false")
                );
            }
        };
        return Ok(());
    }
    if key.is_empty() || key.contains(['‹', '›', ':']) || key.chars().any(char::is_control) {
        return Err(Error::usage(format!("{origin}: {key:?} cannot name a kind of secret"))
            .hint("use a word such as ticket; it stands in place of what is hidden"));
    }
    for pattern in values {
        let rule = (key.to_owned(), pattern.clone());
        let alone = RedactionSettings { enabled: true, rules: vec![rule.clone()] };
        Rules::new(&alone, &[]).map_err(|e| values::at(origin, e))?;
        to.rules.push(rule);
    }
    Ok(())
}

/// Takes a tag with its patterns, each for one field or for all of them.
pub(super) fn tag(
    name: &str,
    patterns: &[(Option<&str>, String)],
    origin: &str,
    to: &mut Vec<TagRule>,
) -> Result<()> {
    for (field, pattern) in patterns {
        let field = field.map(|word| named(word).map_err(|e| values::at(origin, e))).transpose()?;
        let rule = TagRule { tag: name.to_owned(), field, pattern: pattern.clone() };
        Rules::new(&RedactionSettings::default(), std::slice::from_ref(&rule))
            .map_err(|e| values::at(origin, e))?;
        to.push(rule);
    }
    Ok(())
}

fn named(word: &str) -> Result<TagField> {
    let words = TagField::ALL.map(TagField::as_str);
    TagField::ALL.into_iter().find(|f| f.as_str() == word).ok_or_else(|| {
        Error::usage(format!("unknown key {word:?} of a tag")).hint(match names::nearest(word, words) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("the keys are {}", words.join(", ")),
        })
    })
}

/// A text, or a list of texts.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Boolean(yes) => Some(vec![yes.to_string()]),
        Value::Array(list) => list.iter().map(|v| v.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// A tag's value in TOML: patterns for all fields, or a table of patterns by field.
pub(super) fn patterns(value: &Value) -> Option<Vec<(Option<&str>, String)>> {
    let Value::Table(fields) = value else {
        return Some(texts(value)?.into_iter().map(|pattern| (None, pattern)).collect());
    };
    let mut all = Vec::new();
    for (field, value) in fields {
        all.extend(texts(value)?.into_iter().map(|pattern| (Some(field.as_str()), pattern)));
    }
    Some(all)
}

/// Both as keys and values of TOML.
pub(super) fn shown(redaction: &RedactionSettings, tags: &[TagRule]) -> Vec<(String, Value)> {
    let quoted = |key: &str| Value::String(key.to_owned()).to_string();
    let list =
        |list: Vec<&String>| Value::Array(list.into_iter().map(|p| Value::String(p.clone())).collect());
    let mut shown = vec![(format!("{REDACTION}.enabled"), Value::Boolean(redaction.enabled))];
    let mut kinds: Vec<&String> = redaction.rules.iter().map(|(kind, _)| kind).collect();
    kinds.dedup();
    for kind in kinds {
        let patterns = redaction.rules.iter().filter(|(k, _)| k == kind).map(|(_, pattern)| pattern);
        shown.push((format!("{REDACTION}.{}", quoted(kind)), list(patterns.collect())));
    }
    let mut names: Vec<&String> = tags.iter().map(|rule| &rule.tag).collect();
    names.sort();
    names.dedup();
    for name in names {
        let of = |field: Option<TagField>| {
            tags.iter().filter(|r| r.tag == *name && r.field == field).map(|r| &r.pattern).collect::<Vec<_>>()
        };
        let key = format!("{TAGS}.{}", quoted(name));
        if !of(None).is_empty() {
            shown.push((key, list(of(None))));
            continue;
        }
        let fields = TagField::ALL.into_iter().filter(|f| !of(Some(*f)).is_empty());
        let table = fields.map(|f| (f.as_str().to_owned(), list(of(Some(f))))).collect();
        shown.push((key, Value::Table(table)));
    }
    shown
}
