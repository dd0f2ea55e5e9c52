//! Tables and JSON written from known values: reading returns the values.

use crate::mapped::{parse, read, text};
use proptest::prelude::*;
use workhours_plugin_api::testing::MemoryInput;

/// A cell as a spreadsheet would write it.
fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

proptest! {
    #[test]
    fn tables_come_back(rows in prop::collection::vec(("[a-z\",; \n]{0,12}", "[a-zé\"\r\n,]{1,12}[a-z]"), 1..20)) {
        let mut table = "title,text\n".to_owned();
        for (title, body) in &rows {
            table += &format!("{},{}\n", quoted(title), quoted(body));
        }
        let got = read("csv", &[("delimiter", ",")], table.as_bytes());
        let cells: Vec<_> = got.events.iter().map(|e| (text(&e.title).to_owned(), text(&e.text).to_owned())).collect();
        prop_assert_eq!(cells, rows);
    }

    #[test]
    fn any_delimiter_is_found(
        rows in prop::collection::vec(("[a-z,;|]{1,8}", "[a-zé\",;|\t ]{0,12}"), 1..12),
        delimiter in prop::sample::select(vec![',', ';', '|', '\t']),
    ) {
        let cell = |text: &str| match text.contains(['"', delimiter]) {
            true => format!("\"{}\"", text.replace('"', "\"\"")),
            false => text.to_owned(),
        };
        let header = ["Datum", "Titel", "Beschreibung (a, b; c|d, e)"].map(cell);
        let mut table = header.join(&delimiter.to_string()) + "\n";
        for (title, body) in &rows {
            table += &(["15.03.2024", title, body].map(cell).join(&delimiter.to_string()) + "\n");
        }
        let got = read("csv", &[], table.as_bytes());
        let cells: Vec<_> = got.events.iter().map(|e| (text(&e.title).to_owned(), text(&e.text).to_owned())).collect();
        prop_assert_eq!(cells, rows, "{}", table);
        prop_assert!(got.events.iter().all(|e| e.time.is_some()));
    }

    #[test]
    fn lists_come_back_in_any_layout(titles in prop::collection::vec("\\PC{0,12}", 1..12)) {
        let items: Vec<_> = titles
            .iter()
            .map(|title| serde_json::json!({"title": title, "timestamp": "2024-03-15T10:30:00Z", "list": [{"a": [1]}]}))
            .collect();
        let lines: Vec<String> = items.iter().map(ToString::to_string).collect();
        let list = serde_json::Value::Array(items);
        let pretty = serde_json::to_string_pretty(&list).unwrap();
        let document = format!("{{\"n\":[1,{{}}],\"data\":{{\"items\":{pretty},\"next\":\"]}}\"}}}}\n");
        for (layout, path) in [
            (lines.join("\n"), ""),
            (list.to_string(), ""),
            (pretty.replace("},\n  {", "}, {"), ""),
            (format!("[{}\n]\n", lines.join(",\n")), ""),
            (format!("[\n{}\n]\n", lines.join("\n,")), ""),
            (pretty, ""),
            (document.clone(), ""),
            (document, "data.items"),
        ] {
            let input = || MemoryInput::new(layout.as_bytes()).option("records", path);
            let whole = parse("jsonl", input());
            let got: Vec<_> = whole.events.iter().map(|e| text(&e.title).to_owned()).collect();
            prop_assert_eq!(&got, &titles, "{}", layout);
            prop_assert_eq!(whole.rejects.len(), 0);
            for (resume, events, _) in &whole.checkpoints {
                let rest = parse("jsonl", input().resume_at(resume.clone()));
                prop_assert_eq!(&rest.events, &whole.events[*events..], "{:?}", resume);
            }
            for e in &whole.events {
                prop_assert_eq!(&layout.as_bytes()[e.offset as usize..][..e.raw.len()], &e.raw);
            }
        }
    }

    #[test]
    fn objects_come_back(rows in prop::collection::vec(("\\PC{0,12}", any::<i64>(), any::<bool>()), 1..20), pretty: bool) {
        let mut lines = String::new();
        for (title, number, truth) in &rows {
            let value = serde_json::json!({"title": title, "inner": {"number": number, "truth": truth}});
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            lines += &(text.unwrap() + "\n");
        }
        let got = read("jsonl", &[("title", "title")], lines.as_bytes());
        prop_assert_eq!(got.events.len(), rows.len());
        for (event, (title, number, truth)) in got.events.iter().zip(&rows) {
            prop_assert_eq!(text(&event.title), title);
            let want = [("inner_number".to_owned(), number.to_string()), ("inner_truth".to_owned(), truth.to_string())];
            prop_assert_eq!(&event.attrs[..], &want[..]);
        }
    }
}
