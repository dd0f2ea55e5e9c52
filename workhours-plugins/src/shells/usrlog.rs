//! The eight layouts that usrlog.sh and its predecessors have written since 2010, detected line by line.
//!
//! | era | layout |
//! |---|---|
//! | 0–2 | `id: MM/DD/YY HH:MM ::: cmd`, later `HH:MM.SS`, later `# ` in front |
//! | 3 | `id⇥ISO⇥cmd` |
//! | 4, 5 | `ISO⇥id⇥cmd`, era 5 with the history's `ISO␠␠` before the command |
//! | 6, 7 | `# ISO⇥id⇥[venv⇥]pwd⇥[histn⇥][start⇥host⇥user⇥]$$⇥cmd`, or `…pwd⇥#note` |
//!
//! Not a reader: which lines make up a record is for [`log_shell`](crate::shells::log_shell) to say.

use crate::toolkit::stamp::{self, Stamp, iso_len};
use memchr::{memchr, memchr_iter, memmem};
use std::borrow::Cow;

/// One record. Missing parts are empty slices.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    /// `None` when the date does not exist.
    pub(crate) time: Option<Stamp>,
    pub(crate) session: Cow<'a, [u8]>,
    pub(crate) venv: &'a [u8],
    pub(crate) cwd: &'a [u8],
    pub(crate) history_line: Option<i64>,
    /// When the command was typed, as written; empty when it is the record's own time.
    pub(crate) started: &'a [u8],
    pub(crate) host: &'a [u8],
    pub(crate) user: &'a [u8],
    pub(crate) text: &'a [u8],
    /// The text in the place of the history number if it isn't a number: `#TODO`.
    pub(crate) label: &'a [u8],
    /// A remark of the user or the recorder rather than a command.
    pub(crate) note: bool,
    /// The recorder split the record at a space in the id; it was joined again.
    pub(crate) mended: bool,
}

impl<'a> Entry<'a> {
    fn new(time: Option<Stamp>, session: &'a [u8], text: &'a [u8]) -> Self {
        let (text, history_line) = history(text);
        let note = is_marker(text);
        let (session, none): (_, &[u8]) = (Cow::Borrowed(session), b"");
        let (venv, cwd, started, host, user, label) = (none, none, none, none, none, none);
        Self { time, session, venv, cwd, history_line, started, host, user, text, label, note, mended: false }
    }
}

/// Whether a physical line begins a record. The shape decides, the date may not exist.
pub(crate) fn begins_record(line: &[u8]) -> bool {
    layout(line).is_some()
}

/// A record, of which the first line [`begins_record`].
pub(crate) fn entry(raw: &[u8]) -> Option<Entry<'_>> {
    let line = &raw[..memchr(b'\n', raw).unwrap_or(raw.len())];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Some(match layout(line)? {
        Layout::Colons { id, stamp, text } => {
            let id = id.strip_prefix(b"#").filter(|id| id.first().is_none_or(|b| *b == b' ')).unwrap_or(id);
            Entry::new(stamp::naive(stamp), id.trim_ascii(), raw.get(text..).unwrap_or_default())
        }
        Layout::IdFirst { id, stamp } => {
            Entry::new(stamp::iso(stamp), id, raw.get(id.len() + stamp.len() + 2..).unwrap_or_default())
        }
        Layout::SplitId { id, word, stamp } => {
            let text = raw.get(line.len()..).unwrap_or_default();
            let mut entry = Entry::new(stamp::iso(stamp), b"", unpadded(text.trim_ascii_start()));
            entry.session = Cow::Owned([id, word].join(&b' '));
            entry.mended = true;
            entry
        }
        Layout::TimeFirst { stamp } => time_first(raw, line, stamp),
        Layout::Hash { spaces, stamp } => hash(raw, line, spaces, stamp),
    })
}

