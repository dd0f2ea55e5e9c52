//! `git.log`: what `git log` prints, in its own layouts and in one-line layouts.
//!
//! Not for repositories: their objects are never read, only a log of them. `git_commit` reads a commit, `git_fields`
//! detects the columns of a one-line layout.

use crate::git::commit::{block, columns, first_line};
use crate::git::fields::{self, MARK, Role, begins_record};
use crate::git::repository::repository_in_format;
use crate::toolkit::pieces::{End, Piece, Pieces};
use workhours_plugin_api::*;

/// The source `git.log`.
pub struct GitLog;

export_source!(GitLog);

// Programs named in the repository's own configuration must not run, and nothing may be fetched.
export_folder!(FolderReader {
    source: "git.log",
    markers: &[".git", "objects/pack"],
    changes_with: &[
        ".git/HEAD",
        ".git/packed-refs",
        ".git/refs",
        ".git/reftable",
        "HEAD",
        "packed-refs",
        "refs",
        "reftable",
    ],
    command: &[
        "git",
        "--no-pager",
        "--no-optional-locks",
        "-c",
        "log.showSignature=false",
        "-c",
        "core.fsmonitor=false",
        "-c",
        "protocol.allow=never",
        "-C",
        "{}",
        "log",
        "--all",
        "--no-color",
        "--no-show-signature",
        "--no-notes",
        "--no-patch",
        "--encoding=UTF-8",
        "--date=raw",
        "-z",
        "--format=git.log/2%x1f{name}%x1f%H%x1f%P%x1f%D%x1f%aN%x1f%aE%x1f%an%x1f%ae%x1f%ad%x1f%cN%x1f%cE%x1f%cd%x1f%B",
    ],
    name: repository_in_format,
    hint: "install git, or load what git log prints",
});

static INFO: SourceInfo = SourceInfo {
    name: "git.log",
    aliases: &["git"],
    summary: "Commits as printed by git log",
    details: "\
Two families of layouts are read. The first record decides which.

* **Blocks** that begin with `commit <hash>`: `short`, `medium` (the default), `full`, `fuller` and `raw`, also with \
`-z`, `--stat`, `--notes`, `--parents`, `--decorate` or a patch. A message is indented by four spaces, so \
`commit …` in it begins nothing. Patches are looked over.
* **Columns** separated by U+001F or a tab, records ended by a line feed or, with `-z`, a NUL: \
`--format='%H%x09%at%x09%ct%x09%ae%x09%s'`. What a column holds is told from its values in the first records: \
hashes, then parents; dates of author, then committer; addresses; decorations; names before the last date or \
address, subject and body behind it. A line that begins no record continues the one before.

A layout whose first column is the word `git.log` needs no guess: \
`git log --all --date=raw -z --format='git.log%x1f%H%x1f%P%x1f%D%x1f%an%x1f%ae%x1f%ad%x1f%cn%x1f%ce%x1f%cd%x1f%B'`.

A folder with a repository is read by the log that git prints of it. Names are those of `.mailmap`, as in the logs \
that people print; a commit known before under the name it was made with stays the same event. `repository` is the path \
of the repository's working tree, of a bare one its name.

* A commit is an event at its author's date. The committer and the time of the commit become `committer` and \
`committed_secs` when they differ. A commit known by its hash is one event however often it is read.
* Dates are read in the spellings `default`, `iso`, `iso-strict`, `rfc`, `raw` and `unix`; without an offset \
(`local`, `short`) they are local times. Relative and human dates leave the event without a date, in blocks with a remark. \
An offset that no clock has is left out.
* Layouts without any date (`full`, `short`) give events without one. `--oneline` is not read: it has neither \
dates nor columns. Nor is `--graph`.
* The first paragraph of the message is the title, the rest the text. Branches and git's tags that point to the \
commit are tags.
* A log cut within the head of its last commit has that commit rejected.",
    authority: "git-log and pretty-formats: https://git-scm.com/docs/git-log#_pretty_formats",
    activity: Activity::Human,
    growth: Growth::Mutable,
    input: InputNeed::Read,
    kinds: &["git.commit"],
    locations: &[
        Location { os: Os::Any, glob: "~/*.gitlog" },
        Location { os: Os::Any, glob: "~/git.log" },
        Location { os: Os::Any, glob: "~/git-log.txt" },
    ],
    companions: &[],
    options: &[],
    sample: Sample { bytes: include_bytes!("../../samples/git.log"), events: 3, rejects: 0 },
};

impl IDataSource for GitLog {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let mut pieces = Pieces::new(input);
        let mut log = Log { layout: None, record: Record::default(), waiting: Vec::new(), size: 0, out };
        let mut before = End::Input;
        let mut nuls = pieces.begins_with_nuls()?;
        while let Some(piece) = pieces.next()? {
            nuls |= before == End::Nul;
            log.piece(&piece, before, nuls)?;
            before = piece.end;
        }
        log.finish_record()?;
        log.settle()
    }
}

/// The family of layouts.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Layout {
    Blocks,
    /// Roles are empty as long as they are not known.
    Columns {
        separator: u8,
        roles: Vec<Role>,
    },
}

/// A record as it is in the input.
#[derive(Default)]
struct Record {
    open: bool,
    offset: u64,
    line: u64,
    raw: Vec<u8>,
    too_long: bool,
    /// A patch began: what follows up to the next record is not kept.
    patch: bool,
    /// The input ended within its last line.
    unterminated: bool,
}

struct Log<'o> {
    layout: Option<Layout>,
    record: Record,
    /// Records from which the columns are detected.
    waiting: Vec<Record>,
    /// Bytes of them.
    size: usize,
    out: &'o mut dyn EventSink,
}

