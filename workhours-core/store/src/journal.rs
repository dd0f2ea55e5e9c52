//! The commits, in order: batches and changes, for programs that keep a copy of the events.

use super::schema::{batches, changes, counters};
use super::{BatchId, Conn, Seq, Store, next_number, now_us};
use diesel::prelude::*;
use rustc_hash::FxHashMap;
use workhours_base::error::Result;
use workhours_event::EventId;

/// A committed batch of new events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRow {
    /// Its place in the order of commits.
    pub seq: Seq,
    /// Its number in its events.
    pub id: BatchId,
    /// The least key that may be among its events, and the greatest.
    pub range: (EventId, EventId),
    /// Number of its events.
    pub events: i64,
}

/// The batches' ranges of keys, those that overlap as one, in order.
pub fn key_ranges(batches: &[BatchRow]) -> Vec<(EventId, EventId)> {
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

/// A state of the database that can be recognised later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// The last batch committed before.
    pub seq: Seq,
    /// Its time, µs. The same number with another time is another history: a backup was restored.
    pub committed_us: i64,
    /// How often anything had been purged before.
    pub purges: i64,
}

/// Batches looked up in one query.
const AT_ONCE: usize = 500;

/// The commits, in order. Opened by [`Store::journal`].
pub struct Journal<'s> {
    pub(crate) store: &'s mut Store,
}

impl Journal<'_> {
    /// The state of the database now.
    ///
    /// # Errors
    /// Database errors.
    pub fn moment(&mut self) -> Result<Moment> {
        self.store.snapshot("read the state of the database", |conn| {
            let counter = |conn: &mut Conn, name: &str| -> QueryResult<i64> {
                let row = counters::table.find(name).select(counters::value).first(conn).optional()?;
                Ok(row.unwrap_or(0))
            };
            let (seq, purges) = (Seq::new(counter(conn, "seq")?), counter(conn, "purge")?);
            Ok(Moment { seq, committed_us: committed(conn, seq)?, purges })
        })
    }

    /// How many events were ever added. Counting those there are would mean to read all.
    ///
    /// # Errors
    /// Database errors.
    pub fn added(&mut self) -> Result<u64> {
        // Backends have different types for a sum.
        let all: Vec<i64> = self.store.read("read the batches", |conn| {
            batches::table.filter(batches::kind.eq("load")).select(batches::n).load(conn)
        })?;
        Ok(all.into_iter().sum::<i64>().max(0).cast_unsigned())
    }

    /// Its state after this batch, as far as it is still known: what had been purged isn't.
    ///
    /// # Errors
    /// Database errors.
    pub fn moment_of(&mut self, seq: Seq) -> Result<Moment> {
        let committed_us = self.store.read("read the state of the database", |conn| committed(conn, seq))?;
        Ok(Moment { seq, committed_us, purges: 0 })
    }

    /// Whether the database has been in this state.
    ///
    /// # Errors
    /// Database errors.
    pub fn remembers(&mut self, moment: &Moment) -> Result<bool> {
        let when = self.store.read("read the state of the database", |conn| committed(conn, moment.seq))?;
        Ok(when == moment.committed_us)
    }

    /// The batches with events after one number up to another, in order; at most this many.
    ///
    /// # Errors
    /// Database errors.
    pub fn batches(&mut self, after: Seq, until: Seq, most: i64) -> Result<Vec<BatchRow>> {
        type Row = (Seq, BatchId, Option<Vec<u8>>, Option<Vec<u8>>, i64);
        let rows: Vec<Row> = self.store.read("read the batches", |conn| {
            batches::table
                .filter(batches::seq.gt(after.get()))
                .filter(batches::seq.le(until.get()))
                .filter(batches::kind.eq("load"))
                .filter(batches::n.gt(0))
                .order(batches::seq)
                .limit(most)
                .select((batches::seq, batches::id, batches::min_id, batches::max_id, batches::n))
                .load(conn)
        })?;
        let id = |bytes: Option<Vec<u8>>| bytes.and_then(|bytes| bytes.try_into().ok()).map(EventId);
        let row = |(seq, batch, min, max, events): Row| {
            Some(BatchRow { seq, id: batch, range: (id(min)?, id(max)?), events })
        };
        Ok(rows.into_iter().filter_map(row).collect())
    }

    /// The new events that are listed one by one after one number up to another, because they lie far apart: their
    /// batches have no range.
    ///
    /// # Errors
    /// Database errors.
    pub fn listed(&mut self, after: Seq, until: Seq) -> Result<Vec<EventId>> {
        let rows: Vec<Vec<u8>> = self.store.read("read the changes", |conn| {
            changes::table
                .filter(changes::seq.gt(after.get()))
                .filter(changes::seq.le(until.get()))
                .filter(changes::kind.eq("new"))
                .select(changes::event_id)
                .load(conn)
        })?;
        Ok(rows.into_iter().filter_map(|id| id.try_into().ok().map(EventId)).collect())
    }

    /// The places in the order of commits that these batches have.
    ///
    /// # Errors
    /// Database errors.
    pub fn seqs_of(&mut self, batch_ids: &[BatchId]) -> Result<FxHashMap<BatchId, Seq>> {
        let mut seqs = FxHashMap::default();
        for ids in batch_ids.chunks(AT_ONCE) {
            let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
            let some: Vec<(BatchId, Seq)> = self.store.read("read the batches", |conn| {
                batches::table.filter(batches::id.eq_any(&ids)).select((batches::id, batches::seq)).load(conn)
            })?;
            seqs.extend(some);
        }
        Ok(seqs)
    }

    /// Existing events that changed, were deleted or got other tags, after one number up to another. At most this many
    /// after an event of the first number, with the numbers, in order.
    ///
    /// # Errors
    /// Database errors.
    pub fn changes(&mut self, after: (Seq, EventId), until: Seq, most: i64) -> Result<Vec<(Seq, EventId)>> {
        let rows: Vec<(Seq, Vec<u8>)> = self.store.read("read the changes", |conn| {
            let (seq, id) = (after.0.get(), after.1.0.to_vec());
            changes::table
                .filter(changes::seq.gt(seq).or(changes::seq.eq(seq).and(changes::event_id.gt(id))))
                .filter(changes::seq.le(until.get()))
                .order((changes::seq, changes::event_id))
                .limit(most)
                .select((changes::seq, changes::event_id))
                .load(conn)
        })?;
        Ok(rows.into_iter().filter_map(|(seq, id)| Some((seq, EventId(id.try_into().ok()?)))).collect())
    }
}

