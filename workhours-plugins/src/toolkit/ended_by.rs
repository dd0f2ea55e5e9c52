//! Pieces of an input that one byte ends, and nothing else does: for records that end in NUL, and for lines
//! in which a carriage return is content.
//!
//! Not for ordinary text, which [`Lines`] reads.

use memchr::memchr;
use std::io::{self, Read};
use workhours_plugin_api::*;

const CHUNK: usize = 256 << 10;
/// How much of a piece over the limit is kept.
const SHOWN: usize = 4096;

pub(crate) struct Pieces<'i, 'h> {
    input: &'i mut Input<'h>,
    buf: Vec<u8>,
    /// `buf[start..end]` was not returned yet.
    start: usize,
    end: usize,
    at: Position,
    eof: bool,
}

impl<'i, 'h> Pieces<'i, 'h> {
    pub(crate) fn new(input: &'i mut Input<'h>) -> Self {
        let at = input.resume().position;
        Self { input, buf: vec![0; CHUNK], start: 0, end: 0, at, eof: false }
    }

    /// The bytes read and not yet returned, and whether they are the rest of the input.
    pub(crate) fn ahead(&self) -> (&[u8], bool) {
        (self.buf.get(self.start..self.end).unwrap_or_default(), self.eof)
    }

    /// Reads on, to have more [`ahead`](Self::ahead).
    pub(crate) fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buf.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.end == self.buf.len() {
            self.buf.resize(self.buf.len() * 2, 0);
        }
        loop {
            match self.input.read(self.buf.get_mut(self.end..).unwrap_or_default()) {
                Ok(0) => self.eof = true,
                Ok(n) => self.end += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            }
            return Ok(());
        }
    }

    /// The next piece, or `None` at the end. Its lines are counted by the `\n` in it.
    pub(crate) fn next(&mut self, ends: u8) -> io::Result<Option<Line<'_>>> {
        let mut searched = 0;
        let (len, terminated) = loop {
            let (ahead, eof) = self.ahead();
            let found = memchr(ends, ahead.get(searched..).unwrap_or_default()).map(|i| searched + i);
            if found.unwrap_or(ahead.len()) > MAX_RECORD_BYTES {
                return self.skip_too_long(ends).map(Some);
            }
            match found {
                Some(len) => break (len, true),
                None if eof && ahead.is_empty() => return Ok(None),
                None if eof => break (ahead.len(), false),
                None => searched = ahead.len(),
            }
            self.fill()?;
        };
        let (from, begin) = (self.at, self.start);
        self.advance(len + terminated as usize);
        let raw = self.buf.get(begin..begin + len).unwrap_or_default();
        let span = Span { offset: from.offset, line: from.lines + 1, raw };
        Ok(Some(Line { span, terminated, too_long: false, end: self.at }))
    }

    fn advance(&mut self, taken: usize) {
        let bytes = self.buf.get(self.start..self.start + taken).unwrap_or_default();
        self.at.lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
        self.at.offset += taken as u64;
        self.start += taken;
    }

    /// Goes over a piece that is too long and keeps its beginning.
    fn skip_too_long(&mut self, ends: u8) -> io::Result<Line<'_>> {
        let from = self.at;
        let head = self.ahead().0.get(..SHOWN).unwrap_or_default().to_vec();
        let terminated = loop {
            let (ahead, eof) = self.ahead();
            match memchr(ends, ahead) {
                Some(i) => {
                    self.advance(i + 1);
                    break true;
                }
                None => self.advance(ahead.len()),
            }
            if eof {
                break false;
            }
            self.fill()?;
        };
        // The head replaces the bytes that were read already, before the others.
        let rest = self.ahead().0.to_vec();
        let (start, end) = (head.len(), head.len() + rest.len());
        self.buf.resize(self.buf.len().max(end), 0);
        for (to, from) in self.buf.iter_mut().zip(head.iter().chain(&rest)) {
            *to = *from;
        }
        (self.start, self.end) = (start, end);
        let raw = self.buf.get(..self.start).unwrap_or_default();
        let span = Span { offset: from.offset, line: from.lines + 1, raw };
        Ok(Line { span, terminated, too_long: true, end: self.at })
    }
}
