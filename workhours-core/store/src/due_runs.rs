//! The runs of schedules. A row for each time that one was due is what keeps it from running twice, whichever program
//! sees that it is due.

use super::Store;
use super::schema::due_runs::dsl;
use diesel::prelude::*;
use workhours_base::error::Result;

/// The state of a row that marks when a schedule was first seen, rather than a run.
const NOTED: &str = "noted";

/// A run of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = super::schema::due_runs)]
#[allow(missing_docs)] // the columns of the table
pub struct DueRun {
    pub schedule: String,
    /// When it was due.
    pub due_us: i64,
    /// The program that runs it.
    pub holder: String,
    /// If it has not ended by then, its program has.
    pub until_us: i64,
    /// `running`, `done`, `failed` or `lost`.
    pub state: String,
    pub began_us: i64,
    pub ended_us: Option<i64>,
    /// What it said at its end.
    pub message: Option<String>,
}

/// Whether a run may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It has begun.
    Yes,
    /// A run of this time, or of a later one, has begun before.
    Taken,
    /// An earlier run of the schedule has not ended.
    Busy,
}

/// The runs of schedules. Opened by [`Store::due_runs`].
pub struct DueRuns<'s> {
    pub(crate) store: &'s mut Store,
}

impl DueRuns<'_> {
    /// All runs, the latest first.
    ///
    /// # Errors
    /// Database errors.
    pub fn all(&mut self) -> Result<Vec<DueRun>> {
        self.store.read("list the runs of schedules", |conn| {
            dsl::due_runs
                .filter(dsl::state.ne(NOTED))
                .order((dsl::due_us.desc(), dsl::schedule))
                .select(DueRun::as_select())
                .load(conn)
        })
    }

    /// When a schedule was last due.
    ///
    /// # Errors
    /// Database errors.
    pub fn last_due(&mut self, schedule: &str) -> Result<Option<i64>> {
        self.store.read("look up the last run", |conn| {
            dsl::due_runs.filter(dsl::schedule.eq(schedule)).select(diesel::dsl::max(dsl::due_us)).first(conn)
        })
    }

    /// Begins a run. A run whose program `has_ended` counts as lost.
    ///
    /// # Errors
    /// Database errors.
    pub fn begin(&mut self, run: &DueRun, has_ended: &dyn Fn(&str) -> bool) -> Result<Begun> {
        self.store.write_alone("begin a run", |conn| {
            let of_schedule = || dsl::due_runs.filter(dsl::schedule.eq(&run.schedule));
            if of_schedule().filter(dsl::due_us.ge(run.due_us)).count().get_result::<i64>(conn)? > 0 {
                return Ok(Begun::Taken);
            }
            let running: Vec<DueRun> =
                of_schedule().filter(dsl::state.eq("running")).select(DueRun::as_select()).load(conn)?;
            for other in running {
                if other.until_us > run.began_us && !has_ended(&other.holder) {
                    return Ok(Begun::Busy);
                }
                diesel::update(dsl::due_runs.find((&other.schedule, other.due_us)))
                    .set((dsl::state.eq("lost"), dsl::ended_us.eq(run.began_us)))
                    .execute(conn)?;
            }
            diesel::insert_into(dsl::due_runs).values(run).execute(conn)?;
            Ok(Begun::Yes)
        })
    }

    /// Notes that a schedule exists since a time, as if it had been due then.
    ///
    /// # Errors
    /// Database errors.
    pub fn note(&mut self, schedule: &str, now_us: i64, holder: &str) -> Result<()> {
        let row = DueRun {
            schedule: schedule.to_owned(),
            due_us: now_us,
            holder: holder.to_owned(),
            until_us: now_us,
            state: NOTED.to_owned(),
            began_us: now_us,
            ended_us: Some(now_us),
            message: None,
        };
        self.store.write_alone("note a schedule", |conn| {
            if dsl::due_runs.filter(dsl::schedule.eq(schedule)).count().get_result::<i64>(conn)? == 0 {
                diesel::insert_into(dsl::due_runs).values(&row).execute(conn)?;
            }
            Ok(())
        })
    }

    /// Forgets the runs of a schedule.
    ///
    /// # Errors
    /// Database errors.
    pub fn forget(&mut self, schedule: &str) -> Result<()> {
        self.store.write("forget the runs of a schedule", |conn| {
            diesel::delete(dsl::due_runs.filter(dsl::schedule.eq(schedule))).execute(conn)
        })?;
        Ok(())
    }

    /// A run is still at work.
    ///
    /// # Errors
    /// Database errors.
    pub fn renew(&mut self, schedule: &str, due_us: i64, until_us: i64) -> Result<()> {
        self.store.write("renew a run", |conn| {
            diesel::update(dsl::due_runs.find((schedule, due_us)))
                .set(dsl::until_us.eq(until_us))
                .execute(conn)
        })?;
        Ok(())
    }

    /// Ends a run. Runs of the schedule before the last hundred are forgotten.
    ///
    /// # Errors
    /// Database errors.
    pub fn end(
        &mut self,
        schedule: &str,
        due_us: i64,
        state: &str,
        ended_us: i64,
        message: Option<&str>,
    ) -> Result<()> {
        const KEPT: i64 = 100;
        self.store.write("end a run", |conn| {
            diesel::update(dsl::due_runs.find((schedule, due_us)))
                .set((dsl::state.eq(state), dsl::ended_us.eq(ended_us), dsl::message.eq(message)))
                .execute(conn)?;
            let oldest: Option<i64> = dsl::due_runs
                .filter(dsl::schedule.eq(schedule))
                .order(dsl::due_us.desc())
                .offset(KEPT)
                .select(dsl::due_us)
                .first(conn)
                .optional()?;
            if let Some(oldest) = oldest {
                diesel::delete(
                    dsl::due_runs.filter(dsl::schedule.eq(schedule)).filter(dsl::due_us.le(oldest)),
                )
                .execute(conn)?;
            }
            Ok(())
        })
    }
}
