//! Tests of the formats of data frames, read back with the crates that wrote them. That others read them is for the
//! end-to-end tests to say.

use super::super::testing::{ALL, MAY_DAY, closed_pipe_at, failing_store, style, table, typical};
use super::*;
use crate::{Output, by_name};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use std::io::Write as _;
use workhours_base::table::{Cell, Row};

fn bytes(output: &dyn Output, columns: &[Column], rows: Vec<Row>) -> Vec<u8> {
    let mut out = Vec::new();
    output.write(&mut table(columns, rows), &mut out, &style()).unwrap();
    out
}

fn read(output: &dyn Output, columns: &[Column], rows: Vec<Row>) -> (Schema, Vec<RecordBatch>) {
    let bytes = bytes(output, columns, rows);
    if output.info().name == "arrow" {
        let reader = arrow_ipc::reader::FileReader::try_new(std::io::Cursor::new(bytes), None).unwrap();
        return (reader.schema().as_ref().clone(), reader.map(Result::unwrap).collect());
    }
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    let file = ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file);
    let file = file.unwrap();
    (file.schema().as_ref().clone(), file.build().unwrap().map(Result::unwrap).collect())
}

fn both() -> [&'static dyn Output; 2] {
    ["arrow", "parquet"].map(|name| by_name(name).unwrap())
}

#[test]
fn every_type_and_a_gap() {
    for output in both() {
        let (schema, batches) = read(output, &ALL, typical());
        let batch = &batches[0];
        assert_eq!((batches.len(), batch.num_rows()), (1, 3));
        for (field, column) in schema.fields().iter().zip(&ALL) {
            assert_eq!(field.data_type(), &data_type(column.kind), "{}", column.name);
            assert!(field.is_nullable());
            assert_eq!(field.metadata()["help"], column.help);
        }
        assert_eq!(batch.column(0).as_primitive::<TimestampMicrosecondType>().value(0), MAY_DAY);
        assert_eq!(batch.column(1).as_string::<i32>().value(0), "say \"hi\", tab\there\nline\\end");
        assert_eq!(batch.column(2).as_primitive::<Int64Type>().value(0), -3);
        let gaps = batch.column(3).as_primitive::<Float64Type>();
        assert_eq!((gaps.value(0), gaps.value(1), gaps.is_null(2)), (0.1, 42.5, true));
        assert!(batch.column(4).as_boolean().value(0));
        let tags = batch.column(5).as_list::<i32>().value(0);
        assert_eq!(tags.as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["a", "b\"c"]);
        assert_eq!(batch.column(6).as_string::<i32>().value(0), "{\"k\":\n[1,2]}");
        assert!((0..ALL.len()).all(|i| batch.column(i).is_null(2)));
    }
}

#[test]
fn words_that_come_late_and_numbers_that_are_none() {
    let columns = [
        Column::new("kind", ColumnType::Category, "k").unit("h"),
        Column::new("days", ColumnType::Series, "d"),
    ];
    let row = |i: usize| {
        let word = if i == 19_999 { "late".to_owned() } else { format!("word {}", i % 3) };
        Row::Data(vec![Cell::from(word), Cell::Series(vec![1.5, f64::NAN])])
    };
    for output in both() {
        let (schema, batches) = read(output, &columns, (0..20_000).map(row).collect());
        assert_eq!(schema.field(0).metadata()["unit"], "h");
        assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 20_000);
        let last = batches.last().unwrap();
        let kinds = last.column(0).as_dictionary::<Int32Type>();
        let kinds = kinds.downcast_dict::<arrow_array::StringArray>().unwrap();
        let words: Vec<_> = kinds.into_iter().flatten().collect();
        assert_eq!(words[words.len() - 2..], ["word 0", "late"]);
        let days = last.column(1).as_list::<i32>().value(0);
        let days: Vec<_> = days.as_primitive::<Float64Type>().iter().collect();
        assert_eq!(days, [Some(1.5), None]);
    }
}

#[test]
fn no_rows_are_a_schema_and_a_megabyte_is_a_cell() {
    let columns = [Column::new("cell", ColumnType::Text, "")];
    for output in both() {
        let (schema, batches) = read(output, &columns, vec![]);
        assert_eq!((schema.fields().len(), batches.iter().map(RecordBatch::num_rows).sum::<usize>()), (1, 0));
        let hostile =
            ["=HYPERLINK(\"x\")", "\u{1b}[31m\u{202e}", "a\0b", "\r\n", "</script>", "\"'", "", "\u{ffff}"];
        let rows = hostile.map(|text| Row::Data(vec![text.into()])).to_vec();
        let (_, batches) = read(output, &columns, rows);
        let cells: Vec<_> = batches[0].column(0).as_string::<i32>().iter().flatten().collect();
        assert_eq!(cells, hostile);
        let big = "x\0".repeat(1 << 19);
        let (_, batches) = read(output, &columns, vec![Row::Data(vec![big.as_str().into()]); 40]);
        let cells = batches.iter().flat_map(|b| b.column(0).as_string::<i32>().iter().collect::<Vec<_>>());
        assert!(cells.flatten().all(|cell| cell == big));
    }
}

#[test]
fn pipes_and_stores_that_go_away() {
    for output in both() {
        closed_pipe_at(output, &[0, 1, 100, 1_000]);
        failing_store(output);
    }
}
