//! A path of an input: its key, its state on disk, and how to open it for reading whole. `file` finds out which logical
//! file it is.

use super::job::Job;
use std::path::Path;
use workhours_base::error::Result;
use workhours_base::file::{Kind, Stat, vouches};
use workhours_filestore::{
    Extract, is_archive, is_folder_input, members, open_consistent, open_folder, open_source, open_stream,
    stat,
};
use workhours_store::{Cursor, Store, now_us};

/// The state of a file together with that of its companions: a database that is only appended to in its log changes
/// too. When one of them changed just now, nothing vouches for any of it.
pub(super) fn state_token(path: &Path, main: &Stat, companions: &[&str], now_us: i64) -> String {
    let mut token = main.token(now_us);
    for ending in companions {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        let Some(companion) = stat(Path::new(&name)) else { continue };
        let state = companion.token(now_us);
        if !vouches(&token) || !vouches(&state) {
            return main.inode_token();
        }
        token = format!("{token}{ending}:{}:{}", companion.size, companion.mtime_ns);
    }
    token
}

/// Opens a document: for a folder the output of a program, for a database with companions a consistent copy.
pub(super) fn open_document(path: &Path, job: &Job<'_>) -> Result<Extract> {
    if let Some(reader) = job.folder.filter(|reader| is_folder_input(reader, path)) {
        return open_folder(reader, path);
    }
    if job.source.info().companions.is_empty() || Kind::of(path) != Some(Kind::File) {
        return open_named(path, job);
    }
    open_consistent(path, &job.fs.tmp())
}

/// Opens a file, or any other input that the user named: a pipe, a device, standard input.
pub(super) fn open_named(path: &Path, job: &Job<'_>) -> Result<Extract> {
    if path == job.spec.path { open_stream(path, &job.stop) } else { open_source(path) }
}

/// Whether anything was ever loaded from this path, or from a file in the archive there, as this source type.
///
/// # Errors
/// Database errors.
pub fn was_loaded(store: &mut Store, source_type: &str, path: &Path) -> Result<bool> {
    if is_archive(path) {
        for member in members(path).unwrap_or_default() {
            if store.sightings().was_read_at(&path_key(&member), source_type)? {
                return Ok(true);
            }
        }
    }
    store.sightings().was_read_at(&path_key(path), source_type)
}

/// The bytes of a line end, at most.
const LINE_END: u64 = 2;

/// Whether a file that grows was read to its present end as this source type and scope.
///
/// # Errors
/// Database errors.
pub fn is_read_whole(store: &mut Store, source_type: &str, scope: &str, path: &Path) -> Result<bool> {
    let Some(now) = stat(path) else { return Ok(false) };
    let Some(seen) = store.sightings().get(&path_key(path), source_type, scope)? else { return Ok(false) };
    if vouches(&seen.stat) && seen.stat == state_token(path, &now, &[], now_us()) {
        return Ok(true);
    }
    let cursor = store.files().get(seen.file_id)?.and_then(|(_, cursor)| cursor);
    // A last record that might still grow is loaded too. Its line end isn't part of it.
    let end = |cursor: Cursor| {
        cursor.at.position.offset + cursor.provisional.map_or(0, |(_, length)| length + LINE_END)
    };
    Ok(cursor.is_some_and(|cursor| end(cursor) >= now.size))
}

/// Paths are bytes; a key made of them serves every database.
pub(super) fn path_key(path: &Path) -> Vec<u8> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    blake3::hash(absolute.as_os_str().as_encoded_bytes()).as_bytes()[..16].to_vec()
}
