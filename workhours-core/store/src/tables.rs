//! Every table with its columns and its key, in an order in which what is referred to comes first; and rows of each, whole.

use crate::backend::bulk::*;
use crate::canon::Canon;
use crate::schema;
use diesel::prelude::*;
use diesel::query_builder::AstPass;

/// Calls a macro with the list of all tables.
macro_rules! all_tables {
    ($to:ident) => {
        $to! {
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
            followed by (id: String) {
                id: String, source_type: String, label: String, path: String, holder: String, until_us: i64,
                state: String, files: i64, pending: i64, since_us: i64, looked_us: i64, loaded_us: Option<i64>,
                events: i64, rejects: i64, problem: Option<String>, hint: Option<String>,
                problem_us: Option<i64>,
            };
            tokens by (name: String) {
                name: String, hash: String, scope: String, sources: String, host: Option<String>,
                user: Option<String>, created_us: i64, expires_us: Option<i64>, used_us: Option<i64>,
            };
            floors by (source_type: String) {
                source_type: String, floor_us: i64,
            };
            due_runs by (schedule: String, due_us: i64) {
                schedule: String, due_us: i64, holder: String, until_us: i64, state: String, began_us: i64,
                ended_us: Option<i64>, message: Option<String>,
            };
        }
    };
}

pub(crate) use all_tables;

/// Says what a table's rows are made of. They are inserted the way a load's are.
macro_rules! whole_rows {
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
            }
        )+
    };
}

all_tables!(whole_rows);
