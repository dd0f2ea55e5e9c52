//! Floors: from when on the events of a source type are kept. Older ones are removed, and a load leaves them out, however
//! often their files are read again.

use super::Store;
use super::delete::{Whose, delete_events};
use super::schema::floors::dsl;
use super::schema::{events, rejects, tasks};
use diesel::prelude::*;
use workhours_base::error::Result;

/// What is older than a floor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Below {
    /// Events with an earlier date.
    pub events: u64,
    /// Rejects of earlier loads.
    pub rejects: u64,
}

/// The floors. Opened by [`Store::floors`].
pub struct Floors<'s> {
    pub(crate) store: &'s mut Store,
}

impl Floors<'_> {
    /// The floor of a source type, µs; `None` if it has none.
    ///
    /// # Errors
    /// Database errors.
    pub fn of(&mut self, source_type: &str) -> Result<Option<i64>> {
        self.store.read("read a floor", |conn| {
            dsl::floors.find(source_type).select(dsl::floor_us).first(conn).optional()
        })
    }

    /// What is below a floor that a source type could have.
    ///
    /// # Errors
    /// Database errors.
    pub fn below(&mut self, source_type: &str, floor_us: i64) -> Result<Below> {
        self.store.read("count old events", |conn| {
            let of_source = events::table.filter(events::source_type.eq(source_type));
            let events: i64 = of_source.filter(events::date.lt(floor_us)).count().get_result(conn)?;
            let rejects: i64 = rejects::table
                .filter(rejects::task_id.eq_any(old_tasks(source_type, floor_us)))
                .count()
                .get_result(conn)?;
            Ok(Below { events: events.max(0) as u64, rejects: rejects.max(0) as u64 })
        })
    }

    /// Raises a source type's floor, and removes what is below it. A floor is never lowered. Safe to interrupt: the same
    /// call removes the rest.
    ///
    /// # Errors
    /// Database errors.
    pub fn raise(&mut self, source_type: &str, floor_us: i64) -> Result<Below> {
        // First: from here on no load adds what is about to go.
        self.store.write_alone("raise a floor", |conn| {
            let known: Option<i64> =
                dsl::floors.find(source_type).select(dsl::floor_us).first(conn).optional()?;
            match known {
                None => {
                    let row = (dsl::source_type.eq(source_type), dsl::floor_us.eq(floor_us));
                    diesel::insert_into(dsl::floors).values(row).execute(conn)
                }
                Some(known) if known < floor_us => {
                    let row = dsl::floors.find(source_type);
                    diesel::update(row).set(dsl::floor_us.eq(floor_us)).execute(conn)
                }
                Some(_) => Ok(0),
            }
        })?;
        let whose = Whose::Before(source_type.to_owned(), floor_us);
        let events = delete_events(self.store, "remove old events", whose)?;
        let rejects = self.store.write_alone("remove old rejects", |conn| {
            // MySQL doesn't delete from a table by a query of another in one statement with a limit of its own.
            let tasks: Vec<i64> = old_tasks(source_type, floor_us).load(conn)?;
            let mut removed = 0;
            for some in tasks.chunks(500) {
                removed +=
                    diesel::delete(rejects::table.filter(rejects::task_id.eq_any(some))).execute(conn)?;
            }
            Ok(removed as u64)
        })?;
        Ok(Below { events, rejects })
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn old_tasks<'a>(source_type: &'a str, floor_us: i64) -> _ {
    let old = tasks::started_us.lt(floor_us);
    tasks::table.filter(tasks::source_type.eq(source_type)).filter(old).select(tasks::id)
}
