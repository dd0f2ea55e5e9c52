//! The value of a JSON string, without its escapes.

use std::borrow::Cow;

/// The text of a string; an escape that is none stays, half a surrogate pair becomes U+FFFD.
pub(crate) fn unescaped(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'\\', text) else { return Cow::Borrowed(text) };
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut at = first;
    loop {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        let Some((letter, after)) = rest.split_first() else { break };
        let byte = match letter {
            b'"' | b'\\' | b'/' => *letter,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let (c, taken) = code_point(after);
                let mut room = [0; 4];
                out.extend_from_slice(c.encode_utf8(&mut room).as_bytes());
                rest = after.get(taken..).unwrap_or_default();
                match memchr::memchr(b'\\', rest) {
                    Some(next) => at = next,
                    None => break,
                }
                continue;
            }
            _ => {
                out.push(b'\\');
                *letter
            }
        };
        out.push(byte);
        rest = after;
        match memchr::memchr(b'\\', rest) {
            Some(next) => at = next,
            None => break,
        }
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// The character after `\u`, and how many bytes it took.
fn code_point(text: &[u8]) -> (char, usize) {
    let unit = |text: &[u8]| {
        let digits = std::str::from_utf8(text.get(..4)?).ok()?;
        if digits.starts_with('+') { None } else { u16::from_str_radix(digits, 16).ok() }
    };
    let Some(first) = unit(text) else { return (char::REPLACEMENT_CHARACTER, 0) };
    let second = text.get(4..).and_then(|t| t.strip_prefix(b"\\u")).and_then(unit);
    let mut pair = char::decode_utf16([first].into_iter().chain(second));
    match pair.next() {
        Some(Ok(c)) if c.len_utf16() == 2 => (c, 10),
        Some(Ok(c)) => (c, 4),
        _ => (char::REPLACEMENT_CHARACTER, 4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        for (text, want) in [
            (r#"a\"b\\\/\u00e9"#, "a\"b\\/é"),
            (r"\ud83d\ude00!", "😀!"),
            (r"\ud83dx", "\u{fffd}x"),
            (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
            (r"\u12", "\u{fffd}12"),
            (r"\q", r"\q"),
        ] {
            assert_eq!(unescaped(text.as_bytes()), want.as_bytes(), "{text}");
        }
    }
}
