//! `bodyfile`: the body files of The Sleuth Kit and the tools that write the same: files with their four times.
//!
//! Not for the layout before version 3, and not for what mactime prints from these.

use crate::toolkit::empty_lines;
use crate::toolkit::joined::Row;
use crate::toolkit::unix_number;
use workhours_plugin_api::*;

/// The source `bodyfile`.
pub struct Bodyfile;

export_source!(Bodyfile);

static INFO: SourceInfo = SourceInfo {
    name: "bodyfile",
    aliases: &["body.file"],
    summary: "Files and their times in the body file format of The Sleuth Kit (version 3)",
    details: "\
Each line is `md5|name|inode|mode|uid|gid|size|atime|mtime|ctime|crtime`, with times in Unix seconds, with or without \
a fraction. Only the first and the last nine separators count: a name may hold `|`, escaped or not.

* **One event per line**, at the file's modification time; if that is 0, at the change of its inode, its birth, or its \
last access. All times that are not 0 are kept as `modified_secs`, `changed_secs`, `born_secs` and `accessed_secs`.
* With the option `times` set to `each`: one event per *distinct* time of a line. `macb` tells as in mactime which \
times it stands for (`m.c.`), and the kind is that of the first of modified, changed, born, accessed.
* Times of 0 or left empty are none. A line without any time is an event without a date, of the kind `file.listed`.
* In names `\\|`, `\\\\` and `\\xHH` are turned back; `name -> target` of a link is split into name and `target`.
* The owner's number is the user; an md5 of `0` is none.
* A time that is no number is left out with a remark. A line with less than eleven columns is rejected, \
and so is one of the sixteen of version 2.
* Lines that begin with `#` and blank lines are no records.",
    authority: "The Sleuth Kit wiki, Body file: https://wiki.sleuthkit.org/index.php?title=Body_file",
    activity: Activity::Mixed,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &["file.modified", "file.changed", "file.born", "file.accessed", "file.listed"],
    locations: &[
        Location { os: Os::Any, glob: "~/*.body" },
        Location { os: Os::Any, glob: "~/*.bodyfile" },
    ],
    companions: &[],
    options: &[SourceOption {
        name: "times",
        help: "`one` event a line, or one for `each` distinct time in it",
        default: "one",
    }],
    sample: Sample { bytes: include_bytes!("../../samples/bodyfile"), events: 4, rejects: 1 },
};

impl IDataSource for Bodyfile {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let each = match input.option("times") {
            None | Some("one") => false,
            Some("each") => true,
            Some(other) => return Err(SourceError::Config(format!("times: `one` or `each`, not {other:?}"))),
        };
        let mut lines = Lines::new(input);
        while let Some(line) = lines.next()? {
            one_line(&line, each, out)?;
            if line.terminated {
                out.checkpoint(line.end, &[])?;
            }
            if empty_lines::is_one(&line) {
                empty_lines::pass_over(&mut lines, &[], out)?;
            }
        }
        Ok(())
    }
}

fn one_line(line: &Line<'_>, each: bool, out: &mut dyn EventSink) -> Result<(), Stop> {
    let (span, provisional) = (line.span, !line.terminated);
    let refuse = |code, reason| Reject { span, code, reason, provisional };
    if line.too_long {
        return out.reject(&refuse(RejectCode::TooLong, "the line is longer than a record may be"));
    }
    let bytes = line.bytes().trim_ascii_end();
    if bytes.is_empty() || bytes.starts_with(b"#") {
        return out.ignored(1);
    }
    if is_version_2(bytes) {
        let reason = "sixteen columns, as before version 3 of the format: write it anew with a later version";
        return out.reject(&refuse(RejectCode::Skipped, reason));
    }
    let Some(mut entry) = Entry::of(bytes) else {
        let reason =
            "expected the eleven columns `md5|name|inode|mode|uid|gid|size|atime|mtime|ctime|crtime`";
        return out.reject(&refuse(RejectCode::Malformed, reason));
    };
    if provisional {
        entry.flags |= RowFlags::PROVISIONAL;
    }
    let first = entry.times.iter().position(Option::is_some);
    if !each || first.is_none() {
        let kind = first.and_then(|i| KINDS.get(i)).copied();
        return entry.emit(span, first.and_then(|i| entry.times[i]), kind.unwrap_or("file.listed"), "", out);
    }
    for (i, time) in entry.times.iter().enumerate() {
        if time.is_none() || entry.times.iter().take(i).any(|t| t == time) {
            continue;
        }
        // In the order in which mactime prints them.
        let letter = |(n, c): (usize, char)| if entry.times.get(n) == Some(time) { c } else { '.' };
        let macb: String = [(0, 'm'), (3, 'a'), (1, 'c'), (2, 'b')].into_iter().map(letter).collect();
        entry.emit(span, *time, KINDS[i], &macb, out)?;
    }
    Ok(())
}

