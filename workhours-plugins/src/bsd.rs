//! The head of a line as syslog daemons write it to files, and sent it before RFC 5424: `Mmm dd HH:MM:SS host
//! tag[pid]: message`, also with an RFC 3339 time.
//!
//! Not for the years of its dates, those are `years`, nor for what a message means.

use crate::stamp::{self, Stamp};
use crate::years::{Day, Yearless, Years};
use workhours_plugin_api::{EventTime, civil};

/// A time as written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    /// With a year, month and day, which Feb 30 has too: then there is no time.
    Full(Option<Stamp>, (i32, u32, u32)),
    Yearless(Yearless),
}

impl When {
    /// The day, if it can be one.
    pub(crate) fn day(&self) -> Option<Day> {
        match *self {
            Self::Full(stamp, (year, month, day)) => stamp.map(|_| Day::Full(year, month, day)),
            Self::Yearless(date) => Some(Day::Yearless(date)),
        }
    }

    /// The time, if there is such a date, with its year told by `years`, which are told of it.
    pub(crate) fn place(&self, years: &mut Years) -> Option<Stamp> {
        match *self {
            Self::Full(stamp, (year, month, day)) => {
                let stamp = stamp?;
                years.saw(year, month, day);
                Some(stamp)
            }
            Self::Yearless(date) => years.place(&date),
        }
    }
}

/// The fields before a message, and the message. What is empty was not there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header<'a> {
    /// Of `<PRI>`: facility × 8 + severity.
    pub(crate) pri: Option<u32>,
    pub(crate) when: When,
    pub(crate) host: &'a [u8],
    pub(crate) tag: &'a [u8],
    pub(crate) pid: &'a [u8],
    /// What macOS writes after the tag: `<Error>`; ChromeOS before it.
    pub(crate) level: &'a [u8],
    pub(crate) message: &'a [u8],
}

/// PRI, time and what follows them.
type Dated<'a> = (Option<u32>, When, &'a [u8]);

fn dated(line: &[u8]) -> Option<Dated<'_>> {
    // A file system that lost power may leave NULs where lines were.
    let line = &line[line.iter().take_while(|b| **b == 0).count()..];
    let (pri, rest) = match priority(line) {
        Some((pri, rest)) => (Some(pri), rest),
        None => (None, line),
    };
    let (when, rest) = time(rest)?;
    matches!(rest, [] | [b' ' | b'\t' | b'\r' | b':', ..]).then_some((pri, when, rest))
}

/// The time of a line with a head; `None` when it has none.
pub(crate) fn when(line: &[u8]) -> Option<When> {
    dated(line).map(|(_, when, _)| when)
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

/// The head of a line; `None` when it has none.
pub(crate) fn header(line: &[u8]) -> Option<Header<'_>> {
    let (pri, when, rest) = dated(line)?;
    let (host, rest) = match rest {
        [b':', rest @ ..] => (&b""[..], rest.trim_ascii_start()),
        _ => host(rest.trim_ascii_start()),
    };
    let (tag, pid, level, message) = tag(rest).unwrap_or((b"", b"", b"", rest));
    // ChromeOS has a level in the place of the host.
    let (host, level) = if is_level(host) && level.is_empty() { (&b""[..], host) } else { (host, level) };
    Some(Header { pri, when, host, tag, pid, level, message })
}

/// `<34>`, and what follows it. Some write numbers up to 999, though 191 is the last that means something.
pub(crate) fn priority(line: &[u8]) -> Option<(u32, &[u8])> {
    let rest = line.strip_prefix(b"<")?;
    let len = rest.iter().take(4).position(|b| *b == b'>')?;
    Some((civil::digits(&rest[..len])?, &rest[len + 1..]))
}

/// The time a line begins with, and what follows it.
pub(crate) fn time(text: &[u8]) -> Option<(When, &[u8])> {
    match text.first()? {
        b'0'..=b'9' => iso(text),
        _ => named_month(text),
    }
}

/// `Feb  3 09:00:00`, `Feb 03 2024 09:00:00.123`.
fn named_month(text: &[u8]) -> Option<(When, &[u8])> {
    let (name, rest) = text.split_at_checked(3)?;
    let month = civil::month(name)?;
    let (day, rest) = number(rest.strip_prefix(b" ")?.trim_ascii_start(), 2)?;
    let rest = rest.strip_prefix(b" ")?.trim_ascii_start();
    let (year, rest) = match number(rest, 4) {
        Some((year @ 1000.., after)) if after.starts_with(b" ") => {
            (Some(year as i32), after.trim_ascii_start())
        }
        _ => (None, rest),
    };
    let (clock, rest) = clock(rest)?;
    let (nanos, precision, rest) = stamp::fraction(rest)?;
    let date = Yearless { month, day, clock, nanos, precision };
    let Some(year) = year else { return Some((When::Yearless(date), rest)) };
    let [hour, minute, second] = clock;
    let time = civil::seconds(year, month, day, hour, minute, second)
        .map(|secs| EventTime { nanos, ..EventTime::local(secs, precision) });
    Some((When::Full(time.map(|t| (t, stamp::leap_second(second))), (year, month, day)), rest))
}

