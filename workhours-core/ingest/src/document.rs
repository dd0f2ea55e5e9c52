//! One task over a document that is read whole: nothing is loaded before the source has finished, and every version of
//! it is a separate logical file, identified by its content.

use super::horizon;
use super::host::{ServedInput, limit_reached};
use super::job::Job;
use super::progress::Progress;
use super::sink::{Shared, State, TaskSink};
use super::spool::Spool;
use super::task::{Outcome, cut_short, ended};
use super::tee::Tee;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use workhours_base::disk::{Written, explain};
use workhours_base::error::{Context, Error, Result};
use workhours_event::chunk::Item;
use workhours_event::{Identity, Ordinals, Reading, WallClock};
use workhours_filestore as filestore;
use workhours_filestore::Extract;
use workhours_plugin_api::{EventSink, IEventRecord, Input, Position, Reject, Resume, SourceError, Stop};
use workhours_store::{
    Batch, Cursor, FileId, FileRow, LoadMode, NewFile, SeriesOf, Store, Supersedes, TaskId, TaskState, Totals,
};

/// Packed rows go to the spool in pieces of about this size.
const SPOOL_BYTES: usize = 1 << 20;
/// Events per transaction.
const BATCH_EVENTS: u64 = 1 << 16;

/// The result of reading.
struct WholeDocument {
    spool: Spool,
    totals: Totals,
    has_local: bool,
    last_date: Option<i64>,
    length: u64,
    hash: Vec<u8>,
    tee: Rc<RefCell<Tee>>,
    /// All its series.
    series: HashMap<i64, SeriesOf>,
}

/// Reads the document and loads it unless this very content was loaded before. `seen` is the logical file that was last
/// seen at its path.
pub(super) fn run(
    job: &Job<'_>,
    store: &mut Store,
    extract: Extract,
    path: &str,
    seen: Option<FileId>,
    shared: &Shared,
    progress: &dyn Progress,
) -> (Outcome, Option<FileRow>) {
    let first_seen =
        || extract.stat.as_ref().map_or(job.now_us / 1_000_000, |s| (s.mtime_ns / 1_000_000_000) as i64);
    let reference = job.replay.unwrap_or_else(first_seen);
    progress.start(path, extract.stat.as_ref().map(|s| s.size));
    let read = read(job, extract, path, reference, shared);
    progress.finish();
    let fail = |error: Error, id| ended(id, TaskState::Failed, Totals::default(), Some(error));
    let read = match read {
        Ok(read) => read,
        Err(e) => return (fail(e, None), None),
    };
    let mut id = None;
    match load(job, store, read, (path, seen), reference, &mut id) {
        Ok((outcome, file)) => (outcome, Some(file)),
        Err(e) => (fail(e, id), None),
    }
}

