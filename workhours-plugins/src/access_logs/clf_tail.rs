//! The end of a line of an access log: request, status, size, referrer, agent, and what follows them.
//!
//! Not for the text before the request; [`clf`](crate::access_logs::clf) parses that.

use crate::access_logs::clf::{after_blanks, blank};
use crate::access_logs::row::Request;
use memchr::memchr_iter;
use workhours_plugin_api::RowFlags;

/// Fills in what follows the quote that opens the request, of which `end` is the quote that closes it.
pub(crate) fn read<'a>(body: &'a [u8], end: usize, found: &mut Request<'a>) {
    found.escaped = true;
    found.request = &body[..end];
    let (status, rest) = word(after_blanks(&body[end + 1..]).unwrap_or_default());
    if status != b"-" {
        found.status = Some(status.iter().fold(0, |n, b| n * 10 + i64::from(b.wrapping_sub(b'0'))));
    }
    let (size, size_flags, rest) = size(rest);
    let (referrer, agent, extra, tail_flags) = tail(rest);
    found.size = size;
    (found.referrer, found.agent, found.extra) = (referrer, agent, extra);
    found.flags |= size_flags | tail_flags;
}

/// Up to the next blank, and the rest.
fn word(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().position(blank).unwrap_or(text.len()))
}

/// Whether the byte at `at` has an odd number of backslashes before it.
pub(crate) fn escaped(text: &[u8], at: usize) -> bool {
    text[..at].iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1
}

/// Whether the quote is followed by a space, a status, a space and a size, as most are.
#[inline]
pub(crate) fn is_end(body: &[u8], quote: usize) -> bool {
    let [b' ', a, b, c, b' ', size @ ..] = &body[quote + 1..] else { return false };
    let digits = a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_digit();
    digits && is_size(word(size).0) && !escaped(body, quote)
}

/// The closing quote of the request. Some servers don't escape quotes within it, so this is the one followed by a
/// status and a size, or else by a status. A status of `-` counts only after a complete request.
pub(crate) fn end_of_request(body: &[u8]) -> Option<usize> {
    let mut with_status = None;
    for q in memchr_iter(b'"', body) {
        let Some(rest) = after_blanks(&body[q + 1..]) else { continue };
        let (status, rest) = word(rest);
        let digits = status.len() == 3 && status.iter().all(u8::is_ascii_digit);
        if !(digits || (status == b"-" && is_whole(&body[..q]))) || escaped(body, q) {
            continue;
        }
        if let Some(size) = after_blanks(rest)
            && is_size(word(size).0)
        {
            return Some(q);
        }
        with_status.get_or_insert(q);
    }
    with_status
}

/// Whether a request ends as one does.
fn is_whole(request: &[u8]) -> bool {
    let last = request.rsplit(|b| *b == b' ').next().unwrap_or_default();
    last.starts_with(b"HTTP/") || request == b"-" || request.is_empty()
}

fn is_size(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    text == b"-" || (!digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

/// The size at the start of what follows the status, and what follows the size.
fn size(rest: &[u8]) -> (Option<i64>, RowFlags, &[u8]) {
    let Some(rest) = after_blanks(rest).filter(|rest| !rest.is_empty()) else {
        return (None, RowFlags::MALFORMED_TAIL, b"");
    };
    let (text, after) = word(rest);
    match text {
        b"-" => return (None, RowFlags::NONE, after),
        [b'"', ..] => return (None, RowFlags::BAD_NUMBER, rest),
        _ => {}
    }
    let number = number(text);
    let flags = if number.is_some() { RowFlags::NONE } else { RowFlags::BAD_NUMBER };
    (number, flags, after)
}

/// A number in digits only that fits.
pub(crate) fn number(text: &[u8]) -> Option<i64> {
    let add = |n: i64, b: &u8| {
        let digit = b.is_ascii_digit().then(|| i64::from(b - b'0'))?;
        n.checked_mul(10)?.checked_add(digit)
    };
    text.iter().try_fold(0_i64, add).filter(|_| !text.is_empty())
}

/// Referrer, agent, what follows them, and whether a quote is missing.
fn tail(rest: &[u8]) -> (&[u8], &[u8], &[u8], RowFlags) {
    let behind = |text: &'_ [u8], quote: usize| -> usize {
        let at = quote + 1;
        at + text[at..].iter().take_while(|b| blank(b)).count()
    };
    let rest = after_blanks(rest).unwrap_or(rest);
    let Some(body) = rest.strip_prefix(b"\"") else { return (b"", b"", trimmed(rest), RowFlags::NONE) };
    let Some(end) = end_of_referrer(body) else { return (body, b"", b"", RowFlags::MALFORMED_TAIL) };
    let (referrer, rest) = (&body[..end], &body[behind(body, end)..]);
    let Some(body) = rest.strip_prefix(b"\"") else { return (referrer, b"", trimmed(rest), RowFlags::NONE) };
    let Some(end) = end_of_agent(body) else { return (referrer, body, b"", RowFlags::MALFORMED_TAIL) };
    (referrer, &body[..end], trimmed(&body[behind(body, end)..]), RowFlags::NONE)
}

fn trimmed(text: &[u8]) -> &[u8] {
    &text[..text.len() - text.iter().rev().take_while(|b| blank(b)).count()]
}

/// The quote that another quoted field follows, or the last of the line, or one with a space after it.
fn end_of_referrer(body: &[u8]) -> Option<usize> {
    let mut before_space = None;
    for q in memchr_iter(b'"', body) {
        if body[q + 1..].starts_with(b" \"") && !escaped(body, q) {
            return Some(q);
        }
        match after_blanks(&body[q + 1..]) {
            Some([b'"', ..]) if !escaped(body, q) => return Some(q),
            Some(_) if !escaped(body, q) => _ = before_space.get_or_insert(q),
            None if q + 1 == body.len() && !escaped(body, q) => return Some(q),
            _ => {}
        }
    }
    before_space
}

/// The last quote, or one with a space after it that is followed by paired quotes: `"agent" "forwarded" 0.003`.
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
        after.is_empty() || (blank(&after[0]) && left.is_multiple_of(2))
    })
}
