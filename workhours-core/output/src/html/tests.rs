//! Tests of the page.

use super::super::testing::{ALL, MAY_DAY, closed_pipe, failing_store, style, table, text, typical};
use super::*;
use workhours_base::table::{Cell, Chart, Column, ColumnType};

fn drawn(columns: &[Column], rows: Vec<Row>, chart: Chart) -> String {
    text(&Html, table(columns, rows).drawn(chart), &style()).0
}

/// The text between two marks, for each occurrence.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Vec<&'t str> {
    text.split(open).skip(1).filter_map(|rest| rest.split_once(close)).map(|(part, _)| part).collect()
}

#[test]
fn every_type_and_a_gap() {
    let (got, rows) = text(&Html, table(&ALL, typical()), &style());
    assert_eq!(rows, 2);
    let body = between(&got, "<tbody>\n", "</tbody>")[0];
    let want = "<tr><td class=\"t\"><time datetime=\"2024-05-01T12:03:22Z\">2024-05-01 14:03:22</time></td>\
        <td class=\"x\">say &quot;hi&quot;, tab␉here\nline\\end</td><td class=\"n\">-3</td>\
        <td class=\"n\">0.10</td><td class=\"t\">true</td>\
        <td class=\"x\"><span class=\"tag\">a</span><span class=\"tag\">b&quot;c</span></td></tr>\n\
        <tr class=\"gap\"><td class=\"t\"></td><td class=\"x\"></td><td class=\"n\"></td>\
        <td class=\"n\">42.50</td><td class=\"t\"></td><td class=\"x\"></td></tr>\n\
        <tr><td class=\"t\"></td><td class=\"x\"></td><td class=\"n\"></td><td class=\"n\"></td>\
        <td class=\"t\"></td><td class=\"x\"></td></tr>\n";
    assert_eq!(body, want);
    assert!(got.contains("date (Europe/Oslo)</th>") && got.contains("<dt>hours</dt><dd>7.5</dd>"));
    assert!(got.contains("2 rows") && got.ends_with("</html>\n"));
}

#[test]
fn nothing_comes_from_elsewhere_and_only_our_own_script_runs() {
    let (got, _) = text(&Html, table(&ALL, typical()), &style());
    for part in ["src=", "<link", "@import", "url(", " style=\"", " onclick", "http://", "https://"] {
        assert!(!got.contains(part), "{part}");
    }
    let policy = between(&got, "Content-Security-Policy\" content=\"", "\"")[0];
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let parts = between(&got, open, close);
        assert_eq!(parts.len(), 1);
        assert!(policy.contains(&hash(parts[0])), "{policy}");
    }
    // RFC 4648's examples.
    for (bytes, want) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
        assert_eq!(base64(bytes.as_bytes()), want);
    }
}

#[test]
fn an_empty_table_is_a_page_without_rows() {
    let got = drawn(&ALL, vec![], Chart::Bars { x: "date", y: "n", series: None });
    assert!(got.contains("<tbody>\n</tbody>") && got.contains("0 rows") && !got.contains("<figure"));
}

