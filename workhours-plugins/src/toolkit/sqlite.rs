//! Reads tables of a SQLite database in memory, as passed by the host.
//!
//! Not for `-wal` and `-journal`: the host folds them in before. Nothing is written, and no file is opened. The
//! bytes are a stranger's: only plain tables are read, no view and no trigger runs, and work is bounded by size.

use crate::toolkit::cells::Cells;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OptionalExtension};
use std::io::Read;
use workhours_plugin_api::*;

const MAGIC: &[u8] = b"SQLite format 3\0";
const HEADER: usize = 100;
/// Steps of SQLite's machine between two looks at the budget.
const STEPS: u64 = 1_000;
/// An honest query takes a few steps for each byte it reads; a crossed join takes any number.
const STEPS_PER_BYTE: u64 = 200;
const STEPS_AT_LEAST: u64 = 20_000_000;

/// Files that SQLite keeps next to a database.
pub(crate) const COMPANIONS: &[&str] = &["-wal", "-shm", "-journal"];

/// Whether the input begins as a database does.
pub(crate) fn is_database(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// A database in memory.
pub(crate) struct Database {
    connection: Connection,
}

/// A table joined to the first: `LEFT JOIN table alias ON alias.column = equals`.
pub(crate) struct Join {
    pub(crate) alias: &'static str,
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
    /// A column of a table before, with its alias.
    pub(crate) equals: &'static str,
}

/// The columns to read, row by row in the order of row ids. A table or column that a version lacks is NULL.
pub(crate) struct Select {
    pub(crate) alias: &'static str,
    pub(crate) table: &'static str,
    pub(crate) joins: &'static [Join],
    /// Columns, each with its alias.
    pub(crate) columns: &'static [&'static str],
}

impl Database {
    /// Opens the input, or reports that it isn't a database or is damaged.
    pub(crate) fn open(input: &mut Input<'_>) -> Result<Self, SourceError> {
        let bytes = input.map()?;
        if !is_database(bytes) {
            return Err(SourceError::Unsupported(
                "a SQLite database was expected: the header is missing".into(),
            ));
        }
        let Some((header, rest)) = bytes.split_at_checked(HEADER) else {
            return Err(SourceError::Corrupt("the database is cut within its header".into()));
        };
        if let Some(whole) =
            whole_size(header, bytes.len() as u64).filter(|whole| *whole > bytes.len() as u64)
        {
            let why = format!("the database is cut: it has {} bytes of {whole}", bytes.len());
            return Err(SourceError::Corrupt(why));
        }
        let mut header = header.to_vec();
        // In memory there is no write-ahead log: SQLite would fail if the header says that one is in use.
        for version in &mut header[18..20] {
            if *version == 2 {
                *version = 1;
            }
        }
        let size = bytes.len() as u64;
        let connection = connect(header.as_slice().chain(rest), bytes.len(), size).map_err(failure)?;
        let database = Self { connection };
        // The first read shows whether the schema is valid.
        database.count_of_schema()?;
        Ok(database)
    }

