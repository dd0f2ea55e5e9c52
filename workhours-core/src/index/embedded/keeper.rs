//! Keeping an index up to date: what the database's journal says was added, changed or deleted since, is.
//!
//! It goes in rounds. A round leads from one state of the database to a later one: events that changed are taken out and
//! put in again as they are now, if they still are; then the batches' ranges of keys are read once, and the batches'
//! own events put in. Commits within a round say how far it got, so that whoever is killed is not the loser; until its
//! end, readers do not see what it brought.

use super::checkpoint::{Checkpoint, Round};
use super::compile::any_id;
use super::document::Documents;
use super::folder::{Folder, Lock};
use super::open_in;
use super::schema::schema;
use crate::error::{Context, Error, Result};
use crate::event::EventId;
use crate::store::{BatchRow, EventWalk, Moment, Store};
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use tantivy::indexer::IndexWriterOptions;
use tantivy::{IndexWriter, TantivyDocument};

/// Batches of a round, at most.
const BATCHES: i64 = 50_000;
/// Changed events of a round that are remembered; more are done in several goes.
const CHANGES: i64 = 100_000;
/// Events between two commits.
const COMMIT_AFTER: u64 = 2_000_000;
/// From so many events on, all processors write at once. Each leaves a segment behind with each commit, and every search
/// goes through all of them: what comes in by and by is written by one.
const MANY: i64 = 100_000;
/// Batches that are looked at to see whether so many come.
const NEXT: i64 = 1_000;
/// Memory of each thread that writes, bytes.
const MEMORY: usize = 96 << 20;
/// Events read at once.
const PAGE: i64 = 4096;

/// Writes the index of a database. Nobody else does while it is there.
pub struct Keeper {
    folder: Folder,
    #[allow(dead_code)] // held
    lock: Lock,
    open: Option<Writing>,
}

/// An index open for writing.
struct Writing {
    dir: PathBuf,
    writer: IndexWriter<TantivyDocument>,
    threads: usize,
    documents: Documents,
    checkpoint: Checkpoint,
    uncommitted: u64,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Events looked at.
    pub done: u64,
    /// Events there are to look at, about.
    pub of: u64,
}

/// Called from time to time; says whether to go on.
type Watch<'w> = &'w mut dyn FnMut(Progress) -> ControlFlow<()>;

impl Keeper {
    pub(super) fn new(folder: Folder, lock: Lock) -> Self {
        Self { folder, lock, open: None }
    }

    /// Brings the index up to date, making it if there is none that fits the database. Gives how many events were put
    /// in. Stopped by `watch`, it keeps what it has and goes on there the next time.
    ///
    /// # Errors
    /// What the database or the engine reports; then what was committed before stays.
    pub fn catch_up(&mut self, store: &mut Store, watch: Watch<'_>) -> Result<u64> {
        let mut writing = match self.open.take() {
            Some(writing) => writing,
            None => self.begin()?,
        };
        if !fits(store, &writing.checkpoint)? {
            drop(writing);
            writing = self.create()?;
            self.folder.publish(&writing.dir)?;
        }
        writing = writing.prepare(store)?;
        let added = writing.catch_up(store, watch)?;
        self.open = Some(writing);
        Ok(added)
    }

    /// Makes the index anew, aside; it takes over when it is done.
    ///
    /// # Errors
    /// As for [`catch_up`](Self::catch_up); then the old one stays.
    pub fn rebuild(&mut self, store: &mut Store, watch: Watch<'_>) -> Result<u64> {
        self.open = None;
        self.folder.tidy();
        let mut writing = self.create()?.prepare(store)?;
        let mut stopped = false;
        let added = writing.catch_up(store, &mut |progress| {
            let flow = watch(progress);
            stopped = flow.is_break();
            flow
        })?;
        if stopped {
            return Err(Error::failed("the index was not made anew: interrupted")
                .hint("the one there was stays in use"));
        }
        self.folder.publish(&writing.dir)?;
        self.folder.tidy();
        self.open = Some(writing);
        Ok(added)
    }

    /// Ends well: waits until what was written is in the order in which it is read fastest.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn finish(mut self) -> Result<()> {
        match self.open.take() {
            Some(writing) => writing.writer.wait_merging_threads().context(|| "cannot tidy up the index"),
            None => Ok(()),
        }
    }

    fn begin(&self) -> Result<Writing> {
        self.folder.tidy();
        match self.folder.current() {
            Some(dir) => Writing::open(dir),
            None => {
                let writing = self.create()?;
                self.folder.publish(&writing.dir)?;
                Ok(writing)
            }
        }
    }

    fn create(&self) -> Result<Writing> {
        let dir = self.folder.create()?;
        tantivy::Index::create_in_dir(&dir, schema().0)
            .context(|| format!("cannot make an index in {}", dir.display()))?;
        Writing::open(dir)
    }
}

