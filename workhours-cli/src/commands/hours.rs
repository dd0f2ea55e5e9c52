//! `hours add|remove|move|label|list|undo`.

use super::Outcome;
use crate::args::Hours;
use crate::session::Session;
use std::collections::BTreeMap;
use workhours_core::error::Result;
use workhours_core::store::Correction;
use workhours_core::table::{Cell, Column, ColumnType, Table};
use workhours_core::when::{parse_until, parse_when};

const COLUMNS: [Column; 11] = [
    Column::new("id", ColumnType::Int, "its number"),
    Column::new("kind", ColumnType::Text, "add, remove, move, label, or undo"),
    Column::new("from", ColumnType::Time, "from when"),
    Column::new("until", ColumnType::Time, "until when"),
    Column::new("to", ColumnType::Time, "where what was moved begins"),
    Column::new("label", ColumnType::Text, "what it was about; of an undo the number of what it takes back"),
    Column::new("note", ColumnType::Text, "why"),
    Column::new("undone_by", ColumnType::Int, "the correction that took it back; empty while it holds"),
    Column::detail("person", ColumnType::Text, "whose hours it is about; empty for mine"),
    Column::detail("made_by", ColumnType::Text, "who made it"),
    Column::detail("made_at", ColumnType::Time, "when it was made"),
];

pub(crate) fn run(session: &Session<'_>, command: &Hours) -> Result<Outcome> {
    let mut store = session.store()?;
    let (now, zones) = (session.now_us()?, session.config.zones(None, None)?);
    let correction = |kind: &str, from: &str, until: &str, note: &Option<String>| -> Result<Correction> {
        Ok(Correction {
            id: 0,
            made_us: 0,
            kind: kind.into(),
            from_us: parse_when(from, now, &zones)?,
            until_us: parse_until(until, now, &zones)?,
            to_us: None,
            label: None,
            note: note.clone(),
            person: None,
            made_by: session.user(),
        })
    };
    let made = match command {
        Hours::List => {
            let all = store.corrections().all()?;
            let undone_by: BTreeMap<String, i64> = all
                .iter()
                .filter(|c| c.kind == "undo")
                .filter_map(|c| Some((c.label.clone()?, c.id)))
                .collect();
            let rows = all.into_iter().map(|c| row(c, &undone_by)).collect();
            session.print(&mut Table::ready("corrections", &COLUMNS, rows))?;
            return Ok(Outcome::Done);
        }
        Hours::Undo { id } => store.corrections().undo(*id)?,
        Hours::Add { from, until, label, note } => store
            .corrections()
            .add(&Correction { label: label.clone(), ..correction("add", from, until, note)? })?,
        Hours::Remove { from, until, note } => {
            store.corrections().add(&correction("remove", from, until, note)?)?
        }
        Hours::Move { from, until, to, note } => {
            let to_us = Some(parse_when(to, now, &zones)?);
            store.corrections().add(&Correction { to_us, ..correction("move", from, until, note)? })?
        }
        Hours::Label { from, until, label, note } => {
            let label = Some(label.clone());
            store.corrections().add(&Correction { label, ..correction("label", from, until, note)? })?
        }
    };
    session.console.say(format_args!("correction {made}; workhours hours undo {made} takes it back"));
    Ok(Outcome::Done)
}

fn row(c: Correction, undone_by: &BTreeMap<String, i64>) -> Vec<Cell> {
    let undone = undone_by.get(&c.id.to_string()).copied();
    vec![
        Cell::Int(c.id),
        Cell::from(c.kind),
        Cell::Time(c.from_us),
        Cell::Time(c.until_us),
        c.to_us.map_or(Cell::Null, Cell::Time),
        c.label.into(),
        c.note.into(),
        undone.into(),
        c.person.into(),
        c.made_by.into(),
        Cell::Time(c.made_us),
    ]
}
