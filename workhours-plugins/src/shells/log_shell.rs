//! `log.shell`: the command logs of usrlog.sh, in all of its layouts since 2010.
//!
//! A record is a line with a header and the following lines without one. Not for the shells' own history files;
//! `usrlog` distinguishes the layouts.

use crate::shells::usrlog::{self, Entry};
use crate::toolkit::empty_lines;
use workhours_plugin_api::*;

/// The source `log.shell`.
pub struct ShellLog;

export_source!(ShellLog);

static INFO: SourceInfo = SourceInfo {
    name: "log.shell",
    aliases: &["shell.log"],
    summary: "Commands logged by usrlog.sh in any of its layouts since 2010",
    details: "\
Eight layouts are read, also mixed in one file: `id: MM/DD/YY HH:MM[.SS] ::: cmd` (with or without `# `), \
`id⇥ISO⇥cmd`, `ISO⇥id⇥[ISO␠␠]cmd`, and `# ISO⇥id⇥[venv⇥]pwd⇥[histn⇥]start⇥host⇥user⇥$$⇥cmd`.

* A line without a header continues the record before it; before the first header it is rejected. Blank lines \
within a record belong to it, those after it are no records.
* The time is the first one on the line: when the command was logged. If the history says that it was typed at \
another time, that is `started`.
* The oldest layouts have local times without an offset, to the minute or second; years 70 to 99 are 19xx.
* `#ntid`, `#stid`, `#TODO`, `#NOTE`, `new_term_id` and `set_term_id` are events of the kind `shell.note`; \
one of them in the place of the history number becomes the `label` of the text.
* An id that holds a space made the recorder write one record on two lines: they are put together again, with \
a remark.
* One space that the recorder adds to the end of a command is taken off; a history number before it becomes \
`history_line`.
* The last record is always provisional: lines that continue it may follow.",
    authority: "usrlog.sh and usrlog.py in westurner/dotfiles: https://github.com/westurner/dotfiles",
    activity: Activity::Human,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &["shell.command", "shell.note"],
    locations: &[
        Location { os: Os::Any, glob: "~/-usrlog.log" },
        Location { os: Os::Any, glob: "~/.usrlog" },
        Location { os: Os::Any, glob: "~/.session_log" },
        Location { os: Os::Any, glob: "~/.virtualenvs/*/-usrlog.log" },
        Location { os: Os::Any, glob: "~/-wrk/-ve*/*/-usrlog.log" },
    ],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/log.shell"), events: 8, rejects: 0 },
};

impl IDataSource for ShellLog {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let mut lines = Lines::new(input);
        let mut record = Record::default();
        while let Some(line) = lines.next()? {
            if usrlog::begins_record(line.bytes()) {
                record.push_into(out, false)?;
                out.checkpoint(Position { offset: line.span.offset, lines: line.span.line - 1 }, &[])?;
                record.begin(&line);
            } else if record.open {
                record.append(&line);
            } else {
                no_record(&line, out)?;
                if line.terminated {
                    out.checkpoint(line.end, &[])?;
                }
                if empty_lines::is_one(&line) {
                    empty_lines::pass_over(&mut lines, &[], out)?;
                }
            }
        }
        record.push_into(out, true)?;
        Ok(())
    }
}

/// A line before the first header.
fn no_record(line: &Line<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
    if line.bytes().trim_ascii().is_empty() {
        return out.ignored(1);
    }
    let (code, reason) = match line.too_long {
        true => (RejectCode::TooLong, "the line is longer than a record may be"),
        false => {
            (RejectCode::Malformed, "no header in the line and no header before it that it could continue")
        }
    };
    out.reject(&Reject { span: line.span, code, reason, provisional: !line.terminated })
}

/// The record being collected: the bytes of its lines, unchanged.
#[derive(Default)]
struct Record {
    open: bool,
    offset: u64,
    line: u64,
    raw: Vec<u8>,
    /// Length of `raw` up to the last line that is not blank.
    len: usize,
    /// Blank lines since then.
    blanks: u64,
    /// The end of the last line, which belongs to the record only if another follows.
    line_end: &'static [u8],
    /// Over the limit: nothing more is kept.
    full: bool,
    too_long: bool,
}