fn read(
    job: &Job<'_>,
    extract: Extract,
    path: &str,
    reference: i64,
    shared: &Shared,
) -> Result<WholeDocument> {
    let tee = Rc::new(RefCell::new(Tee::new(job.copies(), 0).hashing()));
    let facts = job.facts(path, reference, Reading::CURRENT);
    let upto = job.end(&extract, 0);
    let mut host =
        ServedInput::new(extract, Rc::clone(&tee), Resume::default(), Default::default(), facts).up_to(upto);
    let mut sink = SpoolSink {
        inner: TaskSink {
            identity: Identity::new(job.source_type(), job.scope()),
            ordinals: Ordinals::default(),
            builder: job.builder(),
            // Entries of a document may be in any order.
            clock: WallClock::new(job.zone, job.now_us),
            warm_until: 0,
            file_id: FileId::default(),
            limits: job.limits,
            appends: false,
            tee: Rc::clone(&tee),
            shared,
            deliver: Box::new(|_| false),
            state: State::default(),
        },
        spool: Spool::new(&job.fs.tmp()),
        failure: None,
    };
    let end = job.source.parse(&mut Input::new(&mut host), &mut sink);
    if let Some(e) = sink.failure.take() {
        let error = Error::failed(format!("cannot set the records of {path} aside")).with_source(e);
        return Err(explain(error, Written::Filestore, job.fs.root()));
    }
    // A document that is read whole or not at all can't be kept in part.
    let beyond = |limit| {
        Err(job
            .beyond(limit, path)
            .hint("nothing of it was loaded; raise that key in [limits] of the config file"))
    };
    if let Some(limit) = sink.inner.state.limit {
        return beyond(limit);
    }
    match end {
        Ok(()) => {}
        Err(_) if shared.stop.load(Ordering::Relaxed) => {
            return Err(Error::failed("interrupted; nothing of this document was loaded"));
        }
        Err(SourceError::Io(e)) if limit_reached(&e).is_some() => {
            return limit_reached(&e).map_or_else(|| Err(cut_short(path, &e)), beyond);
        }
        Err(SourceError::Io(e)) => {
            return Err(cut_short(path, &e).hint("nothing of it was loaded; replace the file and run again"));
        }
        Err(e @ SourceError::Unsupported(_)) => return Err(Error::failed(format!("{path}: {e}")).foreign()),
        Err(e) => return Err(Error::failed(format!("{path}: {e}"))),
    }
    // Unread bytes belong to the document too: its hash covers the whole.
    let mut input = Input::new(&mut host);
    let length = input.resume().position.offset;
    let mut rest = vec![0; 64 << 10];
    loop {
        match input.read(&mut rest) {
            Ok(0) => break,
            Ok(_) if !shared.stop.load(Ordering::Relaxed) => {}
            Err(e) if limit_reached(&e).is_some() => {
                return limit_reached(&e).map_or_else(|| Err(cut_short(path, &e)), beyond);
            }
            Err(e) if !shared.stop.load(Ordering::Relaxed) => return Err(cut_short(path, &e)),
            _ => return Err(Error::failed("interrupted; nothing of this document was loaded")),
        }
    }
    let chunk = sink.inner.take_chunk();
    sink.spool.push(&chunk).context(|| format!("cannot spool {path}"))?;
    let hash = tee.borrow().whole_hash();
    let length = length + tee.borrow().passed();
    Ok(WholeDocument {
        totals: sink.inner.state.totals,
        has_local: sink.inner.has_local(),
        last_date: sink.inner.ordinals.last_date(),
        series: sink.inner.take_series(),
        spool: sink.spool,
        length,
        hash,
        tee,
    })
}

