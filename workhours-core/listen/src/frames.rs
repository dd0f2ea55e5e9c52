//! Messages in a stream of bytes: lines, or messages with their length before them (RFC 6587).

use chrono::{DateTime, SecondsFormat};
use memchr::memchr2;
use std::time::SystemTime;

/// The longest message; what is beyond is left out.
pub(crate) const LONGEST: usize = 256 << 10;
/// The most digits of a length.
const DIGITS: usize = 8;

/// Which messages a stream has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Lines.
    Lines,
    /// Of syslog: each a line, or with its length before it.
    Syslog,
}

/// Reads messages from a stream, in whatever pieces it arrives.
pub(crate) struct Frames {
    framing: Framing,
    buffer: Vec<u8>,
    /// What is left of a message that was too long.
    skip: Skip,
}

enum Skip {
    Nothing,
    Bytes(usize),
    Line,
}

/// Messages, each a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Messages {
    framing: Framing,
    /// All of them.
    pub(crate) lines: Vec<u8>,
    /// How many.
    pub(crate) count: u64,
    /// How many of them are too long, and cut.
    pub(crate) cut: u64,
}

impl Messages {
    pub(crate) fn new(framing: Framing) -> Self {
        Self { framing, lines: Vec::new(), count: 0, cut: 0 }
    }

    /// Adds those of another piece.
    pub(crate) fn join(&mut self, more: Self) {
        self.lines.extend(more.lines);
        self.count += more.count;
        self.cut += more.cut;
    }

    /// Adds a message; one that has several lines becomes one line, as syslog daemons write it. Messages of several
    /// senders follow each other in a file, so each must say by itself that it is one.
    pub(crate) fn add(&mut self, message: &[u8]) {
        let end = message.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r' | 0)).map_or(0, |at| at + 1);
        let mut message = &message[..end];
        if let (Framing::Syslog, Counted::Bytes(head, _)) = (self.framing, counted(message)) {
            // A length that doesn't fit: the sender ended before, or it is a datagram.
            message = &message[head..];
        }
        if message.is_empty() {
            return;
        }
        if self.framing == Framing::Syslog && !has_priority(message) {
            // As relays do it (RFC 3164, 4.3.3): with the usual priority and the time at which it was received.
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            let now = i64::try_from(now.as_micros()).ok().and_then(DateTime::from_timestamp_micros);
            let now = now.unwrap_or_default().to_rfc3339_opts(SecondsFormat::Micros, true);
            self.lines.extend(format!("<13>1 {now} - - - - - ").bytes());
        }
        self.cut += u64::from(message.len() > LONGEST);
        let message = &message[..message.len().min(LONGEST)];
        for (n, line) in message.split(|byte| *byte == b'\n').enumerate() {
            if n > 0 {
                self.lines.extend(b"#012");
            }
            self.lines.extend(line);
        }
        self.lines.push(b'\n');
        self.count += 1;
    }
}

impl Frames {
    pub(crate) fn new(framing: Framing) -> Self {
        Self { framing, buffer: Vec::new(), skip: Skip::Nothing }
    }

    /// The messages that are whole with these bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Messages {
        self.buffer.extend(bytes);
        let (mut messages, mut at) = (Messages::new(self.framing), 0);
        while let Some(used) = self.next(&self.buffer[at..], &mut messages) {
            at += used.0;
            self.skip = used.1;
        }
        self.buffer.drain(..at);
        messages
    }

    /// What is left at the end of a stream.
    pub(crate) fn finish(&mut self) -> Messages {
        let mut messages = Messages::new(self.framing);
        if matches!(self.skip, Skip::Nothing) {
            messages.add(&self.buffer);
        }
        self.buffer.clear();
        messages
    }

    /// Takes one message; the bytes it had, and what to skip then. `None` if it isn't whole.
    fn next(&self, rest: &[u8], messages: &mut Messages) -> Option<(usize, Skip)> {
        if rest.is_empty() {
            return None;
        }
        match self.skip {
            Skip::Bytes(left) if left > rest.len() => {
                return Some((rest.len(), Skip::Bytes(left - rest.len())));
            }
            Skip::Bytes(left) => return Some((left, Skip::Nothing)),
            Skip::Line => {
                return Some(match memchr2(b'\n', 0, rest) {
                    Some(end) => (end + 1, Skip::Nothing),
                    None => (rest.len(), Skip::Line),
                });
            }
            Skip::Nothing => {}
        }
        if self.framing == Framing::Syslog {
            match counted(rest) {
                Counted::Unknown => return None,
                Counted::No => {}
                Counted::Bytes(head, length) if length > LONGEST => {
                    let message = rest.get(head..head + LONGEST + 1)?;
                    messages.add(message);
                    return Some((head + LONGEST + 1, Skip::Bytes(length - LONGEST - 1)));
                }
                Counted::Bytes(head, length) => {
                    messages.add(rest.get(head..head + length)?);
                    return Some((head + length, Skip::Nothing));
                }
            }
        }
        match memchr2(b'\n', 0, rest) {
            Some(end) => {
                messages.add(&rest[..end]);
                Some((end + 1, Skip::Nothing))
            }
            None if rest.len() > LONGEST => {
                messages.add(rest);
                Some((rest.len(), Skip::Line))
            }
            None => None,
        }
    }
}

