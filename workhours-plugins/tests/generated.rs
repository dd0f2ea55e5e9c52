//! Generated inputs: for any bytes, a source keeps the contract and accounts for each line.

use crate::source;
use proptest::prelude::*;
use workhours_plugin_api::testing::{check_source, parse_bytes};

const HTTP: &[&str] = &[
    "192.0.2.1 - - [05/Feb/2024:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1",
    " \"-\" \"agent\"",
    "192.0.2.1 - ",
    "[",
    "] \"",
    "\"",
    "\\",
    "\\x4",
    " 200 12",
    " 200",
    "-",
    "#",
    "www.example.org:443 ",
    "192.0.2.7, ",
    "unknown",
    "[2024-02-05T10:00:00Z]",
    "<34>Feb  5 10:00:00 web1 httpd[1]: ",
    "2024-02-05T10:00:00Z stdout F ",
    "web-1  | ",
    "\x1b[36m",
    "#Fields: date time cs-uri-stem sc-status",
    "2024-02-05 10:00:00 /a 200",
    "{\"time\":\"2024-02-05T10:00:00Z\",\"request\":\"GET / HTTP/1.1\",\"status\":200}",
    "{\"log\":\"",
    "\\n\",\"stream\":\"stdout\",\"time\":\"\"}",
];

const SHELL: &[&str] = &[
    "id: 06/08/10 19:28 ::: ",
    "# id: 06/08/10 19:28.59 ::: ",
    "2014-11-15T06:42:00-0600\t",
    "2014-11-15T06:42:00-0600  ",
    "2014-02-30T06:42:00-0600\t",
    "# 2014-11-15T06:42:00-0600\t",
    "#  2014-11-15T06:42:00-0600\tid\tvenv\tpwd\t",
    "#ntid",
    "\t$$\t",
    "\t",
    "id",
    "  522  ",
];

const HTML: &[&str] = &[
    "<DT>",
    "<A HREF=\"x\">",
    "<A ",
    "</A>",
    "<DD>",
    "<DL>",
    "</DL>",
    "<H3>",
    "</H3>",
    "<!--",
    "-->",
    "<HR>",
    "=",
    "\"",
    "'",
    "<",
    ">",
    "HREF=",
    "&amp;",
    "&#1;",
    "ADD_DATE=1",
    "TAGS=\"a b\"",
    "<br>",
    "\u{feff}",
    "/",
    "<META CHARSET=\"koi8-r\">",
    "<TITLE>Pocket Export</TITLE>",
    "<H1>",
    "</H1>",
    "<LI>",
    "<script>",
];

const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "[{",
    "}, {",
    "}]",
    "{\"title\":\"x\"}",
    "{\"timestamp\":\"2024-03-15T10:00:00Z\"}",
    "{\"timestamp\":\"2024-03-15T10:00:00Z\",\"a\":[{\"b\":1}]},",
    "{\"list\":[",
    "\"name\":",
    "1.5",
    "null",
    "\u{feff}",
];

const CSV: &[&str] = &[
    "date",
    "time",
    "title",
    "Datum",
    "end",
    "Duration (h)",
    ",",
    ";",
    "\t",
    "|",
    "\"",
    " \"",
    "2024-03-15",
    "03/04/2024",
    "25/04/2024",
    "10:30",
    "1,5",
    "45366.5",
    "sep=;",
    "UTC",
    "a cell",
    "\u{feff}",
    "\n",
    "\n",
];

