//! A table being read: its delimiter, its header, and what becomes of each of its rows.
//!
//! Knows nothing of how lines become rows.

use crate::csv_rows::{self, Dialect, Row};
use crate::mapping::Mapping;
use crate::table::Table;
use workhours_plugin_api::*;

/// More bytes of column names are no header.
const MOST_HEADER: usize = 64 << 10;

/// What is known of the table so far.
pub(crate) struct Reader {
    mapping: Mapping,
    skip: u64,
    has_header: bool,
    given_columns: Option<Vec<String>>,
    quote: Option<u8>,
    delimiter: Option<u8>,
    /// An option said it.
    delimiter_given: bool,
    table: Option<(Table, usize)>,
    /// What a checkpoint needs to go on: the delimiter, and the names once they are known.
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
            table: None,
            state: Vec::new(),
        };
        reader.resume(&input.resume().state)?;
        Ok(reader)
    }

    /// How cells are kept apart, as far as that is known.
    pub(crate) fn dialect(&self) -> Dialect {
        Dialect { delimiter: self.delimiter.unwrap_or(b','), quote: self.quote }
    }

    /// Takes up where a checkpoint left.
    fn resume(&mut self, state: &[u8]) -> Result<(), SourceError> {
        let Some((delimiter, mut rest)) = state.split_first() else { return Ok(()) };
        self.delimiter = Some(*delimiter);
        let mut names = Vec::new();
        while let Some((len, after)) = rest.split_first_chunk::<4>() {
            let Some((name, after)) = after.split_at_checked(u32::from_le_bytes(*len) as usize) else {
                return Err(SourceError::Internal("the state of a checkpoint is not one of ours".to_owned()));
            };
            names.push(String::from_utf8_lossy(name).into_owned());
            rest = after;
        }
        self.remember(&names);
        if !names.is_empty() {
            self.begin_table(names)?;
        }
        Ok(())
    }

    fn remember(&mut self, names: &[String]) {
        self.state.clear();
        self.state.push(self.dialect().delimiter);
        for name in names {
            self.state.extend((name.len() as u32).to_le_bytes());
            self.state.extend(name.as_bytes());
        }
    }

    fn begin_table(&mut self, names: Vec<String>) -> Result<(), SourceError> {
        let table = Table::new(&self.mapping, &names).map_err(|missing| {
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
    pub(crate) fn passes_over(&mut self, line: &Line<'_>, out: &mut dyn EventSink) -> Result<bool, Stop> {
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

    /// Finds the delimiter in the first line of the table.
    pub(crate) fn sniff(&mut self, line: &Line<'_>) -> Result<(), SourceError> {
        if self.table.is_some() {
            return Ok(());
        }
        if memchr::memchr(0, line.bytes()).is_some() {
            return Err(SourceError::Unsupported("its first line holds NUL: this is no text".to_owned()));
        }
        if self.delimiter.is_none() {
            self.delimiter = csv_rows::sniff(line.bytes(), self.quote);
            let told = self.mapping.is_told() || !self.has_header;
            if self.delimiter.is_none() && !told {
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
        row: &mut Row,
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
        row.split(self.dialect());
        if self.table.is_none() {
            let names: Vec<String> = match &self.given_columns {
                _ if self.has_header => row.cells().map(name).collect(),
                Some(names) => names.clone(),
                None => (1..=row.len()).map(|n| n.to_string()).collect(),
            };
            if names.iter().map(String::len).sum::<usize>() > MOST_HEADER {
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
        Ok(self.mapping.emit(row.span(), provisional, &table.found(row.cells()), out)?)
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

fn name(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).trim().to_owned()
}

fn shortened(text: &str) -> String {
    const MOST: usize = 300;
    if text.chars().count() <= MOST {
        text.to_owned()
    } else {
        text.chars().take(MOST).collect::<String>() + "…"
    }
}