/// When a batch was committed; 0 for none.
fn committed(conn: &mut Conn, seq: Seq) -> QueryResult<i64> {
    let when = batches::table.find(seq.get()).select(batches::committed_us).first(conn).optional()?;
    Ok(when.unwrap_or(0))
}

/// Records that events changed, and how, for indexes and other readers that follow the database. `range` has the first
/// and the last id that were checked. Returns the batch's number. Call it in the transaction of the change.
pub(super) fn record_changes(
    conn: &mut Conn,
    kind: &str,
    task: i64,
    ids: &[impl AsRef<[u8]>],
    (first, last): (&[u8], &[u8]),
) -> QueryResult<i64> {
    let (batch, seq) = (next_number(conn, "batch")?, next_number(conn, "seq")?);
    for id in ids {
        diesel::insert_into(changes::table)
            .values((changes::seq.eq(seq), changes::event_id.eq(id.as_ref()), changes::kind.eq(kind)))
            .execute(conn)?;
    }
    diesel::insert_into(batches::table)
        .values((
            batches::seq.eq(seq),
            batches::id.eq(batch),
            batches::task_id.eq(task),
            batches::kind.eq(kind),
            batches::min_id.eq(Some(first)),
            batches::max_id.eq(Some(last)),
            batches::n.eq(ids.len() as i64),
            batches::committed_us.eq(now_us()),
        ))
        .execute(conn)?;
    Ok(seq)
}