enum Layout<'a> {
    Colons { id: &'a [u8], stamp: &'a [u8], text: usize },
    IdFirst { id: &'a [u8], stamp: &'a [u8] },
    SplitId { id: &'a [u8], word: &'a [u8], stamp: &'a [u8] },
    TimeFirst { stamp: &'a [u8] },
    Hash { spaces: usize, stamp: &'a [u8] },
}

fn layout(line: &[u8]) -> Option<Layout<'_>> {
    let Some(tab) = memchr(b'\t', line) else { return colons(line) };
    let (first, rest) = (&line[..tab], &line[tab + 1..]);
    if iso_len(first) == Some(tab) {
        let shifted = iso_len(rest).is_some_and(|n| rest[n..].starts_with(b"  "));
        return (shifted || memchr(b'\t', rest).is_some()).then_some(Layout::TimeFirst { stamp: first });
    }
    if let Some(stamp) = first.strip_prefix(b"#").map(<[u8]>::trim_ascii_start)
        && iso_len(stamp) == Some(stamp.len())
        && first.get(1) == Some(&b' ')
    {
        // Fewer columns are text that happens to look like this.
        let enough = memchr_iter(b'\t', rest).nth(1).is_some();
        return enough.then_some(Layout::Hash { spaces: first.len() - stamp.len() - 1, stamp });
    }
    let second_ends = memchr(b'\t', rest);
    if let Some(n) = second_ends
        && iso_len(rest) == Some(n)
    {
        return Some(Layout::IdFirst { id: first, stamp: &rest[..n] });
    }
    if let Some(n) = second_ends
        && iso_len(&rest[n + 1..]) == Some(rest.len() - n - 1)
        && is_word(first)
        && is_word(&rest[..n])
    {
        return Some(Layout::SplitId { id: first, word: &rest[..n], stamp: &rest[n + 1..] });
    }
    colons(line)
}

fn colons(line: &[u8]) -> Option<Layout<'_>> {
    let at = memmem::find(line, b" :::").filter(|at| line.get(at + 4).is_none_or(|b| *b == b' '))?;
    for len in [14, 17] {
        let Some((id, stamp)) = at.checked_sub(len).map(|i| line[..at].split_at(i)) else { continue };
        if let Some(id) = id.strip_suffix(b": ")
            && stamp::is_naive(stamp)
            && !id.iter().any(|b| b"\t'\"".contains(b))
        {
            return Some(Layout::Colons { id, stamp, text: at + 5 });
        }
    }
    None
}

fn time_first<'a>(raw: &'a [u8], line: &'a [u8], stamp: &'a [u8]) -> Entry<'a> {
    let time = stamp::iso(stamp);
    let after = stamp.len() + 1;
    let column = memchr(b'\t', &line[after..]).map_or(line.len(), |n| after + n);
    let (id, text) = (&raw[after..column], raw.get(column + 1..).unwrap_or_default());
    let rest_of_line = line.get(column + 1..).unwrap_or_default();
    // Printed without quotes, an empty id moves the command into the id's column and leaves its own empty.
    let generated = id.starts_with(b"#") && is_word(id) && !is_marker(id);
    let timed = iso_len(id).is_some();
    if timed || (rest_of_line.is_empty() && !generated) {
        return with_start(Entry::new(time, b"", unpadded(&raw[after..])), stamp);
    }
    if let Some((session, text)) = mend(id, rest_of_line, &raw[line.len()..]) {
        let mut entry = with_start(Entry::new(time, b"", text), stamp);
        (entry.session, entry.mended) = (Cow::Owned(session), true);
        return entry;
    }
    with_start(Entry::new(time, id, text), stamp)
}

/// Printed without quotes, an id of several words fills the columns after it, and the rest goes to a second line:
/// `ISO⇥two⇥words` and `ISO␠␠cmd⇥⇥`. Returns the id and the command.
fn mend<'a>(id: &[u8], word: &[u8], continued: &'a [u8]) -> Option<(Vec<u8>, &'a [u8])> {
    if continued.is_empty() || !is_word(id) || !is_word(word) {
        return None;
    }
    let text = continued.trim_ascii_start();
    let mut words = vec![id, word];
    let mut rest = text;
    while iso_len(rest).is_none_or(|n| !rest[n..].starts_with(b"  ")) {
        let end = memchr(b'\t', rest).filter(|n| is_word(&rest[..*n]));
        let Some(end) = end else {
            // Era 4 has no second time to go by, but the columns left empty show.
            return text.ends_with(b"\t\t").then(|| ([id, word].join(&b' '), unpadded(text)));
        };
        words.push(&rest[..end]);
        rest = &rest[end + 1..];
    }
    Some((words.join(&b' '), unpadded(rest)))
}

/// Era 5: the history's own time, two spaces, the command.
fn with_start<'a>(mut entry: Entry<'a>, stamp: &[u8]) -> Entry<'a> {
    if let Some(n) = iso_len(entry.text)
        && let Some(text) = entry.text[n..].strip_prefix(b"  ")
    {
        let started = &entry.text[..n];
        if started != stamp {
            entry.started = started;
        }
        (entry.text, entry.note) = (text, is_marker(text));
    }
    entry
}

