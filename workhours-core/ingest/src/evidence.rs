//! How well a source understands an input's beginning: how many of its records it understood, not only dated.
//!
//! A date is in nearly every log, so a date and unparsed text are no evidence. What counts is which other fields were
//! filled, and whether their values are plausible. `detect` decides which source wins.

use super::plausible::{is_host, is_program, is_prose};
use rustc_hash::FxHasher;
use std::hash::Hasher;
use workhours_plugin_api::{EventRow, EventSink, IEventRecord, Position, Reject, RowFlags, Stop};

/// Records read; more add no evidence.
const MAX_RECORDS: u64 = 20_000;
/// How many names of fields and attributes are distinguished.
const MAX_NAMES: usize = 200;
/// 1971-01-01: an earlier time is nearly always a wrong epoch or a zero.
const EARLIEST_SECS: i64 = 31_536_000;
/// Ten years, in seconds: a date further ahead is implausible.
const AHEAD_SECS: i64 = 10 * 365 * 86_400;
/// Flags of a record that wasn't read completely or correctly.
const DOUBTS: [RowFlags; 3] = [RowFlags::MALFORMED_TAIL, RowFlags::BAD_NUMBER, RowFlags::UNPLACED];

/// The source being weighed: it decides what must have been understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// A built-in source for one format.
    Special,
    /// A built-in source for the output of many programs, which doesn't know what a value means.
    General,
    /// A plugin or a declared format: the user said what it is for.
    Own,
}

/// A sink that weighs the records pushed into it.
pub(super) struct Evidence {
    reader: Reader,
    latest_secs: i64,
    events: u64,
    dated: u64,
    understood: u64,
    doubtful: u64,
    /// Records that were understood except for their date.
    misdated: u64,
    /// Records of a general source with a date and a text, and nothing else with a name.
    texts: u64,
    /// Of these, those whose text looks like a person's.
    prose: u64,
    undated: u64,
    rejects: u64,
    from_rows: u64,
    names: Vec<String>,
    digest: FxHasher,
    first: Option<First>,
}

/// Where the first record is.
struct First {
    offset: u64,
    /// The record itself names its values, as a JSON object does.
    names_itself: bool,
    /// Whether a reject precedes it.
    refused_before: bool,
}

impl Evidence {
    pub(super) fn new(reader: Reader, now_secs: i64) -> Self {
        Self {
            reader,
            latest_secs: now_secs.saturating_add(AHEAD_SECS),
            events: 0,
            dated: 0,
            understood: 0,
            doubtful: 0,
            misdated: 0,
            texts: 0,
            prose: 0,
            undated: 0,
            rejects: 0,
            from_rows: 0,
            names: Vec::new(),
            digest: FxHasher::default(),
            first: None,
        }
    }

    /// Records with a plausible date.
    pub(super) fn dated(&self) -> u64 {
        self.dated
    }

    /// How many different fields, attributes and telling kinds were filled.
    pub(super) fn vocabulary(&self) -> usize {
        self.names.len()
    }

    /// Equal for two readings that find the same records at the same times.
    pub(super) fn digest(&self) -> u64 {
        self.digest.finish()
    }

    /// Whether the records are rows of a database: then another source may read others of it.
    pub(super) fn is_of_rows(&self) -> bool {
        self.events > 0 && self.from_rows == self.events
    }

    /// The understood share of the records, in thousandths; `None` if it is less than half, or there are none. Records
    /// without a date don't count, unless there is almost nothing else.
    pub(super) fn share(&self, head: &[u8]) -> Option<u64> {
        let texts = if self.has_names(head) { self.texts } else { self.prose };
        let (understood, found) = (self.understood + texts, self.events + self.rejects);
        let counted = found.saturating_sub(self.undated);
        let enough = understood + self.doubtful > 0 && (understood + self.doubtful) * 50 >= self.events;
        let share = (2 * understood + self.doubtful + self.misdated) * 500 / counted.max(1);
        (enough && share >= 500).then_some(share)
    }

    /// Whether the file itself names its values: in each record, or in a line above the first.
    fn has_names(&self, head: &[u8]) -> bool {
        let Some(first) = &self.first else { return false };
        let above = usize::try_from(first.offset).ok().and_then(|end| head.get(..end)).unwrap_or_default();
        first.names_itself || (!first.refused_before && !above.trim_ascii().is_empty())
    }

    fn take(&mut self, row: &EventRow<'_>) {
        self.events += 1;
        self.from_rows += u64::from(row.span.raw.is_empty());
        self.digest.write_u64(row.span.offset);
        self.digest.write_i64(row.time.map_or(i64::MIN, |time| time.secs));
        self.first.get_or_insert(First {
            offset: row.span.offset,
            names_itself: row.span.raw.first() == Some(&b'{'),
            refused_before: self.rejects > 0,
        });
        self.learn(row);
        let plausible = |secs: i64| (EARLIEST_SECS..=self.latest_secs).contains(&secs);
        match row.time {
            None if row.flags.contains(RowFlags::BAD_TIME) => {
                let text = self.reader == Reader::General && has_text(row);
                self.misdated += u64::from(text || self.understands(row));
            }
            None => self.undated += 1,
            Some(time) if plausible(time.secs) => self.take_dated(row),
            Some(_) => {}
        }
    }

