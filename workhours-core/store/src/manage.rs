//! Taking back: undoing a task, removing or emptying an input. Events go in batches, with a record of every
//! deletion, so that an index that follows the database hears of it.

use super::delete::delete_ids;
use super::schema::{
    cursors, events, files, inputs, rejects, renumbered, segments, series, sightings, tasks,
};
use super::types::CursorRow;
use super::{Conn, FileId, InputId, Store, TaskId, TaskRow};
use diesel::prelude::*;
use workhours_base::error::{Error, Result};

/// Events deleted per transaction.
const DELETE_AT_ONCE: i64 = 20_000;

/// A stored input, with its counts.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = inputs)]
#[allow(missing_docs)] // the columns of the table
pub struct InputRow {
    pub id: InputId,
    pub source_type: String,
    pub label: String,
    pub path: String,
    pub scope: String,
    pub host: Option<String>,
    pub user: Option<String>,
    pub timezone: String,
    pub activity: String,
    pub options: String,
}

/// The result of an undo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Events deleted.
    pub events: u64,
    /// Rejects deleted.
    pub rejects: u64,
    /// Logical files forgotten.
    pub files: u64,
}

impl Store {
    /// All configured inputs that were ever loaded.
    ///
    /// # Errors
    /// Database errors.
    pub fn inputs(&mut self) -> Result<Vec<InputRow>> {
        self.read("list the inputs", |conn| {
            inputs::table.select(InputRow::as_select()).order(inputs::id).load(conn)
        })
    }

    /// One input.
    ///
    /// # Errors
    /// A usage error when there is no such id.
    pub fn input(&mut self, id: InputId) -> Result<InputRow> {
        self.inputs()?
            .into_iter()
            .find(|i| i.id == id)
            .ok_or_else(|| Error::usage(format!("there is no input {id}")).hint("see workhours inputs list"))
    }

    /// The logical files first read through an input, in order.
    ///
    /// # Errors
    /// Database errors.
    pub fn files_of(&mut self, input_id: InputId) -> Result<Vec<super::FileRow>> {
        self.read("list an input's files", |conn| {
            files::table
                .filter(files::input_id.eq(input_id.get()))
                .order(files::id)
                .select(super::FileRow::as_select())
                .load(conn)
        })
    }

    /// Deletes what a task inserted and moves its file's cursor back to where the task began. Events that the task
    /// updated stay as they are now.
    ///
    /// # Errors
    /// A usage error when there is no such task, or later tasks have read further in the same file.
    pub fn undo_task(&mut self, id: TaskId) -> Result<Removed> {
        let task: TaskRow = self
            .read("read the task", |conn| {
                tasks::table.find(id.get()).select(TaskRow::as_select()).first(conn).optional()
            })?
            .ok_or_else(|| Error::usage(format!("there is no task {id}")).hint("see workhours tasks list"))?;
        if task.state == "undone" {
            return Err(Error::usage(format!("task {id} is undone already")));
        }
        if task.inserted == 0 && task.state != "running" {
            return Err(Error::usage(format!("task {id} inserted nothing, so there is nothing to undo")));
        }
        if let Some(file) = task.file_id {
            let later: Vec<i64> = self.read("read the tasks", |conn| {
                tasks::table
                    .filter(tasks::file_id.eq(file.get()))
                    .filter(tasks::id.gt(id.get()))
                    .filter(tasks::inserted.gt(0))
                    .filter(tasks::state.ne("undone"))
                    .order(tasks::id.desc())
                    .select(tasks::id)
                    .load(conn)
            })?;
            if let Some(last) = later.first() {
                return Err(Error::usage(format!("task {id} is not the last that read {}", task.path))
                    .hint(format!("undo the later ones first: workhours tasks undo {last}")));
            }
        }
        let mut removed =
            Removed { events: self.delete_events("undo the task", Whose::Task(id))?, ..Removed::default() };
        self.write_alone("undo the task", |conn| {
            removed.rejects =
                diesel::delete(rejects::table.filter(rejects::task_id.eq(id.get()))).execute(conn)? as u64;
            if let Some(file) = task.file_id.map(FileId::get) {
                diesel::delete(cursors::table.find(file)).execute(conn)?;
                diesel::delete(sightings::table.filter(sightings::file_id.eq(file))).execute(conn)?;
                // An earlier version may be loaded in its place.
                diesel::delete(series::table.filter(series::file_id.eq(file))).execute(conn)?;
                let before =
                    task.cursor_before.as_deref().and_then(|c| serde_json::from_str::<CursorRow>(c).ok());
                if let Some(row) = before {
                    diesel::insert_into(cursors::table).values(&row).execute(conn)?;
                }
            }
            diesel::update(tasks::table.find(id.get())).set(tasks::state.eq("undone")).execute(conn)
        })?;
        Ok(removed)
    }

