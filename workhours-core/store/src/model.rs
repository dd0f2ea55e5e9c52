//! The tables as a whole: their columns, and which columns refer to which table. For the checks and the diagrams. The
//! migrations are the authority: the columns are read from a database they create.

use super::Conn;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use workhours_base::database::{DatabaseUri, SqlitePath};
use workhours_base::error::{Context, Result};

/// A column that refers to another table's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// The table that refers.
    pub(super) table: &'static str,
    /// Its column.
    pub(super) column: &'static str,
    /// The table referred to.
    pub(super) to: &'static str,
    /// The column there.
    pub(super) key: &'static str,
    /// Whether the target must exist. Tasks outlive their inputs, a predecessor may be removed, and deletions are
    /// recorded.
    pub(super) strict: bool,
}

const fn refers(table: &'static str, column: &'static str, to: &'static str, key: &'static str) -> Reference {
    Reference { table, column, to, key, strict: true }
}

const fn once(table: &'static str, column: &'static str, to: &'static str, key: &'static str) -> Reference {
    Reference { table, column, to, key, strict: false }
}

/// All references. No foreign keys: a load would pay for each of them at every event, and the transactions see to it.
pub(super) const REFERENCES: [Reference; 34] = [
    refers("inputs", "source_type", "queues", "source_type"),
    refers("files", "input_id", "inputs", "id"),
    once("files", "predecessor_id", "files", "id"),
    refers("sightings", "file_id", "files", "id"),
    refers("cursors", "file_id", "files", "id"),
    once("cursors", "provisional_id", "events", "id"),
    refers("segments", "file_id", "files", "id"),
    refers("tasks", "source_type", "queues", "source_type"),
    once("tasks", "input_id", "inputs", "id"),
    once("tasks", "file_id", "files", "id"),
    once("batches", "task_id", "tasks", "id"),
    refers("events", "source_type", "queues", "source_type"),
    refers("events", "input_id", "inputs", "id"),
    refers("events", "task_id", "tasks", "id"),
    refers("events", "batch_id", "batches", "id"),
    refers("events", "place_id", "places", "id"),
    refers("events", "referrer_id", "places", "id"),
    refers("events", "agent_id", "agents", "id"),
    refers("events", "file_id", "files", "id"),
    refers("event_tags", "event_id", "events", "id"),
    refers("event_tags", "tag_id", "tags", "id"),
    refers("changes", "seq", "batches", "seq"),
    once("changes", "event_id", "events", "id"),
    refers("rejects", "file_id", "files", "id"),
    refers("rejects", "input_id", "inputs", "id"),
    refers("rejects", "task_id", "tasks", "id"),
    once("rejects", "batch_id", "batches", "id"),
    once("rollup_days", "input_id", "inputs", "id"),
    once("series", "file_id", "files", "id"),
    once("series", "newest_file_id", "files", "id"),
    once("series_events", "series_id", "series", "id"),
    once("series_events", "event_id", "events", "id"),
    once("renumbered", "file_id", "files", "id"),
    once("renumbered", "given", "events", "id"),
];

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TableModel {
    /// Its name.
    pub(super) name: String,
    /// Its columns, in order.
    pub(super) columns: Vec<ColumnModel>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub(super) struct ColumnModel {
    /// Its name.
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    /// SQLite's name for its type: TEXT, BIGINT, INTEGER, SMALLINT, BLOB, BOOLEAN.
    #[diesel(sql_type = Text)]
    pub(super) kind: String,
    /// Whether it may be NULL.
    #[diesel(sql_type = Bool)]
    pub(super) nullable: bool,
    /// Its place in the key, from 1; 0 when it is not part of it.
    #[diesel(sql_type = BigInt)]
    pub(super) key: i64,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// All tables, in the order in which the migrations make them.
///
/// # Errors
/// Errors of a database in memory: none.
pub(super) fn model() -> Result<Vec<TableModel>> {
    let mut conn = Conn::open(&DatabaseUri::Sqlite(SqlitePath::Memory))?;
    conn.migrate()?;
    let read = |conn: &mut Conn| -> QueryResult<Vec<TableModel>> {
        // The leading underscores separate the tables of the migration tool.
        let tables =
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_*' ORDER BY rowid";
        let names: Vec<Name> = diesel::sql_query(tables).load(conn)?;
        let table = |Name { name }| {
            let columns = format!(
                "SELECT name, type AS kind, \"notnull\" = 0 AS nullable, pk AS key FROM pragma_table_info('{name}')"
            );
            let columns = diesel::sql_query(columns).load(conn)?;
            Ok(TableModel { name, columns })
        };
        names.into_iter().map(table).collect()
    };
    read(&mut conn).context(|| "cannot read the tables of a new database")
}
