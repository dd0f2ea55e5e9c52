//! Splits a line of an access log into its fields, byte by byte.
//!
//! Nothing is unescaped, judged or allocated here; `-` stays `-`. What a field means is for
//! [`log_http`](crate::log_http) to say.

use crate::stamp::{self, Stamp};
use memchr::{memchr, memchr_iter};
use std::borrow::Cow;
use workhours_plugin_api::{RejectCode, RowFlags};

/// The fields of one line as they stand there.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    /// Empty when the line has none.
    pub(crate) vhost: &'a [u8],
    pub(crate) host: &'a [u8],
    pub(crate) ident: &'a [u8],
    pub(crate) user: &'a [u8],
    pub(crate) time: Stamp,
    pub(crate) request: &'a [u8],
    pub(crate) status: i64,
    pub(crate) size: Option<i64>,
    pub(crate) referrer: &'a [u8],
    pub(crate) agent: &'a [u8],
    /// What follows the agent, or the size where there are no quoted fields.
    pub(crate) extra: &'a [u8],
    /// `MALFORMED_TAIL` and `BAD_NUMBER`.
    pub(crate) flags: RowFlags,
}

/// Why a line is no request.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: RejectCode,
    pub(crate) reason: Cow<'static, str>,
}

fn refuse<T>(code: RejectCode, reason: impl Into<Cow<'static, str>>) -> Result<T, Refusal> {
    Err(Refusal { code, reason: reason.into() })
}

/// `[vhost[:port] ]host ident user [time] "request" status size[ "referrer" "agent"][ extra]`
///
/// A line that is cut after its status is still split, with `MALFORMED_TAIL`.
pub(crate) fn split(line: &[u8]) -> Result<Fields<'_>, Refusal> {
    use RejectCode::{BadTime, Malformed, Truncated};
    let Some(bracket) = find_time(line) else {
        return refuse(Malformed, "no [day/Mon/year:hour:minute:second offset] in the line");
    };
    let Some((vhost, host, ident, user)) = head(&line[..bracket - 1]) else {
        return refuse(Malformed, "fewer than the three fields host, ident and user stand before the time");
    };
    let rest = &line[bracket + 1..];
    let Some(close) = memchr(b']', rest) else {
        return refuse(Truncated, "the line ends within the time");
    };
    let (text, rest) = (&rest[..close], &rest[close + 1..]);
    let Some(time) = stamp::clf(text) else {
        let shown = String::from_utf8_lossy(&text[..text.len().min(40)]);
        return refuse(BadTime, format!("no such time, or no offset from UTC: [{shown}]"));
    };
    let Some(body) = rest.strip_prefix(b" \"") else {
        return match rest {
            b"" | b" " => refuse(Truncated, "the line ends before the request"),
            _ => refuse(Malformed, "no quoted request after the time"),
        };
    };
    let Some(end) = end_of_request(body) else {
        return match memchr::memrchr(b'"', body).map(|q| &body[q + 1..]) {
            None => refuse(Truncated, "the line ends within the request"),
            Some(b"") => refuse(Truncated, "the line ends before the status"),
            Some([b' ', few @ ..]) if few.len() < 3 && few.iter().all(u8::is_ascii_digit) => {
                refuse(Truncated, "the line ends before the status")
            }
            _ => refuse(Malformed, "no three-digit status after the quoted request"),
        };
    };
    let status = body[end + 2..end + 5].iter().fold(0, |n, b| n * 10 + (b - b'0') as i64);
    let (size, size_flags, rest) = size(&body[end + 5..]);
    let (referrer, agent, extra, tail_flags) = tail(rest);
    let (request, flags) = (&body[..end], size_flags | tail_flags);
    Ok(Fields { vhost, host, ident, user, time, request, status, size, referrer, agent, extra, flags })
}

/// The `[` of the time: users, too, may hold brackets. A time cut short counts.
fn find_time(line: &[u8]) -> Option<usize> {
    memchr_iter(b'[', line).find(|&i| {
        let text = &line[i + 1..];
        let is = |at: usize, byte: u8| text.get(at).is_none_or(|b| *b == byte);
        i > 0 && line[i - 1] == b' ' && is(2, b'/') && is(6, b'/') && is(11, b':')
    })
}

type Head<'a> = (&'a [u8], &'a [u8], &'a [u8], &'a [u8]);

/// Virtual host, host, ident and user. The user takes all that is left: it may hold spaces.
fn head(head: &[u8]) -> Option<Head<'_>> {
    let (first, rest) = cut(head)?;
    let (second, rest) = cut(rest)?;
    if let Some((third, user)) = cut(rest)
        && second != b"-"
        && (is_address(second) || has_port(first) || (third == b"-" && memchr(b'.', second).is_some()))
    {
        return Some((first, second, third, user));
    }
    Some((b"", first, second, rest))
}

/// Before and after the first space.
fn cut(text: &[u8]) -> Option<(&[u8], &[u8])> {
    memchr(b' ', text).map(|i| (&text[..i], &text[i + 1..]))
}

