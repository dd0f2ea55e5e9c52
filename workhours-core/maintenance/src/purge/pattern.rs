//! The pattern of a purge, for texts and bytes.

use regex::Regex;
use regex::bytes::Regex as Bytes;
use serde_json::Value;
use workhours_base::error::{Error, Result};
use workhours_event::StoredEvent;
use workhours_store::TextPattern;

/// A regular expression or a plain text.
pub struct Pattern {
    pub(super) text: Regex,
    pub(super) bytes: Bytes,
}

impl Pattern {
    /// Reads a regular expression, or with `literal` takes the text as it is.
    ///
    /// # Errors
    /// A usage error when it is invalid, or would match everything.
    pub fn new(pattern: &str, literal: bool) -> Result<Self> {
        let pattern = if literal { regex::escape(pattern) } else { pattern.to_owned() };
        let wrong = |e: &dyn std::fmt::Display| {
            Error::usage(format!("the pattern is not a valid regular expression: {e}"))
        };
        let text = Regex::new(&pattern).map_err(|e| wrong(&e))?;
        let bytes = Bytes::new(&pattern).map_err(|e| wrong(&e))?;
        if text.is_match("") {
            return Err(Error::usage("the pattern matches everything")
                .hint("to remove an input with all its events: workhours inputs remove ID"));
        }
        Ok(Self { text, bytes })
    }

    /// Whether one of an event's texts matches.
    pub(super) fn in_event(&self, e: &StoredEvent) -> bool {
        let fields = [&e.url, &e.referrer, &e.agent, &e.title, &e.text, &e.host, &e.peer, &e.user, &e.meta];
        fields.into_iter().flatten().any(|text| self.text.is_match(text))
            || e.tags.iter().any(|tag| self.text.is_match(tag))
            // Quotes and control characters are escaped there.
            || e.meta.as_ref().is_some_and(|meta| meta.contains('\\') && self.in_json(meta))
    }

    fn in_json(&self, text: &str) -> bool {
        let Ok(Value::Object(values)) = serde_json::from_str(text) else { return false };
        values.values().filter_map(Value::as_str).any(|text| self.text.is_match(text))
    }

    /// Identifies an unfinished purge of this pattern. Too short to guess a secret by.
    pub(super) fn mark(&self) -> String {
        let hash = blake3::derive_key("workhours 2026-11 purge mark", self.text.as_str().as_bytes());
        hash[..4].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl TextPattern for Pattern {
    fn is_in(&self, bytes: &[u8]) -> bool {
        self.bytes.is_match(bytes)
    }

    fn cut(&self, text: &str) -> String {
        self.text.replace_all(text, "").into_owned()
    }
}
