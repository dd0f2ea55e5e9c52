//! Splits a line of an access log in the family of the common log format: words, a time in brackets, a quoted request,
//! status and size, and the fields that servers add.
//!
//! Nothing is unescaped or judged here; `-` stays `-`. What stands before the time is placed by
//! [`crate::access_logs::prefix`], what is written around the whole line is taken off by
//! [`wrap`](crate::access_logs::wrap) before.

use crate::access_logs::clf_tail;
use crate::access_logs::host;
use crate::access_logs::prefix::{self, Prefix};
use crate::access_logs::row::Request;
use crate::access_logs::time;
use crate::toolkit::numbers;
use crate::toolkit::stamp;
use memchr::{memchr, memchr_iter};
use std::borrow::Cow;
use workhours_plugin_api::{RejectCode, RowFlags};

/// Why a line isn't a request.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: RejectCode,
    pub(crate) reason: Cow<'static, str>,
}

/// A reject with its reason.
pub(crate) fn refuse<T>(code: RejectCode, reason: impl Into<Cow<'static, str>>) -> Result<T, Refusal> {
    Err(Refusal { code, reason: reason.into() })
}

use RejectCode::{BadTime, Malformed, Truncated};

/// The most common layout, which reads all but a few lines of any log: `address - user [time] "request" status …` with
/// single spaces. `false` if the line differs, which doesn't make it invalid.
pub(crate) fn classic<'a>(line: &'a [u8], found: &mut Request<'a>) -> bool {
    let mut fill = || {
        let bracket = memchr(b'[', line)?;
        let head = line[..bracket].strip_suffix(b" ")?;
        let space = memchr(b' ', head)?;
        let (client, rest) = (&head[..space], &head[space + 1..]);
        let user = rest.strip_prefix(b"- ")?;
        let plain = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_' || *b == b'@';
        if !(user == b"-" || (!user.is_empty() && user.iter().all(plain))) || !host::is_address(client) {
            return None;
        }
        let rest = &line[bracket + 1..];
        let close = memchr(b']', rest)?;
        let time = stamp::clf(&rest[..close])?;
        let body = rest[close + 1..].strip_prefix(b" \"")?;
        // With quotes inside, it may be more than a request.
        let end = memchr(b'"', body).filter(|end| clf_tail::is_end(body, *end))?;
        (found.peer, found.user, found.time) = (client, user, Some(time));
        clf_tail::read(body, end, found);
        Some(())
    };
    fill().is_some()
}

/// Any line of the family.
///
/// A line that is cut after its status is still split, with `MALFORMED_TAIL`.
pub(crate) fn split(line: &[u8]) -> Result<Request<'_>, Refusal> {
    let Some(bracket) = find_time(line) else {
        return refuse(Malformed, "no time in brackets, such as [10/Oct/2000:13:55:36 -0700], in the line");
    };
    let head = line[..bracket].strip_suffix(b" ").unwrap_or(&line[..bracket]);
    if head.trim_ascii().is_empty() {
        return refuse(
            Malformed,
            "the line begins with its time; the option log_format can say what stands where",
        );
    }
    let prefix = prefix::read(head);
    let rest = &line[bracket + 1..];
    let Some(close) = memchr(b']', rest) else {
        return refuse(Truncated, "the line ends within the time");
    };
    let (text, rest) = (&rest[..close], &rest[close + 1..]);
    let Some(time) = time::read(text) else {
        let shown = String::from_utf8_lossy(&text[..text.len().min(40)]);
        return refuse(BadTime, format!("no such time: [{shown}]"));
    };
    let prefix = match prefix {
        Some(prefix) => prefix,
        None if head.split(blank).filter(|w| !w.is_empty()).count() < 2 => {
            return refuse(
                Malformed,
                "fewer than the three fields host, ident and user stand before the time",
            );
        }
        None => {
            let shown = String::from_utf8_lossy(&head[..head.len().min(60)]);
            return refuse(
                Malformed,
                format!(
                    "who asked cannot be told from {shown:?} before the time; the option log_format can say it"
                ),
            );
        }
    };
    let mut found = Request { time: Some(time), ..Request::default() };
    place(&prefix, &mut found);
    let body = before_request(rest, &mut found)?;
    let Some(end) = clf_tail::end_of_request(body) else {
        return Err(no_status(body));
    };
    let several = |text: &[u8]| {
        memchr_iter(b'"', text).any(|q| after_blanks(&text[q + 1..]).is_some_and(|b| b.starts_with(b"\"")))
    };
    if !is_request(body) && several(&body[..end]) {
        return refuse(
            Malformed,
            "several quoted fields stand before the status; the option log_format can say which",
        );
    }
    clf_tail::read(body, end, &mut found);
    Ok(found)
}

