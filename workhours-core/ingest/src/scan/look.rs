//! A source's reading of a file: whether it fits, and how many records it may have. Reads the beginning of a text, and
//! the whole of small documents; stores nothing.

use crate::is_named_like_one;
use crate::trial::{self, Trial, first_bytes};
use std::path::Path;
use workhours_filestore::{Extract, is_archive, members, open_consistent, open_source};
use workhours_plugin_api::{Growth, IDataSource, SourceError};

/// This much of growing text is read …
const HEAD_BYTES: u64 = 256 << 10;
/// … and documents up to this size are read whole.
const WHOLE_BYTES: u64 = 8 << 20;

/// The result of trying a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// Its source finds its records in it.
    Fits,
    /// There is no evidence for or against it.
    Blank,
    /// It is empty.
    Empty,
    /// Its source finds another format.
    Foreign(String),
    /// The source could not try it.
    Untried(String),
    /// It cannot be read.
    Unreadable(String),
    /// It isn't a readable file, or it is a folder that can't be listed.
    Closed(String),
}

impl Look {
    /// A remark, if there is one.
    pub fn remark(&self) -> Option<&str> {
        match self {
            Self::Fits | Self::Blank => None,
            Self::Empty => Some("it is empty"),
            Self::Foreign(why) | Self::Untried(why) | Self::Unreadable(why) | Self::Closed(why) => Some(why),
        }
    }

    /// Whether it is worth loading.
    pub fn is_usable(&self) -> bool {
        !matches!(self, Self::Foreign(_) | Self::Closed(_))
    }
}

/// Reads the beginning of a file, or of those in an archive with a matching name. Returns what was found, how many
/// records it has, if known, and whether they were counted.
pub(super) fn at(source: &dyn IDataSource, path: &Path) -> (Look, Option<u64>, bool) {
    if is_archive(path) {
        return in_archive(source, path);
    }
    // The latest changes of a database in use are in its companion files.
    let small = std::fs::metadata(path).is_ok_and(|meta| meta.len() <= WHOLE_BYTES);
    let open = || match small && !source.info().companions.is_empty() {
        true => open_consistent(path, &std::env::temp_dir()),
        false => open_source(path),
    };
    let mut extract = match open() {
        Ok(extract) => extract,
        Err(e) => return (Look::Unreadable(e.full_message()), None, false),
    };
    let reference = extract.stat.as_ref().map_or(0, |s| (s.mtime_ns / 1_000_000_000) as i64);
    let document = source.info().growth == Growth::Mutable;
    let most = if document { WHOLE_BYTES } else { HEAD_BYTES };
    // Packed, its size is not known; a plain document that is too long need not be read to find that out.
    let size = extract.size();
    let most = if size.is_some_and(|size| size > most) { most.min(HEAD_BYTES) } else { most };
    let (bytes, all) = match first_bytes(&mut extract, most) {
        Ok(read) => read,
        Err((_, e)) => return (Look::Unreadable(format!("damaged or cut: {e}")), None, false),
    };
    if bytes.is_empty() && all {
        return (Look::Empty, Some(0), true);
    }
    let length = bytes.len() as u64;
    let tried = match all {
        // The source may need to open it, with its companions.
        true if extract.is_plain() => match open() {
            Ok(extract) => trial::whole(source, extract, reference),
            Err(e) => return (Look::Unreadable(e.full_message()), None, false),
        },
        true => trial::whole(source, Extract::from_bytes(bytes), reference),
        false => trial::beginning(source, &bytes, reference),
    };
    let found = tried.events + tried.rejects;
    let look = judge(&tried, document, all);
    let records = match look {
        Look::Untried(_) => None,
        _ if all => Some(found),
        _ if document => None,
        _ => size.filter(|_| length > 0).map(|size| scaled(found, size, length)),
    };
    (look, records, all && records.is_some())
}

/// The combined result for the files in an archive: it fits if one of them does.
fn in_archive(source: &dyn IDataSource, archive: &Path) -> (Look, Option<u64>, bool) {
    /// Of an export with very many files, only this many are read.
    const MAX_MEMBERS: usize = 500;
    let files = match members(archive) {
        Ok(files) => files,
        Err(e) => return (Look::Unreadable(format!("damaged or cut: {e}")), None, false),
    };
    let wanted = files.iter().filter(|file| is_named_like_one(source.info(), file)).take(MAX_MEMBERS);
    let looks: Vec<_> =
        wanted.map(|file| at(source, file)).filter(|(look, ..)| *look == Look::Fits).collect();
    if looks.is_empty() {
        return (Look::Foreign("none of the files in it is of this format".into()), None, false);
    }
    let records = looks.iter().map(|(_, records, _)| *records).sum::<Option<u64>>();
    (Look::Fits, records, records.is_some() && looks.iter().all(|(.., counted)| *counted))
}

fn scaled(found: u64, size: u64, length: u64) -> u64 {
    u64::try_from(u128::from(found) * u128::from(size) / u128::from(length)).unwrap_or(u64::MAX)
}

fn judge(tried: &Trial, document: bool, all: bool) -> Look {
    match &tried.end {
        Err(SourceError::Unsupported(why)) => return Look::Foreign(format!("another format: {why}")),
        // A cut document makes any reader stumble.
        Err(_) if document && !all && tried.events == 0 => return Look::Blank,
        Err(e) if tried.events + tried.rejects == 0 => return Look::Untried(format!("not tried: {e}")),
        _ => {}
    }
    match (tried.events, tried.rejects) {
        (0, 0) => Look::Blank,
        (events, rejects) if rejects > events => {
            Look::Foreign(format!("another format: {rejects} of {} records are refused", events + rejects))
        }
        _ => Look::Fits,
    }
}
