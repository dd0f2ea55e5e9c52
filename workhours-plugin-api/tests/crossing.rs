//! Records that a Rust source pushes through the C ABI arrive unchanged.
#![allow(unsafe_code)]

use workhours_plugin_api::abi::{self, Source, call, call_as};
use workhours_plugin_api::testing::{MemoryInput, MemorySink, check_source};
use workhours_plugin_api::*;

/// Sends every kind of value, and does what its input's first byte requests.
pub(crate) struct Everything;

static INFO: SourceInfo = SourceInfo {
    name: "test.everything",
    aliases: &["everything.test"],
    summary: "Lines, each with all a row can hold",
    details: "For tests.",
    authority: "none",
    activity: Activity::Mixed,
    growth: Growth::Append,
    input: InputNeed::Read,
    kinds: &["test.line"],
    locations: &[Location { os: Os::Linux, glob: "~/x" }],
    companions: &["-wal"],
    options: &[SourceOption { name: "mark", help: "what is put before", default: "" }],
    sample: Sample { bytes: b"a\nb\n", events: 2, rejects: 0 },
};

struct Row<'a>(EventRow<'a>);

impl IEventRecord for Row<'_> {
    fn to_event_row(&self) -> EventRow<'_> {
        self.0
    }
}

impl IDataSource for Everything {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        let mark = input.option("mark").unwrap_or_default().to_owned();
        let (reference, size) = (input.reference_secs(), input.size());
        let name = input.name().to_owned();
        let mut lines = Lines::new(input);
        while let Some(line) = lines.next()? {
            let (span, end) = (line.span, line.end);
            match span.raw {
                b"" => out.ignored(1)?,
                b"panic" => panic!("asked to"),
                b"corrupt" => return Err(SourceError::Corrupt("at the end".into())),
                b"refuse" => out.reject(&Reject {
                    span,
                    code: RejectCode::Truncated,
                    reason: "asked to",
                    provisional: !line.terminated,
                })?,
                raw => {
                    let tags = [Text(b"one"), Text(b"\xff\xfe")];
                    let attrs = [
                        Attr { key: "text", value: Value::Str(Text(raw)) },
                        Attr { key: "int", value: Value::Int(i64::MIN) },
                        Attr { key: "float", value: Value::Float(1.5) },
                        Attr { key: "bool", value: Value::Bool(true) },
                        Attr { key: "size_bytes", value: Value::Int(size.map_or(-1, |n| n as i64)) },
                    ];
                    out.emit(&Row(EventRow {
                        span,
                        time: Some(EventTime {
                            secs: reference,
                            nanos: 999_999_999,
                            zone: Zone::Offset(-90),
                            precision: Precision::Nanosecond,
                        }),
                        end: Some(EventTime::local(-1, Precision::Day)),
                        kind: "test.line",
                        key: raw,
                        url: "https://example.org/".into(),
                        referrer: Text(&raw[..raw.len().min(1)]),
                        title: mark.as_str().into(),
                        text: Text(raw),
                        host: name.as_str().into(),
                        user: "u".into(),
                        agent: "a".into(),
                        tags: &tags,
                        attrs: &attrs,
                        flags: RowFlags::LEAP_SECOND | RowFlags::MALFORMED_TAIL | RowFlags::UNPLACED,
                        peer: "192.0.2.7".into(),
                        key_host: Text(raw),
                        key_user: "k".into(),
                        series: raw,
                        revision: i64::MIN,
                    }))?;
                }
            }
            out.checkpoint(end, b"state")?;
            out.progress(end.offset)?;
        }
        Ok(())
    }
}

export_source!(Everything);

/// The library's exported descriptor.
pub(crate) fn exported() -> Source {
    let plugin = abi::built_in();
    assert_eq!(plugin.n_sources, 1);
    // SAFETY: made by this crate's own code.
    unsafe { **plugin.sources }
}

/// The source as a host sees it.
struct Across(Source);

impl IDataSource for Across {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }
    fn parse(&self, input: &mut Input<'_>, out: &mut dyn EventSink) -> Result<(), SourceError> {
        call(&self.0, input, out)
    }
}