fn place<'a>(prefix: &Prefix<'a>, found: &mut Request<'a>) {
    found.set_client(prefix.client);
    (found.vhost, found.ident, found.user) = (prefix.vhost, prefix.ident, prefix.user);
    found.add("proxy", prefix.proxy);
    found.add("server", prefix.server);
    found.add(
        "thread",
        prefix.thread.strip_prefix(b"[").and_then(|t| t.strip_suffix(b"]")).unwrap_or_default(),
    );
    if !prefix.rest.is_empty() {
        found.add("prefix", prefix.rest);
        found.flags |= RowFlags::UNPLACED;
    }
}

/// The `[` of the time: users, too, may hold brackets. A time cut short counts.
fn find_time(line: &[u8]) -> Option<usize> {
    memchr_iter(b'[', line).find(|&i| (i == 0 || blank(&line[i - 1])) && time::begins(&line[i + 1..]))
}

pub(crate) fn blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The text after at least one space.
pub(crate) fn after_blanks(text: &[u8]) -> Option<&[u8]> {
    let n = text.iter().take_while(|b| blank(b)).count();
    (n > 0).then(|| &text[n..])
}

/// The text after the opening quote of the request. Some servers write a virtual host or a duration before it.
fn before_request<'a>(rest: &'a [u8], found: &mut Request<'a>) -> Result<&'a [u8], Refusal> {
    let Some(rest) = after_blanks(rest) else {
        return match rest {
            b"" => refuse(Truncated, "the line ends before the request"),
            _ => refuse(Malformed, "no quoted request after the time"),
        };
    };
    let Some(quote) = memchr(b'"', rest) else {
        return match rest {
            b"" => refuse(Truncated, "the line ends before the request"),
            _ => refuse(Malformed, "no quoted request after the time"),
        };
    };
    let (before, mut body) = (rest[..quote].trim_ascii(), &rest[quote + 1..]);
    if !before.is_empty() {
        if !is_request(body) {
            return refuse(Malformed, "no quoted request after the time");
        }
        between(before, found);
    } else if let Some(end) = memchr(b'"', body)
        && let Some(next) = after_blanks(&body[end + 1..]).and_then(|b| b.strip_prefix(b"\""))
        && !body[..end].iter().any(blank)
        && is_request(next)
    {
        between(&body[..end], found);
        body = next;
    }
    Ok(body)
}

/// Parses the text between time and request.
fn between<'a>(text: &'a [u8], found: &mut Request<'a>) {
    use host::Class::{Dash, Domain, HostPort, Url};
    match host::class(text) {
        Dash => {}
        _ if seconds(text).is_some() => found.lasted_ns = seconds(text),
        Domain | HostPort | Url if found.vhost.is_empty() => found.vhost = text,
        _ => {
            found.add("before_request", text);
            found.flags |= RowFlags::UNPLACED;
        }
    }
}

/// `(3 s)`, as Gandi writes how long it took.
fn seconds(text: &[u8]) -> Option<u64> {
    let number = text.strip_prefix(b"(")?.strip_suffix(b" s)")?;
    u64::try_from(numbers::number(number)?.nanos(1_000_000_000)?).ok()
}

/// Whether the text after a quote begins like a request: with a method and a space, or as `-"`.
fn is_request(body: &[u8]) -> bool {
    let method = body.iter().take_while(|b| b.is_ascii_uppercase()).count();
    (method > 1 && body.get(method) == Some(&b' ')) || body.starts_with(b"-\"")
}

/// Why there is no status after the request.
fn no_status(body: &[u8]) -> Refusal {
    let (code, reason) = match memchr::memrchr(b'"', body).map(|q| &body[q + 1..]) {
        None => (Truncated, "the line ends within the request"),
        Some(rest) => {
            let word = rest.trim_ascii_start();
            let cut = word.is_empty()
                || (after_blanks(rest).is_some() && word.len() < 3 && word.iter().all(u8::is_ascii_digit));
            match cut {
                true => (Truncated, "the line ends before the status"),
                false => (Malformed, "no three-digit status after the quoted request"),
            }
        }
    };
    Refusal { code, reason: reason.into() }
}
