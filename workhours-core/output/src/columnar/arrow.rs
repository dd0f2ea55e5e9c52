//! `arrow`: an Arrow IPC file, which is also Feather version 2: the types of `parquet`, not compressed, mapped into
//! memory instead of read.
//!
//! A file has one dictionary for each category, before all rows. So rows are kept in an unnamed temporary file, which
//! other users can't open, until all words are known.

use super::batch::{Batch, spelled};
use super::{schema, unwrapped};
use crate::text::{self, BUFFER_BYTES};
use crate::{Output, OutputEntry, OutputInfo, Style, Written};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek, Write};
use std::sync::Arc;
use workhours_base::error::{Context, Result};
use workhours_base::table::{Row, Table};

struct Arrow;

inventory::submit! { OutputEntry(&Arrow) }

impl Output for Arrow {
    fn info(&self) -> &'static OutputInfo {
        &OutputInfo {
            name: "arrow",
            extensions: &["arrow", "feather", "ipc"],
            summary: "an Arrow IPC file, also known as Feather: typed columns for pandas, polars and R",
            binary: true,
        }
    }

    fn write(&self, table: &mut Table<'_>, out: &mut dyn Write, _style: &Style) -> Result<Written> {
        let schema = Arc::new(schema(&table.name, &table.columns));
        let mut batch = Batch::new(&table.columns);
        let mut waiting = Waiting::new(&schema).context(|| "cannot write a temporary file")?;
        let mut rows = 0;
        while let Some(row) = text::next_row(table)? {
            rows += u64::from(matches!(row, Row::Data(_)));
            let (Row::Data(cells) | Row::Separator(cells)) = &row;
            batch.push(cells);
            if batch.is_full() {
                waiting.push(batch.keyed()).context(|| "cannot write a temporary file")?;
            }
        }
        if !batch.is_empty() {
            waiting.push(batch.keyed()).context(|| "cannot write a temporary file")?;
        }
        let waiting = waiting.read().context(|| "cannot read a temporary file")?;
        text::written(assemble(&schema, waiting, &batch.words(), out))?;
        Ok(Written::rows(rows))
    }
}

/// Writes the file: batches that waited, with all words of their categories.
fn assemble(
    schema: &SchemaRef,
    waiting: StreamReader<BufReader<File>>,
    words: &[Option<ArrayRef>],
    out: &mut dyn Write,
) -> io::Result<()> {
    let out = BufWriter::with_capacity(BUFFER_BYTES, out);
    let mut writer = FileWriter::try_new(out, schema).map_err(unwrapped)?;
    for batch in waiting {
        let columns = spelled(batch.map_err(unwrapped)?.columns().to_vec(), words).map_err(unwrapped)?;
        let batch = RecordBatch::try_new(schema.clone(), columns).map_err(unwrapped)?;
        writer.write(&batch).map_err(unwrapped)?;
    }
    writer.finish().map_err(unwrapped)?;
    writer.flush().map_err(unwrapped)
}

/// Batches whose categories are only keys, on disk.
struct Waiting {
    writer: StreamWriter<BufWriter<File>>,
    schema: SchemaRef,
}

impl Waiting {
    fn new(schema: &Schema) -> io::Result<Self> {
        let keyed = |field: &Arc<Field>| match field.data_type() {
            DataType::Dictionary(key, _) => Field::new(field.name(), key.as_ref().clone(), true),
            _ => field.as_ref().clone(),
        };
        let schema = Arc::new(Schema::new(schema.fields().iter().map(keyed).collect::<Vec<_>>()));
        let file = BufWriter::with_capacity(BUFFER_BYTES, tempfile::tempfile()?);
        let writer = StreamWriter::try_new(file, &schema).map_err(unwrapped)?;
        Ok(Self { writer, schema })
    }

    fn push(&mut self, columns: Vec<ArrayRef>) -> io::Result<()> {
        let batch = RecordBatch::try_new(self.schema.clone(), columns).map_err(unwrapped)?;
        self.writer.write(&batch).map_err(unwrapped)
    }

    fn read(self) -> io::Result<StreamReader<BufReader<File>>> {
        let buffer = self.writer.into_inner().map_err(unwrapped)?;
        let mut file = buffer.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        StreamReader::try_new_buffered(file, None).map_err(unwrapped)
    }
}
