//! The contract crate, as a project carries it: its own sources, without its dependencies and its tests.
//!
//! A crate from a registry would need a network, and a path into a checkout would need the checkout.

use include_dir::{Dir, DirEntry, include_dir};

/// The C header, which projects in C need alone.
pub(super) const HEADER: &str = include_str!("../../../../workhours-plugin-api/include/workhours_plugin.h");

/// Folders of the crate that make up its library.
static FOLDERS: [(&str, Dir); 2] = [
    ("include", include_dir!("$CARGO_MANIFEST_DIR/../../workhours-plugin-api/include")),
    ("src", include_dir!("$CARGO_MANIFEST_DIR/../../workhours-plugin-api/src")),
];

/// The one file that is written for projects.
const MANIFEST: &str = include_str!("templates/rust/vendored.toml.in");

/// The files with their content, in order of path, the manifest first.
pub(super) fn files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for (name, folder) in &FOLDERS {
        below(name, folder, &mut files);
    }
    files.sort();
    files.insert(0, ("Cargo.toml".to_owned(), MANIFEST.to_owned()));
    files
}

/// Adds the files of `folder`, whose path in the crate starts with `name`.
fn below(name: &str, folder: &Dir, files: &mut Vec<(String, String)>) {
    for entry in folder.entries() {
        match entry {
            DirEntry::Dir(inner) => below(name, inner, files),
            // The crate's own tests use crates that a project doesn't have.
            DirEntry::File(file) if file.path().ends_with("tests.rs") => {}
            DirEntry::File(file) => {
                // Always with slashes: the paths are those of an archive, not of this machine.
                let path = file.path().to_string_lossy().replace('\\', "/");
                let text =
                    file.contents_utf8().unwrap_or_default().replace("\n#[cfg(test)]\nmod tests;\n", "");
                files.push((format!("{name}/{path}"), text));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn there(dir: &Path, root: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                there(&path, root, found);
            } else {
                let path = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                found.push(path);
            }
        }
    }

    #[test]
    fn no_file_of_the_contract_is_missing() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workhours-plugin-api");
        let mut expected = vec!["Cargo.toml".to_owned()];
        for dir in ["include", "src"] {
            there(&root.join(dir), &root, &mut expected);
        }
        expected.retain(|path| !path.ends_with("/tests.rs"));
        expected[1..].sort();
        assert_eq!(files().into_iter().map(|(path, _)| path).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn nothing_refers_to_a_file_that_is_left_out() {
        for (path, text) in files() {
            assert!(!text.is_empty(), "{path}");
            assert!(!text.contains("mod tests;"), "{path}");
            assert!(!text.contains("include_str!") && !text.contains("include_bytes!"), "{path}");
        }
    }
}
