//! An index open for writing: how additions, changes and deletions of the database's journal get into it.
//!
//! It works in rounds. A round leads from one state of the database to a later one: changed events are removed and, if
//! they still exist, indexed again. Then the batches' ranges of keys are read once, and the batches' own events
//! indexed. Commits within a round record how far it got, so that a killed program loses little. Readers see the result
//! at the end of the round.

use super::checkpoint::{Checkpoint, Round};
use super::compile::any_id;
use super::document::Documents;
use super::open_in;
use super::schema::schema;
use crate::index::{Priority, Progress, Watch};
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tantivy::TantivyDocument;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, NoMergePolicy};
use workhours_base::error::{Context, Result};
use workhours_event::EventId;
use workhours_event::StoredEvent;
use workhours_store::{BatchId, BatchRow, EventWalk, Moment, Seq, Store};

/// Batches of a round, at most.
const BATCHES: i64 = 50_000;
/// Changed events of a round that are remembered; more are done in several goes.
const CHANGES: i64 = 100_000;
/// Events between two commits, at most.
const COMMIT_AFTER: u64 = 2_000_000;
/// How long new documents may stay invisible while more arrive and a user is looking.
const UNSEEN: Duration = Duration::from_secs(1);
/// From this many events on, all processors write at once. Each adds a segment with each commit, and every search
/// visits all of them. So a single thread indexes new events that arrive in small numbers.
const MANY: i64 = 100_000;
/// Batches read to see whether there are that many.
const NEXT: i64 = 1_000;
/// Memory of each thread that writes, bytes.
const MEMORY: usize = 128 << 20;
/// How often to look for segments with purged words, while other merges end.
const MAX_LOOKS: usize = 10;
/// Events read at once.
const PAGE: i64 = 4096;

/// An index open for writing.
pub(super) struct Writing {
    dir: PathBuf,
    writer: tantivy::IndexWriter<TantivyDocument>,
    threads: usize,
    priority: Priority,
    documents: Documents,
    /// How far it is.
    checkpoint: Checkpoint,
    /// Whether it is further than the last commit, and by how many events.
    ahead: bool,
    uncommitted: u64,
    committed: Instant,
}

