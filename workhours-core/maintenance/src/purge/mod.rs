//! `purge`: whatever matches a pattern is removed from the database, the rejects and the copies, and does not come
//! back with the next load. The inputs themselves are not touched: they are not ours.
//!
//! Copies are searched too, because they contain redacted text unchanged. In a copied text the record is blanked, so
//! that all offsets stay. A copy that isn't text is deleted, and so is a snapshot of a report that shows it.
//!
//! # The order of the steps
//!
//! A purge may stop anywhere, at a failing write or a `kill -9`, and a complete rerun must lead to the same end. So each
//! step leaves alone what a rerun needs to find the rest:
//!
//! 1. Find everything; change nothing. First check that there is space to rewrite the database.
//! 2. Condemn: record that a purge is open, which objects of the filestore it will delete, and the tombstones of
//!    everything it will delete. From here on records to delete are known by their tombstones and not by their text, so
//!    it doesn't matter which texts are already gone.
//! 3. Blank the copies. It comes before the events are deleted, because only they know where a record begins and ends:
//!    blanked in part, it would be read again as another record.
//! 4. Delete events and rejects.
//! 5. Delete names that no event refers to, and sums that are out of date; other texts that match.
//! 6. Delete the condemned objects, other files of the filestore that belong to no copy and contain the text, and
//!    snapshots.
//! 7. Rewrite the database, and in the same transaction that notes it say that the purge is over.
//!
//! What then remains takes nothing but time, and each of it knows by itself how far it is: the index ([`settle`]), and
//! the write-ahead log, which readers may hold up ([`check()`]).

mod check;
mod columns;
mod copies;
mod leftovers;
mod pattern;
mod plan;

pub use check::{Caches, Left, check, settle};
pub use pattern::Pattern;

use plan::Plan;
use std::time::Duration;
use workhours_base::error::Result;
use workhours_filestore::{Filestore, blank};
use workhours_report::snapshots;
use workhours_store::{Scrubbed, Store};

/// How long to wait for others: loads that still write purged records, transactions on a server that keep rows.
const WAIT: Duration = Duration::from_secs(60);

/// The removed data, or with `dry` what would be removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Events.
    pub events: u64,
    /// Rejects.
    pub rejects: u64,
    /// Logical files with a blanked part in their copies.
    pub copies_blanked: u64,
    /// Logical files with deleted copies.
    pub copies_removed: u64,
    /// Copies that are not in this filestore, so that they were not searched.
    pub copies_elsewhere: u64,
    /// Other texts: errors of tasks, states of cursors, saved reports and searches, notes.
    pub texts: u64,
    /// Snapshots of reports that were removed.
    pub snapshots: u64,
}

/// Removes matches; with `dry` only counts them. [`settle`] ends it.
///
/// # Errors
/// Errors of the database or the filestore. Removed data stays removed; the same call does the rest.
pub fn purge(store: &mut Store, fs: &Filestore, pattern: &Pattern, dry: bool) -> Result<Purged> {
    if !dry {
        store.scrub().check_room()?;
    }
    let plan = Plan::find(store, fs, pattern)?;
    let mut done = Purged {
        events: plan.events.len() as u64,
        rejects: plan.rejects.len() as u64,
        copies_blanked: plan.blank.len() as u64,
        copies_removed: plan.remove.len() as u64,
        copies_elsewhere: plan.elsewhere,
        ..Purged::default()
    };
    if !dry {
        store.purge().condemn(&pattern.mark(), &plan.stones, &plan.objects())?;
        for (segments, spans) in &plan.blank {
            blank(store, fs, segments, spans)?;
        }
        for segments in &plan.remove {
            store.segments().replace(segments, &[])?;
        }
        leftovers::drop_condemned_copies(store)?;
        store.purge().events(&plan.events)?;
        store.purge().rejects(&plan.rejects)?;
        store.purge().sweep_names()?;
    }
    done.texts = store.purge().other_texts(pattern, dry)?;
    if !dry {
        leftovers::sweep(store, fs, pattern, WAIT)?;
    }
    for snapshot in snapshots::all(fs)? {
        if snapshots::holds(&snapshot, &pattern.text)? {
            done.snapshots += 1;
            if !dry {
                snapshots::delete(&snapshot)?;
            }
        }
    }
    if !dry && store.scrub().rewrite(Some(&pattern.mark()), WAIT)? == Scrubbed::Done {
        store.scrub().flush(Duration::ZERO)?;
    }
    Ok(done)
}
