//! Tags by rule: what an event's fields say makes it belong to a project, a client, a kind of work.
//!
//! A load and `tags apply` use the same rules, so that both set the same tags. Not here: tags from sources; those are
//! marked separately, and no rule removes them.

use regex::Regex;
use workhours_base::error::{Error, Result};

/// A field that a rule may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagField {
    /// The address.
    Url,
    /// The line that names it.
    Title,
    /// The content.
    Text,
    /// The source type.
    Source,
}

impl TagField {
    /// All of them, in order of their documentation.
    pub const ALL: [Self; 4] = [Self::Url, Self::Title, Self::Text, Self::Source];

    /// The word in the config.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Title => "title",
            Self::Text => "text",
            Self::Source => "source",
        }
    }
}

/// One rule as the user wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagRule {
    /// Its tag.
    pub tag: String,
    /// The field it searches; `None` means all.
    pub field: Option<TagField>,
    /// A regular expression.
    pub pattern: String,
}

/// The text to check, redacted as it is stored.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taggable<'e> {
    /// The address.
    pub url: &'e str,
    /// The line that names it.
    pub title: &'e str,
    /// The content.
    pub text: &'e str,
    /// The source type.
    pub source: &'e str,
}

impl<'e> Taggable<'e> {
    fn field(&self, field: TagField) -> &'e str {
        match field {
            TagField::Url => self.url,
            TagField::Title => self.title,
            TagField::Text => self.text,
            TagField::Source => self.source,
        }
    }
}

/// The rules, compiled.
#[derive(Debug, Default)]
pub struct Tagger {
    rules: Vec<(String, Option<TagField>, Regex)>,
}

impl Tagger {
    /// From the user's rules.
    ///
    /// # Errors
    /// When a pattern is invalid; says which.
    pub fn new(rules: &[TagRule]) -> Result<Self> {
        let compile = |rule: &TagRule| {
            let pattern = Regex::new(&rule.pattern).map_err(|e| {
                Error::usage(format!(
                    "the rule for the tag {} is not a valid regular expression: {e}",
                    rule.tag
                ))
            })?;
            Ok((rule.tag.clone(), rule.field, pattern))
        };
        Ok(Self { rules: rules.iter().map(compile).collect::<Result<_>>()? })
    }

    /// Whether there are no rules.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The tags by rule, each once, in the order of the rules.
    pub fn tags<'t>(&'t self, event: &Taggable<'_>) -> Vec<&'t str> {
        let mut tags: Vec<&str> = Vec::new();
        for (tag, field, pattern) in &self.rules {
            let fields = TagField::ALL.iter().filter(|f| field.is_none_or(|wanted| wanted == **f));
            if !tags.contains(&tag.as_str()) && fields.into_iter().any(|f| pattern.is_match(event.field(*f)))
            {
                tags.push(tag);
            }
        }
        tags
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_rule_looks_where_it_is_told_to() {
        let rule =
            |tag: &str, field, pattern: &str| TagRule { tag: tag.into(), field, pattern: pattern.into() };
        let tagger = Tagger::new(&[
            rule("acme", None, "(?i)acme"),
            rule("mail", Some(TagField::Url), "mail"),
            rule("acme", Some(TagField::Text), "never twice|wiki"),
            rule("shell", Some(TagField::Source), r"^log\.shell$"),
        ])
        .unwrap();
        let event = Taggable { url: "https://x/", title: "ACME mail", text: "wiki", source: "log.shell" };
        assert_eq!(tagger.tags(&event), ["acme", "shell"]);
        assert!(tagger.tags(&Taggable::default()).is_empty());
        assert!(Tagger::new(&[rule("bad", None, "(")]).unwrap_err().to_string().contains("tag bad"));
    }
}
