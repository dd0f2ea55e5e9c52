//! An input and a sink that live in memory.

use crate::*;
use std::fmt;
use std::io::{self, Read};
use std::path::Path;

/// An input made of bytes.
#[derive(Debug)]
pub struct MemoryInput {
    name: String,
    bytes: Vec<u8>,
    at: usize,
    resume: Resume,
    read_at_most: usize,
    reference_secs: i64,
    horizon_secs: Option<i64>,
    options: Vec<(String, String)>,
    file: Option<std::path::PathBuf>,
}

impl MemoryInput {
    /// An input read from its start.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: "memory".into(),
            bytes: bytes.into(),
            at: 0,
            resume: Resume::default(),
            read_at_most: usize::MAX,
            reference_secs: 1_709_251_210, // 2024-03-01T00:00:10Z
            horizon_secs: None,
            options: Vec::new(),
            file: None,
        }
    }

    /// Starts at a checkpoint.
    pub fn resume_at(mut self, resume: Resume) -> Self {
        self.at = resume.position.offset as usize;
        self.resume = resume;
        self
    }

    /// Delivers at most `n` bytes a read, as slow pipes do.
    pub fn read_at_most(mut self, n: usize) -> Self {
        self.read_at_most = n;
        self
    }

    /// Sets the moment yearless dates are counted back from.
    pub fn reference_secs(mut self, secs: i64) -> Self {
        self.reference_secs = secs;
        self
    }

    /// Sets the moment up to which endless series are expanded, else a year after the reference.
    pub fn horizon_secs(mut self, secs: i64) -> Self {
        self.horizon_secs = Some(secs);
        self
    }

    /// Sets an option.
    pub fn option(mut self, name: &str, value: &str) -> Self {
        self.options.push((name.into(), value.into()));
        self
    }
}

impl Drop for MemoryInput {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            let _ = std::fs::remove_file(file);
        }
    }
}

impl InputHost for MemoryInput {
    fn name(&self) -> &str {
        &self.name
    }
    fn resume(&self) -> &Resume {
        &self.resume
    }
    fn size(&self) -> Option<u64> {
        Some(self.bytes.len() as u64)
    }
    fn reference_secs(&self) -> i64 {
        self.reference_secs
    }
    fn horizon_secs(&self) -> i64 {
        self.horizon_secs.unwrap_or(self.reference_secs + 366 * 86_400)
    }
    fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = buf.len().min(self.read_at_most);
        let got = (&self.bytes[self.at.min(self.bytes.len())..]).read(&mut buf[..n])?;
        self.at += got;
        Ok(got)
    }
    fn map(&mut self) -> io::Result<&[u8]> {
        Ok(&self.bytes)
    }
    fn path(&mut self) -> io::Result<&Path> {
        let unique = format!("workhours-memory-{}-{:p}", std::process::id(), self);
        let file = std::env::temp_dir().join(unique);
        std::fs::write(&file, &self.bytes)?;
        Ok(self.file.insert(file))
    }
}

/// A row copied out of its borrows.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the fields of `EventRow`
pub struct Event {
    pub offset: u64,
    pub line: u64,
    pub raw: Vec<u8>,
    pub time: Option<EventTime>,
    pub end: Option<EventTime>,
    pub kind: String,
    pub key: Vec<u8>,
    pub url: Vec<u8>,
    pub referrer: Vec<u8>,
    pub title: Vec<u8>,
    pub text: Vec<u8>,
    pub host: Vec<u8>,
    pub user: Vec<u8>,
    pub agent: Vec<u8>,
    pub tags: Vec<Vec<u8>>,
    pub attrs: Vec<(String, String)>,
    pub flags: RowFlags,
    pub peer: Vec<u8>,
    pub key_host: Vec<u8>,
    pub key_user: Vec<u8>,
    pub series: Vec<u8>,
    pub revision: i64,
}

