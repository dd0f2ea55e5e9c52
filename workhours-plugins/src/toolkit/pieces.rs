//! Cuts an input at line feeds and NULs, for formats that end their records with either.
//!
//! Like `Lines` of the contract, but a carriage return is kept and a NUL ends a piece too. It knows no records.

use memchr::{memchr, memchr2};
use std::io::{self, Read};
use workhours_plugin_api::{Input, MAX_RECORD_BYTES};

const CHUNK: usize = 256 << 10;

/// The end of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Newline,
    Nul,
    /// The end of the input.
    Input,
    /// It is longer than a record may be: more of it follows as the next piece.
    TooLong,
}

impl End {
    /// The bytes of it.
    pub(crate) fn bytes(self) -> &'static [u8] {
        match self {
            End::Newline => b"\n",
            End::Nul => b"\0",
            End::Input | End::TooLong => b"",
        }
    }
}

/// One piece, without its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) end: End,
    pub(crate) offset: u64,
    pub(crate) line: u64,
}

/// Reads an input piece by piece.
pub(crate) struct Pieces<'i, 'h> {
    input: &'i mut Input<'h>,
    buf: Vec<u8>,
    /// Unread bytes are `buf[start..end]`.
    start: usize,
    end: usize,
    offset: u64,
    line: u64,
    eof: bool,
}

impl<'i, 'h> Pieces<'i, 'h> {
    pub(crate) fn new(input: &'i mut Input<'h>) -> Self {
        Self { input, buf: vec![0; CHUNK], start: 0, end: 0, offset: 0, line: 1, eof: false }
    }

    /// Whether the first part of the input contains a NUL. Call it before the first piece is read.
    pub(crate) fn begins_with_nuls(&mut self) -> io::Result<bool> {
        let mut searched = 0;
        loop {
            let end = self.end.min(CHUNK);
            if memchr(0, &self.buf[searched..end]).is_some() {
                return Ok(true);
            }
            if self.eof || end == CHUNK {
                return Ok(false);
            }
            searched = end;
            self.fill()?;
        }
    }

    /// The next piece, or `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        if self.offset == 0 {
            while self.end < 3 && !self.eof {
                self.fill()?;
            }
            if self.buf[..self.end].starts_with(b"\xef\xbb\xbf") {
                (self.start, self.offset) = (3, 3);
            }
        }
        let mut searched = 0;
        let (len, end) = loop {
            let unread = &self.buf[self.start..self.end];
            let found = memchr2(b'\n', 0, &unread[searched..]).map(|i| searched + i);
            // What is too long must not depend on the size of reads.
            if found.unwrap_or(unread.len()) > MAX_RECORD_BYTES {
                break (MAX_RECORD_BYTES, End::TooLong);
            }
            if let Some(len) = found {
                break (len, if unread[len] == 0 { End::Nul } else { End::Newline });
            }
            searched = unread.len();
            if self.eof {
                if searched == 0 {
                    return Ok(None);
                }
                break (searched, End::Input);
            }
            self.fill()?;
        };
        let piece = Piece {
            bytes: &self.buf[self.start..self.start + len],
            end,
            offset: self.offset,
            line: self.line,
        };
        let taken = len + end.bytes().len();
        self.start += taken;
        self.offset += taken as u64;
        self.line += u64::from(end == End::Newline);
        Ok(Some(piece))
    }

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
