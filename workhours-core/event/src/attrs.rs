//! Attributes of an event as JSON, with secrets hidden, and their meaning for appointments.

use super::scratch::Scratch;
use super::{Redactor, host_flags};
use std::fmt::Write as _;
use workhours_plugin_api::{Attr, Text, Value};

/// Remembers which names of attributes are those of secrets: the attributes of a log have the same names on every line.
#[derive(Default)]
pub(super) struct FieldNames {
    /// Those of the last event, in its order.
    last: Vec<(Box<str>, bool)>,
}

impl FieldNames {
    /// Whether it is one; it is the `n`-th of its event.
    pub(super) fn is_secret(&mut self, n: usize, name: &str, redactor: &Redactor) -> bool {
        if let Some((_, secret)) = self.last.get(n).filter(|(last, _)| **last == *name) {
            return *secret;
        }
        let secret = redactor.is_secret_name(name);
        match self.last.get_mut(n) {
            Some(last) => *last = (name.into(), secret),
            None => self.last.push((name.into(), secret)),
        }
        secret
    }
}

/// Adds an attribute; `named` when its name may say that it is a secret.
pub(super) fn put_attr(
    meta: &mut String,
    attr: &Attr<'_>,
    named: bool,
    scratch: &mut Scratch,
    redactor: &Redactor,
    flags: &mut u32,
) {
    let mut digits = String::new();
    let value = match attr.value {
        Value::Str(text) => {
            let clean = match named {
                true => scratch.clean_field(attr.key, text.0, redactor, flags),
                false => scratch.clean(text.0, redactor, flags),
            };
            match clean {
                Some(text) => Some(text),
                None => return,
            }
        }
        // A secret may be a number: then a mark in its place is a text.
        Value::Int(number) if named => {
            let _ = write!(digits, "{number}");
            let clean = redactor.redact_field(attr.key, &digits, &mut scratch.redacted);
            let hidden = !std::ptr::eq(clean, digits.as_str());
            *flags |= if hidden { host_flags::REDACTED } else { 0 };
            hidden.then_some(clean)
        }
        _ => None,
    };
    meta.push(if meta.is_empty() { '{' } else { ',' });
    put_json_text(meta, attr.key);
    meta.push(':');
    if let Some(text) = value {
        put_json_text(meta, text);
        return;
    }
    // Writing to a String cannot fail.
    let _ = match attr.value {
        Value::Str(_) => write!(meta, "\"\""),
        Value::Int(n) => write!(meta, "{n}"),
        Value::Float(x) if x.is_finite() => write!(meta, "{x}"),
        Value::Float(_) => write!(meta, "null"),
        Value::Bool(yes) => write!(meta, "{yes}"),
    };
}

/// An attribute's meaning for an appointment: RFC 5545's `STATUS`, `TRANSP` and `PARTSTAT`.
pub(super) fn appointment(attr: &Attr<'_>) -> u32 {
    let Value::Str(Text(value)) = attr.value else { return 0 };
    match attr.key {
        "status" if value.eq_ignore_ascii_case(b"CANCELLED") => host_flags::CANCELLED,
        "transp" if value.eq_ignore_ascii_case(b"TRANSPARENT") => host_flags::FREE,
        "attendees" if value.windows(9).any(|nine| nine.eq_ignore_ascii_case(b"=DECLINED")) => {
            host_flags::DECLINED
        }
        _ => 0,
    }
}

fn put_json_text(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(i) = rest.bytes().position(|b| b < 0x20 || b == b'"' || b == b'\\') {
        out.push_str(&rest[..i]);
        let byte = rest.as_bytes()[i];
        let _ = match byte {
            b'"' | b'\\' => write!(out, "\\{}", byte as char),
            b'\n' => write!(out, "\\n"),
            b'\t' => write!(out, "\\t"),
            _ => write!(out, "\\u{byte:04x}"),
        };
        rest = &rest[i + 1..];
    }
    out.push_str(rest);
    out.push('"');
}
