//! An index open for writing: documents are added and removed, and commits made. [`rounds`](crate::index::rounds) says
//! which.

use super::compile::any_id;
use super::document::Documents;
use super::open_in;
use super::schema::schema;
use crate::index::Priority;
use crate::index::checkpoint::Checkpoint;
use crate::index::rounds::Target;
use rustc_hash::FxHashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use tantivy::TantivyDocument;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, NoMergePolicy};
use workhours_base::error::{Context, Result};
use workhours_event::EventId;
use workhours_event::StoredEvent;
use workhours_store::{Seq, Store};

/// Events between two commits, at most.
const COMMIT_AFTER: u64 = 2_000_000;
/// From this many events on, all processors write at once. Each adds a segment with each commit, and every search
/// visits all of them. So a single thread indexes new events that arrive in small numbers.
const MANY: i64 = 100_000;
/// Batches read to see whether there are that many.
const NEXT: i64 = 1_000;
/// Memory of each thread that writes, bytes.
const MEMORY: usize = 128 << 20;
/// How often to look for segments with purged words, while other merges end.
const MAX_LOOKS: usize = 10;

/// An index open for writing.
pub(super) struct Writing {
    dir: PathBuf,
    writer: tantivy::IndexWriter<TantivyDocument>,
    threads: usize,
    documents: Documents,
    /// How far it is.
    checkpoint: Checkpoint,
    /// Events added since the last commit.
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
        Ok(Self { dir, writer, threads: 1, documents, checkpoint, uncommitted: 0, committed })
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
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
}

impl Target for Writing {
    fn checkpoint(&self) -> Checkpoint {
        self.checkpoint
    }

    fn add(&mut self, event: &StoredEvent, seq: Seq, path: &str, _until: Seq) -> Result<()> {
        let document = self.documents.make(event, seq, path);
        self.writer.add_document(document).context(|| "cannot write the index")?;
        self.uncommitted += 1;
        Ok(())
    }

    fn remove(&mut self, ids: &FxHashSet<EventId>, _until: Seq) -> Result<()> {
        let ids: Arc<FxHashSet<u128>> = Arc::new(ids.iter().map(|id| u128::from_be_bytes(id.0)).collect());
        let out = any_id(move |id| ids.contains(&id));
        self.writer.delete_query(out).context(|| "cannot write the index")?;
        Ok(())
    }

    fn committed(&self) -> Instant {
        self.committed
    }

    fn is_commit_due(&self) -> bool {
        self.uncommitted >= COMMIT_AFTER
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
        (self.uncommitted, self.committed) = (0, Instant::now());
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
