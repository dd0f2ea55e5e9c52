//! Promise: "removed for good" is true. After a purge no byte of the purged text is in any file of ours, however often
//! the purge was interrupted, and nothing brings it back; everything else is still there.

mod bytes;
mod faults;
mod readers;
mod returns;

use crate::kit::Home;
use std::fs;
use std::path::{Path, PathBuf};

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Which of our own files contain which of the texts, as they are or unpacked.
fn holding(home: &Home, texts: &[impl AsRef<str>]) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(&home.path("data")) {
        let bytes = fs::read(&path).unwrap();
        let unpacked = zstd::decode_all(&bytes[..]).unwrap_or_default();
        for text in texts.iter().map(AsRef::as_ref) {
            let hits = |bytes: &[u8]| bytes.windows(text.len()).any(|w| w == text.as_bytes());
            if hits(&bytes) || hits(&unpacked) {
                found.push(format!("{text} in {}", path.strip_prefix(home.path("data")).unwrap().display()));
            }
        }
    }
    found
}
