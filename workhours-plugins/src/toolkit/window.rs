//! The unread bytes of an input, as many as needed: for formats that count bytes as well as lines.
//!
//! Not for formats of lines only: those have [`Lines`](workhours_plugin_api::Lines).

use std::io::{self, Read};
use workhours_plugin_api::{Input, Line, MAX_RECORD_BYTES, Position, Span};

const CHUNK: usize = 256 << 10;

/// Bytes of a record that is too long which are shown.
pub(crate) const SHOWN: usize = 4096;

/// A view on an input that grows when more is needed and moves on as bytes are taken.
pub(crate) struct Window<'i, 'h> {
    input: &'i mut Input<'h>,
    buf: Vec<u8>,
    /// Unread bytes are `buf[start..end]`.
    start: usize,
    end: usize,
    at: Position,
    eof: bool,
    /// The beginning of a line that is too long.
    head: Vec<u8>,
}

impl<'i, 'h> Window<'i, 'h> {
    /// Starts at the input's resume position, after a byte order mark.
    pub(crate) fn new(input: &'i mut Input<'h>) -> io::Result<Self> {
        let at = input.resume().position;
        let mut window =
            Self { input, buf: vec![0; CHUNK], start: 0, end: 0, at, eof: false, head: Vec::new() };
        if at.offset == 0 && window.has(3)? && window.unread().starts_with(b"\xef\xbb\xbf") {
            window.take(3);
        }
        Ok(window)
    }

    /// Before the first unread byte.
    pub(crate) fn position(&self) -> Position {
        self.at
    }

    /// The bytes read and not taken.
    pub(crate) fn unread(&self) -> &[u8] {
        self.buf.get(self.start..self.end).unwrap_or_default()
    }

    /// Reads until `n` bytes are unread; `false` if the input ends before.
    pub(crate) fn has(&mut self, n: usize) -> io::Result<bool> {
        while self.unread().len() < n {
            if self.eof {
                return Ok(false);
            }
            self.fill()?;
        }
        Ok(true)
    }

    /// Whether the next line is one without anything in it.
    pub(crate) fn at_blank_line(&mut self) -> io::Result<bool> {
        self.has(2)?;
        Ok(self.unread().starts_with(b"\n") || self.unread().starts_with(b"\r\n"))
    }

    /// The position of the first line end from `from` on; `None` if the input ends before, or at `most` bytes.
    pub(crate) fn line_end(&mut self, from: usize, most: usize) -> io::Result<Option<usize>> {
        let mut searched = from;
        loop {
            let unread = self.unread();
            let found =
                unread.get(searched..).and_then(|rest| memchr::memchr(b'\n', rest)).map(|i| searched + i);
            // What is too long must not depend on the size of reads.
            if found.unwrap_or(unread.len()) > most {
                return Ok(None);
            }
            if found.is_some() || self.eof {
                return Ok(found);
            }
            searched = searched.max(unread.len());
            self.fill()?;
        }
    }

    /// Moves on.
    pub(crate) fn take(&mut self, n: usize) {
        let taken = self.unread().get(..n).unwrap_or(self.unread());
        let (bytes, lines) = (taken.len(), memchr::memchr_iter(b'\n', taken).count());
        self.start += bytes;
        self.at.offset += bytes as u64;
        self.at.lines += lines as u64;
    }

    /// Takes the next line.
    pub(crate) fn line(&mut self) -> io::Result<Option<Line<'_>>> {
        if !self.has(1)? {
            return Ok(None);
        }
        let at = self.at;
        let found = self.line_end(0, MAX_RECORD_BYTES)?;
        let len = found.unwrap_or(self.unread().len());
        let span = Span { offset: at.offset, line: at.lines + 1, raw: b"" };
        if len > MAX_RECORD_BYTES {
            self.head = self.unread().get(..SHOWN).unwrap_or_default().to_vec();
            let terminated = self.skip_line()?;
            let span = Span { raw: &self.head, ..span };
            return Ok(Some(Line { span, terminated, too_long: true, end: self.at }));
        }
        self.take(len + 1);
        let begin = self.start - len - found.is_some() as usize;
        let raw = self.buf.get(begin..begin + len).unwrap_or_default();
        let raw = if found.is_some() { raw.strip_suffix(b"\r").unwrap_or(raw) } else { raw };
        let end = self.at;
        Ok(Some(Line { span: Span { raw, ..span }, terminated: found.is_some(), too_long: false, end }))
    }

    /// Takes everything up to the next line end, and returns whether there was one.
    pub(crate) fn skip_line(&mut self) -> io::Result<bool> {
        loop {
            if let Some(i) = memchr::memchr(b'\n', self.unread()) {
                self.take(i + 1);
                return Ok(true);
            }
            self.take(self.unread().len());
            if self.eof {
                return Ok(false);
            }
            self.fill()?;
        }
    }

    /// Reads more; moves unread bytes to the front first, and doubles the buffer if it is full.
    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 && self.end == self.buf.len() {
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
