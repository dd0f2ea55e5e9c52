//! Documents that weren't named but found in a folder or an archive, such as a whole export, in which only some files
//! have the source's format.
//!
//! Logs that grow are not meant: what a folder of them holds is a log, or something is wrong.

use super::job::Job;
use std::path::Path;
use workhours_filestore::stat;
use workhours_plugin_api::{Growth, SourceInfo};

/// Larger files, and those in archives, are only tried if their name fits: a source may need the whole file in memory,
/// and an archive may have any number of pictures.
const LARGE_BYTES: u64 = 64 << 20;

/// Whether the file is such a document.
pub(super) fn is_among(job: &Job<'_>, path: &Path) -> bool {
    job.source.info().growth == Growth::Mutable && path != job.spec.path && !path.is_dir()
}

/// Whether the file is such a document and isn't tried at all. If the source was found by content, it was tried
/// already.
pub(super) fn are_passed_over(job: &Job<'_>, path: &Path) -> bool {
    is_among(job, path)
        && job.spec.source_type != "auto"
        && !is_named_like_one(job.source.info(), path)
        && (!path.exists() || stat(path).is_some_and(|stat| stat.size > LARGE_BYTES))
}

/// Whether the name ends as one of those at the source's usual places does; whether any does, if those have no endings.
pub(crate) fn is_named_like_one(info: &SourceInfo, path: &Path) -> bool {
    let endings = info.locations.iter().map(|place| Path::new(place.glob).extension());
    let mut endings = endings.collect::<Option<Vec<_>>>().unwrap_or_default().into_iter().peekable();
    endings.peek().is_none()
        || endings.any(|ending| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending)))
}
