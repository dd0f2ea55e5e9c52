//! `fs gc|verify`.

use super::Outcome;
use crate::args::Fs;
use crate::console::count;
use crate::session::Session;
use workhours_core::error::Result;
use workhours_core::filestore::{self, Ailing, Health};
use workhours_core::table::{Column, ColumnType, Table};

const COLUMNS: [Column; 3] = [
    Column::new("copy", ColumnType::Text, "the object: the hash of what it should hold"),
    Column::new(
        "state",
        ColumnType::Category,
        "damaged: its bytes are others; missing: it is not in this filestore; unreadable: the system refuses",
    ),
    Column::new("files", ColumnType::Text, "the files it is a copy of, or of a part of"),
];

pub(crate) fn run(session: &Session<'_>, command: &Fs) -> Result<Outcome> {
    match command {
        Fs::Gc => collect(session),
        Fs::Verify => verify(session),
    }
}

fn collect(session: &Session<'_>) -> Result<Outcome> {
    let mut store = session.store()?;
    let swept = filestore::collect(&session.filestore()?, &mut store, &session.config.fs_keep)?;
    session.console.say(format_args!(
        "removed {}, {}; compacted the copies of {}",
        count(swept.removed, "file"),
        count(swept.bytes, "byte"),
        count(swept.compacted, "file")
    ));
    Ok(Outcome::Done)
}

fn verify(session: &Session<'_>) -> Result<Outcome> {
    let mut store = session.store()?;
    let (all, ailing) = filestore::verify(&mut store, &session.filestore()?)?;
    let row = |object: &Ailing| {
        let state = match object.health {
            Health::Missing => "missing",
            Health::Unreadable => "unreadable",
            Health::Damaged | Health::Whole => "damaged",
        };
        vec![object.object.as_str().into(), state.into(), object.files.join(", ").into()]
    };
    session.print(&mut Table::ready("copies", &COLUMNS, ailing.iter().map(row).collect()))?;
    if ailing.is_empty() {
        session.console.say(format_args!("{} whole", count(all, "copied object")));
        return Ok(Outcome::Done);
    }
    session.console.problem(
        format_args!(
            "{} of {} {} not whole; the events stay as they are",
            ailing.len(),
            count(all, "copied object"),
            if ailing.len() == 1 { "is" } else { "are" }
        ),
        Some("where the file itself is still there, workhours inputs reload ID copies it again; else take the copy from a backup"),
    );
    Ok(Outcome::SomeFailed)
}
