//! One batch, one transaction: events, places, names, tags, rejects, the copy's place **and the cursor**.
//! Either all of it is in the database or none, so a crash anywhere loses nothing and repeats nothing.
//!
//! Two programs may load the same file at once. Both make the same identities, so the second inserts
//! nothing; and the cursor is compared again inside the transaction, under the file's lock, so that it never moves
//! back. When a server's connection breaks during the commit, the batch's own number tells whether it was committed.

mod collapsed;
mod extent;
mod last;
mod refused;
mod renewal;
mod renumber;
mod rows;
mod series;
mod upsert;
mod withheld;

pub use last::Last;
pub use refused::Supersedes;
pub(crate) use renewal::Renewal;
pub use renewal::{BegunReload, ReadTo, Reloads, Reread};
pub use renumber::{Met, Sibling, Siblings};
pub use series::{Series, SeriesOf};
pub use withheld::LeftOut;
pub(crate) use withheld::Withheld;

use super::backend::bulk::{self, Owner};
use super::backend::conn::{Lock, Purpose};
use super::files::{load_cursor, store_cursor};
use super::purge::condemn_object;
use super::schema::{batches, changes, events, files, floors};
use super::segments::{Segment, store_segment};
use super::{Conn, Cursor, FileId, InputId, Seq, Store, TaskId, counter, next_number, now_us, rollup};
use diesel::prelude::*;
use extent::Extent;
use renumber::Numbers;
use rows::Rows;
use std::cell::Cell;
use std::collections::{BTreeSet, HashMap, HashSet};
use upsert::Upserts;
use workhours_base::error::{Context, Error, Result};
use workhours_event::EventId;
use workhours_event::chunk::Chunk;

/// A batch's treatment of existing events.
#[derive(Clone, Copy)]
pub enum LoadMode<'s> {
    /// They stay as they are.
    Ignore,
    /// The same, but equal records of files that continue one another are different ones: records of growing text.
    Count(&'s dyn Siblings),
    /// They take the new content: entries of a rewritten document.
    Upsert,
}

/// Data loaded in one transaction.
#[derive(Debug, Default)]
pub struct Batch {
    /// Events, rejects, places and names.
    pub chunk: Chunk,
    /// The unfinished last record, if the batch reaches the end of the input.
    pub last: Option<Last>,
    /// How far the file has been read with this batch.
    pub cursor: Option<Cursor>,
    /// Where the copy of these bytes is.
    pub segment: Option<Segment>,
    /// Whether a wall clock was read with the input's zone.
    pub has_local: bool,
    /// The latest time in the file so far.
    pub last_date: Option<i64>,
    /// The time of its first record; `None` when it was not read from its start.
    pub first_date: Option<i64>,
    /// Which rejects of earlier reads are void unless the batch brings them again.
    pub supersedes: Supersedes,
    /// The batch's treatment of its events' series.
    pub series: Series,
}

/// The result of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// New events.
    pub inserted: u64,
    /// Events that were.
    pub duplicates: u64,
    /// Events that were there with another content.
    pub updated: u64,
    /// Events counted when read that aren't new: the unfinished last record, unchanged.
    pub withdrawn: u64,
    /// The same for an unfinished last record that is rejected again.
    pub withdrawn_rejects: u64,
    /// Resolved rejects of earlier reads.
    pub resolved: u64,
    /// The batch's number, when it changed anything.
    pub seq: Option<Seq>,
}