/// `2024-02-03T09:00:00.123456+01:00`, also with a space for the `T`, or without offset:
/// then it is a local time.
pub(crate) fn iso(text: &[u8]) -> Option<(When, &[u8])> {
    let (date, rest) = text.split_at_checked(19)?;
    if !stamp::fits(date, b"####-##-##T##:##:##") && !stamp::fits(date, b"####-##-## ##:##:##") {
        return None;
    }
    let field = |from: usize, to: usize| date.get(from..to).and_then(civil::digits);
    let (year, month, day) = (field(0, 4)? as i32, field(5, 7)?, field(8, 10)?);
    let second = field(17, 19)?;
    let secs = civil::seconds(year, month, day, field(11, 13)?, field(14, 16)?, second);
    let (nanos, precision, rest) = stamp::fraction(rest)?;
    let (zone, rest) = rest.split_at(rest.iter().take_while(|b| b"+-:Zz0123456789".contains(b)).count());
    let (zone, rest) = match zone.strip_suffix(b":") {
        Some(zone) => (zone, &text[text.len() - rest.len() - 1..]),
        None => (zone, rest),
    };
    let time = match (secs, zone) {
        (Some(secs), b"") => Some(EventTime::local(secs, precision)),
        // macOS leaves out minutes.
        (Some(secs), &[sign @ (b'+' | b'-'), h1, h2]) => civil::offset_min(&[sign, h1, h2, b'0', b'0'])
            .map(|min| EventTime::at_offset(secs, min, precision)),
        (Some(secs), zone) => civil::offset_min(zone).map(|min| EventTime::at_offset(secs, min, precision)),
        (None, _) => None,
    };
    let stamp = time.map(|t| (EventTime { nanos, ..t }, stamp::leap_second(second)));
    Some((When::Full(stamp, (year, month, day)), rest))
}

/// A number of up to `most` digits, and what follows it.
fn number(text: &[u8], most: usize) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at(text.iter().take_while(|b| b.is_ascii_digit()).count());
    Some((civil::digits(digits).filter(|_| digits.len() <= most)?, rest))
}

fn clock(text: &[u8]) -> Option<([u32; 3], &[u8])> {
    let (clock, rest) = text.split_at_checked(8)?;
    if !stamp::fits(clock, b"##:##:##") {
        return None;
    }
    let field = |from: usize| clock.get(from..from + 2).and_then(civil::digits);
    Some(([field(0)?, field(3)?, field(6)?], rest))
}

fn cut(text: &[u8], at: u8) -> (&[u8], &[u8]) {
    match memchr::memchr(at, text) {
        Some(i) => (&text[..i], &text[i + 1..]),
        None => (text, b""),
    }
}

/// The host, unless what stands in its place is a tag or the message itself.
fn host(rest: &[u8]) -> (&[u8], &[u8]) {
    let (word, after) = cut(rest, b' ');
    if word.ends_with(b":")
        || rest.starts_with(b"last message repeated ")
        || rest.starts_with(b"message repeated ")
    {
        return (b"", rest);
    }
    (word, after.trim_ascii_start())
}

type Tag<'a> = (&'a [u8], &'a [u8], &'a [u8], &'a [u8]);

fn is_level(word: &[u8]) -> bool {
    let levels: [&[u8]; 8] = [b"EMERG", b"ALERT", b"CRIT", b"ERR", b"WARNING", b"NOTICE", b"INFO", b"DEBUG"];
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
    // `std::string is` and `http://host` are the beginning of a message; `sshd[1]:text` has a tag.
    if tag.is_empty() || (pid.is_empty() && !matches!(message, [] | [b' ' | b'\t', ..])) {
        return None;
    }
    Some((tag, pid, level, message.trim_ascii_start()))
}

/// Names of facility and severity, in that order; `None` above 191.
pub(crate) fn names(pri: u32) -> Option<(&'static str, &'static str)> {
    const FACILITIES: [&str; 24] = [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
        "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5",
        "local6", "local7",
    ];
    Some((FACILITIES.get(pri as usize / 8)?, severity(pri % 8)?))
}

/// The name of a severity from 0 to 7.
pub(crate) fn severity(number: u32) -> Option<&'static str> {
    const SEVERITIES: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];
    SEVERITIES.get(number as usize).copied()
}

/// How often `last message repeated 5 times` says it was, alone or between dashes.
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
