//! Made-up inputs: access logs, shell logs, archives of them. The same every time.

use niffler::Level;
use niffler::send::compression::Format;
use std::io::Write;

/// The packings the program reads, by file ending.
pub(crate) const PACKINGS: [&str; 4] = ["gz", "bz2", "xz", "zst"];

/// Line `i` of an access log: ten to a second, none like another.
pub(crate) fn access_line(i: usize) -> String {
    let second = i / 10;
    let (h, m, s) = (second / 3600, second / 60 % 60, second % 60);
    let (day, h) = (1 + h / 24, h % 24);
    let title = title(i);
    format!("192.0.2.{} - - [{day:02}/May/2024:{h:02}:{m:02}:{s:02} +0000] \"{title}\" 200 {i}\n", i % 250)
}

/// The title of the event that is line `i`.
pub(crate) fn title(i: usize) -> String {
    format!("GET /p{i} HTTP/1.1")
}

pub(crate) fn access_log(lines: std::ops::Range<usize>) -> String {
    lines.map(access_line).collect()
}

pub(crate) fn titles(lines: std::ops::Range<usize>) -> Vec<String> {
    lines.map(title).collect()
}

/// Each text twice.
pub(crate) fn doubled(texts: &[String]) -> Vec<String> {
    [texts, texts].concat()
}

/// A record of a shell log in its present layout, without the line end.
pub(crate) fn shell_record(i: usize, command: &str) -> String {
    let time = format!("2015-05-21T14:{:02}:{:02}-0500", i / 60 % 60, i % 60);
    format!("# {time}\tmain\t/home/ada\t{time}\tlaptop\tada\t$$\t{command}")
}

/// Packs according to the extension.
pub(crate) fn packed(bytes: &[u8], ending: &str) -> Vec<u8> {
    let (format, level) = match ending {
        "gz" => (Format::Gzip, Level::Six),
        "bz2" => (Format::Bzip, Level::Six),
        "xz" => (Format::Lzma, Level::Three),
        "zst" => (Format::Zstd, Level::Three),
        other => panic!("{other} is no packing"),
    };
    let out = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut writer = niffler::send::get_writer(Box::new(Shared(out.clone())), format, level).unwrap();
    writer.write_all(bytes).unwrap();
    drop(writer); // writes the end of the archive
    let packed = out.lock().unwrap().clone();
    assert!(packed.len() > 10);
    packed
}

struct Shared(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Numbers without pattern, the same every time.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n
    }
}
