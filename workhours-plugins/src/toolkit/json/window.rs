//! The bytes of a JSON text as they arrive: a window that grows when more is needed, and moves on as bytes are taken.
//!
//! Knows strings and brackets, not their meaning.

use memchr::memchr_iter;
use std::io::{self, Read};
use workhours_plugin_api::{EventSink, Input, Position, SourceError, Span};

const CHUNK: usize = 256 << 10;
/// How much of a rejected value is shown.
const SHOWN: usize = 4096;
/// Bytes passed over between two signs of life.
const SIGN_OF_LIFE: usize = 1 << 20;

pub(crate) struct Window<'i, 'h> {
    input: &'i mut Input<'h>,
    buf: Vec<u8>,
    /// `buf[start..end]` was not taken yet.
    start: usize,
    end: usize,
    eof: bool,
    /// The position of its first byte.
    pub(crate) at: Position,
}

impl<'i, 'h> Window<'i, 'h> {
    pub(crate) fn new(input: &'i mut Input<'h>) -> Self {
        let at = input.resume().position;
        Self { input, buf: Vec::new(), start: 0, end: 0, eof: false, at }
    }

    /// The bytes in the window.
    pub(crate) fn ahead(&self) -> &[u8] {
        self.buf.get(self.start..self.end).unwrap_or_default()
    }

    /// Its position, with the first `len` bytes of it, or as many as are shown.
    pub(crate) fn span(&self, len: usize) -> Span<'_> {
        let raw = self.ahead();
        Span { offset: self.at.offset, line: self.at.lines + 1, raw: raw.get(..len).unwrap_or(raw) }
    }

    pub(crate) fn shown(&self, len: usize) -> Span<'_> {
        self.span(len.min(SHOWN))
    }

    /// Doubles the bytes in the window, at least. Returns whether there were more.
    pub(crate) fn grow(&mut self) -> io::Result<bool> {
        let before = self.end - self.start;
        if self.start > 0 {
            self.buf.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, before);
        }
        let wanted = (before * 2).max(CHUNK);
        if self.buf.len() < wanted {
            self.buf.resize(wanted, 0);
        }
        while !self.eof && self.end < wanted {
            match self.input.read(self.buf.get_mut(self.end..wanted).unwrap_or_default()) {
                Ok(0) => self.eof = true,
                Ok(n) => self.end += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(self.end > before)
    }

    /// The text before the position in its line, if that is white space; at the beginning of a resumed read it is
    /// unknown.
    pub(crate) fn line_so_far(&self) -> Option<&[u8]> {
        let before = self.buf.get(..self.start).unwrap_or_default();
        let line = before.get(memchr::memrchr(b'\n', before)? + 1..)?;
        line.iter().all(|b| b" \t".contains(b)).then_some(line)
    }

    /// Moves on.
    pub(crate) fn take(&mut self, len: usize) {
        let len = len.min(self.end - self.start);
        let taken = self.buf.get(self.start..self.start + len).unwrap_or_default();
        self.at.lines += memchr_iter(b'\n', taken).count() as u64;
        self.at.offset += len as u64;
        self.start += len;
    }

    /// The byte at a distance; `None` after the end.
    pub(crate) fn byte(&mut self, at: usize) -> io::Result<Option<u8>> {
        while self.ahead().len() <= at {
            if !self.grow()? {
                return Ok(None);
            }
        }
        Ok(self.ahead().get(at).copied())
    }

    /// Takes white space, and a byte order mark at the very start, and returns what follows.
    pub(crate) fn blank(&mut self) -> io::Result<Option<u8>> {
        if self.at.offset == 0 {
            self.byte(2)?;
            if self.ahead().starts_with(b"\xef\xbb\xbf") {
                self.take(3);
            }
        }
        loop {
            let ahead = self.ahead();
            let len = ahead.iter().take_while(|b| b.is_ascii_whitespace()).count();
            let found = ahead.get(len).copied();
            self.take(len);
            if found.is_some() || !self.grow()? {
                return Ok(found);
            }
        }
    }

    /// The length of the string at this position, with its quotes; `None` if it is longer than a name.
    pub(crate) fn string(&mut self) -> io::Result<Option<usize>> {
        const LONGEST: usize = 64 << 10;
        let mut at = 1;
        while at < LONGEST {
            match self.byte(at)? {
                Some(b'"') => return Ok(Some(at + 1)),
                Some(b'\\') => at += 2,
                Some(_) => at += 1,
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Skips the value at this position. Returns whether its end was there.
    pub(crate) fn skip_value(&mut self, out: &mut dyn EventSink) -> Result<bool, SourceError> {
        let (mut depth, mut quoted, mut escaped, mut since) = (0_usize, false, false, 0);
        loop {
            let mut end = None;
            for (i, byte) in self.ahead().iter().enumerate() {
                if quoted {
                    match byte {
                        _ if escaped => escaped = false,
                        b'\\' => escaped = true,
                        b'"' => quoted = false,
                        _ => continue,
                    }
                    if quoted || depth > 0 {
                        continue;
                    }
                    end = Some(i + 1);
                } else {
                    match byte {
                        b'"' => quoted = true,
                        b'[' | b'{' => depth += 1,
                        b']' | b'}' if depth > 1 => depth -= 1,
                        b']' | b'}' if depth == 1 => end = Some(i + 1),
                        b']' | b'}' | b',' if depth == 0 => end = Some(i),
                        blank if depth == 0 && blank.is_ascii_whitespace() => end = Some(i),
                        _ => {}
                    }
                }
                if end.is_some() {
                    break;
                }
            }
            let len = end.unwrap_or(self.ahead().len());
            self.take(len);
            since += len;
            if end.is_some() {
                return Ok(true);
            }
            if since > SIGN_OF_LIFE {
                out.progress(self.at.offset)?;
                since = 0;
            }
            if !self.grow()? {
                return Ok(false);
            }
        }
    }

    /// Skips a broken part, from the first `broken` bytes on, to where an object begins: after `},` in a list or, on a
    /// separate line, after `lead`, which preceded other objects. Returns whether there is one.
    pub(crate) fn skip_to_object(
        &mut self,
        broken: usize,
        lead: Option<&[u8]>,
        in_list: bool,
        out: &mut dyn EventSink,
    ) -> Result<bool, SourceError> {
        let (mut behind, mut passed, mut since) = (0_u8, 0, 0);
        // How much of the line's beginning equals the lead: none of it after other text.
        let mut led: Option<usize> = None;
        loop {
            let mut found = None;
            for (i, byte) in self.ahead().iter().enumerate() {
                let after = passed + i >= broken.max(1);
                let is_led = led.is_some_and(|n| lead.is_some_and(|lead| n == lead.len()));
                if *byte == b'{' && after && (in_list && behind == 2 || is_led) {
                    found = Some(i);
                    break;
                }
                behind = match (byte, behind) {
                    (b'}', _) => 1,
                    (b',', 1) => 2,
                    (blank, _) if blank.is_ascii_whitespace() => behind,
                    _ => 0,
                };
                led = match (byte, led) {
                    (b'\n', _) => Some(0),
                    (byte, Some(n)) if lead.is_some_and(|lead| lead.get(n) == Some(byte)) => Some(n + 1),
                    _ => None,
                };
            }
            let len = found.unwrap_or(self.ahead().len());
            self.take(len);
            passed += len;
            since += len;
            if found.is_some() {
                return Ok(true);
            }
            if since > SIGN_OF_LIFE {
                out.progress(self.at.offset)?;
                since = 0;
            }
            if !self.grow()? {
                return Ok(false);
            }
        }
    }
}
