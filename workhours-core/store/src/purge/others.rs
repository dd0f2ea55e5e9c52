//! Texts outside of events and rejects that a pattern may match: states of sources in cursors, errors of tasks and of
//! followed inputs, what runs of schedules say, and texts saved by the user. Names of inputs and files identify inputs,
//! so matches in them are only counted.

use super::super::schema::{
    corrections, cursors, due_runs, files, followed, inputs, saved_reports, saved_searches, sightings, tasks,
};
use super::super::types::CursorRow;
use super::super::{Conn, next_number};
use super::Purge;
use diesel::prelude::*;
use workhours_base::error::Result;

/// The search pattern, as this module needs it.
pub trait TextPattern {
    /// Whether the bytes match.
    fn is_in(&self, bytes: &[u8]) -> bool;
    /// The text without it.
    fn cut(&self, text: &str) -> String;
}

impl Purge<'_> {
    /// Removes matches from texts outside events and rejects; with `dry` it only counts. A saved search or report is
    /// deleted as a whole, other texts lose the part that matches. A cursor whose state matches is deleted: the next
    /// load reads that file from its start and finds every record known.
    ///
    /// # Errors
    /// Database errors.
    pub fn other_texts(&mut self, pattern: &dyn TextPattern, dry: bool) -> Result<u64> {
        let work = |conn: &mut Conn| {
            let found = cursors_with(conn, pattern, dry)?
                + tasks_with(conn, pattern, dry)?
                + saved_with(conn, pattern, dry)?
                + followed_with(conn, pattern, dry)?
                + due_runs_with(conn, pattern, dry)?
                + corrections_with(conn, pattern, dry)?;
            if found > 0 && !dry {
                next_number(conn, "purge")?;
            }
            Ok(found)
        };
        if dry {
            self.store.read("look at other texts", work)
        } else {
            self.store.write_alone("purge other texts", work)
        }
    }

    /// How many inputs and files have a name that matches.
    ///
    /// # Errors
    /// Database errors.
    pub fn names_of_inputs_with(&mut self, pattern: &dyn TextPattern) -> Result<u64> {
        self.store.read("look at the names of inputs", |conn| {
            let mut names: Vec<String> = files::table.select(files::path).load(conn)?;
            names.extend(sightings::table.select(sightings::path).load::<String>(conn)?);
            let columns = (inputs::label, inputs::path, inputs::scope, inputs::options);
            for (a, b, c, d) in
                inputs::table.select(columns).load::<(String, String, String, String)>(conn)?
            {
                names.extend([a, b, c, d]);
            }
            Ok(names.iter().filter(|name| pattern.is_in(name.as_bytes())).count() as u64)
        })
    }
}

fn cursors_with(conn: &mut Conn, pattern: &dyn TextPattern, dry: bool) -> QueryResult<u64> {
    let all: Vec<(i64, Vec<u8>, Vec<u8>)> =
        cursors::table.select((cursors::file_id, cursors::state, cursors::warm_state)).load(conn)?;
    let mut found = 0;
    for (file, state, warm) in all {
        if pattern.is_in(&state) || pattern.is_in(&warm) {
            found += 1;
            if !dry {
                diesel::delete(cursors::table.find(file)).execute(conn)?;
            }
        }
    }
    Ok(found)
}

/// Errors of tasks, the cursors they began at, and the paths of tasks without an input.
fn tasks_with(conn: &mut Conn, pattern: &dyn TextPattern, dry: bool) -> QueryResult<u64> {
    type Row = (i64, i64, String, Option<String>, Option<String>);
    let columns = (tasks::id, tasks::input_id, tasks::path, tasks::error, tasks::cursor_before);
    let all: Vec<Row> = tasks::table.select(columns).load(conn)?;
    let there: Vec<i64> = inputs::table.select(inputs::id).load(conn)?;
    let mut found = 0;
    for (id, input, path, error, before) in all {
        let task = tasks::table.find(id);
        if let Some(error) = error.filter(|error| pattern.is_in(error.as_bytes())) {
            found += 1;
            if !dry {
                diesel::update(task).set(tasks::error.eq(pattern.cut(&error))).execute(conn)?;
            }
        }
        let state = before.as_deref().and_then(|row| serde_json::from_str::<CursorRow>(row).ok());
        if state.is_some_and(|row| row.states().into_iter().any(|state| pattern.is_in(state))) {
            found += 1;
            if !dry {
                diesel::update(task).set(tasks::cursor_before.eq(None::<String>)).execute(conn)?;
            }
        }
        if !there.contains(&input) && pattern.is_in(path.as_bytes()) {
            found += 1;
            if !dry {
                diesel::update(task).set(tasks::path.eq(pattern.cut(&path))).execute(conn)?;
            }
        }
    }
    Ok(found)
}

