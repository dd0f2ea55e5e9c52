//! The deep check: whether database, copies and index say the same. Reads everything, changes nothing.

use std::sync::atomic::Ordering;
use workhours_base::error::{Error, Result};
use workhours_filestore as filestore;
use workhours_filestore::Health;
use workhours_ingest::{Compared, Engine, compare_input};
use workhours_search::index::{SearchIndex, Status};
use workhours_store::{Check, Verdict};

/// Compares each copy with its hash, each event with its copy, and the index with the database.
///
/// # Errors
/// Database errors, or that the user ended it.
pub fn deep(engine: &mut Engine<'_>, index: Option<&dyn SearchIndex>) -> Result<Vec<Check>> {
    let mut checks = copies(engine)?;
    for input in engine.store.inputs().all()? {
        let name = format!("input {}", input.id);
        match engine.registry.get(&input.source_type) {
            Ok(_) => {
                let compared = compare_input(engine, &input)?;
                checks.extend(of_input(name, &compared));
            }
            Err(e) => {
                checks.push(check(name, Verdict::Note, 0, format!("not compared: {}", e.full_message())))
            }
        }
        if engine.stop.load(Ordering::Relaxed) {
            return Err(Error::failed("the check was interrupted").hint("nothing was changed"));
        }
    }
    checks.push(match index {
        Some(index) => of_index(engine, index)?,
        None => check("index".into(), Verdict::Ok, 0, "there is none".into()),
    });
    Ok(checks)
}

fn check(name: String, verdict: Verdict, rows: u64, detail: String) -> Check {
    Check { name, verdict, rows: i64::try_from(rows).unwrap_or(i64::MAX), detail }
}

fn copies(engine: &mut Engine<'_>) -> Result<Vec<Check>> {
    let (all, ailing) = filestore::verify(engine.store, &engine.fs)?;
    if ailing.is_empty() {
        return Ok(vec![check("copies".into(), Verdict::Ok, all, "all whole".into())]);
    }
    let checks = ailing.iter().map(|object| {
        // Another machine's copies are with that machine.
        let verdict = if object.health == Health::Missing { Verdict::Note } else { Verdict::Bad };
        let what = match object.health {
            Health::Missing => "is not in this filestore",
            Health::Unreadable => "cannot be read",
            Health::Damaged | Health::Whole => "is damaged; a reload sets it aside and reads the file itself",
        };
        let files = object.files.join(", ");
        check("copies".into(), verdict, 1, format!("the copy {} of {files} {what}", object.object))
    });
    Ok(checks.collect())
}

fn of_input(name: String, compared: &Compared) -> Vec<Check> {
    let Compared { input, different, missing, surplus, unread, files } = compared;
    let mut wrong = Vec::new();
    for (n, what) in [
        (different, "stored with another content than the copy has"),
        (missing, "in the copies and not stored"),
        (surplus, "stored and not in the copies"),
    ] {
        match n {
            0 => {}
            1 => wrong.push(format!("1 event is {what}")),
            n => wrong.push(format!("{n} events are {what}")),
        }
    }
    let mut checks = Vec::new();
    if !wrong.is_empty() {
        let detail = format!(
            "{}; if no rule and no program changed since, they are damaged: workhours inputs reload {} puts them right",
            wrong.join(", "),
            input.id
        );
        checks.push(check(name.clone(), Verdict::Bad, different + missing + surplus, detail));
    } else if *files > 0 {
        let detail = format!("{}: the events of its files are as in the copies", input.path);
        checks.push(check(name.clone(), Verdict::Ok, *files as u64, detail));
    }
    if let Some(first) = unread.first() {
        let others =
            if unread.len() > 1 { format!(", and {} more", unread.len() - 1) } else { String::new() };
        let detail = format!("not compared: {first}{others}");
        checks.push(check(name, Verdict::Note, unread.len() as u64, detail));
    }
    checks
}

/// An index that is behind is only compared by its files.
fn of_index(engine: &mut Engine<'_>, index: &dyn SearchIndex) -> Result<Check> {
    let named = |verdict, rows, detail| check("index".into(), verdict, rows, detail);
    let mend = "workhours index rebuild makes it again";
    let status = match index.verify().and_then(|_| index.status()) {
        Ok(status) => status,
        Err(e) => return Ok(named(Verdict::Bad, 1, format!("{}; {mend}", e.full_message()))),
    };
    let Status::Ready(state) = status else { return Ok(named(Verdict::Ok, 0, "there is none".into())) };
    let (now, events) = (engine.store.as_of()?, engine.store.events().count()?.unsigned_abs());
    Ok(match state.as_of {
        at if at < now => {
            named(Verdict::Note, (now.get() - at.get()) as u64, "whole, and behind: index update".into())
        }
        _ if state.events == events => named(Verdict::Ok, events, "whole, and as many events".into()),
        _ => {
            let detail = format!("it has {} events, the database {events}; {mend}", state.events);
            named(Verdict::Bad, state.events.abs_diff(events), detail)
        }
    })
}