    fn take_dated(&mut self, row: &EventRow<'_>) {
        self.dated += 1;
        if self.understands(row) {
            match DOUBTS.iter().any(|doubt| row.flags.contains(*doubt)) {
                true => self.doubtful += 1,
                false => self.understood += 1,
            }
        } else if self.reader == Reader::General && has_text(row) && !has_unread_request(row) {
            self.texts += 1;
            self.prose += u64::from(row.attrs.is_empty() && is_prose(row.text.0));
        }
    }

    fn understands(&self, row: &EventRow<'_>) -> bool {
        match self.reader {
            Reader::Own => true,
            Reader::General => !has_unread_request(row) && is_named(row),
            Reader::Special if !is_any_message(row.kind) => true,
            Reader::Special => {
                let placed = row.attrs.iter().any(|a| a.key != "level")
                    || (!row.host.is_empty() && is_host(row.host.0));
                let said = row.attrs.iter().any(|a| !matches!(a.key, "level" | "pid"));
                let host = row.host.is_empty() || is_host(row.host.0);
                host && (said || (is_program(row.agent.0) && placed) || is_named_but_where(row))
            }
        }
    }

    fn learn(&mut self, row: &EventRow<'_>) {
        let fields = [
            ("url", row.url),
            ("referrer", row.referrer),
            ("title", row.title),
            ("text", row.text),
            ("host", row.host),
            ("peer", row.peer),
            ("user", row.user),
            ("agent", row.agent),
        ];
        let filled = fields.iter().filter(|(_, text)| !text.is_empty()).map(|(name, _)| *name);
        let more = [("end", row.end.is_some()), ("tags", !row.tags.is_empty())];
        let more = more.iter().filter(|(_, there)| *there).map(|(name, _)| *name);
        // A kind for unparsed text is no evidence.
        let kind = Some(row.kind).filter(|kind| !is_any_message(kind));
        let names = filled.chain(more).chain(kind).chain(row.attrs.iter().map(|a| a.key));
        for name in names {
            if self.names.len() < MAX_NAMES && !self.names.iter().any(|known| known == name) {
                self.names.push(name.to_owned());
            }
        }
    }
}

/// Whether a kind only means that something was written: `auth.message`, `record`.
fn is_any_message(kind: &str) -> bool {
    matches!(kind.rsplit('.').next(), Some("message" | "record"))
}

/// Whether a field other than date, end, text and host is filled.
fn is_named_but_where(row: &EventRow<'_>) -> bool {
    let texts = [row.url, row.referrer, row.title, row.peer, row.user];
    texts.iter().any(|text| !text.is_empty()) || !row.tags.is_empty() || !row.key.is_empty()
}

fn is_named(row: &EventRow<'_>) -> bool {
    is_named_but_where(row) || row.end.is_some() || !row.host.is_empty() || !row.agent.is_empty()
}

/// Whether the text is a part of the record: a record without fields has its whole content as text.
fn has_text(row: &EventRow<'_>) -> bool {
    !row.text.is_empty() && row.text.0 != row.span.raw
}

/// Whether the record is a request of which only attributes hold the method and the status: it is understood as little
/// as a date and a text are.
fn has_unread_request(row: &EventRow<'_>) -> bool {
    let is = |key: &str, ending: &&str| {
        key.strip_suffix(ending).is_some_and(|before| before.is_empty() || before.ends_with('_'))
    };
    let ends = |endings: &[&str]| row.attrs.iter().any(|a| endings.iter().any(|ending| is(a.key, ending)));
    row.url.is_empty() && ends(&["method", "verb", "request"]) && ends(&["status", "status_code"])
}

impl EventSink for Evidence {
    fn emit(&mut self, record: &dyn IEventRecord) -> Result<(), Stop> {
        self.take(&record.to_event_row());
        if self.events < MAX_RECORDS { Ok(()) } else { Err(Stop) }
    }
    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), Stop> {
        // A record that is cut where the sample ends doesn't count against the source.
        self.rejects += u64::from(!reject.provisional);
        if self.rejects < MAX_RECORDS { Ok(()) } else { Err(Stop) }
    }
    fn ignored(&mut self, _: u64) -> Result<(), Stop> {
        Ok(())
    }
    fn checkpoint(&mut self, _: Position, _: &[u8]) -> Result<(), Stop> {
        Ok(())
    }
    fn progress(&mut self, _: u64) -> Result<(), Stop> {
        Ok(())
    }
}