fn hash<'a>(raw: &'a [u8], line: &'a [u8], spaces: usize, stamp: &'a [u8]) -> Entry<'a> {
    let mut columns = [(0, &raw[..0]); 10];
    let mut n = 0;
    let mut at = 1 + spaces + stamp.len() + 1;
    while n < columns.len() && at <= line.len() {
        let len = memchr(b'\t', &line[at..]).unwrap_or(line.len() - at);
        columns[n] = (at, &line[at..at + len]);
        n += 1;
        at += len + 1;
    }
    let columns = &columns[..n];
    let column = |i: usize| columns.get(i).map_or(&b""[..], |c| c.1);
    let marker = columns.iter().skip(2).position(|c| c.1.starts_with(b"#")).map(|i| i + 2);
    // A `$$` within a remark isn't a separator: start, host and user would be between them.
    let separator = columns.iter().position(|c| c.1 == b"$$");
    let separator = separator.filter(|s| marker.is_none_or(|m| m > *s || m + 4 <= *s));
    let (left, text_at) = match (separator, marker) {
        (Some(s), _) => (if s >= 5 { s - 3 } else { s }, columns.get(s + 1).map(|c| c.0)),
        (None, Some(m)) => (m, Some(columns[m].0)),
        (None, None) if spaces > 1 => (3, columns.get(3).map(|c| c.0)),
        (None, None) => (2, columns.get(2).map(|c| c.0)),
    };
    let text = text_at.map_or(&b""[..], |at| &raw[at..]);
    let text = text.strip_suffix(b" ").unwrap_or(text);
    let mut entry = Entry::new(stamp::iso(stamp), column(0), text);
    entry.note |= separator.is_none() && text.starts_with(b"#");
    let numbered = |i: usize| column(i).starts_with(b"#") || history_number(column(i)).is_some();
    let (venv, cwd, number) = match left {
        0..=2 => (&b""[..], column(1), None),
        3 if separator.is_some() && numbered(2) => (&b""[..], column(1), Some(column(2))),
        3 => (column(1), column(2), None),
        _ => (column(1), column(2), Some(column(3))),
    };
    (entry.venv, entry.cwd) = (venv, if left < 2 { b"" } else { cwd });
    if let Some(number) = number {
        entry.history_line = history_number(number);
        // `#TODO` in the column of the history number makes a remark of the whole record.
        if number.starts_with(b"#") {
            (entry.note, entry.label) = (true, number.trim_ascii_end());
        }
        if entry.text.is_empty() {
            entry.text = std::mem::take(&mut entry.label);
        }
    }
    if let Some(s) = separator.filter(|s| *s >= 5) {
        (entry.host, entry.user) = (column(s - 2), column(s - 1));
        let started = column(s - 3);
        if started != stamp && iso_len(started) == Some(started.len()) {
            entry.started = started;
        }
    }
    entry
}

fn is_word(text: &[u8]) -> bool {
    !text.is_empty() && !text.iter().any(u8::is_ascii_whitespace)
}

/// The recorder's own texts in the place of a command, and those of its `todo` and `note`.
fn is_marker(text: &[u8]) -> bool {
    const MARKERS: [&[u8]; 9] = [
        b"#ntid",
        b"#stid",
        b"#TODO",
        b"#NOTE",
        b"#note",
        b"#_MSG",
        b"# new_term_id",
        b"# set_term_id",
        b"# Renaming ",
    ];
    MARKERS.iter().any(|m| text.starts_with(m))
}

/// Without the tabs of columns that were left empty.
fn unpadded(mut text: &[u8]) -> &[u8] {
    while let Some(shorter) = text.strip_suffix(b"\t") {
        text = shorter;
    }
    text
}

/// `  522  cmd`, as bash lists its history: the number is right-aligned in five places or longer.
fn history(text: &[u8]) -> (&[u8], Option<i64>) {
    let spaces = text.iter().take_while(|b| **b == b' ').count();
    let digits = text[spaces..].iter().take_while(|b| b.is_ascii_digit()).count();
    let (number, command) = text.split_at(spaces + digits);
    match command.strip_prefix(b"  ") {
        Some(command) if digits > 0 && number.len() >= 5 => (command, history_number(number)),
        _ => (text, None),
    }
}

fn history_number(text: &[u8]) -> Option<i64> {
    workhours_plugin_api::civil::digits(text.trim_ascii()).map(i64::from)
}