impl Store {
    /// Loads one batch of a task.
    ///
    /// # Errors
    /// Database errors; then nothing of the batch is stored.
    pub fn load(
        &mut self,
        (source_type, input_id, task_id, file_id): (&str, InputId, TaskId, FileId),
        batch: &Batch,
        mode: LoadMode<'_>,
    ) -> Result<Committed> {
        let batch_id = self.write("number a batch", |conn| next_number(conn, "batch"))?;
        let (input, task_id, file_id) = (input_id.get(), task_id.get(), file_id.get());
        let owner = Owner { source_type: source_type.into(), input_id: input, task_id, batch_id, file_id };
        let purges_then = self.purges;
        let watching = self.collapses.is_some();
        let mut met = Met::default();
        let done = Cell::new(None);
        let purged_meanwhile = Cell::new(false);
        let mut withheld = std::mem::take(&mut self.withheld);
        let mut renewal = self.renewal.take();
        let mut work = |conn: &mut Conn| {
            conn.lock(Lock::GateShared)?;
            if matches!(mode, LoadMode::Upsert) {
                conn.lock(Lock::Documents(file_id))?;
            }
            conn.lock(Lock::File(file_id))?;
            // It ran to its end before, and then the connection broke. Asked under the lock: the server may have heard
            // of the commit later than we of the break.
            if let Some(committed) = done.get()
                && batches::table.filter(batches::id.eq(batch_id)).count().get_result::<i64>(conn)? > 0
            {
                return Ok(committed);
            }
            let purges = counter(conn, "purge")?;
            if purges_then.is_some_and(|then| then != purges) {
                // What the pipeline remembers as stored already may be gone.
                purged_meanwhile.set(true);
                return Err(diesel::result::Error::RollbackTransaction);
            }
            let floor: Option<i64> =
                floors::table.find(source_type).select(floors::floor_us).first(conn).optional()?;
            let mut load = Load {
                floor,
                gather: bulk::gather(conn),
                conn,
                owner: &owner,
                upserts: match mode {
                    LoadMode::Upsert => Some(Upserts::Entries),
                    _ => renewal.is_some().then_some(Upserts::OfFile(file_id)),
                },
                renewal: renewal.as_mut(),
                siblings: if let LoadMode::Count(siblings) = mode { Some(siblings) } else { None },
                numbers: Numbers::default(),
                met: watching.then(Met::default),
                done: Committed::default(),
                kept_rejects: HashSet::new(),
                changed: Vec::new(),
                extent: Extent::default(),
                touched: BTreeSet::new(),
                takes_series: HashMap::new(),
                purged: purges > 0,
                withheld: &mut withheld,
                doubles: Vec::new(),
            };
            let committed = load.run(batch)?;
            met = load.met.take().unwrap_or_default();
            if watching {
                collapsed::of_others(load.conn, &load.doubles, input_id, &mut met)?;
            }
            done.set(Some(committed));
            Ok(committed)
        };
        let committed = of_source(self.attempt("load a batch", Purpose::Write, &mut work), source_type);
        self.withheld = withheld;
        self.renewal = renewal;
        self.add_collapses(met);
        if purged_meanwhile.get() {
            return Err(Error::failed("something was purged from the database meanwhile")
                .hint("run the command again"));
        }
        committed
    }
}

fn of_source<T>(loaded: Result<T>, source_type: &str) -> Result<T> {
    match loaded {
        // A usage or lock error is already complete; wrapping would hide its hint.
        Err(e) if e.hint_text().is_some() => Err(e),
        other => other.context(|| format!("loading events of {source_type} failed")),
    }
}

/// One transaction at work.
pub(super) struct Load<'c> {
    pub(super) conn: &'c mut Conn,
    pub(super) owner: &'c Owner,
    /// Rows of a table that are gathered before they are inserted.
    gather: usize,
    upserts: Option<Upserts>,
    /// The record of events a new reading sees, during one.
    pub(super) renewal: Option<&'c mut Renewal>,
    /// How the file relates to others with equal records, if that should be checked.
    pub(super) siblings: Option<&'c dyn Siblings>,
    pub(super) numbers: Numbers,
    /// Events of other files, if they are counted.
    pub(super) met: Option<Met>,
    pub(super) done: Committed,
    /// Offsets of the batch's rejects that are stored as they are already.
    pub(super) kept_rejects: HashSet<u64>,
    /// Events that were there before and are not, or not the same, any more.
    pub(super) changed: Vec<(EventId, &'static str)>,
    /// Where its new events are.
    extent: Extent,
    /// Days whose sums are out of date.
    touched: BTreeSet<i64>,
    /// Whether a series is taken from this document, for those that were asked about.
    pub(super) takes_series: HashMap<i64, bool>,
    /// Events before this are not kept.
    floor: Option<i64>,
    /// Whether there are tombstones: nearly never, and then they cost nothing.
    pub(super) purged: bool,
    /// Names of records that were left out for one.
    pub(super) withheld: &'c mut Withheld,
    /// Some events existed already, and it isn't known which.
    doubles: Vec<EventId>,
}

