//! Lines of small and of very long inputs, whole and in small reads.

use super::*;
use crate::input::{InputHost, Resume};
use proptest::prelude::*;
use std::path::Path;

struct Host<'b> {
    bytes: &'b [u8],
    resume: Resume,
    read_at_most: usize,
}

impl InputHost for Host<'_> {
    fn name(&self) -> &str {
        "test"
    }
    fn resume(&self) -> &Resume {
        &self.resume
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
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = buf.len().min(self.read_at_most);
        self.bytes.read(&mut buf[..n])
    }
    fn map(&mut self) -> io::Result<&[u8]> {
        Ok(self.bytes)
    }
    fn path(&mut self) -> io::Result<&Path> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Offset, line, the first bytes, length, terminated, too long, and where the next line begins.
type Shown = (u64, u64, Vec<u8>, usize, bool, bool, Position);

fn lines_from(bytes: &[u8], read_at_most: usize, position: Position) -> Vec<Shown> {
    let resume = Resume { position, state: vec![] };
    let mut host = Host { bytes: &bytes[position.offset as usize..], resume, read_at_most };
    let mut input = Input::new(&mut host);
    let mut lines = Lines::new(&mut input);
    let mut all = Vec::new();
    while let Some(line) = lines.next().unwrap() {
        let Span { offset, line: number, raw } = line.span;
        let start = raw[..raw.len().min(100)].to_vec();
        all.push((offset, number, start, raw.len(), line.terminated, line.too_long, line.end));
    }
    if let Some(last) = all.last() {
        assert_eq!(lines.position(), last.6);
    }
    all
}

fn texts(bytes: &[u8]) -> Vec<String> {
    let all = lines_from(bytes, usize::MAX, Position::default());
    all.into_iter().map(|l| String::from_utf8(l.2).unwrap()).collect()
}

#[test]
fn line_ends() {
    assert_eq!(texts(b""), [""; 0]);
    assert_eq!(texts(b"\n"), [""]);
    assert_eq!(texts(b"a\nb\r\n\r\nc\rd\r\r\ne\r"), ["a", "b", "", "c\rd\r", "e\r"]);
    let last = lines_from(b"a\r\nb", usize::MAX, Position::default()).pop().unwrap();
    assert_eq!(last, (3, 2, b"b".to_vec(), 1, false, false, Position { offset: 4, lines: 2 }));
}

#[test]
fn byte_order_mark() {
    assert_eq!(texts(b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n"), ["a", "\u{feff}b"]);
    assert_eq!(lines_from(b"\xef\xbb\xbfa\n", 1, Position::default())[0].0, 3, "offsets count it");
    assert_eq!(texts(b"\xef\xbb\xbf"), [""; 0]);
    let lines = lines_from(b"a\n\xef\xbb\xbfb\n", usize::MAX, Position { offset: 2, lines: 1 });
    assert_eq!(lines[0].2, b"\xef\xbb\xbfb", "none behind a resume position");
}

/// The same lines, whatever is read at once: the longest that is kept, one that is too long, and the next.
#[test]
fn lines_that_are_too_long() {
    let whole = vec![b'a'; MAX_RECORD_BYTES];
    let input = [&whole[..], b"\nshort\n", &whole, b"b\nnext\n", &whole, &whole, b"\r\nlast\n", &whole, b"c"]
        .concat();
    let lines = lines_from(&input, usize::MAX, Position::default());
    let too_long: Vec<_> = lines.iter().map(|l| l.5).collect();
    assert_eq!(too_long, [false, false, true, false, true, false, true]);
    assert_eq!(lines[0].3, MAX_RECORD_BYTES);
    for (at, text) in [(1, "short"), (3, "next"), (5, "last")] {
        assert_eq!((&lines[at].2[..], lines[at].4), (text.as_bytes(), true));
    }
    let max = MAX_RECORD_BYTES as u64;
    let offsets: Vec<_> = lines.iter().map(|l| l.0).collect();
    assert_eq!(offsets, [0, max + 1, max + 7, 2 * max + 9, 2 * max + 14, 4 * max + 16, 4 * max + 21]);
    assert!(!lines[6].4 && lines[6].6.offset == input.len() as u64);
    assert!(lines.iter().filter(|l| l.5).all(|l| l.3 == 4096 && l.2.iter().all(|b| *b == b'a')));
    for read_at_most in [7, 4096, 300_000] {
        assert_eq!(lines_from(&input, read_at_most, Position::default()), lines, "reads of {read_at_most}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(
        bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(0xef), any::<u8>()], 0..300),
        read_at_most in 1..9_usize,
    ) {
        let lines = lines_from(&bytes, usize::MAX, Position::default());
        prop_assert_eq!(&lines_from(&bytes, read_at_most, Position::default()), &lines);
        prop_assert_eq!(lines.iter().filter(|l| l.4).count(), bytes.iter().filter(|b| **b == b'\n').count());
        for (i, line) in lines.iter().enumerate() {
            prop_assert_eq!(&lines_from(&bytes, usize::MAX, line.6), &lines[i + 1..], "resumed at {:?}", line.6);
        }
    }
}

proptest! {
    #[test]
    fn newlines_are_found_word_by_word(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(11), Just(0x8a)], 0..40)) {
        prop_assert_eq!(find_newline_in_words(&bytes), bytes.iter().position(|b| *b == b'\n'));
    }
}
