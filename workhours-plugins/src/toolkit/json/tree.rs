//! The objects of a JSON document with the few members a source wants, each knowing the object around it.
//!
//! For trees of bookmarks, where a folder's name may come after its children. Other parts of documents are skipped.

use crate::toolkit::json::tokens::{self, Bracket, Broken, Token, Tokens};
use std::borrow::Cow;
use workhours_plugin_api::*;

/// More objects than people have bookmarks: a limit to the memory.
const MAX_NODES: usize = 1 << 20;
/// As deep as brackets may be in each other.
const DEEPEST: usize = 1 << 16;

/// An object: its `N` members, and its position.
pub(crate) struct Node<'a, const N: usize> {
    pub(crate) parent: Option<usize>,
    /// The name of the member it is, or is in the list of; with quotes.
    member: &'a [u8],
    offset: u64,
    line: u64,
    raw: &'a [u8],
    fields: [&'a [u8]; N],
}

/// All objects in the order in which they begin.
pub(crate) struct Tree<'a, const N: usize> {
    names: &'static [&'static str; N],
    pub(crate) nodes: Vec<Node<'a, N>>,
}

/// An open object or list.
struct Level<'a> {
    bracket: Bracket,
    /// The object it is or is in.
    node: usize,
    name: &'a [u8],
    /// Scalars passed in a list.
    count: usize,
}

impl<'a, const N: usize> Tree<'a, N> {
    /// Reads a document; `names` are the members wanted, `list.0` for the first entry of one that is a list.
    pub(crate) fn read(bytes: &'a [u8], names: &'static [&'static str; N]) -> Result<Self, SourceError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if !bytes.trim_ascii_start().starts_with(b"{") {
            return Err(SourceError::Unsupported("a JSON object was expected: there is no {".into()));
        }
        let mut tree = Self { names, nodes: Vec::new() };
        let mut levels: Vec<Level<'a>> = Vec::new();
        let mut tokens = Tokens::new(bytes);
        let mut lines = LineCount { bytes, at: 0, line: 1 };
        while let Some((at, token)) = tokens.next().map_err(|broken| damage(bytes, &broken))? {
            match token {
                Token::Open(_) if levels.len() == DEEPEST => {
                    return Err(SourceError::Limit(format!("more than {DEEPEST} brackets in each other")));
                }
                Token::Open(bracket) => {
                    let (node, name) = levels.last().map_or((None, &b""[..]), |l| (Some(l.node), l.name));
                    let node = match (bracket, node) {
                        (Bracket::Array, Some(node)) => node,
                        (_, parent) => tree.add(parent, name, at, lines.line_at(at))?,
                    };
                    levels.push(Level { bracket, node, name, count: 0 });
                }
                Token::Name(name) => {
                    if let Some(level) = levels.last_mut() {
                        level.name = name;
                    }
                }
                Token::Scalar(value) => {
                    if let Some(level) = levels.last_mut() {
                        let index = (level.bracket == Bracket::Array).then_some(level.count);
                        tree.set(level.node, level.name, index, value);
                        level.count += 1;
                    }
                }
                Token::Close => {
                    let closed = levels.pop().filter(|l| l.bracket == Bracket::Object);
                    if let Some(node) = closed.and_then(|l| tree.nodes.get_mut(l.node)) {
                        node.raw = bytes.get(node.offset as usize..tokens.at).unwrap_or_default();
                    }
                }
            }
        }
        Ok(tree)
    }

    fn add(
        &mut self,
        parent: Option<usize>,
        member: &'a [u8],
        at: usize,
        line: u64,
    ) -> Result<usize, SourceError> {
        if self.nodes.len() == MAX_NODES {
            return Err(SourceError::Limit(format!("more than {MAX_NODES} objects in the document")));
        }
        self.nodes.push(Node { parent, member, offset: at as u64, line, raw: b"", fields: [b""; N] });
        Ok(self.nodes.len() - 1)
    }

    fn set(&mut self, node: usize, name: &[u8], index: Option<usize>, value: &'a [u8]) {
        let name = tokens::text(name);
        let is_wanted = |wanted: &&str| match (index, wanted.split_once('.')) {
            (None, None) => wanted.as_bytes() == name.as_ref(),
            (Some(n), Some((list, at))) => list.as_bytes() == name.as_ref() && at.parse() == Ok(n),
            _ => false,
        };
        let at = self.names.iter().position(is_wanted);
        if let Some((node, at)) = self.nodes.get_mut(node).zip(at)
            && let Some(field) = node.fields.get_mut(at)
        {
            *field = value;
        }
    }