impl Load<'_> {
    fn run(&mut self, batch: &Batch) -> QueryResult<Committed> {
        let stored = load_cursor(self.conn, FileId::new(self.owner.file_id))?;
        let before = stored.as_ref().map_or(0, |c| c.at.position.offset);
        let after = batch.cursor.as_ref().map_or(0, |c| c.at.position.offset);
        self.recall_numbers()?;
        let outgrown = self.outgrown(batch, stored.as_ref(), (before, after))?;
        let refused_before = self.unfinished_reject(before)?;
        self.forget_rejects(batch, before)?;
        self.chunk(&batch.chunk, &batch.series)?;
        self.replace_series(batch)?;
        let mut own = None;
        if let Some(last) = &batch.last {
            own = self.last(last, stored.as_ref(), (before, after))?;
            if after == before && refused_before.is_some() && refused_before == last.reject() {
                self.done.withdrawn_rejects += 1;
            }
        }
        if let Some(outgrown) = &outgrown {
            self.succeed(outgrown, batch)?;
        }
        if let Some(cursor) = batch.cursor.as_ref().filter(|_| after >= before) {
            let mut cursor = cursor.clone();
            let kept =
                stored.as_ref().and_then(|c| c.provisional).filter(|_| outgrown.is_none() && after == before);
            cursor.provisional = kept.or(own);
            store_cursor(self.conn, FileId::new(self.owner.file_id), &cursor)?;
        }
        if let Some(segment) = &batch.segment {
            store_segment(self.conn, segment)?;
            if self.withheld.has_left_out() {
                condemn_object(self.conn, &segment.object)?;
            }
        }
        self.keep_numbers()?;
        self.remember_time(batch)?;
        self.number()?;
        Ok(self.done)
    }

    /// An event that replaced another keeps the batch of the old one: a reader that pages through the events of a
    /// moment neither sees it as new nor misses it.
    pub(super) fn keep_batch(&mut self, id: EventId, batch: i64) -> QueryResult<()> {
        let own = events::table.find(&id.0[..]).filter(events::batch_id.eq(self.owner.batch_id));
        if diesel::update(own).set(events::batch_id.eq(batch)).execute(self.conn)? > 0 {
            self.changed.push((id, "update"));
        }
        Ok(())
    }

    fn remember_time(&mut self, batch: &Batch) -> QueryResult<()> {
        if let Some(renewal) = &mut self.renewal {
            let span = renewal.spans.entry(FileId::new(self.owner.file_id)).or_default();
            span.has_local |= batch.has_local;
            span.first = span.first.into_iter().chain(batch.first_date).min();
            span.last = span.last.max(batch.last_date);
        }
        if batch.has_local || batch.last_date.is_some() {
            let file = files::table.find(self.owner.file_id);
            let (has_local, first_date, last_date): (bool, Option<i64>, Option<i64>) =
                file.select((files::has_local, files::first_date, files::last_date)).first(self.conn)?;
            diesel::update(file)
                .set((
                    files::has_local.eq(has_local || batch.has_local),
                    files::first_date.eq(first_date.into_iter().chain(batch.first_date).min()),
                    files::last_date.eq(last_date.max(batch.last_date)),
                ))
                .execute(self.conn)?;
        }
        Ok(())
    }

    /// Numbers the batch, last thing before the commit, so that numbers are dense and in order of commit.
    fn number(&mut self) -> QueryResult<()> {
        if self.done.inserted + self.done.updated == 0 && self.changed.is_empty() {
            return Ok(());
        }
        let seq = next_number(self.conn, "seq")?;
        let extent = std::mem::take(&mut self.extent);
        if let Some(listed) = extent.listed() {
            let known: HashSet<EventId> = self.changed.iter().map(|(id, _)| *id).collect();
            let listed = listed.iter().filter(|id| !known.contains(*id));
            self.changed.extend(listed.map(|id| (*id, "new")));
        }
        let (first, last) = extent.range().unzip();
        self.touched.extend(self.changed.iter().map(|(id, _)| rollup::day_of(id.date())));
        rollup::mark(self.conn, &self.touched, seq)?;
        diesel::insert_into(batches::table)
            .values((
                batches::seq.eq(seq),
                batches::id.eq(self.owner.batch_id),
                batches::task_id.eq(self.owner.task_id),
                batches::kind.eq("load"),
                batches::min_id.eq(first.map(|id: EventId| id.0.to_vec())),
                batches::max_id.eq(last.map(|id: EventId| id.0.to_vec())),
                batches::n.eq((self.done.inserted + self.done.updated) as i64),
                batches::committed_us.eq(now_us()),
            ))
            .execute(self.conn)?;
        self.changed.sort_unstable();
        self.changed.dedup();
        for (id, kind) in &self.changed {
            diesel::insert_into(changes::table)
                .values((changes::seq.eq(seq), changes::event_id.eq(&id.0[..]), changes::kind.eq(kind)))
                .execute(self.conn)?;
        }
        self.done.seq = Some(Seq::new(seq));
        Ok(())
    }
}
