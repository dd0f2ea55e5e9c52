//! Which source a file is for, by letting each try its beginning: the type `auto`.

use super::trial;
use crate::error::{Error, Result};
use crate::filestore::{Extract, open_consistent};
use crate::registry::{Registered, Registry};
use std::path::Path;
use workhours_plugin_api::{InputNeed, SourceError};

const TRIED_BYTES: u64 = 64 << 10;
/// Documents up to this size are tried whole by sources that want them so.
const WHOLE_BYTES: u64 = 64 << 20;

/// The source whose reading of the file's first 64 KiB, or of the whole document, finds the most dates and leaves the
/// least refused. Events without a date speak for no source: any text is a list of commands.
///
/// A built-in source whose inputs have no usual place is for what many programs write, and reads nearly anything in
/// some way. Such sources are tried when no other finds anything.
///
/// # Errors
/// When the file cannot be read, is a pipe (what is looked at would be lost to loading), or no source finds an event in it.
pub fn detect(registry: &Registry, path: &Path) -> Result<Registered> {
    let mut extract: Extract = crate::filestore::open_source(path)?;
    if extract.stat.is_none() {
        return Err(Error::usage(format!("{} is a pipe, and a pipe cannot be read twice", path.display()))
            .hint("name the source type instead of auto; workhours -l lists them"));
    }
    let bytes = match trial::first_bytes(&mut extract, TRIED_BYTES) {
        Ok((bytes, _)) | Err((bytes, _)) => bytes,
    };
    let small = extract.size().is_some_and(|size| size <= WHOLE_BYTES);
    let is_general = |r: &Registered| r.is_built_in() && r.source.info().locations.is_empty();
    let score = |r: &Registered| -> Option<(u64, u64)> {
        // The beginning of a document says nothing to a source that wants all of it, with what lies beside it.
        let whole = small && r.source.info().input != InputNeed::Read;
        let again = whole.then(|| open_consistent(path, &std::env::temp_dir()).ok()).flatten();
        let tried = match again {
            Some(extract) => trial::whole(r.source, extract, 0),
            None => trial::beginning(r.source, &bytes, 0),
        };
        let usable = !matches!(tried.end, Err(SourceError::Unsupported(_))) && tried.dated > 0;
        usable.then(|| (tried.dated * 1000 / (tried.events + tried.rejects), tried.dated))
    };
    // Of equals the first by name: a general type comes before the special ones that refine it.
    let best = [false, true].into_iter().find_map(|general| {
        let tried = registry.all().iter().rev().filter(|r| is_general(r) == general);
        tried.filter_map(|r| Some((score(r)?, r))).max_by_key(|(score, _)| *score)
    });
    best.map(|(_, r)| *r).ok_or_else(|| {
        Error::failed(format!("no source knows the format of {}", path.display()))
            .hint("name the source type instead of auto; workhours -l lists them")
    })
}
