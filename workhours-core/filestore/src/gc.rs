//! Keeping the filestore small: deleting unreferenced files, deleting old copies, and merging small ones.

use super::{CopyReader, Filestore, ObjectWriter};
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};
use workhours_base::disk::{OnDisk, Written};
use workhours_base::error::{Context, Result};
use workhours_base::input::Keep;
use workhours_store::{FileId, Segment, Store, now_us};

/// A file younger than this may belong to a run that is still going on.
const IN_USE: Duration = Duration::from_secs(3_600);
/// A file with more copies than this is compacted.
const MANY_SEGMENTS: usize = 16;

/// The deleted files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Objects and temporary files removed.
    pub removed: u64,
    /// Their bytes on disk.
    pub bytes: u64,
    /// Logical files whose copies were merged.
    pub compacted: u64,
}

/// Applies the rule for keeping, compacts, and removes leftovers.
///
/// # Errors
/// Errors of the database or the file system.
pub fn collect(fs: &Filestore, store: &mut Store, keep: &Keep) -> Result<Swept> {
    let mut swept = Swept::default();
    let oldest_us = match keep {
        Keep::All => i64::MIN,
        Keep::None => i64::MAX,
        Keep::Days(days) => now_us() - i64::from(*days) * 86_400 * 1_000_000,
    };
    let all = store.segments().all()?;
    let old: Vec<Segment> = all.iter().filter(|s| s.created_us < oldest_us).cloned().collect();
    store.segments().replace(&old, &[])?;
    let mut by_file: BTreeMap<FileId, Vec<Segment>> = BTreeMap::new();
    for s in all.into_iter().filter(|s| s.created_us >= oldest_us) {
        by_file.entry(s.file_id).or_default().push(s);
    }
    for segments in by_file.values().filter(|s| s.len() > MANY_SEGMENTS) {
        swept.compacted += u64::from(compact(fs, store, segments)?);
    }
    let used: HashSet<String> =
        store.segments().all()?.into_iter().map(|s| format!("{}.zst", s.object)).collect();
    for dir in read_dir(&fs.root().join("objects"))? {
        if dir.is_dir() {
            sweep(&dir, |name| used.contains(name), &mut swept)?;
        }
    }
    sweep(&fs.tmp(), |_| false, &mut swept)?;
    Ok(swept)
}

/// Merges a file's copies. Returns `false` if they have a gap.
///
/// # Errors
/// Errors of the database or the file system.
pub fn compact(fs: &Filestore, store: &mut Store, segments: &[Segment]) -> Result<bool> {
    let Some(mut reader) = CopyReader::new(fs, segments).filter(CopyReader::is_complete) else {
        return Ok(false);
    };
    // If a damaged copy were merged, its new name would match its damaged content.
    if reader.flaw().is_some() {
        return Ok(false);
    }
    let say = || "cannot compact the copies of a file".to_owned();
    let mut writer = ObjectWriter::create(fs).on_disk(Written::Filestore, fs.root(), say)?;
    io::copy(&mut reader, &mut writer).on_disk(Written::Filestore, fs.root(), say)?;
    let whole = Segment {
        file_id: segments[0].file_id,
        start: segments[0].start,
        length: writer.written() as i64,
        object: writer.finish().on_disk(Written::Filestore, fs.root(), say)?,
        created_us: segments.iter().map(|s| s.created_us).max().unwrap_or(0),
    };
    store.segments().replace(segments, std::slice::from_ref(&whole))?;
    Ok(true)
}

fn sweep(dir: &Path, used: impl Fn(&str) -> bool, swept: &mut Swept) -> Result<()> {
    for path in read_dir(dir)? {
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let age = meta.modified().ok().and_then(|t| SystemTime::now().duration_since(t).ok());
        if !meta.is_file() || used(&name) || age.is_none_or(|age| age < IN_USE) {
            continue;
        }
        fs::remove_file(&path).context(|| format!("cannot remove {}", path.display()))?;
        swept.removed += 1;
        swept.bytes += meta.len();
    }
    Ok(())
}

fn read_dir(dir: &Path) -> Result<Vec<std::path::PathBuf>> {
    let entries = fs::read_dir(dir).context(|| format!("cannot list {}", dir.display()))?;
    Ok(entries.filter_map(|e| e.ok().map(|e| e.path())).collect())
}
