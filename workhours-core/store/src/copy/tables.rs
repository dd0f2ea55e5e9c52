//! Every table with its columns and its key, and the order of copying: referenced tables first.

use super::CopiedTable;
use super::canon::Canon;
use super::pages::{Copied, Job, Range};
use crate::bulk::{self, *};
use crate::load::Owner;
use crate::schema;
use crate::{Conn, MultiBackend};
use diesel::prelude::*;
use diesel::query_builder::AstPass;
use workhours_base::error::Result;

/// Defines a table's rows. They are inserted like those of a load.
macro_rules! copied {
    ($($table:ident by ($first:ident: $firsttype:ty $(, $key:ident: $keytype:ty)*) { $($column:ident: $type:ty),+ $(,)? };)+) => {
        $(
            pub(crate) mod $table {
                use super::*;
                use schema::$table::dsl;

                #[derive(Debug, PartialEq, Queryable, Selectable)]
                #[diesel(table_name = schema::$table)]
                pub(crate) struct Row {
                    $(pub(crate) $column: $type,)+
                }

                rows! {
                    /// A whole row, for any input.
                    Bulk fills $table by $first, size |row| 0 $(+ row.$column.size())+;
                    <'r> |row: Row| { $($column: <dsl::$column as Expression>::SqlType = &row.$column,)+ }
                    |owner| {}
                }

                impl Copied for Row {
                    const TABLE: &'static str = stringify!($table);
                    type Key = ($firsttype, $($keytype,)*);

                    fn key(&self) -> Self::Key {
                        (self.$first.clone(), $(self.$key.clone(),)*)
                    }

                    fn page(conn: &mut Conn, (after, upto): Range<'_, Self>, limit: i64) -> QueryResult<Vec<Self>> {
                        let mut query = schema::$table::table.select(Row::as_select()).into_boxed::<MultiBackend>();
                        if let Some(key) = after {
                            query = query.filter(copied!(@beyond key $first $($key)*));
                        }
                        if let Some(key) = upto {
                            query = query.filter(copied!(@upto key $first $($key)*));
                        }
                        query.order((dsl::$first, $(dsl::$key,)*)).limit(limit).load(conn)
                    }

                    fn delete(conn: &mut Conn, (after, upto): Range<'_, Self>) -> QueryResult<usize> {
                        let mut query = diesel::delete(schema::$table::table).into_boxed::<MultiBackend>();
                        if let Some(key) = after {
                            query = query.filter(copied!(@beyond key $first $($key)*));
                        }
                        if let Some(key) = upto {
                            query = query.filter(copied!(@upto key $first $($key)*));
                        }
                        query.execute(conn)
                    }

                    fn insert(conn: &mut Conn, rows: &[Self]) -> QueryResult<()> {
                        bulk::fill::<Bulk>(conn, rows)
                    }

                    fn count(conn: &mut Conn) -> QueryResult<i64> {
                        schema::$table::table.count().get_result(conn)
                    }

                    fn feed(&self, out: &mut Vec<u8>) {
                        $(self.$column.feed(out);)+
                    }
                }
            }
        )+

        /// All of them: copied, or only summed up on the target's side.
        pub(super) fn all(job: &mut Job<'_>, check: bool) -> Result<Vec<CopiedTable>> {
            Ok(vec![$(if check { job.check::<$table::Row>()? } else { job.copy::<$table::Row>()? },)+])
        }
    };
    // Keys beyond another, column by column. The first column's bound is repeated on its own, so that the key is used.
    (@beyond $of:ident $a:ident) => { dsl::$a.gt($of.0.clone()) };
    (@beyond $of:ident $a:ident $b:ident) => {
        dsl::$a.ge($of.0.clone()).and(dsl::$a.gt($of.0.clone()).or(dsl::$b.gt($of.1.clone())))
    };
    (@beyond $of:ident $a:ident $b:ident $c:ident) => {
        dsl::$a.ge($of.0.clone()).and(dsl::$a.gt($of.0.clone()).or(dsl::$b.gt($of.1.clone())).or(
            dsl::$b.eq($of.1.clone()).and(dsl::$c.gt($of.2.clone())),
        ))
    };
    // The others.
    (@upto $of:ident $a:ident) => { dsl::$a.le($of.0.clone()) };
    (@upto $of:ident $a:ident $b:ident) => {
        dsl::$a.le($of.0.clone()).and(dsl::$a.lt($of.0.clone()).or(dsl::$b.le($of.1.clone())))
    };
    (@upto $of:ident $a:ident $b:ident $c:ident) => {
        dsl::$a.le($of.0.clone()).and(dsl::$a.lt($of.0.clone()).or(dsl::$b.lt($of.1.clone())).or(
            dsl::$b.eq($of.1.clone()).and(dsl::$c.le($of.2.clone())),
        ))
    };
}

