//! Finds the elements of a large JSON array or the members of an object without reading them.
//!
//! Not a parser: it follows brackets and strings; the caller reads the elements.

/// Index of the first byte from `at` on that isn't white space.
pub(crate) fn skip_blank(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(rest.len())
}

/// Index after the value that begins at `at`; `None` if the input ends within it.
pub(crate) fn value_end(bytes: &[u8], at: usize) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (i, byte) in bytes.iter().enumerate().skip(at) {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => continue,
            }
            if !quoted && depth == 0 {
                return Some(i + 1);
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' if depth > 1 => depth -= 1,
            b']' | b'}' if depth == 1 => return Some(i + 1),
            // The end of what holds a number or a word.
            b']' | b'}' | b',' if depth == 0 => return Some(i),
            _ => {}
        }
    }
    None
}

/// An element of an array: its position, and whether it is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) whole: bool,
}

/// Iterator over the elements of the array whose `[` is at `at`.
pub(crate) struct Elements<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Elements<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at: at + 1 }
    }
}

impl Iterator for Elements<'_> {
    type Item = Element;

    fn next(&mut self) -> Option<Element> {
        let mut from = skip_blank(self.bytes, self.at);
        while self.bytes.get(from) == Some(&b',') {
            from = skip_blank(self.bytes, from + 1);
        }
        if matches!(self.bytes.get(from), None | Some(b']' | b'}')) {
            return None;
        }
        let end = value_end(self.bytes, from);
        let to = end.unwrap_or(self.bytes.len());
        self.at = to;
        let text = self.bytes.get(from..to).unwrap_or_default();
        Some(Element { from, to: from + text.trim_ascii_end().len(), whole: end.is_some() })
    }
}

/// Iterator over the members of the object whose `{` is at `at`: the name in its quotes, and where its value begins.
pub(crate) struct Members<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Members<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at: at + 1 }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a [u8], usize);

    fn next(&mut self) -> Option<(&'a [u8], usize)> {
        let mut from = skip_blank(self.bytes, self.at);
        if self.bytes.get(from) == Some(&b',') {
            from = skip_blank(self.bytes, from + 1);
        }
        if self.bytes.get(from) != Some(&b'"') {
            return None;
        }
        let name_end = value_end(self.bytes, from)?;
        let colon = skip_blank(self.bytes, name_end);
        if self.bytes.get(colon) != Some(&b':') {
            return None;
        }
        let value = skip_blank(self.bytes, colon + 1);
        self.at = value_end(self.bytes, value).unwrap_or(self.bytes.len());
        Some((self.bytes.get(from..name_end)?, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_and_members() {
        let text = br#"{"a": {"x": "]}\""}, "b": [ {"n": [1]}, "s,", 12 , null, {"cut": "]" "#;
        let members: Vec<_> = Members::new(text, 0).collect();
        assert_eq!(members.iter().map(|m| m.0).collect::<Vec<_>>(), [&b"\"a\""[..], b"\"b\""]);
        let found: Vec<_> =
            Elements::new(text, members[1].1).map(|e| (&text[e.from..e.to], e.whole)).collect();
        let want = [
            (&br#"{"n": [1]}"#[..], true),
            (b"\"s,\"", true),
            (b"12", true),
            (b"null", true),
            (br#"{"cut": "]""#, false),
        ];
        assert_eq!(found, want);
    }
}
