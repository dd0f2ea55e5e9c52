//! One stanza: collects its lines unchanged, and makes an event of them.

use workhours_plugin_api::*;

/// The prefix of a stanza's first line.
pub(crate) const START: &[u8] = b"Start-Date:";
/// The prefix of its last line.
pub(crate) const END: &[u8] = b"End-Date:";

/// Lists of packages: the key in the log, the attribute for the list, and the attribute for the number of packages.
const LISTS: [(&[u8], &str, &str); 7] = [
    (b"Install", "install", "install_count"),
    (b"Reinstall", "reinstall", "reinstall_count"),
    (b"Upgrade", "upgrade", "upgrade_count"),
    (b"Downgrade", "downgrade", "downgrade_count"),
    (b"Remove", "remove", "remove_count"),
    (b"Purge", "purge", "purge_count"),
    (b"Disappeared", "disappeared", "disappeared_count"),
];

/// Bytes kept of a stanza that is too long.
const SHOWN: usize = 4096;

/// The stanza being collected. `Lines` lends one line at a time, so its bytes are copied.
#[derive(Default)]
pub(crate) struct Stanza {
    open: bool,
    offset: u64,
    line: u64,
    /// The bytes of its lines.
    raw: Vec<u8>,
    /// Length of `raw` without the last line end.
    len: usize,
    too_long: bool,
}

impl Stanza {
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    pub(crate) fn begin(&mut self, line: &Line<'_>) {
        self.raw.clear();
        (self.open, self.too_long, self.len) = (true, false, 0);
        (self.offset, self.line) = (line.span.offset, line.span.line);
        self.append(line);
    }

    pub(crate) fn append(&mut self, line: &Line<'_>) {
        if self.too_long {
            return;
        }
        let bytes = line.bytes();
        if line.too_long || self.raw.len() + bytes.len() + 2 > MAX_RECORD_BYTES {
            // Its beginning is enough for the reject.
            self.too_long = true;
            self.raw.extend_from_slice(&bytes[..bytes.len().min(SHOWN)]);
            self.raw.truncate(SHOWN);
            self.len = self.raw.len();
            return;
        }
        self.raw.extend_from_slice(bytes);
        self.len = self.raw.len();
        match (line.end.offset - line.span.offset) as usize - bytes.len() {
            0 => {}
            1 => self.raw.push(b'\n'),
            _ => self.raw.extend_from_slice(b"\r\n"),
        }
    }

    /// Pushes the stanza, if there is one. The `last` stanza of an input may still grow.
    pub(crate) fn push_into(&mut self, out: &mut dyn EventSink, last: bool) -> Result<(), Stop> {
        if !std::mem::take(&mut self.open) {
            return Ok(());
        }
        let span = Span { offset: self.offset, line: self.line, raw: &self.raw[..self.len] };
        let reject = |code, reason| Reject { span, code, reason, provisional: last };
        if self.too_long {
            return out.reject(&reject(RejectCode::TooLong, "the stanza is longer than a record may be"));
        }
        let mut transaction = Transaction::default();
        for line in span.raw.split(|b| *b == b'\n') {
            transaction.take(line.strip_suffix(b"\r").unwrap_or(line));
        }
        let Some((start, leap)) = transaction.start else {
            let reason = "Start-Date is not a date and time such as 2024-05-01  12:00:00";
            return out.reject(&reject(RejectCode::BadTime, reason));
        };
        let provisional = if last { RowFlags::PROVISIONAL } else { RowFlags::NONE };
        out.emit(&EventRow {
            span,
            time: Some(start),
            end: transaction.end,
            kind: "package.transaction",
            text: Text(transaction.command),
            user: Text(transaction.user),
            attrs: &transaction.attrs,
            flags: transaction.flags | leap | provisional,
            ..EventRow::default()
        })
    }
}

