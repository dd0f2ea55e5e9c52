//! The folders to watch for an input. A file's own folder is watched, not the file: a file that is replaced takes its
//! watch along.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Folders to watch, and whether those below them are watched too.
pub(crate) type Places = BTreeMap<PathBuf, bool>;

/// Adds the folders of an input: where its path or pattern leads, and where its files are.
pub(crate) fn add<'f>(
    places: &mut Places,
    input: &Path,
    files: impl Iterator<Item = &'f Path>,
    inside: &[&'static str],
) {
    let input = absolute(input);
    if input.is_dir() {
        let is_read_as_one = inside.iter().any(|name| input.join(name).exists());
        add_place(places, &input, !is_read_as_one);
    } else {
        add_pattern(places, &input);
    }
    for file in files {
        let file = absolute(file);
        if file.is_dir() {
            for name in inside {
                let part = file.join(name);
                match part.is_dir() {
                    true => add_place(places, &part, true),
                    false => add_parent(places, &part),
                }
            }
            continue;
        }
        let file = crate::state::on_disk(&file).map_or(file.as_path(), |(path, _)| path);
        add_parent(places, file);
        // What a link points to changes in its own folder.
        if let Some(target) = target(file) {
            add_parent(places, &target);
        }
    }
}

/// Adds the folders whose content decides what a pattern matches. Of a path without one that is the folder it is in.
fn add_pattern(places: &mut Places, pattern: &Path) {
    let mut reached = vec![PathBuf::new()];
    let components: Vec<Component<'_>> = pattern.components().collect();
    let (last, above) = match components.split_last() {
        Some((last, above)) => (last, above),
        None => return,
    };
    let mut watched = false;
    for component in above {
        let text = component.as_os_str().to_string_lossy();
        if text == "**" {
            reached.iter().for_each(|folder| add_place(places, folder, true));
            return;
        }
        if !watched && !is_pattern(&text) {
            reached.iter_mut().for_each(|folder| folder.push(component));
            continue;
        }
        // A folder that comes up here later may match.
        watched = true;
        reached.iter().for_each(|folder| add_place(places, folder, false));
        reached = reached.iter().flat_map(|folder| matching(folder, &text)).collect();
    }
    let every = last.as_os_str() == "**";
    reached.iter().for_each(|folder| add_place(places, folder, every));
}

/// The folders in one whose names match.
fn matching(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let Ok(pattern) = glob::Pattern::new(pattern) else { return Vec::new() };
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let matches = |entry: std::fs::DirEntry| {
        let name = entry.file_name();
        let path = entry.path();
        (pattern.matches(&name.to_string_lossy()) && path.is_dir()).then_some(path)
    };
    entries.filter_map(|entry| matches(entry.ok()?)).collect()
}

/// Whether a part of a path is a pattern.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// The file that a link points to in the end; `None` for what is no link.
pub(crate) fn target(path: &Path) -> Option<PathBuf> {
    path.is_symlink().then(|| path.canonicalize().ok()).flatten()
}

fn add_parent(places: &mut Places, path: &Path) {
    if let Some(parent) = path.parent() {
        add_place(places, parent, false);
    }
}

/// Adds a folder, or if it isn't there the nearest above it.
fn add_place(places: &mut Places, folder: &Path, below: bool) {
    let is_there = folder.is_dir();
    let Some(there) = folder.ancestors().find(|folder| folder.is_dir()) else { return };
    let recursive = places.entry(there.to_owned()).or_default();
    *recursive |= below && is_there;
}

pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn folders_of_paths_patterns_links_and_repositories() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for folder in ["logs/a", "logs/b", "deep/x/y", "repo/.git/refs/heads", "elsewhere"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        fs::write(root.join("logs/a/one.log"), "").unwrap();
        fs::write(root.join("elsewhere/real.log"), "").unwrap();
        let places = |input: &str, files: &[&str]| {
            let mut places = Places::new();
            let files: Vec<PathBuf> = files.iter().map(|file| root.join(file)).collect();
            add(
                &mut places,
                &root.join(input),
                files.iter().map(PathBuf::as_path),
                &[".git/HEAD", ".git/refs"],
            );
            let relative = |path: PathBuf| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            places.into_iter().map(|(path, below)| (relative(path), below)).collect::<Vec<_>>()
        };
        let place = |path: &str, below| (path.to_owned(), below);
        assert_eq!(places("logs/a/one.log", &["logs/a/one.log"]), [place("logs/a", false)]);
        assert_eq!(
            places("logs/*/*.log", &[]),
            [place("logs", false), place("logs/a", false), place("logs/b", false)]
        );
        assert_eq!(places("deep/**/*.log", &[]), [place("deep", true)]);
        assert_eq!(places("deep/**", &[]), [place("deep", true)]);
        assert_eq!(places("logs", &[]), [place("logs", true)]);
        assert_eq!(places("not/there/yet.log", &[]), [place("", false)], "the nearest that is there");
        assert_eq!(
            places("repo", &["repo"]),
            [place("repo", false), place("repo/.git", false), place("repo/.git/refs", true)],
            "not all files of a repository"
        );
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(root.join("elsewhere/real.log"), root.join("link.log")).unwrap();
            assert_eq!(places("link.log", &["link.log"]), [place("", false), place("elsewhere", false)]);
        }
    }
}
