//! `purge PATTERN`: what matches is gone from all that is ours, for good.

use super::Outcome;
use crate::console::count;
use crate::session::Session;
use workhours_core::error::Result;
use workhours_core::purge::{self, Pattern};

pub(crate) fn run(session: &Session<'_>, pattern: &str, fixed: bool, dry: bool) -> Result<Outcome> {
    let pattern = Pattern::new(pattern, fixed)?;
    let mut store = session.store()?;
    let done = purge::purge(&mut store, &session.filestore()?, &pattern, dry)?;
    let snapshots = match done.snapshots {
        0 => String::new(),
        n => format!("; {}", count(n, "snapshot")),
    };
    session.console.say(format_args!(
        "{}: {}, {}; copies of {} blanked where it stood, of {} removed{}",
        if dry { "would remove" } else { "removed for good" },
        count(done.events, "event"),
        count(done.rejects, "reject"),
        count(done.copies_blanked, "file"),
        count(done.copies_removed, "file"),
        snapshots,
    ));
    if !dry && done.events + done.rejects + done.copies_blanked + done.copies_removed > 0 {
        session.console.say("the files that were loaded still hold it: they are yours to clean");
    }
    Ok(Outcome::Done)
}
