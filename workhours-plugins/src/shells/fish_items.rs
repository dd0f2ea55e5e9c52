//! Parses one entry of a fish history.
//!
//! Not a reader: which lines make up an entry is for [`fish_history`](crate::shells::fish_history) to say.

use std::borrow::Cow;
use workhours_plugin_api::RowFlags;

/// One command.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct FishItem<'a> {
    pub(crate) command: Cow<'a, [u8]>,
    pub(crate) when: Option<i64>,
    /// The files it names, one a line.
    pub(crate) paths: Vec<u8>,
    pub(crate) flags: RowFlags,
}

/// Whether a line begins an entry of the layout since 2.0.
pub(crate) fn begins(line: &[u8]) -> bool {
    line.starts_with(b"- cmd:") && !line.starts_with(b"- cmd:    when:")
}

/// Whether a line of the old layout is followed by another of the same command: an odd number of backslashes.
pub(crate) fn goes_on(line: &[u8]) -> bool {
    line.iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1
}

/// An entry of the layout since 2.0.
pub(crate) fn item(raw: &[u8]) -> Option<FishItem<'_>> {
    let mut lines =
        raw.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).peekable();
    let mut first = lines.next()?;
    while let Some(rest) = first.strip_prefix(b"- cmd: ").filter(|rest| rest.starts_with(b"- cmd: ")) {
        first = rest;
    }
    let command = unescaped(first.strip_prefix(b"- cmd:")?.trim_ascii_start());
    let mut item = FishItem { command, ..FishItem::default() };
    let mut indent = None;
    while let Some(line) = lines.next() {
        let (depth, line) = indented(line);
        if *indent.get_or_insert(depth) != depth {
            break;
        }
        let Some(colon) = line.iter().position(|b| *b == b':') else { break };
        let (key, value) = line.split_at(colon);
        match key {
            b"when" => item.set_when(value.get(1..).unwrap_or_default().trim_ascii()),
            b"paths" => {
                while let Some(path) = lines.peek().and_then(|line| deeper(line, depth)) {
                    if !item.paths.is_empty() {
                        item.paths.push(b'\n');
                    }
                    item.paths.extend_from_slice(&unescaped(path));
                    lines.next();
                }
            }
            _ => {}
        }
    }
    Some(item)
}

/// An entry of the layout of fish 1.x: `# seconds`, then the command.
pub(crate) fn old_item(raw: &[u8]) -> Option<FishItem<'_>> {
    let mut item = FishItem::default();
    let mut command = raw;
    if raw.starts_with(b"#") {
        let len = raw.iter().position(|b| *b == b'\n')?;
        let (time, rest) = raw.split_at(len);
        item.set_when(time.get(1..).unwrap_or_default().trim_ascii());
        command = rest.get(1..).unwrap_or_default();
    }
    let command = command.strip_suffix(b"\r").unwrap_or(command);
    let mut text = Vec::with_capacity(command.len());
    for line in command.split_inclusive(|b| *b == b'\n') {
        match line.strip_suffix(b"\\\n").or_else(|| line.strip_suffix(b"\\\r\n")) {
            Some(line) => {
                text.extend_from_slice(line);
                text.push(b'\n');
            }
            None => text.extend_from_slice(line),
        }
    }
    // A backslash at the very end asked for a line that has not come.
    if goes_on(&text) {
        text.pop();
    }
    item.command = Cow::Owned(text);
    Some(item)
}

impl FishItem<'_> {
    fn set_when(&mut self, text: &[u8]) {
        match std::str::from_utf8(text).ok().and_then(|t| t.parse::<i64>().ok()) {
            Some(0) => self.when = None,
            Some(secs) => self.when = Some(secs),
            None => self.flags |= RowFlags::BAD_TIME,
        }
    }
}

/// How many spaces a line begins with, and the rest.
fn indented(line: &[u8]) -> (usize, &[u8]) {
    let depth = line.iter().take_while(|b| **b == b' ').count();
    (depth, line.get(depth..).unwrap_or_default())
}

/// The text after `- ` in a line that is indented by more than `depth`.
fn deeper(line: &[u8], depth: usize) -> Option<&[u8]> {
    let (own, line) = indented(line);
    if own > depth { line.strip_prefix(b"- ") } else { None }
}

/// With `\\` and `\n` unescaped; any other backslash stays.
fn unescaped(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let escaped = bytes.next_if(|next| byte == b'\\' && matches!(next, b'\\' | b'n'));
        plain.push(if escaped == Some(b'n') { b'\n' } else { byte });
    }
    Cow::Owned(plain)
}
