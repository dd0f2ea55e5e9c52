//! The index that needs no server: tantivy, in files of ours. A cache of the database that can always be made again.
//!
//! [`Embedded`] reads; any number of threads and processes may. [`FolderWriter`] writes; there is one at a time.

mod bars;
mod checked;
mod compile;
mod count;
mod document;
mod excluded;
mod facets;
mod folder;
mod index_writer;
mod page;
mod purge;
mod reading;
mod schema;
mod sorted;
mod span;
mod terms;
mod top;
mod walk;
mod words;
mod writing;
mod zones;

use index_writer::FolderWriter;
use workhours_base::budget::Budget;

use super::order::other_order;
use super::{
    CountAsk, Counts, Hit, HitPage, Index, IndexWriter, Order, PageAsk, Question, SearchIndex, State, Status,
    Total, dividing_field, facet_field, is_indexed, out_of_time, too_many_bars,
};
use crate::index::checkpoint::Checkpoint;
use checked::Checked;
use compile::Compiler;
use count::Counting;
use folder::Folder;
use page::Pages;
use schema::{Fields, schema};
use sorted::Sorted;
use span::Spans;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tantivy::{IndexReader, ReloadPolicy, Searcher};
use workhours_base::disk::{Written, explain};
use workhours_base::error::{Context, Error, Result};
use workhours_query::{Expr, Field};
use workhours_store::{Seq, Store};

/// An index in files, for reading.
pub(super) struct Embedded {
    folder: Folder,
    /// Whether nothing is written, not even the files that opening an index creates.
    read_only: bool,
    open: Mutex<Option<Reading>>,
}

/// An index that is open, and which of its files were found whole.
struct Reading {
    open: Arc<Open>,
    checked: Checked,
}

/// One that is open, in a state of it.
struct Open {
    dir: PathBuf,
    reader: IndexReader,
    /// Its state at the checkpoint. The reader's own state advances.
    searcher: Searcher,
    /// The files of that state.
    files: Vec<PathBuf>,
    fields: Fields,
    /// Of the file that each commit rewrites.
    stamp: Option<(SystemTime, u64)>,
    checkpoint: Checkpoint,
    times: Arc<zones::Known>,
}

impl Embedded {
    /// That of the database of this name, below a folder for all of them. It need not be there.
    pub(super) fn new(base: &Path, database: &str) -> Self {
        Self { folder: Folder::new(base, database), read_only: false, open: Mutex::default() }
    }

    /// The same for reading alone.
    pub(super) fn for_reading(base: &Path, database: &str) -> Self {
        Self { read_only: true, ..Self::new(base, database) }
    }

    #[cfg(test)]
    pub(super) fn folder(&self) -> &Path {
        self.folder.root()
    }

    fn folder_writer(&self) -> Result<Option<FolderWriter>> {
        let lock = self.folder.lock().map_err(|e| explain(e, Written::Filestore, self.folder.root()))?;
        Ok(lock.map(|lock| FolderWriter::new(self.folder.clone(), lock)))
    }

    /// The index in its latest state. No file of it is damaged, as far as file metadata shows which ones were written.
    fn open(&self) -> Result<Option<Arc<Open>>> {
        let mut reading = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(dir) = self.folder.current() else {
            *reading = None;
            return Ok(None);
        };
        let known = reading.take().filter(|reading| reading.open.dir == dir);
        let (known, checked) = known.map(|known| (known.open, known.checked)).unzip();
        let mut checked = checked.unwrap_or_else(|| Checked::read(&dir));
        let open = match known {
            Some(open) if open.stamp == stamp(&dir) => open,
            known => {
                let fresh = Open::latest(&dir, known.as_deref(), self.read_only)
                    .context(|| format!("cannot read the index in {}", dir.display()))
                    .map_err(|e| e.hint("rebuild it with workhours index rebuild"))?;
                fresh.agrees_with_its_files()?;
                Arc::new(fresh)
            }
        };
        checked.check(open.searcher.index(), &dir, &open.files, self.read_only)?;
        *reading = Some(Reading { open: open.clone(), checked });
        Ok(Some(open))
    }

    fn ready(&self) -> Result<Arc<Open>> {
        self.open()?
            .ok_or_else(|| Error::failed("there is no index").hint("build one with workhours index rebuild"))
    }
}

fn stamp(dir: &Path) -> Option<(SystemTime, u64)> {
    let meta = dir.join("meta.json").metadata().ok()?;
    Some((meta.modified().ok()?, meta.len()))
}

/// Opens the index in a folder.
fn open_in(dir: &Path) -> tantivy::Result<tantivy::Index> {
    Ok(with_words(tantivy::Index::open_in_dir(dir)?))
}

