//! An event from the C ABI as a row: every field is checked before it is used.
#![allow(unsafe_code)]

use super::types::{self, *};
use crate::row::{self, EventRow, RowFlags, Span, Text, Value};
use crate::time::{EventTime, Precision, Zone};

/// The row of an event without its tags and attributes, which go into the vectors.
pub(super) fn fill<'e>(
    event: &Event,
    tags: &mut Vec<Text<'e>>,
    attrs: &mut Vec<row::Attr<'e>>,
) -> Result<EventRow<'e>, String> {
    let bytes = |field: &str, s: Str| {
        // SAFETY: lent for the length of `emit`, which is `'e`.
        unsafe { s.bytes::<'e>() }.ok_or_else(|| format!("{field} has a length but no bytes"))
    };
    let text = |field: &str, s: Str| bytes(field, s).map(Text);
    let utf8 = |field: &str, s: Str| {
        std::str::from_utf8(bytes(field, s)?).map_err(|_| format!("{field} is not UTF-8"))
    };
    for tag in items("tags", event.tags, event.n_tags)? {
        tags.push(text("a tag", *tag)?);
    }
    for attr in items("attrs", event.attrs, event.n_attrs)? {
        // SAFETY: every bit pattern is a value of each of the fields, and `kind` says which one was set.
        let value = unsafe {
            match attr.kind {
                attr_kind::STR => Value::Str(text("an attribute", attr.value.s)?),
                attr_kind::INT => Value::Int(attr.value.i),
                attr_kind::FLOAT => Value::Float(attr.value.f),
                attr_kind::BOOL => Value::Bool(attr.value.i != 0),
                // From a newer version than ours.
                _ => continue,
            }
        };
        attrs.push(row::Attr { key: utf8("an attribute's key", attr.key)?, value });
    }
    let span = Span { offset: event.offset, line: event.line, raw: bytes("raw", event.raw)? };
    if span.offset.checked_add(span.raw.len() as u64).is_none() {
        return Err("its offset is beyond any input".into());
    }
    Ok(EventRow {
        span,
        time: time("start", event.start)?,
        end: time("end", event.end)?,
        kind: utf8("kind", event.kind)?,
        key: bytes("key", event.key)?,
        url: text("url", event.url)?,
        referrer: text("referrer", event.referrer)?,
        title: text("title", event.title)?,
        text: text("text", event.text)?,
        host: text("host", event.host)?,
        user: text("user", event.user)?,
        agent: text("agent", event.agent)?,
        tags: &[],
        attrs: &[],
        // Bits of a newer version are remarks we do not know.
        flags: RowFlags(event.flags & RowFlags::SOURCE_BITS.0),
        peer: text("peer", event.peer)?,
        key_host: text("key_host", event.key_host)?,
        key_user: text("key_user", event.key_user)?,
        series: bytes("series", event.series)?,
        revision: event.revision,
    })
}

fn items<'e, T>(field: &str, ptr: *const T, len: usize) -> Result<&'e [T], String> {
    match len {
        0 => Ok(&[]),
        _ if ptr.is_null() || len.checked_mul(size_of::<T>()).is_none_or(|n| n > isize::MAX as usize) => {
            Err(format!("{field} has a length but no items"))
        }
        // SAFETY: lent for the length of `emit`; null and impossible lengths were excluded.
        _ => Ok(unsafe { std::slice::from_raw_parts(ptr, len) }),
    }
}

fn time(field: &str, time: types::Time) -> Result<Option<EventTime>, String> {
    if time.flags & time_flags::SET == 0 {
        return Ok(None);
    }
    if !crate::time::YEARS.contains(&time.sec) {
        return Err(format!("{field} is outside the years 1 to 9999 ({} s)", time.sec));
    }
    if time.nsec > 999_999_999 {
        return Err(format!("{field} has {} nanoseconds", time.nsec));
    }
    let precision = Precision::from_number(time.precision)
        .ok_or_else(|| format!("{field} has the unknown precision {}", time.precision))?;
    let zone = match time.offset_min {
        _ if time.flags & time_flags::LOCAL != 0 => Zone::Local,
        OFFSET_UNKNOWN => Zone::Unknown,
        minutes if minutes.unsigned_abs() < 24 * 60 => Zone::Offset(minutes),
        minutes => return Err(format!("{field} is {minutes} minutes from UTC")),
    };
    Ok(Some(EventTime { secs: time.sec, nanos: time.nsec, zone, precision }))
}