/// What is wrong with followed inputs may quote them.
fn followed_with(conn: &mut Conn, pattern: &dyn TextPattern, dry: bool) -> QueryResult<u64> {
    let all: Vec<(String, Option<String>)> =
        followed::table.select((followed::id, followed::problem)).load(conn)?;
    let mut found = 0;
    for (id, problem) in all {
        let Some(problem) = problem.filter(|problem| pattern.is_in(problem.as_bytes())) else { continue };
        found += 1;
        if !dry {
            let cut = pattern.cut(&problem);
            diesel::update(followed::table.find(id)).set(followed::problem.eq(cut)).execute(conn)?;
        }
    }
    Ok(found)
}

/// So may what runs of schedules say.
fn due_runs_with(conn: &mut Conn, pattern: &dyn TextPattern, dry: bool) -> QueryResult<u64> {
    let columns = (due_runs::schedule, due_runs::due_us, due_runs::message);
    let all: Vec<(String, i64, Option<String>)> = due_runs::table.select(columns).load(conn)?;
    let mut found = 0;
    for (schedule, due, message) in all {
        let Some(message) = message.filter(|message| pattern.is_in(message.as_bytes())) else { continue };
        found += 1;
        if !dry {
            let cut = pattern.cut(&message);
            diesel::update(due_runs::table.find((schedule, due)))
                .set(due_runs::message.eq(cut))
                .execute(conn)?;
        }
    }
    Ok(found)
}

fn saved_with(conn: &mut Conn, pattern: &dyn TextPattern, dry: bool) -> QueryResult<u64> {
    let mut found = 0;
    let reports: Vec<(String, String)> =
        saved_reports::table.select((saved_reports::name, saved_reports::arguments)).load(conn)?;
    let searches: Vec<(String, String)> =
        saved_searches::table.select((saved_searches::name, saved_searches::query)).load(conn)?;
    let matches =
        |(name, text): &(String, String)| pattern.is_in(name.as_bytes()) || pattern.is_in(text.as_bytes());
    for (name, _) in reports.iter().filter(|row| matches(row)) {
        found += 1;
        if !dry {
            diesel::delete(saved_reports::table.find(name)).execute(conn)?;
        }
    }
    for (name, _) in searches.iter().filter(|row| matches(row)) {
        found += 1;
        if !dry {
            diesel::delete(saved_searches::table.find(name)).execute(conn)?;
        }
    }
    Ok(found)
}

/// Corrections count in the hours, so they stay, without the matching text.
fn corrections_with(conn: &mut Conn, pattern: &dyn TextPattern, dry: bool) -> QueryResult<u64> {
    type Row = (i64, Option<String>, Option<String>, Option<String>, Option<String>);
    let columns =
        (corrections::id, corrections::label, corrections::note, corrections::person, corrections::made_by);
    let all: Vec<Row> = corrections::table.select(columns).load(conn)?;
    let mut found = 0;
    for (id, label, note, person, made_by) in all {
        let is_in = |text: &Option<String>| text.as_ref().is_some_and(|text| pattern.is_in(text.as_bytes()));
        if ![&label, &note, &person, &made_by].into_iter().any(is_in) {
            continue;
        }
        found += 1;
        if dry {
            continue;
        }
        let cut = |text: Option<String>| text.map(|text| pattern.cut(&text)).filter(|text| !text.is_empty());
        diesel::update(corrections::table.find(id))
            .set((
                corrections::label.eq(cut(label)),
                corrections::note.eq(cut(note)),
                // No person would be me.
                corrections::person.eq(person.map(|name| cut(Some(name)).unwrap_or_else(|| "?".into()))),
                corrections::made_by.eq(cut(made_by)),
            ))
            .execute(conn)?;
    }
    Ok(found)
}
