//! Lines of an input with their positions: the reader most sources start with.
//!
//! Not a parser: it knows line ends, a byte order mark at the very start, and a limit, nothing more.

use crate::input::Input;
use crate::row::Span;
use crate::sink::Position;
use std::io::{self, Read};

/// A longer record isn't kept whole: it is returned cut, with [`Line::too_long`] set, so that memory stays bounded for
/// any input.
pub const MAX_RECORD_BYTES: usize = 16 << 20;

const CHUNK: usize = 256 << 10;

/// One line.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The line without its end (`\n` or `\r\n`), and its position.
    pub span: Span<'a>,
    /// Whether a line end was seen. A last line without one may still grow.
    pub terminated: bool,
    /// Whether the line was longer than [`MAX_RECORD_BYTES`]; then only its beginning is here.
    pub too_long: bool,
    /// Where the next line begins.
    pub end: Position,
}

impl<'a> Line<'a> {
    /// The bytes without the line end.
    pub fn bytes(&self) -> &'a [u8] {
        self.span.raw
    }
}

/// Reads an input line by line through one buffer that grows with the longest line only.
pub struct Lines<'i, 'h> {
    input: &'i mut Input<'h>,
    buf: Vec<u8>,
    /// Unread bytes are `buf[start..end]`.
    start: usize,
    end: usize,
    at: Position,
    eof: bool,
}

impl<'i, 'h> Lines<'i, 'h> {
    /// Starts at the input's resume position.
    pub fn new(input: &'i mut Input<'h>) -> Self {
        let at = input.resume().position;
        Self { input, buf: vec![0; CHUNK], start: 0, end: 0, at, eof: false }
    }

    /// Where the next line begins.
    pub fn position(&self) -> Position {
        self.at
    }

    /// The next line, or `None` at the end.
    ///
    /// # Errors
    /// Errors of the host, for example a truncated archive; the unfinished last line is then withheld.
    #[allow(clippy::should_implement_trait)] // a lending iterator: the line borrows the buffer
    pub fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        if self.at.offset == 0 && self.start == 0 {
            self.skip_byte_order_mark()?;
        }
        let mut searched = 0;
        let (len, terminated) = loop {
            let unread = &self.buf[self.start..self.end];
            let found = find_newline(&unread[searched..]).map(|i| searched + i);
            // What is too long must not depend on the size of reads, so a line end within the buffer doesn't matter.
            if found.unwrap_or(unread.len()) > MAX_RECORD_BYTES {
                return self.skip_too_long().map(Some);
            }
            if let Some(len) = found {
                break (len, true);
            }
            searched = unread.len();
            if self.eof {
                if searched == 0 {
                    return Ok(None);
                }
                break (searched, false);
            }
            self.fill()?;
        };
        let begin = self.start;
        let taken = len + terminated as usize;
        self.start += taken;
        let mut raw = &self.buf[begin..begin + len];
        if terminated && raw.last() == Some(&b'\r') {
            raw = &raw[..raw.len() - 1];
        }
        let offset = self.at.offset;
        self.at.offset += taken as u64;
        self.at.lines += 1;
        let span = Span { offset, line: self.at.lines, raw };
        Ok(Some(Line { span, terminated, too_long: false, end: self.at }))
    }

    /// Skips the line ends that follow directly, `\n` each, and returns how many there were: empty lines, of which an
    /// input may have very many. Only searches what is read already, so there may be more after the next line.
    pub fn skip_empty(&mut self) -> u64 {
        let unread = &self.buf[self.start..self.end];
        let n = unread.iter().position(|b| *b != b'\n').unwrap_or(unread.len());
        self.start += n;
        self.at.offset += n as u64;
        self.at.lines += n as u64;
        n as u64
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

    /// Drops the rest of a line that is over the limit, keeping its first bytes.
    fn skip_too_long(&mut self) -> io::Result<Line<'_>> {
        const KEPT: usize = 4096;
        let (offset, line) = (self.at.offset, self.at.lines + 1);
        let head = self.buf[self.start..self.start + KEPT].to_vec();
        let mut terminated = false;
        let mut taken = 0;
        loop {
            if let Some(i) = find_newline(&self.buf[self.start..self.end]) {
                taken += i + 1;
                self.start += i + 1;
                terminated = true;
                break;
            }
            taken += self.end - self.start;
            self.start = self.end;
            if self.eof {
                break;
            }
            self.fill()?;
        }
        self.at = Position { offset: offset + taken as u64, lines: line };
        // The kept beginning needs a home in the buffer: the consumed part in front of `start`, or a move.
        if self.start < KEPT {
            let unread = self.buf[self.start..self.end].to_vec();
            self.buf.resize(self.buf.len().max(KEPT + unread.len()), 0);
            self.buf[KEPT..KEPT + unread.len()].copy_from_slice(&unread);
            (self.start, self.end) = (KEPT, KEPT + unread.len());
        }
        let home = self.start - KEPT;
        self.buf[home..self.start].copy_from_slice(&head);
        let span = Span { offset, line, raw: &self.buf[home..home + KEPT] };
        Ok(Line { span, terminated, too_long: true, end: self.at })
    }

    fn skip_byte_order_mark(&mut self) -> io::Result<()> {
        while self.end < 3 && !self.eof {
            self.fill()?;
        }
        if self.buf[..self.end].starts_with(b"\xef\xbb\xbf") {
            self.start = 3;
            self.at.offset = 3;
        }
        Ok(())
    }
}

#[cfg(feature = "memchr")]
fn find_newline(bytes: &[u8]) -> Option<usize> {
    memchr::memchr(b'\n', bytes)
}

/// Eight bytes at a time: a byte of `word ^ newlines` is zero just where a newline is.
#[cfg(any(test, not(feature = "memchr")))]
#[cfg_attr(feature = "memchr", allow(dead_code))]
fn find_newline_in_words(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (words, rest) = bytes.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        let x = u64::from_le_bytes(*word) ^ (ONES * b'\n' as u64);
        let zeros = x.wrapping_sub(ONES) & !x & (ONES << 7);
        if zeros != 0 {
            return Some(i * 8 + zeros.trailing_zeros() as usize / 8);
        }
    }
    rest.iter().position(|b| *b == b'\n').map(|i| words.len() * 8 + i)
}

#[cfg(not(feature = "memchr"))]
use find_newline_in_words as find_newline;

#[cfg(test)]
mod tests;
