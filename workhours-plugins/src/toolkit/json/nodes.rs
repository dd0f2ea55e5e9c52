//! A JSON object as a flat list of its values, in the order in which they are written.
//!
//! Unlike a map it keeps members with the same name, and numbers as they are written. Text that isn't UTF-8 stays as it
//! is. Reads the text once, with its own stack instead of recursion.

use crate::toolkit::json::text::unescaped;
use std::borrow::Cow;
use std::ops::Range;

/// Deeper nesting is rejected.
const MAX_DEPTH: usize = 64;
/// So is an object of more values.
const MAX_NODES: usize = 100_000;
/// The reason.
pub(crate) const TOO_MANY: &str = "the object holds too many values";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    String,
    Number,
    True,
    False,
    /// Also `NaN` and the infinities, which some writers let slip.
    Null,
}

/// One value.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// The position of its name, without quotes; empty for an item of an array.
    key: Range<u32>,
    /// Its position; for a string without the quotes.
    at: Range<u32>,
    /// The node after it and all its children.
    pub(crate) next: u32,
}

/// A parsed object. Node 0 is the object itself.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    raw: &'a [u8],
    pub(crate) nodes: Vec<Node>,
}

/// The error, and its position in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) at: usize,
    pub(crate) what: &'static str,
    /// The text ends there: with more of it, it could be right.
    pub(crate) ended: bool,
}

impl<'a> Object<'a> {
    /// Reads all of `raw`, which is an object.
    pub(crate) fn read(raw: &'a [u8]) -> Result<Self, Mistake> {
        let (object, mut reader) = Self::first(raw)?;
        reader.spaces();
        if reader.at == raw.len() { Ok(object) } else { Err(reader.mistake("more follows the object")) }
    }

    /// Reads the object at the start of `raw`, and returns where it ends.
    pub(crate) fn begin(raw: &'a [u8]) -> Result<(Self, usize), Mistake> {
        Self::first(raw).map(|(object, reader)| (object, reader.at))
    }

    fn first(raw: &'a [u8]) -> Result<(Self, Reader<'a>), Mistake> {
        let mut reader = Reader { raw, at: 0, nodes: Vec::new(), open: Vec::new() };
        reader.spaces();
        if reader.peek() != Some(b'{') {
            return Err(reader.mistake("this is not a JSON object"));
        }
        reader.run()?;
        let nodes = std::mem::take(&mut reader.nodes);
        Ok((Self { raw, nodes }, reader))
    }

    fn slice(&self, range: &Range<u32>) -> &'a [u8] {
        self.raw.get(range.start as usize..range.end as usize).unwrap_or_default()
    }

    /// The name of a member.
    pub(crate) fn key(&self, node: &Node) -> Cow<'a, [u8]> {
        unescaped(self.slice(&node.key))
    }

    /// The value as text: of an object or array, as it is written.
    pub(crate) fn text(&self, node: &Node) -> Cow<'a, [u8]> {
        match node.kind {
            Kind::String => unescaped(self.slice(&node.at)),
            Kind::Null => Cow::Borrowed(b""),
            _ => Cow::Borrowed(self.slice(&node.at)),
        }
    }

    /// The members or items of a node.
    pub(crate) fn children(&self, parent: usize) -> impl Iterator<Item = (usize, &Node)> {
        let end = self.nodes.get(parent).map_or(0, |node| node.next as usize);
        let mut at = parent + 1;
        std::iter::from_fn(move || {
            let node = self.nodes.get(at).filter(|_| at < end)?;
            let here = std::mem::replace(&mut at, node.next as usize);
            Some((here, node))
        })
    }
}

struct Reader<'a> {
    raw: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    /// The objects and arrays around the place.
    open: Vec<u32>,
}

