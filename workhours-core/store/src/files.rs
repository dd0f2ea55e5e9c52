//! Logical files: how they are recognised, and how far they were read. Where they were seen is in `sightings`, which
//! objects of the filestore contain their bytes in `segments`.

mod heads;

pub(crate) use heads::Heads;

use super::backend::conn::Lock;
use super::schema::{cursors, files, sightings};
use super::types::CursorRow;
use super::{Conn, Cursor, FileId, InputId, Store, next_number, now_us};
use diesel::prelude::*;
use rustc_hash::FxHashMap;
use workhours_base::error::Result;

/// A logical file.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = files)]
#[allow(missing_docs)] // the columns of the table
pub struct FileRow {
    pub id: FileId,
    pub source_type: String,
    pub scope: String,
    pub input_id: InputId,
    pub path: String,
    pub head_len: i64,
    pub head_hash: Vec<u8>,
    pub predecessor_id: Option<FileId>,
    pub carry: Vec<u8>,
    pub timezone: String,
    pub tz_version: String,
    pub reference_secs: i64,
    pub has_local: bool,
    pub last_date: Option<i64>,
    pub created_us: i64,
    pub first_date: Option<i64>,
}

/// A logical file to be stored.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)] // the columns of the table
pub struct NewFile {
    pub source_type: String,
    pub scope: String,
    pub input_id: InputId,
    pub path: String,
    pub head_len: u64,
    pub head_hash: Vec<u8>,
    pub timezone: String,
    pub tz_version: String,
    pub reference_secs: i64,
    /// Which file on disk it is, as sightings begin; empty if unknown.
    pub inode: String,
    /// The newest file when this one was found to be unknown.
    pub newest: FileId,
}

/// The logical files. Opened by [`Store::files`].
pub struct Files<'s> {
    pub(crate) store: &'s mut Store,
}

impl Files<'_> {
    /// The logical files of a source type and scope whose known head is the head of this one: `prefix_hash(n)` returns
    /// the hash of its first `n` bytes, or `None` if it has fewer.
    ///
    /// # Errors
    /// Database errors.
    pub fn by_head(
        &mut self,
        source_type: &str,
        scope: &str,
        mut prefix_hash: impl FnMut(u64) -> Option<Vec<u8>>,
    ) -> Result<Vec<(FileRow, Option<Cursor>)>> {
        let mut heads = heads::take(&mut self.store.heads, source_type, scope);
        // One snapshot: another program may be storing a longer head of the same file right now.
        let found = self.store.snapshot("look for the file's cursor", |conn| {
            let rows = heads.look_up(conn, &mut prefix_hash)?;
            rows.into_iter()
                .map(|row| {
                    let cursor = load_cursor(conn, row.id)?;
                    Ok((row, cursor))
                })
                .collect::<QueryResult<Vec<_>>>()
        });
        self.store.heads.push(heads);
        found
    }

    /// The highest number a logical file has so far.
    ///
    /// # Errors
    /// Database errors.
    pub fn newest(&mut self) -> Result<FileId> {
        self.store.read("read the files", |conn| {
            files::table
                .select(diesel::dsl::max(files::id))
                .first(conn)
                .map(|id: Option<FileId>| id.unwrap_or_default())
        })
    }

    /// One logical file with its cursor.
    ///
    /// # Errors
    /// Database errors.
    pub fn get(&mut self, id: FileId) -> Result<Option<(FileRow, Option<Cursor>)>> {
        self.store.read("read a file's cursor", |conn| {
            let row = files::table.find(id.get()).select(FileRow::as_select()).first(conn).optional()?;
            row.map(|row: FileRow| Ok((row, load_cursor(conn, id)?))).transpose()
        })
    }

    /// The paths that logical files were first read from, by their ids.
    ///
    /// # Errors
    /// Database errors.
    pub fn paths(&mut self) -> Result<FxHashMap<FileId, String>> {
        self.store.read("list the files", |conn| {
            let all: Vec<(FileId, String)> = files::table.select((files::id, files::path)).load(conn)?;
            Ok(all.into_iter().collect())
        })
    }

    /// Stores a logical file. An existing one with the same head that has no cursor yet is used instead, and so is one
    /// that another program has stored since `newest` was the newest.
    ///
    /// # Errors
    /// Database errors.
    pub fn create(&mut self, new: &NewFile) -> Result<FileRow> {
        self.store.write("store the file", |conn| {
            conn.lock(Lock::Counter("file"))?;
            let twins: Vec<FileRow> = files::table
                .filter(files::source_type.eq(&new.source_type))
                .filter(files::scope.eq(&new.scope))
                .filter(files::head_len.eq(new.head_len as i64))
                .filter(files::head_hash.eq(&new.head_hash))
                .filter(files::id.gt(new.newest.get()).or(diesel::dsl::not(diesel::dsl::exists(
                    cursors::table.filter(cursors::file_id.eq(files::id)),
                ))))
                .select(FileRow::as_select())
                .load(conn)?;
            for twin in twins {
                if is_same_on_disk(conn, twin.id, &new.inode)? {
                    return Ok(twin);
                }
            }
            let row = FileRow {
                id: FileId::new(next_number(conn, "file")?),
                source_type: new.source_type.clone(),
                scope: new.scope.clone(),
                input_id: new.input_id,
                path: new.path.clone(),
                head_len: new.head_len as i64,
                head_hash: new.head_hash.clone(),
                predecessor_id: None,
                carry: Vec::new(),
                timezone: new.timezone.clone(),
                tz_version: new.tz_version.clone(),
                reference_secs: new.reference_secs,
                has_local: false,
                last_date: None,
                created_us: now_us(),
                first_date: None,
            };
            insert_file(conn, &row)?;
            Ok(row)
        })
    }

    /// Stores a longer head of a file that has grown, so that it differs from more other files.
    ///
    /// # Errors
    /// Database errors.
    pub fn grow_head(&mut self, file_id: FileId, len: u64, hash: &[u8]) -> Result<()> {
        self.store
            .write("store the file's head", |conn| {
                diesel::update(files::table.find(file_id.get()).filter(files::head_len.lt(len as i64)))
                    .set((files::head_len.eq(len as i64), files::head_hash.eq(hash)))
                    .execute(conn)
            })
            .map(|_| ())
    }

    /// Stores a document's cursor state, but not its position.
    ///
    /// # Errors
    /// Database errors.
    pub fn set_cursor_state(&mut self, file_id: FileId, state: &[u8]) -> Result<()> {
        self.store
            .write("store a file's cursor", |conn| {
                diesel::update(cursors::table.find(file_id.get())).set(cursors::state.eq(state)).execute(conn)
            })
            .map(|_| ())
    }

    /// The logical files first read through an input, in order.
    ///
    /// # Errors
    /// Database errors.
    pub fn of_input(&mut self, input_id: InputId) -> Result<Vec<FileRow>> {
        self.store.read("list an input's files", |conn| {
            files::table
                .filter(files::input_id.eq(input_id.get()))
                .order(files::id)
                .select(FileRow::as_select())
                .load(conn)
        })
    }

    /// Applies a new zone to a logical file that is about to be read again from its start.
    ///
    /// # Errors
    /// Database errors.
    pub fn set_zone(&mut self, file_id: FileId, zone: &str, tz_version: &str) -> Result<()> {
        self.store
            .write("store the file's zone", |conn| {
                diesel::update(files::table.find(file_id.get()))
                    .set((files::timezone.eq(zone), files::tz_version.eq(tz_version)))
                    .execute(conn)
            })
            .map(|_| ())
    }

    /// The path a logical file was first read from; empty if there is no such file.
    ///
    /// # Errors
    /// Database errors.
    pub fn path_of(&mut self, file_id: FileId) -> Result<String> {
        let path = self.store.read("look up a file", |conn| {
            files::table.find(file_id.get()).select(files::path).first(conn).optional()
        })?;
        Ok(path.unwrap_or_default())
    }

    /// Whether anything of this source type was ever read.
    ///
    /// # Errors
    /// Database errors.
    pub fn has_read(&mut self, source_type: &str) -> Result<bool> {
        self.store.read("look for the source type", |conn| {
            let of_type = files::table.filter(files::source_type.eq(source_type));
            of_type.count().get_result(conn).map(|n: i64| n > 0)
        })
    }
}

