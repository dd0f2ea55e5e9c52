//! The head of a line as syslog daemons write it to files, and sent it before RFC 5424: `Mmm dd HH:MM:SS host
//! tag[pid]: message`, also with an RFC 3339 time, and as tools print it.
//!
//! Not for times (`log_time`), facilities and severities (`priority`), or the meaning of a message. A word is a host
//! only if a tag follows it; without both, the whole line is its message.

use crate::system_logs::log_time::{self, Layout, Timed, When, number};
use crate::system_logs::login::is_machine;
use crate::system_logs::priority::{self, Names, priority};
use std::net::IpAddr;

/// The fields before a message, and the message. Missing ones are empty.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header<'a> {
    /// Of `<PRI>`: facility × 8 + severity.
    pub(crate) pri: Option<u32>,
    /// Facility and severity that are written as words.
    pub(crate) names: Option<Names>,
    pub(crate) when: When,
    pub(crate) host: &'a [u8],
    pub(crate) tag: &'a [u8],
    pub(crate) pid: &'a [u8],
    /// The level that macOS writes after the tag: `<Error>`; ChromeOS before it.
    pub(crate) level: &'a [u8],
    pub(crate) message: &'a [u8],
    /// Whether it is known where the message begins.
    pub(crate) placed: bool,
}

impl<'a> Header<'a> {
    fn tagged(self, tag: Tag<'a>) -> Self {
        let (name, pid, level, message) = tag;
        let (names, message) = match priority::solaris(message) {
            Some((names, message)) => (Some(names), message),
            None => (self.names, message),
        };
        Self { tag: name, pid, level, message, names, placed: true, ..self }
    }

    fn said(self, message: &'a [u8], placed: bool) -> Self {
        Self { message, placed, ..self }
    }
}

/// PRI, time and what follows them.
fn dated(line: &[u8]) -> Option<(Option<u32>, Timed<'_>)> {
    // A file system that lost power may leave NULs where lines were.
    let line = &line[line.iter().take_while(|b| **b == 0).count()..];
    let (pri, rest) = match priority(line) {
        Some((pri, rest)) => (Some(pri), rest),
        None => (None, line),
    };
    let timed = log_time::time(rest)?;
    matches!(timed.rest, [] | [b' ' | b'\t' | b'\r' | b':', ..]).then_some((pri, timed))
}

/// The time of a line with a head; `None` when it has none. What only tools print is one only with a host or a tag.
pub(crate) fn when(line: &[u8]) -> Option<When> {
    let (pri, timed) = dated(line)?;
    let is_head = timed.layout != Layout::Printed || place(pri, timed).is_ok();
    is_head.then_some(timed.when)
}

/// Whether its time is one that only tools print.
pub(crate) fn is_printed(line: &[u8]) -> bool {
    dated(line).is_some_and(|(_, timed)| timed.layout == Layout::Printed)
}

/// Whether a line without a head looks as if it should have one: a word and a day, as in another language's
/// months, or a time of which part is missing.
pub(crate) fn resembles_head(line: &[u8]) -> bool {
    let letters = line.iter().take_while(|b| b.is_ascii_alphabetic() || **b >= 0x80).count();
    let rest = line.get(letters..).unwrap_or_default();
    let rest = rest.strip_prefix(b".").unwrap_or(rest);
    let day = rest.trim_ascii_start();
    let spaced = (1..=2).contains(&(rest.len() - day.len()));
    (3..=9).contains(&letters) && spaced && number(day, 2).is_some_and(|(_, after)| after.starts_with(b" "))
}

/// The head of a line; `None` when it has none, or why it is none of a system log.
pub(crate) fn header(line: &[u8]) -> Option<Result<Header<'_>, &'static str>> {
    let (pri, timed) = dated(line)?;
    Some(place(pri, timed))
}

const OTHER_LOG: &str = "no `host tag:` and no `tag:` follows the time: a line of another program's own log";

fn place(pri: Option<u32>, timed: Timed<'_>) -> Result<Header<'_>, &'static str> {
    let Timed { when, layout, rest } = timed;
    let none: &[u8] = b"";
    let head = Header {
        pri,
        names: None,
        when,
        host: none,
        tag: none,
        pid: none,
        level: none,
        message: none,
        placed: true,
    };
    // These are known to come from a syslog daemon, whatever follows the time.
    let certain = layout == Layout::Named || pri.is_some();
    if let [b':', rest @ ..] = rest {
        let rest = rest.trim_ascii_start();
        return match tag(rest) {
            Some(tag) => Ok(head.tagged(tag)),
            None if certain => Ok(head.said(rest, true)),
            None => Err(OTHER_LOG),
        };
    }
    let said = rest.trim_ascii_start();
    let (names, rest) = priority::word(said).map_or((None, said), |(names, rest)| (Some(names), rest));
    let head = Header { names, ..head };
    if let Some(tag) = tag(rest) {
        return Ok(head.tagged(tag));
    }
    let (word, after) = first_word(rest);
    let host = Header { host: word, ..head };
    let (names, behind) = priority::word(after).map_or((names, after), |(names, rest)| (Some(names), rest));
    match tag(behind) {
        // ChromeOS has a level in the place of the host.
        Some(tag) if is_level(word) => {
            let head = head.tagged(tag);
            if matches!(layout, Layout::Iso { offset: false }) {
                return Err(OTHER_LOG);
            }
            return Ok(if head.level.is_empty() { Header { level: word, ..head } } else { head });
        }
        Some(tag) if is_host(word, certain) => return Ok(Header { names, ..host }.tagged(tag)),
        _ => {}
    }
    if is_of_daemon(rest) {
        return Ok(head.said(rest, true));
    }
    if is_of_daemon(behind) && is_host(word, certain) {
        return Ok(Header { names, ..host }.said(behind, true));
    }
    if !certain {
        return Err(OTHER_LOG);
    }
    // In network messages an address isn't a word of a message.
    if pri.is_some() && std::str::from_utf8(word).is_ok_and(|w| w.parse::<IpAddr>().is_ok()) {
        return Ok(host.said(after, true));
    }
    // Where no tag shows where the message begins, even a word such as `<13>` may be a part of it.
    Ok(Header { names: None, ..head }.said(said, said.is_empty()))
}