fn run(
    parse: impl FnOnce(&mut Input<'_>, &mut dyn EventSink) -> Result<(), SourceError>,
    bytes: &[u8],
) -> MemorySink {
    let mut host = MemoryInput::new(bytes).option("mark", "märk");
    let mut sink = MemorySink::default();
    if let Err(e) = parse(&mut Input::new(&mut host), &mut sink) {
        sink.error = Some(e.to_string());
    }
    sink
}

#[test]
fn everything_arrives() {
    let bytes = b"first\n\n\xff\x00bytes\r\nrefuse\nlast";
    let direct = run(|i, o| Everything.parse(i, o), bytes);
    let across = run(|i, o| call(&exported(), i, o), bytes);
    assert_eq!((direct.events.len(), direct.rejects.len(), direct.ignored), (3, 1, 1));
    assert_eq!(across.events, direct.events);
    assert_eq!(across.rejects, direct.rejects);
    assert_eq!(across.checkpoints, direct.checkpoints);
    assert_eq!(across.to_string(), direct.to_string());
}

#[test]
fn the_contract_is_kept_across() {
    assert_eq!(check_source(&Across(exported()), b"a\n\nrefuse\nb\xff\n\r\nc"), [""; 0]);
}

#[test]
fn a_larger_and_a_smaller_host_get_the_same() {
    let bytes = b"first\nrefuse\nlast";
    let usual = run(|i, o| call(&exported(), i, o), bytes);
    for (abi_minor, grown_by) in [(0, 0), (7, 8), (u16::MAX, 128)] {
        let shape = abi::HostShape { abi_minor, grown_by };
        let other = run(|i, o| call_as(&exported(), i, o, shape), bytes);
        assert_eq!(other.to_string(), usual.to_string(), "{shape:?}");
    }
}

#[test]
fn a_panic_is_an_error_with_its_message() {
    let sink = run(|i, o| call(&exported(), i, o), b"one\npanic\nmore");
    assert_eq!(sink.error.as_deref(), Some("defect in the source: it panicked: asked to"));
    assert_eq!(sink.events.len(), 1);
}

#[test]
fn errors_keep_their_kind_and_words() {
    let sink = run(|i, o| call(&exported(), i, o), b"corrupt");
    assert_eq!(sink.error.as_deref(), Some("damaged input: at the end"));
}

/// An input that breaks.
struct Broken(MemoryInput);

impl InputHost for Broken {
    fn name(&self) -> &str {
        "broken"
    }
    fn resume(&self) -> &Resume {
        self.0.resume()
    }
    fn size(&self) -> Option<u64> {
        None
    }
    fn reference_secs(&self) -> i64 {
        0
    }
    fn option(&self, _: &str) -> Option<&str> {
        None
    }
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(buf)? {
            0 => Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the archive is cut")),
            n => Ok(n),
        }
    }
    fn map(&mut self) -> std::io::Result<&[u8]> {
        self.0.map()
    }
    fn path(&mut self) -> std::io::Result<&std::path::Path> {
        self.0.path()
    }
}

#[test]
fn the_hosts_own_read_error_comes_back_as_it_was() {
    let mut host = Broken(MemoryInput::new(*b"one\ntwo"));
    let mut sink = MemorySink::default();
    let end = call(&exported(), &mut Input::new(&mut host), &mut sink);
    let Err(SourceError::Io(e)) = end else { panic!("{end:?}") };
    assert_eq!((e.kind(), e.to_string()), (std::io::ErrorKind::UnexpectedEof, "the archive is cut".into()));
    assert_eq!(sink.events.len(), 1);
}

#[test]
fn a_panic_of_the_host_passes_through() {
    struct Panics;
    impl EventSink for Panics {
        fn emit(&mut self, _: &dyn IEventRecord) -> Result<(), Stop> {
            panic!("the host's own")
        }
        fn reject(&mut self, _: &Reject<'_>) -> Result<(), Stop> {
            Ok(())
        }
        fn ignored(&mut self, _: u64) -> Result<(), Stop> {
            Ok(())
        }
        fn checkpoint(&mut self, _: Position, _: &[u8]) -> Result<(), Stop> {
            Ok(())
        }
        fn progress(&mut self, _: u64) -> Result<(), Stop> {
            Ok(())
        }
    }
    let run = || {
        let mut host = MemoryInput::new(*b"one\n");
        let _ = call(&exported(), &mut Input::new(&mut host), &mut Panics);
    };
    let payload = std::panic::catch_unwind(run).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"the host's own"));
}

#[test]
fn the_manifest_says_what_the_description_says() {
    // SAFETY: made by this crate's own code.
    let bytes = unsafe { exported().manifest.bytes::<'static>() }.unwrap();
    let golden = concat!(
        r#"{"name":"test.everything","aliases":["everything.test"],"#,
        r#""summary":"Lines, each with all a row can hold","details":"For tests.","authority":"none","#,
        r#""activity":"mixed","growth":"append","kinds":["test.line"],"input":"read","#,
        r#""locations":[{"os":"linux","glob":"~/x"}],"companions":["-wal"],"#,
        r#""options":[{"name":"mark","help":"what is put before","default":""}],"#,
        r#""sample":{"text":"a\nb\n","events":2,"rejects":0}}"#
    );
    assert_eq!(std::str::from_utf8(bytes).unwrap(), golden);
}
