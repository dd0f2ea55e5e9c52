//! Reports with their settings and searches, stored by name. The settings of a report (JSON) and those of a search (the
//! query of an address) are plain texts here; the caller interprets them.

use super::schema::saved_reports::dsl;
use super::schema::saved_searches::dsl as searches;
use super::{Store, now_us};
use diesel::prelude::*;
use workhours_base::error::{Error, Result};
use workhours_base::names;

/// Saved reports and searches. Opened by [`Store::saved`].
pub struct Saved<'s> {
    pub(crate) store: &'s mut Store,
}

impl Saved<'_> {
    /// The saved reports: name, settings, and when they were saved; by name.
    ///
    /// # Errors
    /// Database errors.
    pub fn reports(&mut self) -> Result<Vec<(String, String, i64)>> {
        self.store.read("list the saved reports", |conn| dsl::saved_reports.order(dsl::name).load(conn))
    }

    /// The settings of a saved report.
    ///
    /// # Errors
    /// A usage error that names the nearest one.
    pub fn report(&mut self, name: &str) -> Result<String> {
        let all = self.reports()?;
        all.iter().find(|(known, ..)| known == name).map(|(_, settings, _)| settings.clone()).ok_or_else(
            || {
                names::unknown(
                    "saved report",
                    name,
                    all.iter().map(|(name, ..)| name.as_str()),
                    "workhours reports list",
                )
            },
        )
    }

    /// Stores a report's settings, replacing those of the same name; returns whether there were any.
    ///
    /// # Errors
    /// A usage error for a name that is empty or too long for a key.
    pub fn save_report(&mut self, name: &str, settings: &str) -> Result<bool> {
        if name.trim().is_empty() || name.chars().count() > 255 {
            return Err(Error::usage("a report's name has 1 to 255 characters"));
        }
        self.store.write("save the report", |conn| {
            let replaced = diesel::delete(dsl::saved_reports.find(name)).execute(conn)? > 0;
            diesel::insert_into(dsl::saved_reports)
                .values((dsl::name.eq(name), dsl::arguments.eq(settings), dsl::created_us.eq(now_us())))
                .execute(conn)?;
            Ok(replaced)
        })
    }

    /// Deletes a saved report.
    ///
    /// # Errors
    /// A usage error when there is no such name.
    pub fn delete_report(&mut self, name: &str) -> Result<()> {
        self.report(name)?;
        self.store
            .write("delete the report", |conn| diesel::delete(dsl::saved_reports.find(name)).execute(conn))?;
        Ok(())
    }

    /// The saved searches: name, query, and when they were saved; by name.
    ///
    /// # Errors
    /// Database errors.
    pub fn searches(&mut self) -> Result<Vec<(String, String, i64)>> {
        self.store
            .read("list the saved searches", |conn| searches::saved_searches.order(searches::name).load(conn))
    }

    /// Stores a search, replacing one of the same name; returns whether there was one.
    ///
    /// # Errors
    /// A usage error for a name that is empty or too long for a key.
    pub fn save_search(&mut self, name: &str, query: &str) -> Result<bool> {
        if name.trim().is_empty() || name.chars().count() > 255 {
            return Err(Error::usage("the name of a search has 1 to 255 characters"));
        }
        self.store.write("save the search", |conn| {
            let replaced = diesel::delete(searches::saved_searches.find(name)).execute(conn)? > 0;
            diesel::insert_into(searches::saved_searches)
                .values((
                    searches::name.eq(name),
                    searches::query.eq(query),
                    searches::created_us.eq(now_us()),
                ))
                .execute(conn)?;
            Ok(replaced)
        })
    }

    /// Deletes a saved search; returns whether there was one.
    ///
    /// # Errors
    /// Database errors.
    pub fn delete_search(&mut self, name: &str) -> Result<bool> {
        let gone = self.store.write("delete the search", |conn| {
            diesel::delete(searches::saved_searches.find(name)).execute(conn)
        })?;
        Ok(gone > 0)
    }
}