impl From<EventRow<'_>> for Event {
    fn from(row: EventRow<'_>) -> Self {
        let row = row.with_possible_times();
        let show = |v: Value<'_>| match v {
            Value::Str(t) => format!("{:?}", t.to_string_lossy()),
            Value::Int(i) => i.to_string(),
            Value::Float(f) => f.to_string(),
            Value::Bool(b) => b.to_string(),
        };
        Event {
            offset: row.span.offset,
            line: row.span.line,
            raw: row.span.raw.to_vec(),
            time: row.time,
            end: row.end,
            kind: row.kind.into(),
            key: row.key.to_vec(),
            url: row.url.0.to_vec(),
            referrer: row.referrer.0.to_vec(),
            title: row.title.0.to_vec(),
            text: row.text.0.to_vec(),
            host: row.host.0.to_vec(),
            user: row.user.0.to_vec(),
            agent: row.agent.0.to_vec(),
            tags: row.tags.iter().map(|t| t.0.to_vec()).collect(),
            attrs: row.attrs.iter().map(|a| (a.key.into(), show(a.value))).collect(),
            flags: row.flags,
            peer: row.peer.0.to_vec(),
            key_host: row.key_host.0.to_vec(),
            key_user: row.key_user.0.to_vec(),
            series: row.series.to_vec(),
            revision: row.revision,
        }
    }
}

/// A reject copied out of its borrows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the fields of `Reject`
pub struct Rejected {
    pub offset: u64,
    pub line: u64,
    pub raw: Vec<u8>,
    pub code: RejectCode,
    pub reason: String,
    pub provisional: bool,
}

/// Keeps everything pushed into it.
#[derive(Debug, Default)]
pub struct MemorySink {
    /// The events, in order.
    pub events: Vec<Event>,
    /// The rejects, in order.
    pub rejects: Vec<Rejected>,
    /// Lines or entries that were no records.
    pub ignored: u64,
    /// Every checkpoint with the number of events and rejects before it.
    pub checkpoints: Vec<(Resume, usize, usize)>,
    /// How `parse` ended, when it failed.
    pub error: Option<String>,
    stop_after: Option<usize>,
}

impl MemorySink {
    /// Returns [`Stop`] after `n` events.
    pub fn stop_after(n: usize) -> Self {
        Self { stop_after: Some(n), ..Self::default() }
    }

    fn go_on(&self) -> Result<(), Stop> {
        match self.stop_after {
            Some(n) if self.events.len() >= n => Err(Stop),
            _ => Ok(()),
        }
    }
}

impl EventSink for MemorySink {
    fn emit(&mut self, record: &dyn IEventRecord) -> Result<(), Stop> {
        self.events.push(record.to_event_row().into());
        self.go_on()
    }
    fn reject(&mut self, r: &Reject<'_>) -> Result<(), Stop> {
        self.rejects.push(Rejected {
            offset: r.span.offset,
            line: r.span.line,
            raw: r.span.raw.to_vec(),
            code: r.code,
            reason: r.reason.into(),
            provisional: r.provisional,
        });
        self.go_on()
    }
    fn ignored(&mut self, n: u64) -> Result<(), Stop> {
        self.ignored += n;
        self.go_on()
    }
    fn checkpoint(&mut self, at: Position, state: &[u8]) -> Result<(), Stop> {
        let resume = Resume { position: at, state: state.to_vec() };
        self.checkpoints.push((resume, self.events.len(), self.rejects.len()));
        self.go_on()
    }
    fn progress(&mut self, _done: u64) -> Result<(), Stop> {
        self.go_on()
    }
}

/// Runs a source over bytes.
pub fn parse_bytes(source: &dyn IDataSource, bytes: &[u8]) -> MemorySink {
    let mut host = MemoryInput::new(bytes);
    let mut sink = MemorySink::default();
    if let Err(e) = source.parse(&mut Input::new(&mut host), &mut sink) {
        sink.error = Some(e.to_string());
    }
    sink
}