/// Words of a format, line ends and noise in any order.
fn input(words: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => proptest::sample::select(words).prop_map(|w| w.as_bytes().to_vec()),
        2 => Just(b"\n".to_vec()),
        1 => Just(b"\r\n".to_vec()),
        1 => Just(b" ".to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..6),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn line_count(input: &[u8]) -> u64 {
    let input = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
    let ended = input.iter().filter(|b| **b == b'\n').count() as u64;
    ended + !(input.is_empty() || input.ends_with(b"\n")) as u64
}

fn keeps_contract(name: &str, input: &[u8]) -> Result<(), TestCaseError> {
    let breaches = check_source(source(name), input);
    prop_assert!(breaches.is_empty(), "{breaches:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn access_logs(input in input(HTTP)) {
        keeps_contract("log.http", &input)?;
        let got = parse_bytes(source("log.http"), &input);
        prop_assert_eq!(got.events.len() as u64 + got.rejects.len() as u64 + got.ignored, line_count(&input));
        prop_assert_eq!(got.error, None);
    }

    #[test]
    fn shell_logs(input in input(SHELL)) {
        keeps_contract("log.shell", &input)?;
        let got = parse_bytes(source("log.shell"), &input);
        let raws = got.events.iter().map(|e| &e.raw).chain(got.rejects.iter().map(|r| &r.raw));
        let lines: u64 = raws.map(|raw| raw.iter().filter(|b| **b == b'\n').count() as u64 + 1).sum();
        prop_assert_eq!(lines + got.ignored, line_count(&input));
        prop_assert_eq!(got.error, None);
    }

    #[test]
    fn bookmark_files(input in input(HTML)) {
        keeps_contract("bookmarks.html", &input)?;
        keeps_contract("delicious.bookmarks", &input)?;
        let got = parse_bytes(source("bookmarks.html"), &input);
        for e in &got.events {
            prop_assert!(e.raw.starts_with(b"<D") || e.raw.starts_with(b"<A"), "{:?}", e);
        }
    }

    #[test]
    fn any_bytes(input in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        for name in ["log.http", "log.shell", "bookmarks.html", "delicious.bookmarks"] {
            parse_bytes(source(name), &input);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_texts(input in input(JSON)) {
        keeps_contract("jsonl", &input)?;
        keeps_contract("jsonl", &[b"[{\"title\":\"x\"},\n", &input[..]].concat())?;
        keeps_contract("jsonl", &[b"{\"l\":[{\"time\":\"2024-03-15T10:00Z\"},", &input[..]].concat())?;
    }

    #[test]
    fn tables(input in input(CSV)) {
        keeps_contract("csv", &input)?;
        keeps_contract("csv", &[b"date;time;title\n2024-03-15;10:30;x\n", &input[..]].concat())?;
    }
}

#[test]
fn five_thousand_folders_deep() {
    let mut html = String::from("<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n");
    for i in 0..5_000 {
        html += &format!(
            "<DT><H3>folder {i}</H3>\n<DL><p>\n<DT><A HREF=\"https://www.example.org/{i}\">{i}</A>\n"
        );
    }
    html += &"</DL>\n".repeat(5_000);
    html += "<DT><A HREF=\"https://www.example.org/top\">top</A>\n</DL>\n";
    let got = parse_bytes(source("bookmarks.html"), html.as_bytes());
    assert_eq!((got.events.len(), got.rejects.len(), got.error), (5_001, 0, None));
    assert_eq!(got.events[1].attrs[0].1, "\"folder 0 / folder 1\"");
    assert!(got.events.iter().all(|e| e.attrs.iter().all(|a| a.1.len() < 4_200)));
    assert_eq!(got.events[5_000].attrs, []);
}

#[test]
fn records_over_the_limit() {
    let long = vec![b'x'; workhours_plugin_api::MAX_RECORD_BYTES];
    let http = [&b"192.0.2.1 - - [05/Feb/2024:10:00:00 +0000] \"GET /"[..], &long, b" HTTP/1.1\" 200 1\n\n"]
        .concat();
    let shell = [&b"id: 06/08/10 19:28 ::: cat\n"[..], &long, b"\nid: 06/08/10 19:29 ::: ls\n"].concat();
    let header = [&b"id: 06/08/10 19:28 ::: "[..], &long, b"\nmore\n\nid: 06/08/10 19:29 ::: ls\n"].concat();
    let html =
        [&b"<DL><DT><A ICON=\""[..], &long, b"\" HREF=\"a\">a</A>\n<DT><A HREF=\"b\">b</A>\n"].concat();
    let inputs = [
        ("log.http", http, 0),
        ("log.shell", shell, 1),
        ("log.shell", header, 1),
        ("bookmarks.html", html, 1),
    ];
    for (name, input, events) in inputs {
        let got = parse_bytes(source(name), &input);
        assert_eq!((got.events.len(), got.rejects.len()), (events, 1), "{name}");
        assert_eq!(got.rejects[0].code.as_str(), "too-long", "{name}");
        assert!(got.rejects[0].raw.len() <= 4096, "{name}");
    }
}