fn with_words(index: tantivy::Index) -> tantivy::Index {
    index.tokenizers().register(words::WORDS, words::Words::default());
    index
}

/// The same for searching, with all processors. Its threads have the priority of the caller.
fn open_for_search(dir: &Path, read_only: bool) -> tantivy::Result<tantivy::Index> {
    let mut index = match read_only {
        true => with_words(tantivy::Index::open(reading::Unlocked::open(dir)?)?),
        false => open_in(dir)?,
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    index.set_multithread_executor(threads.min(8))?;
    Ok(index)
}

impl Open {
    fn latest(dir: &Path, known: Option<&Self>, read_only: bool) -> tantivy::Result<Self> {
        let reader = match known {
            Some(known) => known.reader.clone(),
            None => open_for_search(dir, read_only)?
                .reader_builder()
                .reload_policy(ReloadPolicy::Manual)
                .try_into()?,
        };
        // Waits for a commit in between: the content and the checkpoint belong together.
        loop {
            let before = stamp(dir);
            reader.reload()?;
            let searcher = reader.searcher();
            let metas = searcher.index().load_metas()?;
            if before == stamp(dir) {
                let checkpoint = Checkpoint::read(metas.payload.as_deref());
                let files = checked::files(&metas);
                let (_, fields) = schema();
                let times = known.map(|known| known.times.clone()).unwrap_or_default();
                times.keep(&searcher);
                let dir = dir.to_owned();
                return Ok(Self { dir, reader, searcher, files, fields, stamp: before, checkpoint, times });
            }
        }
    }

    /// The list of files says how many events each has. It has no checksum, but the files do.
    fn agrees_with_its_files(&self) -> Result<()> {
        for segment in self.searcher.segment_readers() {
            let say = || format!("cannot read the index in {}", self.dir.display());
            let times = segment.fast_fields().i64(schema::TIME).context(say)?;
            if times.values.num_vals() != segment.max_doc() {
                return Err(checked::damaged(&self.dir, Path::new("meta.json")));
            }
        }
        Ok(())
    }

    /// The batch up to which it knows everything, and the one up to which it must be asked for that: `None` when it
    /// knows nothing beyond.
    fn bounds(&self, question: &Question) -> (Seq, Option<Seq>) {
        let known = self.checkpoint.done.seq;
        match question.as_of {
            Some(as_of) if as_of < known => (as_of, Some(as_of)),
            _ => (known, self.checkpoint.round.map(|_| known)),
        }
    }

    fn ask(&self, question: &Question) -> Result<(Searcher, Box<dyn tantivy::query::Query>, Seq)> {
        let searcher = self.searcher.clone();
        let (as_of, until) = self.bounds(question);
        let compiler = Compiler { fields: self.fields, searcher: &searcher };
        let query = compiler.question(&question.expr, until)?;
        Ok((searcher, query, as_of))
    }
}

impl SearchIndex for Embedded {
    fn status(&self) -> Result<Status> {
        let Some(open) = self.open()? else { return Ok(Status::Absent) };
        let events = open.searcher.num_docs();
        if open.checkpoint.done.seq == Seq::default() && open.checkpoint.round.is_some() {
            return Ok(Status::Growing(events));
        }
        Ok(Status::Ready(State { as_of: open.checkpoint.done.seq, events, bytes: self.folder.bytes() }))
    }

    fn known(&self) -> Result<Option<Seq>> {
        let open = self.open()?;
        let ready =
            |open: &Arc<Open>| open.checkpoint.done.seq > Seq::default() || open.checkpoint.round.is_none();
        Ok(open.filter(ready).map(|open| open.checkpoint.done.seq))
    }

    fn purges(&self) -> Result<Option<i64>> {
        Ok(self.open()?.map(|open| open.checkpoint.done.purges))
    }

    fn is_current(&self, store: &mut Store) -> Result<bool> {
        let Some(open) = self.open()? else { return Ok(false) };
        let (done, now) = (open.checkpoint.done, store.journal().moment()?);
        Ok(open.checkpoint.round.is_none()
            && (done.seq, done.committed_us) == (now.seq, now.committed_us)
            && done.purges >= now.purges)
    }

    fn verify(&self) -> Result<Option<usize>> {
        let Some(open) = self.open()? else { return Ok(None) };
        let there = open.files.iter().filter(|file| open.dir.join(file).exists());
        let mut n = 0;
        for file in there {
            checked::check_file(open.searcher.index(), &open.dir, file)?;
            n += 1;
        }
        Ok(Some(n))
    }

    fn place(&self) -> String {
        self.folder.root().display().to_string()
    }

    fn writer(&self) -> Result<Option<Box<dyn IndexWriter>>> {
        if self.read_only {
            return Err(Error::failed("the index is only read"));
        }
        Ok(self.folder_writer()?.map(|writer| Box::new(writer) as Box<dyn IndexWriter>))
    }

    fn purge(&self, store: &mut Store, wait: Duration) -> Result<bool> {
        purge::purge(self, store, wait)
    }

    fn is_purged(&self, store: &mut Store) -> Result<bool> {
        purge::is_purged(self, store)
    }
}

impl Index for Embedded {
    fn page(&self, question: &Question, ask: &PageAsk, budget: &Budget) -> Result<HitPage> {
        if ask.order == Order::Relevance && ask.after.as_ref().is_some_and(|after| after.score().is_none()) {
            return Err(other_order());
        }
        let open = self.ready()?;
        let (searcher, query, as_of) = open.ask(question)?;
        if let Order::By(by) = &ask.order {
            let sorted =
                Sorted { fields: open.fields, by, after: by.after(ask)?, most: ask.size + 1, budget };
            let found = sorted.search(&searcher, &*query).context(|| "cannot search the index")?;
            let Some((first, total)) = found else { return Err(out_of_time(by)) };
            return Ok(HitPage::of_first(first, ask, total, as_of));
        }
        let pages = Pages { ask: ask.clone(), budget: budget.clone() };
        let mut found = searcher.search(&*query, &pages).context(|| "cannot search the index")?;
        let more = found.hits.len() > ask.size;
        found.hits.truncate(ask.size);
        let last = found.hits.last().filter(|_| more);
        let next = last.map(Hit::position);
        let total = Total { value: found.total, exact: found.complete };
        Ok(HitPage { hits: found.hits, next, total, as_of, complete: found.complete })
    }

    fn sorts_by(&self, field: &Field) -> bool {
        sorted::sorts_by(field)
    }

    fn total(&self, question: &Question) -> Result<Option<(u64, Seq)>> {
        let open = self.ready()?;
        let (searcher, query, as_of) = open.ask(question)?;
        let is_all = matches!(&question.expr, Expr::And(parts) if parts.iter().all(|part| *part == all()));
        let total = match is_all && open.bounds(question).1.is_none() {
            true => searcher.num_docs(),
            false => query.count(&searcher).context(|| "cannot search the index")? as u64,
        };
        Ok(Some((total, as_of)))
    }

    fn counts(&self, question: &Question, ask: &CountAsk, budget: &Budget) -> Result<Counts> {
        for (field, _) in &ask.facets {
            known_facet(field)?;
        }
        if let Some(field) = &ask.split {
            dividing_field(field)?;
            known(field)?;
        }
        let open = self.ready()?;
        let (searcher, query, as_of) = open.ask(question)?;
        let columns: Vec<Field> = ask.facets.iter().map(|(field, _)| field.clone()).collect();
        let counting = Counting {
            ask: ask.clone(),
            split: ask.split.as_ref().and_then(facets::column),
            columns: columns.iter().filter_map(facets::column).collect(),
            times: open.times.clone(),
            docs: columns.iter().any(|field| facets::column(field).is_none()),
            budget: budget.clone(),
        };
        let segments = searcher.search(&*query, &counting).context(|| "cannot search the index")?;
        if let Some(field) = ask.split.as_ref().filter(|_| segments.iter().any(|s| s.bars.is_too_wide())) {
            return Err(too_many_bars(field));
        }
        facets::counts(&searcher, open.fields, ask, segments, as_of, budget)
            .context(|| "cannot search the index")
    }

    fn span(&self, question: &Question, budget: &Budget) -> Result<Option<(i64, i64)>> {
        let open = self.ready()?;
        let (searcher, query, _) = open.ask(question)?;
        let spans = Spans { times: open.times.clone(), budget: budget.clone() };
        searcher.search(&*query, &spans).context(|| "cannot search the index")
    }

    fn values(&self, field: &Field, start: &str, most: usize) -> Result<Vec<(String, u64)>> {
        let open = self.ready()?;
        known_facet(field)?;
        facets::values(&open.searcher, open.fields, field, start, most).context(|| "cannot search the index")
    }
}

/// Rejects a facet with too many values, or of a field that an index doesn't have.
fn known_facet(field: &Field) -> Result<()> {
    facet_field(field)?;
    known(field)
}

/// Rejects a field that an index doesn't have.
fn known(field: &Field) -> Result<()> {
    match is_indexed(field) {
        true => Ok(()),
        false => Err(Error::usage(format!(
            "the index does not know the {} of events; ask the database",
            field.name()
        ))),
    }
}

/// Everything.
pub(super) fn all() -> Expr {
    Expr::And(Vec::new())
}
