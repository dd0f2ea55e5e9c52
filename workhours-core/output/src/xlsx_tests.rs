//! Tests of the workbook. The end-to-end tests read its content with openpyxl.

use super::super::testing::{ALL, MAY_DAY, closed_pipe_at, failing_store, style, table, typical};
use super::*;

fn book(output: &Xlsx, columns: &[Column], rows: Vec<Row>) -> (Written, usize) {
    let mut out = Vec::new();
    let written = output.write(&mut table(columns, rows), &mut out, &style()).unwrap();
    assert!(out.starts_with(b"PK"));
    (written, out.len())
}

const USUAL: Xlsx = Xlsx { sheet_rows: SHEET_ROWS };
const TITLE: [Column; 1] = [Column::new("title", ColumnType::Text, "")];

#[test]
fn rows_are_counted_and_nothing_is_remarked() {
    assert_eq!(book(&USUAL, &ALL, typical()).0, Written::rows(2));
    assert_eq!(book(&USUAL, &ALL, vec![]).0, Written::rows(0));
}

#[test]
fn what_does_not_fit_is_said() {
    let rows = ["x".repeat(CELL_UNITS), "🦀".repeat(20_000), "\0".repeat(1 << 20)];
    let rows = rows.map(|t| Row::Data(vec![Cell::from(t)])).to_vec();
    let (written, _) = book(&USUAL, &TITLE, rows);
    assert_eq!(written.rows, 3);
    assert!(written.notes[0].starts_with("2 cells are cut at 32767"), "{:?}", written.notes);
}

#[test]
fn more_rows_than_a_sheet_holds_go_to_the_next() {
    let few = Xlsx { sheet_rows: 3 };
    for (rows, sheets) in [(0, 1), (1, 1), (2, 1), (3, 2), (5, 3)] {
        let (written, _) = book(&few, &TITLE, vec![Row::Data(vec!["x".into()]); rows]);
        assert_eq!(written.rows as usize, rows);
        assert_eq!(written.notes.is_empty(), sheets == 1, "{rows}: {:?}", written.notes);
    }
}

#[test]
fn names_of_sheets() {
    for (table, number, want) in [
        ("events", 1, "events"),
        ("events", 2, "events 2"),
        ("columns", 1, "columns_table"),
        ("a/b[c]:*?\\'", 1, "a_b_c______"),
        ("", 1, "_table"),
    ] {
        assert_eq!(sheet_name(table, number), want);
    }
    assert!(sheet_name(&"語".repeat(100), u32::MAX).chars().count() <= 31);
}

#[test]
fn dates_are_days_of_the_wall_clock() {
    assert_eq!(serial(0, Tz::UTC), Some(25_569.0));
    let days = serial(MAY_DAY, chrono_tz::Europe::Oslo).unwrap();
    assert_eq!((days.trunc(), (days.fract() * 86_400.0).round()), (45_413.0, 50_602.0));
    for beyond in [i64::MIN, i64::MAX, -2_300_000_000_000_000] {
        assert_eq!(serial(beyond, Tz::UTC), None);
    }
}

#[test]
fn pipes_and_stores_that_go_away() {
    closed_pipe_at(&USUAL, &[0, 1, 100, 1_000]);
    failing_store(&USUAL);
}
