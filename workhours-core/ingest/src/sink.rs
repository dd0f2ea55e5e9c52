//! The host's sink: counts, numbers, builds and packs what a source pushes, and cuts it into batches.
//!
//! On a resumed read the first records only *warm up* the table of recent equal records; they were loaded
//! before and are not built again.

use super::tee::Tee;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use workhours_config::{Limit, Limits};
use workhours_event::chunk::{Chunk, NewReject};
use workhours_event::{EventBuilder, Identity, Number, Ordinals, WallClock, host_flags, portable};
use workhours_plugin_api::{
    EventRow, EventSink, IEventRecord, Position, Precision, Reject, RejectCode, Resume, RowFlags, Span, Stop,
};
use workhours_store::{Batch, Cursor, FileId, Last, Series, SeriesOf, Supersedes, Tail, Totals};

/// A batch is cut at this many events …
const BATCH_EVENTS: u64 = 1 << 16;
/// … or this many packed bytes, which bounds memory …
const BATCH_BYTES: usize = 14 << 20;
/// … or when this time has passed, which bounds what an interruption costs.
const BATCH_TIME: Duration = Duration::from_secs(1);
/// Bytes of the last record kept to know the file again.
const TAIL_BYTES: usize = 256;
/// Characters of a rejected record kept for people.
const EXCERPT_BYTES: usize = 240;

/// State shared by the threads of a task.
#[derive(Default)]
pub(super) struct Shared {
    /// The user wants the run to end.
    pub(super) stop: Arc<AtomicBool>,
    /// Times were read as they were once, in a file that was first loaded then.
    pub(super) kept_times: AtomicBool,
    /// Records seen, for the progress bar.
    pub(super) records: AtomicU64,
}

/// Where finished batches go; returns `false` if the receiver is gone.
pub(super) type Deliver<'a> = Box<dyn FnMut(Batch) -> bool + 'a>;

/// The sink of one task.
pub(super) struct TaskSink<'a> {
    pub(super) identity: Identity,
    pub(super) ordinals: Ordinals,
    pub(super) builder: EventBuilder,
    pub(super) clock: WallClock,
    /// Records before this offset were loaded before.
    pub(super) warm_until: u64,
    pub(super) file_id: FileId,
    pub(super) limits: Limits,
    /// Whether the source resumes: then a last record may be provisional and batches carry a cursor.
    pub(super) appends: bool,
    pub(super) tee: Rc<RefCell<Tee>>,
    pub(super) shared: &'a Shared,
    pub(super) deliver: Deliver<'a>,
    pub(super) state: State,
}

/// The moving parts.
#[derive(Default)]
pub(super) struct State {
    /// The counts so far.
    pub(super) totals: Totals,
    /// Why a copy could not be written.
    pub(super) failure: Option<std::io::Error>,
    /// The limit that ended it.
    pub(super) limit: Option<Limit>,
    chunk: Chunk,
    last: Option<Last>,
    at: Resume,
    /// The end of the last batch.
    covered: u64,
    tail_offset: u64,
    tail: Vec<u8>,
    has_local: bool,
    since: Option<Instant>,
    checkpoints: u32,
    scratch: String,
    reason: String,
    /// The series and the place of the last record, if it has one.
    record: Option<(i64, u64)>,
    /// All of each series so far.
    series: HashMap<i64, SeriesOf>,
}

