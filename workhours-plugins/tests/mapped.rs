//! The sources with configured columns: their options, and the counts of the corpus.

use crate::{beside_crate, source};
use workhours_plugin_api::testing::{MemoryInput, MemorySink, check_source, parse_bytes};
use workhours_plugin_api::{Input, Position, Resume, RowFlags, Zone};

pub(crate) fn read(name: &str, options: &[(&str, &str)], bytes: &[u8]) -> MemorySink {
    let input =
        options.iter().fold(MemoryInput::new(bytes), |input, (name, value)| input.option(name, value));
    parse(name, input)
}

pub(crate) fn parse(name: &str, mut input: MemoryInput) -> MemorySink {
    let mut sink = MemorySink::default();
    if let Err(e) = source(name).parse(&mut Input::new(&mut input), &mut sink) {
        sink.error = Some(e.to_string());
    }
    sink
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn columns_are_named_by_options() {
    let table = "Id;Wann;Dauer;Wer;Was;Schlagworte\n7;24.12.2023 18:30;90;ada;Fest;rot/grün\n";
    let options = [
        ("key", "id"),
        ("date", "WANN"),
        ("date_format", "%d.%m.%Y %H:%M"),
        ("offset", "+01:00"),
        ("duration", "3"),
        ("duration_unit", "min"),
        ("user", "Wer"),
        ("title", "Was"),
        ("tags", "Schlagworte"),
        ("tags_separator", "/"),
    ];
    let got = read("csv", &options, table.as_bytes());
    assert_eq!(got.error, None);
    let e = &got.events[0];
    let time = e.time.unwrap();
    assert_eq!((time.secs, time.zone), (1_703_439_000, Zone::Offset(60)));
    assert_eq!(e.end.unwrap().secs, time.secs + 90 * 60);
    assert_eq!([text(&e.key), text(&e.user), text(&e.title)], ["7", "ada", "Fest"]);
    assert_eq!(e.tags, [b"rot".to_vec(), "grün".into()]);
    assert_eq!(e.attrs, [("elapsed_ms".to_owned(), "5400000".to_owned())]);
}

#[test]
fn usual_names_and_delimiters() {
    let e = &read("csv", &[], b"timestamp\tmessage\n1709287200000\tm\n").events[0];
    assert_eq!((e.time.unwrap().secs, text(&e.text)), (1_709_287_200, "m"));
    let got = read("csv", &[], b"date,time,summary\n2024-03-01,10:00,both\n2024-03-02,,a day\n");
    let secs: Vec<_> = got.events.iter().map(|e| e.time.unwrap().secs).collect();
    assert_eq!(secs, [1_709_287_200, 1_709_337_600]);
    let nul = read("csv", &[], b"\0\x01,\x02\n");
    assert_eq!(nul.error.unwrap(), "not this format: its first line holds NUL: this is no text");
    assert_eq!(read("jsonl", &[], b"\xef\xbb\xbf{\"title\":\"one\"}\n").events[0].offset, 3);
}

#[test]
fn told_once_nothing_is_guessed() {
    let table = b"date,message,title\n2024-03-01,m,t\n";
    let e = &read("csv", &[("title", "message")], table).events[0];
    assert_eq!((text(&e.title), e.time.is_some()), ("m", true), "a name that is a field's own counts");
    let e = &read("csv", &[("title", "title")], table).events[0];
    assert_eq!(e.attrs, [("message".to_owned(), "\"m\"".to_owned())]);
    let e = &read("csv", &[("date", "")], table).events[0];
    assert_eq!((e.time, e.attrs[0].0.as_str()), (None, "date"));
}

#[test]
fn tables_without_a_header() {
    let table = b"# made by hand\n2024-03-01|x|'a|b'\n2024-03-02|y|c\n2024-03-03|z\n";
    let options = [("header", "no"), ("skip", "1"), ("delimiter", "pipe"), ("quote", "'"), ("date", "1")];
    let got = read("csv", &options, table);
    assert_eq!((got.events.len(), got.rejects.len(), got.ignored), (2, 1, 1));
    assert_eq!(got.events[0].attrs[1], ("column_3".to_owned(), "\"a|b\"".to_owned()));
    let named = [&options[..4], &[("columns", "date, title, text")]].concat();
    assert_eq!(read("csv", &named, table).events[1].title, b"y");
}

#[test]
fn rows_are_read_on_from_any_checkpoint_with_options() {
    let table = b"first line\nsep=;\nd;t\n2024-03-01;\"a\nb\"\n2024-03-02;c;d\n\n2024-03-03;e\n";
    let input = || MemoryInput::new(&table[..]).option("skip", "1").option("date", "d").option("title", "t");
    let whole = parse("csv", input());
    assert_eq!((whole.events.len(), whole.rejects.len(), whole.checkpoints.len()), (2, 1, 7));
    for (resume, events, rejects) in &whole.checkpoints {
        let rest = parse("csv", input().resume_at(resume.clone()));
        assert_eq!(rest.events, whole.events[*events..], "{resume:?}");
        assert_eq!(rest.rejects, whole.rejects[*rejects..], "{resume:?}");
    }
}

#[test]
fn paths_lead_into_objects() {
    let line = r#"{"a":{"b":[{"c":"found"}]},"a.d":"dotted","when":[1709287200]}"#;
    let options = [("title", "a.b[0].c"), ("text", "a.d"), ("date", "when[0]"), ("user", "a.nobody[3]")];
    let e = &read("jsonl", &options, line.as_bytes()).events[0];
    assert_eq!([text(&e.title), text(&e.text), text(&e.user)], ["found", "dotted", ""]);
    assert_eq!(e.time.unwrap().secs, 1_709_287_200);
    let keys: Vec<_> = e.attrs.iter().map(|a| a.0.as_str()).collect();
    assert_eq!(keys, ["a_b", "when"], "arrays stay whole");
}

#[test]
fn groups_are_fields() {
    let options = [
        (
            "pattern",
            r"^(?<date>\w+ +\d+ [\d:]+) (?<host>\S+) (?<agent>[^:\[]+)(?:\[(?<pid>\d+)\])?: (?<text>.*)",
        ),
        ("date_format", "%b %e %H:%M:%S"),
        ("unmatched", "ignore"),
    ];
    let lines = b"Feb  3 10:00:00 web1 cron[12]: job began\nnoise\nMar 20 10:00:00 web1 kernel: caf\xe9\n";
    let got = read("regex", &options, lines);
    assert_eq!((got.events.len(), got.ignored, got.error), (2, 1, None));
    let e = &got.events[0];
    assert_eq!([text(&e.host), text(&e.agent), text(&e.text)], ["web1", "cron", "job began"]);
    assert_eq!(e.attrs, [("pid".to_owned(), "\"12\"".to_owned())]);
    assert!(e.flags.contains(RowFlags::INFERRED_YEAR));
    let seconds = |i: usize| got.events[i].time.unwrap().secs;
    assert!(seconds(1) < seconds(0), "the 20th of March was last year");
    assert_eq!(text(&got.events[1].text), "café");
    assert!(got.events[1].flags.contains(RowFlags::GUESSED_ENCODING));
}

#[test]
fn lines_that_continue_a_record() {
    let lines =
        b"lost\n\n2024-03-01T10:00:00Z boom\n  at one\r\n\n  at two\n\n2024-03-01T10:00:01Z fine\n\n\n";
    let input = || MemoryInput::new(&lines[..]).option("unmatched", "append");
    let whole = parse("regex", input());
    assert_eq!((whole.events.len(), whole.rejects.len(), whole.ignored), (2, 1, 4));
    assert_eq!(text(&whole.events[0].text), "boom\n  at one\r\n\n  at two");
    assert_eq!(whole.events[0].flags, RowFlags::NONE);
    assert!(whole.events[1].flags.contains(RowFlags::PROVISIONAL), "it may go on");
    for e in &whole.events {
        assert_eq!(lines[e.offset as usize..][..e.raw.len()], e.raw);
    }
    for (resume, events, rejects) in &whole.checkpoints {
        let rest = parse("regex", input().resume_at(resume.clone()).read_at_most(1));
        assert_eq!(rest.events, whole.events[*events..], "{resume:?}");
        assert_eq!(rest.rejects, whole.rejects[*rejects..], "{resume:?}");
    }
    assert!(whole.checkpoints.len() > 3);
}

#[test]
fn declared_encodings() {
    let table = b"wann|was\n2024-03-15|\x83\x5c\x83\x7c\n";
    let options = [("encoding", "shift_jis"), ("delimiter", "pipe"), ("date", "wann"), ("title", "was")];
    let e = &read("csv", &options, table).events[0];
    assert_eq!((text(&e.title), e.flags), ("ソポ", RowFlags::NONE), "half of a character is a bar");
    let e = &read("csv", &[("encoding", "latin1")], b"date,title\n2024-03-15,caf\xe9 \x80\n").events[0];
    assert_eq!((text(&e.title), e.flags), ("café €", RowFlags::NONE));
    let e = &read("csv", &[("encoding", "utf-8")], b"date,title\n2024-03-15,caf\xe9\n").events[0];
    assert_eq!((&e.title[..], e.flags), (&b"caf\xe9"[..], RowFlags::NONE), "the host says what is lost");
    let e = &read("jsonl", &[("encoding", "koi8-r")], b"{\"title\":\"\xf0\xd2\xc9\"}\n").events[0];
    assert_eq!(text(&e.title), "При");
    assert_eq!(e.raw, b"{\"title\":\"\xf0\xd2\xc9\"}");
    let e = &read("regex", &[("encoding", "cp1251")], b"2024-03-15 10:30 \xcf\xf0\xe8\n").events[0];
    assert_eq!(text(&e.text), "При");
}

#[test]
fn keys_are_known_as_they_stand_in_the_file() {
    let table = b"date,key,host,user,title\n2024-03-15,\xe9,-,caf\xe9,x\n";
    let e = &read("csv", &[("key", "key")], table).events[0];
    assert_eq!((&e.key[..], text(&e.user), text(&e.host)), (&b"\xe9"[..], "café", ""));
    assert_eq!((&e.key_user[..], &e.key_host[..]), (&b"caf\xe9"[..], &b"-"[..]));
    let line = b"{\"key\":\"k\",\"user\":\"\xe9\"}";
    let e = &read("jsonl", &[("key", "key"), ("user", "user")], line).events[0];
    assert_eq!((text(&e.user), &e.key_user[..]), ("é", &b"\xe9"[..]));
    let pattern = [("pattern", "(?<key>\\S+) (?<user>\\S+)")];
    let e = &read("regex", &pattern, b"k\xe9 ada\n").events[0];
    assert_eq!((&e.key[..], text(&e.user), &e.key_user[..]), (&b"k\xe9"[..], "ada", &b""[..]));
}

#[test]
fn durations_of_a_column_that_is_named() {
    let table = "d;t;took\n2024-03-15;09:00:00;01:30:00\n2024-03-15;10:00;1:30\n2024-03-15;11:00;90\n2024-03-15;12:00;1,5 h\n\
                 2024-03-15;13:00;a while\n";
    let options = [("date", "d + t"), ("duration", "took"), ("duration_unit", "min"), ("end", "")];
    let got = read("csv", &options, table.as_bytes());
    for e in &got.events[..4] {
        assert_eq!(e.end.unwrap().secs - e.time.unwrap().secs, 5_400, "line {}", e.line);
    }
    assert!(got.events[4].flags.contains(RowFlags::BAD_NUMBER));
    let got = read("csv", &[("date", "d"), ("date_format", "excel")], b"d,t\n45366.4375,x\n");
    assert_eq!(got.events[0].time.unwrap().secs, 1_710_498_600);
}

#[test]
fn tables_begun_before_are_read_on_as_they_were() {
    let table = "Datum,title\n2024-03-15,one\n2024-03-16,two\n";
    let names: Vec<u8> = ["Datum", "title"]
        .iter()
        .flat_map(|n| [&(n.len() as u32).to_le_bytes()[..], n.as_bytes()].concat())
        .collect();
    let state = [b",".to_vec(), names].concat();
    let position = Position { offset: 27, lines: 2 };
    let got = parse("csv", MemoryInput::new(table).resume_at(Resume { position, state: state.clone() }));
    assert_eq!((got.events.len(), got.events[0].time), (1, None), "its name was not known");
    assert_eq!(got.checkpoints[0].0.state, state);
    assert!(read("csv", &[], table.as_bytes()).events[1].time.is_some());
    let begun = parse("csv", MemoryInput::new("Datum,title\n"));
    let resume = begun.checkpoints[0].0.clone();
    let got = parse("csv", MemoryInput::new(table).resume_at(resume));
    assert!(got.events[0].time.is_some(), "the first row tells");
}

#[test]
fn ends_that_are_clocks() {
    let table = b"from,to,title\n2024-03-15T23:30:00+01:00,00:15,x\n2024-03-15T09:00:00+01:00,17:00:30,y\n";
    let got = read("csv", &[("date", "from"), ("end", "to"), ("title", "title")], table);
    let lasted: Vec<_> = got.events.iter().map(|e| e.end.unwrap().secs - e.time.unwrap().secs).collect();
    assert_eq!(lasted, [45 * 60, 8 * 3_600 + 30]);
    assert_eq!(got.events[0].end.unwrap().zone, Zone::Offset(60));
}

#[test]
fn records_within_documents() {
    let document = br#"{"meta":{"items":[{"title":"no"}]},"data":{"items":[{"title":"one"},{"title":"two"}],"next":null}}
{"data":{"items":[{"title":"three","items":[{"title":"inner"}]}]}}
"#;
    let titles = |path: &str, bytes: &[u8]| {
        let got = read("jsonl", &[("records", path)], bytes);
        let titles: Vec<String> = got.events.iter().map(|e| text(&e.title).to_owned()).collect();
        (titles, got.error)
    };
    assert_eq!(titles("data.items", document).0, ["one", "two", "three"]);
    assert_eq!(titles("*.items[*]", document).0, ["no", "one", "two", "three"]);
    assert_eq!(titles("data.items.items", document).0, ["inner"]);
    let error = titles("data.rows", document).1.unwrap();
    assert_eq!(error, "not this format: it holds nothing at records = data.rows");
    assert_eq!(titles("a", br#"{"a":{"title":"an object"}}"#).0, ["an object"]);
    assert_eq!(titles("a", br#"[{"a":[{"title":"x"}]},{"b":1}]"#).0, ["x"]);
}

#[test]
fn documents_are_read_on_from_any_checkpoint() {
    let document = br#"{"n":1,"buckets":{"a":{"id":"a","events":[{"title":"one"}, {"title":"two"}]},
"b":{"events":[ {"title":"three"},
{"title":"br"oken"},
{"title":"four"}
], "x":[[1,{"y":2}]]}}}
"#;
    let input = || MemoryInput::new(&document[..]).option("records", "buckets.*.events").read_at_most(1);
    let whole = parse("jsonl", input());
    assert_eq!((whole.events.len(), whole.rejects.len(), &whole.error), (4, 1, &None));
    for (resume, events, rejects) in &whole.checkpoints {
        let rest = parse("jsonl", input().resume_at(resume.clone()));
        assert_eq!(rest.events, whole.events[*events..], "{resume:?}");
        assert_eq!(rest.rejects, whole.rejects[*rejects..], "{resume:?}");
    }
    for e in &whole.events {
        assert_eq!(document[e.offset as usize..][..e.raw.len()], e.raw);
    }
}

#[test]
fn a_long_document_on_one_line() {
    let item = |i: u32| format!(r#"{{"timestamp":{},"message":"{}"}}"#, 1_709_287_200 + i, "x".repeat(80));
    let items: Vec<String> = (0..300_000).map(item).collect();
    let document = format!(r#"{{"version":1,"events":[{}]}}"#, items.join(", "));
    assert!(document.len() > workhours_plugin_api::MAX_RECORD_BYTES);
    let got = parse_bytes(source("jsonl"), document.as_bytes());
    assert_eq!((got.events.len(), got.rejects.len(), got.error), (300_000, 0, None));
}

#[test]
fn what_a_web_server_was_asked() {
    let pattern = r#"^(?<peer>\S+) (?<user>\S+) \[(?<date>[^\]]+)\] "(?<request>[^"]*)" (?<status>\S+) (?<size>\S+) "(?<referrer>[^"]*)""#;
    let lines = b"192.0.2.7 - [2024-03-15T10:30:00Z] \"GET /x?a=1 HTTP/1.1\" 404 - \"-\"\n\
                  192.0.2.7 ada [2024-03-15T10:30:01Z] \"-\" - 17 \"https://a.example/\"\n";
    let got = read("regex", &[("pattern", pattern), ("event_kind", "http.request")], lines);
    let e = &got.events[0];
    assert_eq!(
        [text(&e.title), text(&e.url), text(&e.user), text(&e.referrer)],
        ["GET /x?a=1 HTTP/1.1", "/x?a=1", "", ""]
    );
    assert_eq!((e.kind.as_str(), text(&e.peer)), ("http.request", "192.0.2.7"));
    assert_eq!(e.attrs, [("status".to_owned(), "404".to_owned())]);
    let e = &got.events[1];
    assert_eq!((text(&e.user), e.attrs[0].clone()), ("ada", ("size_bytes".to_owned(), "17".to_owned())));
    let e = &read(
        "jsonl",
        &[("event_kind", "http.request")],
        br#"{"time":"2024-03-15T10:30:00Z","method":"GET","uri":"/y","status":200,"bytes":5}"#,
    )
    .events[0];
    assert_eq!([text(&e.title), text(&e.url)], ["GET /y", "/y"]);
}

#[test]
fn wrong_options_are_named() {
    for (name, option, value) in [
        ("csv", "date_format", "iso"),
        ("csv", "date_format", "%H:%M"),
        ("csv", "offset", "CET"),
        ("csv", "delimiter", "ab"),
        ("csv", "quote", "''"),
        ("csv", "header", "maybe"),
        ("csv", "skip", "-1"),
        ("csv", "duration_unit", "weeks"),
        ("csv", "encoding", "klingon"),
        ("csv", "encoding", "utf-16"),
        ("csv", "event_kind", "work.entry"),
        ("jsonl", "encoding", "gbk"),
        ("jsonl", "records", "a..b"),
        ("jsonl", "title", "a..b"),
        ("regex", "pattern", "("),
        ("regex", "pattern", "no groups"),
        ("regex", "title", "nowhere"),
        ("regex", "unmatched", "keep"),
    ] {
        let error = read(name, &[(option, value)], b"").error.unwrap_or_default();
        assert!(error.starts_with("wrong option: ") && error.contains(option), "{name} {option}: {error}");
    }
    let error = read("csv", &[("title", "x")], b"a,b\n1,2\n").error.unwrap();
    assert_eq!(error, "not this format: there is no column \"x\" for title; there are a, b");
}

#[test]
fn corpus() {
    let folder = beside_crate("../shared/data");
    let Ok(manifest) = std::fs::read_to_string(folder.join("MANIFEST.tsv")) else {
        crate::skipped(format_args!("no sample corpus at {}", folder.display()));
        return;
    };
    let mut rows = 0;
    for line in manifest.lines().skip(1) {
        let columns: Vec<_> = line.split('\t').collect();
        let (file, source_type) = (columns[0], columns[1]);
        if !["csv", "jsonl"].contains(&source_type) || columns[10] != "exact" {
            continue;
        }
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let got = parse_bytes(source(source_type), &bytes);
        let counts = (got.events.len().to_string(), got.rejects.len().to_string(), got.error);
        assert_eq!(counts, (columns[6].into(), columns[7].into(), None), "{file}");
        assert_eq!(check_source(source(source_type), &bytes), [""; 0], "{file}");
        rows += 1;
    }
    assert!(rows > 10, "the manifest has {rows} rows for these sources");
    for file in ["random.bin", "nul-10k.bin", "only-newlines.txt", "empty.file", "not-a-db.sqlite"] {
        for name in ["csv", "jsonl", "regex"] {
            let got = parse_bytes(source(name), &std::fs::read(folder.join("torture").join(file)).unwrap());
            assert_eq!(got.events.len(), 0, "{name} finds events in {file}");
        }
    }
}
