//! Undoing a task: its events and rejects go, and its file's cursor goes back to where the task began.

use super::{TaskRow, Tasks};
use crate::TaskId;
use crate::delete::{Removed, Whose, delete_events};
use crate::schema::{cursors, rejects, series, sightings, tasks};
use crate::types::CursorRow;
use diesel::prelude::*;
use workhours_base::error::{Error, Result};

impl Tasks<'_> {
    /// Deletes what a task inserted and moves its file's cursor back to where the task began. Events that the task
    /// updated stay as they are now.
    ///
    /// # Errors
    /// A usage error when there is no such task, or later tasks have read further in the same file.
    pub fn undo(&mut self, id: TaskId) -> Result<Removed> {
        let task: TaskRow = self
            .store
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
            let later: Vec<i64> = self.store.read("read the tasks", |conn| {
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
        let mut removed = Removed {
            events: delete_events(self.store, "undo the task", Whose::Task(id))?,
            ..Removed::default()
        };
        self.store.write_alone("undo the task", |conn| {
            removed.rejects =
                diesel::delete(rejects::table.filter(rejects::task_id.eq(id.get()))).execute(conn)? as u64;
            if let Some(file) = task.file_id.map(|file| file.get()) {
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
}
