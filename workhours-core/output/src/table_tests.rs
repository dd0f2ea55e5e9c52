//! Tests of the terminal's table.

use super::super::testing::{ALL, MAY_DAY, closed_pipe, failing_store, style, table, text, typical};
use super::*;
use crate::people::show;
use chrono_tz::Europe::Oslo;
use workhours_base::table::Cell;

fn lines(columns: &[Column], rows: Vec<Row>, style: &Style) -> Vec<String> {
    text(&Terminal, table(columns, rows), style).0.lines().map(str::to_owned).collect()
}

const TITLE: [Column; 1] = [Column::new("title", ColumnType::Text, "")];

fn titles(cells: &[&str]) -> Vec<Row> {
    cells.iter().map(|c| Row::Data(vec![(*c).into()])).collect()
}

#[test]
fn every_type_and_a_gap() {
    let (got, rows) = text(&Terminal, table(&ALL, typical()), &style());
    let want = "\
date (Europe/Oslo)   title                               n  gap_minutes  human     tags
2024-05-01 14:03:22  say \"hi\", tab␉here␊line\\end        -3         0.10  true      a;b\"c
--------             --------                     --------        42.50  --------  --------

";
    assert_eq!((got.as_str(), rows), (want, 2));
}

#[test]
fn details_on_request_and_when_there_is_nothing_else() {
    let all = Style { all_columns: true, ..style() };
    let got = lines(&ALL, typical(), &all);
    assert!(got[0].ends_with("tags      meta") && got[1].ends_with("a;b\"c     {\"k\":␊[1,2]}"), "{got:#?}");
    let only = [Column::detail("id", ColumnType::Text, "")];
    assert_eq!(lines(&only, titles(&["x"]), &style())[..2], ["id", "x"]);
}

#[test]
fn an_empty_table_is_a_header_and_a_word() {
    let want = ["date (Europe/Oslo)  title  n  gap_minutes  human  tags", "(no rows)"];
    assert_eq!(lines(&ALL, vec![], &style()), want);
    // A block that is exactly full is not an empty one.
    assert_eq!(lines(&TITLE, titles(&["x"; BLOCK]), &style()).len(), 1 + BLOCK);
}

#[test]
fn colour_only_when_asked_and_only_around_whole_lines() {
    assert!(!text(&Terminal, table(&ALL, typical()), &style()).0.contains('\x1b'));
    let got = lines(&ALL, typical(), &Style { color: true, ..style() });
    assert!(got[0].starts_with("\x1b[1mdate") && got[0].ends_with("tags\x1b[0m"), "{got:#?}");
    assert!(!got[1].contains('\x1b'));
    assert!(got[2].starts_with("\x1b[2m--------") && got[2].ends_with("--------\x1b[0m"), "{got:#?}");
}

#[test]
fn hostile_cells_are_shown_not_obeyed() {
    let rows = titles(&["a\u{1b}[2Jb", "x\u{202e}y", "\0", "\"q\"", "tab\there", "two\nlines", "\u{9b}0m"]);
    let want = ["title", "a␛[2Jb", "x⟨U+202E⟩y", "␀", "\"q\"", "tab␉here", "two␊lines", "⟨U+009B⟩0m"];
    assert_eq!(lines(&TITLE, rows, &style())[..8], want);
}

#[test]
fn wide_characters_take_two_columns() {
    let columns = [TITLE[0], Column::new("n", ColumnType::Int, "")];
    let row = |title: &str, n| Row::Data(vec![title.into(), Cell::Int(n)]);
    let got = lines(&columns, vec![row("日本語", 1), row("🦀", 22), row("abcdef", 3)], &style());
    assert_eq!(got[..4], ["title    n", "日本語   1", "🦀      22", "abcdef   3"]);
}

#[test]
fn fits_the_terminal() {
    let columns = [
        Column::new("date", ColumnType::Time, ""),
        Column::new("host", ColumnType::Text, ""),
        Column::new("title", ColumnType::Text, ""),
        Column::new("n", ColumnType::Int, ""),
    ];
    let long = "a title that goes on and on ".repeat(1_000);
    let row =
        |title: &str, n| Row::Data(vec![Cell::Time(MAY_DAY), "desk".into(), title.into(), Cell::Int(n)]);
    let mut rows = vec![row(&long, 1); BLOCK];
    rows.push(row(&long.replace(' ', "語"), 123_456));
    let got = lines(&columns, rows, &Style { width: Some(60), ..style() });
    assert_eq!(got[0], "date (Europe/Oslo)   host  title                           n");
    assert_eq!(got[1], "2024-05-01 14:03:22  desk  a title that goes on and on a…  1");
    assert!(got[..=BLOCK].iter().all(|l| l.width() == 60));
    let last = "2024-05-01 14:03:22  desk  a語title語that語goes語on語and…  123456";
    assert_eq!(got[BLOCK + 1], last, "a number in a later row is whole, even where it sticks out");
    // Too narrow for the numbers: text is at its narrowest, and nothing panics.
    for width in [0, 1, 20] {
        let got = lines(&columns, vec![row(&long, 1)], &Style { width: Some(width), ..style() });
        assert!(got[1].starts_with("2024-05-01 14:03:22") && got[1].ends_with('1'), "{got:#?}");
    }
}

