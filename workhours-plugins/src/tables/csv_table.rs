//! A table being read: its delimiter, its header, and what becomes of each of its rows.
//!
//! Knows nothing of how lines become rows.

use crate::tables::columns::Seen;
use crate::tables::csv_rows::{CsvRow, Dialect};
use crate::tables::csv_sniff::Beginning;
use crate::tables::csv_state::Kept;
use crate::tables::table::Table;
use crate::toolkit::charset::Charset;
use crate::toolkit::found::Found;
use crate::toolkit::mapping::Mapping;
use workhours_plugin_api::*;

/// Maximum bytes of column names: more aren't a header.
const MAX_HEADER: usize = 64 << 10;

/// The table so far.
pub(crate) struct Reader {
    mapping: Mapping,
    skip: u64,
    has_header: bool,
    given_columns: Option<Vec<String>>,
    quote: Option<u8>,
    delimiter: Option<u8>,
    /// From an option.
    delimiter_given: bool,
    padded: bool,
    pub(crate) charset: Charset,
    /// The evidence of the first rows about the columns, once there was one.
    seen: Option<Vec<Seen>>,
    /// Begun by a version that did not look at the first rows: the rest is read as the beginning was.
    by_names: bool,
    /// The names that a checkpoint left.
    names: Vec<String>,
    /// Lines before the first one read.
    before: u64,
    table: Option<(Table, usize)>,
    /// The state of a checkpoint: the delimiter, and the names once they are known.
    pub(crate) state: Vec<u8>,
}

impl Reader {
    /// Reads the options, and what a checkpoint left.
    pub(crate) fn new(input: &Input<'_>) -> Result<Self, SourceError> {
        let wrong =
            |option, text, use_| Err(SourceError::Config(format!("{option} cannot be {text:?}: use {use_}")));
        let delimiter = match input.option("delimiter") {
            None | Some("") => None,
            Some(text) => match one_byte(text) {
                Some(byte) => Some(byte),
                None => {
                    return wrong("delimiter", text, "one character, tab, comma, semicolon, pipe or space");
                }
            },
        };
        let quote = match input.option("quote").unwrap_or("\"") {
            "" | "none" => None,
            text => match one_byte(text) {
                Some(byte) => Some(byte),
                None => return wrong("quote", text, "one character or none"),
            },
        };
        let has_header = match input.option("header").unwrap_or("yes") {
            "yes" | "true" => true,
            "no" | "false" => false,
            text => return wrong("header", text, "yes or no"),
        };
        let skip = input.option("skip").unwrap_or("0");
        let Ok(skip) = skip.parse() else { return wrong("skip", skip, "a number of lines") };
        let given = input.option("columns").filter(|text| !text.is_empty() && !has_header);
        let mut reader = Self {
            mapping: Mapping::new(input)?,
            skip,
            has_header,
            given_columns: given.map(|t| t.split(',').map(|n| n.trim().to_owned()).collect()),
            quote,
            delimiter,
            delimiter_given: delimiter.is_some(),
            padded: false,
            charset: Charset::option(input)?,
            seen: None,
            by_names: false,
            names: Vec::new(),
            before: input.resume().position.lines,
            table: None,
            state: Vec::new(),
        };
        reader.resume(&input.resume().state)?;
        Ok(reader)
    }

    /// How cells are separated, as far as known.
    pub(crate) fn dialect(&self) -> Dialect {
        Dialect { delimiter: self.delimiter.unwrap_or(b','), quote: self.quote, padded: self.padded }
    }

    /// Takes up where a checkpoint left.
    fn resume(&mut self, state: &[u8]) -> Result<(), SourceError> {
        if !state.is_empty() {
            let not_ours = "the state of a checkpoint is not one of ours";
            let kept = Kept::read(state).ok_or_else(|| SourceError::Internal(not_ours.to_owned()))?;
            (self.delimiter, self.padded) = (Some(kept.delimiter), kept.padded);
            (self.by_names, self.names, self.seen) = (kept.by_names, kept.names, kept.seen);
            self.state = state.to_vec();
        }
        Ok(())
    }

    fn remember(&mut self, names: &[String]) {
        let Dialect { delimiter, padded, .. } = self.dialect();
        let (by_names, names, seen) = (self.by_names, names.to_vec(), self.seen.clone());
        self.state = Kept { delimiter, padded, by_names, names, seen }.written();
    }

