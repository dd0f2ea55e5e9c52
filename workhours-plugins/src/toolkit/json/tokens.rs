//! Cuts a JSON document into tokens, without recursion: a document may be as deep as it likes.
//!
//! Tokens are as in the document; `text` and `number` read one. Not a tree (see `json_tree`), and doesn't validate
//! numbers.

use std::borrow::Cow;

/// A piece of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// `{` or `[`.
    Open(Bracket),
    /// The end of the innermost object or list.
    Close,
    /// The name of a member, with its quotes.
    Name(&'a [u8]),
    /// A string with its quotes, a number or a word.
    Scalar(&'a [u8]),
}

/// The enclosing kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bracket {
    Object,
    Array,
}

/// Why a document cannot be read on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) at: usize,
    pub(crate) why: &'static str,
}

/// The tokens that may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    /// The first value or name in brackets, or their end.
    First,
    Name,
    /// A comma, or the end of the innermost object or list.
    After,
}

/// Reads a document from its start to its end.
pub(crate) struct Tokens<'a> {
    bytes: &'a [u8],
    pub(crate) at: usize,
    open: Vec<Bracket>,
    next: Next,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, open: Vec::new(), next: Next::Value }
    }

    /// The next token and its position; none at the end of the document.
    pub(crate) fn next(&mut self) -> Result<Option<(usize, Token<'a>)>, Broken> {
        self.skip_blanks();
        if self.next == Next::After {
            match (self.open.last(), self.peek()) {
                (None, None) => return Ok(None),
                (None, Some(_)) => return self.broken("the end was expected"),
                (Some(bracket), Some(b',')) => {
                    self.next = if *bracket == Bracket::Object { Next::Name } else { Next::Value };
                    self.at += 1;
                    self.skip_blanks();
                }
                _ => {}
            }
        }
        let (at, Some(byte)) = (self.at, self.peek()) else {
            return self.broken("the document is cut");
        };
        let inside = self.open.last().copied();
        let token = match (byte, self.next, inside) {
            (b'}', Next::First | Next::After, Some(Bracket::Object))
            | (b']', Next::First | Next::After, Some(Bracket::Array)) => {
                self.at += 1;
                self.open.pop();
                self.next = Next::After;
                Token::Close
            }
            (_, Next::After, _) => return self.broken("a comma or a closing bracket was expected"),
            (b'"', Next::First | Next::Name, Some(Bracket::Object)) => {
                let name = self.string()?;
                self.skip_blanks();
                if self.peek() != Some(b':') {
                    return self.broken("a colon was expected");
                }
                self.at += 1;
                self.next = Next::Value;
                Token::Name(name)
            }
            (_, Next::First | Next::Name, Some(Bracket::Object)) => {
                return self.broken("the name of a member was expected");
            }
            (b'{' | b'[', ..) => {
                let bracket = if byte == b'{' { Bracket::Object } else { Bracket::Array };
                self.at += 1;
                self.open.push(bracket);
                self.next = Next::First;
                Token::Open(bracket)
            }
            (b'"', ..) => {
                self.next = Next::After;
                Token::Scalar(self.string()?)
            }
            _ => {
                self.next = Next::After;
                Token::Scalar(self.word()?)
            }
        };
        Ok(Some((at, token)))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn broken<T>(&self, why: &'static str) -> Result<T, Broken> {
        Err(Broken { at: self.at, why })
    }

    fn string(&mut self) -> Result<&'a [u8], Broken> {
        let from = self.at;
        self.at += 1;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            match memchr::memchr2(b'"', b'\\', rest) {
                None => {
                    self.at = self.bytes.len();
                    return self.broken("the document is cut within a string");
                }
                Some(n) if rest.get(n) == Some(&b'"') => {
                    self.at += n + 1;
                    return Ok(self.bytes.get(from..self.at).unwrap_or_default());
                }
                Some(n) => self.at += n + 2,
            }
        }
    }

    fn word(&mut self) -> Result<&'a [u8], Broken> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let part = |b: &u8| b.is_ascii_alphanumeric() || b"+-.".contains(b);
        let len = rest.iter().position(|b| !part(b)).unwrap_or(rest.len());
        if len == 0 {
            return self.broken("a value was expected");
        }
        self.at += len;
        Ok(rest.get(..len).unwrap_or_default())
    }
}

