//! `zsh.history`: the history file of zsh, with or without times.
//!
//! Not for `fc -l` listings, which are made for people.

use crate::toolkit::empty_lines;
use crate::toolkit::joined::{Joined, Row};
use std::borrow::Cow;
use workhours_plugin_api::*;

/// The source `zsh.history`.
pub struct ZshHistory;

export_source!(ZshHistory);

static INFO: SourceInfo = SourceInfo {
    name: "zsh.history",
    aliases: &["zsh_history"],
    summary: "Commands in the history file of zsh, with or without EXTENDED_HISTORY",
    details: "\
A record is `: start:elapsed;command` with Unix seconds (option `EXTENDED_HISTORY`), or the bare command. A line \
that ends in a backslash, whatever stands before it, goes on in the next: the two are a line end of the command.

* The end is `start` plus `elapsed`. An elapsed time of 0 says nothing, as zsh also writes it when it does not \
know. A second number that is not below the first is itself the end, as old versions wrote it.
* A start of 0 is none. A bare command has no date; its order in the file is kept.
* A command that begins with a colon is written `\\:`; the backslash is taken off. A line with a colon but \
without the two numbers is a bare command.
* zsh writes a space behind backslashes at the end of a command; it is taken off.
* zsh writes NUL and the bytes 0x83 to 0xA2 as 0x83 and the byte with its bit 0x20 flipped. This is undone, \
unless the record is valid UTF-8 as it stands: then another program wrote it.
* No NUL stands in such a file: a record that holds one was damaged by a crash and is rejected.
* Blank lines are ignored.",
    authority: "zsh, Src/hist.c, readhistline and savehistfile: https://github.com/zsh-users/zsh",
    activity: Activity::Human,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &["shell.command"],
    locations: &[
        Location { os: Os::Any, glob: "~/.zsh_history" },
        Location { os: Os::Any, glob: "~/.zhistory" },
        Location { os: Os::Any, glob: "~/.histfile" },
        Location { os: Os::MacOs, glob: "~/.zsh_sessions/*.history" },
    ],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/zsh.history"), events: 5, rejects: 0 },
};

impl IDataSource for ZshHistory {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let mut lines = Lines::new(input);
        let mut record = Joined::default();
        while let Some(line) = lines.next()? {
            record.push(&line);
            if !line.too_long && goes_on(line.bytes()) {
                continue;
            }
            push(&record, false, out)?;
            if line.terminated {
                out.checkpoint(line.end, &[])?;
            }
            if empty_lines::is_one(&line) {
                empty_lines::pass_over(&mut lines, &[], out)?;
            }
            record.clear();
        }
        if !record.is_empty() {
            push(&record, true, out)?;
        }
        Ok(())
    }
}

/// Whether the next line belongs to this one.
fn goes_on(line: &[u8]) -> bool {
    line.last() == Some(&b'\\')
}

/// `open` means that the last line continues.
fn push(record: &Joined, open: bool, out: &mut dyn EventSink) -> Result<(), Stop> {
    let provisional = open || record.is_unfinished();
    if record.solid_span().raw.is_empty() {
        return out.ignored(record.blanks());
    }
    if record.reject_too_long(provisional, out)? {
        return Ok(());
    }
    let span = record.span();
    if memchr::memchr(0, span.raw).is_some() {
        let reason = "the record holds a NUL byte, which zsh never writes: the file was damaged here";
        return out.reject(&Reject { span, code: RejectCode::BadText, reason, provisional });
    }
    let raw = span.raw.strip_suffix(b"\r").filter(|_| record.is_unfinished()).unwrap_or(span.raw);
    let header = header(raw);
    let mut flags = header.flags;
    if provisional {
        flags |= RowFlags::PROVISIONAL;
    }
    let joined = joined(header.command);
    let text = unmetafied(&joined);
    out.emit(&Row(EventRow {
        span,
        time: header.start.map(EventTime::from_unix),
        end: header.end.map(EventTime::from_unix),
        kind: "shell.command",
        text: Text(&text),
        flags,
        ..EventRow::default()
    }))
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Header<'a> {
    start: Option<i64>,
    end: Option<i64>,
    command: &'a [u8],
    flags: RowFlags,
}

fn header(raw: &[u8]) -> Header<'_> {
    let bare = Header { command: raw, ..Header::default() };
    if raw.starts_with(b"\\:") {
        return Header { command: raw.get(1..).unwrap_or_default(), ..bare };
    }
    let Some(rest) = raw.strip_prefix(b":") else { return bare };
    let (start, rest) = number(rest.trim_ascii_start());
    let Some(rest) = rest.strip_prefix(b":").filter(|_| !start.is_empty()) else { return bare };
    let (second, rest) = number(rest);
    let Some(command) = rest.strip_prefix(b";").filter(|_| !second.is_empty()) else { return bare };
    let value = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<i64>().ok();
    let Some(start) = value(start) else {
        return Header { command, flags: RowFlags::BAD_TIME, ..bare };
    };
    if start == 0 {
        return Header { command, ..bare };
    }
    let (end, flags) = match value(second) {
        Some(0) => (None, RowFlags::NONE),
        Some(end) if end >= start => (Some(end), RowFlags::NONE),
        Some(elapsed) => (start.checked_add(elapsed), RowFlags::NONE),
        None => (None, RowFlags::BAD_NUMBER),
    };
    Header { start: Some(start), end, command, flags }
}

/// Leading digits and what follows them.
fn number(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|b| b.is_ascii_digit()).count())
}

/// The command without the backslashes before line ends, and without the space after those at its end.
fn joined(command: &[u8]) -> Cow<'_, [u8]> {
    let mut out = Cow::Borrowed(command);
    if memchr::memchr(b'\n', command).is_some() {
        let mut plain = Vec::with_capacity(command.len());
        for line in command.split_inclusive(|b| *b == b'\n') {
            match line.strip_suffix(b"\\\n").or_else(|| line.strip_suffix(b"\\\r\n")) {
                Some(line) => {
                    plain.extend_from_slice(line);
                    plain.push(b'\n');
                }
                None => plain.extend_from_slice(line),
            }
        }
        out = Cow::Owned(plain);
    }
    // A last backslash asked for a line that has not come.
    let cut = out.last() == Some(&b'\\');
    let unspaced = out.trim_ascii_end();
    let spaced = unspaced.len() < out.len() && out.last() == Some(&b' ') && unspaced.last() == Some(&b'\\');
    if cut || spaced {
        match &mut out {
            Cow::Borrowed(text) => out = Cow::Borrowed(text.get(..text.len() - 1).unwrap_or_default()),
            Cow::Owned(text) => _ = text.pop(),
        }
    }
    out
}

/// With zsh's own escapes for bytes undone.
fn unmetafied(text: &[u8]) -> Cow<'_, [u8]> {
    const META: u8 = 0x83;
    // An escape is one byte more than UTF-8 takes, so that text which is valid holds none.
    if memchr::memchr(META, text).is_none() || std::str::from_utf8(text).is_ok() {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match bytes.next_if(|_| byte == META) {
            Some(next) => plain.push(next ^ 0x20),
            None => plain.push(byte),
        }
    }
    Cow::Owned(plain)
}