#[test]
fn a_gap_after_the_layout_keeps_the_columns() {
    let columns =
        [TITLE[0], Column::new("n", ColumnType::Int, ""), Column::new("gap", ColumnType::Float, "")];
    let mut rows = vec![Row::Data(vec!["x".into(), Cell::Int(1), Cell::Null]); BLOCK];
    rows.push(Row::Separator(vec![Cell::Null, Cell::Null, Cell::Float(42.5)]));
    let got = lines(&columns, rows.clone(), &Style { width: Some(80), ..style() });
    assert_eq!((got[0].as_str(), got[BLOCK + 1].as_str()), ("title  n  gap", "-----  -  42.50"));
    let got = lines(&columns, rows, &style());
    assert_eq!(got[BLOCK + 1], "--------  --------  42.50");
}

#[test]
fn no_width_no_cutting() {
    let long = "x".repeat(10_000);
    let mut rows = titles(&["short"; BLOCK]);
    rows.extend(titles(&[&long]));
    let got = lines(&TITLE, rows, &style());
    assert_eq!(got[BLOCK + 1], long);
}

#[test]
fn widths_share_what_there_is() {
    let columns = [TITLE[0], TITLE[0], TITLE[0]];
    let row =
        |a: usize, b: usize, c: usize| Row::Data([a, b, c].map(|n| "x".repeat(n).as_str().into()).to_vec());
    for (cells, width, want) in [
        ((5, 5, 5), 19, [5, 5, 5]),
        ((5, 90, 90), 40, [5, 16, 15]),
        ((90, 90, 90), 40, [12, 12, 12]),
        ((90, 90, 90), 10, [8, 8, 8]),
    ] {
        let got =
            lines(&columns, vec![row(cells.0, cells.1, cells.2)], &Style { width: Some(width), ..style() });
        let widths: Vec<_> = got[1].split("  ").map(|c| c.width()).collect();
        assert_eq!(widths, want, "{cells:?} in {width}: {got:?}");
    }
}

#[test]
fn floats_and_times_for_people() {
    for (cell, want) in [
        (Cell::Float(0.0), "0.00"),
        (Cell::Float(1.0 / 3.0), "0.33"),
        (Cell::Float(-1234.5), "-1234.50"),
        (Cell::Float(0.0001), "1.00e-4"),
        (Cell::Float(1e20), "1.00e20"),
        (Cell::Float(f64::NAN), ""),
        (Cell::Time(MAY_DAY + 999_999), "2024-05-01 14:03:22"),
        (Cell::Time(MAY_DAY - 200 * 86_400_000_000), "2023-10-14 14:03:22"),
        (Cell::Time(0), "1970-01-01 01:00:00"),
        (Cell::Time(i64::MAX), "+294247-01-10T04:00:54.775807Z"),
        (Cell::Time(i64::MIN), "-290308-12-21T19:59:05.224192Z"),
    ] {
        assert_eq!(show(&cell, "", Oslo, None), want);
    }
}

#[test]
fn bars_and_sparklines() {
    let columns = [
        TITLE[0],
        Column::bar("hours", ColumnType::Float, "").unit("h"),
        Column::new("days", ColumnType::Series, ""),
    ];
    let row =
        |title: &str, hours, days: &[f64]| Row::Data(vec![title.into(), hours, Cell::Series(days.to_vec())]);
    let mut rows = vec![
        row("a", Cell::Float(8.0), &[0.0, 7.0]),
        row("b", Cell::Float(1.0), &[]),
        row("c", Cell::Float(-2.0), &[1.0]),
        Row::Separator(vec![Cell::Null, Cell::Null, Cell::Null]),
        row("d", Cell::Null, &[3.5, 7.0]),
    ];
    rows.resize(BLOCK, row("e", Cell::Int(4), &[]));
    rows.push(row("f", Cell::Float(9.0), &[]));
    let narrow = Style { width: Some(60), ..style() };
    let got = lines(&columns, rows.clone(), &narrow);
    let want = [
        "title  hours                    days",
        "a       8.00  ████████████████  ▁█",
        "b       1.00  ██",
        "c      -2.00                    █",
        "-----  -----                    ----",
        "d                               ▅█",
        "e          4  ████████",
    ];
    assert_eq!(got[..7], want);
    assert_eq!(got[BLOCK + 1], "f       9.00  ███████████████›");
    // No row has a number, so no space is needed.
    let got = lines(&columns, rows[3..5].to_vec(), &style());
    assert_eq!(got[0], "title        hours  days");
}

#[test]
fn the_zone_is_named_once() {
    let columns = [Column::new("start", ColumnType::Time, ""), Column::new("end", ColumnType::Time, "")];
    assert_eq!(lines(&columns, vec![], &style())[0], "start (Europe/Oslo)  end");
}

#[test]
fn pipes_and_stores_that_go_away() {
    closed_pipe(&Terminal);
    assert_eq!(failing_store(&Terminal).lines().count(), 4);
}
