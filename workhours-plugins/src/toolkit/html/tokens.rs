//! Cuts a stream of HTML into tags, comments and text, with their positions.
//!
//! Not a tree builder, and it never goes back: a tag is whole or cut by the end of the input, text and comments
//! come in pieces as they are read. Memory is bounded by [`MAX_RECORD_BYTES`].

use memchr::{memchr, memchr_iter, memchr3, memmem};
use std::io::{self, Read};
use workhours_plugin_api::{Input, MAX_RECORD_BYTES, Span};

const CHUNK: usize = 256 << 10;

/// A piece of the input. The pieces follow each other without a gap.
#[derive(Debug)]
pub(crate) enum Token<'a> {
    Text(&'a [u8]),
    Comment(&'a [u8]),
    Tag(Tag<'a>),
}

/// `<name attributes>` or `</name>`; also `<!DOCTYPE …>`, whose name is empty.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag<'a> {
    pub(crate) span: Span<'a>,
    pub(crate) name: &'a [u8],
    pub(crate) closing: bool,
    pub(crate) shape: Shape,
}

/// Whether all of a tag is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Whole,
    /// The input ends within it.
    Cut,
    /// Longer than a record may be; only its beginning is here.
    TooLong,
}

impl<'a> Tag<'a> {
    /// Names and values unchanged, values without their quotes.
    pub(crate) fn attributes(&self) -> Attributes<'a> {
        let from = 1 + self.closing as usize + self.name.len();
        let to = self.span.raw.len() - (self.shape == Shape::Whole) as usize;
        Attributes { rest: self.span.raw.get(from..to).unwrap_or_default() }
    }
}

/// Iterator over the attributes of a tag.
pub(crate) struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let blank = |b: &u8| b.is_ascii_whitespace() || *b == b'/';
        let begin = self.rest.iter().position(|b| !blank(b))?;
        let rest = &self.rest[begin..];
        // A `=` in the first place is part of the name, or nothing would be consumed.
        let end = rest.iter().skip(1).position(|b| blank(b) || *b == b'=').map_or(rest.len(), |n| n + 1);
        let (name, after) = rest.split_at(end);
        let Some(value) = after.trim_ascii_start().strip_prefix(b"=") else {
            self.rest = after;
            return Some((name, b""));
        };
        let value = value.trim_ascii_start();
        let (value, rest) = match value.first() {
            Some(quote @ (b'"' | b'\'')) => {
                let end = memchr(*quote, &value[1..]).map_or(value.len(), |n| n + 1);
                (&value[1..end], value.get(end + 1..).unwrap_or_default())
            }
            _ => value.split_at(value.iter().position(u8::is_ascii_whitespace).unwrap_or(value.len())),
        };
        self.rest = rest;
        Some((name, value))
    }
}

/// Reads an input piece by piece.
pub(crate) struct Tokens<'i, 'h> {
    input: &'i mut Input<'h>,
    buf: Vec<u8>,
    /// Unread bytes are `buf[start..end]`.
    start: usize,
    end: usize,
    eof: bool,
    offset: u64,
    line: u64,
    in_comment: bool,
    /// The beginning of a tag that is too long to be kept.
    head: Vec<u8>,
    /// The positions of the next end of a comment, and of other ends.
    sought: [Sought; 2],
}

/// The result of searching ahead.
#[derive(Clone, Copy, Debug, Default)]
struct Sought {
    /// The words that were searched.
    words: usize,
    /// The position of one.
    found: Option<u64>,
    /// Before that, none does.
    until: u64,
}

impl<'i, 'h> Tokens<'i, 'h> {
    pub(crate) fn new(input: &'i mut Input<'h>) -> Self {
        let (buf, head) = (vec![0; CHUNK], Vec::new());
        let sought = [Sought::default(); 2];
        Self { input, buf, start: 0, end: 0, eof: false, offset: 0, line: 1, in_comment: false, head, sought }
    }