    fn count_of_schema(&self) -> Result<i64, SourceError> {
        self.connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failure)
    }

    /// The columns of a plain table; none if there is no such table.
    pub(crate) fn columns(&self, table: &str) -> Result<Vec<String>, SourceError> {
        const PLAIN: &str = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1 AND rootpage > 0 \
            AND substr(sql, 1, 13) LIKE 'CREATE TABLE_'";
        let plain = self.connection.query_row(PLAIN, [table], |_| Ok(())).optional().map_err(failure)?;
        if plain.is_none() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        let add = |row: &rusqlite::Row<'_>| {
            // Generated columns compute something: they are not read.
            if row.get::<_, i64>("hidden")? == 0 {
                found.push(row.get("name")?);
            }
            Ok(())
        };
        self.connection.pragma(None, "table_xinfo", table, add).map_err(failure)?;
        Ok(found)
    }

    /// Whether a table has all of these columns.
    pub(crate) fn has(&self, table: &str, columns: &[&str]) -> Result<bool, SourceError> {
        let found = self.columns(table)?;
        Ok(columns.iter().all(|c| contains(&found, c)))
    }

    /// Reports that the database is another program's, unless a table has all of these columns.
    pub(crate) fn expect(&self, table: &str, columns: &[&str]) -> Result<(), SourceError> {
        if self.has(table, columns)? {
            return Ok(());
        }
        let columns = columns.join(", ");
        Err(SourceError::Unsupported(format!("the database has no table {table} with the columns {columns}")))
    }

    /// Passes each row to `each`; too long ones are rejected here.
    pub(crate) fn rows(
        &self,
        select: &Select,
        out: &mut dyn EventSink,
        mut each: impl FnMut(&Cells<'_>, &mut dyn EventSink) -> Result<(), SourceError>,
    ) -> Result<(), SourceError> {
        let sql = self.sql(select)?;
        let mut statement = self.connection.prepare(&sql).map_err(|e| match e.sqlite_error_code() {
            // Not damage: a table without row ids, or a column that is none.
            Some(ErrorCode::Unknown) => SourceError::Unsupported(e.to_string()),
            _ => failure(e),
        })?;
        let mut rows = statement.query([]).map_err(failure)?;
        while let Some(row) = rows.next().map_err(failure)? {
            let cells = Cells::new(row, select.columns);
            let stored: i64 = row.get(select.columns.len() + 1).unwrap_or(0);
            if cells.size() > MAX_RECORD_BYTES || stored > MAX_RECORD_BYTES as i64 {
                let reason = "the row is longer than a record may be";
                out.reject(&Reject {
                    span: cells.span(),
                    code: RejectCode::TooLong,
                    reason,
                    provisional: false,
                })?;
            } else {
                each(&cells, out)?;
            }
        }
        Ok(())
    }

    fn sql(&self, select: &Select) -> Result<String, SourceError> {
        let mut known = vec![(select.alias, self.columns(select.table)?)];
        let mut from = format!("{} {}", select.table, select.alias);
        for Join { alias, table, column, equals } in select.joins {
            let columns = self.columns(table)?;
            if contains(&columns, column) && is_there(&known, equals) {
                from += &format!(" LEFT JOIN {table} {alias} ON {alias}.{column} = {equals}");
                known.push((alias, columns));
            }
        }
        let mut sql = format!("SELECT {}.rowid", select.alias);
        // The length of a value precedes it: one that is too long isn't even read.
        let mut stored = "0".to_owned();
        for column in select.columns {
            if is_there(&known, column) {
                sql += &format!(", iif(octet_length({column}) > {MAX_RECORD_BYTES}, NULL, {column})");
                stored += &format!(" + coalesce(octet_length({column}), 0)");
            } else {
                sql += ", NULL";
            }
        }
        sql += &format!(", {stored}");
        Ok(format!("{sql} FROM {from} ORDER BY {}.rowid", select.alias))
    }
}

/// How many bytes the database has by its own account; SQLite itself reads a part of a page as if the rest were
/// zeros. None when the header makes no sense, which SQLite will find out.
fn whole_size(header: &[u8], len: u64) -> Option<u64> {
    let number = |at: usize| Some(u32::from_be_bytes(*header.get(at..)?.first_chunk()?));
    let page = match u16::from_be_bytes(*header.get(16..)?.first_chunk()?) {
        1 => 65_536,
        size => u64::from(size),
    };
    // Only SQLite 3.7 and later maintain the count of pages, and write the change counter next to it.
    match number(28)? {
        pages if pages > 0 && number(24)? == number(92)? => page.checked_mul(u64::from(pages)),
        _ => len.checked_next_multiple_of(page),
    }
}

fn contains(columns: &[String], column: &str) -> bool {
    columns.iter().any(|c| c.eq_ignore_ascii_case(column))
}

fn is_there(known: &[(&str, Vec<String>)], qualified: &str) -> bool {
    let (alias, column) = qualified.split_once('.').unwrap_or(("", qualified));
    known.iter().any(|(a, columns)| *a == alias && contains(columns, column))
}

fn connect(bytes: impl Read, len: usize, size: u64) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_in_memory()?;
    connection.deserialize_read_exact("main", bytes, len, true)?;
    for (what, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
    ] {
        connection.set_db_config(what, on)?;
    }
    for (limit, most) in [
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 20),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
        (Limit::SQLITE_LIMIT_VDBE_OP, 25_000),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        connection.set_limit(limit, most)?;
    }
    let mut left = STEPS_AT_LEAST.max(size.saturating_mul(STEPS_PER_BYTE)) / STEPS;
    let spent = move || {
        left = left.saturating_sub(1);
        left == 0
    };
    connection.progress_handler(STEPS as i32, Some(spent))?;
    connection
        .execute_batch("PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON; PRAGMA query_only = ON")?;
    Ok(connection)
}

fn failure(error: rusqlite::Error) -> SourceError {
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => {
            SourceError::Limit("reading the database takes more work than its size explains".into())
        }
        Some(ErrorCode::OutOfMemory) => {
            SourceError::Limit("the database needs more memory than there is".into())
        }
        _ => SourceError::Corrupt(error.to_string()),
    }
}
