//! A message of the syslog protocol: `<PRI>VERSION TIME HOST APP PROCID MSGID STRUCTURED-DATA MESSAGE`.
//!
//! Not for splitting a stream into messages, nor for the older layout, which is in `bsd`.

use crate::system_logs::log_time::{self, When};
use crate::system_logs::priority::priority;
use crate::toolkit::stamp::Stamp;
use std::borrow::Cow;
use workhours_plugin_api::{RejectCode, RowFlags, civil};

/// The fields of a message; `-` becomes empty.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    pub(crate) pri: u32,
    pub(crate) version: u32,
    pub(crate) time: Option<Stamp>,
    /// The day of the time, for the years of other records.
    pub(crate) day: Option<(i32, u32, u32)>,
    pub(crate) host: &'a [u8],
    pub(crate) app: &'a [u8],
    pub(crate) procid: &'a [u8],
    pub(crate) msgid: &'a [u8],
    /// With its brackets.
    pub(crate) data: &'a [u8],
    pub(crate) text: &'a [u8],
    /// `MALFORMED_TAIL` if the structured data could not be read, and the text begins with it, or if a field is longer
    /// than it may be; `UNPLACED` if the text begins with what may have been a field.
    pub(crate) flags: RowFlags,
}

type Refusal = (RejectCode, &'static str);

fn versioned(frame: &[u8]) -> Option<(u32, u32, &[u8])> {
    let (pri, rest) = priority(frame)?;
    let (version, rest) = field(rest)?;
    let version = civil::digits(version).filter(|v| (1..=999).contains(v))?;
    Some((pri, version, rest))
}

/// Splits a frame; `None` if it isn't a message of this protocol.
pub(crate) fn split(frame: &[u8]) -> Option<Result<Message<'_>, Refusal>> {
    let (pri, version, rest) = versioned(frame)?;
    Some(fields(pri, version, rest))
}

fn fields(pri: u32, version: u32, rest: &[u8]) -> Result<Message<'_>, Refusal> {
    let few = (RejectCode::Truncated, "fewer than the seven fields of an RFC 5424 header");
    let (time, rest) = field(rest).ok_or(few)?;
    let (time, day) = match log_time::iso(time) {
        _ if time == b"-" => (None, None),
        Some((When::Full(Some(stamp), day), b"")) => (Some(stamp), Some(day)),
        _ => return Err((RejectCode::BadTime, "the third field is no RFC 3339 time and no -")),
    };
    let (host, rest) = field(rest).ok_or(few)?;
    let (app, behind_app) = field(rest).ok_or(few)?;
    let (procid, behind_procid) = field(behind_app).ok_or(few)?;
    let (msgid, rest) = field(behind_procid).ok_or(few)?;
    let mut flags = match [(host, 255), (app, 48), (procid, 128), (msgid, 32)] {
        // Longer than the RFC allows: a relay that knows no better, or parts of the head are missing.
        fields if fields.iter().any(|(field, most)| field.len() > *most) => RowFlags::MALFORMED_TAIL,
        _ => RowFlags::NONE,
    };
    let (mut procid, mut msgid) = (procid, msgid);
    let (data, text) = match data_len(rest) {
        Some(len) => {
            let (data, text) = rest.split_at(len);
            (present(data), text.strip_prefix(b" ").unwrap_or(text))
        }
        None if rest.is_empty() => return Err(few),
        None if rest.starts_with(b"[") => {
            flags |= RowFlags::MALFORMED_TAIL;
            (&b""[..], rest)
        }
        // No structured data in its place: the text before may be words of the message.
        None => {
            flags |= RowFlags::MALFORMED_TAIL;
            let text = match (procid, msgid) {
                _ if procid != b"-" && civil::digits(procid).is_none() => {
                    flags |= RowFlags::UNPLACED;
                    (procid, msgid) = (b"-", b"-");
                    behind_app
                }
                (_, b"-") => rest,
                _ => {
                    flags |= RowFlags::UNPLACED;
                    msgid = b"-";
                    behind_procid
                }
            };
            (&b""[..], text)
        }
    };
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let [host, app, procid, msgid] = [host, app, procid, msgid].map(present);
    Ok(Message { pri, version, time, day, host, app, procid, msgid, data, text, flags })
}

fn present(field: &[u8]) -> &[u8] {
    if field == b"-" { b"" } else { field }
}

