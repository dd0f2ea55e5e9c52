//! Tasks: one run over one file each, with its state, counts and error.

mod undo;

use super::schema::tasks;
use super::types::CursorRow;
use super::{Conn, Cursor, FileId, InputId, Store, TaskId, counter, next_number, now_us};
use diesel::prelude::*;
use serde::Serialize;
use workhours_base::error::Result;

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskState {
    /// Read to its end.
    Done,
    /// Nothing new since the last time.
    Unchanged,
    /// Everything readable is kept, but the input isn't complete: a truncated archive, an interrupted run.
    Partial,
    /// Uncommitted data isn't kept.
    Failed,
}

impl TaskState {
    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Unchanged => "unchanged",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }
}

/// The counts of a task. `records = events + rejected` and `events = inserted + duplicates + updated`; of a series, which
/// is one record, each of its events is counted in the latter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Records found.
    pub records: u64,
    /// Records that became events.
    pub events: u64,
    /// Events that were not in the database.
    pub inserted: u64,
    /// Events that were.
    pub duplicates: u64,
    /// Events that were there with another content.
    pub updated: u64,
    /// Rejected records.
    pub rejected: u64,
    /// Events without a date.
    pub undated: u64,
    /// Events with a day and a duration, but without a time of day.
    pub unplaced: u64,
    /// Lines or entries that aren't records.
    pub ignored: u64,
    /// Bytes parsed, decompressed.
    pub bytes: u64,
}

/// A task as it is stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = tasks)]
#[allow(missing_docs)] // the columns of the table
pub struct TaskRow {
    pub id: TaskId,
    pub source_type: String,
    pub input_id: InputId,
    pub file_id: Option<FileId>,
    pub path: String,
    pub state: String,
    pub records: i64,
    pub events: i64,
    pub inserted: i64,
    pub duplicates: i64,
    pub updated: i64,
    pub rejected: i64,
    pub ignored: i64,
    pub bytes: i64,
    pub started_us: i64,
    pub elapsed_ms: i64,
    pub error: Option<String>,
    pub(super) cursor_before: Option<String>,
}

/// The tasks. Opened by [`Store::tasks`].
pub struct Tasks<'s> {
    pub(crate) store: &'s mut Store,
}

impl Tasks<'_> {
    /// Stores a task that begins, with the cursor it begins at.
    ///
    /// # Errors
    /// Database errors.
    pub fn begin(
        &mut self,
        source_type: &str,
        input_id: InputId,
        file: Option<(FileId, &Cursor)>,
        path: &str,
    ) -> Result<TaskId> {
        let before = file.and_then(|(id, c)| serde_json::to_string(&CursorRow::new(id, c)).ok());
        let (id, purges) = self.store.write("number the task", |conn| {
            Ok((TaskId::new(next_number(conn, "task")?), counter(conn, "purge")?))
        })?;
        self.store.group.begins_task(id);
        self.store.purges = Some(purges);
        self.store.withheld = super::load::Withheld::default();
        self.store.write("store the task", |conn| {
            if tasks::table.find(id.get()).count().get_result::<i64>(conn)? > 0 {
                return Ok(id); // committed before the connection broke
            }
            let row = TaskRow {
                id,
                source_type: source_type.into(),
                input_id,
                file_id: file.map(|(id, _)| id),
                path: path.into(),
                state: "running".into(),
                records: 0,
                events: 0,
                inserted: 0,
                duplicates: 0,
                updated: 0,
                rejected: 0,
                ignored: 0,
                bytes: 0,
                started_us: now_us(),
                elapsed_ms: 0,
                error: None,
                cursor_before: before.clone(),
            };
            insert(conn, &row)?;
            Ok(id)
        })
    }

    /// Stores how a task ended.
    ///
    /// # Errors
    /// Database errors.
    pub fn finish(
        &mut self,
        id: TaskId,
        state: TaskState,
        totals: &Totals,
        elapsed_ms: u64,
        error: Option<&str>,
    ) -> Result<()> {
        self.store
            .write("store the task's end", |conn| {
                diesel::update(tasks::table.find(id.get()))
                    .set((
                        tasks::state.eq(state.as_str()),
                        tasks::records.eq(totals.records as i64),
                        tasks::events.eq(totals.events as i64),
                        tasks::inserted.eq(totals.inserted as i64),
                        tasks::duplicates.eq(totals.duplicates as i64),
                        tasks::updated.eq(totals.updated as i64),
                        tasks::rejected.eq(totals.rejected as i64),
                        tasks::ignored.eq(totals.ignored as i64),
                        tasks::bytes.eq(totals.bytes as i64),
                        tasks::elapsed_ms.eq(elapsed_ms as i64),
                        tasks::error.eq(error),
                    ))
                    .execute(conn)
            })
            .map(|_| ())
    }

    /// The latest tasks, of one input or of all, the latest first.
    ///
    /// # Errors
    /// Database errors.
    pub fn latest(&mut self, input_id: Option<InputId>, most: i64) -> Result<Vec<TaskRow>> {
        self.store.read("list the tasks", |conn| {
            let mut query =
                tasks::table.select(TaskRow::as_select()).order(tasks::id.desc()).limit(most).into_boxed();
            if let Some(id) = input_id {
                query = query.filter(tasks::input_id.eq(id.get()));
            }
            query.load(conn)
        })
    }

    /// All tasks, the latest last.
    ///
    /// # Errors
    /// Database errors.
    pub fn all(&mut self) -> Result<Vec<TaskRow>> {
        self.store.read("list the tasks", |conn| {
            tasks::table.select(TaskRow::as_select()).order(tasks::id).load(conn)
        })
    }
}

fn insert(conn: &mut Conn, row: &TaskRow) -> QueryResult<()> {
    diesel::insert_into(tasks::table)
        .values((
            tasks::id.eq(row.id.get()),
            tasks::source_type.eq(&row.source_type),
            tasks::input_id.eq(row.input_id.get()),
            row.file_id.map(|id| tasks::file_id.eq(id.get())),
            tasks::path.eq(&row.path),
            tasks::state.eq(&row.state),
            tasks::records.eq(row.records),
            tasks::events.eq(row.events),
            tasks::inserted.eq(row.inserted),
            tasks::duplicates.eq(row.duplicates),
            tasks::updated.eq(row.updated),
            tasks::rejected.eq(row.rejected),
            tasks::ignored.eq(row.ignored),
            tasks::bytes.eq(row.bytes),
            tasks::started_us.eq(row.started_us),
            tasks::elapsed_ms.eq(row.elapsed_ms),
            row.error.as_ref().map(|error| tasks::error.eq(error)),
            row.cursor_before.as_ref().map(|before| tasks::cursor_before.eq(before)),
        ))
        .execute(conn)?;
    Ok(())
}
