//! Finished, escaped markup: tables and charts of core. Templates put in only this without escaping, with the helper
//! `put`, which takes nothing else: texts are always escaped.

use serde::Serialize;

/// Finished markup. In a template's values it is an object, which no text can be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Markup {
    markup: String,
}

impl Markup {
    /// From escaped text.
    pub(crate) fn finished(markup: String) -> Self {
        Self { markup }
    }

    /// The content of a template's value, if it is markup.
    pub(crate) fn of(value: &serde_json::Value) -> Option<&str> {
        value.get("markup")?.as_str()
    }
}
