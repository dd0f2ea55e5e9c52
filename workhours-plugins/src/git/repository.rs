//! The name of a repository, by the path of its folder and git's files in it: commits are stored under it.
//!
//! Not for the content of the repository: git reads that.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The path of the repository's working tree; for a bare one its name. A tree linked to another repository (`git
/// worktree add`) has the commits of that one and uses its path.
fn repository(folder: &Path) -> String {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.strip_suffix(".git").filter(|n| !n.is_empty()).map(str::to_owned).unwrap_or(name)
    };
    if folder.file_name().is_some_and(|n| n == ".git") {
        return folder.parent().map_or_else(|| name(folder), text);
    }
    let marker = folder.join(".git");
    if marker.is_dir() {
        return text(folder);
    }
    let Some(pointer) = pointer(&marker) else { return name(folder) };
    let Some((main, _)) = pointer.rsplit_once("/worktrees/") else { return text(folder) };
    match main.strip_suffix("/.git") {
        Some(tree) => tree.to_owned(),
        None => name(Path::new(main)),
    }
}

/// The repository's path in a file `.git`.
fn pointer(marker: &Path) -> Option<String> {
    const LONGEST: u64 = 4096;
    let mut text = String::new();
    // A pipe of that name would be waited for.
    if !marker.is_file() {
        return None;
    }
    File::open(marker).ok()?.take(LONGEST).read_to_string(&mut text).ok()?;
    let path = text.strip_prefix("gitdir:")?.trim();
    Some(path.replace('\\', "/"))
}

/// The name of the repository for a format of `git log`: percent signs are escaped, control characters are left out.
pub(crate) fn repository_in_format(folder: &Path) -> String {
    let name = repository(folder);
    let name = if cfg!(windows) { name.replace('\\', "/") } else { name };
    name.replace('%', "%%").chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn trees_bare_repositories_and_linked_trees() {
        let root = std::env::temp_dir().join(format!("workhours-git-{}", std::process::id()));
        let at = |path: &str| root.join(path);
        for folder in ["tides/.git", "tides.git/objects/pack", "linked", "of-bare", "sub", "50% off/.git"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        fs::write(at("linked/.git"), "gitdir: /home/ada/src/tides/.git/worktrees/linked\n").unwrap();
        fs::write(at("of-bare/.git"), "gitdir: /srv/git/tides.git/worktrees/of-bare\n").unwrap();
        fs::write(at("sub/.git"), "gitdir: ../.git/modules/sub\n").unwrap();
        let path = |name: &str| at(name).to_string_lossy().into_owned();
        for (folder, want) in [
            ("tides", path("tides")),
            ("tides/.git", path("tides")),
            ("tides.git", "tides".into()),
            ("linked", "/home/ada/src/tides".into()),
            ("of-bare", "tides".into()),
            ("sub", path("sub")),
        ] {
            assert_eq!(repository(&at(folder)), want, "{folder}");
        }
        assert!(repository_in_format(&at("50% off")).ends_with("50%% off"));
        fs::remove_dir_all(root).unwrap();
    }
}