/// The text of a string token; nothing for other tokens. An invalid escape stays as it is.
pub(crate) fn text(token: &[u8]) -> Cow<'_, [u8]> {
    let Some(inner) = token.strip_prefix(b"\"").and_then(|t| t.strip_suffix(b"\"")) else {
        return Cow::Borrowed(b"");
    };
    if memchr::memchr(b'\\', inner).is_none() {
        return Cow::Borrowed(inner);
    }
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(n) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(rest.get(..n).unwrap_or_default());
        rest = rest.get(n..).unwrap_or_default();
        rest = rest.get(escape(rest, &mut out)..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// Appends the meaning of the escape at the start of `rest`, and returns its length.
fn escape(rest: &[u8], out: &mut Vec<u8>) -> usize {
    let plain = match rest.get(1) {
        Some(b'n') => b'\n',
        Some(b't') => b'\t',
        Some(b'r') => b'\r',
        Some(b'b') => 8,
        Some(b'f') => 12,
        Some(b'u') => {
            let Some(first) = unit(rest) else {
                out.push(b'\\');
                return 1;
            };
            let second = rest.get(6..).and_then(unit);
            let pair = second.filter(|s| first >> 10 == 0x36 && s >> 10 == 0x37);
            let (code, len) = match pair {
                Some(second) => (0x1_0000 + ((first & 0x3ff) << 10) + (second & 0x3ff), 12),
                None => (first, 6),
            };
            // Half of a surrogate pair isn't a character.
            let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return len;
        }
        Some(byte) => *byte,
        None => b'\\',
    };
    out.push(plain);
    2
}

/// The number in `\uXXXX`.
fn unit(rest: &[u8]) -> Option<u32> {
    let hex = rest.strip_prefix(b"\\u")?.get(..4)?;
    hex.iter().try_fold(0, |n, b| Some(n * 16 + char::from(*b).to_digit(16)?))
}

/// The number of a token, with and without its fraction: a number, or a string that holds one.
pub(crate) fn number(token: &[u8]) -> Option<(f64, i64)> {
    let inner = token.strip_prefix(b"\"").and_then(|t| t.strip_suffix(b"\"")).unwrap_or(token);
    let written = std::str::from_utf8(inner).ok()?;
    let number: f64 = written.parse().ok()?;
    // A double does not hold all digits of a date in microseconds since 1601.
    Some((number, written.parse().ok().or_else(|| crate::toolkit::cells::whole(number))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(document: &str) -> Result<Vec<Token<'_>>, Broken> {
        let mut tokens = Tokens::new(document.as_bytes());
        let mut all = Vec::new();
        while let Some((_, token)) = tokens.next()? {
            all.push(token);
        }
        Ok(all)
    }

    #[test]
    fn documents() {
        use Bracket::{Array, Object};
        use Token::{Close, Name, Open, Scalar};
        assert_eq!(read(" 7 "), Ok(vec![Scalar(b"7")]));
        assert_eq!(read("[]"), Ok(vec![Open(Array), Close]));
        let want = vec![
            Open(Object),
            Name(br#""a\"b""#),
            Open(Array),
            Scalar(b"-1e5"),
            Scalar(b"null"),
            Close,
            Name(br#""""#),
            Open(Object),
            Close,
            Close,
        ];
        assert_eq!(read(r#"{"a\"b" : [ -1e5 , null ] , "":{}}"#), Ok(want));
    }

    #[test]
    fn what_is_no_document() {
        let none =
            ["", "[", "{", "[1", "[1,", "[1,]", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{1:2}", "[1}"];
        let more = ["{\"a\":1]", "\"a", "\"a\\\"", "[1 2]", "1 2", "]", ":", "[:]", "{\"a\":1 \"b\":2}"];
        for document in none.into_iter().chain(more) {
            assert!(read(document).is_err(), "{document}");
        }
    }

    #[test]
    fn as_others_write_it() {
        let long = "\u{0}\u{1f}\"\\/\u{7f}ä日😀\u{10ffff}";
        let written = serde_json::to_string(long).unwrap_or_default();
        assert_eq!(text(written.as_bytes()).as_ref(), long.as_bytes());
        assert_eq!(text(br#""\ud83d\ude00\u00e4\/""#).as_ref(), "😀ä/".as_bytes());
        assert_eq!(text(br#""\ude00\ud83d""#).as_ref(), "\u{fffd}\u{fffd}".as_bytes());
    }

    #[test]
    fn numbers() {
        assert_eq!(number(b"13260811159123457"), Some((13_260_811_159_123_457.0, 13_260_811_159_123_457)));
        assert_eq!(number(b"\"12\""), Some((12.0, 12)));
        assert_eq!(number(b"1.5"), Some((1.5, 1)));
        for none in ["", "null", "\"\"", "1e99", "NaN", "[", "\"a\""] {
            assert_eq!(number(none.as_bytes()), None, "{none}");
        }
    }
}