/// The values of a stanza's lines.
#[derive(Default)]
struct Transaction<'a> {
    start: Option<(EventTime, RowFlags)>,
    end: Option<EventTime>,
    command: &'a [u8],
    user: &'a [u8],
    attrs: Vec<Attr<'a>>,
    flags: RowFlags,
}

impl<'a> Transaction<'a> {
    fn take(&mut self, line: &'a [u8]) {
        let Some(colon) = line.iter().position(|b| *b == b':') else { return };
        let (key, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        match key {
            b"Start-Date" => self.start = time(value),
            b"End-Date" => match time(value) {
                Some((end, leap)) => {
                    self.end = Some(end);
                    self.flags |= leap;
                }
                // The rest is worth keeping.
                None => self.flags |= RowFlags::MALFORMED_TAIL,
            },
            b"Commandline" => self.command = value,
            b"Requested-By" => self.requested_by(value),
            b"Error" => self.note("error", Value::Str(Text(value))),
            b"Comment" => self.note("comment", Value::Str(Text(value))),
            _ => {
                if let Some((_, list, number)) = LISTS.iter().find(|(name, ..)| *name == key) {
                    self.note(list, Value::Str(Text(value)));
                    self.note(number, Value::Int(packages(value)));
                }
            }
        }
    }

    /// `ada (1000)`: a name and a number.
    fn requested_by(&mut self, value: &'a [u8]) {
        self.user = value;
        let Some(open) = value.iter().rposition(|b| *b == b'(') else { return };
        let uid = value[open + 1..].strip_suffix(b")").and_then(|uid| str::from_utf8(uid).ok()?.parse().ok());
        if let Some(uid) = uid {
            self.user = value[..open].trim_ascii_end();
            self.note("uid", Value::Int(uid));
        }
    }

    /// Adds an attribute. Keys are unique in a row: if a key occurs again, its first value stays.
    fn note(&mut self, key: &'static str, value: Value<'a>) {
        if !self.attrs.iter().any(|a| a.key == key) {
            self.attrs.push(Attr { key, value });
        }
    }
}

/// The number of packages in `foo:amd64 (1, 2), bar:amd64 (3, automatic)`: commas in parentheses don't count.
fn packages(list: &[u8]) -> i64 {
    let mut depth = 0_i64;
    let commas = list.iter().filter(|b| {
        match b {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        **b == b',' && depth <= 0
    });
    commas.count() as i64 + 1
}

/// `2024-05-01  12:00:00`: a local time; apt puts two spaces between date and time.
fn time(text: &[u8]) -> Option<(EventTime, RowFlags)> {
    let (date, clock) = (text.get(..10)?, text.get(10..)?.trim_ascii_start());
    if date[4] != b'-' || date[7] != b'-' || clock.len() != 8 || clock[2] != b':' || clock[5] != b':' {
        return None;
    }
    let number = |digits: &[u8]| civil::digits(digits);
    let (year, month, day) = (number(&date[..4])?, number(&date[5..7])?, number(&date[8..])?);
    let (hour, minute, second) = (number(&clock[..2])?, number(&clock[3..5])?, number(&clock[6..])?);
    let secs = civil::seconds(year as i32, month, day, hour, minute, second).filter(|_| year > 0)?;
    let leap = if second == 60 { RowFlags::LEAP_SECOND } else { RowFlags::NONE };
    Some((EventTime::local(secs, Precision::Second), leap))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_counted_not_commas() {
        assert_eq!(packages(b"a:amd64 (1)"), 1);
        assert_eq!(packages(b"a:amd64 (1, automatic), b:amd64 (2, 3)"), 2);
    }

    #[test]
    fn times() {
        assert_eq!(time(b"1970-01-02  00:00:01").unwrap().0.secs, 86_401);
        assert!(time(b"1970-01-02 00:00:01").is_some(), "one space will do");
        for bad in ["2024-02-30  12:00:00", "2024-05-01  12:00", "2024-05-01", "0000-01-01  00:00:00", ""] {
            assert_eq!(time(bad.as_bytes()), None, "{bad}");
        }
    }
}
