//! Which programs read an SQLite database now. SQLite itself doesn't know. On Linux the kernel lists the locks that
//! readers hold in the shared-memory file next to the database.

use std::path::Path;

/// The bytes of that file that readers lock: <https://www.sqlite.org/walformat.html#wal_locks>.
#[cfg(target_os = "linux")]
const READ_LOCKS: std::ops::RangeInclusive<u64> = 123..=127;

/// Names of other programs that read the database in this file; if they can't be determined, one text that says so.
pub(crate) fn of(file: &Path) -> Vec<String> {
    let mut found = listed(file);
    if found.is_empty() {
        found.push("another program".to_owned());
    }
    found
}

#[cfg(target_os = "linux")]
fn listed(file: &Path) -> Vec<String> {
    use std::os::unix::fs::MetadataExt;
    let mut shared = file.as_os_str().to_owned();
    shared.push("-shm");
    let Ok(meta) = std::fs::metadata(shared) else { return Vec::new() };
    let locks = std::fs::read_to_string("/proc/locks").unwrap_or_default();
    let mut pids: Vec<u32> = locks.lines().filter_map(|line| reader(line, meta.ino())).collect();
    pids.retain(|pid| *pid != std::process::id());
    pids.sort_unstable();
    pids.dedup();
    let name = |pid: &u32| {
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        format!("{} (process {pid})", name.trim())
    };
    pids.iter().map(name).collect()
}

#[cfg(not(target_os = "linux"))]
fn listed(_: &Path) -> Vec<String> {
    Vec::new()
}

/// The process of a line of `/proc/locks`, if it is a reader's: `1: POSIX  ADVISORY  READ 4711 fd:00:131072 124 124`.
#[cfg(target_os = "linux")]
fn reader(line: &str, inode: u64) -> Option<u32> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let place = words.iter().skip(1).position(|word| word.split(':').count() == 3)? + 1;
    let here = words[place].rsplit(':').next()?.parse::<u64>().ok()? == inode;
    let first = words.get(place + 1)?.parse().ok()?;
    let is_read = words.contains(&"READ") && !words.contains(&"->");
    (here && is_read && READ_LOCKS.contains(&first)).then(|| words[place - 1].parse().ok())?
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn readers_are_those_with_a_read_lock_there() {
        let line = "1: POSIX  ADVISORY  READ 4711 fd:00:131072 124 124";
        assert_eq!(reader(line, 131_072), Some(4711));
        for other in [
            "1: POSIX  ADVISORY  READ 4711 fd:00:131072 128 128",
            "1: POSIX  ADVISORY  WRITE 4711 fd:00:131072 124 124",
            "1: -> POSIX  ADVISORY  READ 4711 fd:00:131072 124 124",
            "1: POSIX  ADVISORY  READ 4711 fd:00:131073 124 124",
            "1: FLOCK  ADVISORY  WRITE 1 00:19:5 0 EOF",
            "",
        ] {
            assert_eq!(reader(other, 131_072), None, "{other}");
        }
    }
}