/// A field and the text after the space that follows.
fn field(text: &[u8]) -> Option<(&[u8], &[u8])> {
    memchr::memchr(b' ', text).filter(|i| *i > 0).map(|i| (&text[..i], &text[i + 1..]))
}

/// Length of the structured data, which is followed by the end of the text or a space.
fn data_len(text: &[u8]) -> Option<usize> {
    let mut len = 0;
    if text.starts_with(b"-") {
        len = 1;
    }
    while len != 1 && text.get(len) == Some(&b'[') {
        len += element_len(text.get(len..)?)?;
    }
    (len > 0 && matches!(text.get(len), None | Some(b' '))).then_some(len)
}

/// Length of `[id name="value" …]`.
fn element_len(text: &[u8]) -> Option<usize> {
    let mut at = 1 + name_len(text.get(1..)?)?;
    loop {
        match text.get(at)? {
            b']' => return Some(at + 1),
            b' ' => {}
            _ => return None,
        }
        // Some write two spaces, or one before the bracket.
        at += text.get(at..)?.iter().take_while(|b| **b == b' ').count();
        if text.get(at)? == &b']' {
            continue;
        }
        at += name_len(text.get(at..)?)?;
        at += text.get(at..)?.starts_with(b"=\"").then_some(2)?;
        at += value_len(text.get(at..)?)? + 1;
    }
}

fn name_len(text: &[u8]) -> Option<usize> {
    let len = text.iter().take_while(|b| !matches!(b, b' ' | b'=' | b']' | b'"' | b'\n')).count();
    (len > 0).then_some(len)
}

/// Length up to the quote that ends a value.
fn value_len(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text.get(at) == Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// A parameter: the id of its element, its name, its value.
pub(crate) type Param<'a> = (&'a [u8], &'a [u8], Cow<'a, [u8]>);

/// The parameters of structured data. An element without any returns one with an empty name.
pub(crate) fn params(data: &[u8]) -> impl Iterator<Item = Param<'_>> {
    let (mut rest, mut id) = (data, &b""[..]);
    std::iter::from_fn(move || {
        loop {
            match rest.first()? {
                b'[' => {
                    let len = name_len(&rest[1..])?;
                    (id, rest) = rest[1..].split_at(len);
                    if rest.starts_with(b"]") {
                        return Some((id, &b""[..], Cow::Borrowed(&b""[..])));
                    }
                }
                b']' | b' ' => rest = &rest[1..],
                _ => {
                    let (name, after) = rest.split_at(name_len(rest)?);
                    let value = after.get(2..)?;
                    let len = value_len(value)?;
                    rest = &value[len + 1..];
                    return Some((id, name, unescaped(&value[..len])));
                }
            }
        }
    })
}

/// Unescapes `\"`, `\\` and `\]`; before anything else a backslash stays.
fn unescaped(value: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', value).is_none() {
        return Cow::Borrowed(value);
    }
    let mut out = Vec::with_capacity(value.len());
    let mut bytes = value.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match bytes.next_if(|next| byte == b'\\' && matches!(next, b'"' | b'\\' | b']')) {
            Some(next) => out.push(next),
            None => out.push(byte),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(data: &str) -> Vec<(String, String, String)> {
        let text = |b: &[u8]| String::from_utf8(b.to_vec()).unwrap();
        params(data.as_bytes()).map(|(i, n, v)| (text(i), text(n), text(&v))).collect()
    }

    #[test]
    fn structured_data() {
        assert_eq!(data_len(b"- text"), Some(1));
        assert_eq!(data_len(b"[a b=\"]\"][c] text"), Some(12));
        for bad in ["", "-text", "[a", "[]", "[a b]", "[a b=\"\\\"]", "[a b=\"c\"d=\"e\"]"] {
            assert_eq!(data_len(bad.as_bytes()), None, "{bad}");
        }
        let own = |v: &[(&str, &str, &str)]| -> Vec<_> {
            v.iter().map(|(i, n, v)| (i.to_string(), n.to_string(), v.to_string())).collect()
        };
        assert_eq!(
            all(r#"[a b="x \"\\\] \n" c=""][d]"#),
            own(&[("a", "b", "x \"\\] \\n"), ("a", "c", ""), ("d", "", "")])
        );
    }
}
