//! `tags list|apply`.

use super::Outcome;
use crate::args::Tags;
use crate::console::count;
use crate::session::Session;
use workhours_core::error::Result;
use workhours_core::event::Tagger;
use workhours_core::table::{Cell, Column, ColumnType, Table};

const COLUMNS: [Column; 3] = [
    Column::new("tag", ColumnType::Text, "the tag"),
    Column::new("events", ColumnType::Int, "events that have it"),
    Column::new("by_rule", ColumnType::Int, "of these, how many have it by a rule of the config file"),
];

pub(crate) fn run(session: &Session<'_>, command: &Tags) -> Result<Outcome> {
    let mut store = session.store()?;
    match command {
        Tags::List => {
            let rows = store.tags().all()?;
            let rows = rows
                .into_iter()
                .map(|(tag, events, by_rule)| vec![Cell::from(tag), Cell::Int(events), Cell::Int(by_rule)])
                .collect();
            session.print(&mut Table::ready("tags", &COLUMNS, rows))?;
        }
        Tags::Apply => {
            let tagged = store.tags().apply(&Tagger::new(&session.config.tags)?)?;
            session.console.say(format_args!(
                "looked at {}: {} put on, {} taken off",
                count(tagged.events, "event"),
                count(tagged.added, "tag"),
                tagged.removed
            ));
        }
    }
    Ok(Outcome::Done)
}
