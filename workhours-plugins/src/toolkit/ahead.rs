//! Reads the beginning of an input ahead; the input is then read as if nothing had been read.
//!
//! For what a log's first records show about its later ones, or the reverse. Not for whole inputs: only a stated number
//! of bytes is kept.

use crate::toolkit::years::{Day, Rule, Years};
use std::io::{self, Read};
use std::path::Path;
use workhours_plugin_api::{Input, InputHost, Resume};

/// Maximum number of bytes read ahead.
const LOOKED_AT: usize = 16 << 20;

/// An input whose beginning has been read already. It is read, neither mapped nor opened.
pub(crate) struct Ahead<'a, 'h> {
    input: &'a mut Input<'h>,
    head: Vec<u8>,
    at: usize,
    /// The error that ended reading ahead: it is returned when the reader gets there.
    failed: Option<io::Error>,
    resume: Resume,
}

impl<'a, 'h> Ahead<'a, 'h> {
    /// Reads until `enough` returns true, at most [`LOOKED_AT`] bytes. It is called rarely, so it may be slow.
    pub(crate) fn look(input: &'a mut Input<'h>, enough: impl Fn(&[u8]) -> bool) -> Self {
        let resume = input.resume().clone();
        let mut head = Vec::new();
        let mut failed = None;
        let mut step = 64 << 10;
        while head.len() < LOOKED_AT {
            match input.by_ref().take(step).read_to_end(&mut head) {
                Ok(got) if got as u64 == step && !enough(&head) => {}
                Ok(_) => break,
                Err(e) => {
                    failed = Some(e);
                    break;
                }
            }
            step = head.len().min(LOOKED_AT - head.len()) as u64;
        }
        Self { input, head, at: 0, failed, resume }
    }

    /// Nothing was read ahead.
    pub(crate) fn none(input: &'a mut Input<'h>) -> Self {
        let resume = input.resume().clone();
        Self { input, head: Vec::new(), at: 0, failed: None, resume }
    }

    /// Collects the days of the first records, which `day` finds in lines, unless reading continues from a checkpoint
    /// that contains them.
    pub(crate) fn years(input: &'a mut Input<'h>, day: fn(&[u8]) -> Option<Day>) -> (Self, Years) {
        let reference = input.reference_secs();
        let rule = if input.option("workhours.reading") == Some("1") { Rule::Alone } else { Rule::Settles };
        let state = input.resume().state.clone();
        if !state.is_empty() {
            return (Self::none(input), Years::resumed(reference, &state));
        }
        let stated = |head: &[u8]| matches!(lines(head, false).find_map(day), Some(Day::Full(..)));
        let ahead = Self::look(input, stated);
        let years = Years::planned(reference, rule, ahead.lines().filter_map(day));
        (ahead, years)
    }

    /// What was read ahead.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// The whole lines of the beginning. One that ends with the input may lack its end.
    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        lines(&self.head, self.head.len() < LOOKED_AT)
    }
}

/// The lines of `head`; the last, unless it is known to be whole, only with its end.
fn lines(head: &[u8], whole: bool) -> impl Iterator<Item = &[u8]> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let end = match whole {
        true => head.len(),
        false => memchr::memrchr(b'\n', head).map_or(0, |i| i + 1),
    };
    head.get(..end).unwrap_or_default().split(|b| *b == b'\n')
}

impl InputHost for Ahead<'_, '_> {
    fn name(&self) -> &str {
        self.input.name()
    }

    fn resume(&self) -> &Resume {
        &self.resume
    }

    fn size(&self) -> Option<u64> {
        self.input.size()
    }

    fn reference_secs(&self) -> i64 {
        self.input.reference_secs()
    }

    fn option(&self, name: &str) -> Option<&str> {
        self.input.option(name)
    }

    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut rest = self.head.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            self.head = Vec::new();
            self.at = 0;
            if let Some(e) = self.failed.take() {
                return Err(e);
            }
            return self.input.read(buf);
        }
        let got = rest.read(buf)?;
        self.at += got;
        Ok(got)
    }

    fn map(&mut self) -> io::Result<&[u8]> {
        Err(io::Error::other("this input is read, not mapped"))
    }

    fn path(&mut self) -> io::Result<&Path> {
        Err(io::Error::other("this input is read, not opened"))
    }
}
