//! Markup that is finished and escaped already: what core draws. It is the only thing templates put in without escaping
//! it, by the helper `put`, which takes nothing else: texts are texts, whatever is in them.

use serde::Serialize;

/// Finished markup. In a template's values it is an object, which no text can be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Markup {
    markup: String,
}

impl Markup {
    /// Of what is escaped.
    pub(crate) fn finished(markup: String) -> Self {
        Self { markup }
    }

    /// What a template's value holds, if it is one.
    pub(crate) fn of(value: &serde_json::Value) -> Option<&str> {
        value.get("markup")?.as_str()
    }
}