/// The first word, and the text after any spaces that follow.
fn first_word(text: &[u8]) -> (&[u8], &[u8]) {
    let (word, rest) = text.split_at(text.iter().take_while(|b| !matches!(b, b' ' | b'\t')).count());
    (word, rest.trim_ascii_start())
}

/// Whether a machine may be called this. Elsewhere than in a syslog daemon's line, a bare number is none.
fn is_host(word: &[u8], certain: bool) -> bool {
    is_machine(word) && !is_zone(word) && (certain || !word.iter().all(u8::is_ascii_digit))
}

/// `UTC` and `CET`, which some write after the time.
fn is_zone(word: &[u8]) -> bool {
    word.len() >= 3 && word.iter().all(u8::is_ascii_uppercase) && log_time::zone(word).is_some()
}

/// The daemon's own messages, without a tag.
fn is_of_daemon(message: &[u8]) -> bool {
    let text = message.strip_prefix(b"--- ").unwrap_or(message);
    text.starts_with(b"last message repeated ")
        || text.starts_with(b"message repeated ")
        || message.starts_with(b"-- MARK --")
}

/// Name, pid and level of a tag, and the message after it.
type Tag<'a> = (&'a [u8], &'a [u8], &'a [u8], &'a [u8]);

fn is_level(word: &[u8]) -> bool {
    let levels: [&[u8]; 14] = [
        b"EMERG",
        b"ALERT",
        b"CRIT",
        b"ERR",
        b"WARNING",
        b"NOTICE",
        b"INFO",
        b"DEBUG",
        b"ERROR",
        b"WARN",
        b"FATAL",
        b"CRITICAL",
        b"SEVERE",
        b"TRACE",
    ];
    levels.contains(&word)
}

/// Tag, pid, level and message of `tag[pid]: message`.
fn tag(rest: &[u8]) -> Option<Tag<'_>> {
    /// Longer than any tag; RFC 3164 allows 32.
    const LONGEST: usize = 128;
    let end = rest.iter().take(LONGEST).position(|b| matches!(b, b' ' | b'\t' | b'[' | b':'))?;
    let (tag, rest) = rest.split_at(end);
    let (mut pid, mut level, mut after) = (&b""[..], &b""[..], rest);
    if let Some(inside) = rest.strip_prefix(b"[") {
        let close = inside.iter().take(LONGEST).position(|b| *b == b']')?;
        (pid, after) = (&inside[..close], &inside[close + 1..]);
    }
    if let Some(inside) = after.strip_prefix(b" <").or_else(|| after.strip_prefix(b" (")) {
        let close = inside.iter().take(LONGEST).position(|b| matches!(b, b'>' | b')'))?;
        (level, after) = (&inside[..close], &inside[close + 1..]);
    }
    let message = after.strip_prefix(b":")?;
    // GDM names its processes `gdm-password]`.
    let tag = tag.strip_suffix(b"]").unwrap_or(tag);
    // `std::string is` and `http://host` are the beginning of a message; `sshd[1]:text` has a tag.
    if tag.is_empty() || (pid.is_empty() && (is_zone(tag) || !matches!(message, [] | [b' ' | b'\t', ..]))) {
        return None;
    }
    Some((tag, pid, level, message.trim_ascii_start()))
}

/// The count of `last message repeated 5 times`, alone or between dashes.
pub(crate) fn repeated(message: &[u8]) -> Option<i64> {
    let text = message.strip_prefix(b"--- ").unwrap_or(message);
    let (count, rest) = number(text.strip_prefix(b"last message repeated ")?, 9)?;
    matches!(rest, [b' ', b't', b'i', b'm', b'e', ..]).then_some(count.into())
}

/// Count and message of `message repeated 5 times: [ message]`.
pub(crate) fn repeats(message: &[u8]) -> Option<(i64, &[u8])> {
    let (count, rest) = number(message.strip_prefix(b"message repeated ")?, 9)?;
    let inside = rest.strip_prefix(b" times: [")?.strip_suffix(b"]")?;
    Some((count.into(), inside.trim_ascii_start()))
}

#[cfg(test)]
mod tests;
