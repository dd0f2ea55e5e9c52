//! Blanking parts of copies. In a text the bytes become spaces, so that everything else keeps its position. A file that
//! isn't text isn't touched here, because blanking would break it.

use super::{CopyReader, Filestore, ObjectWriter};
use std::io::{Read, Write};
use std::ops::Range;
use workhours_base::disk::{OnDisk, Written};
use workhours_base::error::{Context, Error, Result};
use workhours_store::{Segment, Store};

/// Bytes read to distinguish texts from other files.
const HEAD: u64 = 64 << 10;

/// A reader of one segment's own bytes; nothing when its object is gone.
pub fn open_segment(fs: &Filestore, segment: &Segment) -> Option<CopyReader> {
    let alone = Segment { start: 0, ..segment.clone() };
    CopyReader::new(fs, &[alone]).filter(CopyReader::is_complete)
}

/// The error for a copy that is there and cannot be read.
pub fn unreadable(fs: &Filestore, segment: &Segment, e: std::io::Error) -> Error {
    let path = fs.object_path(&segment.object);
    Error::failed(format!("cannot read the copy {}", path.display())).with_source(e).hint(
        "what cannot be read cannot be searched. If the copy is damaged, delete that file and run it again",
    )
}

/// Whether a copy holds what no text holds: blanking a part of it would break the whole.
pub fn is_binary(fs: &Filestore, segments: &[Segment]) -> Result<bool> {
    let Some((segment, reader)) = segments.iter().find_map(|s| Some((s, open_segment(fs, s)?))) else {
        return Ok(false);
    };
    let mut head = Vec::new();
    reader.take(HEAD).read_to_end(&mut head).map_err(|e| unreadable(fs, segment, e))?;
    Ok(head.contains(&0))
}

/// The same bytes in as few ranges as it takes, in order.
pub fn merged(mut spans: Vec<Range<u64>>) -> Vec<Range<u64>> {
    spans.sort_by_key(|r| (r.start, r.end));
    let mut merged: Vec<Range<u64>> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

/// Rewrites the copies of a file, with spaces for the merged spans. Line ends stay, so line numbers stay too. The old
/// objects are left: they are condemned, or swept by `fs gc`.
pub fn blank(store: &mut Store, fs: &Filestore, segments: &[Segment], spans: &[Range<u64>]) -> Result<()> {
    let say = || "cannot write a copy without what is purged".to_owned();
    for segment in segments {
        let (from, to) = (segment.start as u64, (segment.start + segment.length) as u64);
        if !spans.iter().any(|r| r.start < to && from < r.end) {
            continue;
        }
        let Some(mut reader) = open_segment(fs, segment) else { continue };
        let mut writer = ObjectWriter::create(fs).on_disk(Written::Filestore, fs.root(), say)?;
        let (mut buf, mut at) = (vec![0; 256 << 10], from);
        loop {
            let n = reader.read(&mut buf).context(say)?;
            if n == 0 {
                break;
            }
            let first = spans.partition_point(|r| r.end <= at);
            for span in spans[first..].iter().take_while(|r| r.start < at + n as u64) {
                let (a, b) = (span.start.max(at) - at, span.end.min(at + n as u64) - at);
                buf[a as usize..b as usize]
                    .iter_mut()
                    .filter(|b| !matches!(b, b'\n' | b'\r'))
                    .for_each(|b| *b = b' ');
            }
            writer.write_all(&buf[..n]).on_disk(Written::Filestore, fs.root(), say)?;
            at += n as u64;
        }
        let object = writer.finish().on_disk(Written::Filestore, fs.root(), say)?;
        if object == segment.object {
            // An earlier run had blanked it: the copy is clean.
            store.purge().forget_objects(&[object])?;
        } else {
            let new = Segment { object, ..segment.clone() };
            store.segments().replace(std::slice::from_ref(segment), &[new])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn ranges_that_touch_are_one() {
        let spans = [4..6, 0..2, 5..9, 9..10, 12..13].to_vec();
        assert_eq!(super::merged(spans), [0..2, 4..10, 12..13]);
    }
}
