//! The journal as printed by `journalctl -o json`: an object per line, also after the marks of `json-seq` and
//! `json-sse`.
//!
//! Not for objects over several lines (`json-pretty`), nor for the meaning of fields (`journal`).

use crate::system_logs::journal::{self, Field};
use crate::toolkit::window::Window;
use serde_json::{Map, Value};
use std::borrow::Cow;
use workhours_plugin_api::*;

/// Whether an input may begin like this.
pub(crate) fn begins(head: &[u8]) -> bool {
    unmarked(head).starts_with(b"{")
}

fn unmarked(line: &[u8]) -> &[u8] {
    let line = line.trim_ascii_start();
    let line = line.strip_prefix(b"\x1e").or_else(|| line.strip_prefix(b"data:")).unwrap_or(line);
    line.trim_ascii_start()
}

/// Reads entries to the input's end.
pub(crate) fn read(
    window: &mut Window<'_, '_>,
    state: &[u8],
    out: &mut dyn EventSink,
) -> Result<(), SourceError> {
    while let Some(line) = window.line()? {
        entry(&line, out)?;
        if line.terminated {
            out.checkpoint(line.end, state)?;
        }
    }
    Ok(())
}

fn entry(line: &Line<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
    let (span, provisional) = (line.span, !line.terminated);
    let refuse = |code, reason| Reject { span, code, reason, provisional };
    if line.too_long {
        return out.reject(&refuse(RejectCode::TooLong, "the line is longer than a record may be"));
    }
    let text = unmarked(line.bytes());
    if text.is_empty() {
        return out.ignored(1);
    }
    let object: Map<String, Value> = match serde_json::from_slice(text) {
        Ok(object) => object,
        Err(e) if e.is_eof() => {
            return out.reject(&refuse(RejectCode::Truncated, "the line ends within its JSON object"));
        }
        Err(e) => {
            return out.reject(&refuse(RejectCode::Malformed, &format!("the line is no JSON object: {e}")));
        }
    };
    let mut flags = if provisional { RowFlags::PROVISIONAL } else { RowFlags::NONE };
    let mut values = Vec::with_capacity(object.len());
    for (name, value) in &object {
        if !several(name, value, &mut values) {
            flags |= RowFlags::MALFORMED_TAIL;
        }
    }
    let fields: Vec<Field<'_>> = values.iter().map(|(n, v)| (n.as_bytes(), v.as_ref())).collect();
    journal::emit(span, &fields, journal::EXPORTED, flags, out)
}

type Values<'a> = Vec<(&'a str, Cow<'a, [u8]>)>;

/// Adds the values of a field: an array is its bytes if it contains only numbers, else several values. `false` if one
/// was left out, by journalctl or because it isn't a value.
fn several<'a>(name: &'a str, value: &'a Value, values: &mut Values<'a>) -> bool {
    if let Some(one) = bytes(value) {
        values.push((name, one));
        return true;
    }
    let Value::Array(list) = value else { return false };
    let before = values.len();
    values.extend(list.iter().filter_map(bytes).map(|one| (name, one)));
    values.len() - before == list.len()
}

fn bytes(value: &Value) -> Option<Cow<'_, [u8]>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text.as_bytes())),
        Value::Number(number) => Some(Cow::Owned(number.to_string().into_bytes())),
        Value::Bool(yes) => Some(Cow::Borrowed(if *yes { b"true" } else { b"false" })),
        Value::Array(list) => {
            let byte = |v: &Value| u8::try_from(v.as_u64()?).ok();
            Some(Cow::Owned(list.iter().map(byte).collect::<Option<Vec<u8>>>()?))
        }
        Value::Null | Value::Object(_) => None,
    }
}
