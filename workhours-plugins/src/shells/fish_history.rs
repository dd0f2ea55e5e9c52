//! `fish.history`: the history file of fish, in its layout since 2.0 and in that of 1.x.
//!
//! The file looks like YAML but isn't: a YAML reader would reject or change many of its commands.

use crate::shells::fish_items::{self, FishItem};
use crate::toolkit::joined::{Joined, Row};
use workhours_plugin_api::*;

/// The source `fish.history`.
pub struct FishHistory;

export_source!(FishHistory);

static INFO: SourceInfo = SourceInfo {
    name: "fish.history",
    aliases: &["fish_history"],
    summary: "Commands in the history file of fish, since 2.0 and before",
    details: "\
Since fish 2.0 a record is a line `- cmd: command` and the indented lines after it: `  when:` with Unix seconds, and \
`  paths:` with a line `    - path` for each file the command names (kept as `paths`, one a line). It is **no \
YAML**: the only escapes are `\\\\` and `\\n`, and nothing is quoted.

* Lines that are neither, such as the rest of an entry that was overwritten, are ignored; the indented lines after them \
too. So are the `%`, `---` and `...` of YAML.
* Several `- cmd: ` in a row, or `- cmd:    when:`, come from fish 1.x rewriting the file: all but the last are \
taken off, or the line is ignored.
* A record ends where the indentation changes. Keys that are not known are passed over.
* A record without `when`, or with 0, has no date. If it is no number, the record has none and a remark.
* A last `- cmd:` line without a line end is being written, or was cut by a crash: fish ignores it, and so \
does this, until it is whole. After a whole one the last record is provisional: lines may follow.
* A file whose first line begins with `# ` is of fish 1.x: `# seconds`, then the command, whose lines but the last end \
in a backslash.
* A record that holds a NUL was damaged by a crash and is rejected.",
    authority: "fish-shell, src/history/yaml_backend.rs, and history_file.cpp of fish 3: \
https://github.com/fish-shell/fish-shell",
    activity: Activity::Human,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &["shell.command"],
    locations: &[
        Location { os: Os::Any, glob: "~/.local/share/fish/*fish_history" },
        Location { os: Os::Any, glob: "~/.config/fish/fish_history" },
    ],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/fish.history"), events: 4, rejects: 0 },
};

/// The checkpoint state of a file of fish 1.x.
const OLD: &[u8] = b"1.x";

impl IDataSource for FishHistory {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let fresh = input.resume().position == Position::default();
        let mut reader = Reader { old: input.resume().state == OLD, ..Reader::default() };
        let mut lines = Lines::new(input);
        while let Some(line) = lines.next()? {
            if fresh && line.span.line == 1 {
                // bash writes no space after the sign.
                reader.old = line.bytes().starts_with(b"# ");
            }
            if reader.old { reader.old_line(&line, out)? } else { reader.line(&line, out)? }
        }
        reader.push(true, out)?;
        if fresh && !reader.any && reader.strange {
            let why = "expected a fish history, with lines that begin with `- cmd: `; found none";
            return Err(SourceError::Unsupported(why.into()));
        }
        Ok(())
    }
}

#[derive(Default)]
struct Reader {
    old: bool,
    joined: Joined,
    /// In the old layout: the command has begun.
    has_command: bool,
    /// A record was found.
    any: bool,
    /// A line was found that belongs to no record.
    strange: bool,
}

impl Reader {
    fn line(&mut self, line: &Line<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
        let bytes = line.bytes();
        if fish_items::begins(bytes) {
            self.push(false, out)?;
            self.checkpoint(out, Position { offset: line.span.offset, lines: line.span.line - 1 })?;
            self.joined.push(line);
        } else if bytes.starts_with(b" ") && !self.joined.is_empty() {
            self.joined.push(line);
        } else {
            self.push(false, out)?;
            self.strange |= !bytes.trim_ascii().is_empty();
            no_entry(line, out)?;
            if line.terminated {
                self.checkpoint(out, line.end)?;
            }
        }
        Ok(())
    }

    fn old_line(&mut self, line: &Line<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
        let blank = line.bytes().trim_ascii().is_empty();
        if blank && self.joined.is_empty() {
            out.ignored(1)?;
        } else {
            // After a time even a line that begins with `#` is a command.
            self.has_command |= !self.joined.is_empty() || !line.bytes().starts_with(b"#");
            self.joined.push(line);
        }
        if self.has_command && !fish_items::goes_on(line.bytes()) {
            self.push(false, out)?;
        }
        if self.joined.is_empty() && line.terminated {
            self.checkpoint(out, line.end)?;
        }
        Ok(())
    }

    fn checkpoint(&self, out: &mut dyn EventSink, at: Position) -> Result<(), Stop> {
        out.checkpoint(at, if self.old { OLD } else { b"" })
    }

    /// Pushes the collected record. `last` means that the input ended.
    fn push(&mut self, last: bool, out: &mut dyn EventSink) -> Result<(), Stop> {
        if !self.joined.is_empty() {
            self.any = true;
            self.push_record(last || self.joined.is_unfinished(), out)?;
        }
        self.joined.clear();
        self.has_command = false;
        Ok(())
    }

    fn push_record(&self, provisional: bool, out: &mut dyn EventSink) -> Result<(), Stop> {
        if self.joined.reject_too_long(provisional, out)? {
            return Ok(());
        }
        let span = self.joined.solid_span();
        let refuse = |code, reason| Reject { span, code, reason, provisional };
        if memchr::memchr(0, span.raw).is_some() {
            let reason = "the entry holds a NUL byte, which fish never writes: the file was damaged here";
            return out.reject(&refuse(RejectCode::BadText, reason));
        }
        if !self.old && self.joined.is_unfinished() && memchr::memchr(b'\n', span.raw).is_none() {
            // There is no checkpoint after it, so it is read again when there is more.
            return out.ignored(1);
        }
        let item = if self.old { fish_items::old_item(span.raw) } else { fish_items::item(span.raw) };
        match item {
            Some(item) => emit(span, &item, provisional, out)?,
            // A time without a command.
            None => out.ignored(1)?,
        }
        match self.joined.blanks() {
            0 => Ok(()),
            n => out.ignored(n),
        }
    }
}

/// A line of no entry.
fn no_entry(line: &Line<'_>, out: &mut dyn EventSink) -> Result<(), Stop> {
    let (code, reason) = match line.bytes() {
        _ if line.too_long => (RejectCode::TooLong, "the line is longer than a record may be"),
        bytes if memchr::memchr(0, bytes).is_some() => (
            RejectCode::BadText,
            "the line holds a NUL byte, which fish never writes: the file was damaged here",
        ),
        _ => return out.ignored(1),
    };
    out.reject(&Reject { span: line.span, code, reason, provisional: !line.terminated })
}

fn emit(span: Span<'_>, item: &FishItem<'_>, provisional: bool, out: &mut dyn EventSink) -> Result<(), Stop> {
    let paths = [Attr { key: "paths", value: Value::Str(Text(&item.paths)) }];
    let mut flags = item.flags;
    if provisional {
        flags |= RowFlags::PROVISIONAL;
    }
    out.emit(&Row(EventRow {
        span,
        time: item.when.map(EventTime::from_unix),
        kind: "shell.command",
        text: Text(&item.command),
        attrs: if item.paths.is_empty() { &[] } else { &paths },
        flags,
        ..EventRow::default()
    }))
}
