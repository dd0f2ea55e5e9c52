//! Folders that contain a marker, such as a repository's own folder, below a home directory. A bounded walk: not deep,
//! never through a link or into another file system, and without programs' private folders. The source decides how to
//! use such a folder.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

/// Deeper folders aren't searched.
const DEPTH: usize = 6;
/// Folders that builds and package managers fill.
const SKIPPED: [&str; 4] = ["node_modules", "target", "venv", "__pycache__"];
/// A folder with this file is a Python environment, whatever its name.
const ENVIRONMENT: &str = "pyvenv.cfg";

/// The folders at or below `root` that hold an entry of this name, in order of their names.
pub(super) fn holding(root: &Path, marker: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(meta) = fs::metadata(root) else { return found };
    walk(root, marker, &meta, 0, &mut found);
    found
}

fn walk(folder: &Path, marker: &str, root: &Metadata, depth: usize, found: &mut Vec<PathBuf>) {
    if fs::symlink_metadata(folder.join(marker)).is_ok() {
        found.push(folder.to_owned());
    }
    if depth == DEPTH {
        return;
    }
    // A folder that can't be listed has no readable files.
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut below: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter(|entry| !is_skipped(&entry.file_name().to_string_lossy()))
        .map(|entry| entry.path())
        .collect();
    below.sort();
    for path in below {
        let same_device = fs::symlink_metadata(&path).is_ok_and(|meta| on_same_device(root, &meta));
        if same_device && !path.join(ENVIRONMENT).exists() {
            walk(&path, marker, root, depth + 1, found);
        }
    }
}

/// Hidden folders are programs' own; the marker itself is looked for, but not looked into.
fn is_skipped(name: &str) -> bool {
    name.starts_with('.') || SKIPPED.contains(&name)
}

#[cfg(unix)]
fn on_same_device(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    a.dev() == b.dev()
}

#[cfg(not(unix))]
fn on_same_device(_: &Metadata, _: &Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(repositories: &[&str]) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        for path in repositories {
            fs::create_dir_all(home.path().join(path).join(".mark")).unwrap();
        }
        home
    }

    fn found(home: &tempfile::TempDir) -> Vec<String> {
        let relative = |p: PathBuf| p.strip_prefix(home.path()).unwrap().to_string_lossy().into_owned();
        holding(home.path(), ".mark").into_iter().map(relative).collect()
    }

    #[test]
    fn folders_and_those_nested_in_them() {
        let home = home(&["b", "a/x", "a/x/y"]);
        fs::create_dir_all(home.path().join("linked")).unwrap();
        fs::write(home.path().join("linked/.mark"), "elsewhere").unwrap();
        assert_eq!(found(&home), ["a/x", "a/x/y", "b", "linked"]);
        assert!(holding(&home.path().join("not there"), ".mark").is_empty());
    }

    #[test]
    fn the_root_itself_and_no_deeper_than_six() {
        let home = home(&["", "1/2/3/4/5/6", "1/2/3/4/5/6/7"]);
        assert_eq!(found(&home), ["", "1/2/3/4/5/6"]);
    }

    #[test]
    fn what_programs_keep_is_passed_by() {
        let home =
            home(&[".cache/x", "p/node_modules/x", "p/target/x", "venv/x", "env/lib/x", ".mark/x", "p"]);
        fs::write(home.path().join("env/pyvenv.cfg"), "").unwrap();
        assert_eq!(found(&home), ["", "p"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let (home, other) = (home(&["a"]), home(&["b"]));
        std::os::unix::fs::symlink(other.path(), home.path().join("other")).unwrap();
        std::os::unix::fs::symlink(home.path(), home.path().join("a/loop")).unwrap();
        assert_eq!(found(&home), ["a"]);
    }
}