    /// A member as it is in the document; empty if it is absent.
    pub(crate) fn token(&self, node: usize, name: &str) -> &'a [u8] {
        let at = self.names.iter().position(|n| *n == name);
        debug_assert!(at.is_some(), "{name} is not asked for");
        self.nodes.get(node).zip(at).and_then(|(n, at)| n.fields.get(at)).copied().unwrap_or_default()
    }

    /// The text of a member.
    pub(crate) fn text(&self, node: usize, name: &str) -> Cow<'a, [u8]> {
        tokens::text(self.token(node, name))
    }

    /// The time of a member: none when it was never set, which is absent, null or 0.
    pub(crate) fn time(
        &self,
        node: usize,
        name: &str,
        convert: impl Fn(f64, i64) -> Option<EventTime>,
    ) -> (Option<EventTime>, RowFlags) {
        let token = self.token(node, name);
        if matches!(token, b"" | b"null" | b"\"\"") {
            return (None, RowFlags::NONE);
        }
        let number = tokens::number(token);
        if number.is_some_and(|(x, _)| x == 0.0) {
            return (None, RowFlags::NONE);
        }
        match number.and_then(|(x, n)| convert(x, n)) {
            Some(time) => (Some(time), RowFlags::NONE),
            None => (None, RowFlags::BAD_TIME),
        }
    }

    /// The whole number of a member.
    pub(crate) fn int(&self, node: usize, name: &str) -> Option<i64> {
        tokens::number(self.token(node, name)).map(|(_, n)| n)
    }

    /// A key of members: for nodes without an id.
    pub(crate) fn key(&self, node: usize, names: &[&str]) -> Vec<u8> {
        let parts = names.iter().map(|name| match self.token(node, name) {
            b"" => Cow::Borrowed(&b"-"[..]),
            string if string.starts_with(b"\"") => tokens::text(string),
            number => Cow::Borrowed(number),
        });
        parts.collect::<Vec<_>>().join(&b' ')
    }

    /// The name of the member a node is, or is in the list of.
    pub(crate) fn member(&self, node: usize) -> Cow<'a, [u8]> {
        self.nodes.get(node).map_or(Cow::Borrowed(b""), |n| tokens::text(n.member))
    }

    pub(crate) fn parent(&self, node: usize) -> Option<usize> {
        self.nodes.get(node)?.parent
    }

    /// The objects around a node, from the innermost, up to a limit.
    pub(crate) fn around(&self, node: usize) -> impl Iterator<Item = usize> {
        const DEEPEST: usize = 256;
        std::iter::successors(self.parent(node), |n| self.parent(*n)).take(DEEPEST)
    }

    /// The position of a node. Without its bytes, because a packed document doesn't contain them.
    pub(crate) fn span(&self, node: usize) -> Span<'a> {
        let (offset, line) = self.nodes.get(node).map_or((0, 0), |n| (n.offset, n.line));
        Span { offset, line, raw: b"" }
    }

    /// Rejects a node, showing its beginning.
    pub(crate) fn refuse(
        &self,
        node: usize,
        code: RejectCode,
        reason: &str,
        out: &mut dyn EventSink,
    ) -> Result<(), Stop> {
        const SHOWN: usize = 4096;
        let raw = self.nodes.get(node).map_or(&b""[..], |n| n.raw);
        let span = Span { raw: raw.get(..SHOWN).unwrap_or(raw), ..self.span(node) };
        out.reject(&Reject { span, code, reason, provisional: false })
    }

    /// Whether the members wanted are longer than a record may be.
    pub(crate) fn too_long(&self, node: usize) -> bool {
        self.nodes
            .get(node)
            .is_some_and(|n| n.fields.iter().map(|f| f.len()).sum::<usize>() > MAX_RECORD_BYTES)
    }
}

fn damage(bytes: &[u8], broken: &Broken) -> SourceError {
    let before = bytes.get(..broken.at).unwrap_or(bytes);
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    SourceError::Corrupt(format!("line {line}: {}", broken.why))
}

/// Lines, counted on and on.
struct LineCount<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl LineCount<'_> {
    fn line_at(&mut self, at: usize) -> u64 {
        let passed = self.bytes.get(self.at..at).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.at = at;
        self.line
    }
}
