//! `retain`: removes events that are older than the config keeps them, and leaves a floor, so that they aren't loaded again.

use super::Outcome;
use crate::args::Retain;
use crate::session::Session;
use std::collections::BTreeSet;
use std::time::Duration;
use workhours_core::error::{Error, Result};
use workhours_core::table::{Cell, Column, ColumnType, Table};
use workhours_core::zones::Zones;

const COLUMNS: [Column; 5] = [
    Column::new("source_type", ColumnType::Text, "the source type"),
    Column::new("kept", ColumnType::Text, "how long its events are kept"),
    Column::new("from", ColumnType::Time, "earlier events are removed"),
    Column::new("events", ColumnType::Int, "events removed, or to be removed with --dry-run"),
    Column::new("rejects", ColumnType::Int, "rejected records of loads before that time"),
];

pub(crate) fn run(session: &Session<'_>, asked: &Retain) -> Result<Outcome> {
    let retention = &session.config.retention;
    if retention.is_empty() {
        return Err(Error::usage("the config doesn't say how long events are kept")
            .hint("for instance, in TOML: [retention] with \"log.http\" = \"90d\", or default = \"104w\""));
    }
    for (name, _, origin) in &retention.sources {
        let proper = session
            .registry()?
            .get(name)
            .map_err(|e| Error::usage(format!("{origin}: {e}")).hint(e.hint_text().unwrap_or_default()))?;
        let proper = proper.source.info().name;
        if proper != name {
            return Err(Error::usage(format!("{origin}: the source type {name} is called {proper}")));
        }
    }
    let (mut store, now_us) = (session.store()?, session.now_us()?);
    let zones = session.config.zones(None, None)?;
    let there: BTreeSet<String> = store.inputs().all()?.into_iter().map(|input| input.source_type).collect();
    let mut rows = Vec::new();
    for source_type in there {
        let Some(kept) = retention.of(&source_type) else { continue };
        let floor_us = floor(now_us, kept, &zones);
        let below = match asked.dry_run {
            true => store.floors().below(&source_type, floor_us)?,
            false => store.floors().raise(&source_type, floor_us)?,
        };
        rows.push(vec![
            Cell::from(source_type),
            Cell::from(workhours_core::duration::duration_text(kept)),
            Cell::Time(floor_us),
            Cell::Int(i64::try_from(below.events).unwrap_or(i64::MAX)),
            Cell::Int(i64::try_from(below.rejects).unwrap_or(i64::MAX)),
        ]);
    }
    session.print(&mut Table::ready("retention", &COLUMNS, rows))?;
    Ok(Outcome::Done)
}

/// The beginning of the work day that was this long ago: a day is kept as a whole or not at all.
fn floor(now_us: i64, kept: Duration, zones: &Zones) -> i64 {
    let kept = i64::try_from(kept.as_micros()).unwrap_or(i64::MAX);
    zones.start_of(zones.day_of(now_us.saturating_sub(kept)))
}
