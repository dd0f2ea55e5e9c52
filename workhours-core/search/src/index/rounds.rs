//! How the database's journal gets into an index, whichever the engine: additions, changes and deletions.
//!
//! It works in rounds. A round leads from one state of the database to a later one: changed events are removed and, if
//! they still exist, indexed again. Then the batches' ranges of keys are read once, and the batches' own events
//! indexed. Commits within a round record how far it got, so that a killed program loses little. Readers see the result
//! at the end of the round.

use super::checkpoint::{Checkpoint, Round};
use super::{Priority, Progress, Watch};
use rustc_hash::{FxHashMap, FxHashSet};
use std::time::{Duration, Instant};
use workhours_base::error::Result;
use workhours_event::{EventId, StoredEvent};
use workhours_store::{BatchId, EventWalk, Moment, Seq, Store, key_ranges};

/// Batches of a round, at most.
const BATCHES: i64 = 50_000;
/// Changed events of a round that are remembered; more are done in several goes.
const CHANGES: i64 = 100_000;
/// How long new documents may stay invisible while more arrive and a user is looking.
const UNSEEN: Duration = Duration::from_secs(1);
/// Events read at once.
const PAGE: i64 = 4096;

/// An index that is being written.
pub(super) trait Target {
    /// How far it is.
    fn checkpoint(&self) -> Checkpoint;

    /// Adds an event that was committed with the batch of this number, read from this file. An event of a round that
    /// leads up to `until`.
    fn add(&mut self, event: &StoredEvent, seq: Seq, path: &str, until: Seq) -> Result<()>;

    /// Removes these events, those that are there, in a round that leads up to `until`.
    fn remove(&mut self, ids: &FxHashSet<EventId>, until: Seq) -> Result<()>;

    /// Makes everything up to here last, and visible if no round is open.
    fn commit(&mut self, checkpoint: Checkpoint) -> Result<()>;

    /// When it was committed last.
    fn committed(&self) -> Instant;

    /// Whether so much is uncommitted that it should be committed within a round.
    fn is_commit_due(&self) -> bool;

    /// Takes out the words of removed events.
    fn expunge(&mut self) -> Result<()>;
}

/// Marks an empty index as being built, so that it isn't mistaken for that of an empty database.
pub(super) fn begin(target: &mut dyn Target, store: &mut Store) -> Result<()> {
    let checkpoint = target.checkpoint();
    if checkpoint != Checkpoint::default() {
        return Ok(());
    }
    let until = store.journal().moment()?;
    if until.seq == Seq::default() {
        return Ok(());
    }
    let round = Some(Round { until, after: EventId::default() });
    target.commit(Checkpoint { round, ..checkpoint })
}

/// Runs rounds until there is nothing left to do, or it is stopped. Returns how many events were indexed.
pub(super) fn catch_up(
    target: &mut dyn Target,
    store: &mut Store,
    priority: Priority,
    watch: Watch<'_>,
) -> Result<u64> {
    let mut progress = Progress::default();
    let mut added = 0;
    // Reached, and not committed yet.
    let mut ahead = None;
    loop {
        if ahead.is_none() {
            begin(target, store)?;
        }
        let from = ahead.unwrap_or_else(|| target.checkpoint());
        let round = match from.round {
            Some(round) => round,
            None => {
                let now = store.journal().moment()?;
                if now.seq <= from.done.seq && now.purges <= from.done.purges {
                    break;
                }
                Round { until: now, after: EventId::default() }
            }
        };
        let Some((n, reached)) = run(target, store, (from.done, round), &mut progress, watch)? else {
            return Ok(added);
        };
        added += n;
        ahead = Some(reached).filter(|reached| *reached != target.checkpoint());
        if priority == Priority::Live && target.committed().elapsed() > UNSEEN {
            commit_ahead(target, &mut ahead)?;
        }
    }
    commit_ahead(target, &mut ahead)?;
    Ok(added)
}

fn commit_ahead(target: &mut dyn Target, ahead: &mut Option<Checkpoint>) -> Result<()> {
    ahead.take().map_or(Ok(()), |checkpoint| target.commit(checkpoint))
}

/// Goes through a round; `None` when it was stopped. Returns how many events were indexed, and what was reached.
fn run(
    target: &mut dyn Target,
    store: &mut Store,
    (done, mut round): (Moment, Round),
    progress: &mut Progress,
    watch: Watch<'_>,
) -> Result<Option<(u64, Checkpoint)>> {
    let batches = store.journal().batches(done.seq, round.until.seq, BATCHES)?;
    if batches.len() as i64 == BATCHES
        && let Some(last) = batches.last()
    {
        // This many at once are enough: the round ends before all of them.
        round.until = Moment { purges: done.purges, ..store.journal().moment_of(last.seq)? };
    }
    let mut added = 0;
    let changed = changes(target, store, done.seq, round, &mut added)?;
    progress.of += batches.iter().map(|batch| batch.events.unsigned_abs()).sum::<u64>();
    let seqs: FxHashMap<BatchId, Seq> = batches.iter().map(|batch| (batch.id, batch.seq)).collect();
    for (first, last) in key_ranges(&batches) {
        if last <= round.after {
            continue;
        }
        let mut walk = EventWalk::through(first, last);
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
                target.add(&event, *seq, &path, round.until.seq)?;
                added += 1;
            }
            if target.is_commit_due() {
                target.commit(Checkpoint { done, round: Some(round) })?;
            }
            if watch(*progress).is_break() {
                target.commit(Checkpoint { done, round: Some(round) })?;
                return Ok(None);
            }
        }
    }
    let reached = Checkpoint { done: round.until, round: None };
    if round.until.purges > done.purges {
        // The purge is recorded as done only when the words are gone too; otherwise the next run removes them.
        target.commit(Checkpoint { done: Moment { purges: done.purges, ..round.until }, round: None })?;
        target.expunge()?;
        target.commit(reached)?;
    }
    Ok(Some((added, reached)))
}

/// Removes the events that changed in a round, and indexes those that still exist in their current form. Returns
/// all of them.
fn changes(
    target: &mut dyn Target,
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
    target.remove(&changed, round.until.seq)?;
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
                target.add(&event, seq, &path, round.until.seq)?;
                *added += 1;
            }
        }
    }
    Ok(changed)
}

/// Whether an index that has come so far is one of this database as it is.
pub(super) fn fits(store: &mut Store, checkpoint: Checkpoint) -> Result<bool> {
    let mut moments = vec![checkpoint.done];
    moments.extend(checkpoint.round.map(|round| round.until));
    for moment in moments.iter().filter(|moment| moment.seq > Seq::default()) {
        if !store.journal().remembers(moment)? {
            return Ok(false);
        }
    }
    Ok(true)
}
