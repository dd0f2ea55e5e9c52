//! `find`: listings of files with the times of their last change, as `find -printf` writes them.
//!
//! Not for `find -ls` or `ls -l`, whose dates have no year or no zone.

use crate::toolkit::ended_by::Pieces;
use crate::toolkit::joined::{Joined, Row};
use crate::toolkit::unix_number;
use workhours_plugin_api::*;

/// The source `find`.
pub struct Find;

export_source!(Find);

static INFO: SourceInfo = SourceInfo {
    name: "find",
    aliases: &["find.files"],
    summary: "Files and when they were last modified, listed by find -printf",
    details: "\
Each record is `time⇥size⇥owner⇥type⇥path`, ended by a line end or by NUL: what \
`find -printf '%T@\\t%s\\t%u\\t%Y\\t%p\\n'` prints, or the same with `\\0` in place of `\\n`. Which of the two it is, the \
end of the first record tells.

* The path is all that is left: it may hold tabs, carriage returns and bytes that are not UTF-8.
* With line ends, a line that does not begin with the first four columns goes on with the path of the record before \
it; before the first record it is rejected. The last record is provisional: its path may go on.
* find prints the seconds and the fraction of a time separately, and both count forward: `-2.5000000000` is 1.5 \
seconds before 1970. `-0.5`, which it never prints, is half a second before. Of ten digits behind the point the \
tenth is always 0 and dropped.
* `type` is that of a link's target; `N` is a broken link, `L` a loop, `?` an error.
* A path holds no NUL: with line ends, a record with one is rejected.
* Two listings of an unchanged file are one event, and a changed one is another event.",
    authority: "GNU findutils manual, -printf: https://www.gnu.org/software/findutils/manual/html_mono/find.html",
    activity: Activity::Mixed,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &["file.modified"],
    locations: &[Location { os: Os::Any, glob: "~/find*.tsv" }],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/find"), events: 4, rejects: 0 },
};

impl IDataSource for Find {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let known = input.resume().state.first().copied();
        let mut pieces = Pieces::new(input);
        let ends = match known {
            Some(ends) => ends,
            None => end_of_records(&mut pieces)?,
        };
        let mut record = Joined::default();
        while let Some(piece) = pieces.next(ends)? {
            let begins = !piece.too_long && Columns::of(piece.bytes()).is_some();
            if ends == b'\n' && begins {
                push(&record, false, out)?;
                let before = Position { offset: piece.span.offset, lines: piece.span.line - 1 };
                out.checkpoint(before, &[ends])?;
                record.clear();
            }
            record.push(&piece);
            // A line before the first record continues nothing; a piece that NUL ends is whole.
            if ends == 0 || Columns::of(record.span().raw).is_none() {
                push(&record, !piece.terminated, out)?;
                if piece.terminated {
                    out.checkpoint(piece.end, &[ends])?;
                }
                record.clear();
            }
        }
        push(&record, true, out)?;
        Ok(())
    }
}

/// The byte that ends records: NUL if there is one before the second record begins on a line of its own.
fn end_of_records(pieces: &mut Pieces<'_, '_>) -> Result<u8, SourceError> {
    const LOOKED_AT: usize = 64 << 10;
    loop {
        let (ahead, eof) = pieces.ahead();
        let nul = memchr::memchr(0, ahead);
        let mut starts = memchr::memchr_iter(b'\n', ahead).map(|n| n + 1);
        let begins = |at: &usize| Columns::of(ahead.get(*at..).unwrap_or_default()).is_some();
        match (nul, starts.find(begins)) {
            (Some(nul), line) if line.is_none_or(|line| nul < line) => return Ok(0),
            (_, Some(_)) => return Ok(b'\n'),
            _ if eof || ahead.len() > LOOKED_AT => return Ok(b'\n'),
            _ => {}
        }
        pieces.fill()?;
    }
}

/// The columns of a record, unchanged.
#[derive(Debug)]
struct Columns<'a> {
    time: &'a [u8],
    size: &'a [u8],
    owner: &'a [u8],
    kind: &'a [u8],
    path: &'a [u8],
}

impl<'a> Columns<'a> {
    fn of(record: &'a [u8]) -> Option<Self> {
        let mut columns = record.splitn(5, |b| *b == b'\t');
        let (time, size) = (columns.next()?, columns.next()?);
        let (owner, kind, path) = (columns.next()?, columns.next()?, columns.next()?);
        let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
        let is_kind = matches!(kind, [k] if k.is_ascii_alphabetic() || *k == b'?');
        let fits = unix_number::fits(time)
            && digits(size)
            && !owner.iter().any(|b| matches!(b, b'\n' | 0))
            && is_kind;
        fits.then_some(Self { time, size, owner, kind, path })
    }

    /// `None` if the seconds do not fit.
    fn time(&self) -> Option<EventTime> {
        let written = unix_number::written(self.time)?;
        // find cannot have written -0 itself.
        Some(if written.secs == 0 { written.time() } else { written.time_of_parts() })
    }
}

fn push(record: &Joined, provisional: bool, out: &mut dyn EventSink) -> Result<(), Stop> {
    let span = record.span();
    if span.raw.is_empty() {
        return if record.is_empty() { Ok(()) } else { out.ignored(1) };
    }
    if record.reject_too_long(provisional, out)? {
        return Ok(());
    }
    let refuse = |code, reason| Reject { span, code, reason, provisional };
    let Some(columns) = Columns::of(span.raw) else {
        let reason =
            "expected `time⇥size⇥owner⇥type⇥path`, and no record before it whose path this could go on";
        return out.reject(&refuse(RejectCode::Malformed, reason));
    };
    if memchr::memchr(0, columns.path).is_some() {
        let reason = "the path holds a NUL byte, which no file name does: the listing was damaged here";
        return out.reject(&refuse(RejectCode::BadText, reason));
    }
    let Some(time) = columns.time() else {
        return out.reject(&refuse(RejectCode::BadTime, "the time has more digits than a date can have"));
    };
    let size = std::str::from_utf8(columns.size).ok().and_then(|s| s.parse::<i64>().ok());
    let kind = Attr { key: "file_type", value: Value::Str(Text(columns.kind)) };
    let all = [kind, Attr { key: "size_bytes", value: Value::Int(size.unwrap_or_default()) }];
    let mut flags = RowFlags::NONE;
    for (flag, on) in [(RowFlags::PROVISIONAL, provisional), (RowFlags::BAD_NUMBER, size.is_none())] {
        if on {
            flags |= flag;
        }
    }
    out.emit(&Row(EventRow {
        span,
        time: Some(time),
        kind: "file.modified",
        title: Text(columns.path),
        user: Text(columns.owner),
        attrs: if size.is_some() { &all } else { &all[..1] },
        flags,
        ..EventRow::default()
    }))
}
