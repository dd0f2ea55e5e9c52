//! The inputs: stored when they are first loaded, listed, emptied, removed.

use super::backend::conn::Lock;
use super::delete::{Removed, Whose, delete_events};
use super::schema::{
    cursors, files, inputs, queues, rejects, renumbered, segments, series, sightings, tasks,
};
use super::{Conn, InputId, Store, next_number, now_us};
use diesel::prelude::*;
use rustc_hash::FxHashMap;
use workhours_base::error::{Error, Result};
use workhours_base::input::InputSpec;

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

/// The configured inputs that were ever loaded. Opened by [`Store::inputs`].
pub struct Inputs<'s> {
    pub(crate) store: &'s mut Store,
}

impl Inputs<'_> {
    /// All configured inputs that were ever loaded.
    ///
    /// # Errors
    /// Database errors.
    pub fn all(&mut self) -> Result<Vec<InputRow>> {
        self.store.read("list the inputs", |conn| {
            inputs::table.select(InputRow::as_select()).order(inputs::id).load(conn)
        })
    }

    /// One input.
    ///
    /// # Errors
    /// A usage error when there is no such id.
    pub fn get(&mut self, id: InputId) -> Result<InputRow> {
        self.all()?
            .into_iter()
            .find(|i| i.id == id)
            .ok_or_else(|| Error::usage(format!("there is no input {id}")).hint("see workhours inputs list"))
    }

    /// The id of a configured input; stores it when it is new.
    ///
    /// # Errors
    /// Database errors.
    pub fn ensure(
        &mut self,
        source_type: &str,
        activity: &str,
        spec: &InputSpec,
        zone: &str,
    ) -> Result<InputId> {
        let path = spec.path.to_string_lossy().into_owned();
        let scope = spec.scope.clone().unwrap_or_default();
        let known = |conn: &mut Conn| {
            inputs::table
                .filter(inputs::source_type.eq(source_type))
                .filter(inputs::label.eq(&spec.label))
                .filter(inputs::path.eq(&path))
                .filter(inputs::scope.eq(&scope))
                .select((inputs::id, inputs::options))
                .first::<(InputId, String)>(conn)
                .optional()
        };
        let options = serde_json::to_string(&spec.options).unwrap_or_default();
        if let Some((id, there)) = self.store.read("read the inputs", known)?
            && there == options
        {
            return Ok(id);
        }
        self.store.write("store the input", |conn| {
            conn.lock(Lock::Counter("input"))?;
            if let Some((id, _)) = known(conn)? {
                // It is read again as it is configured now.
                let row = inputs::table.filter(inputs::id.eq(id.get()));
                diesel::update(row).set(inputs::options.eq(&options)).execute(conn)?;
                return Ok(id);
            }
            let queue = queues::table.find(source_type).count().get_result::<i64>(conn)?;
            if queue == 0 {
                diesel::insert_into(queues::table)
                    .values((
                        queues::source_type.eq(source_type),
                        queues::activity.eq(activity),
                        queues::created_us.eq(now_us()),
                    ))
                    .execute(conn)?;
            }
            let id = InputId::new(next_number(conn, "input")?);
            diesel::insert_into(inputs::table)
                .values((
                    inputs::id.eq(id.get()),
                    inputs::source_type.eq(source_type),
                    inputs::label.eq(&spec.label),
                    inputs::path.eq(&path),
                    inputs::scope.eq(&scope),
                    inputs::host.eq(&spec.host),
                    inputs::user.eq(&spec.user),
                    inputs::timezone.eq(zone),
                    inputs::activity.eq(spec.activity.as_deref().unwrap_or(activity)),
                    inputs::options.eq(&options),
                    inputs::created_us.eq(now_us()),
                ))
                .execute(conn)?;
            Ok(id)
        })
    }

    /// The labels of inputs, by number.
    ///
    /// # Errors
    /// Database errors.
    pub fn labels(&mut self) -> Result<FxHashMap<InputId, String>> {
        self.store.read("read the inputs", |conn| {
            let rows: Vec<(InputId, String)> =
                inputs::table.select((inputs::id, inputs::label)).load(conn)?;
            Ok(rows.into_iter().collect())
        })
    }

    /// When each input was last read, µs.
    ///
    /// # Errors
    /// Database errors.
    pub fn last_read(&mut self) -> Result<FxHashMap<InputId, i64>> {
        self.store.read("look at the tasks", |conn| {
            let latest: Vec<(InputId, Option<i64>)> = tasks::table
                .group_by(tasks::input_id)
                .select((tasks::input_id, diesel::dsl::max(tasks::started_us)))
                .load(conn)?;
            Ok(latest.into_iter().filter_map(|(input, at)| Some((input, at?))).collect())
        })
    }

    /// Removes an input: its events, rejects, cursors and copies' places. The source files stay as they are,
    /// and a later load would read them from the start.
    ///
    /// # Errors
    /// A usage error when there is no such input.
    pub fn remove(&mut self, id: InputId) -> Result<Removed> {
        self.get(id)?;
        let mut removed = self.empty(id)?;
        self.store.reloads().mark(id, None)?;
        removed.files = self.store.write_alone("remove the input", |conn| {
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
    pub fn empty(&mut self, id: InputId) -> Result<Removed> {
        let events = delete_events(self.store, "remove the events", Whose::Input(id))?;
        let rejects = self.store.write_alone("remove the rejects", |conn| {
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
}
