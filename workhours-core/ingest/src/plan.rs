//! The files of an input: a file, a folder, a pattern, or standard input. A zip archive stands for the files in it. A
//! pipe, or anything else that isn't a regular file, is only read if it was named: opening it may wait forever.

use super::detect::AUTO;
use super::rotated_name::number;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use workhours_base::error::{Error, Result};
use workhours_base::file::Kind;
use workhours_base::input::InputSpec;
use workhours_config::{Limit, Limits};
use workhours_filestore::{is_archive, is_folder_input, members, stat};
use workhours_registry::{Registered, Registry};

/// The files of an input.
#[derive(Debug, Default)]
pub struct Expanded {
    /// The files to read, oldest first.
    pub files: Vec<PlannedFile>,
    /// Pipes, devices, sockets and the like that lie among the files of a folder or a pattern, in order of their names.
    pub left_alone: Vec<(PathBuf, Kind)>,
    /// Why part of it can't be read, and the path.
    pub errors: Vec<(PathBuf, Error)>,
}

impl Expanded {
    /// The files at these paths.
    pub(super) fn of(paths: &[PathBuf]) -> Self {
        Self { files: oldest_first(paths.to_vec()), ..Self::default() }
    }
}

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedFile {
    /// Its path; `-` for standard input.
    pub path: PathBuf,
}

/// Finds the files of an input as its source wants them, or each as its own, if the type is `auto`.
///
/// # Errors
/// When there is no such source; else as [`expand`].
pub fn files_of(spec: &InputSpec, registry: &Registry, limits: &Limits) -> Result<Expanded> {
    if spec.source_type == AUTO {
        let companions: Vec<&str> =
            registry.all().iter().flat_map(|r| r.source.info().companions).copied().collect();
        let is_input = |path: &Path| source_of_folder(registry, path).is_some();
        return expand_mixed(&spec.path, &companions, &is_input, limits);
    }
    let registered = registry.get(&spec.source_type)?;
    let folder = registered.folder_reader();
    let is_input = |path: &Path| folder.is_some_and(|reader| is_folder_input(reader, path));
    expand(&spec.path, registered.source.info().companions, &is_input, limits)
}

/// The source that has this folder read by a program, if any.
pub(super) fn source_of_folder(registry: &Registry, path: &Path) -> Option<Registered> {
    let reads = |r: &&Registered| r.folder_reader().is_some_and(|reader| is_folder_input(reader, path));
    registry.all().iter().find(reads).copied()
}

/// Finds the files, oldest first, so that a rotated series is read in the order it was written.
///
/// A folder stands for all files below it except those that belong to another (`companions` are their endings). If
/// `is_input` says that folders are inputs themselves, it stands for those below it.
///
/// # Errors
/// When a pattern matches nothing, or a folder holds no file or cannot be listed.
fn expand(
    path: &Path,
    companions: &[&str],
    is_input: &dyn Fn(&Path) -> bool,
    limits: &Limits,
) -> Result<Expanded> {
    let Found { mut files, left_alone } = found(path, is_input)?;
    // Next to folders that are inputs, other files don't matter.
    if files.iter().any(|f| f.is_dir()) {
        files.retain(|f| f.is_dir());
    }
    if files.len() > 1 {
        files
            .retain(|f| !companions.iter().any(|c| f.as_os_str().as_encoded_bytes().ends_with(c.as_bytes())));
    }
    planned(files, left_alone, limits)
}

/// The same where each file may be of another source: folders that are inputs and files are both meant, and a file
/// belongs to another only if that one is there.
///
/// # Errors
/// As [`expand`].
fn expand_mixed(
    path: &Path,
    companions: &[&str],
    is_input: &dyn Fn(&Path) -> bool,
    limits: &Limits,
) -> Result<Expanded> {
    let Found { mut files, left_alone } = found(path, is_input)?;
    let all: HashSet<PathBuf> = files.iter().cloned().collect();
    let belongs = |file: &PathBuf| {
        let name = file.as_os_str().to_str()?;
        companions.iter().find_map(|c| all.get(Path::new(name.strip_suffix(c)?)))
    };
    files.retain(|file| belongs(file).is_none());
    planned(files, left_alone, limits)
}