/// Whether a logical file may be the one with this inode: it was never seen with only another one.
fn is_same_on_disk(conn: &mut Conn, file_id: FileId, inode: &str) -> QueryResult<bool> {
    let seen: Vec<String> =
        sightings::table.filter(sightings::file_id.eq(file_id.get())).select(sightings::stat).load(conn)?;
    let known = seen.iter().filter(|stat| !stat.is_empty()).count();
    Ok(inode.is_empty() || known == 0 || seen.iter().any(|stat| stat.starts_with(inode)))
}

pub(super) fn load_cursor(conn: &mut Conn, file_id: FileId) -> QueryResult<Option<Cursor>> {
    let row = cursors::table.find(file_id.get()).select(CursorRow::as_select()).first(conn).optional()?;
    Ok(row.map(CursorRow::cursor))
}

pub(super) fn store_cursor(conn: &mut Conn, file_id: FileId, cursor: &Cursor) -> QueryResult<()> {
    let row = CursorRow::new(file_id, cursor);
    if diesel::update(cursors::table.find(file_id.get())).set(&row).execute(conn)? == 0 {
        diesel::insert_into(cursors::table).values(&row).execute(conn)?;
    }
    Ok(())
}

fn insert_file(conn: &mut Conn, row: &FileRow) -> QueryResult<()> {
    diesel::insert_into(files::table)
        .values((
            files::id.eq(row.id.get()),
            files::source_type.eq(&row.source_type),
            files::scope.eq(&row.scope),
            files::input_id.eq(row.input_id.get()),
            files::path.eq(&row.path),
            files::head_len.eq(row.head_len),
            files::head_hash.eq(&row.head_hash),
            row.predecessor_id.map(|id| files::predecessor_id.eq(id.get())),
            files::carry.eq(&row.carry),
            files::timezone.eq(&row.timezone),
            files::tz_version.eq(&row.tz_version),
            files::reference_secs.eq(row.reference_secs),
            files::has_local.eq(row.has_local),
            row.last_date.map(|date| files::last_date.eq(date)),
            files::created_us.eq(row.created_us),
            row.first_date.map(|date| files::first_date.eq(date)),
        ))
        .execute(conn)?;
    Ok(())
}
