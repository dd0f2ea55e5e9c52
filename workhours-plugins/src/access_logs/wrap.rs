//! Text around a whole line of an access log, added by forwarders: syslog daemons, container runtimes, `docker compose
//! logs`, `kubectl logs`, Python's loggers.
//!
//! Removes it and keeps its values; text with another layout isn't removed. [`json`](crate::access_logs::json) reads
//! lines wrapped in JSON.

use crate::access_logs::host::{Class, class};
use crate::toolkit::stamp;
use memchr::memchr;
use workhours_plugin_api::{Attr, Text, Value, civil};

/// A line without the text around it.
#[derive(Debug, Default)]
pub(crate) struct Unwrapped<'a> {
    /// The machine of a syslog head.
    pub(crate) host: &'a [u8],
    pub(crate) more: Vec<Attr<'a>>,
    /// Whether it is the first part of a line that a container runtime cut in two.
    pub(crate) partial: bool,
    pub(crate) line: &'a [u8],
}

/// Removes the text around a line, in any number of layers.
pub(crate) fn unwrap(line: &[u8]) -> Unwrapped<'_> {
    let mut found = Unwrapped { line, ..Unwrapped::default() };
    const MAX_LAYERS: usize = 4;
    for _ in 0..MAX_LAYERS {
        let text = uncoloured(found.line);
        let Some(rest) = compose(text, &mut found)
            .or_else(|| kubectl(text, &mut found))
            .or_else(|| head(text, &mut found))
        else {
            break;
        };
        found.line = uncoloured(uncoloured(rest).trim_ascii_start());
    }
    found
}

impl<'a> Unwrapped<'a> {
    fn add(&mut self, key: &'a str, value: &'a [u8]) {
        if !value.is_empty() && value != b"-" && self.more.iter().all(|a| a.key != key) {
            self.more.push(Attr { key, value: Value::Str(Text(value)) });
        }
    }

    fn tagged(&mut self, [tag, pid, rest]: &Tagged<'a>) -> &'a [u8] {
        self.add("tag", tag);
        self.add("pid", pid);
        rest
    }
}

/// `web-1  | `
fn compose<'a>(text: &'a [u8], found: &mut Unwrapped<'a>) -> Option<&'a [u8]> {
    let (name, rest) = word(text)?;
    let rest = uncoloured(rest).strip_prefix(b"|")?;
    if !matches!(uncoloured(rest).first(), Some(b' ' | b'\t')) || !name.iter().all(is_named) {
        return None;
    }
    found.add("service", name);
    Some(rest)
}

/// `[pod/web-5d4/nginx] `
fn kubectl<'a>(text: &'a [u8], found: &mut Unwrapped<'a>) -> Option<&'a [u8]> {
    let rest = text.strip_prefix(b"[pod/")?;
    let close = memchr(b']', rest)?;
    let name = &rest[..close];
    if !name.iter().all(|b| is_named(b) || *b == b'/') {
        return None;
    }
    let mut parts = name.splitn(2, |b| *b == b'/');
    found.add("pod", parts.next()?);
    found.add("container", parts.next().unwrap_or_default());
    Some(&rest[close + 1..])
}

/// `<133>Dec 23 15:31:15 web1 httpd[23]: `, `2023-11-05T08:32:31-05:00 web1 nginx: `, `<134>1 2023-… web1 nginx 7 - - `,
/// `2023-10-06T00:17:09.66Z stdout F `, `INFO:werkzeug:`
fn head<'a>(text: &'a [u8], found: &mut Unwrapped<'a>) -> Option<&'a [u8]> {
    if let Some(rest) = logger(text) {
        return Some(rest);
    }
    let (pri, rest) = priority(text);
    if pri
        && let Some((version, rest)) = word(rest)
        && civil::digits(version).is_some()
        && let Some((time, rest)) = word(rest)
        && (time == b"-" || time_len(time) == Some(time.len()))
    {
        return new_style(rest, found);
    }
    let rest = match time_len(rest) {
        Some(len) => {
            let rest = rest[len..].strip_prefix(b":").unwrap_or(&rest[len..]);
            if !rest.starts_with(b" ") && !rest.starts_with(b"\t") {
                return None;
            }
            rest.trim_ascii_start()
        }
        None if pri => rest,
        None => return None,
    };
    if let Some(rest) = container(rest, found) {
        return Some(rest);
    }
    let (first, after) = word(rest)?;
    if let Some(tagged) = tag(rest) {
        return Some(found.tagged(&tagged));
    }
    let is_host =
        first.iter().all(|b| is_named(b) || *b == b':') && first.iter().any(u8::is_ascii_alphanumeric);
    // A host without a tag is one only before a client.
    match tag(after) {
        Some(tagged) if is_host => {
            found.host = first;
            Some(found.tagged(&tagged))
        }
        None if is_host
            && class(first) != Class::Word
            && !is_client(first)
            && word(after).is_some_and(|(next, _)| is_client(next)) =>
        {
            found.host = first;
            Some(after)
        }
        _ => Some(rest),
    }
}

fn is_client(text: &[u8]) -> bool {
    let text = text.strip_suffix(b",").unwrap_or(text);
    matches!(class(text), Class::Address | Class::AddressPort | Class::List)
}

/// The text after the time of RFC 5424: `HOST APP PROCID MSGID SD MSG`. Heroku leaves out SD.
fn new_style<'a>(text: &'a [u8], found: &mut Unwrapped<'a>) -> Option<&'a [u8]> {
    let (host, rest) = word(text)?;
    let (app, rest) = word(rest)?;
    let (process, rest) = word(rest)?;
    let (_, mut rest) = word(rest)?;
    if let Some(after) = rest.strip_prefix(b"- ") {
        rest = after;
    } else {
        while let Some(inside) = rest.strip_prefix(b"[") {
            rest = &inside[memchr(b']', inside)? + 1..];
        }
    }
    found.host = if host == b"-" { b"" } else { host };
    found.add("tag", app);
    found.add("pid", process);
    let rest = rest.trim_ascii_start();
    Some(rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest))
}