impl Writing {
    pub(super) fn open(dir: PathBuf) -> Result<Self> {
        let open = || -> tantivy::Result<_> {
            let index = open_in(&dir)?;
            let checkpoint = Checkpoint::read(index.load_metas()?.payload.as_deref());
            let writer = writer(&index, 1)?;
            // A failed commit leaves files with the names of the next one, which would then always fail.
            writer.garbage_collect_files().wait()?;
            Ok((writer, checkpoint))
        };
        let (writer, checkpoint) = open()
            .context(|| format!("cannot write the index in {}", dir.display()))
            .map_err(|e| e.hint("rebuild it with workhours index rebuild"))?;
        let documents = Documents::new(schema().1);
        let committed = Instant::now();
        let priority = Priority::Live;
        Ok(Self {
            dir,
            writer,
            threads: 1,
            priority,
            documents,
            checkpoint,
            ahead: false,
            uncommitted: 0,
            committed,
        })
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Finishes: the files are in the form that is fastest to read.
    pub(super) fn finish(self) -> Result<()> {
        self.writer.wait_merging_threads().context(|| "cannot tidy up the index")
    }

    /// Gets ready to write as much as there is.
    pub(super) fn prepare(self, store: &mut Store, priority: Priority) -> Result<Self> {
        let next = store.journal().batches(self.checkpoint.done.seq, Seq::new(i64::MAX), NEXT)?;
        let few = priority == Priority::Live && next.iter().map(|batch| batch.events).sum::<i64>() < MANY;
        let threads = match few {
            true => 1,
            false => std::thread::available_parallelism().map_or(1, usize::from).clamp(1, 4),
        };
        if threads == self.threads {
            return Ok(Self { priority, ..self });
        }
        let again = || -> tantivy::Result<_> {
            let index = self.writer.index().clone();
            self.writer.wait_merging_threads()?;
            writer(&index, threads)
        };
        let writer = again().context(|| "cannot write the index")?;
        Ok(Self { writer, threads, priority, ..self })
    }

    /// Marks an empty index as being built, so that it isn't mistaken for that of an empty database.
    pub(super) fn begin(&mut self, store: &mut Store) -> Result<()> {
        if self.checkpoint != Checkpoint::default() {
            return Ok(());
        }
        let until = store.journal().moment()?;
        if until.seq == Seq::default() {
            return Ok(());
        }
        let round = Some(Round { until, after: EventId::default() });
        self.commit(Checkpoint { round, ..self.checkpoint })
    }

    /// Runs rounds until there is nothing left to do, or it is stopped. Returns how many events were indexed.
    pub(super) fn catch_up(&mut self, store: &mut Store, watch: Watch<'_>) -> Result<u64> {
        let mut progress = Progress::default();
        let mut added = 0;
        loop {
            self.begin(store)?;
            let round = match self.checkpoint.round {
                Some(round) => round,
                None => {
                    let (done, now) = (self.checkpoint.done, store.journal().moment()?);
                    if now.seq <= done.seq && now.purges <= done.purges {
                        break;
                    }
                    Round { until: now, after: EventId::default() }
                }
            };
            let Some(n) = self.round(store, round, &mut progress, watch)? else { return Ok(added) };
            added += n;
            if self.priority == Priority::Live && self.committed.elapsed() > UNSEEN {
                self.commit(self.checkpoint)?;
            }
        }
        if self.ahead {
            self.commit(self.checkpoint)?;
        }
        Ok(added)
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
        let batches = store.journal().batches(done.seq, round.until.seq, BATCHES)?;
        if batches.len() as i64 == BATCHES
            && let Some(last) = batches.last()
        {
            // This many at once are enough: the round ends before all of them.
            round.until = Moment { purges: done.purges, ..store.journal().moment_of(last.seq)? };
        }
        let mut added = 0;
        let changed = self.changes(store, done.seq, round, &mut added)?;
        progress.of += batches.iter().map(|batch| batch.events.unsigned_abs()).sum::<u64>();
        let seqs: FxHashMap<BatchId, Seq> = batches.iter().map(|batch| (batch.id, batch.seq)).collect();
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
        let reached = Checkpoint { done: round.until, round: None };
        if round.until.purges > done.purges {
            // The purge is recorded as done only when the words are gone too; otherwise the next run removes them.
            self.commit(Checkpoint { done: Moment { purges: done.purges, ..round.until }, round: None })?;
            self.expunge()?;
            self.commit(reached)?;
        } else {
            (self.checkpoint, self.ahead) = (reached, true);
        }
        Ok(Some(added))
    }

    /// Removes the events that changed in a round, and indexes those that still exist in their current form. Returns
    /// all of them.
    fn changes(
        &mut self,
        store: &mut Store,
        done: Seq,
        round: Round,
        added: &mut u64,
    ) -> Result<FxHashSet<EventId>> {
        let mut changed: FxHashSet<EventId> = FxHashSet::default();
        let mut from = (Seq::new(done.get() + 1), EventId::default());
        loop {
            let page = store.journal().changes(from, round.until.seq, CHANGES)?;
            changed.extend(page.iter().map(|(_, id)| *id));
            match page.last() {
                Some(last) if page.len() as i64 == CHANGES => from = *last,
                _ => break,
            }
        }
        // Those of a continued round were processed when it began.
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
            let events = store.events().by_ids(ids)?;
            let batches: FxHashSet<BatchId> = events.iter().map(|event| event.batch_id).collect();
            let seqs = store.journal().seqs_of(&batches.into_iter().collect::<Vec<_>>())?;
            for event in events {
                let seq = seqs.get(&event.batch_id).copied().unwrap_or_default();
                // Later ones belong to a later round.
                if seq <= round.until.seq {
                    let path = store.files().path_of(event.file_id)?;
                    self.add(&event, seq, &path)?;
                    *added += 1;
                }
            }
        }
        Ok(changed)
    }

    fn add(&mut self, event: &StoredEvent, seq: Seq, path: &str) -> Result<()> {
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
            .map_err(|e| e.hint("check the free space on the disk; everything committed before is kept"))?;
        self.checkpoint = checkpoint;
        (self.ahead, self.uncommitted, self.committed) = (false, 0, Instant::now());
        Ok(())
    }

    /// Rewrites the segments that still contain words of deleted events.
    fn expunge(&mut self) -> Result<()> {
        // Running merges may take a segment away, or make one with such words: so check again. No new ones begin
        // meanwhile.
        self.writer.set_merge_policy(Box::new(NoMergePolicy));
        let mut looks = 0;
        let mut expunge = || -> tantivy::Result<()> {
            loop {
                looks += 1;
                let mut segments = self.writer.index().searchable_segment_metas()?;
                segments.retain(|segment| segment.num_deleted_docs() > 0);
                if segments.is_empty() {
                    self.writer.garbage_collect_files().wait()?;
                    return Ok(());
                }
                for segment in segments {
                    match self.writer.merge(&[segment.id()]).wait() {
                        Err(e) if looks == MAX_LOOKS => return Err(e),
                        _ => {}
                    }
                }
            }
        };
        let done = expunge();
        self.writer.set_merge_policy(Box::new(LogMergePolicy::default()));
        done.context(|| "cannot take what was purged out of the index")
    }
}

/// The writer of an index, with this many threads.
fn writer(index: &tantivy::Index, threads: usize) -> tantivy::Result<tantivy::IndexWriter<TantivyDocument>> {
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
