//! The login in a log message, its fields of an event, and helpers for splitting text.
//!
//! Not for any program's messages: those are `sshd`, `dropbear`, `raised` and `authmsg`.

use workhours_plugin_api::{Attr, Text, Value, civil};

/// The facts of a message. Missing ones are empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts<'a> {
    pub(crate) kind: &'static str,
    /// The user who acted, or tried to.
    pub(crate) user: &'a [u8],
    /// Granted or not; `None` when that is not the question.
    pub(crate) granted: Option<bool>,
    /// Text by the name of its attribute.
    pub(crate) text: [(&'static str, &'a [u8]); 6],
    pub(crate) used: usize,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(kind: &'static str, user: &'a [u8], granted: Option<bool>) -> Self {
        Self { kind, user, granted, text: [("", b""); 6], used: 0 }
    }

    pub(crate) fn with(mut self, key: &'static str, value: &'a [u8]) -> Self {
        if let Some(slot) = self.text.get_mut(self.used).filter(|_| !value.is_empty()) {
            *slot = (key, value);
            self.used += 1;
        }
        self
    }

    /// The address and port of `192.0.2.1 port 22 …`.
    pub(crate) fn from(self, source: &'a [u8]) -> Self {
        let (address, rest) = word(source);
        let address = address.strip_suffix(b",").unwrap_or(address);
        let address = address.strip_suffix(b":").filter(|a| !a.ends_with(b":")).unwrap_or(address);
        let port = rest.strip_prefix(b"port ").map_or(&b""[..], |rest| number(rest));
        self.with("source", address).with("source_port", port)
    }

    /// The other end: where the login came from, if that can be a machine.
    pub(crate) fn peer(&self) -> Text<'a> {
        let source = self.text.iter().find(|(key, _)| *key == "source").map_or(&b""[..], |(_, value)| value);
        Text(if is_machine(source) { source } else { b"" })
    }

    /// All but kind and user, in the order in which they are shown.
    pub(crate) fn attrs(&self) -> impl Iterator<Item = Attr<'a>> {
        let result = self.granted.map(|granted| if granted { "granted" } else { "refused" });
        let result = result.map(|result| Attr { key: "result", value: Value::Str(result.into()) });
        let text = self.text.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| {
            let number = (key == "source_port").then(|| civil::digits(value)).flatten();
            Attr { key, value: number.map_or(Value::Str(Text(value)), |n| Value::Int(n.into())) }
        });
        result.into_iter().chain(text)
    }
}

/// Whether a word can name a machine: a name or an address, and no display (`:0`), terminal or path.
pub(crate) fn is_machine(word: &[u8]) -> bool {
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || *b >= 0x80 || b".-_:%@/".contains(b);
    let is_display = word.starts_with(b":") && !word.starts_with(b"::");
    let is_open = word.ends_with(b":") && !word.ends_with(b"::");
    word.iter().all(allowed)
        && word.iter().any(|b| b.is_ascii_alphanumeric() || *b >= 0x80)
        && !is_display
        && !is_open
        && !word.starts_with(b"/")
        && word != b"UNKNOWN"
}

/// The value of ` key=value`, which ends at a space.
pub(crate) fn pair<'a>(text: &'a [u8], key: &[u8]) -> &'a [u8] {
    lcut(text, key).map_or(&b""[..], |(_, rest)| word(rest).0)
}

/// Without the quotes around it, if there are any.
pub(crate) fn unquoted(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"'").and_then(|t| t.strip_suffix(b"'")).unwrap_or(text)
}

/// Before and after the first `mark`.
pub(crate) fn lcut<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    memchr::memmem::find(text, mark).map(|i| (&text[..i], &text[i + mark.len()..]))
}

/// Before and after the last `mark`.
pub(crate) fn rcut<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    memchr::memmem::rfind(text, mark).map(|i| (&text[..i], &text[i + mark.len()..]))
}

pub(crate) fn after_any<'a>(text: &'a [u8], starts: &[&[u8]]) -> Option<&'a [u8]> {
    starts.iter().find_map(|start| text.strip_prefix(*start))
}

/// The first word, and what follows it.
pub(crate) fn word(text: &[u8]) -> (&[u8], &[u8]) {
    lcut(text, b" ").unwrap_or((text, b""))
}

pub(crate) fn number(text: &[u8]) -> &[u8] {
    &text[..text.iter().take_while(|b| b.is_ascii_digit()).count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines() {
        for yes in ["mill", "192.0.2.1", "2001:db8::9", "::1", "fe80::1%eth0", "mill.example", "m_1-x"] {
            assert!(is_machine(yes.as_bytes()), "{yes}");
        }
        for no in
            ["", ":0", ":pts/0:S.0", "/dev/tty1", "UNKNOWN", "[main]", "tmux(12).%0", "mill:", "--", "<none>"]
        {
            assert!(!is_machine(no.as_bytes()), "{no}");
        }
    }
}
