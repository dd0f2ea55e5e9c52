//! Reading rejects back, a page at a time, by their clustered key. Storing them is in `refused`.

use super::schema::{files, rejects, tasks};
use super::{FileId, FileRow, InputId, MultiBackend, Store, TaskId};
use diesel::prelude::*;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use workhours_base::error::Result;

const PAGE: i64 = 1024;

/// Which rejects.
#[derive(Clone, Debug, Default)]
pub struct RejectFilter {
    /// Only those of these source types; empty means all.
    pub source_types: Vec<String>,
    /// Only those of these classes; empty means all.
    pub codes: Vec<String>,
    /// Only those of this input.
    pub input_id: Option<InputId>,
    /// At most this many.
    pub limit: Option<u64>,
}

/// A rejected record, as stored.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
#[allow(missing_docs)] // the columns of the tables
pub struct StoredReject {
    pub file_id: FileId,
    pub file_offset: i64,
    pub file_length: i64,
    pub line: i64,
    pub code: String,
    pub reason: String,
    pub excerpt: String,
    pub provisional: bool,
    pub input_id: InputId,
    pub task_id: TaskId,
    pub source_type: Option<String>,
    pub path: Option<String>,
    pub task_started_us: Option<i64>,
}

impl StoredReject {
    /// Its number: that of its logical file and its place in it.
    pub fn id(&self) -> String {
        format!("{}:{}", self.file_id, self.file_offset)
    }
}

/// A reject to check.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = rejects)]
#[allow(missing_docs)] // the columns of the table
pub struct RejectText {
    pub file_id: FileId,
    pub file_offset: i64,
    pub file_length: i64,
    pub reason: String,
    pub excerpt: String,
}

/// Rejected records of one input with one class.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
#[allow(missing_docs)] // the columns of the tables
pub struct RefusedAs {
    pub input_id: InputId,
    pub code: String,
    /// The reason of one of them.
    pub reason: Option<String>,
    /// How many.
    pub n: i64,
}

/// Reads rejects one by one, file by file, in the order of each file.
pub struct RejectReader<'s> {
    store: &'s mut Store,
    filter: RejectFilter,
    ready: VecDeque<StoredReject>,
    /// The last one fetched; `None` if there are no more.
    after: Option<(i64, i64)>,
    left: u64,
}

/// The rejected records. Opened by [`Store::rejects`].
pub struct Rejects<'s> {
    pub(crate) store: &'s mut Store,
}

