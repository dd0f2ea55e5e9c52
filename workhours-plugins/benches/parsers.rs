//! How fast each source reads generated input, compared with the ceiling: counting the line ends of the same bytes.
//!
//! The input is generated here, always the same, and is in memory; the sink reads each row and keeps nothing.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{self, Read};
use std::path::Path;
use workhours_plugin_api::*;
use workhours_plugins as _;

/// Bytes served without a copy of the whole.
struct Bytes<'b> {
    unread: &'b [u8],
    resume: Resume,
}

impl InputHost for Bytes<'_> {
    fn name(&self) -> &str {
        "bench"
    }
    fn resume(&self) -> &Resume {
        &self.resume
    }
    fn size(&self) -> Option<u64> {
        Some(self.unread.len() as u64)
    }
    fn reference_secs(&self) -> i64 {
        0
    }
    fn option(&self, _: &str) -> Option<&str> {
        None
    }
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.unread.read(buf)
    }
    fn map(&mut self) -> io::Result<&[u8]> {
        Ok(self.unread)
    }
    fn path(&mut self) -> io::Result<&Path> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Counts events.
#[derive(Default)]
struct Count(u64);

impl EventSink for Count {
    fn emit(&mut self, record: &dyn IEventRecord) -> Result<(), Stop> {
        black_box(record.to_event_row());
        self.0 += 1;
        Ok(())
    }
    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), Stop> {
        panic!("the generated input is valid: {reject:?}");
    }
    fn ignored(&mut self, _: u64) -> Result<(), Stop> {
        Ok(())
    }
    fn checkpoint(&mut self, at: Position, _: &[u8]) -> Result<(), Stop> {
        black_box(at);
        Ok(())
    }
    fn progress(&mut self, _: u64) -> Result<(), Stop> {
        Ok(())
    }
}

fn read(source: &dyn IDataSource, bytes: &[u8]) -> u64 {
    let mut host = Bytes { unread: bytes, resume: Resume::default() };
    let mut count = Count::default();
    if let Err(e) = source.parse(&mut Input::new(&mut host), &mut count) {
        panic!("{e}");
    }
    count.0
}

/// A small generator of numbers (an LCG of Knuth's): the same ones on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
    fn word(&mut self) -> &'static str {
        const WORDS: [&str; 8] = ["archive", "index", "notes", "search", "people", "img", "table", "release"];
        WORDS[self.below(8) as usize]
    }
}

/// Combined lines of about 246 bytes; one in a thousand has an escape.
fn access_log(n: &mut Numbers, line: u64) -> String {
    let (day, hour, minute, second) = (1 + line / 86_400 % 28, line / 3_600 % 24, line / 60 % 60, line % 60);
    let quote = if n.below(1_000) == 0 { "\\\"" } else { "" };
    format!(
        "203.0.113.{} - - [{day:02}/Mar/2024:{hour:02}:{minute:02}:{second:02} +0000] \
         \"GET /{}/{}-{}.html?page={}&sort=asc{quote} HTTP/1.1\" 200 {} \"https://www.example.org/{}/{}\" \
         \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36\"\n",
        n.below(255),
        n.word(),
        n.word(),
        n.below(100_000),
        n.below(40),
        n.below(1_000_000),
        n.word(),
        n.word(),
    )
}

/// Records of era 7; one in fifty of era 5 with a continuation.
fn shell_log(n: &mut Numbers, line: u64) -> String {
    let stamp = format!(
        "2024-03-{:02}T{:02}:{:02}:{:02}-0600",
        1 + line / 86_400 % 28,
        line / 3_600 % 24,
        line / 60 % 60,
        line % 60
    );
    if n.below(50) == 0 {
        return format!("{stamp}\tnotes\t{stamp}  cat <<'EOT'\n{} {}\nEOT\n", n.word(), n.word());
    }
    let (word, name) = (n.word(), n.word());
    format!(
        "#  {stamp}\tnotes\t/home/ada/.ve/{word}\t/home/ada/{word}\t{stamp}\tlaptop\tada\t$$\tgrep -rn '{name}' {word} \n"
    )
}

/// One bookmark in four has an icon, one in ten a description, one in thirty a folder around it.
fn bookmarks(n: &mut Numbers, line: u64) -> String {
    let mut html = String::new();
    let _ = write!(
        html,
        "<DT><A HREF=\"https://www.example.org/{}/{line}?a=1&amp;b={}\" ADD_DATE=\"{}\"",
        n.word(),
        n.below(99),
        1_400_000_000 + line
    );
    if n.below(4) == 0 {
        let _ = write!(html, " ICON=\"data:image/png;base64,{}\"", "iVBORw0KGgo".repeat(30));
    }
    let _ = writeln!(
        html,
        " TAGS=\"{},{}\">{} of the {} &amp; {}</A>",
        n.word(),
        n.word(),
        n.word(),
        n.word(),
        n.word()
    );
    if n.below(10) == 0 {
        let _ = writeln!(html, "<DD>{} {} {}", n.word(), n.word(), n.word());
    }
    if n.below(30) == 0 {
        html = format!("<DT><H3>{}</H3>\n<DL><p>\n{html}</DL><p>\n", n.word());
    }
    html
}

fn parsers(c: &mut Criterion) {
    const RECORDS: u64 = 50_000;
    type Generate = fn(&mut Numbers, u64) -> String;
    let inputs: [(&str, &str, Generate); 3] = [
        ("log.http", "", access_log),
        ("log.shell", "", shell_log),
        ("bookmarks.html", "<DL><p>\n", bookmarks),
    ];
    for (name, head, generate) in inputs {
        let mut numbers = Numbers(5);
        let mut bytes = String::from(head);
        bytes.extend((0..RECORDS).map(|line| generate(&mut numbers, line)));
        let bytes = bytes.into_bytes();
        let found = built_in_sources().into_iter().find(|s| s.info().name == name);
        let source = found.unwrap_or_else(|| panic!("{name} is not registered"));
        assert_eq!(read(source, &bytes), RECORDS, "{name}");

        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter("parse"), &bytes, |b, bytes| {
            b.iter(|| read(source, bytes))
        });
        group.bench_with_input(BenchmarkId::from_parameter("count line ends"), &bytes, |b, bytes| {
            b.iter(|| memchr::memchr_iter(b'\n', bytes).count());
        });
        group.finish();
    }
}

criterion_group!(benches, parsers);
criterion_main!(benches);
