//! The bytes of one record as they were read, to show where an event comes from. They are the original bytes, including
//! secrets: the caller must hide those before showing them.

use super::again::{Aim, Opened, open_again};
use std::io::Read;
use workhours_base::error::{Context, Result};
use workhours_filestore::Filestore;
use workhours_filestore::SQLITE_MAGIC;
use workhours_store::{FileId, Store};

/// A record in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRecord {
    /// Its bytes, or the first of them.
    pub bytes: Vec<u8>,
    /// Whether there are more.
    pub cut: bool,
}

/// The record at this place of a logical file, and of a long one the first `most` bytes. `None` if the file is neither
/// in the filestore nor at its path, or is a database, whose records have no offset, or if the record is binary.
///
/// # Errors
/// Database errors and read errors.
pub fn raw_record(
    store: &mut Store,
    fs: &Filestore,
    (file_id, offset, length): (FileId, i64, i64),
    most: u64,
) -> Result<Option<RawRecord>> {
    let Some((file, cursor)) = store.files().get(file_id)? else { return Ok(None) };
    let Ok(Opened { extract: mut file, .. }) = open_again(store, fs, &file, cursor.as_ref(), Aim::Look)
    else {
        return Ok(None);
    };
    let (Ok(offset), Ok(length)) = (u64::try_from(offset), u64::try_from(length)) else { return Ok(None) };
    let head = file.head.0.clone();
    if length == 0 || head.starts_with(SQLITE_MAGIC) {
        return Ok(None);
    }
    let cannot = || "cannot read the record again";
    if !file.skip_to(offset).context(cannot)? {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(length.min(most)).read_to_end(&mut bytes).context(cannot)?;
    let cut = length > most;
    let is_binary = head.contains(&0) && bytes.contains(&0);
    Ok(Some(RawRecord { bytes, cut }).filter(|record| !record.bytes.is_empty() && !is_binary))
}
