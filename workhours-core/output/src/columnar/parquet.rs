//! `parquet`: columns, compressed, for pandas, polars, DuckDB and other tools that read tables from files.
//!
//! The Arrow schema is written to the file too, so that categories and zones are restored. An incomplete file has no
//! footer, so it doesn't look complete.

use super::batch::{Batch, spelled};
use super::{schema, unwrapped};
use crate::text;
use crate::{Output, OutputEntry, OutputInfo, Style, Written};
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use std::io::{self, Write};
use std::sync::Arc;
use workhours_base::error::Result;
use workhours_base::table::{Row, Table};

/// A row group is in memory, compressed, until it is whole.
const GROUP_ROWS: usize = 128 * 1_024;
const GROUP_BYTES: usize = 32 << 20;

struct Parquet;

inventory::submit! { OutputEntry(&Parquet) }

impl Output for Parquet {
    fn info(&self) -> &'static OutputInfo {
        &OutputInfo {
            name: "parquet",
            extensions: &["parquet", "pq"],
            summary: "typed columns, compressed, for pandas, polars and databases",
            binary: true,
        }
    }

    fn write(&self, table: &mut Table<'_>, out: &mut dyn Write, _style: &Style) -> Result<Written> {
        let schema = Arc::new(schema(&table.name, &table.columns));
        let mut file = text::written(File::new(&schema, &table.name, out))?;
        let mut batch = Batch::new(&table.columns);
        let mut rows = 0;
        while let Some(row) = text::next_row(table)? {
            rows += u64::from(matches!(row, Row::Data(_)));
            let (Row::Data(cells) | Row::Separator(cells)) = &row;
            batch.push(cells);
            if batch.is_full() {
                text::written(file.write(&mut batch))?;
            }
        }
        if !batch.is_empty() {
            text::written(file.write(&mut batch))?;
        }
        text::written(file.finish())?;
        Ok(Written::rows(rows))
    }
}

/// A file that goes where the table goes as it grows: the crate's writer wants one that can be sent to other threads,
/// which a caller's need not be, so it gets a vector that is emptied after each batch.
struct File<'o> {
    writer: ArrowWriter<Vec<u8>>,
    schema: SchemaRef,
    out: &'o mut dyn Write,
}

impl<'o> File<'o> {
    fn new(schema: &SchemaRef, table: &str, out: &'o mut dyn Write) -> io::Result<Self> {
        let mine = KeyValue::new("workhours.table".to_owned(), table.to_owned());
        let properties = WriterProperties::builder()
            .set_created_by(format!("workhours {}", env!("CARGO_PKG_VERSION")))
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_key_value_metadata(Some(vec![mine]))
            .build();
        let writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties)).map_err(bare)?;
        Ok(Self { writer, schema: schema.clone(), out })
    }

    fn write(&mut self, batch: &mut Batch) -> io::Result<()> {
        let columns = batch.keyed();
        let columns = spelled(columns, &batch.words()).map_err(unwrapped)?;
        let batch = RecordBatch::try_new(self.schema.clone(), columns).map_err(unwrapped)?;
        self.writer.write(&batch).map_err(bare)?;
        if self.writer.memory_size() > GROUP_BYTES {
            self.writer.flush().map_err(bare)?;
        }
        self.out.write_all(&std::mem::take(self.writer.inner_mut()))
    }

    fn finish(self) -> io::Result<()> {
        let rest = self.writer.into_inner().map_err(bare)?;
        self.out.write_all(&rest)?;
        self.out.flush()
    }
}

fn bare(error: ParquetError) -> io::Error {
    io::Error::other(error)
}
