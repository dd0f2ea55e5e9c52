//! Logical files: how they are recognised, where they were last seen, how far they were read, and which objects of the
//! filestore contain their bytes.

mod heads;

pub(crate) use heads::Heads;

use super::backend::conn::Lock;
use super::schema::{cursors, files, segments, sightings};
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

/// Bytes of a logical file in the filestore.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = segments)]
#[allow(missing_docs)] // the columns of the table
pub struct Segment {
    pub file_id: FileId,
    pub start: i64,
    pub length: i64,
    pub object: String,
    pub created_us: i64,
}

impl Store {
    /// The logical files of a source type and scope whose known head is the head of this one: `prefix_hash(n)` returns
    /// the hash of its first `n` bytes, or `None` if it has fewer.
    ///
    /// # Errors
    /// Database errors.
    pub fn files_by_head(
        &mut self,
        source_type: &str,
        scope: &str,
        mut prefix_hash: impl FnMut(u64) -> Option<Vec<u8>>,
    ) -> Result<Vec<(FileRow, Option<Cursor>)>> {
        let mut heads = heads::take(&mut self.heads, source_type, scope);
        // One snapshot: another program may be storing a longer head of the same file right now.
        let found = self.snapshot("look for the file's cursor", |conn| {
            let rows = heads.look_up(conn, &mut prefix_hash)?;
            rows.into_iter()
                .map(|row| {
                    let cursor = load_cursor(conn, row.id)?;
                    Ok((row, cursor))
                })
                .collect::<QueryResult<Vec<_>>>()
        });
        self.heads.push(heads);
        found
    }

    /// The highest number a logical file has so far.
    ///
    /// # Errors
    /// Database errors.
    pub fn newest_file(&mut self) -> Result<FileId> {
        self.read("read the files", |conn| {
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
    pub fn file(&mut self, id: FileId) -> Result<Option<(FileRow, Option<Cursor>)>> {
        self.read("read a file's cursor", |conn| {
            let row = files::table.find(id.get()).select(FileRow::as_select()).first(conn).optional()?;
            row.map(|row: FileRow| Ok((row, load_cursor(conn, id)?))).transpose()
        })
    }

    /// The paths that logical files were first read from, by their ids.
    ///
    /// # Errors
    /// Database errors.
    pub fn file_paths(&mut self) -> Result<FxHashMap<FileId, String>> {
        self.read("list the files", |conn| {
            let all: Vec<(FileId, String)> = files::table.select((files::id, files::path)).load(conn)?;
            Ok(all.into_iter().collect())
        })
    }

    /// Stores a logical file. An existing one with the same head that has no cursor yet is used instead, and so is one
    /// that another program has stored since `newest` was the newest.
    ///
    /// # Errors
    /// Database errors.
    pub fn create_file(&mut self, new: &NewFile) -> Result<FileRow> {
        self.write("store the file", |conn| {
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
        self.write("store the file's head", |conn| {
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
        self.write("store a file's cursor", |conn| {
            diesel::update(cursors::table.find(file_id.get())).set(cursors::state.eq(state)).execute(conn)
        })
        .map(|_| ())
    }

    /// The logical file last seen at a path.
    ///
    /// # Errors
    /// Database errors.
    pub fn sighting(&mut self, path_key: &[u8], source_type: &str, scope: &str) -> Result<Option<Sighting>> {
        self.read("look up the path", |conn| {
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
    pub fn sightings_of(&mut self, file_id: FileId) -> Result<Vec<Sighting>> {
        self.read("look for the file's paths", |conn| {
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
    pub fn sightings_at(&mut self, path_key: &[u8], scope: &str) -> Result<Vec<Sighting>> {
        self.read("look up the path", |conn| {
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
        self.read("look up the path", |conn| {
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
    pub fn see(&mut self, s: &Sighting) -> Result<()> {
        self.write("store where the file was seen", |conn| {
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

    /// The copies of a logical file, in order.
    ///
    /// # Errors
    /// Database errors.
    pub fn segments(&mut self, file_id: FileId) -> Result<Vec<Segment>> {
        self.read("list a file's copies", |conn| {
            segments::table
                .filter(segments::file_id.eq(file_id.get()))
                .order(segments::start)
                .select(Segment::as_select())
                .load(conn)
        })
    }

    /// All copies of all files.
    ///
    /// # Errors
    /// Database errors.
    pub fn all_segments(&mut self) -> Result<Vec<Segment>> {
        self.read("list the copies", |conn| {
            segments::table
                .order((segments::file_id, segments::start))
                .select(Segment::as_select())
                .load(conn)
        })
    }

    /// Whether any copy is in this object.
    ///
    /// # Errors
    /// Database errors.
    pub fn refers_to(&mut self, object: &str) -> Result<bool> {
        self.read("look for a copy", |conn| {
            let of_object = segments::table.filter(segments::object.eq(object));
            of_object.count().get_result(conn).map(|n: i64| n > 0)
        })
    }

    /// Replaces `old` copies by `new` ones: compaction, or removal if `new` is empty.
    ///
    /// # Errors
    /// Database errors.
    pub fn replace_segments(&mut self, old: &[Segment], new: &[Segment]) -> Result<()> {
        self.write_alone("store a file's copies", |conn| {
            // The new ones too: it may be the second time, and the first may have been committed.
            for s in old.iter().chain(new) {
                diesel::delete(segments::table.find((s.file_id.get(), s.start))).execute(conn)?;
            }
            for s in new {
                insert_segment(conn, s)?;
            }
            Ok(())
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

/// Stores the place of a copy. If two start at the same byte, the longer one stays.
pub(super) fn store_segment(conn: &mut Conn, segment: &Segment) -> QueryResult<()> {
    let there: Option<i64> = segments::table
        .find((segment.file_id.get(), segment.start))
        .select(segments::length)
        .first(conn)
        .optional()?;
    if there.is_some_and(|length| length >= segment.length) {
        return Ok(());
    }
    diesel::delete(segments::table.find((segment.file_id.get(), segment.start))).execute(conn)?;
    insert_segment(conn, segment)?;
    Ok(())
}

fn insert_segment(conn: &mut Conn, segment: &Segment) -> QueryResult<()> {
    diesel::insert_into(segments::table)
        .values((
            segments::file_id.eq(segment.file_id.get()),
            segments::start.eq(segment.start),
            segments::length.eq(segment.length),
            segments::object.eq(&segment.object),
            segments::created_us.eq(segment.created_us),
        ))
        .execute(conn)?;
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
