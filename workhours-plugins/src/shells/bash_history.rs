//! `bash.history`: the history files of bash and tcsh, with or without times.
//!
//! Groups lines into commands as bash itself does when it reads the file. Not for the output of usrlog.sh.

use crate::toolkit::empty_lines;
use crate::toolkit::joined::{Joined, Row};
use std::borrow::Cow;
use workhours_plugin_api::*;

/// The source `bash.history`.
pub struct BashHistory;

export_source!(BashHistory);

static INFO: SourceInfo = SourceInfo {
    name: "bash.history",
    aliases: &["bash_history", "tcsh.history"],
    summary: "Commands in the history file of bash or tcsh, with or without times",
    details: "\
A line of `#` and digits (bash) or `#+` and digits (tcsh) is the time, in Unix seconds, of the command on the lines \
after it. bash writes it while `HISTTIMEFORMAT` is set.

* If **line 1** is a time, a command reaches to the next time, however many lines it has: so bash reads such a \
file back. Blank lines within a command belong to it. Else every line is a command of its own, and a time is \
that of the next line only.
* A command without a time is an event without a date; its order in the file is kept.
* As in bash, `#` and a digit at the start of a line is a time even if more follows on it, or if it was typed as \
a comment or stands in a here-document. A time that no command follows is ignored.
* A time too large for a number leaves the command undated, with a remark.
* No shell writes NUL: a command that holds one was damaged by a crash and is rejected.
* If commands can have several lines, the last one is provisional: more may follow.",
    authority: "GNU history library, histfile.c, read_history_range: https://git.savannah.gnu.org/cgit/bash.git; \
tcsh(1), savehist",
    activity: Activity::Human,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &["shell.command"],
    locations: &[
        Location { os: Os::Any, glob: "~/.bash_history" },
        Location { os: Os::Any, glob: "~/.history" },
        Location { os: Os::MacOs, glob: "~/.bash_sessions/*.history" },
    ],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/bash.history"), events: 4, rejects: 0 },
};

/// The checkpoint state of a file whose first line is a time.
const TIMED: &[u8] = b"timed";

impl IDataSource for BashHistory {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let mut timed = input.resume().state == TIMED;
        let fresh = input.resume().position == Position::default();
        let mut lines = Lines::new(input);
        let mut record = Record::default();
        while let Some(line) = lines.next()? {
            let is_stamp = !line.too_long && stamp(line.bytes()).is_some();
            if fresh && line.span.line == 1 {
                timed = is_stamp;
            }
            let state = if timed { TIMED } else { b"" };
            if is_stamp {
                record.push_into(false, out)?;
                let before = Position { offset: line.span.offset, lines: line.span.line - 1 };
                out.checkpoint(before, state)?;
                record.joined.push(&line);
                continue;
            }
            let blank = line.bytes().trim_ascii().is_empty();
            if blank && record.joined.is_empty() {
                out.ignored(1)?;
            } else {
                record.joined.push(&line);
                record.has_command |= !blank;
            }
            if !timed && record.has_command {
                record.push_into(false, out)?;
            }
            if record.joined.is_empty() && line.terminated {
                out.checkpoint(line.end, state)?;
                if empty_lines::is_one(&line) {
                    empty_lines::pass_over(&mut lines, state, out)?;
                }
            }
        }
        record.push_into(timed, out)?;
        Ok(())
    }
}

/// The digits of a line that is a time.
fn stamp(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"#")?;
    let (digits, tcsh) = rest.strip_prefix(b"+").map_or((rest, false), |rest| (rest, true));
    let len = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, after) = digits.split_at(len);
    // bash checks only the first digit; tcsh's form counts only if it is the whole line.
    (len > 0 && (!tcsh || after.trim_ascii().is_empty())).then_some(digits)
}

/// A time and the command after it, either of which may still be missing.
#[derive(Default)]
struct Record {
    joined: Joined,
    has_command: bool,
}

impl Record {
    /// Pushes the collected record. `open` means that more lines may follow later.
    fn push_into(&mut self, open: bool, out: &mut dyn EventSink) -> Result<(), Stop> {
        let provisional = open || self.joined.is_unfinished();
        if !self.joined.is_empty() {
            if !self.has_command {
                out.ignored(1)?;
            } else if !self.joined.reject_too_long(provisional, out)? {
                emit(self.joined.solid_span(), provisional, out)?;
            }
            if self.joined.blanks() > 0 {
                out.ignored(self.joined.blanks())?;
            }
        }
        self.joined.clear();
        self.has_command = false;
        Ok(())
    }
}

fn emit(span: Span<'_>, provisional: bool, out: &mut dyn EventSink) -> Result<(), Stop> {
    if memchr::memchr(0, span.raw).is_some() {
        let reason = "the command holds a NUL byte, which no shell writes: the file was damaged here";
        return out.reject(&Reject { span, code: RejectCode::BadText, reason, provisional });
    }
    let line_len = memchr::memchr(b'\n', span.raw).map_or(span.raw.len(), |n| n + 1);
    let (first, rest) = span.raw.split_at(line_len);
    let (digits, text) = match stamp(first) {
        Some(digits) => (Some(digits), rest),
        None => (None, span.raw),
    };
    let secs = digits.and_then(|d| std::str::from_utf8(d).ok()?.parse::<i64>().ok());
    let mut flags = if provisional { RowFlags::PROVISIONAL } else { RowFlags::NONE };
    if digits.is_some() && secs.is_none() {
        flags |= RowFlags::BAD_TIME;
    }
    let text = command(text);
    out.emit(&Row(EventRow {
        span,
        time: secs.map(EventTime::from_unix),
        kind: "shell.command",
        text: Text(&text),
        flags,
        ..EventRow::default()
    }))
}

/// The command with `\n` between its lines, and without the blank lines between it and its time.
fn command(mut text: &[u8]) -> Cow<'_, [u8]> {
    while let Some(n) = memchr::memchr(b'\n', text)
        && text.get(..n).is_some_and(|line| line.trim_ascii().is_empty())
    {
        text = text.get(n + 1..).unwrap_or_default();
    }
    // An unfinished line may end in half a line end.
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    if memchr::memmem::find(text, b"\r\n").is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|b| *b == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(line) => plain.extend([line, b"\n"].concat()),
            None => plain.extend_from_slice(line),
        }
    }
    Cow::Owned(plain)
}
