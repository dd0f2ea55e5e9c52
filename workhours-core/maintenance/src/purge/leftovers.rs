//! Files of the filestore that belong to no copy: objects condemned by a purge, objects of failed loads, damaged ones
//! that were set aside, temporary files of killed programs. Another database may use the same filestore, so files
//! unknown to this database are deleted only if they contain purged text.

use super::pattern::Pattern;
use rustc_hash::FxHashSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use workhours_base::error::{Context, Error, Result};
use workhours_filestore::{Filestore, remove_condemned};
use workhours_report::snapshots::TMP_PREFIX as SNAPSHOT;
use workhours_store::Store;

/// The clock of a file system may be this much behind.
const CLOCK: Duration = Duration::from_millis(50);

/// Between two looks at what other programs still write.
const PAUSE: Duration = Duration::from_millis(100);

/// Removes the objects that purges have condemned and no copy refers to, and every other file that belongs to no copy,
/// contains the text and is older than now. Call it when the purge has its last number: loads that wrote before can't
/// be committed any more, and newer files belong to loads that know the tombstones. Waits for files that a program is
/// still writing: its next batch fails, and it deletes them itself.
pub(super) fn sweep(store: &mut Store, fs: &Filestore, pattern: &Pattern, wait: Duration) -> Result<()> {
    remove_condemned(store, fs)?;
    // Files written just before the purge must differ from newer ones.
    let since = Instant::now();
    while since.elapsed() < 2 * CLOCK {
        std::thread::park_timeout(2 * CLOCK);
    }
    let (before, since) = (SystemTime::now(), Instant::now());
    loop {
        let mut writing = 0;
        for path in all(store, fs)? {
            let Ok(meta) = fs::symlink_metadata(&path) else { continue };
            if meta.modified().is_ok_and(|at| at + CLOCK >= before) && owner(&path).is_none() {
                continue;
            }
            let is_used = owner(&path).is_some_and(is_alive);
            // An unfinished snapshot isn't complete in its file. Damaged bytes can't be searched, so they can't be
            // excluded.
            let is_damaged = path.starts_with(fs.damaged());
            if is_used && is_snapshot(&path) || is_damaged || holds(&path, pattern) {
                if is_used { writing += 1 } else { remove(&path)? }
            }
        }
        if writing == 0 {
            return Ok(());
        }
        if since.elapsed() >= wait {
            return Err(Error::failed("another program still writes what is purged to the filestore").hint(
                "a load or a snapshot that began earlier; when it has ended, run the same command again",
            ));
        }
        std::thread::park_timeout(PAUSE);
    }
}

/// The process that writes a temporary file: its number is in the name.
fn owner(path: &Path) -> Option<u32> {
    let name = path.file_name()?.to_str()?;
    let number =
        name.strip_prefix(SNAPSHOT).or_else(|| name.strip_suffix(".zst")?.split_once('-').map(|n| n.0))?;
    number.parse().ok().filter(|pid| *pid != std::process::id())
}

fn is_snapshot(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(SNAPSHOT))
}

fn is_alive(pid: u32) -> bool {
    #[cfg(unix)]
    {
        let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
        pid.is_some_and(|pid| {
            !matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH))
        })
    }
    #[cfg(not(unix))]
    {
        let _ = pid;
        false
    }
}

/// Drops the copies that still refer to a condemned object: a load was interrupted before it had blanked them, or the same
/// bytes were read as something else too.
pub(super) fn drop_condemned_copies(store: &mut Store) -> Result<()> {
    let condemned: FxHashSet<String> = store.purge().condemned_objects()?.into_iter().collect();
    let mut copies = store.segments().all()?;
    copies.retain(|segment| condemned.contains(&segment.object));
    if copies.is_empty() { Ok(()) } else { store.segments().replace(&copies, &[]) }
}

/// How many of them contain the text.
pub(super) fn holding(store: &mut Store, fs: &Filestore, pattern: &Pattern) -> Result<u64> {
    Ok(all(store, fs)?.iter().filter(|path| holds(path, pattern)).count() as u64)
}

/// How many files of what programs have sent contain it: such as are not in the database yet.
pub(super) fn received(fs: &Filestore, pattern: &Pattern) -> Result<u64> {
    let files = below(vec![fs.root().join("spool")])?;
    Ok(files.iter().filter(|path| holds(path, pattern)).count() as u64)
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(e).context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Whether a file holds the text, as it is or unpacked. One that is gone by now does not: others are at work there.
fn holds(path: &Path, pattern: &Pattern) -> bool {
    let Ok(bytes) = fs::read(path) else { return false };
    let mut unpacked = Vec::new();
    if let Ok(mut decoder) = zstd::Decoder::new(&bytes[..]) {
        // For a truncated one, the existing part.
        _ = decoder.read_to_end(&mut unpacked);
    }
    pattern.bytes.is_match(&bytes) || pattern.bytes.is_match(&unpacked)
}

fn all(store: &mut Store, fs: &Filestore) -> Result<Vec<PathBuf>> {
    let used: FxHashSet<PathBuf> =
        store.segments().all()?.into_iter().map(|s| fs.object_path(&s.object)).collect();
    let mut files = below(vec![fs.root().join("objects"), fs.damaged(), fs.root().join("tmp")])?;
    files.retain(|path| !used.contains(path));
    Ok(files)
}

/// All files below some folders.
fn below(mut folders: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
            Err(e) => return Err(e).context(|| format!("cannot list {}", folder.display())),
        };
        for entry in entries {
            let entry = entry.context(|| format!("cannot list {}", folder.display()))?;
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(_) => files.push(entry.path()),
                Err(_) => {}
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_who_writes() {
        assert_eq!(owner(Path::new("/fs/tmp/1234567-0.zst")), Some(1_234_567));
        assert_eq!(owner(Path::new("/fs/tmp/snapshot-1234567")), Some(1_234_567));
        assert_eq!(owner(Path::new("/fs/objects/ab/abcdef.zst")), None);
        assert_eq!(owner(&PathBuf::from(format!("/fs/tmp/{}-0.zst", std::process::id()))), None);
        assert!(is_alive(std::process::id()));
    }
}
