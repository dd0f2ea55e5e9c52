//! The files of an input: a file, a folder, a pattern, or standard input. A zip archive stands for the files in it.

use super::rotated_name::number;
use crate::error::{Error, Result};
use crate::filestore::{is_archive, members, stat};
use std::cmp::Reverse;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedFile {
    /// Where it is; `-` for standard input.
    pub path: PathBuf,
}

/// Finds the files, oldest first, so that a rotated series is read in the order it was written.
///
/// A folder stands for all files below it but those that belong to another (`companions` are their endings); or, where
/// `is_input` says of folders that they are inputs themselves, for those below it.
///
/// # Errors
/// When a pattern matches nothing, or a folder holds no file or cannot be listed.
pub fn expand(
    path: &Path,
    companions: &[&str],
    is_input: &dyn Fn(&Path) -> bool,
) -> Result<Vec<PlannedFile>> {
    let mut files = found(path, is_input)?;
    // Beside folders that are inputs, files are what else lies around.
    if files.iter().any(|f| f.is_dir()) {
        files.retain(|f| f.is_dir());
    }
    if files.len() > 1 {
        files
            .retain(|f| !companions.iter().any(|c| f.as_os_str().as_encoded_bytes().ends_with(c.as_bytes())));
    }
    planned(files)
}

/// The same where each file may be of another source: folders that are inputs and files are both meant, and a file
/// belongs to another only if that one is there.
///
/// # Errors
/// As [`expand`].
pub(super) fn expand_mixed(
    path: &Path,
    companions: &[&str],
    is_input: &dyn Fn(&Path) -> bool,
) -> Result<Vec<PlannedFile>> {
    let mut files = found(path, is_input)?;
    let all: HashSet<PathBuf> = files.iter().cloned().collect();
    let belongs = |file: &PathBuf| {
        let name = file.as_os_str().to_str()?;
        companions.iter().find_map(|c| all.get(Path::new(name.strip_suffix(c)?)))
    };
    files.retain(|file| belongs(file).is_none());
    planned(files)
}

fn planned(files: Vec<PathBuf>) -> Result<Vec<PlannedFile>> {
    let mut files = unpacked(files)?;
    files.sort_by_cached_key(|f| age(f));
    Ok(files.into_iter().map(|path| PlannedFile { path }).collect())
}

/// What a path stands for, each file once: a pattern may match a folder and what is in it.
fn found(path: &Path, is_input: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if path.is_dir() {
        walk(path, &mut files, is_input)?;
        if files.is_empty() {
            return Err(Error::failed(format!("the folder {} holds no files", path.display())));
        }
    } else if path.as_os_str() != "-" && !path.exists() && is_pattern(path) {
        let text = path.to_string_lossy();
        let wrong = |e: &dyn std::fmt::Display| Error::usage(format!("the pattern {text} is wrong: {e}"));
        for found in glob::glob(&text).map_err(|e| wrong(&e))? {
            let found = found.map_err(|e| Error::failed(format!("cannot look for {text}: {e}")))?;
            if found.is_dir() { walk(&found, &mut files, is_input)? } else { files.push(found) }
        }
        if files.is_empty() {
            return Err(Error::failed(format!("no file matches {text}"))
                .hint("check the pattern; ** stands for any folders"));
        }
    } else {
        files.push(path.to_owned());
    }
    let mut seen = HashSet::new();
    files.retain(|file| seen.insert(file.clone()));
    Ok(files)
}

/// The files with those in archives in the place of the archives.
///
/// # Errors
/// When an archive that is the only file cannot be looked into, or holds no files; among others, it fails where it is read.
fn unpacked(files: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
    let alone = files.len() == 1;
    let mut all = Vec::with_capacity(files.len());
    for file in files {
        if !is_archive(&file) {
            all.push(file);
            continue;
        }
        match members(&file) {
            Ok(found) if found.is_empty() && alone => {
                return Err(Error::failed(format!("the archive {} holds no files", file.display())));
            }
            Ok(found) => all.extend(found),
            Err(e) if alone => {
                let error = Error::failed(format!("cannot look into the archive {}: {e}", file.display()));
                return Err(error.hint("is it whole? download or copy it again"));
            }
            Err(_) => all.push(file),
        }
    }
    Ok(all)
}

/// Sorts the oldest first. Of one time, the higher rotation number is the older; then by name.
pub(crate) fn age(path: &Path) -> (i128, Reverse<u64>, PathBuf) {
    (stat(path).map_or(0, |s| s.mtime_ns), Reverse(number(path)), path.to_owned())
}

fn is_pattern(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().iter().any(|b| b"*?[".contains(b))
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>, is_input: &dyn Fn(&Path) -> bool) -> Result<()> {
    if is_input(dir) {
        files.push(dir.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(dir)
        .map_err(|e| Error::failed(format!("cannot list the folder {}: {e}", dir.display())))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    paths.sort();
    for path in paths {
        let Ok(meta) = std::fs::symlink_metadata(&path) else { continue };
        if meta.is_dir() {
            walk(&path, files, is_input)?;
        } else if path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}