    /// Whether to read the first rows ahead.
    pub(crate) fn needs_sample(&self) -> bool {
        self.seen.is_none() && !self.by_names
    }

    /// Looks at the rows that come first, and begins the table if its names are known.
    pub(crate) fn look(&mut self, head: &[u8]) -> Result<(), SourceError> {
        /// How much is read ahead.
        const HEAD: usize = 64 << 10;
        if self.needs_sample() {
            let bytes = self.behind_skipped(head);
            let beginning = Beginning {
                bytes,
                whole: head.len() < HEAD,
                quote: self.quote,
                charset: self.charset,
                has_header: self.has_header && self.names.is_empty(),
            };
            self.sniff(beginning)?;
        }
        if self.names.is_empty() { Ok(()) } else { self.begin_table(self.names.clone()) }
    }

    /// The input after skipped lines, and after the line that names the delimiter.
    fn behind_skipped<'a>(&mut self, head: &'a [u8]) -> &'a [u8] {
        let mut rest = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let behind = |text: &'a [u8]| memchr::memchr(b'\n', text).map(|at| (&text[..at], &text[at + 1..]));
        for _ in self.before..self.skip {
            rest = behind(rest).map_or(&[][..], |(_, after)| after);
        }
        while let Some((line, after)) = behind(rest) {
            let line = line.trim_ascii();
            match line.strip_prefix(b"sep=") {
                Some([delimiter]) if self.state.is_empty() => {
                    self.delimiter = self.delimiter.or(Some(*delimiter));
                    // The line itself is still to be read.
                    return after;
                }
                _ if line.is_empty() => rest = after,
                _ => break,
            }
        }
        rest
    }

    fn sniff(&mut self, beginning: Beginning<'_>) -> Result<(), SourceError> {
        let told = self.mapping.is_told() || !self.has_header;
        if self.names.is_empty() && !told && is_markup(beginning.bytes) {
            return Err(SourceError::Unsupported(
                "it begins like JSON, XML or HTML: this is no table".to_owned(),
            ));
        }
        let dialect = match self.delimiter {
            Some(_) => beginning.padded(self.dialect(), &self.mapping),
            None => match beginning.dialect(&self.mapping) {
                Some(dialect) => dialect,
                None => return Ok(()),
            },
        };
        (self.delimiter, self.padded) = (Some(dialect.delimiter), dialect.padded);
        if !told && self.names.is_empty() && !self.delimiter_given && beginning.disagrees(dialect) {
            let why = "its rows all have other numbers of cells than its first line: this is no table";
            return Err(SourceError::Unsupported(why.to_owned()));
        }
        let mut width = self.names.len();
        if width == 0 {
            width = beginning.width(dialect);
        }
        self.seen = beginning.seen(dialect, width);
        Ok(())
    }

    fn begin_table(&mut self, names: Vec<String>) -> Result<(), SourceError> {
        let seen = self.seen.as_deref().filter(|_| !self.by_names);
        let table = Table::new(&self.mapping, &names, seen).map_err(|missing| {
            SourceError::Unsupported(format!(
                "there is no column {:?} for {}; there are {}",
                missing.name,
                missing.role.name(),
                shortened(&names.join(", "))
            ))
        })?;
        self.remember(&names);
        self.table = Some((table, names.len()));
        Ok(())
    }

    /// Lines outside and between the rows.
    pub(crate) fn skips(&mut self, line: &Line<'_>, out: &mut dyn EventSink) -> Result<bool, Stop> {
        let bytes = line.bytes();
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let skipped = line.span.line <= self.skip;
        let says = bytes.strip_prefix(b"sep=").filter(|_| self.table.is_none() && self.state.is_empty());
        if let Some([delimiter]) = says.filter(|_| !skipped)
            && line.terminated
        {
            if !self.delimiter_given {
                self.delimiter = Some(*delimiter);
            }
            self.remember(&[]);
        } else if !skipped && !bytes.trim_ascii().is_empty() {
            return Ok(false);
        }
        out.ignored(1)?;
        if line.terminated {
            out.checkpoint(line.end, &self.state)?;
        }
        Ok(true)
    }

    /// Looks at the first line of the table.
    pub(crate) fn check(&self, line: &Line<'_>) -> Result<(), SourceError> {
        if self.table.is_some() {
            return Ok(());
        }
        if memchr::memchr(0, line.bytes()).is_some() {
            return Err(SourceError::Unsupported("its first line holds NUL: this is no text".to_owned()));
        }
        if self.delimiter.is_none() {
            let told = self.mapping.is_told() || !self.has_header;
            if !told {
                return Err(SourceError::Unsupported(
                    "no comma, semicolon, tab or bar in its first line: this is no table".to_owned(),
                ));
            }
        }
        Ok(())
    }

    /// A complete row: the header, or an event.
    pub(crate) fn take(
        &mut self,
        row: &mut CsvRow,
        terminated: bool,
        out: &mut dyn EventSink,
    ) -> Result<(), SourceError> {
        let provisional = !terminated;
        if row.too_long && self.table.is_none() {
            return Err(SourceError::Unsupported("its first row is too long to name columns".to_owned()));
        }
        if row.too_long {
            let (span, reason) = (row.shown(), "the row is longer than a record may be");
            return Ok(out.reject(&Reject { span, code: RejectCode::TooLong, reason, provisional })?);
        }
        let decoded = row.split(self.dialect(), self.charset);
        if self.table.is_none() {
            let names: Vec<String> = match &self.given_columns {
                _ if self.has_header => row.cells().map(name).collect(),
                Some(names) => names.clone(),
                None => (1..=row.len()).map(|n| n.to_string()).collect(),
            };
            if names.iter().map(String::len).sum::<usize>() > MAX_HEADER {
                return Err(SourceError::Unsupported("its first row is too long to name columns".to_owned()));
            }
            self.begin_table(names)?;
            if self.has_header {
                return Ok(out.ignored(1)?);
            }
        }
        let Some((table, width)) = &self.table else { return Ok(()) };
        if row.cells().all(<[u8]>::is_empty) {
            return Ok(out.ignored(1)?);
        }
        if row.len() != *width {
            let (n, many) = (row.len(), if row.len() == 1 { "" } else { "s" });
            let reason = format!("{n} cell{many}, where the table has {width}");
            let (span, code) = (row.shown(), RejectCode::Malformed);
            return Ok(out.reject(&Reject { span, code, reason: &reason, provisional })?);
        }
        let mut hashed = None;
        if decoded && self.mapping.has_key() {
            // A record is identified by its key as it is in the file.
            let flags = row.flags;
            row.split_undecoded(self.dialect());
            if row.len() == *width {
                let mut known = Found::default();
                known.hash_as(&table.found(row.cells()));
                hashed = known.hashed;
            }
            row.split(self.dialect(), self.charset);
            row.flags = flags;
        }
        let mut found = table.found(row.cells());
        (found.flags, found.hashed) = (row.flags, hashed);
        if decoded {
            found.whole = Some(self.charset.decode(row.span().raw).0);
        }
        Ok(self.mapping.emit(row.span(), provisional, found, out)?)
    }
}

