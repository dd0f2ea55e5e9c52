//! How additions, changes and deletions of the database's journal get into a build.
//!
//! It works in rounds, like the writer of the search index. A round leads from one state of the database to a later one:
//! the rows of changed events die, and those that still exist are added again. Then the batches' ranges of keys are read
//! once, and the batches' own events added. Commits within a round record how far it got, so that a killed program loses
//! little. Readers see the result at the end of the round.

use super::build::{Build, Commit};
use super::{Progress, Watch};
use crate::FILE;
use rustc_hash::FxHashSet;
use workhours_base::error::Result;
use workhours_event::{BatchId, EventId, Seq};
use workhours_store::{EventWalk, Moment, Store, key_ranges};

/// Batches of a round, at most.
const BATCHES: i64 = 50_000;
/// Changed events read at once.
const CHANGES: i64 = if cfg!(test) { 7 } else { 100_000 };
/// A round ends with the batch that has at least this many changed events with those before: all are in memory.
const MANY_CHANGES: usize = if cfg!(test) { 20 } else { 1_000_000 };
/// Events read at once.
const PAGE: i64 = 4096;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// There is nothing left to do.
    Done,
    /// `watch` stopped it.
    Stopped,
    /// Something was purged from the database: the build must be made again, so that it is gone from the files too.
    Purged,
}

/// A round: where it leads, and the last event that is in.
#[derive(Clone, Copy, Debug)]
struct At {
    until: Moment,
    after: EventId,
}

impl Build {
    /// Marks an empty build as one that grows, so that it isn't mistaken for that of an empty database.
    pub(super) fn begin(&mut self, store: &mut Store) -> Result<()> {
        let until = store.journal().moment()?;
        if until.seq == Seq::default()
            || self.manifest.round.is_some()
            || self.manifest.done.seq > Seq::default()
        {
            return Ok(());
        }
        self.commit(Commit::Part(self.reach(until), EventId::default()))
    }

    /// A moment with as many purges as this build has seen: it has no text that was purged before its first event was
    /// read.
    fn reach(&self, moment: Moment) -> Moment {
        Moment { purges: self.manifest.done.purges, ..moment }
    }

    /// Runs rounds until there is nothing left to do, or it is stopped. Adds to `added` how many events were added.
    pub(super) fn catch_up(&mut self, store: &mut Store, watch: Watch<'_>, added: &mut u64) -> Result<End> {
        let mut progress = Progress::default();
        loop {
            self.begin(store)?;
            let now = store.journal().moment()?;
            if now.purges != self.manifest.done.purges {
                return Ok(End::Purged);
            }
            let round = match &self.manifest.round {
                Some(round) => At { until: round.until, after: round.after },
                None if now.seq <= self.manifest.done.seq => return Ok(End::Done),
                None => At { until: now, after: EventId::default() },
            };
            if !self.round(store, round, &mut progress, watch, added)? {
                return Ok(End::Stopped);
            }
        }
    }

    /// Goes through a round. Returns whether it came to its end.
    fn round(
        &mut self,
        store: &mut Store,
        mut round: At,
        progress: &mut Progress,
        watch: Watch<'_>,
        added: &mut u64,
    ) -> Result<bool> {
        let done = self.manifest.done.seq;
        let mut batches = store.journal().batches(done, round.until.seq, BATCHES)?;
        if batches.len() as i64 == BATCHES
            && let Some(last) = batches.last()
        {
            // This many at once are enough: the round ends before all of them.
            round.until = self.reach(store.journal().moment_of(last.seq)?);
        }
        let (changed, last) = changes(store, done, round.until.seq)?;
        if last < round.until.seq {
            round.until = self.reach(store.journal().moment_of(last)?);
            batches.retain(|batch| batch.seq <= last);
        }
        // Those of a continued round were processed when it began.
        if round.after == EventId::default() {
            self.replace(store, &changed, round, added)?;
        }
        progress.of += batches.iter().map(|batch| batch.events.unsigned_abs()).sum::<u64>();
        let own: FxHashSet<BatchId> = batches.iter().map(|batch| batch.id).collect();
        for (first, last) in key_ranges(&batches) {
            if last <= round.after {
                continue;
            }
            let mut walk = EventWalk::through(first, last);
            if round.after >= first {
                walk = walk.after(round.after);
            }
            while !walk.is_done() {
                let mut events = walk.next_page(store, PAGE)?;
                if let Some(last) = events.last() {
                    round.after = last.id;
                }
                events.retain(|event| own.contains(&event.batch_id));
                progress.done += events.len() as u64;
                events.retain(|event| !changed.contains(&event.id));
                self.append(&events)?;
                *added += events.len() as u64;
                let is_stopped = watch(*progress).is_break();
                if is_stopped || self.rows.len() + PAGE as usize > FILE {
                    self.commit(Commit::Part(round.until, round.after))?;
                }
                if is_stopped {
                    return Ok(false);
                }
            }
        }
        self.merge()?;
        self.commit(Commit::Done(round.until))?;
        Ok(true)
    }

    /// Removes the events that changed in a round, and adds those that still exist in their current form.
    fn replace(
        &mut self,
        store: &mut Store,
        changed: &FxHashSet<EventId>,
        round: At,
        added: &mut u64,
    ) -> Result<()> {
        if changed.is_empty() {
            return Ok(());
        }
        let mut all: Vec<EventId> = changed.iter().copied().collect();
        all.sort_unstable();
        self.remove(&all)?;
        for ids in all.chunks(PAGE as usize) {
            let mut events = store.events().by_ids(ids)?;
            let batches: FxHashSet<BatchId> = events.iter().map(|event| event.batch_id).collect();
            let seqs = store.journal().seqs_of(&batches.into_iter().collect::<Vec<_>>())?;
            // Later ones belong to a later round.
            events.retain(|event| seqs.get(&event.batch_id).is_none_or(|seq| *seq <= round.until.seq));
            self.append(&events)?;
            *added += events.len() as u64;
        }
        Ok(())
    }
}

/// The events that changed after one batch up to another, or up to an earlier one if they are many; and that one.
fn changes(store: &mut Store, done: Seq, mut until: Seq) -> Result<(FxHashSet<EventId>, Seq)> {
    let mut changed: FxHashSet<EventId> = FxHashSet::default();
    let mut from = (Seq::new(done.get() + 1), EventId::default());
    loop {
        let page = store.journal().changes(from, until, CHANGES)?;
        changed.extend(page.iter().map(|(_, id)| *id));
        match page.last() {
            Some(last) if page.len() as i64 == CHANGES => from = *last,
            _ => return Ok((changed, until)),
        }
        if changed.len() >= MANY_CHANGES {
            until = from.0;
        }
    }
}
