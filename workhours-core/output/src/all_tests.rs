//! Requirements for every registered output: it handles any table, of any length, and untrusted text has no effect.

use super::testing::{ALL, MAY_DAY, style, table};
use super::{Output, Style, Written, outputs};
use workhours_base::table::{Cell, Chart, Column, ColumnType, Row};

/// One column of each type and each look.
const EVERY: [Column; 10] = [
    ALL[0],
    ALL[1],
    ALL[2],
    ALL[3],
    ALL[4],
    ALL[5],
    ALL[6],
    Column::new("kind", ColumnType::Category, "which kind"),
    Column::new("days", ColumnType::Series, "day by day").unit("h"),
    Column::bar("hours", ColumnType::Float, "how much").unit("h"),
];

fn every(i: usize, text: &str) -> Row {
    Row::Data(vec![
        Cell::Time(MAY_DAY + i as i64 * 60_000_000),
        text.into(),
        Cell::Int(i as i64),
        Cell::Float(i as f64 / 7.0),
        Cell::Bool(i.is_multiple_of(2)),
        Cell::List(vec![text.into(), "b".into()]),
        Cell::Json(serde_json::json!({ "k": text }).to_string().into()),
        ["shell.command", "http.request"][i % 2].into(),
        Cell::Series(vec![0.0, i as f64, f64::NAN]),
        Cell::Float((i % 24) as f64),
    ])
}

fn written(output: &dyn Output, rows: Vec<Row>, style: &Style) -> (Vec<u8>, Written) {
    let mut out = Vec::new();
    let chart = Chart::Bars { x: "date", y: "hours", series: Some("kind") };
    let mut table = table(&EVERY, rows).drawn(chart);
    let written = output.write(&mut table, &mut out, style).unwrap();
    (out, written)
}

#[test]
fn tables_of_any_length() {
    for output in outputs() {
        let name = output.info().name;
        for style in [style(), Style { all_columns: true, color: true, width: Some(80), ..style() }] {
            for rows in [0, 1, 10_000] {
                let (out, got) = written(output, (0..rows).map(|i| every(i, "text")).collect(), &style);
                assert_eq!(got, Written::rows(rows as u64), "{name}");
                assert_eq!(out.is_empty(), rows == 0 && name == "jsonl", "{name}");
            }
            // The calendar takes only rows with a time, and reports the others.
            let (_, got) = written(output, vec![Row::Data(vec![Cell::Null; EVERY.len()])], &style);
            assert_eq!(got.rows, u64::from(name != "ics"), "{name}");
            let (_, got) = written(output, vec![Row::Separator(vec![Cell::Null; EVERY.len()])], &style);
            assert_eq!((got.rows, got.notes.len()), (0, 0), "{name}");
        }
    }
}

#[test]
fn the_same_table_gives_the_same_bytes() {
    for output in outputs().into_iter().filter(|o| o.info().name != "xlsx") {
        let rows = || (0..20).map(|i| every(i, "text")).collect();
        assert_eq!(written(output, rows(), &style()).0, written(output, rows(), &style()).0);
    }
}

const HOSTILE: [&str; 12] = [
    "=HYPERLINK(\"http://example.org\",\"x\")",
    "\u{1b}]0;owned\u{7}\u{1b}[2J",
    "exe\u{202e}gpj.",
    "two\nlines\r\nthree",
    "a\0b",
    "</script><script>alert(1)</script>",
    "\"'`|<>&;,\\",
    "javascript:alert(1)",
    "\u{feff}=1+1",
    "]]>--><!--",
    "_x0041_",
    "\u{fffe}\u{ffff}\u{9b}0m",
];

#[test]
fn hostile_text_is_inert_everywhere() {
    let big = "<b>=\u{1b}[".repeat((1 << 20) / 6);
    for output in outputs() {
        let name = output.info().name;
        let texts = HOSTILE.iter().copied().chain([big.as_str()]);
        let rows: Vec<Row> = texts.enumerate().map(|(i, text)| every(i, text)).collect();
        for style in [style(), Style { all_columns: true, ..style() }] {
            let (out, got) = written(output, rows.clone(), &style);
            assert_eq!(got.rows as usize, rows.len(), "{name}");
            if output.info().binary || ["csv", "csv-safe", "tsv", "json", "jsonl"].contains(&name) {
                continue;
            }
            // Output for people contains nothing that a terminal obeys.
            let text = String::from_utf8(out).unwrap();
            let bad = |c: char| {
                (c.is_control() && c != '\n' && c != '\r') || matches!(c, '\u{202e}' | '\u{feff}' | '\u{9b}')
            };
            let found = text.char_indices().find(|(_, c)| bad(*c));
            assert!(
                found.is_none(),
                "{name}: {found:?} at {:?}",
                found.map(|(i, _)| text.get(i.saturating_sub(99)..i))
            );
            assert!(!["html", "markdown"].contains(&name) || !text.contains("<script>alert"), "{name}");
        }
    }
}

/// The second column of what an output wrote, read with a reader of its format.
fn titles(name: &str, out: &[u8]) -> Vec<String> {
    let text = || std::str::from_utf8(out).unwrap();
    let title = |row: &serde_json::Value| row["title"].as_str().unwrap().to_owned();
    match name {
        "csv" => csv::Reader::from_reader(out).records().map(|r| r.unwrap()[1].to_owned()).collect(),
        "tsv" => {
            let plain = |cell: &str| {
                let cell = cell.replace("\\\\", "\u{e000}").replace("\\t", "\t").replace("\\n", "\n");
                cell.replace("\\r", "\r").replace('\u{e000}', "\\")
            };
            text().split_terminator('\n').skip(1).map(|l| plain(l.split('\t').nth(1).unwrap())).collect()
        }
        "json" => serde_json::from_slice::<Vec<_>>(out).unwrap().iter().map(title).collect(),
        _ => text().lines().map(|line| title(&serde_json::from_str(line).unwrap())).collect(),
    }
}

#[test]
fn what_strangers_wrote_reads_back_as_it_was() {
    let big = "x\t\"=\n".repeat((1 << 20) / 5);
    let texts: Vec<&str> = HOSTILE.iter().copied().chain([big.as_str(), "", " a ", "\\n"]).collect();
    for name in ["csv", "tsv", "json", "jsonl"] {
        let rows = texts.iter().map(|text| every(0, text)).collect();
        let (out, _) = written(super::by_name(name).unwrap(), rows, &style());
        assert_eq!(titles(name, &out), texts, "{name}");
    }
}