    /// Removes an input: its events, rejects, cursors and copies' places. The source files stay as they are,
    /// and a later load would read them from the start.
    ///
    /// # Errors
    /// A usage error when there is no such input.
    pub fn remove_input(&mut self, id: InputId) -> Result<Removed> {
        self.input(id)?;
        let mut removed = self.empty_input(id)?;
        self.mark_reload(id, None)?;
        removed.files = self.write_alone("remove the input", |conn| {
            let of_input: Vec<i64> =
                files::table.filter(files::input_id.eq(id.get())).select(files::id).load(conn)?;
            let mut forgotten = 0;
            for file in &of_input {
                // Another input's events may be in the same file.
                let other: Option<i64> = tasks::table
                    .filter(tasks::file_id.eq(file))
                    .filter(tasks::input_id.eq_any(inputs::table.select(inputs::id)))
                    .filter(tasks::input_id.ne(id.get()))
                    .order(tasks::id)
                    .select(tasks::input_id)
                    .first(conn)
                    .optional()?;
                if let Some(other) = other {
                    diesel::update(files::table.find(file)).set(files::input_id.eq(other)).execute(conn)?;
                    continue;
                }
                diesel::delete(segments::table.filter(segments::file_id.eq(file))).execute(conn)?;
                diesel::delete(files::table.find(file)).execute(conn)?;
                forgotten += 1;
            }
            diesel::delete(inputs::table.find(id.get())).execute(conn)?;
            Ok(forgotten)
        })?;
        Ok(removed)
    }

    /// Deletes an input's events and rejects, and its files' cursors and sightings.
    ///
    /// # Errors
    /// Database errors.
    pub fn empty_input(&mut self, id: InputId) -> Result<Removed> {
        let events = self.delete_events("remove the events", Whose::Input(id))?;
        let rejects = self.write_alone("remove the rejects", |conn| {
            let of_input: Vec<i64> =
                files::table.filter(files::input_id.eq(id.get())).select(files::id).load(conn)?;
            for file in &of_input {
                diesel::delete(cursors::table.find(file)).execute(conn)?;
                diesel::delete(renumbered::table.filter(renumbered::file_id.eq(file))).execute(conn)?;
                diesel::update(files::table.find(file))
                    .set((
                        files::has_local.eq(false),
                        files::first_date.eq(None::<i64>),
                        files::last_date.eq(None::<i64>),
                    ))
                    .execute(conn)?;
                diesel::delete(series::table.filter(series::file_id.eq(file))).execute(conn)?;
                diesel::delete(sightings::table.filter(sightings::file_id.eq(file))).execute(conn)?;
            }
            diesel::delete(rejects::table.filter(rejects::input_id.eq(id.get()))).execute(conn)
        })?;
        Ok(Removed { events, rejects: rejects as u64, files: 0 })
    }

    /// Applies a new zone to a logical file that is about to be read again from its start.
    ///
    /// # Errors
    /// Database errors.
    pub fn set_file_zone(&mut self, file_id: FileId, zone: &str, tz_version: &str) -> Result<()> {
        self.write("store the file's zone", |conn| {
            diesel::update(files::table.find(file_id.get()))
                .set((files::timezone.eq(zone), files::tz_version.eq(tz_version)))
                .execute(conn)
        })
        .map(|_| ())
    }

    /// Deletes events in short transactions. Safe to interrupt: the same call finds the rest again.
    fn delete_events(&mut self, what: &str, whose: Whose) -> Result<u64> {
        let mut total = 0;
        let mut after = Vec::new();
        loop {
            let (n, last) = self.write_alone(what, |conn| delete_some(conn, &whose, &after))?;
            total += n;
            match last {
                Some(last) => after = last,
                None => return Ok(total),
            }
        }
    }
}

enum Whose {
    Task(TaskId),
    Input(InputId),
}

/// Deletes the next events after an id; returns how many, and the last id read if there may be more.
fn delete_some(conn: &mut Conn, whose: &Whose, after: &[u8]) -> QueryResult<(u64, Option<Vec<u8>>)> {
    let mut query = events::table.select(events::id).filter(events::id.gt(after)).into_boxed();
    query = match whose {
        Whose::Task(id) => query.filter(events::task_id.eq(id.get())),
        Whose::Input(id) => query.filter(events::input_id.eq(id.get())),
    };
    let ids: Vec<Vec<u8>> = query.order(events::id).limit(DELETE_AT_ONCE).load(conn)?;
    let Some(last) = ids.last() else { return Ok((0, None)) };
    let task = if let Whose::Task(id) = whose { id.get() } else { 0 };
    let last = last.clone();
    delete_ids(conn, &ids, task)?;
    let more = ids.len() as i64 == DELETE_AT_ONCE;
    Ok((ids.len() as u64, more.then_some(last)))
}