impl Reader<'_> {
    fn run(&mut self) -> Result<(), Mistake> {
        self.value(0..0)?;
        while let Some(parent) = self.open.last().copied() {
            let (in_object, close) = match self.nodes.get(parent as usize).map(|n| n.kind) {
                Some(Kind::Object) => (true, b'}'),
                _ => (false, b']'),
            };
            let first = self.nodes.len() == parent as usize + 1;
            self.spaces();
            match self.peek() {
                Some(byte) if byte == close => {
                    self.at += 1;
                    self.open.pop();
                    let (at, next) = (self.at as u32, self.nodes.len() as u32);
                    if let Some(node) = self.nodes.get_mut(parent as usize) {
                        node.at.end = at;
                        node.next = next;
                    }
                    continue;
                }
                Some(b',') if !first => {
                    self.at += 1;
                    self.spaces();
                }
                Some(_) if first => {}
                Some(_) => return Err(self.mistake("a comma or a closing bracket is missing")),
                None => return Err(self.mistake("it ends before the object does")),
            }
            let key = if in_object { self.name()? } else { 0..0 };
            self.value(key)?;
        }
        Ok(())
    }

    fn name(&mut self) -> Result<Range<u32>, Mistake> {
        if self.peek() != Some(b'"') {
            return Err(self.mistake("a name in quotes is missing"));
        }
        let key = self.string()?;
        self.spaces();
        if self.peek() != Some(b':') {
            return Err(self.mistake("a colon is missing"));
        }
        self.at += 1;
        self.spaces();
        Ok(key)
    }

    fn value(&mut self, key: Range<u32>) -> Result<(), Mistake> {
        if self.nodes.len() >= MAX_NODES {
            return Err(self.mistake(TOO_MANY));
        }
        let from = self.at as u32;
        let (kind, at) = match self.peek() {
            Some(open @ (b'{' | b'[')) => {
                if self.open.len() >= MAX_DEPTH {
                    return Err(self.mistake("the object is nested too deep"));
                }
                self.open.push(self.nodes.len() as u32);
                self.at += 1;
                (if open == b'{' { Kind::Object } else { Kind::Array }, from..from)
            }
            Some(b'"') => (Kind::String, self.string()?),
            Some(_) => (self.word()?, from..self.at as u32),
            None => return Err(self.mistake("it ends before the object does")),
        };
        let next = self.nodes.len() as u32 + 1;
        self.nodes.push(Node { kind, key, at, next });
        Ok(())
    }

    fn string(&mut self) -> Result<Range<u32>, Mistake> {
        let from = self.at + 1;
        let mut at = from;
        loop {
            let rest = self.raw.get(at..).unwrap_or_default();
            let Some(found) = memchr::memchr3(b'"', b'\\', b'\n', rest) else {
                return Err(Mistake { ended: true, ..self.mistake("a string is never closed") });
            };
            at += found;
            match rest.get(found) {
                Some(b'"') => {
                    self.at = at + 1;
                    return Ok(from as u32..at as u32);
                }
                Some(b'\\') => at += 2,
                _ => {
                    self.at = at;
                    return Err(self.mistake("a text goes over the end of the line"));
                }
            }
        }
    }

    fn word(&mut self) -> Result<Kind, Mistake> {
        let rest = self.raw.get(self.at..).unwrap_or_default();
        let len = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b)).count();
        let word = rest.get(..len).unwrap_or_default();
        let kind = match word {
            b"true" => Kind::True,
            b"false" => Kind::False,
            b"null" | b"NaN" | b"Infinity" | b"-Infinity" => Kind::Null,
            _ if is_number(word) => Kind::Number,
            _ => {
                let ended = self.at + len == self.raw.len();
                return Err(Mistake { ended, ..self.mistake("this is no JSON value") });
            }
        };
        self.at += len;
        Ok(kind)
    }

    fn spaces(&mut self) {
        let rest = self.raw.get(self.at..).unwrap_or_default();
        self.at += rest.iter().take_while(|b| b" \t\r\n".contains(b)).count();
    }

    fn peek(&self) -> Option<u8> {
        self.raw.get(self.at).copied()
    }

    fn mistake(&self, what: &'static str) -> Mistake {
        Mistake { at: self.at, what, ended: self.at >= self.raw.len() }
    }
}

fn is_number(word: &[u8]) -> bool {
    let word = word.strip_prefix(b"-").unwrap_or(word);
    let digits = |text: &[u8]| text.iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = digits(word);
    if whole == 0 {
        return false;
    }
    let mut rest = &word[whole..];
    if let Some(behind) = rest.strip_prefix(b".") {
        let n = digits(behind);
        if n == 0 {
            return false;
        }
        rest = &behind[n..];
    }
    if let Some((b'e' | b'E', exponent)) = rest.split_first() {
        let exponent = exponent.strip_prefix(b"-").or(exponent.strip_prefix(b"+")).unwrap_or(exponent);
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_and_in_order() {
        let raw = br#" {"a":{"b":[1,{"c":null}],"b":"x\ny"},"d":-1.5e3,"e":[],"f":true} "#;
        let object = Object::read(raw).unwrap();
        let keys = |parent| -> Vec<String> {
            let keys = object.children(parent).map(|(_, n)| object.key(n).into_owned());
            keys.map(|k| String::from_utf8(k).unwrap()).collect()
        };
        assert_eq!(keys(0), ["a", "d", "e", "f"]);
        assert_eq!(keys(1), ["b", "b"]);
        let texts: Vec<_> = object.children(1).map(|(_, n)| object.text(n).into_owned()).collect();
        assert_eq!(texts, [&br#"[1,{"c":null}]"#[..], b"x\ny"]);
    }

    #[test]
    fn mistakes() {
        for raw in [
            "",
            "[]",
            "1",
            "{",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{\"a\":1 \"b\":2}",
            "{\"a\":[1}",
            "{} {}",
            "{\"a\":01x}",
            "{\"a\":1.}",
            "{\"a\":\"x}",
            "{,}",
            "{\"a\":tru}",
            "{a:1}",
            "{\"a\":+1}",
        ] {
            assert!(Object::read(raw.as_bytes()).is_err(), "{raw}");
        }
        let deep = format!("{{\"a\":{}", "[".repeat(1_000));
        assert_eq!(Object::read(deep.as_bytes()).unwrap_err().what, "the object is nested too deep");
        let many = format!("{{\"a\":[1{}]}}", ",1".repeat(MAX_NODES));
        assert_eq!(Object::read(many.as_bytes()).unwrap_err().what, "the object holds too many values");
    }
}