fn load(
    job: &Job<'_>,
    store: &mut Store,
    mut read: WholeDocument,
    (path, seen): (&str, Option<FileId>),
    reference: i64,
    task: &mut Option<TaskId>,
) -> Result<(Outcome, FileRow)> {
    let newest = store.files().newest()?;
    let known = store
        .files()
        .by_head(job.source_type(), job.scope(), |len| (len == read.length).then(|| read.hash.clone()))?;
    // An undone task leaves a cursor at the start.
    let whole = |c: &Option<Cursor>| c.as_ref().is_some_and(|c| c.at.position.offset == read.length);
    let loaded = known.iter().find(|(_, cursor)| whole(cursor)).or(known.first());
    if let Some((row, cursor)) = loaded {
        super::file::check_zone(row, job.zone)?;
        let is_back = seen.is_some_and(|id| id != row.id) && !read.series.is_empty();
        if whole(cursor)
            && !job.reread
            && !is_back
            && !horizon::is_due(job.now_us, cursor.as_ref(), &read.series)
        {
            horizon::note(store, row.id, cursor.as_ref(), &read.series)?;
            let outcome = ended(None, TaskState::Unchanged, Totals::default(), None);
            return Ok((outcome, row.clone()));
        }
    }
    let file = match loaded {
        Some((row, _)) => row.clone(),
        None => store.files().create(&NewFile {
            source_type: job.source_type().into(),
            scope: job.scope().into(),
            input_id: job.input_id,
            path: path.into(),
            head_len: read.length,
            head_hash: read.hash.clone(),
            inode: String::new(),
            timezone: job.zone.name().into(),
            tz_version: Reading::tz_version(),
            reference_secs: reference,
            newest,
        })?,
    };
    // Reading it again at the same path doesn't make it later than versions loaded since.
    let is_news = job.replay.is_none() && seen.map_or(loaded.is_none(), |id| id != file.id);
    if !read.series.is_empty() {
        store.adopt_series(job.source_type())?;
    }
    let before = Cursor::default();
    let id = store.tasks().begin(job.source_type(), job.input_id, Some((file.id, &before)), path)?;
    *task = Some(id);
    let segment =
        read.tee.borrow_mut().cut(file.id).context(|| format!("cannot copy {path} to the filestore"))?;
    let mut totals = read.totals;
    totals.bytes = read.length;
    read.spool.rewind()?;
    let mut batch = Batch::default();
    let mut refused = HashSet::new();
    let mut resolved = 0;
    // An older version of a document must not replace a newer one.
    let mode = if job.replay.is_some() { LoadMode::Ignore } else { LoadMode::Upsert };
    let owner = (job.source_type(), job.input_id, id, file.id);
    loop {
        let next = read.spool.next_chunk()?;
        let end = next.is_none();
        if let Some(chunk) = next {
            refused.extend(chunk.items().take_while(|_| chunk.rejects > 0).filter_map(|item| match item {
                Ok(Item::Reject(reject)) => Some(reject.offset),
                _ => None,
            }));
            batch.chunk.append(&chunk);
        }
        if end {
            batch.cursor = Some(Cursor {
                at: Resume {
                    position: Position { offset: read.length, lines: 0 },
                    state: horizon::state(job.now_us, &read.series),
                },
                ..Cursor::default()
            });
            batch.segment = segment.clone();
            batch.has_local = read.has_local;
            batch.last_date = read.last_date;
            batch.supersedes = Supersedes::AllBut(std::mem::take(&mut refused));
            batch.series.replaced = std::mem::take(&mut read.series);
        }
        batch.series.is_news = is_news;
        if end || batch.chunk.events >= BATCH_EVENTS {
            let done = store
                .load(owner, &std::mem::take(&mut batch), mode)
                .inspect_err(|_| segment.iter().for_each(|copy| filestore::discard(store, &job.fs, copy)))?;
            totals.inserted += done.inserted;
            resolved += done.resolved;
            totals.duplicates += done.duplicates;
            totals.updated += done.updated;
        }
        if end {
            return Ok((Outcome { resolved, ..ended(Some(id), TaskState::Done, totals, None) }, file));
        }
    }
}

/// A sink that spools the chunks of the inner one.
struct SpoolSink<'a> {
    inner: TaskSink<'a>,
    spool: Spool,
    failure: Option<std::io::Error>,
}

impl SpoolSink<'_> {
    fn spill(&mut self) -> Result<(), Stop> {
        if self.inner.packed_bytes() < SPOOL_BYTES {
            return Ok(());
        }
        let chunk = self.inner.take_chunk();
        self.spool.push(&chunk).map_err(|e| {
            self.failure = Some(e);
            Stop
        })
    }
}

impl EventSink for SpoolSink<'_> {
    fn emit(&mut self, record: &dyn IEventRecord) -> Result<(), Stop> {
        self.inner.emit(record)?;
        self.spill()
    }
    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), Stop> {
        self.inner.reject(reject)?;
        self.spill()
    }
    fn ignored(&mut self, n: u64) -> Result<(), Stop> {
        self.inner.ignored(n)
    }
    fn checkpoint(&mut self, at: Position, state: &[u8]) -> Result<(), Stop> {
        self.inner.checkpoint(at, state)
    }
    fn progress(&mut self, done: u64) -> Result<(), Stop> {
        self.inner.progress(done)
    }
}
