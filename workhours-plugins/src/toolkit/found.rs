//! The values of one record, on its way to becoming an event.

use crate::toolkit::moments::Hint;
use crate::toolkit::roles::{ROLES, Role};
use std::borrow::Cow;
use workhours_plugin_api::{Attr, RowFlags, Text, Value};

/// The values found in one record.
#[derive(Debug, Default)]
pub(crate) struct Found<'a> {
    values: [Cow<'a, [u8]>; ROLES],
    /// Tags that the format itself separates.
    pub(crate) tags: Vec<Cow<'a, [u8]>>,
    /// All other values.
    pub(crate) attrs: Vec<Extra<'a>>,
    /// What the other values in their columns show about the date and the end.
    pub(crate) hints: [Hint; 2],
    /// The unit of a number in the duration, if its name has one.
    pub(crate) duration_ns: Option<i128>,
    /// Remarks on how it was read.
    pub(crate) flags: RowFlags,
    /// The whole record as text, where that is not its bytes.
    pub(crate) whole: Option<Cow<'a, [u8]>>,
    /// Key, host and user as they are in the input, if they are shown differently.
    pub(crate) hashed: Option<[Vec<u8>; 3]>,
}

impl<'a> Found<'a> {
    /// The value of a field; empty when there is none.
    pub(crate) fn get(&self, role: Role) -> &[u8] {
        &self.values[role as usize]
    }

    /// Replaces a value.
    pub(crate) fn set(&mut self, role: Role, value: Cow<'a, [u8]>) {
        self.values[role as usize] = value;
    }

    /// Stores the record's identity from before its text was decoded.
    pub(crate) fn hash_as(&mut self, undecoded: &Found<'_>) {
        if !undecoded.get(Role::Key).is_empty() {
            self.hashed = Some([Role::Key, Role::Host, Role::User].map(|role| undecoded.get(role).to_vec()));
        }
    }

    /// Adds lines to the text.
    pub(crate) fn continue_text(&mut self, lines: &[u8]) {
        if !lines.is_empty() {
            let text = self.values[Role::Text as usize].to_mut();
            if !text.is_empty() {
                text.push(b'\n');
            }
            text.extend_from_slice(lines);
        }
    }

    /// Appends to the existing text, after a space.
    pub(crate) fn add(&mut self, role: Role, value: Cow<'a, [u8]>) {
        let slot = &mut self.values[role as usize];
        if slot.is_empty() {
            *slot = value;
        } else if !value.is_empty() {
            let joined = slot.to_mut();
            joined.push(b' ');
            joined.extend_from_slice(&value);
        }
    }
}

/// An attribute in the making.
#[derive(Debug)]
pub(crate) struct Extra<'a> {
    pub(crate) key: Cow<'a, str>,
    pub(crate) value: Held<'a>,
}

/// Its value.
#[derive(Debug)]
pub(crate) enum Held<'a> {
    Str(Cow<'a, [u8]>),
    Int(i64),
    Float(f64),
    Bool(bool),
}

impl Extra<'_> {
    /// As the event shows it.
    pub(crate) fn attr(&self) -> Attr<'_> {
        let value = match &self.value {
            Held::Str(text) => Value::Str(Text(text)),
            Held::Int(n) => Value::Int(*n),
            Held::Float(n) => Value::Float(*n),
            Held::Bool(b) => Value::Bool(*b),
        };
        Attr { key: &self.key, value }
    }
}
