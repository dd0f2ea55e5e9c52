//! Tests of the calendar.

use super::super::testing::{ALL, MAY_DAY, closed_pipe, failing_store, style, table, text, typical};
use super::*;
use crate::by_name;

const HOUR: i64 = 3_600_000_000;

fn unfolded(columns: &[Column], rows: Vec<Row>) -> Vec<String> {
    let (got, _) = text(&Ics, table(columns, rows), &style());
    assert!(got.split("\r\n").all(|line| line.len() <= LINE && !line.contains(['\n', '\r'])), "{got}");
    got.replace("\r\n ", "").lines().map(str::to_owned).collect()
}

#[test]
fn every_type_and_a_gap() {
    let got = unfolded(&ALL, typical());
    let uid = &got[6];
    assert!(uid.starts_with("UID:") && uid.ends_with("@workhours") && uid.len() == 46, "{uid}");
    let want = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//workhours//workhours//EN",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:test",
        "BEGIN:VEVENT",
        uid,
        "DTSTAMP:20240501T120322Z",
        "DTSTART:20240501T120322Z",
        "SUMMARY:say \"hi\"\\, tab␉here\\nline\\\\end",
        "DESCRIPTION:n: -3\\ngap_minutes: 0.10\\nhuman: true\\ntags: a\\;b\"c",
        "CATEGORIES:a,b\"c",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
    ];
    assert_eq!(got, want);
    let written = Ics.write(&mut table(&ALL, typical()), &mut Vec::new(), &style()).unwrap();
    assert_eq!(written.rows, 1);
    assert_eq!(written.notes, ["1 row without a time that calendars know is left out"]);
}

#[test]
fn ends_and_durations() {
    let start = Column::new("start", ColumnType::Time, "");
    let row = |cell| Row::Data(vec![Cell::Time(MAY_DAY), cell]);
    for (column, cell, want) in [
        (Column::new("end", ColumnType::Time, ""), Cell::Time(MAY_DAY + HOUR), Some("20240501T130322Z")),
        (Column::new("end", ColumnType::Time, ""), Cell::Time(MAY_DAY), None),
        (Column::new("end", ColumnType::Time, ""), Cell::Null, None),
        (Column::new("duration_ms", ColumnType::Float, ""), Cell::Float(1_500.0), Some("20240501T120323Z")),
        (Column::new("duration_min", ColumnType::Int, ""), Cell::Int(60), Some("20240501T130322Z")),
        (Column::new("duration", ColumnType::Int, "").unit("h"), Cell::Int(2), Some("20240501T140322Z")),
        (Column::new("duration", ColumnType::Int, ""), Cell::Int(2), None),
        (Column::new("duration_h", ColumnType::Float, ""), Cell::Float(1e300), None),
    ] {
        let got = unfolded(&[start, column], vec![row(cell)]);
        let end = got.iter().find_map(|line| line.strip_prefix("DTEND:"));
        assert_eq!(end, want, "{column:?}");
    }
}

#[test]
fn identities_are_stable_and_rows_that_are_alike_keep_apart() {
    let columns = [ALL[0], ALL[1]];
    let row = |title: &str| Row::Data(vec![Cell::Time(MAY_DAY), title.into()]);
    let uids = |rows: Vec<Row>| -> Vec<String> {
        unfolded(&columns, rows).into_iter().filter(|line| line.starts_with("UID:")).collect()
    };
    let got = uids(vec![row("a"), row("a"), row("b")]);
    assert_eq!(got, uids(vec![row("a"), row("a"), row("b")]));
    assert!(got[0] != got[1] && got[1] != got[2]);
    assert_eq!(uids(vec![row("b")]), got[2..]);
    let with_id = [ALL[0], Column::detail("id", ColumnType::Text, "")];
    let got = unfolded(&with_id, vec![row("00ff")]);
    assert!(got.contains(&"UID:00ff@workhours".to_owned()), "{got:?}");
}

#[test]
fn addresses_only_of_the_web_and_nothing_breaks_out() {
    let columns = [ALL[0], ALL[1], Column::new("url", ColumnType::Text, "")];
    let row = |title: &str, url: &str| Row::Data(vec![Cell::Time(MAY_DAY), title.into(), url.into()]);
    let hostile = "x\r\nEND:VEVENT\r\nATTACH:file:///etc/passwd\u{202e}\0";
    let got = unfolded(
        &columns,
        vec![
            row(hostile, "javascript:alert(1)"),
            row("b", "https://example.org/\r\nX:y"),
            row(&"語".repeat(99), ""),
        ],
    );
    assert!(
        got.contains(&"SUMMARY:x\\nEND:VEVENT\\nATTACH:file:///etc/passwd⟨U+202E⟩␀".to_owned()),
        "{got:?}"
    );
    let urls: Vec<_> = got.iter().filter(|line| line.starts_with("URL:")).collect();
    assert_eq!(urls, ["URL:https://example.org/X:y"]);
    assert_eq!(got.iter().filter(|line| *line == "END:VEVENT").count(), 3);
    assert!(got.contains(&format!("SUMMARY:{}", "語".repeat(99))));
}

#[test]
fn a_table_without_times_is_no_calendar() {
    let mut out = Vec::new();
    let error = Ics.write(&mut table(&[ALL[1]], vec![]), &mut out, &style()).unwrap_err();
    assert!(error.to_string().contains("test has no column of times") && error.hint_text().is_some());
    assert!(out.is_empty());
    assert_eq!(unfolded(&ALL, vec![]).len(), 6, "an empty calendar is one");
    assert_eq!(by_name("ics").unwrap().info().extensions, ["ics"]);
}

#[test]
fn pipes_and_stores_that_go_away() {
    closed_pipe(&Ics);
    failing_store(&Ics);
}
