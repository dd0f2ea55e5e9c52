//! The inputs that are followed. A program that follows one holds it for a while and says so again in time; another that
//! is to follow the same input waits until that time is over.

use super::Store;
use super::schema::followed::dsl;
use diesel::prelude::*;
use workhours_base::error::Result;

/// An input that is followed, and what its follower knows of it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = super::schema::followed, treat_none_as_null = true)]
#[allow(missing_docs)] // the columns of the table
pub struct FollowedRow {
    /// The same for the same source type, path and scope.
    pub id: String,
    pub source_type: String,
    pub label: String,
    pub path: String,
    /// The program that follows it.
    pub holder: String,
    /// It follows it until then, unless it says so again.
    pub until_us: i64,
    /// `following`, `absent`, `failing` or `ended`.
    pub state: String,
    pub files: i64,
    /// Files with changes that are not loaded.
    pub pending: i64,
    /// Since when it is followed by this program.
    pub since_us: i64,
    /// When its files were last checked.
    pub looked_us: i64,
    /// When something was last loaded.
    pub loaded_us: Option<i64>,
    /// Events that came since then.
    pub events: i64,
    pub rejects: i64,
    /// What is wrong, what to do, and since when.
    pub problem: Option<String>,
    pub hint: Option<String>,
    pub problem_us: Option<i64>,
}

/// The inputs that are followed. Opened by [`Store::followed`].
pub struct Followed<'s> {
    pub(crate) store: &'s mut Store,
}

impl Followed<'_> {
    /// All of them, by path.
    ///
    /// # Errors
    /// Database errors.
    pub fn all(&mut self) -> Result<Vec<FollowedRow>> {
        let rows = self.store.read("list the followed inputs", |conn| {
            dsl::followed.select(FollowedRow::as_select()).load(conn)
        });
        rows.map(|mut rows| {
            rows.sort_by(|a, b| (&a.path, &a.source_type).cmp(&(&b.path, &b.source_type)));
            rows
        })
    }

    /// Stores these rows, except for inputs that another program holds at this time. Returns the rows of those. Whether a
    /// program has ended without saying so is for `has_ended` to tell.
    ///
    /// # Errors
    /// Database errors.
    pub fn hold(
        &mut self,
        rows: &[FollowedRow],
        now_us: i64,
        has_ended: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<FollowedRow>> {
        self.store.write("hold the followed inputs", |conn| {
            let mut others = Vec::new();
            for row in rows {
                let there: Option<FollowedRow> =
                    dsl::followed.find(&row.id).select(FollowedRow::as_select()).first(conn).optional()?;
                match there {
                    Some(there)
                        if there.holder != row.holder
                            && there.until_us > now_us
                            && !has_ended(&there.holder) =>
                    {
                        others.push(there);
                    }
                    Some(_) => drop(diesel::update(dsl::followed.find(&row.id)).set(row).execute(conn)?),
                    None => drop(diesel::insert_into(dsl::followed).values(row).execute(conn)?),
                }
            }
            Ok(others)
        })
    }

    /// This program no longer follows anything.
    ///
    /// # Errors
    /// Database errors.
    pub fn release(&mut self, holder: &str) -> Result<()> {
        self.store.write("release the followed inputs", |conn| {
            diesel::update(dsl::followed.filter(dsl::holder.eq(holder)))
                .set((dsl::until_us.eq(0), dsl::state.eq("ended")))
                .execute(conn)
        })?;
        Ok(())
    }

    /// Forgets inputs that were not followed since this time.
    ///
    /// # Errors
    /// Database errors.
    pub fn forget(&mut self, before_us: i64) -> Result<()> {
        self.store.write("forget inputs that are not followed", |conn| {
            diesel::delete(dsl::followed.filter(dsl::looked_us.lt(before_us))).execute(conn)
        })?;
        Ok(())
    }
}
