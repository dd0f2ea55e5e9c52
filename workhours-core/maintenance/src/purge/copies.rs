//! Where a pattern matches in the copies of the filestore, and in which line.

use regex::bytes::Regex;
use std::io::Read;
use std::ops::Range;
use workhours_base::error::Result;
use workhours_filestore::{Filestore, open_segment, unreadable};
use workhours_store::Segment;

/// Bytes of a copy searched together; a match may be as long as the overlap.
const WINDOW: usize = 4 << 20;
const OVERLAP: usize = 256 << 10;
/// How far the line around a match is looked for, bytes.
const LINE: usize = 64 << 10;

/// How far from its start a match and the line around it may reach, bytes.
pub(super) const REACH: u64 = (OVERLAP + 2 * LINE) as u64;

/// A place in a logical file where its copy matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// The text itself.
    pub(super) range: Range<u64>,
    /// Its line, if its ends are near.
    pub(super) line: Range<u64>,
}

/// Where the copies of a file match. Copies with a gap are searched one by one.
pub(super) fn matches(fs: &Filestore, segments: &[Segment], pattern: &Regex) -> Result<Vec<Match>> {
    let mut found = Vec::new();
    for segment in segments {
        let Some(mut reader) = open_segment(fs, segment) else { continue };
        let (mut buf, mut start) = (Vec::new(), segment.start as u64);
        loop {
            let taken = reader.by_ref().take((WINDOW - buf.len()) as u64).read_to_end(&mut buf);
            let n = taken.map_err(|e| unreadable(fs, segment, e))?;
            for m in pattern.find_iter(&buf) {
                let line = line_around(&buf, m.range());
                let at = |range: Range<usize>| start + range.start as u64..start + range.end as u64;
                found.push(Match { range: at(m.range()), line: at(line) });
            }
            if n == 0 || buf.len() < WINDOW {
                break;
            }
            let gone = buf.len() - OVERLAP;
            buf.drain(..gone);
            start += gone as u64;
        }
    }
    found.sort_by_key(|m| (m.range.start, m.range.end));
    // One that two windows hold has a part of its line in each.
    found.dedup_by(|later, first| {
        let same = later.range == first.range;
        if same {
            first.line = first.line.start.min(later.line.start)..first.line.end.max(later.line.end);
        }
        same
    });
    Ok(found)
}

fn line_around(buf: &[u8], m: Range<usize>) -> Range<usize> {
    let near = m.start.saturating_sub(LINE)..(m.end + LINE).min(buf.len());
    let before = memchr::memrchr(b'\n', &buf[near.start..m.start]).map_or(m.start, |i| near.start + i + 1);
    let start = if near.start == 0 && !buf[..m.start].contains(&b'\n') { 0 } else { before };
    let end = memchr::memchr(b'\n', &buf[m.end..near.end]).map_or(near.end, |i| m.end + i);
    // A longer run isn't a line: then only the matching text is blanked.
    if end == near.end && near.end < buf.len() { m } else { start..end }
}

/// Whether the copy's bytes are not here: it was made on another machine, or removed by hand.
pub(super) fn is_elsewhere(fs: &Filestore, segment: &Segment) -> bool {
    segment.length > 0 && open_segment(fs, segment).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_has_a_line_if_that_is_near() {
        let text = b"ab\ncd ef gh\nij";
        assert_eq!(line_around(text, 6..8), 3..11);
        assert_eq!(line_around(text, 0..1), 0..2);
        assert_eq!(line_around(text, 12..14), 12..14);
        assert_eq!(line_around(text, 1..4), 0..11);
        let long = vec![b'x'; 3 * LINE];
        assert_eq!(line_around(&long, 100..101), 100..101);
    }
}
