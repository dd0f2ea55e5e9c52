//! What a log message says about a login, and the cutting of text it is found by.
//!
//! Not for any program's messages: those are `sshd` and `authmsg`.

/// The facts of a message. What is empty it does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts<'a> {
    pub(crate) kind: &'static str,
    /// Who acted, or tried to.
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
        let address = address.strip_suffix(b":").filter(|a| !a.ends_with(b":")).unwrap_or(address);
        let port = rest.strip_prefix(b"port ").map_or(&b""[..], |rest| number(rest));
        self.with("source", address).with("source_port", port)
    }
}

/// The value of ` key=value`, which ends at a space.
pub(crate) fn pair<'a>(text: &'a [u8], key: &[u8]) -> &'a [u8] {
    lcut(text, key).map_or(&b""[..], |(_, rest)| word(rest).0)
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