impl<'s> Rejects<'s> {
    /// Reads the rejects the filter lets through.
    pub fn reader(self, filter: RejectFilter) -> RejectReader<'s> {
        let left = filter.limit.unwrap_or(u64::MAX);
        RejectReader {
            store: self.store,
            filter,
            ready: VecDeque::new(),
            after: Some((i64::MIN, i64::MIN)),
            left,
        }
    }

    /// The logical files that have rejects, with how many: of these source types, or of all when none is named.
    ///
    /// # Errors
    /// Database errors.
    pub fn files(&mut self, source_types: &[String]) -> Result<Vec<(FileRow, u64)>> {
        self.store.read("look for rejects", |conn| {
            let counts: Vec<(i64, i64)> = rejects::table
                .group_by(rejects::file_id)
                .select((rejects::file_id, diesel::dsl::count_star()))
                .order(rejects::file_id)
                .load(conn)?;
            let mut found = Vec::new();
            for (id, n) in counts {
                let row = files::table.find(id).select(FileRow::as_select()).first(conn).optional()?;
                found.extend(
                    row.filter(|row: &FileRow| {
                        source_types.is_empty() || source_types.contains(&row.source_type)
                    })
                    .map(|row| (row, n as u64)),
                );
            }
            Ok(found)
        })
    }

    /// How many rejects each input has.
    ///
    /// # Errors
    /// Database errors.
    pub fn by_input(&mut self) -> Result<FxHashMap<InputId, i64>> {
        self.store.read("count the rejects", |conn| {
            let counts: Vec<(InputId, i64)> = rejects::table
                .group_by(rejects::input_id)
                .select((rejects::input_id, diesel::dsl::count_star()))
                .load(conn)?;
            Ok(counts.into_iter().collect())
        })
    }

    /// How many records were rejected with which class, of one input or of all: the most frequent first, at most this
    /// many rows.
    ///
    /// # Errors
    /// Database errors.
    pub fn by_code(&mut self, input_id: Option<InputId>, most: i64) -> Result<Vec<RefusedAs>> {
        self.store.read("count the rejects", |conn| {
            let n = diesel::dsl::count_star;
            let mut query = rejects::table
                .group_by((rejects::input_id, rejects::code))
                .select((rejects::input_id, rejects::code, diesel::dsl::min(rejects::reason), n()))
                .order((n().desc(), rejects::input_id, rejects::code))
                .limit(most)
                .into_boxed::<MultiBackend>();
            if let Some(input) = input_id {
                query = query.filter(rejects::input_id.eq(input.get()));
            }
            query.load(conn)
        })
    }

    /// How many rejects a logical file has from this offset on.
    ///
    /// # Errors
    /// Database errors.
    pub fn count_from(&mut self, file_id: FileId, offset: u64) -> Result<u64> {
        self.store.read("count the rejects", |conn| {
            let of_file = rejects::table.filter(rejects::file_id.eq(file_id.get()));
            of_file
                .filter(rejects::file_offset.ge(offset as i64))
                .count()
                .get_result(conn)
                .map(|n: i64| n as u64)
        })
    }

    /// All rejects, to check them.
    ///
    /// # Errors
    /// Database errors.
    pub fn texts(&mut self) -> Result<Vec<RejectText>> {
        self.store.read("read the rejects", |conn| {
            rejects::table
                .select(RejectText::as_select())
                .order((rejects::file_id, rejects::file_offset))
                .load(conn)
        })
    }
}

impl RejectReader<'_> {
    /// The next reject, or `None` at the end.
    ///
    /// # Errors
    /// Database errors.
    pub fn next_reject(&mut self) -> Result<Option<StoredReject>> {
        if self.left == 0 {
            return Ok(None);
        }
        if self.ready.is_empty() {
            self.fetch()?;
        }
        self.left -= 1;
        Ok(self.ready.pop_front())
    }

    fn fetch(&mut self) -> Result<()> {
        let Some((file, offset)) = self.after else { return Ok(()) };
        let filter = &self.filter;
        let limit = PAGE.min(i64::try_from(self.left).unwrap_or(PAGE));
        let page: Vec<StoredReject> = self.store.read("read rejects", |conn| {
            let mut query = rejects::table
                .left_join(files::table.on(files::id.eq(rejects::file_id)))
                .left_join(tasks::table.on(tasks::id.eq(rejects::task_id)))
                .filter(
                    rejects::file_id
                        .gt(file)
                        .or(rejects::file_id.eq(file).and(rejects::file_offset.gt(offset))),
                )
                .select((
                    rejects::file_id,
                    rejects::file_offset,
                    rejects::file_length,
                    rejects::line,
                    rejects::code,
                    rejects::reason,
                    rejects::excerpt,
                    rejects::provisional,
                    rejects::input_id,
                    rejects::task_id,
                    files::source_type.nullable(),
                    files::path.nullable(),
                    tasks::started_us.nullable(),
                ))
                .into_boxed::<MultiBackend>();
            if !filter.source_types.is_empty() {
                query = query.filter(files::source_type.nullable().eq_any(&filter.source_types));
            }
            if !filter.codes.is_empty() {
                query = query.filter(rejects::code.eq_any(&filter.codes));
            }
            if let Some(input) = filter.input_id {
                query = query.filter(rejects::input_id.eq(input.get()));
            }
            query.order((rejects::file_id, rejects::file_offset)).limit(limit).load(conn)
        })?;
        self.after =
            page.last().filter(|_| page.len() as i64 == limit).map(|r| (r.file_id.get(), r.file_offset));
        self.ready.extend(page);
        Ok(())
    }
}