copied! {
    queues by (source_type: String) {
        source_type: String, activity: String, created_us: i64,
    };
    inputs by (id: i64) {
        id: i64, source_type: String, label: String, path: String, scope: String, host: Option<String>,
        user: Option<String>, timezone: String, activity: String, options: String, created_us: i64,
    };
    files by (id: i64) {
        id: i64, source_type: String, scope: String, input_id: i64, path: String, head_len: i64,
        head_hash: Vec<u8>, predecessor_id: Option<i64>, carry: Vec<u8>, timezone: String, tz_version: String,
        reference_secs: i64, has_local: bool, last_date: Option<i64>, created_us: i64,
        first_date: Option<i64>,
    };
    sightings by (path_key: Vec<u8>, source_type: String, scope: String) {
        path_key: Vec<u8>, source_type: String, scope: String, path: String, file_id: i64, stat: String,
        seen_us: i64,
    };
    cursors by (file_id: i64) {
        file_id: i64, offset: i64, lines: i64, state: Vec<u8>, warm_offset: i64, warm_lines: i64,
        warm_state: Vec<u8>, tail_offset: i64, tail_len: i64, tail_hash: Vec<u8>,
        provisional_id: Option<Vec<u8>>, provisional_len: i64,
    };
    segments by (file_id: i64, start: i64) {
        file_id: i64, start: i64, length: i64, object: String, created_us: i64,
    };
    tasks by (id: i64) {
        id: i64, source_type: String, input_id: i64, file_id: Option<i64>, path: String, state: String,
        records: i64, events: i64, inserted: i64, duplicates: i64, updated: i64, rejected: i64, ignored: i64,
        bytes: i64, started_us: i64, elapsed_ms: i64, error: Option<String>, cursor_before: Option<String>,
    };
    places by (id: i64) {
        id: i64, url: String, scheme: String, host: Option<String>, port: Option<i32>, path: String,
        query: Option<String>, fragment: Option<String>,
    };
    agents by (id: i64) {
        id: i64, agent: String,
    };
    tags by (id: i64) {
        id: i64, tag: String,
    };
    events by (id: Vec<u8>) {
        id: Vec<u8>, date: Option<i64>, offset_min: Option<i16>, precision: i16, flags: i32,
        duration_us: Option<i64>, kind: String, source_type: String, input_id: i64, task_id: i64,
        batch_id: i64, place_id: Option<i64>, referrer_id: Option<i64>, agent_id: Option<i64>,
        url: Option<String>, title: Option<String>, text: Option<String>, host: Option<String>,
        user: Option<String>, meta: Option<String>, file_id: i64, file_offset: i64, file_length: i64,
        peer: Option<String>,
    };
    event_tags by (event_id: Vec<u8>, tag_id: i64) {
        event_id: Vec<u8>, tag_id: i64, by_rule: bool,
    };
    rejects by (file_id: i64, file_offset: i64) {
        file_id: i64, file_offset: i64, file_length: i64, line: i64, code: String, reason: String,
        excerpt: String, provisional: bool, input_id: i64, task_id: i64, batch_id: i64,
    };
    tombstones by (id: Vec<u8>) {
        id: Vec<u8>, purged_us: i64,
    };
    batches by (seq: i64) {
        seq: i64, id: i64, task_id: i64, kind: String, min_id: Option<Vec<u8>>, max_id: Option<Vec<u8>>,
        n: i64, committed_us: i64,
    };
    changes by (seq: i64, event_id: Vec<u8>, kind: String) {
        seq: i64, event_id: Vec<u8>, kind: String,
    };
    corrections by (id: i64) {
        id: i64, made_us: i64, kind: String, from_us: i64, until_us: i64, to_us: Option<i64>,
        label: Option<String>, note: Option<String>, person: Option<String>, made_by: Option<String>,
    };
    saved_reports by (name: String) {
        name: String, arguments: String, created_us: i64,
    };
    rollup_dirty by (day: i64, seq: i64) {
        day: i64, seq: i64,
    };
    rollup_days by (field: i16, day: i64, input_id: i64) {
        field: i16, day: i64, input_id: i64, sums: Vec<u8>,
    };
    series by (id: i64) {
        id: i64, revision: i64, file_id: i64, newest_file_id: i64,
    };
    series_events by (series_id: i64, event_id: Vec<u8>) {
        series_id: i64, event_id: Vec<u8>,
    };
    renumbered by (file_id: i64, id: Vec<u8>) {
        file_id: i64, id: Vec<u8>, given: Vec<u8>,
    };
    saved_searches by (name: String) {
        name: String, query: String, created_us: i64,
    };
}
