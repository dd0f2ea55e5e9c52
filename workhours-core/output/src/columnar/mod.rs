//! The formats of data frames, `parquet` and `arrow`: a schema with real types, and rows gathered into batches of
//! columns.
//!
//! Constant memory: a batch is at most [`BATCH_ROWS`] rows or [`BATCH_BYTES`] of text, and only the words of
//! categories, which are few by nature, are kept until the end.

mod arrow;
mod batch;
mod parquet;
#[cfg(test)]
mod tests;

use arrow_schema::{ArrowError, DataType, Field, Schema, TimeUnit};
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use workhours_base::table::{Column, ColumnType};

/// Rows of a batch.
const BATCH_ROWS: usize = 8_192;

/// Bytes of text that end a batch early: a megabyte a cell is allowed, and a column of text holds 2 GiB at most.
const BATCH_BYTES: usize = 16 << 20;

/// How a column is stored.
fn data_type(kind: ColumnType) -> DataType {
    let list_of = |of| DataType::List(Arc::new(Field::new("item", of, true)));
    match kind {
        ColumnType::Text | ColumnType::Json => DataType::Utf8,
        ColumnType::Category => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        ColumnType::Int => DataType::Int64,
        ColumnType::Float => DataType::Float64,
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        ColumnType::List => list_of(DataType::Utf8),
        ColumnType::Series => list_of(DataType::Float64),
    }
}

/// The schema: every column may have nulls, and has its meaning and unit.
fn schema(table: &str, columns: &[Column]) -> Schema {
    let field = |column: &Column| {
        let mut metadata = HashMap::from([("help".to_owned(), column.help.to_owned())]);
        metadata.extend(column.unit.map(|unit| ("unit".to_owned(), unit.to_owned())));
        Field::new(column.name, data_type(column.kind), true).with_metadata(metadata)
    };
    let fields: Vec<Field> = columns.iter().map(field).collect();
    Schema::new(fields).with_metadata(HashMap::from([("workhours.table".to_owned(), table.to_owned())]))
}

/// Takes the `io::Error` out of its wrapper, so that a closed pipe is recognised.
fn unwrapped(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, error) => error,
        other => io::Error::other(other),
    }
}
