//! The bytes of a logical file once more: from its copies, or from a file that is still the one that was read.
//! What is then done with them is for whoever asks.

use crate::error::{Error, Result};
use crate::filestore::{CopyReader, Extract, Filestore, open_consistent};
use crate::store::{Cursor, FileRow, Store};
use std::io::{self, Read};
use std::path::Path;

/// Opens a logical file from its start: a whole copy, else the file where it was first or last seen. `cursor` is how
/// far it was read. A copy that is damaged is as good as none.
///
/// # Errors
/// When there is neither.
pub(super) fn open_again(
    store: &mut Store,
    fs: &Filestore,
    file: &FileRow,
    cursor: Option<&Cursor>,
) -> Result<Extract> {
    let segments = store.segments(file.id)?;
    let copied = segments.iter().map(|s| s.start + s.length).max().unwrap_or(0) as u64;
    let mut copy = CopyReader::new(fs, &segments).filter(CopyReader::is_complete);
    let damaged = copy.as_ref().and_then(CopyReader::damaged).map(|object| fs.object_path(object));
    copy.take_if(|_| damaged.is_some());
    let reached = cursor.map_or(0, |c| c.at.position.offset);
    if let Some(whole) = copy.take_if(|_| copied >= reached) {
        return Ok(Extract::from_copy(whole, None));
    }
    let seen = store.paths_of(file.id)?;
    for path in std::iter::once(&file.path).chain(&seen).map(Path::new).filter(|path| path.is_file()) {
        if let Ok(mut extract) = open_consistent(path, &fs.tmp())
            && is_still(fs, file, cursor, path, &mut extract)
        {
            return Ok(extract);
        }
    }
    // Copies were made of a part of it only, which is better than nothing.
    copy.map(|part| Extract::from_copy(part, None)).ok_or_else(|| match damaged {
        Some(object) => Error::failed(format!(
            "the copy of {} is damaged ({}), and the file is not where it was",
            file.path,
            object.display()
        ))
        .hint(
            "nothing was changed; its events stay as they are. Put the file back, or the copy from a backup",
        ),
        None => Error::failed(format!("{} is neither in the filestore nor where it was", file.path))
            .hint("nothing was changed; its events stay as they are"),
    })
}

/// Whether what was read of a logical file is still at the beginning of this one.
fn is_still(
    fs: &Filestore,
    file: &FileRow,
    cursor: Option<&Cursor>,
    path: &Path,
    extract: &mut Extract,
) -> bool {
    let head_len = file.head_len as u64;
    if head_len > extract.head.0.len() as u64 {
        // A document is known by all of it.
        return whole_hash(fs, path, head_len).is_some_and(|hash| hash == file.head_hash);
    }
    if extract.head.prefix_hash(head_len).as_ref() != Some(&file.head_hash) {
        return false;
    }
    let Some(cursor) = cursor.filter(|_| extract.is_plain()) else { return true };
    let long_enough = extract.size().is_some_and(|size| size >= cursor.at.position.offset);
    let tail = extract.peek_at(cursor.tail.offset, cursor.tail.len).unwrap_or_default();
    long_enough && (cursor.tail.len == 0 || blake3::hash(&tail).as_bytes()[..] == cursor.tail.hash[..])
}

/// The hash of a file that has just so many bytes.
fn whole_hash(fs: &Filestore, path: &Path, len: u64) -> Option<Vec<u8>> {
    let mut hasher = blake3::Hasher::new();
    let read = io::copy(&mut open_consistent(path, &fs.tmp()).ok()?.take(len + 1), &mut hasher).ok()?;
    (read == len).then(|| hasher.finalize().as_bytes().to_vec())
}