/// `<133>`, perhaps after the count of a frame: `83 <133>`. Whether there is one, and the rest of the text.
fn priority(text: &[u8]) -> (bool, &[u8]) {
    let counted = word(text).filter(|(n, rest)| civil::digits(n).is_some() && rest.starts_with(b"<"));
    let framed = counted.map_or(text, |(_, rest)| rest);
    let digits = framed.strip_prefix(b"<").and_then(|rest| {
        let close = rest.iter().take(4).position(|b| *b == b'>')?;
        civil::digits(&rest[..close]).map(|_| &rest[close + 1..])
    });
    digits.map_or((false, text), |rest| (true, rest))
}

/// Tag, process and what follows.
type Tagged<'a> = [&'a [u8]; 3];

/// `tag: `, `tag[pid]: `
fn tag(text: &[u8]) -> Option<Tagged<'_>> {
    /// Longer than any tag; RFC 3164 allows 32.
    const LONGEST: usize = 128;
    let end = text.iter().take(LONGEST).position(|b| matches!(b, b' ' | b'\t' | b'[' | b':'))?;
    let (name, mut rest) = text.split_at(end);
    let mut pid = &b""[..];
    if let Some(inside) = rest.strip_prefix(b"[") {
        let close = inside.iter().take(LONGEST).position(|b| *b == b']')?;
        (pid, rest) = (&inside[..close], &inside[close + 1..]);
    }
    let rest = rest.strip_prefix(b":").filter(|r| matches!(r.first(), Some(b' ' | b'\t')))?;
    if !name.iter().all(|b| is_named(b) || *b == b'/') || !name.iter().any(u8::is_ascii_alphabetic) {
        return None;
    }
    Some([name, pid, rest])
}

/// `stdout F `, as the runtimes of Kubernetes write after the time.
fn container<'a>(text: &'a [u8], found: &mut Unwrapped<'a>) -> Option<&'a [u8]> {
    let (stream, rest) = word(text)?;
    let (part, _) = word(rest)?;
    if !matches!(stream, b"stdout" | b"stderr")
        || !matches!(part.first(), Some(b'F' | b'P'))
        || part.len() > 1
    {
        return None;
    }
    found.add("stream", stream);
    found.partial |= part == b"P";
    Some(&rest[2..])
}

/// `INFO:werkzeug:`, as Python's loggers write by default.
fn logger(text: &[u8]) -> Option<&[u8]> {
    let rest =
        [&b"INFO:"[..], b"DEBUG:", b"WARNING:", b"ERROR:"].iter().find_map(|l| text.strip_prefix(*l))?;
    let name = rest.iter().take_while(|b| is_named(b)).count();
    if name == 0 {
        return None;
    }
    rest[name..].strip_prefix(b":")
}

/// Length of the time that the text begins with: `Dec 23 15:31:15`, `Dec 23 2023 15:31:15.123`, or ISO 8601.
fn time_len(text: &[u8]) -> Option<usize> {
    let digits =
        |at: usize| text.get(at..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
    let fits = |at: usize, mask: &[u8]| text.get(at..at + mask.len()).is_some_and(|t| stamp::fits(t, mask));
    let with_fraction = |at: usize| match text.get(at) {
        Some(b'.' | b',') if digits(at + 1) > 0 => at + 1 + digits(at + 1),
        _ => at,
    };
    if fits(0, b"####-##-##T##:##:##") || fits(0, b"####-##-## ##:##:##") {
        let at = with_fraction(19);
        return Some(match text.get(at) {
            Some(b'Z') => at + 1,
            Some(b'+' | b'-') if fits(at + 1, b"##:##") => at + 6,
            Some(b'+' | b'-') if fits(at + 1, b"####") => at + 5,
            _ => at,
        });
    }
    civil::month(text.get(..3)?)?;
    let mut at = 3;
    for _ in 0..2 {
        let blanks = text.get(at..)?.iter().take_while(|b| **b == b' ').count();
        if !(1..=2).contains(&blanks) || digits(at + blanks) == 0 {
            return None;
        }
        at += blanks;
        if at > 4 && fits(at, b"##:##:##") {
            return Some(with_fraction(at + 8));
        }
        at += digits(at);
    }
    let at = at + 1;
    fits(at, b"##:##:##").then(|| with_fraction(at + 8))
}

fn is_named(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(byte)
}

/// A word, and the text after the spaces that follow it.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|b| matches!(b, b' ' | b'\t'))?;
    (end > 0).then(|| (&text[..end], text[end..].trim_ascii_start()))
}

/// The text after the escape sequences for colours.
fn uncoloured(mut text: &[u8]) -> &[u8] {
    while let Some(rest) = text.strip_prefix(b"\x1b[") {
        let len = rest.iter().take_while(|b| b.is_ascii_digit() || **b == b';').count();
        match rest.get(len) {
            Some(b'm') => text = &rest[len + 1..],
            _ => break,
        }
    }
    text
}
