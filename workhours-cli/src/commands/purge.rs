//! `purge PATTERN`: removes matches from everything we store, for good; `purge --check` checks that.

use super::{Outcome, index, spooled};
use crate::args::Purge;
use crate::console::count;
use crate::session::Session;
use std::time::Duration;
use workhours_core::error::{Error, Result};
use workhours_core::purge::{self, Caches, Left, Pattern, Purged};

pub(crate) fn run(session: &Session<'_>, asked: &Purge) -> Result<Outcome> {
    let pattern = asked.pattern.as_deref().map(|text| Pattern::new(text, asked.fixed)).transpose()?;
    let mut store = session.store()?;
    let fs = session.filestore()?;
    let index = if store.can_be_shared() { Some(index::open(session, &store)?) } else { None };
    let columns = session.config.columns_folder();
    let caches = index.as_deref().map(|index| Caches { index, columns: &columns });
    let Some(pattern) = pattern.as_ref().filter(|_| !asked.check) else {
        let left = purge::check(&mut store, &fs, caches, pattern.as_ref())?;
        if left.is_empty() {
            session.console.say(match pattern {
                Some(_) => "nothing matches, and nothing is left of what was purged",
                None => "nothing is left of what was purged",
            });
        }
        return judge(session, &left);
    };
    if !asked.dry_run {
        spooled::load(session, &mut store)?;
    }
    let done = purge::purge(&mut store, &fs, pattern, asked.dry_run)?;
    if done.copies_elsewhere > 0 {
        session.console.warn(format_args!(
            "{} not in this filestore and could not be searched; run purge where they are",
            match done.copies_elsewhere {
                1 => "1 copy is".to_owned(),
                n => format!("{n} copies are"),
            }
        ));
    }
    if asked.dry_run {
        session.console.say(format_args!("would remove: {}", summary(&done)));
        return Ok(Outcome::Done);
    }
    spooled::empty(session, &mut store)?;
    let left = purge::settle(&mut store, caches, Duration::from_secs(asked.wait))?;
    let how = if left.is_empty() { "removed for good" } else { "removed, but not yet from every file" };
    session.console.say(format_args!("{how}: {}", summary(&done)));
    if done.events + done.rejects + done.copies_blanked + done.copies_removed > 0 {
        session.console.say("the files that were loaded still hold it; clean them yourself");
    }
    judge(session, &left)
}

fn summary(done: &Purged) -> String {
    let mut text = format!(
        "{}, {}; copies of {} blanked where it stood, of {} removed",
        count(done.events, "event"),
        count(done.rejects, "reject"),
        count(done.copies_blanked, "file"),
        count(done.copies_removed, "file"),
    );
    for (n, what) in [(done.snapshots, "snapshot"), (done.texts, "other text")] {
        if n > 0 {
            text.push_str("; ");
            text.push_str(&count(n, what));
        }
    }
    text
}

/// Prints what is left: the last item as the error of the command.
pub(super) fn judge(session: &Session<'_>, left: &[Left]) -> Result<Outcome> {
    let Some((last, others)) = left.split_last() else { return Ok(Outcome::Done) };
    for one in others {
        session.console.warn(format_args!("{one} ({})", one.hint()));
    }
    Err(Error::failed(last.to_string()).hint(last.hint()))
}
