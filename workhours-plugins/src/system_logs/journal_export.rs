//! The export format of the systemd journal: fields as `NAME=value` lines, or as a name, a length and that many
//! bytes; an entry ends at a blank line.
//!
//! Not for what fields mean, that is `journal`.

use crate::system_logs::journal::{self, Field};
use crate::toolkit::window::{SHOWN, Window};
use std::io;
use std::ops::Range;
use workhours_plugin_api::*;

/// The positions of an entry's fields.
type Ranges = Vec<(Range<usize>, Range<usize>)>;

enum Entry {
    /// Its length, how much to take with the blank line after it, and whether that exists.
    Whole { len: usize, taken: usize, ended: bool },
    /// Not readable: nothing is taken yet.
    Refused(RejectCode, &'static str),
    /// The input ends within a field.
    Cut,
}

/// Whether an input may begin like this: a field's name.
pub(crate) fn begins(head: &[u8]) -> bool {
    head.first().is_some_and(|b| b.is_ascii_uppercase() || *b == b'_')
}

/// Reads entries to the input's end.
pub(crate) fn read(
    window: &mut Window<'_, '_>,
    state: &[u8],
    out: &mut dyn EventSink,
) -> Result<(), SourceError> {
    let mut ranges = Ranges::new();
    while window.has(1)? {
        let start = window.position();
        if window.at_blank_line()? {
            window.skip_line()?;
            out.ignored(1)?;
            out.checkpoint(window.position(), state)?;
            continue;
        }
        let entry = entry(window, &mut ranges)?;
        let unread = window.unread();
        let span = |len: usize| Span {
            offset: start.offset,
            line: start.lines + 1,
            raw: unread.get(..len).unwrap_or(unread),
        };
        match entry {
            Entry::Whole { len, taken, ended } => {
                let piece = |range: &Range<usize>| unread.get(range.clone()).unwrap_or_default();
                let fields: Vec<Field<'_>> = ranges.iter().map(|(n, v)| (piece(n), piece(v))).collect();
                let flags = if ended { RowFlags::NONE } else { RowFlags::PROVISIONAL };
                journal::emit(span(len), &fields, journal::EXPORTED, flags, out)?;
                window.take(taken);
                if ended {
                    out.checkpoint(window.position(), state)?;
                }
            }
            Entry::Refused(code, reason) => {
                let shown = span(SHOWN.min(first_entry(unread)));
                out.reject(&Reject { span: shown, code, reason, provisional: false })?;
                if skip_entry(window)? {
                    out.checkpoint(window.position(), state)?;
                }
            }
            Entry::Cut => {
                let reason = "the input ends within a field of the entry";
                let span = span(SHOWN);
                out.reject(&Reject { span, code: RejectCode::Truncated, reason, provisional: true })?;
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Finds the fields of the next entry. They stay unread.
fn entry(window: &mut Window<'_, '_>, ranges: &mut Ranges) -> io::Result<Entry> {
    const TOO_LONG: Entry = Entry::Refused(RejectCode::TooLong, "the entry is longer than a record may be");
    const LENGTH: usize = 8;
    ranges.clear();
    let mut at = 0;
    loop {
        let end = match window.line_end(at, MAX_RECORD_BYTES)? {
            Some(end) => end,
            None if window.unread().len() > MAX_RECORD_BYTES => return Ok(TOO_LONG),
            // An entry that ends with a whole line and no blank one.
            None if window.unread().len() == at => {
                return Ok(Entry::Whole { len: at.saturating_sub(1), taken: at, ended: false });
            }
            None => return Ok(Entry::Cut),
        };
        let line = window.unread().get(at..end).unwrap_or_default();
        // A text field doesn't end in a carriage return, unless something has changed line ends.
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return Ok(Entry::Whole { len: at.saturating_sub(1), taken: end + 1, ended: true });
        }
        let equals = memchr::memchr(b'=', line);
        let name = line.get(..equals.unwrap_or(line.len())).unwrap_or_default();
        if !is_name(name) {
            let reason = "a line is neither a field's name, nor a name, = and a value";
            return Ok(Entry::Refused(RejectCode::Malformed, reason));
        }
        let name = at..at + name.len();
        if equals.is_some() {
            let value = name.end + 1..at + line.len();
            ranges.push((name, value));
            at = end + 1;
            continue;
        }
        let data = end + 1 + LENGTH;
        if !window.has(data)? {
            return Ok(Entry::Cut);
        }
        let Some(length) = window.unread().get(end + 1..data).and_then(|b| b.first_chunk::<LENGTH>()) else {
            return Ok(Entry::Cut);
        };
        let length = u64::from_le_bytes(*length);
        let behind = match usize::try_from(length) {
            Ok(length) if length <= MAX_RECORD_BYTES.saturating_sub(data) => data + length,
            _ => return Ok(TOO_LONG),
        };
        if !window.has(behind + 1)? {
            return Ok(Entry::Cut);
        }
        if window.unread().get(behind) != Some(&b'\n') {
            let reason =
                "no line end follows a field's bytes: its length is wrong, or line ends were changed";
            return Ok(Entry::Refused(RejectCode::Malformed, reason));
        }
        ranges.push((name, data..behind));
        at = behind + 1;
    }
}

/// `MESSAGE`, `__CURSOR`.
fn is_name(name: &[u8]) -> bool {
    let allowed = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_';
    !name.is_empty() && !name[0].is_ascii_digit() && name.iter().all(allowed)
}

/// Length of the bytes before the first blank line.
fn first_entry(unread: &[u8]) -> usize {
    memchr::memmem::find(unread, b"\n\n").unwrap_or(unread.len())
}

/// Takes everything up to a blank line, and returns whether there was one.
fn skip_entry(window: &mut Window<'_, '_>) -> io::Result<bool> {
    loop {
        if !window.skip_line()? {
            return Ok(false);
        }
        if window.at_blank_line()? {
            return window.skip_line();
        }
    }
}
