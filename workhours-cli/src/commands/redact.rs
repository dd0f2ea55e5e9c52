//! `redact --dry-run|--apply`: what the current rules for secrets find in stored data.

use super::{Outcome, index, purge, spooled};
use crate::args::Redact;
use crate::console::count;
use crate::session::Session;
use std::time::Duration;
use workhours_core::error::Result;
use workhours_core::event::Redactor;
use workhours_core::purge::{Caches, settle};
use workhours_core::redaction;
use workhours_core::table::{Cell, Column, ColumnType, Table};

const COLUMNS: [Column; 5] = [
    Column::new("rule", ColumnType::Text, "the rule that finds them"),
    Column::new("kind", ColumnType::Text, "what stands in their place"),
    Column::new("field", ColumnType::Text, "where they are: a field of events, or of rejects"),
    Column::new("secrets", ColumnType::Int, "how many there are"),
    Column::new("first", ColumnType::Text, "the first event or reject that holds one, by its id"),
];

/// How long readers of the old texts are waited for.
const WAIT: Duration = Duration::from_secs(60);

pub(crate) fn run(session: &Session<'_>, asked: &Redact) -> Result<Outcome> {
    let redactor = Redactor::new(&session.config.redaction)?;
    if !session.config.redaction.enabled {
        session.console.warn("redaction is off in the configuration, so no rule finds anything");
    }
    let mut store = session.store()?;
    let fs = session.filestore()?;
    if asked.apply {
        spooled::load(session, &mut store)?;
        let done = redaction::apply(&mut store, &fs, &redactor)?;
        spooled::empty(session, &mut store)?;
        let index = if store.can_be_shared() { Some(index::open(session, &store)?) } else { None };
        let columns = session.config.columns_folder();
        let caches = index.as_deref().map(|index| Caches { index, columns: &columns });
        let left = settle(&mut store, caches, WAIT)?;
        say(session, "hidden", (done.events, done.rejects, done.snapshots));
        return purge::judge(session, &left);
    }
    let survey = redaction::survey(&mut store, &fs, &redactor)?;
    let rows = survey.spots.iter().map(|(spot, found)| {
        let secrets = Cell::Int(i64::try_from(found.secrets).unwrap_or(i64::MAX));
        let (rule, kind, field) = (spot.rule.clone(), spot.kind.clone(), spot.field.clone());
        vec![Cell::from(rule), Cell::from(kind), Cell::from(field), secrets, Cell::from(found.first.clone())]
    });
    session.print(&mut Table::ready("redact", &COLUMNS, rows.collect()))?;
    for name in &survey.snapshots {
        session.console.say(format_args!("the snapshot {name} shows a secret"));
    }
    say(session, "would hide", (survey.events, survey.rejects, survey.snapshots.len() as u64));
    Ok(Outcome::Done)
}

fn say(session: &Session<'_>, what: &str, (events, rejects, snapshots): (u64, u64, u64)) {
    let removed = match snapshots {
        0 => String::new(),
        n => format!("; {} {}", count(n, "snapshot"), if what == "hidden" { "removed" } else { "to remove" }),
    };
    let (events, rejects) = (count(events, "event"), count(rejects, "reject"));
    session.console.say(format_args!("{what}: secrets in {events}, {rejects}{removed}"));
}
