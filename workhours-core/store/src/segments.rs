//! Which objects of the filestore contain which bytes of logical files. The objects themselves are the filestore's.

use super::schema::segments;
use super::{Conn, FileId, Store};
use diesel::prelude::*;
use workhours_base::error::Result;

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

/// The copies of logical files. Opened by [`Store::segments`].
pub struct Segments<'s> {
    pub(crate) store: &'s mut Store,
}

impl Segments<'_> {
    /// The copies of a logical file, in order.
    ///
    /// # Errors
    /// Database errors.
    pub fn of_file(&mut self, file_id: FileId) -> Result<Vec<Segment>> {
        self.store.read("list a file's copies", |conn| {
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
    pub fn all(&mut self) -> Result<Vec<Segment>> {
        self.store.read("list the copies", |conn| {
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
    pub fn refer_to(&mut self, object: &str) -> Result<bool> {
        self.store.read("look for a copy", |conn| {
            let of_object = segments::table.filter(segments::object.eq(object));
            of_object.count().get_result(conn).map(|n: i64| n > 0)
        })
    }

    /// Replaces `old` copies by `new` ones: compaction, or removal if `new` is empty.
    ///
    /// # Errors
    /// Database errors.
    pub fn replace(&mut self, old: &[Segment], new: &[Segment]) -> Result<()> {
        self.store.write_alone("store a file's copies", |conn| {
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