/// Whether a message begins with a priority: `<13>`.
fn has_priority(message: &[u8]) -> bool {
    let Some(rest) = message.strip_prefix(b"<") else { return false };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=3).contains(&digits) && rest.get(digits) == Some(&b'>')
}

/// Whether a message has its length before it.
enum Counted {
    /// More bytes decide.
    Unknown,
    No,
    /// The bytes before it, and its own.
    Bytes(usize, usize),
}

/// `LEN SP <PRI>…`; a line that happens to begin with a number is one.
fn counted(rest: &[u8]) -> Counted {
    let digits = rest.iter().take(DIGITS + 1).take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || digits > DIGITS || rest[0] == b'0' {
        return Counted::No;
    }
    match (rest.get(digits), rest.get(digits + 1)) {
        (Some(b' '), Some(b'<')) => {
            let text = std::str::from_utf8(&rest[..digits]).unwrap_or_default();
            text.parse().map_or(Counted::No, |length| Counted::Bytes(digits + 1, length))
        }
        (None, _) | (Some(b' '), None) => Counted::Unknown,
        _ => Counted::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All messages of a stream that arrives in pieces of this many bytes.
    fn read(framing: Framing, stream: &[u8], piece: usize) -> (String, u64, u64) {
        let mut frames = Frames::new(framing);
        let mut all = Messages::new(framing);
        for bytes in stream.chunks(piece) {
            all.join(frames.push(bytes));
        }
        all.join(frames.finish());
        (String::from_utf8_lossy(&all.lines).into_owned(), all.count, all.cut)
    }

    #[test]
    fn messages_come_out_whatever_pieces_they_arrive_in() {
        let stream = b"<13>one\n<13>two\r\n\n9 <13>three10 <13>fo\nur\n<13>nul\0<13>last";
        let want = "<13>one\n<13>two\n<13>three\n<13>fo#012ur\n<13>nul\n<13>last\n";
        for piece in 1..stream.len() {
            assert_eq!(read(Framing::Syslog, stream, piece), (want.to_owned(), 6, 0), "{piece}");
        }
        let lines = b"9 <13>three\nabc";
        assert_eq!(read(Framing::Lines, lines, 4).0, "9 <13>three\nabc\n");
    }

    #[test]
    fn a_message_says_by_itself_that_it_is_one() {
        let read = |stream: &[u8]| read(Framing::Syslog, stream, 5).0;
        // A length beyond what was sent, as of a sender that was killed: the next sender's messages aren't part of it.
        assert_eq!(read(b"400 <13>evil"), "<13>evil\n");
        for headless in ["2026 is a year\n", "plain text\n", "<13 no end\n", "<1234>four\n"] {
            let line = read(headless.as_bytes());
            assert!(line.starts_with("<13>1 2") && line.ends_with(headless), "{line}");
        }
    }

    #[test]
    fn what_is_too_long_is_cut_and_the_next_is_whole() {
        let long = "x".repeat(LONGEST + 1_000);
        for stream in [format!("<13>{long}\n<13>next\n"), format!("{} <13>{long}<13>next\n", long.len() + 4)]
        {
            for piece in [1_000, 65_536, stream.len()] {
                let (text, count, cut) = read(Framing::Syslog, stream.as_bytes(), piece);
                let lines: Vec<&str> = text.lines().collect();
                assert_eq!((count, cut, lines[0].len(), lines[1]), (2, 1, LONGEST, "<13>next"), "{piece}");
            }
        }
    }
}
