//! Objects with purged text: removed when no copy refers to them. The database stores them before anything is changed
//! until they are gone, so that a purge or a check finds them after a crash.

use super::Filestore;
use super::blank::{blank, is_binary, merged};
use rustc_hash::FxHashSet;
use workhours_base::error::{Context, Result};
use workhours_store::{LeftOut, Segment, Store};

/// Removes the condemned objects that no copy refers to, and forgets those that are gone.
pub fn remove_condemned(store: &mut Store, fs: &Filestore) -> Result<()> {
    let used: FxHashSet<String> = store.segments().all()?.into_iter().map(|s| s.object).collect();
    let mut condemned = store.purge().condemned_objects()?;
    condemned.retain(|object| !used.contains(object));
    for object in &condemned {
        let path = fs.object_path(object);
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(e).context(|| format!("cannot remove {}", path.display()));
            }
            _ => {}
        }
    }
    store.purge().forget_objects(&condemned)
}

/// Takes the purged records that the present task left out from the copies it made.
///
/// # Errors
/// Errors of the database or the filestore; then `purge --check` reports it, and the next purge removes the copy.
pub fn keep_out(store: &mut Store, fs: &Filestore) -> Result<()> {
    let LeftOut { file_id, spans, rows } = store.take_left_out();
    if spans.is_empty() && !rows {
        return Ok(());
    }
    // Objects are removed below, so the changes to their references must be committed first.
    store.end_group().map_err(|(e, _)| e)?;
    let segments = store.segments().of_file(file_id)?;
    if rows || is_binary(fs, &segments)? {
        store.segments().replace(&segments, &[])?;
    } else {
        blank(store, fs, &segments, &merged(spans))?;
    }
    remove_condemned(store, fs)
}

/// Removes the object of a copy whose batch failed: something was purged meanwhile, and may be in it.
pub fn discard(store: &mut Store, fs: &Filestore, segment: &Segment) {
    // When the database cannot be asked, `fs gc` sweeps it.
    if store.segments().refer_to(&segment.object).is_ok_and(|refers| !refers) {
        let _ = std::fs::remove_file(fs.object_path(&segment.object));
    }
}