impl TaskSink<'_> {
    /// The start: the position at which the source resumes.
    pub(super) fn begin_at(&mut self, resume: &Resume) {
        self.state.at = resume.clone();
        self.state.covered = resume.position.offset;
        self.state.since = Some(Instant::now());
    }

    /// Whether anything was pushed that is not known from earlier runs.
    pub(super) fn has_taken(&self) -> bool {
        let Totals { records, ignored, .. } = self.state.totals;
        records > 0 || ignored > 0
    }

    /// Sends the rest. Also without rows: the cursor may have moved over ignored lines.
    pub(super) fn finish(&mut self) -> Result<(), Stop> {
        self.cut_with(Chunk::default())
    }

    fn warming(&self, offset: u64) -> bool {
        self.appends && offset < self.warm_until
    }

    fn go_on(&self) -> Result<(), Stop> {
        if self.shared.stop.load(Ordering::Relaxed) { Err(Stop) } else { Ok(()) }
    }

    /// Counts a record, if there may be one more.
    fn count(&mut self) -> Result<(), Stop> {
        if self.limits.records.is_some_and(|most| self.state.totals.records >= most) {
            self.state.limit = Some(Limit::Records);
            return Err(Stop);
        }
        self.state.totals.records += 1;
        if self.state.totals.records.is_multiple_of(1024) {
            self.shared.records.fetch_add(1024, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Rejects a record that is longer than the user allows.
    fn too_long(&mut self, row: &EventRow<'_>) -> Result<(), Stop> {
        let reason = format!(
            "the record has {} bytes, and limits.record_kib allows {}",
            row.span.raw.len(),
            self.limits.record_bytes >> 10
        );
        let provisional = row.flags.contains(RowFlags::PROVISIONAL);
        self.reject(&Reject { span: row.span, code: RejectCode::TooLong, reason: &reason, provisional })
    }

    fn remember_tail(&mut self, span: &Span<'_>) {
        self.state.tail_offset = span.offset;
        self.state.tail.clear();
        self.state.tail.extend_from_slice(&span.raw[..span.raw.len().min(TAIL_BYTES)]);
    }

    fn cut(&mut self) -> Result<(), Stop> {
        self.cut_with(Chunk::with_capacity(BATCH_BYTES + BATCH_BYTES / 16))
    }

    /// Sends the current rows, and continues with this chunk.
    fn cut_with(&mut self, empty: Chunk) -> Result<(), Stop> {
        let state = &mut self.state;
        let segment = match self.tee.borrow_mut().cut(self.file_id) {
            Ok(segment) => segment,
            Err(e) => {
                state.failure = Some(e);
                return Err(Stop);
            }
        };
        let cursor = self.appends.then(|| Cursor {
            at: state.at.clone(),
            warm: self.ordinals.warm_start(),
            tail: Tail {
                offset: state.tail_offset,
                len: state.tail.len() as u64,
                hash: blake3::hash(&state.tail).as_bytes().to_vec(),
            },
            provisional: None,
        });
        // A read that got no further than where others have been must not move the cursor back.
        let cursor = cursor.filter(|c| c.at.position.offset >= self.warm_until);
        let (from, upto) = (state.covered.max(self.warm_until), state.at.position.offset);
        state.covered = upto;
        let all_between = self.appends && from < upto;
        let batch = Batch {
            chunk: std::mem::replace(&mut state.chunk, empty),
            last: state.last.take(),
            cursor,
            segment,
            has_local: state.has_local,
            last_date: self.ordinals.last_date(),
            first_date: self.ordinals.first_date(),
            supersedes: if all_between { Supersedes::Between(from, upto) } else { Supersedes::Nothing },
            series: Series::default(),
        };
        state.since = Some(Instant::now());
        if (self.deliver)(batch) { Ok(()) } else { Err(Stop) }
    }
}

impl EventSink for TaskSink<'_> {
    fn emit(&mut self, record: &dyn IEventRecord) -> Result<(), Stop> {
        // Before any record is taken: a record after the last checkpoint would be read again, and be a duplicate.
        self.go_on()?;
        let row = record.to_event_row();
        if row.span.raw.len() as u64 > self.limits.record_bytes {
            return self.too_long(&row);
        }
        let when = row.time.map(|t| self.clock.resolve(t)).unwrap_or_default();
        let base = self.identity.base(&row);
        let ordinal = self.ordinals.next(base, when.date);
        if self.warming(row.span.offset) {
            return Ok(());
        }
        if self.clock.kept() {
            self.shared.kept_times.store(true, Ordering::Relaxed);
        }
        // All instances of a series are one record.
        let series = (!self.appends && !row.series.is_empty()).then(|| self.identity.series(row.series));
        let record = series.map(|series| (series, row.span.offset));
        if record.is_none() || record != self.state.record {
            self.count()?;
            self.state.totals.events += 1;
            self.state.totals.undated += u64::from(when.date.is_none());
            let lasted = || row.attrs.iter().any(|attr| attr.key == "elapsed_ms");
            let unplaced = row.time.is_some_and(|t| t.precision == Precision::Day) && lasted();
            self.state.totals.unplaced += u64::from(unplaced);
        }
        self.state.record = record;
        self.state.has_local |= when.flags & host_flags::LOCAL_TIME != 0;
        let id = self.identity.id(base, ordinal, when.date);
        let number = Number { base, ordinal };
        let end = row.end.and_then(|t| self.clock.resolve_end(t));
        if self.appends && row.flags.contains(RowFlags::PROVISIONAL) {
            let mut chunk = Chunk::default();
            self.builder.build(&row, (id, number), when, end, &mut chunk);
            self.state.last = Some(Last { chunk, event: Some((id, row.span.raw.len() as u64)) });
        } else {
            self.remember_tail(&row.span);
            if let Some(series) = series {
                let all = self.state.series.entry(series).or_default();
                all.revision = row.revision;
                all.ids.push(id);
            }
            self.builder.build_of(&row, (id, number), when, end, series, &mut self.state.chunk);
        }
        Ok(())
    }

    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), Stop> {
        self.go_on()?;
        if self.warming(reject.span.offset) {
            return Ok(());
        }
        self.count()?;
        self.state.totals.rejected += 1;
        let provisional = self.appends && reject.provisional;
        if !provisional {
            self.remember_tail(&reject.span);
        }
        let state = &mut self.state;
        let raw = reject.span.raw;
        let mut ignored_flags = 0;
        let excerpt = portable(&raw[..raw.len().min(EXCERPT_BYTES)], &mut state.scratch, &mut ignored_flags);
        let reason = portable(reject.reason.as_bytes(), &mut state.reason, &mut ignored_flags);
        let (mut clean_excerpt, mut clean_reason) = (String::new(), String::new());
        let excerpt = self.builder.redacted(excerpt.unwrap_or_default(), &mut clean_excerpt);
        let reason = self.builder.redacted(reason.unwrap_or_default(), &mut clean_reason);
        let row = NewReject {
            offset: reject.span.offset,
            length: raw.len() as u64,
            line: reject.span.line,
            code: reject.code.as_str(),
            reason,
            excerpt,
            provisional,
        };
        if provisional {
            let mut chunk = Chunk::default();
            chunk.push_reject(&row);
            state.last = Some(Last { chunk, event: None });
        } else {
            state.chunk.push_reject(&row);
        }
        Ok(())
    }

    fn ignored(&mut self, n: u64) -> Result<(), Stop> {
        let at = self.state.at.position.offset;
        // If many empty lines are skipped at once, an earlier run may have counted some of them.
        let known = if self.warming(at) { self.warm_until - at } else { 0 };
        self.state.totals.ignored += if known > 0 && n == 1 { 0 } else { n.saturating_sub(known) };
        self.go_on()
    }

    fn checkpoint(&mut self, at: Position, source_state: &[u8]) -> Result<(), Stop> {
        let before = std::mem::replace(&mut self.state.at.position, at);
        let lines = at.lines.saturating_sub(before.lines);
        if lines > 1 && lines == at.offset - before.offset {
            // Empty lines, skipped at once: each is followed by a checkpoint as if it had been read separately.
            let due = self.ordinals.due().clamp(before.offset, at.offset);
            let passed = Position { offset: due, lines: before.lines + (due - before.offset) };
            let clock = &self.clock;
            self.ordinals.checkpoint(due, || Resume { position: passed, state: clock.sealed(source_state) });
        }
        self.state.at.state.clear();
        self.state.at.state.extend_from_slice(source_state);
        let clock = &self.clock;
        self.ordinals.checkpoint(at.offset, || Resume { position: at, state: clock.sealed(source_state) });
        if self.warming(at.offset) || !self.appends {
            return self.go_on();
        }
        let state = &mut self.state;
        state.checkpoints = state.checkpoints.wrapping_add(1);
        let full =
            state.chunk.events + state.chunk.rejects >= BATCH_EVENTS || state.chunk.len() >= BATCH_BYTES;
        let late = state.checkpoints.is_multiple_of(256)
            && !state.chunk.is_empty()
            && state.since.is_some_and(|since| since.elapsed() >= BATCH_TIME);
        if full || late {
            self.cut()?;
        }
        self.go_on()
    }

    fn progress(&mut self, _done: u64) -> Result<(), Stop> {
        self.go_on()
    }
}

impl TaskSink<'_> {
    /// Takes the packed rows of a source that is read whole.
    pub(super) fn take_chunk(&mut self) -> Chunk {
        std::mem::take(&mut self.state.chunk)
    }

    /// The series of a source that is read whole.
    pub(super) fn take_series(&mut self) -> HashMap<i64, SeriesOf> {
        std::mem::take(&mut self.state.series)
    }

    /// How much is packed.
    pub(super) fn packed_bytes(&self) -> usize {
        self.state.chunk.len()
    }

    /// Whether a wall clock was read with the input's zone.
    pub(super) fn has_local(&self) -> bool {
        self.state.has_local
    }
}