fn planned(files: Vec<PathBuf>, left_alone: Vec<(PathBuf, Kind)>, limits: &Limits) -> Result<Expanded> {
    let mut errors = Vec::new();
    let files = oldest_first(unpacked(files, limits, &mut errors)?);
    Ok(Expanded { files, left_alone, errors })
}

fn oldest_first(mut files: Vec<PathBuf>) -> Vec<PlannedFile> {
    files.sort_by_cached_key(|file| age(file));
    files.into_iter().map(|path| PlannedFile { path }).collect()
}

/// Paths, and those among them that must not be opened.
#[derive(Default)]
struct Found {
    files: Vec<PathBuf>,
    left_alone: Vec<(PathBuf, Kind)>,
}

impl Found {
    fn is_empty(&self) -> bool {
        self.files.is_empty() && self.left_alone.is_empty()
    }
}

/// The files of a path, each once: a pattern may match a folder and the files in it.
fn found(path: &Path, is_input: &dyn Fn(&Path) -> bool) -> Result<Found> {
    let mut all = Found::default();
    if path.is_dir() {
        walk(path, &mut all, is_input)?;
        if all.is_empty() {
            return Err(Error::failed(format!("the folder {} holds no files", path.display())));
        }
    } else if path.as_os_str() != "-" && !path.exists() && is_pattern(path) {
        let text = path.to_string_lossy();
        let wrong = |e: &dyn std::fmt::Display| Error::usage(format!("the pattern {text} is wrong: {e}"));
        for found in glob::glob(&text).map_err(|e| wrong(&e))? {
            let found = found.map_err(|e| Error::failed(format!("cannot look for {text}: {e}")))?;
            match Kind::of(&found) {
                Some(Kind::Folder) => walk(&found, &mut all, is_input)?,
                Some(Kind::File) | None => all.files.push(found),
                Some(kind) => all.left_alone.push((found, kind)),
            }
        }
        if all.is_empty() {
            return Err(Error::failed(format!("no file matches {text}"))
                .hint("check the pattern; ** stands for any folders"));
        }
    } else {
        all.files.push(path.to_owned());
    }
    let mut seen = HashSet::new();
    all.files.retain(|file| seen.insert(file.clone()));
    all.left_alone.retain(|(path, _)| seen.insert(path.clone()));
    Ok(all)
}

/// The files with those in archives in the place of the archives.
///
/// # Errors
/// When an archive that is the only file cannot be looked into, or holds no files; among others, it fails where it is read.
fn unpacked(
    files: Vec<PathBuf>,
    limits: &Limits,
    errors: &mut Vec<(PathBuf, Error)>,
) -> Result<Vec<PathBuf>> {
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
            Ok(mut found) => {
                if let Some(most) = limits.archive_files.filter(|most| found.len() as u64 > *most) {
                    let holds = format!("the archive holds {} files", found.len());
                    errors.push((file, limits.error(Limit::ArchiveFiles, &holds)));
                    found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
                }
                all.extend(found);
            }
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

fn walk(dir: &Path, all: &mut Found, is_input: &dyn Fn(&Path) -> bool) -> Result<()> {
    if is_input(dir) {
        all.files.push(dir.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(dir)
        .map_err(|e| Error::failed(format!("cannot list the folder {}: {e}", dir.display())))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    paths.sort();
    for path in paths {
        let Ok(meta) = std::fs::symlink_metadata(&path) else { continue };
        if meta.is_dir() {
            walk(&path, all, is_input)?;
            continue;
        }
        let kind = if meta.is_symlink() { Kind::of(&path) } else { Some(Kind::of_metadata(&path, &meta)) };
        match kind {
            Some(Kind::File) => all.files.push(path),
            // A link to a folder may lead back here.
            Some(Kind::Folder) | None => {}
            Some(kind) => all.left_alone.push((path, kind)),
        }
    }
    Ok(())
}