impl Record {
    fn begin(&mut self, line: &Line<'_>) {
        self.raw.clear();
        (self.open, self.full, self.too_long, self.line_end) = (true, false, false, b"");
        (self.offset, self.line, self.len) = (line.span.offset, line.span.line, 0);
        if line.too_long {
            // Only its beginning is here, to be shown in the reject.
            self.raw.extend_from_slice(line.bytes());
        }
        self.append(line);
    }

    fn append(&mut self, line: &Line<'_>) {
        let bytes = line.bytes();
        let blank = bytes.trim_ascii().is_empty();
        self.full |= line.too_long || self.raw.len() + bytes.len() + 2 > MAX_RECORD_BYTES;
        if blank {
            self.blanks += 1;
        } else {
            self.blanks = 0;
            self.too_long |= self.full;
        }
        if self.full {
            return;
        }
        self.raw.extend_from_slice(self.line_end);
        self.raw.extend_from_slice(bytes);
        let taken = (line.end.offset - line.span.offset) as usize;
        self.line_end = match taken.saturating_sub(bytes.len()) {
            0 => b"",
            1 => b"\n",
            _ => b"\r\n",
        };
        if !blank {
            self.len = self.raw.len();
        }
    }

    fn push_into(&mut self, out: &mut dyn EventSink, last: bool) -> Result<(), Stop> {
        if !std::mem::take(&mut self.open) {
            return Ok(());
        }
        const SHOWN: usize = 4096;
        let span = Span { offset: self.offset, line: self.line, raw: &self.raw[..self.len] };
        let cut = Span { raw: &self.raw[..self.raw.len().min(SHOWN)], ..span };
        let refuse = |span, code, reason| Reject { span, code, reason, provisional: last };
        if self.too_long {
            let reason = "with the lines that continue it the record is longer than a record may be";
            out.reject(&refuse(cut, RejectCode::TooLong, reason))?;
        } else {
            match usrlog::entry(span.raw) {
                Some(entry) if entry.time.is_some() => emit(span, &entry, last, out)?,
                _ => {
                    out.reject(&refuse(span, RejectCode::BadTime, "the date in the header does not exist"))?
                }
            }
        }
        match std::mem::take(&mut self.blanks) {
            0 => Ok(()),
            n => out.ignored(n),
        }
    }
}

fn emit(span: Span<'_>, entry: &Entry<'_>, last: bool, out: &mut dyn EventSink) -> Result<(), Stop> {
    let mut attrs = Vec::with_capacity(5);
    let mut text = |key, value| {
        if !<[u8]>::is_empty(value) {
            attrs.push(Attr { key, value: Value::Str(Text(value)) });
        }
    };
    text("session", &entry.session);
    text("venv", entry.venv);
    text("cwd", entry.cwd);
    text("started", entry.started);
    text("label", entry.label);
    if let Some(number) = entry.history_line {
        attrs.push(Attr { key: "history_line", value: Value::Int(number) });
    }
    let mut flags = entry.time.map_or(RowFlags::NONE, |t| t.1);
    for (flag, on) in [(RowFlags::PROVISIONAL, last), (RowFlags::MALFORMED_TAIL, entry.mended)] {
        if on {
            flags |= flag;
        }
    }
    out.emit(&Command(EventRow {
        span,
        time: entry.time.map(|t| t.0),
        kind: if entry.note { "shell.note" } else { "shell.command" },
        text: Text(entry.text),
        host: Text(entry.host),
        user: Text(entry.user),
        attrs: &attrs,
        flags,
        ..EventRow::default()
    }))
}

struct Command<'a>(EventRow<'a>);

impl IEventRecord for Command<'_> {
    fn to_event_row(&self) -> EventRow<'_> {
        self.0
    }
}