/// Whether an index that has come so far is one of this database as it is.
fn fits(store: &mut Store, checkpoint: &Checkpoint) -> Result<bool> {
    let mut moments = vec![checkpoint.done];
    moments.extend(checkpoint.round.map(|round| round.until));
    for moment in moments.iter().filter(|moment| moment.seq > 0) {
        if !store.remembers(moment)? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Writing {
    fn open(dir: PathBuf) -> Result<Self> {
        let open = || -> tantivy::Result<_> {
            let index = open_in(&dir)?;
            let checkpoint = Checkpoint::read(index.load_metas()?.payload.as_deref());
            Ok((writer(&index, 1)?, checkpoint))
        };
        let (writer, checkpoint) = open()
            .context(|| format!("cannot write the index in {}", dir.display()))
            .map_err(|e| e.hint("make it anew with workhours index rebuild"))?;
        let documents = Documents::new(schema().1);
        Ok(Self { dir, writer, threads: 1, documents, checkpoint, uncommitted: 0 })
    }

    /// Gets ready to write as much as there is.
    fn prepare(self, store: &mut Store) -> Result<Self> {
        let next = store.batches_between(self.checkpoint.done.seq, i64::MAX, NEXT)?;
        let threads = match next.iter().map(|batch| batch.events).sum::<i64>() < MANY {
            true => 1,
            false => std::thread::available_parallelism().map_or(1, usize::from).clamp(1, 4),
        };
        if threads == self.threads {
            return Ok(self);
        }
        let again = || -> tantivy::Result<_> {
            let index = self.writer.index().clone();
            self.writer.wait_merging_threads()?;
            writer(&index, threads)
        };
        let writer = again().context(|| "cannot write the index")?;
        Ok(Self { writer, threads, ..self })
    }

    fn catch_up(&mut self, store: &mut Store, watch: Watch<'_>) -> Result<u64> {
        let mut progress = Progress::default();
        let mut added = 0;
        loop {
            let round = match self.checkpoint.round {
                Some(round) => round,
                None => {
                    let now = store.moment()?;
                    if now.seq <= self.checkpoint.done.seq {
                        return Ok(added);
                    }
                    Round { until: now, after: EventId::default() }
                }
            };
            let Some(n) = self.round(store, round, &mut progress, watch)? else { return Ok(added) };
            added += n;
        }
    }

    /// Goes through a round; `None` when it was stopped.
    fn round(
        &mut self,
        store: &mut Store,
        mut round: Round,
        progress: &mut Progress,
        watch: Watch<'_>,
    ) -> Result<Option<u64>> {
        let done = self.checkpoint.done;
        let batches = store.batches_between(done.seq, round.until.seq, BATCHES)?;
        if batches.len() as i64 == BATCHES
            && let Some(last) = batches.last()
        {
            // So many at once are enough: the round ends before them all.
            round.until = Moment { purges: done.purges, ..store.moment_of(last.seq)? };
        }
        let mut added = 0;
        let changed = self.changes(store, done.seq, round, &mut added)?;
        progress.of += batches.iter().map(|batch| batch.events.unsigned_abs()).sum::<u64>();
        let seqs: FxHashMap<i64, i64> = batches.iter().map(|batch| (batch.id, batch.seq)).collect();
        for (first, last) in ranges(&batches) {
            if last <= round.after {
                continue;
            }
            let mut walk = EventWalk::between(first, following(last));
            if round.after >= first {
                walk = walk.after(round.after);
            }
            while !walk.is_done() {
                for event in walk.next_page(store, PAGE)? {
                    let id = event.id;
                    round.after = id;
                    let Some(seq) = seqs.get(&event.batch_id) else { continue };
                    progress.done += 1;
                    if changed.contains(&id) {
                        continue;
                    }
                    let path = walk.path_of(store, event.file_id)?;
                    self.add(&event, *seq, &path)?;
                    added += 1;
                }
                if self.uncommitted >= COMMIT_AFTER {
                    self.commit(Checkpoint { done, round: Some(round) })?;
                }
                if watch(*progress).is_break() {
                    self.commit(Checkpoint { done, round: Some(round) })?;
                    return Ok(None);
                }
            }
        }
        self.commit(Checkpoint { done: round.until, round: None })?;
        if round.until.purges > done.purges {
            self.expunge()?;
        }
        Ok(Some(added))
    }

    /// Takes out the events that changed in a round, and puts in those that still are as they are now. Gives all of
    /// them.
    fn changes(
        &mut self,
        store: &mut Store,
        done: i64,
        round: Round,
        added: &mut u64,
    ) -> Result<FxHashSet<EventId>> {
        let mut changed: FxHashSet<EventId> = FxHashSet::default();
        let mut from = (done + 1, EventId::default());
        loop {
            let page = store.changes_between(from, round.until.seq, CHANGES)?;
            changed.extend(page.iter().map(|(_, id)| *id));
            match page.last() {
                Some(last) if page.len() as i64 == CHANGES => from = *last,
                _ => break,
            }
        }
        // Those of a round that goes on were dealt with when it began.
        if changed.is_empty() || round.after != EventId::default() {
            return Ok(changed);
        }
        let ids: Arc<FxHashSet<u128>> =
            Arc::new(changed.iter().map(|id| u128::from_be_bytes(id.0)).collect());
        let out = any_id(move |id| ids.contains(&id));
        self.writer.delete_query(out).context(|| "cannot write the index")?;
        let mut all: Vec<EventId> = changed.iter().copied().collect();
        all.sort_unstable();
        for ids in all.chunks(PAGE as usize) {
            let events = store.events_of(ids)?;
            let batches: FxHashSet<i64> = events.iter().map(|event| event.batch_id).collect();
            let seqs = store.seqs_of(&batches.into_iter().collect::<Vec<_>>())?;
            for event in events {
                let seq = seqs.get(&event.batch_id).copied().unwrap_or(0);
                // What came later is a later round's.
                if seq <= round.until.seq {
                    let path = store.path_of(event.file_id)?;
                    self.add(&event, seq, &path)?;
                    *added += 1;
                }
            }
        }
        Ok(changed)
    }

    fn add(&mut self, event: &crate::store::StoredEvent, seq: i64, path: &str) -> Result<()> {
        let document = self.documents.make(event, seq, path);
        self.writer.add_document(document).context(|| "cannot write the index")?;
        self.uncommitted += 1;
        Ok(())
    }

    fn commit(&mut self, checkpoint: Checkpoint) -> Result<()> {
        let mut commit = || -> tantivy::Result<()> {
            let mut prepared = self.writer.prepare_commit()?;
            prepared.set_payload(&checkpoint.write());
            prepared.commit()?;
            Ok(())
        };
        commit()
            .context(|| "cannot write the index")
            .map_err(|e| e.hint("is there room left on the disk? What was committed before is not lost"))?;
        self.checkpoint = checkpoint;
        self.uncommitted = 0;
        Ok(())
    }

    /// Writes the segments anew that still hold words of deleted events.
    fn expunge(&mut self) -> Result<()> {
        let mut expunge = || -> tantivy::Result<()> {
            for segment in self.writer.index().searchable_segment_metas()? {
                if segment.num_deleted_docs() > 0 {
                    self.writer.merge(&[segment.id()]).wait()?;
                }
            }
            self.writer.garbage_collect_files().wait()?;
            Ok(())
        };
        expunge().context(|| "cannot take what was purged out of the index")
    }
}

/// What writes an index, with so many threads.
fn writer(index: &tantivy::Index, threads: usize) -> tantivy::Result<IndexWriter<TantivyDocument>> {
    let options = IndexWriterOptions::builder()
        .num_worker_threads(threads)
        .memory_budget_per_thread(MEMORY)
        .num_merge_threads(threads)
        .build();
    index.writer_with_options(options)
}

/// The batches' ranges of keys, those that overlap as one, in order.
fn ranges(batches: &[BatchRow]) -> Vec<(EventId, EventId)> {
    let mut all: Vec<(EventId, EventId)> = batches.iter().map(|batch| batch.range).collect();
    all.sort_unstable();
    let mut ranges: Vec<(EventId, EventId)> = Vec::with_capacity(all.len());
    for (first, last) in all {
        match ranges.last_mut() {
            Some(range) if first <= range.1 => range.1 = range.1.max(last),
            _ => ranges.push((first, last)),
        }
    }
    ranges
}

/// The least key above one; `None` when that is the last there is.
fn following(id: EventId) -> Option<EventId> {
    u128::from_be_bytes(id.0).checked_add(1).map(|next| EventId(next.to_be_bytes()))
}
