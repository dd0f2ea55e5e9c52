//! Content lines of iCalendar (RFC 5545, section 3.1): unfolded, and cut into name, parameters and value.
//!
//! Not a validator: a line that breaks the grammar is `None` here, and its reader decides what that means.

use memchr::memchr2;
use std::borrow::Cow;
use workhours_plugin_api::MAX_RECORD_BYTES;

/// A line after unfolding.
#[derive(Debug)]
pub(crate) struct ContentLine<'a> {
    pub(crate) offset: usize,
    /// The end of its last byte, without the line end.
    pub(crate) end: usize,
    pub(crate) line: u64,
    pub(crate) text: Cow<'a, [u8]>,
}

/// Iterator over the lines of a calendar that are not blank.
pub(crate) struct ContentLines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> ContentLines<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let at = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Self { bytes, at, line: 1 }
    }

    /// The next line as it is in the file: ends are CR LF, LF, CR, and the result of broken tools (CR CR LF).
    fn physical(&mut self) -> Option<(usize, &'a [u8])> {
        let from = self.at;
        let rest = self.bytes.get(from..).filter(|r| !r.is_empty())?;
        let len = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let returns = rest[len..].iter().take_while(|b| **b == b'\r').count();
        let feed = rest.get(len + returns) == Some(&b'\n');
        self.at = from + len + returns + feed as usize;
        self.line += 1;
        Some((from, &rest[..len]))
    }

    fn folded_line_follows(&self) -> bool {
        matches!(self.bytes.get(self.at), Some(b' ' | b'\t'))
    }
}

impl<'a> Iterator for ContentLines<'a> {
    type Item = ContentLine<'a>;

    fn next(&mut self) -> Option<ContentLine<'a>> {
        loop {
            let line = self.line;
            let (offset, first) = self.physical()?;
            let mut text = Cow::Borrowed(first);
            let mut end = offset + first.len();
            if first.trim_ascii().is_empty() {
                continue;
            }
            while self.folded_line_follows() {
                let Some((from, more)) = self.physical() else { break };
                end = from + more.len();
                if text.len() + more.len() <= MAX_RECORD_BYTES {
                    text.to_mut().extend_from_slice(more.get(1..).unwrap_or_default());
                }
            }
            return Some(ContentLine { offset, end, line, text });
        }
    }
}

/// `name;parameter=value:value`
#[derive(Clone, Copy, Debug)]
pub(crate) struct Property<'a> {
    pub(crate) name: &'a [u8],
    parameters: &'a [u8],
    pub(crate) value: &'a [u8],
}

impl<'a> Property<'a> {
    /// Cuts a line at its first `;` and its first `:` outside of quotes.
    pub(crate) fn read(line: &'a [u8]) -> Option<Self> {
        let name_end = line.iter().position(|b| matches!(b, b';' | b':'))?;
        let (name, rest) = line.split_at(name_end);
        let mut quoted = false;
        let colon = rest.iter().position(|b| {
            quoted ^= *b == b'"';
            *b == b':' && !quoted
        })?;
        let is_name =
            |n: &[u8]| n.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        let name = name.trim_ascii();
        (!name.is_empty() && is_name(name)).then_some(Self {
            // RFC 6350 allows a group before the name, and some calendars have taken it over.
            name: name.rsplit(|b| *b == b'.').next().unwrap_or(name),
            parameters: rest.get(1..colon).unwrap_or_default(),
            value: &rest[colon + 1..],
        })
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The value of a parameter without its quotes; empty when absent.
    pub(crate) fn parameter(&self, name: &str) -> &'a [u8] {
        let mut quoted = false;
        let parts = self.parameters.split(|b| {
            quoted ^= *b == b'"';
            *b == b';' && !quoted
        });
        for part in parts {
            let Some(at) = part.iter().position(|b| *b == b'=') else { continue };
            if part[..at].trim_ascii().eq_ignore_ascii_case(name.as_bytes()) {
                let value = part[at + 1..].trim_ascii();
                return value.strip_prefix(b"\"").and_then(|v| v.strip_suffix(b"\"")).unwrap_or(value);
            }
        }
        b""
    }
}

/// A text value: `\n`, `\,`, `\;` and `\\` replaced.
pub(crate) fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => match bytes.next() {
                Some(b'n' | b'N') => out.push(b'\n'),
                Some(other @ (b'\\' | b',' | b';' | b':' | b'"')) => out.push(*other),
                Some(other) => out.extend_from_slice(&[b'\\', *other]),
                None => out.push(b'\\'),
            },
            byte => out.push(*byte),
        }
    }
    out
}

/// The parts of a list of text values, still escaped.
pub(crate) fn list(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut escaped = false;
    text.split(move |b| {
        let separates = *b == b',' && !escaped;
        escaped = *b == b'\\' && !escaped;
        separates
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_and_ends() {
        let text = b"\xef\xbb\xbfA:1\r\n 2\n\t3\r\r\nB:4\rC:5\n\n D:6";
        let lines: Vec<_> = ContentLines::new(text).map(|l| l.text.into_owned()).collect();
        assert_eq!(lines, [&b"A:123"[..], b"B:4", b"C:5", b" D:6"]);
    }

    #[test]
    fn properties() {
        let p = Property::read(b"DTSTART;;TZID=\"A:B;C\";VALUE=DATE:20240101").unwrap();
        assert_eq!(
            (p.parameter("tzid"), p.parameter("VALUE"), p.value),
            (&b"A:B;C"[..], &b"DATE"[..], &b"20240101"[..])
        );
        assert!(Property::read(b"no colon").is_none() && Property::read(b"A;B=\"x:y").is_none());
        assert_eq!(unescape(br"a\, b\;\nc\\n\x"), b"a, b;\nc\\n\\x");
        assert_eq!(list(br"a\,b,c\\,d").collect::<Vec<_>>(), [&br"a\,b"[..], br"c\\", b"d"]);
    }
}