    /// Bytes handed out so far.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The next piece, or `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Token<'_>>> {
        // Four bytes distinguish a comment.
        while self.end - self.start < 4 && !self.eof {
            self.fill()?;
        }
        let unread = &self.buf[self.start..self.end];
        if unread.is_empty() {
            return Ok(None);
        }
        if self.in_comment || unread.starts_with(b"<!--") {
            return self.comment().map(Some);
        }
        if begins_tag(unread) {
            return self.tag().map(|tag| Some(Token::Tag(tag)));
        }
        let len = memchr(b'<', &unread[1..]).map_or(unread.len(), |n| n + 1);
        Ok(Some(Token::Text(self.take(len).raw)))
    }

    /// The next piece, where `<!--` opens a comment only if that is closed before any of `ends`, and within the length of
    /// a record. Else it is text.
    pub(crate) fn next_before(&mut self, ends: &'static [&'static [u8]]) -> io::Result<Option<Token<'_>>> {
        while self.end - self.start < 4 && !self.eof {
            self.fill()?;
        }
        let opens = !self.in_comment && self.buf[self.start..self.end].starts_with(b"<!--");
        if opens && !self.is_closed(ends)? {
            return Ok(Some(Token::Text(self.take(4).raw)));
        }
        self.next()
    }

    fn is_closed(&mut self, ends: &'static [&'static [u8]]) -> io::Result<bool> {
        const CLOSE: &[&[u8]] = &[b"-->"];
        let furthest = self.offset + MAX_RECORD_BYTES as u64;
        let bound = match ends.is_empty() {
            true => furthest,
            false => self.seek(1, ends, furthest)?.unwrap_or(furthest),
        };
        Ok(self.seek(0, CLOSE, bound)?.is_some_and(|close| close < bound))
    }

    /// The position of the next of some words after the opening of a comment; what was searched before is remembered.
    fn seek(&mut self, slot: usize, words: &'static [&'static [u8]], bound: u64) -> io::Result<Option<u64>> {
        const LONGEST: u64 = 8;
        let from = self.offset + 2;
        let key = words.as_ptr() as usize;
        let mut sought = self.sought[slot];
        if sought.words != key {
            sought = Sought { words: key, ..Sought::default() };
        }
        if let Some(found) = sought.found.filter(|at| *at >= from) {
            return Ok(Some(found));
        }
        sought.found = None;
        let mut at = sought.until.saturating_sub(LONGEST).max(from);
        loop {
            let unread = &self.buf[self.start..self.end];
            let until = self.offset + unread.len() as u64;
            let rest = unread.get((at - self.offset) as usize..).unwrap_or_default();
            sought.found = first_of(rest, words).map(|n| at + n as u64);
            sought.until = sought.found.unwrap_or(until);
            if sought.found.is_some() || self.eof || until >= bound {
                self.sought[slot] = sought;
                return Ok(sought.found);
            }
            at = until.saturating_sub(LONGEST).max(from);
            self.fill()?;
        }
    }

    fn comment(&mut self) -> io::Result<Token<'_>> {
        // `<!-->` is a whole comment: the dashes that open it may close it.
        let opening = if self.in_comment { 0 } else { 2 };
        self.in_comment = true;
        loop {
            let unread = &self.buf[self.start..self.end];
            if let Some(n) = memmem::find(&unread[opening..], b"-->") {
                self.in_comment = false;
                return Ok(Token::Comment(self.take(opening + n + 3).raw));
            }
            if self.eof {
                return Ok(Token::Comment(self.take(unread.len()).raw));
            }
            // The last two bytes may begin the end.
            if unread.len() > opening + 2 {
                let len = unread.len() - 2;
                return Ok(Token::Comment(self.take(len).raw));
            }
            self.fill()?;
        }
    }

    fn tag(&mut self) -> io::Result<Tag<'_>> {
        self.head.clear();
        let (offset, line) = (self.offset, self.line);
        let mut quote = None;
        let mut last = 0; // the last byte before the unread ones that is no white space
        let mut at = 1; // how much of the unread bytes has been looked at
        let mut dropped = 0;
        let shape = loop {
            let unread = &self.buf[self.start..self.end];
            let ended = scan(unread, &mut at, &mut quote, last);
            if dropped + at > MAX_RECORD_BYTES {
                if dropped == 0 {
                    self.head.extend_from_slice(&unread[..4096]);
                }
                last = unread[..at].iter().rev().find(|b| !b.is_ascii_whitespace()).copied().unwrap_or(last);
                dropped += at;
                self.take(at);
                at = 0;
                if ended {
                    break Shape::TooLong;
                }
            } else if ended {
                break Shape::Whole;
            }
            if self.eof {
                break if dropped > 0 { Shape::TooLong } else { Shape::Cut };
            }
            self.fill()?;
        };
        let raw = if dropped == 0 { self.take(at).raw } else { &self.head[..] };
        let closing = raw.get(1) == Some(&b'/');
        let name = &raw[1 + closing as usize..];
        let name = &name[..name.iter().take_while(|b| b.is_ascii_alphanumeric()).count()];
        Ok(Tag { span: Span { offset, line, raw }, name, closing, shape })
    }

    /// Consumes `len` unread bytes.
    fn take(&mut self, len: usize) -> Span<'_> {
        let raw = &self.buf[self.start..self.start + len];
        let span = Span { offset: self.offset, line: self.line, raw };
        self.start += len;
        self.offset += len as u64;
        self.line += memchr_iter(b'\n', raw).count() as u64;
        span
    }

    /// Reads more; moves unread bytes to the front first, and doubles the buffer if it is full.
    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buf.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buf.len() {
            self.buf.resize(self.buf.len() * 2, 0);
        }
        loop {
            match self.input.read(&mut self.buf[self.end..]) {
                Ok(0) => self.eof = true,
                Ok(n) => self.end += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            }
            return Ok(());
        }
    }
}

/// The position of the first of some words, ignoring case.
fn first_of(text: &[u8], words: &[&[u8]]) -> Option<usize> {
    let begin = words.first()?.first()?;
    let mut places = memchr_iter(*begin, text);
    places.find(|at| {
        words.iter().any(|w| text.get(*at..*at + w.len()).is_some_and(|t| t.eq_ignore_ascii_case(w)))
    })
}

/// `<` is text unless a name follows.
fn begins_tag(text: &[u8]) -> bool {
    matches!(text, [b'<', b'!' | b'?', ..])
        || matches!(text, [b'<', b'/', c, ..] | [b'<', c, ..] if c.is_ascii_alphabetic())
}

/// Searches from `at` for the `>` outside of quotes; returns whether it was found. A quote opens a value only after
/// `=`.
fn scan(text: &[u8], at: &mut usize, quote: &mut Option<u8>, before: u8) -> bool {
    while *at < text.len() {
        let rest = &text[*at..];
        if let Some(q) = *quote {
            let Some(n) = memchr(q, rest) else { break };
            *at += n + 1;
            *quote = None;
            continue;
        }
        let Some(n) = memchr3(b'>', b'"', b'\'', rest) else { break };
        let (found, until) = (rest[n], &text[..*at + n]);
        *at += n + 1;
        if found == b'>' {
            return true;
        }
        let last = until.iter().rev().find(|b| !b.is_ascii_whitespace()).copied().unwrap_or(before);
        *quote = (last == b'=').then_some(found);
    }
    *at = text.len();
    false
}
