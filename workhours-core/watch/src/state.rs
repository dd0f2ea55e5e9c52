//! The state of a file, in a number: it changes when the file is written to, replaced or renamed.

use foldhash::fast::FixedState;
use std::hash::{BuildHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use workhours_base::file::{Stat, stat};

/// A file changed so lately that another change may have left it with the same size and time: clocks of file systems
/// tick every few milliseconds.
const YOUNG: Duration = Duration::from_millis(30);
/// The same where they keep whole seconds.
const YOUNG_BY_SECONDS: Duration = Duration::from_secs(2);

/// What is known of a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State {
    number: u64,
    /// Device and inode.
    pub(crate) inode: (u64, u64),
    pub(crate) size: u64,
    /// Whether a later change might not be seen in the number.
    pub(crate) is_young: bool,
}

/// Files that are part of another input: endings of names, and files and folders inside of a folder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) companions: &'a [&'static str],
    pub(crate) inside: &'a [&'static str],
}

/// The state of an input's file, or of a folder that is read as one; `None` if there is none. A file of an archive
/// has the archive's.
pub(crate) fn state_of(path: &Path, parts: Parts<'_>) -> Option<State> {
    let mut hasher = FixedState::default().build_hasher();
    let mut newest = i128::MIN;
    let mut add = |path: &Path, stat: &Stat| {
        (path, stat.inode, stat.size, stat.mtime_ns).hash(&mut hasher);
        newest = newest.max(stat.mtime_ns);
    };
    let (inode, size) = if path.is_dir() {
        parts.inside.iter().for_each(|name| add_below(&path.join(name), &mut add));
        ((0, 0), 0)
    } else {
        let (path, stat) = on_disk(path)?;
        add(path, &stat);
        for ending in parts.companions {
            let companion = with_ending(path, ending);
            if let Some(stat) = workhours_base::file::stat(&companion) {
                add(&companion, &stat);
            }
        }
        (stat.inode, stat.size)
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let age = (now.as_nanos() as i128).saturating_sub(newest);
    let young = if newest % 1_000_000_000 == 0 { YOUNG_BY_SECONDS } else { YOUNG };
    // A time in the future says nothing.
    let is_young = age.unsigned_abs() < young.as_nanos();
    Some(State { number: hasher.finish(), inode, size, is_young })
}

/// The file itself, or the archive it is in.
pub(crate) fn on_disk(path: &Path) -> Option<(&Path, Stat)> {
    path.ancestors().find_map(|path| Some((path, stat(path)?)))
}

/// The name of a companion.
pub(crate) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn add_below(path: &Path, add: &mut impl FnMut(&Path, &Stat)) {
    if let Some(stat) = stat(path) {
        return add(path, &stat);
    }
    let Ok(entries) = std::fs::read_dir(path) else { return };
    let mut below: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    below.sort();
    below.iter().for_each(|path| add_below(path, add));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn it_changes_with_the_file_its_companions_and_what_is_inside() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let parts = Parts { companions: &["-wal"], inside: &[".git/refs", ".git/HEAD"] };
        assert!(state_of(&path("db"), parts).is_none());
        let mut seen = Vec::new();
        let mut differs = |path: &Path| {
            let state = state_of(path, parts).unwrap();
            assert!(!seen.contains(&state.number), "{}", path.display());
            seen.push(state.number);
        };
        fs::write(path("db"), "1").unwrap();
        differs(&path("db"));
        fs::write(path("db"), "12").unwrap();
        differs(&path("db"));
        fs::write(path("db-wal"), "1").unwrap();
        differs(&path("db"));
        fs::create_dir_all(path("repo/.git/refs/heads")).unwrap();
        differs(&path("repo"));
        fs::write(path("repo/.git/refs/heads/main"), "1").unwrap();
        differs(&path("repo"));
        fs::write(path("repo/other"), "1").unwrap();
        let before = state_of(&path("repo"), parts).unwrap();
        fs::write(path("repo/other"), "12").unwrap();
        assert_eq!(state_of(&path("repo"), parts).unwrap(), before, "of what is not read");
        assert_eq!(
            state_of(&path("db/inside.log"), parts).unwrap().inode,
            state_of(&path("db"), parts).unwrap().inode
        );
    }
}
