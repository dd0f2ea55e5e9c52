//! The rules of a config file for every event: `[redaction]` and `[tags]`, with the same keys in both formats. Checks
//! that their patterns are valid, but not what the rules do.

use super::tree::{AtLeastOne, Entries, List, ListOrTable, Pattern, Setting, set};
use super::values;
use ::toml::Value;
use serde::Deserialize;
use workhours_base::error::{Error, Result};
use workhours_event::{RedactionSettings, Rules, TagField, TagRule};

/// The table of rules for secrets.
const REDACTION: &str = "redaction";
/// The table of tags.
const TAGS: &str = "tags";

/// The keys of `[redaction]`.
#[derive(Default, Deserialize)]
#[serde(default, expecting = "a table")]
pub(super) struct RedactionKeys {
    /// Whether secrets are hidden.
    enabled: Option<Setting<AtLeastOne<Pattern>>>,
    /// Kinds of secrets, each with its patterns.
    #[serde(rename = "*")]
    kinds: Entries<AtLeastOne<Pattern>>,
}

impl RedactionKeys {
    /// What they mean.
    pub(super) fn settings(self) -> Result<RedactionSettings> {
        let mut settings = RedactionSettings::default();
        set(&mut settings.enabled, self.enabled, |AtLeastOne(texts)| {
            let Some(Pattern(text)) = texts.first() else { return Ok(true) };
            values::truth(text)
                .ok_or_else(|| Error::usage(format!("enabled cannot be {text:?}")).hint("use true or false"))
        })?;
        for (kind, patterns) in self.kinds.sorted() {
            let rules = patterns.read(|AtLeastOne(patterns)| secrets(&kind, patterns))?;
            settings.rules.extend(rules.value);
        }
        Ok(settings)
    }
}

/// The rules for a kind of secret.
fn secrets(kind: &str, patterns: Vec<Pattern>) -> Result<Vec<(String, String)>> {
    if kind.is_empty() || kind.contains(['‹', '›', ':']) || kind.chars().any(char::is_control) {
        return Err(Error::usage(format!("{kind:?} cannot name a kind of secret"))
            .hint("use a word such as ticket; it stands in place of what is hidden"));
    }
    let rule = |Pattern(pattern)| {
        let rule = (kind.to_owned(), pattern);
        let alone = RedactionSettings { enabled: true, rules: vec![rule.clone()] };
        Rules::new(&alone, &[]).map(|_| rule)
    };
    patterns.into_iter().map(rule).collect()
}

/// The value of a tag: patterns for all fields, or for each field its own.
pub(super) type TagValue = ListOrTable<Pattern, ByField>;

/// The keys of a tag.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct ByField {
    /// The source type.
    source: List<Pattern>,
    /// The content.
    text: List<Pattern>,
    /// The line that names an event.
    title: List<Pattern>,
    /// The address.
    url: List<Pattern>,
}

/// The tags.
pub(super) fn tags(table: Entries<TagValue>) -> Result<Vec<TagRule>> {
    let mut rules = Vec::new();
    for (tag, setting) in table.sorted() {
        let patterns = match setting.value {
            ListOrTable::List(patterns) => vec![(None, patterns)],
            ListOrTable::Table(ByField { source, text, title, url }) => vec![
                (Some(TagField::Source), source.0),
                (Some(TagField::Text), text.0),
                (Some(TagField::Title), title.0),
                (Some(TagField::Url), url.0),
            ],
        };
        let patterns =
            patterns.into_iter().flat_map(|(field, list)| list.into_iter().map(move |p| (field, p)));
        for (field, Pattern(pattern)) in patterns {
            let rule = TagRule { tag: tag.clone(), field, pattern };
            Rules::new(&RedactionSettings::default(), std::slice::from_ref(&rule))
                .map_err(|e| values::at(&setting.origin, e))?;
            rules.push(rule);
        }
    }
    Ok(rules)
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
