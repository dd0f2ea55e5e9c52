//! The bytes of a logical file once more: from its copies, or from the file if it hasn't changed. The caller decides
//! what to do with them.

use super::document;
use super::job::Job;
use super::run::Engine;
use super::sink::Shared;
use super::task::{self, Append, Outcome};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use workhours_base::error::{Error, Result};
use workhours_filestore as filestore;
use workhours_filestore::{CopyReader, Extract, Filestore, Health, open_consistent};
use workhours_plugin_api::Growth;
use workhours_store::{Cursor, FileRow, Store};

/// Reads a logical file from its start again and loads it.
///
/// # Errors
/// When it is neither in the filestore nor at its path, or another file is there by the time it is read.
pub(super) fn read_again(
    engine: &mut Engine<'_>,
    job: &Job<'_>,
    file: &FileRow,
    aim: Aim,
) -> Result<(Outcome, Vec<String>)> {
    let cursor = engine.store.files().get(file.id)?.and_then(|(_, cursor)| cursor);
    let Opened { mut extract, note } = open_again(engine.store, &job.fs, file, cursor.as_ref(), aim)?;
    let notes = note.into_iter().collect();
    let shared = Arc::new(Shared { stop: Arc::clone(&engine.stop), ..Shared::default() });
    if job.source.info().growth == Growth::Mutable {
        let seen = Some(file.id);
        let run = document::run(job, engine.store, extract, &file.path, seen, &shared, engine.progress);
        return Ok((run.0, notes));
    }
    if let (Aim::Look, Some(cursor)) = (aim, &cursor) {
        let unfinished = cursor.provisional.map_or(0, |(_, length)| length);
        extract = extract.up_to(cursor.at.position.offset + unfinished);
    }
    // A file whose copy was set aside is copied again.
    let copied_to = CopyReader::reach(&engine.store.segments().of_file(file.id)?);
    let append = Append { job, file, base: None, copied_to, path: &file.path };
    task::run(&append, engine.store, extract, &shared, engine.progress)
        .map(|outcome| (outcome, notes))
        .ok_or_else(|| Error::failed(format!("{} changes while it is read", file.path)))
}

/// Why a file is opened again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// To load it: everything. A damaged copy is set aside.
    Load,
    /// To check what was loaded: only that part, and nothing is changed. A damaged copy stays where it is.
    Look,
}

/// A logical file, open from its start.
pub(super) struct Opened {
    pub(super) extract: Extract,
    /// Notes for the user: a damaged copy was found.
    pub(super) note: Option<String>,
}

/// Opens a logical file from its start: a whole copy, else the file where it was first or last seen. `cursor` is how
/// far it was read. A damaged copy is not read.
///
/// # Errors
/// When there is neither.
pub(super) fn open_again(
    store: &mut Store,
    fs: &Filestore,
    file: &FileRow,
    cursor: Option<&Cursor>,
    aim: Aim,
) -> Result<Opened> {
    let segments = store.segments().of_file(file.id)?;
    let copied = segments.iter().map(|s| s.start + s.length).max().unwrap_or(0) as u64;
    let mut copy = CopyReader::new(fs, &segments).filter(CopyReader::is_complete);
    let mut note = None;
    if let Some((object, health)) = copy.as_ref().and_then(CopyReader::flaw) {
        note = Some(match health {
            Health::Damaged if aim == Aim::Load => {
                let aside = filestore::set_aside(fs, object)?;
                format!("its copy was damaged and is now {}", aside.display())
            }
            Health::Damaged => format!("its copy {} is damaged", fs.object_path(object).display()),
            _ => format!("its copy {} cannot be read", fs.object_path(object).display()),
        });
        copy = None;
    }
    let reached = cursor.map_or(0, |c| c.at.position.offset);
    if let Some(whole) = copy.take_if(|_| copied >= reached) {
        return Ok(Opened { extract: Extract::from_copy(whole, None), note });
    }
    let seen = store.sightings().paths_of(file.id)?;
    for path in std::iter::once(&file.path).chain(&seen).map(Path::new).filter(|path| path.is_file()) {
        if let Ok(mut extract) = open_consistent(path, &fs.tmp())
            && is_still(fs, file, cursor, path, &mut extract)
        {
            if aim == Aim::Load {
                // It is copied again, and not where the lost copies were cut.
                let mut lost = segments;
                lost.retain(|s| !fs.object_path(&s.object).is_file());
                store.segments().replace(&lost, &[])?;
            }
            let note = note.map(|note| format!("{note}; the file itself was read"));
            return Ok(Opened { extract, note });
        }
    }
    // Copies were made of a part of it only, which is better than nothing.
    if let Some(part) = copy {
        return Ok(Opened { extract: Extract::from_copy(part, None), note });
    }
    let stays = "nothing was changed; its events stay as they are";
    Err(match note {
        Some(note) => Error::failed(format!(
            "cannot read {} again: {note}, and the file is not where it was",
            file.path
        ))
        .hint(format!("{stays}. Put the file back, or the copy from a backup")),
        None => {
            Error::failed(format!("{} is neither in the filestore nor where it was", file.path)).hint(stays)
        }
    })
}

/// Whether the part of a logical file that was read is still at the beginning of this one.
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

/// The hash of a file with exactly this many bytes.
fn whole_hash(fs: &Filestore, path: &Path, len: u64) -> Option<Vec<u8>> {
    let mut hasher = blake3::Hasher::new();
    let read = io::copy(&mut open_consistent(path, &fs.tmp()).ok()?.take(len + 1), &mut hasher).ok()?;
    (read == len).then(|| hasher.finalize().as_bytes().to_vec())
}