/// The form fixtures are written in: a block per event, a line per field that is there.
impl fmt::Display for MemorySink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for e in &self.events {
            writeln!(f, "event {} line {} offset {} length {}", e.kind, e.line, e.offset, e.raw.len())?;
            for (name, time) in [("time", e.time), ("end", e.end)] {
                if let Some(t) = time {
                    writeln!(f, "  {name}: {}", show_time(t))?;
                }
            }
            let fields: [(&str, &[u8]); 11] = [
                ("key", &e.key),
                ("url", &e.url),
                ("referrer", &e.referrer),
                ("title", &e.title),
                ("text", &e.text),
                ("host", &e.host),
                ("peer", &e.peer),
                ("user", &e.user),
                ("agent", &e.agent),
                ("key host", &e.key_host),
                ("key user", &e.key_user),
            ];
            for (name, value) in fields.into_iter().filter(|(_, v)| !v.is_empty()) {
                writeln!(f, "  {name}: {}", show_bytes(value))?;
            }
            if !e.series.is_empty() {
                writeln!(f, "  series: {}, revision {}", show_bytes(&e.series), e.revision)?;
            }
            for tag in &e.tags {
                writeln!(f, "  tag: {}", show_bytes(tag))?;
            }
            for (key, value) in &e.attrs {
                writeln!(f, "  {key} = {value}")?;
            }
            if e.flags != RowFlags::NONE {
                writeln!(f, "  flags: {}", show_flags(e.flags))?;
            }
        }
        for r in &self.rejects {
            let provisional = if r.provisional { " (provisional)" } else { "" };
            let code = r.code.as_str();
            writeln!(f, "reject {code}{provisional} line {} offset {}: {}", r.line, r.offset, r.reason)?;
        }
        if let Some(error) = &self.error {
            writeln!(f, "error: {error}")?;
        }
        writeln!(f, "{} events, {} rejects, {} ignored", self.events.len(), self.rejects.len(), self.ignored)
    }
}

fn show_bytes(bytes: &[u8]) -> String {
    const SHOWN: usize = 400;
    let cut = if bytes.len() > SHOWN { format!("… ({} bytes)", bytes.len()) } else { String::new() };
    let mut out = String::new();
    for chunk in bytes[..bytes.len().min(SHOWN)].utf8_chunks() {
        out.extend(chunk.valid().chars().flat_map(|c| match c {
            '\\' => vec!['\\', '\\'],
            c if c.is_control() => c.escape_default().collect(),
            c => vec![c],
        }));
        out.extend(chunk.invalid().iter().map(|b| format!("\\x{b:02x}")));
    }
    out + &cut
}

fn show_time(t: EventTime) -> String {
    let zone = match t.zone {
        Zone::Unknown => "utc".into(),
        Zone::Local => "local".into(),
        Zone::Offset(min) => format!("{min:+} min"),
    };
    let wall = t.secs + if let Zone::Offset(min) = t.zone { min as i64 * 60 } else { 0 };
    let (days, clock) = (wall.div_euclid(86_400), wall.rem_euclid(86_400));
    let (y, m, d) = date_of(days);
    let nanos = if t.nanos == 0 { String::new() } else { format!(".{:09}", t.nanos) };
    let (hh, mm, ss) = (clock / 3600, clock / 60 % 60, clock % 60);
    format!("{y:04}-{m:02}-{d:02}T{hh:02}:{mm:02}:{ss:02}{nanos} {zone}, {:?}", t.precision).to_lowercase()
}

/// The inverse of [`civil::days`], by search: tests have time.
fn date_of(days: i64) -> (i64, u32, u32) {
    let mut year = 1970 + days.div_euclid(366).clamp(-1_000_000, 1_000_000);
    while year < 1_000_000 && civil::days(year as i32 + 1, 1, 1) <= days {
        year += 1;
    }
    while year > -1_000_000 && civil::days(year as i32, 1, 1) > days {
        year -= 1;
    }
    let month = (1..=12).rev().find(|m| civil::days(year as i32, *m, 1) <= days).unwrap_or(1);
    (year, month, (days - civil::days(year as i32, month, 1) + 1) as u32)
}

fn show_flags(flags: RowFlags) -> String {
    const NAMES: [(RowFlags, &str); 9] = [
        (RowFlags::PROVISIONAL, "provisional"),
        (RowFlags::LEAP_SECOND, "leap-second"),
        (RowFlags::INFERRED_YEAR, "inferred-year"),
        (RowFlags::MALFORMED_TAIL, "malformed-tail"),
        (RowFlags::BAD_NUMBER, "bad-number"),
        (RowFlags::BAD_TIME, "bad-time"),
        (RowFlags::UNKNOWN_ZONE, "unknown-zone"),
        (RowFlags::UNPLACED, "unplaced"),
        (RowFlags::GUESSED_ENCODING, "guessed-encoding"),
    ];
    let names: Vec<_> = NAMES.iter().filter(|(f, _)| flags.contains(*f)).map(|(_, n)| *n).collect();
    names.join(", ")
}