/// `md5|name|device|inode|mode|mode as text|links|uid|gid|rdev|size|atime|mtime|ctime|block size|blocks`
fn is_version_2(line: &[u8]) -> bool {
    let columns: Vec<_> = line.split(|b| *b == b'|').take(17).collect();
    let number = |i: usize| columns.get(i).is_some_and(|c| !c.is_empty() && c.iter().all(u8::is_ascii_digit));
    columns.len() == 16 && [2, 4, 6, 14, 15].into_iter().all(number)
}

/// In the order of [`Entry::times`].
const KINDS: [&str; 4] = ["file.modified", "file.changed", "file.born", "file.accessed"];

struct Entry<'a> {
    md5: &'a [u8],
    name: Vec<u8>,
    target: Vec<u8>,
    inode: &'a [u8],
    mode: &'a [u8],
    uid: &'a [u8],
    gid: &'a [u8],
    size: Option<i64>,
    /// Modified, changed, born, accessed.
    times: [Option<EventTime>; 4],
    flags: RowFlags,
}

impl<'a> Entry<'a> {
    fn of(line: &'a [u8]) -> Option<Self> {
        let mut columns = line.rsplitn(10, |b| *b == b'|');
        let [crtime, ctime, mtime, atime, size, gid, uid, mode, inode] =
            std::array::from_fn(|_| columns.next());
        let rest = columns.next()?;
        let (md5, name) = rest.split_at(memchr::memchr(b'|', rest)?);
        let mut flags = RowFlags::NONE;
        let times = [mtime?, ctime?, crtime?, atime?].map(|text| {
            time(text).unwrap_or_else(|NotReadable| {
                flags |= RowFlags::BAD_TIME;
                None
            })
        });
        let (mode, size) = (mode?, size?.trim_ascii());
        let number = std::str::from_utf8(size).ok().and_then(|s| s.parse::<i64>().ok());
        if number.is_none() && !size.is_empty() {
            flags |= RowFlags::BAD_NUMBER;
        }
        let name = unescaped(name.get(1..).unwrap_or_default());
        let arrow = if mode.starts_with(b"l") { memchr::memmem::rfind(&name, b" -> ") } else { None };
        let target = arrow.and_then(|at| name.get(at + 4..)).unwrap_or_default().to_vec();
        let name = name.get(..arrow.unwrap_or(name.len())).unwrap_or_default().to_vec();
        let md5 = if md5.iter().all(|b| *b == b'0') { b"" } else { md5 };
        Some(Self {
            md5,
            name,
            target,
            inode: inode?,
            mode,
            uid: uid?,
            gid: gid?,
            size: number,
            times,
            flags,
        })
    }

    fn emit(
        &self,
        span: Span<'_>,
        time: Option<EventTime>,
        kind: &str,
        macb: &str,
        out: &mut dyn EventSink,
    ) -> Result<(), Stop> {
        let mut attrs = Vec::with_capacity(12);
        let texts: [(&str, &[u8]); 6] = [
            ("macb", macb.as_bytes()),
            ("target", &self.target),
            ("mode", self.mode),
            ("inode", self.inode),
            ("gid", self.gid),
            ("md5", self.md5),
        ];
        for (key, value) in texts.into_iter().filter(|(_, v)| !v.is_empty()) {
            attrs.push(Attr { key, value: Value::Str(Text(value)) });
        }
        if let Some(size) = self.size {
            attrs.push(Attr { key: "size_bytes", value: Value::Int(size) });
        }
        let keys = ["modified_secs", "changed_secs", "born_secs", "accessed_secs"];
        for (key, time) in keys.into_iter().zip(self.times) {
            match time {
                Some(EventTime { secs, nanos: 0, .. }) => attrs.push(Attr { key, value: Value::Int(secs) }),
                Some(EventTime { secs, nanos, .. }) => {
                    let value = Value::Float(secs as f64 + f64::from(nanos) / 1e9);
                    attrs.push(Attr { key, value });
                }
                None => {}
            }
        }
        out.emit(&Row(EventRow {
            span,
            time,
            kind,
            title: Text(&self.name),
            user: Text(self.uid),
            attrs: &attrs,
            flags: self.flags,
            ..EventRow::default()
        }))
    }
}

struct NotReadable;

/// 0 and an empty text aren't times.
fn time(text: &[u8]) -> Result<Option<EventTime>, NotReadable> {
    let text = text.trim_ascii();
    if text.is_empty() {
        return Ok(None);
    }
    let written = unix_number::written(text).ok_or(NotReadable)?;
    Ok(if (written.secs, written.nanos) == (0, 0) { None } else { Some(written.time()) })
}

/// With `\|`, `\\` and `\xHH` unescaped; any other backslash stays.
fn unescaped(name: &[u8]) -> Vec<u8> {
    let hex = |b: &u8| (*b as char).to_digit(16).map(|d| d as u8);
    let mut plain = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((first, after)) = rest.split_first() {
        let (byte, left) = match (first, after) {
            (b'\\', [next @ (b'|' | b'\\'), left @ ..]) => (*next, left),
            (b'\\', [b'x', high, low, left @ ..]) => match (hex(high), hex(low)) {
                (Some(high), Some(low)) => (high << 4 | low, left),
                _ => (b'\\', after),
            },
            _ => (*first, after),
        };
        plain.push(byte);
        rest = left;
    }
    plain
}