#[test]
fn hostile_cells_are_text() {
    let columns = [Column::new("cell", ColumnType::Text, "")];
    for (cell, want) in [
        ("</script><script>alert(1)</script>", "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("\" onclick='x'", "&quot; onclick=&#39;x&#39;"),
        ("<!--", "&lt;!--"),
        ("&lt;", "&amp;lt;"),
        ("a\0b\u{1b}[2J\u{202e}", "a␀b␛[2J⟨U+202E⟩"),
        ("one\r\ntwo", "one\ntwo"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        (
            "https://e.org/?a&b\"",
            "<a href=\"https://e.org/?a&amp;b%22\" rel=\"noopener noreferrer nofollow\">https://e.org/?a&amp;b&quot;</a>",
        ),
    ] {
        let got = drawn(&columns, vec![Row::Data(vec![cell.into()])], Chart::None);
        assert_eq!(between(&got.replace("\"x y\"", "\"x\""), "<td class=\"x\">", "</td>"), [want]);
    }
    let long = "<b>".repeat(200);
    let got = drawn(&columns, vec![Row::Data(vec![long.as_str().into()])], Chart::None);
    assert!(got.contains("<details><summary>&lt;b&gt;") && got.contains("…</summary>"));
}

#[test]
fn bars_beside_numbers_and_sparklines() {
    let columns =
        [Column::bar("work", ColumnType::Float, "").unit("h"), Column::new("days", ColumnType::Series, "")];
    let row = |n, days: &[f64]| Row::Data(vec![Cell::Float(n), Cell::Series(days.to_vec())]);
    let mut rows = vec![row(4.0, &[0.0, 1.0]); BLOCK];
    rows.extend([row(1.0, &[f64::NAN]), row(9.0, &[])]);
    let got = drawn(&columns, rows, Chart::None);
    assert!(got.contains("work <small>h</small>"));
    let bars = between(&got, "aria-hidden=\"true\">", "</svg>");
    assert_eq!(
        (bars[0], bars[BLOCK]),
        ("<rect width=\"100.0\" height=\"10\"/>", "<rect width=\"25.0\" height=\"10\"/>")
    );
    assert!(bars[BLOCK + 1].starts_with("<path"), "beyond the longest");
    let sparks = between(&got, "role=\"img\"><title>", "</svg>");
    let spark = "0.0, 1.0</title><rect x=\"0\" y=\"15.0\" width=\"4\" height=\"1.0\"/>\
                 <rect x=\"5\" y=\"0.0\" width=\"4\" height=\"16.0\"/>";
    assert_eq!((sparks[0], sparks[BLOCK]), (spark, "</title>"));
}

const DAY: i64 = 86_400_000_000;

#[test]
fn charts_are_labelled_and_their_text_is_text() {
    let columns = [
        Column::new("day", ColumnType::Time, ""),
        Column::new("hours", ColumnType::Float, "").unit("h"),
        Column::new("project", ColumnType::Text, ""),
        Column::new("hour", ColumnType::Int, ""),
    ];
    let project = |i: i64| ["<b>&\"", "tides", "\u{202e}x"][i as usize % 3];
    let row = |i: i64| {
        let day = Cell::Time(MAY_DAY + i * DAY);
        Row::Data(vec![day, Cell::Float(i as f64 % 8.0), project(i).into(), Cell::Int(9 - i % 10)])
    };
    let mut rows: Vec<Row> = (0..30).map(row).collect();
    rows.push(Row::Data(vec![Cell::Null; 4]));
    for (chart, title, rects) in [
        (
            Chart::Bars { x: "day", y: "hours", series: Some("project") },
            "hours by day (Europe/Oslo) and project",
            30,
        ),
        (Chart::Bars { x: "project", y: "hours", series: None }, "hours by project", 3),
        (Chart::Heat { x: "hour", y: "project", value: "hours" }, "hours by hour and project", 30),
        (Chart::Calendar { day: "day", value: "hours" }, "hours by day (Europe/Oslo)", 366),
    ] {
        let got = drawn(&columns, rows.clone(), chart);
        let svg = between(&got, "<svg class=\"chart\"", "</figcaption>")[0];
        assert!(svg.contains(&format!("<title id=\"chart-title\">{title}</title>")), "{svg}");
        assert!(svg.contains("<desc id=\"chart-desc\">test: 30 points"), "{svg}");
        assert_eq!(svg.split("</svg>").next().unwrap().matches("<rect").count(), rects, "{chart:?}: {svg}");
        assert!(!svg.contains("<b>") && !svg.contains('\u{202e}') && !svg.contains("NaN"), "{svg}");
        // Well-formed: every opened tag is closed.
        for name in ["rect", "text", "title", "svg", "li", "ul"] {
            let opened =
                svg.matches(&format!("<{name} ")).count() + svg.matches(&format!("<{name}>")).count();
            let closed = svg.matches(&format!("</{name}>")).count();
            let itself = if name == "rect" { svg.matches("rx=\"2\"/>").count() } else { 0 };
            assert_eq!(opened + usize::from(name == "svg"), closed + itself, "{name} in {svg}");
        }
    }
}

#[test]
fn what_is_drawn_is_limited_and_says_so() {
    let columns = [Column::new("x", ColumnType::Int, ""), Column::new("y", ColumnType::Float, "")];
    let rows = |n: i64| (0..n).map(|i| Row::Data(vec![Cell::Int(i), Cell::Float(1.0)])).collect::<Vec<_>>();
    let chart = Chart::Bars { x: "x", y: "y", series: None };
    assert!(!drawn(&columns, rows(2_000), chart).contains("Drawn are"));
    assert!(drawn(&columns, rows(2_001), chart).contains("Drawn are the first 2000 of 2001 points."));
    let wrong = Chart::Bars { x: "z", y: "y", series: None };
    let error = Html.write(&mut table(&columns, vec![]).drawn(wrong), &mut Vec::new(), &style()).unwrap_err();
    assert_eq!(error.to_string(), "test: a drawing of the column z, which does not exist");
}

#[test]
fn pipes_and_stores_that_go_away() {
    closed_pipe(&Html);
    assert!(!failing_store(&Html).contains("</html>"), "half a page says so by its end");
}
