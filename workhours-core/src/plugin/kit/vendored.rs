//! The contract crate, as a project carries it: its own sources, without its dependencies and its tests.
//!
//! A crate from a registry would need a network, and a path into a checkout would need the checkout.

/// A file of the contract crate: its path there, and what it holds.
macro_rules! files {
    ($($path:literal),+ $(,)?) => {
        [$(($path, include_str!(concat!("../../../../workhours-plugin-api/", $path)))),+]
    };
}

/// The C header, which projects in C need alone.
pub(super) const HEADER: &str = include_str!("../../../../workhours-plugin-api/include/workhours_plugin.h");

/// All that belongs to the crate's library, in order of path.
const FILES: [(&str, &str); 21] = files![
    "include/workhours_plugin.h",
    "src/abi/guest.rs",
    "src/abi/host.rs",
    "src/abi/manifest.rs",
    "src/abi/mod.rs",
    "src/abi/types.rs",
    "src/civil.rs",
    "src/error.rs",
    "src/folder.rs",
    "src/input.rs",
    "src/lib.rs",
    "src/lines.rs",
    "src/registry.rs",
    "src/row.rs",
    "src/sink.rs",
    "src/source.rs",
    "src/testing/check.rs",
    "src/testing/fixture.rs",
    "src/testing/memory.rs",
    "src/testing/mod.rs",
    "src/time.rs",
];

/// The one file of it that is written for projects.
const MANIFEST: &str = include_str!("templates/rust/vendored.toml.in");

/// The files with their content.
pub(super) fn files() -> impl Iterator<Item = (&'static str, String)> {
    // Its own tests stay at home: they use crates that are not there.
    let library =
        FILES.into_iter().map(|(path, text)| (path, text.replace("\n#[cfg(test)]\nmod tests;\n", "")));
    std::iter::once(("Cargo.toml", MANIFEST.to_owned())).chain(library)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn below(dir: &Path, root: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(&path, root, found);
            } else {
                let path = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                found.push(path);
            }
        }
    }

    #[test]
    fn no_file_of_the_contract_is_forgotten() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workhours-plugin-api");
        let mut there = Vec::new();
        for dir in ["src", "include"] {
            below(&root.join(dir), &root, &mut there);
        }
        there.retain(|path| !path.ends_with("/tests.rs"));
        there.sort();
        assert_eq!(FILES.map(|(path, _)| path).to_vec(), there);
    }

    #[test]
    fn nothing_refers_to_what_stays_at_home() {
        for (path, text) in files() {
            assert!(!text.contains("mod tests;"), "{path}");
            assert!(!text.contains("include_str!") && !text.contains("include_bytes!"), "{path}");
        }
    }
}
