//! Where logical files were last seen, by path. What a file is and how far it was read is in `files`.

use super::backend::conn::Lock;
use super::schema::{cursors, sightings};
use super::{FileId, Store};
use diesel::prelude::*;
use workhours_base::error::Result;

/// Where and how a logical file was last seen.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = sightings)]
#[allow(missing_docs)] // the columns of the table
pub struct Sighting {
    pub path_key: Vec<u8>,
    pub source_type: String,
    pub scope: String,
    pub path: String,
    pub file_id: FileId,
    pub stat: String,
    pub seen_us: i64,
}

/// Where logical files were last seen. Opened by [`Store::sightings`].
pub struct Sightings<'s> {
    pub(crate) store: &'s mut Store,
}

impl Sightings<'_> {
    /// The logical file last seen at a path.
    ///
    /// # Errors
    /// Database errors.
    pub fn get(&mut self, path_key: &[u8], source_type: &str, scope: &str) -> Result<Option<Sighting>> {
        self.store.read("look up the path", |conn| {
            sightings::table
                .find((path_key, source_type, scope))
                .select(Sighting::as_select())
                .first(conn)
                .optional()
        })
    }

    /// Where a logical file was last seen, and how.
    ///
    /// # Errors
    /// Database errors.
    pub fn of_file(&mut self, file_id: FileId) -> Result<Vec<Sighting>> {
        self.store.read("look for the file's paths", |conn| {
            sightings::table
                .filter(sightings::file_id.eq(file_id.get()))
                .order((sightings::seen_us.desc(), sightings::path))
                .select(Sighting::as_select())
                .load(conn)
        })
    }

    /// Everything that was seen at a path in a scope, whatever it was read as; the latest first.
    ///
    /// # Errors
    /// Database errors.
    pub fn at(&mut self, path_key: &[u8], scope: &str) -> Result<Vec<Sighting>> {
        self.store.read("look up the path", |conn| {
            sightings::table
                .filter(sightings::path_key.eq(path_key))
                .filter(sightings::scope.eq(scope))
                .order((sightings::seen_us.desc(), sightings::source_type))
                .select(Sighting::as_select())
                .load(conn)
        })
    }

    /// Whether a logical file that was read from was seen at a path, in any scope.
    ///
    /// # Errors
    /// Database errors.
    pub fn was_read_at(&mut self, path_key: &[u8], source_type: &str) -> Result<bool> {
        self.store.read("look up the path", |conn| {
            let files: Vec<i64> = sightings::table
                .filter(sightings::path_key.eq(path_key))
                .filter(sightings::source_type.eq(source_type))
                .select(sightings::file_id)
                .load(conn)?;
            let read = cursors::table.filter(cursors::file_id.eq_any(files));
            read.count().get_result(conn).map(|n: i64| n > 0)
        })
    }

    /// Stores where a logical file was seen.
    ///
    /// # Errors
    /// Database errors.
    pub fn add(&mut self, s: &Sighting) -> Result<()> {
        self.store
            .write("store where the file was seen", |conn| {
                conn.lock(Lock::Counter("file"))?;
                let key = (&s.path_key, &s.source_type, &s.scope);
                diesel::delete(sightings::table.find(key)).execute(conn)?;
                diesel::insert_into(sightings::table)
                    .values((
                        sightings::path_key.eq(&s.path_key),
                        sightings::source_type.eq(&s.source_type),
                        sightings::scope.eq(&s.scope),
                        sightings::path.eq(&s.path),
                        sightings::file_id.eq(s.file_id.get()),
                        sightings::stat.eq(&s.stat),
                        sightings::seen_us.eq(s.seen_us),
                    ))
                    .execute(conn)
            })
            .map(|_| ())
    }

    /// Where a logical file was last seen, the latest first.
    ///
    /// # Errors
    /// Database errors.
    pub fn paths_of(&mut self, file_id: FileId) -> Result<Vec<String>> {
        self.store.read("look for the file's paths", |conn| {
            sightings::table
                .filter(sightings::file_id.eq(file_id.get()))
                .order((sightings::seen_us.desc(), sightings::path))
                .select(sightings::path)
                .load(conn)
        })
    }
}
