//! The journal as `journalctl -o verbose` prints it: a line of a time and a cursor in brackets, then an indented line for
//! each field.
//!
//! Not for what fields mean, that is `journal`.

use crate::system_logs::journal::{self, Field, How};
use crate::system_logs::log_time::{self, Layout, When};
use crate::toolkit::folded::{self, Folded};
use crate::toolkit::stamp::Stamp;
use crate::toolkit::window::Window;
use std::borrow::Cow;
use workhours_plugin_api::*;

/// Time and cursor of the first line of an entry; no time if there is no such date.
fn head(line: &[u8]) -> Option<(Option<Stamp>, &[u8])> {
    let line = line.split(|b| *b == b'\n').next()?.trim_ascii_end();
    if !line.ends_with(b"]") {
        return None;
    }
    let timed = log_time::time(line).filter(|timed| timed.layout == Layout::Printed)?;
    let cursor = timed.rest.strip_prefix(b" [")?.strip_suffix(b"]").filter(|c| c.starts_with(b"s="))?;
    match timed.when {
        When::Full(stamp, _) => Some((stamp, cursor)),
        When::Yearless(_) => None,
    }
}

/// Whether an entry begins with this line.
pub(crate) fn begins(line: &[u8]) -> bool {
    line.first().is_some_and(u8::is_ascii_uppercase) && head(line).is_some()
}

/// Reads entries to the input's end.
pub(crate) fn read(
    window: &mut Window<'_, '_>,
    state: &[u8],
    out: &mut dyn EventSink,
) -> Result<(), SourceError> {
    let mut record = Folded::default();
    while let Some(line) = window.line()? {
        let begins = begins(line.bytes());
        let goes_on = line.bytes().first().is_none_or(|b| matches!(b, b' ' | b'\t'));
        if !begins && record.is_open() && goes_on {
            record.append(&line);
            continue;
        }
        record.end(false, out, |span, last, out| emit(span, last, true, out))?;
        let start = Position { offset: line.span.offset, lines: line.span.line - 1 };
        out.checkpoint(start, state)?;
        if begins {
            record.begin(&line);
            continue;
        }
        match line.bytes().starts_with(b"-- ") {
            true => out.ignored(1)?,
            false => folded::stray(
                &line,
                "the line begins no entry with a time and a cursor, and is no field",
                out,
            )?,
        }
        if line.terminated {
            out.checkpoint(line.end, state)?;
        }
    }
    record.end(true, out, |span, last, out| emit(span, last, true, out))?;
    Ok(())
}

/// Pushes an entry, for `journald` or for `log.auth`, which knows records by their bytes.
pub(crate) fn emit(span: Span<'_>, last: bool, keyed: bool, out: &mut dyn EventSink) -> Result<(), Stop> {
    let refuse = |code, reason| Reject { span, code, reason, provisional: last };
    let Some((time, cursor)) = head(span.raw) else {
        return out.reject(&refuse(RejectCode::Malformed, "the entry begins with no time and no cursor"));
    };
    if time.is_none() {
        return out.reject(&refuse(RejectCode::BadTime, "there is no such date or time"));
    }
    let mut flags = if last { RowFlags::PROVISIONAL } else { RowFlags::NONE };
    let mut values: Vec<(&[u8], Cow<'_, [u8]>)> = Vec::new();
    let lines = span.raw.split(|b| *b == b'\n').skip(1).map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    for line in lines {
        match field(line) {
            Some((_, value)) if value.starts_with(b"[") && value.ends_with(b"B blob data]") => {
                flags |= RowFlags::MALFORMED_TAIL;
            }
            Some((name, value)) => values.push((name, Cow::Borrowed(value))),
            // A value's further lines follow its first.
            None => match values.last_mut() {
                Some((name, value)) => {
                    let indent = INDENT + name.len() + 1;
                    let spaces = line.iter().take(indent).take_while(|b| **b == b' ').count();
                    let value = value.to_mut();
                    value.push(b'\n');
                    value.extend_from_slice(&line[spaces..]);
                }
                None => flags |= RowFlags::UNPLACED,
            },
        }
    }
    let mut fields: Vec<Field<'_>> = vec![(b"__CURSOR", cursor)];
    fields.extend(values.iter().map(|(name, value)| (*name, value.as_ref())));
    let kind = if keyed { journal::EXPORTED.kind } else { "auth.message" };
    journal::emit(span, &fields, How { kind, keyed, time }, flags, out)
}

/// Spaces before a field.
const INDENT: usize = 4;

/// `    NAME=value`
fn field(line: &[u8]) -> Option<Field<'_>> {
    let rest = line.get(INDENT..).filter(|_| line.iter().take(INDENT).all(|b| *b == b' '))?;
    let equals = memchr::memchr(b'=', rest)?;
    let name = &rest[..equals];
    let named =
        !name.is_empty() && name.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
    named.then_some((name, &rest[equals + 1..]))
}
