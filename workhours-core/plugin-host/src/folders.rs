//! The folders of plugins, and which files in them are plugins by their names. Only lists: nothing is opened here, and
//! a found file isn't trusted.

use super::PluginSettings;
use std::env::consts::DLL_EXTENSION;
use std::path::{Path, PathBuf};
use workhours_base::environment::Environment;

/// The name of a folder of plugins.
const NAME: &str = "plugins.d";

/// All folders to look in, the user's choice first. They need not exist.
pub fn folders(settings: &PluginSettings, env: &Environment) -> Vec<PathBuf> {
    let mut all = settings.dirs.clone();
    all.extend(env.cwd.as_ref().map(|dir| dir.join(NAME)));
    all.extend(user_folder(env));
    all.extend(env.data_dirs.iter().map(|dir| below(dir)));
    #[cfg(unix)]
    all.extend(["/usr/local/lib", "/usr/lib"].map(|dir| below(Path::new(dir))));
    let mut seen = std::collections::HashSet::new();
    all.retain(|dir| seen.insert(dir.clone()));
    all
}

/// The user's own folder: `$XDG_DATA_HOME/workhours/plugins.d`.
pub fn user_folder(env: &Environment) -> Option<PathBuf> {
    env.data_dir.as_deref().map(below)
}

/// The files directly in these folders that are named like a library of this system, by their canonical paths: in
/// the order of the folders, by name within each, and once however many ways lead to one.
///
/// Unreadable files are skipped, because they can't be loaded either.
pub fn found(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for folder in folders {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        let mut names: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
        names.retain(|path| is_library(path));
        names.sort();
        let files = names.iter().filter_map(|path| path.canonicalize().ok());
        all.extend(files.filter(|path| path.is_file() && seen.insert(path.clone())));
    }
    all
}

/// Whether a file is named like a library of this system.
pub fn is_library(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == DLL_EXTENSION)
}

fn below(dir: &Path) -> PathBuf {
    dir.join("workhours").join(NAME)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::fs;

    #[test]
    fn the_users_choice_comes_first() {
        let env = Environment {
            cwd: Some("/here".into()),
            data_dir: Some("/home/ann/.local/share".into()),
            data_dirs: vec!["/opt/share".into(), "/usr/share".into()],
            ..Environment::default()
        };
        let settings =
            PluginSettings { dirs: vec!["/mine".into(), "/mine".into()], ..PluginSettings::default() };
        let got = folders(&settings, &env);
        let want = [
            "/mine",
            "/here/plugins.d",
            "/home/ann/.local/share/workhours/plugins.d",
            "/opt/share/workhours/plugins.d",
            "/usr/share/workhours/plugins.d",
        ];
        assert_eq!(got[..5], want.map(PathBuf::from));
        #[cfg(unix)]
        assert_eq!(
            got[5..],
            ["/usr/local/lib/workhours/plugins.d", "/usr/lib/workhours/plugins.d"].map(PathBuf::from)
        );
        assert_eq!(user_folder(&env), Some(PathBuf::from(want[2])));
        assert_eq!(user_folder(&Environment::default()), None);
    }

    #[test]
    fn libraries_are_found_by_name_and_once() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        let file = |name: &str| format!("{name}.{DLL_EXTENSION}");
        for sub in ["a", "b"] {
            fs::create_dir(base.join(sub)).unwrap();
        }
        fs::create_dir(base.join("a").join(file("folder"))).unwrap();
        for name in [file("z"), file("m"), "README.md".into(), DLL_EXTENSION.into()] {
            fs::write(base.join("a").join(name), "").unwrap();
        }
        fs::write(base.join("b").join(file("c")), "").unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(base.join("a").join(file("z")), base.join("b").join(file("again")))
                .unwrap();
            std::os::unix::fs::symlink("nowhere", base.join("b").join(file("gone"))).unwrap();
        }
        let got = found(&[base.join("a"), base.join("none"), base.join("a/../a"), base.join("b")]);
        let want = [("a", "m"), ("a", "z"), ("b", "c")].map(|(dir, name)| base.join(dir).join(file(name)));
        assert_eq!(got, want);
    }
}