/// `10.0.0.1`, `2001:db8::1`, `fe80::1%eth0`.
fn is_address(text: &[u8]) -> bool {
    let colons = memchr_iter(b':', text).count();
    if colons >= 2 {
        let address = text.split(|b| *b == b'%').next().unwrap_or_default();
        return address.iter().all(|b| b.is_ascii_hexdigit() || b":.".contains(b));
    }
    colons == 0
        && text.split(|b| *b == b'.').count() == 4
        && text.split(|b| *b == b'.').all(|n| (1..=3).contains(&n.len()) && n.iter().all(u8::is_ascii_digit))
}

fn has_port(text: &[u8]) -> bool {
    port(text).is_some()
}

/// The digits after the colon of `name:443` or `[::1]:443`; a bare IPv6 address has none.
pub(crate) fn port(text: &[u8]) -> Option<&[u8]> {
    let colon = memchr::memrchr(b':', text)?;
    let (name, digits) = (&text[..colon], &text[colon + 1..]);
    let one_colon = memchr(b':', name).is_none() || name.ends_with(b"]");
    (one_colon && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)).then_some(digits)
}

/// Whether the byte at `at` has an odd number of backslashes before it.
fn escaped(text: &[u8], at: usize) -> bool {
    text[..at].iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1
}

/// The quote that closes the request. Some servers do not escape quotes within it, so the one is taken that a
/// status and a size follow, or failing that a status.
fn end_of_request(body: &[u8]) -> Option<usize> {
    let mut with_status = None;
    for q in memchr_iter(b'"', body) {
        let [b' ', a, b, c, rest @ ..] = &body[q + 1..] else { continue };
        let status = a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_digit();
        if !status || rest.first().is_some_and(|b| *b != b' ') || escaped(body, q) {
            continue;
        }
        if let Some((_, number)) = cut(rest)
            && is_size(cut(number).map_or(number, |(size, _)| size))
        {
            return Some(q);
        }
        with_status.get_or_insert(q);
    }
    with_status
}

fn is_size(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    text == b"-" || (!digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

/// The size at the start of what follows the status, and what follows the size.
fn size(rest: &[u8]) -> (Option<i64>, RowFlags, &[u8]) {
    let Some((_, rest)) = cut(rest).filter(|(_, rest)| !rest.is_empty()) else {
        return (None, RowFlags::MALFORMED_TAIL, b"");
    };
    let (text, after) = rest.split_at(memchr(b' ', rest).unwrap_or(rest.len()));
    match text {
        b"-" => return (None, RowFlags::NONE, after),
        [b'"', ..] => return (None, RowFlags::BAD_NUMBER, rest),
        _ => {}
    }
    let number = text.iter().try_fold(0_i64, |n, b| {
        let digit = b.is_ascii_digit().then(|| (b - b'0') as i64)?;
        n.checked_mul(10)?.checked_add(digit)
    });
    let flags = if number.is_some() { RowFlags::NONE } else { RowFlags::BAD_NUMBER };
    (number, flags, after)
}

/// Referrer, agent, what follows them, and whether a quote is missing.
fn tail(rest: &[u8]) -> (&[u8], &[u8], &[u8], RowFlags) {
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let Some(body) = rest.strip_prefix(b"\"") else { return (b"", b"", rest, RowFlags::NONE) };
    let Some(end) = end_of_referrer(body) else { return (body, b"", b"", RowFlags::MALFORMED_TAIL) };
    let (referrer, rest) = (&body[..end], body.get(end + 2..).unwrap_or_default());
    let Some(body) = rest.strip_prefix(b"\"") else { return (referrer, b"", rest, RowFlags::NONE) };
    let Some(end) = end_of_agent(body) else { return (referrer, body, b"", RowFlags::MALFORMED_TAIL) };
    (referrer, &body[..end], body.get(end + 2..).unwrap_or_default(), RowFlags::NONE)
}

/// The quote that another quoted field follows, or the last of the line, or one with a space after it.
fn end_of_referrer(body: &[u8]) -> Option<usize> {
    let mut before_space = None;
    for q in memchr_iter(b'"', body) {
        match &body[q + 1..] {
            [b' ', b'"', ..] | [] if !escaped(body, q) => return Some(q),
            [b' ', ..] if !escaped(body, q) => _ = before_space.get_or_insert(q),
            _ => {}
        }
    }
    before_space
}

/// The last quote, or one with a space after it behind which quotes stand in pairs: `"agent" "forwarded" 0.003`.
fn end_of_agent(body: &[u8]) -> Option<usize> {
    let quotes = || memchr_iter(b'"', body).filter(|q| !escaped(body, *q));
    let first = quotes().next()?;
    if first + 1 == body.len() {
        return Some(first);
    }
    let mut left = quotes().count();
    quotes().find(|q| {
        left -= 1;
        let after = &body[q + 1..];
        after.is_empty() || (after[0] == b' ' && left.is_multiple_of(2))
    })
}
