//! Quotes and separators, however they are written: plain, escaped for a shell or JSON, percent-encoded once or more.

/// A character as written in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Symbol {
    /// Its meaning.
    pub(super) is: u8,
    /// Bytes it takes.
    pub(super) len: usize,
    /// How often it is encoded.
    pub(super) depth: u8,
}

/// HTML entities and JSON escapes for separators.
const ENTITIES: [(&str, u8); 8] = [
    ("&quot;", b'"'),
    ("&#34;", b'"'),
    ("&#39;", b'\''),
    ("&amp;", b'&'),
    ("\\u0026", b'&'),
    ("\\u003d", b'='),
    ("&lt;", b'<'),
    ("&gt;", b'>'),
];

/// The character at a place; nothing at the end.
pub(super) fn symbol(text: &[u8], at: usize) -> Option<Symbol> {
    let rest = text.get(at..)?;
    let plain = Symbol { is: *rest.first()?, len: 1, depth: 0 };
    Some(match plain.is {
        b'%' => encoded(rest).unwrap_or(plain),
        b'\\' if matches!(rest.get(1), Some(b'"' | b'\'')) => Symbol { is: rest[1], len: 2, depth: 1 },
        b'\\' if rest.starts_with(b"\\\\\"") => Symbol { is: b'"', len: 3, depth: 2 },
        b'&' | b'\\' => ENTITIES
            .iter()
            .find(|(entity, _)| rest.starts_with(entity.as_bytes()))
            .map_or(plain, |(entity, is)| Symbol { is: *is, len: entity.len(), depth: 1 }),
        _ => plain,
    })
}

/// `%3D`, `%253D` and so on.
pub(super) fn encoded(rest: &[u8]) -> Option<Symbol> {
    let (mut len, mut depth) = (1, 1);
    loop {
        let code = hex(rest.get(len..len + 2)?)?;
        len += 2;
        if code != b'%' || rest.get(len..len + 2).and_then(hex).is_none() || depth == 4 {
            return Some(Symbol { is: code, len, depth });
        }
        depth += 1;
    }
}

fn hex(two: &[u8]) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16);
    Some((digit(two[0])? * 16 + digit(two[1])?) as u8)
}

#[cfg(test)]
mod tests {
    use super::symbol;

    #[test]
    fn a_quote_is_one_however_it_is_written() {
        for (text, depth) in [("\"", 0), ("\\\"", 1), ("%22", 1), ("%2522", 2), ("%252522", 3), ("&quot;", 1)]
        {
            let found = symbol(text.as_bytes(), 0).unwrap();
            assert_eq!((found.is, found.len, found.depth), (b'"', text.len(), depth), "{text}");
        }
        for text in ["%", "%2", "%zz", "é", "\\"] {
            assert_eq!(symbol(text.as_bytes(), 0).unwrap().len, 1, "{text}");
        }
        assert!(symbol(b"", 0).is_none());
    }
}
