//! The lines of records: counted in their file's copies, or in the file if it hasn't changed. The database has only the
//! offset of a record, because counting lines would slow every load.

use super::again::{Aim, open_again};
use std::io::Read;
use workhours_base::error::Result;
use workhours_filestore::Filestore;
use workhours_store::{FileId, FindLines, Lines, Store};

/// Finds lines by means of a filestore.
#[derive(Debug)]
pub struct LineFinder {
    fs: Filestore,
}

impl LineFinder {
    /// Looks into the copies of this filestore first.
    pub fn new(fs: Filestore) -> Self {
        Self { fs }
    }
}

impl FindLines for LineFinder {
    fn find(&self, store: &mut Store, at: &[(FileId, i64)]) -> Result<Lines> {
        let mut at = at.to_vec();
        at.sort_unstable();
        at.dedup();
        let mut lines = Lines::default();
        for of_file in at.chunk_by(|a, b| a.0 == b.0) {
            let id = of_file[0].0;
            let Some((file, cursor)) = store.files().get(id)? else { continue };
            let Ok(opened) = open_again(store, &self.fs, &file, cursor.as_ref(), Aim::Look) else {
                continue;
            };
            let mut bytes = opened.extract;
            // Offsets in a database are generated, and it has no lines.
            if !bytes.head.0.contains(&0) {
                let offsets: Vec<i64> = of_file.iter().map(|(_, offset)| *offset).collect();
                lines.extend(
                    count(&mut bytes, &offsets).into_iter().map(|(offset, line)| ((id, offset), line)),
                );
            }
        }
        Ok(lines)
    }
}

/// The lines of offsets, which are in order; of those beyond the end none. What cannot be read ends the search.
fn count(from: &mut dyn Read, offsets: &[i64]) -> Vec<(i64, u64)> {
    let mut found = Vec::with_capacity(offsets.len());
    let (mut at, mut line, mut buffer) = (0, 1, vec![0; 256 << 10]);
    let mut offsets = offsets.iter().copied().filter(|offset| *offset >= 0).peekable();
    while offsets.peek().is_some() {
        let n = match from.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(n) => n,
        };
        let mut counted = 0;
        while let Some(offset) = offsets.next_if(|offset| *offset < at + n as i64) {
            let upto = (offset - at) as usize;
            line += memchr::memchr_iter(b'\n', &buffer[counted..upto]).count() as u64;
            counted = upto;
            found.push((offset, line));
        }
        line += memchr::memchr_iter(b'\n', &buffer[counted..n]).count() as u64;
        at += n as i64;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn lines_are_counted_from_one() {
        let text = "a\nbb\n\nlast";
        let all: Vec<i64> = vec![0, 2, 5, 6, 9, 10, 99];
        let found = count(&mut Cursor::new(text), &all);
        assert_eq!(found, [(0, 1), (2, 2), (5, 3), (6, 4), (9, 4)]);
        let long = "x\n".repeat(200_000);
        assert_eq!(
            count(&mut Cursor::new(long), &[0, 262_144, 399_998]),
            [(0, 1), (262_144, 131_073), (399_998, 200_000)]
        );
    }
}
