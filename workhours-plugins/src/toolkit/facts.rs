//! The attributes of an event, in order; absent ones are left out.
//!
//! Not a map: the source ensures that keys are unique.

use workhours_plugin_api::{Attr, Text, Value};

/// Attrs being collected.
#[derive(Default)]
pub(crate) struct Facts<'a>(pub(crate) Vec<Attr<'a>>);

impl<'a> Facts<'a> {
    pub(crate) fn text(&mut self, key: &'static str, text: &'a [u8]) {
        if !text.is_empty() {
            self.0.push(Attr { key, value: Value::Str(Text(text)) });
        }
    }

    pub(crate) fn int(&mut self, key: &'static str, number: Option<i64>) {
        if let Some(number) = number {
            self.0.push(Attr { key, value: Value::Int(number) });
        }
    }

    /// Only unusual values are recorded: nothing is added unless `is_so`.
    pub(crate) fn flag(&mut self, key: &'static str, value: bool, is_so: bool) {
        if is_so {
            self.0.push(Attr { key, value: Value::Bool(value) });
        }
    }
}