impl Log<'_> {
    fn piece(&mut self, piece: &Piece<'_>, before: End, nuls: bool) -> Result<(), SourceError> {
        let line = piece.bytes.strip_suffix(b"\r").unwrap_or(piece.bytes);
        let layout = match &self.layout {
            Some(layout) => layout,
            None if line.trim_ascii().is_empty() => return Ok(self.out.ignored(1)?),
            None => self.layout.insert(layout_of(line)?),
        };
        let begins = before != End::TooLong
            && match layout {
                Layout::Blocks => first_line(line).is_some(),
                // Once records are known to end in NUL, a line feed ends none.
                Layout::Columns { .. } if nuls => before == End::Nul || !self.record.open,
                Layout::Columns { separator, .. } => {
                    !self.record.open || begins_record(line, *separator) && !self.record.raw.starts_with(MARK)
                }
            };
        if begins {
            self.finish_record()?;
            let Piece { offset, line, .. } = *piece;
            self.record = Record { open: true, offset, line, ..Record::default() };
        }
        self.record.append(piece, if begins { End::Input } else { before });
        Ok(())
    }

    fn finish_record(&mut self) -> Result<(), SourceError> {
        const RECORDS: usize = 64;
        const BYTES: usize = 1 << 20;
        let mut record = std::mem::take(&mut self.record);
        record.raw.truncate(record.raw.trim_ascii_end().len().max(record.cut_columns()));
        if !record.open {
            return Ok(());
        }
        match &self.layout {
            Some(Layout::Columns { roles, .. }) if roles.is_empty() => {
                self.size += record.raw.len();
                self.waiting.push(record);
                if self.waiting.len() < RECORDS && self.size < BYTES {
                    return Ok(());
                }
                self.settle()
            }
            _ => Ok(self.push(&record)?),
        }
    }

    /// Detects the columns and pushes the records that waited for it.
    fn settle(&mut self) -> Result<(), SourceError> {
        let records = std::mem::take(&mut self.waiting);
        if let Some(Layout::Columns { separator, roles }) = &mut self.layout
            && roles.is_empty()
        {
            // A cut record doesn't show the layout, unless it is the only one.
            let whole = |r: &&Record| !r.too_long && (!r.unterminated || records.len() == 1);
            let raws: Vec<&[u8]> = records.iter().filter(whole).map(|r| r.raw.as_slice()).collect();
            *roles = fields::roles(&raws, *separator).ok_or_else(|| {
                let why = "expected a column of commit hashes, found none in the first records";
                SourceError::Unsupported(why.into())
            })?;
        }
        records.iter().try_for_each(|record| self.push(record)).map_err(SourceError::from)
    }

    fn push(&mut self, record: &Record) -> Result<(), Stop> {
        let span = Span { offset: record.offset, line: record.line, raw: &record.raw };
        if record.raw.is_empty() {
            return self.out.ignored(1);
        }
        if record.too_long {
            let raw = &record.raw[..record.raw.len().min(4096)];
            let reason = "the commit is longer than a record may be";
            return self.reject(Span { raw, ..span }, RejectCode::TooLong, reason);
        }
        let commit = match &self.layout {
            Some(Layout::Columns { separator, roles }) => columns(span.raw, *separator, roles),
            _ => block(span.raw).ok_or("no commit hash in the first line"),
        };
        match commit {
            // A message may be empty; a blank line ends the head all the same, but for the last commit's.
            Ok(commit) if commit.head_ended || !record.unterminated => commit.emit(span, self.out),
            Ok(_) => self.reject(span, RejectCode::Truncated, "the input ends within the head of the commit"),
            Err(reason) if record.unterminated => self.reject(span, RejectCode::Truncated, reason),
            Err(reason) => self.reject(span, RejectCode::Malformed, reason),
        }
    }

    fn reject(&mut self, span: Span<'_>, code: RejectCode, reason: &str) -> Result<(), Stop> {
        self.out.reject(&Reject { span, code, reason, provisional: false })
    }
}

impl Record {
    fn append(&mut self, piece: &Piece<'_>, before: End) {
        self.patch |= piece.bytes.starts_with(b"diff --") && before == End::Newline;
        self.unterminated = piece.end == End::Input;
        if self.patch {
            return;
        }
        self.too_long |=
            piece.end == End::TooLong || self.raw.len() + piece.bytes.len() + 1 > MAX_RECORD_BYTES;
        if !self.too_long || self.raw.is_empty() {
            self.raw.extend_from_slice(before.bytes());
            let kept = if self.too_long { piece.bytes.len().min(4096) } else { piece.bytes.len() };
            self.raw.extend_from_slice(&piece.bytes[..kept]);
        }
    }

    /// How much of the raw bytes ends in a separator: an empty last column must not be trimmed as white space.
    fn cut_columns(&self) -> usize {
        self.raw.iter().rposition(|b| matches!(b, b'\t' | 0x1f)).map_or(0, |n| n + 1)
    }
}

/// The layout of a log that begins with this line.
fn layout_of(line: &[u8]) -> Result<Layout, SourceError> {
    if first_line(line).is_some() {
        return Ok(Layout::Blocks);
    }
    let separator = if line.contains(&0x1f) { 0x1f } else { b'\t' };
    if begins_record(line, separator) {
        return Ok(Layout::Columns { separator, roles: Vec::new() });
    }
    let one_line = line.split(|b| *b == b' ').next().is_some_and(fields::is_hash);
    Err(SourceError::Unsupported(match one_line {
        true => "a log of --oneline has no dates: print it with another --format".into(),
        false => "expected the output of git log: `commit <hash>`, or columns of which one is a hash".into(),
    }))
}