fn one_byte(text: &str) -> Option<u8> {
    match text {
        "tab" | "\\t" => Some(b'\t'),
        "comma" => Some(b','),
        "semicolon" => Some(b';'),
        "pipe" | "bar" => Some(b'|'),
        "space" => Some(b' '),
        _ => match text.as_bytes() {
            [byte] if !b"\r\n".contains(byte) => Some(*byte),
            _ => None,
        },
    }
}

/// Whether it begins like an input of another source.
fn is_markup(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii_start();
    let begins = |words: &[&[u8]]| {
        words.iter().any(|w| text.get(..w.len()).is_some_and(|t| t.eq_ignore_ascii_case(w)))
    };
    match text.split_first() {
        Some((b'{', rest)) => matches!(rest.trim_ascii_start().first(), Some(b'"' | b'}')),
        Some((b'[', rest)) => matches!(rest.trim_ascii_start().first(), Some(b'{')),
        _ => begins(&[b"<!doctype", b"<?xml", b"<html"]),
    }
}

fn name(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).trim().to_owned()
}

fn shortened(text: &str) -> String {
    const MAX_SHOWN: usize = 300;
    if text.chars().count() <= MAX_SHOWN {
        text.to_owned()
    } else {
        text.chars().take(MAX_SHOWN).collect::<String>() + "…"
    }
}
