//! Inputs for the files found: the pattern of a place if everything it matches belongs to its source, so that later
//! files are read too, and a rotated series as one input; otherwise single files.

use super::{Finding, Look, Scan};
use crate::series;
use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use workhours_base::disk::{OnDisk, Written};
use workhours_base::error::{Error, Result};
use workhours_base::input::InputSpec;

/// What to load of the files found.
#[derive(Debug, Default)]
pub struct Chosen {
    /// The inputs, with the place each was found at.
    pub inputs: Vec<InputSpec>,
    /// The files left out, as paths with the reason.
    pub left_out: Vec<(PathBuf, String)>,
}

impl Scan {
    /// The inputs to load now: all files found, except those with another format.
    pub fn to_load(&self) -> Chosen {
        self.choose(|_| true)
    }

    /// The inputs to write into a config, each with a label. One of which nothing can be read is left out: it would
    /// fail with every load.
    pub fn to_keep(&self) -> Chosen {
        let mut chosen = self.choose(|f| !matches!(f.look, Look::Unreadable(_)));
        let mut taken = HashSet::new();
        for input in &mut chosen.inputs {
            let name = label(&input.path);
            let mut label = name.clone();
            for n in 2.. {
                if taken.insert((input.source_type.clone(), label.clone())) {
                    break;
                }
                label = format!("{name} {n}");
            }
            input.label = label;
        }
        chosen
    }

    fn choose(&self, wanted: impl Fn(&Finding) -> bool) -> Chosen {
        let mut chosen = Chosen::default();
        let mut covered: HashSet<(&str, &Path)> = HashSet::new();
        for place in &self.places {
            let of_source = || self.findings.iter().filter(|f| f.source_type == place.source_type);
            let usable: HashSet<&Path> =
                of_source().filter(|f| f.look.is_usable()).map(|f| f.canonical.as_path()).collect();
            let rest: Vec<&Finding> = of_source()
                .filter(|f| f.place == place.glob && f.look.is_usable())
                .filter(|f| !covered.contains(&(f.source_type, f.canonical.as_path())))
                .collect();
            for path in patterns(&place.pattern, place.companions, &rest, &usable, &wanted) {
                chosen.inputs.push(InputSpec {
                    source_type: place.source_type.into(),
                    path,
                    origin: format!("found at {}", place.glob),
                    ..InputSpec::default()
                });
            }
            covered.extend(rest.iter().map(|f| (f.source_type, f.canonical.as_path())));
        }
        for f in &self.findings {
            if let Some(why) = f.look.remark().filter(|_| !f.look.is_usable() || !wanted(f)) {
                chosen.left_out.push((f.path.clone(), why.to_owned()));
            } else if f.look.is_usable() && !covered.contains(&(f.source_type, f.canonical.as_path())) {
                // A folder that is an input itself.
                chosen.inputs.push(InputSpec {
                    source_type: f.source_type.into(),
                    path: f.path.clone(),
                    origin: format!("holds {}", f.place),
                    ..InputSpec::default()
                });
            }
        }
        chosen
    }
}

/// The paths of inputs that read these files of a place, in as few patterns as match nothing else.
fn patterns(
    place: &Path,
    companions: &[&str],
    files: &[&Finding],
    usable: &HashSet<&Path>,
    wanted: impl Fn(&Finding) -> bool,
) -> Vec<PathBuf> {
    if !files.iter().any(|f| wanted(f)) {
        return Vec::new();
    }
    if matches_only(place, companions, usable) {
        return vec![place.to_owned()];
    }
    let mut paths = Vec::new();
    for of_series in files.chunk_by(|a, b| series(&a.path) == series(&b.path)) {
        let begin = series(&of_series[0].path);
        let begin = begin.to_str().filter(|begin| {
            of_series.iter().all(|f| f.path.to_str().is_some_and(|path| path.starts_with(begin)))
        });
        let whole = begin.map(|s| PathBuf::from(glob::Pattern::escape(s) + "*"));
        match whole.filter(|p| of_series.len() > 1 && matches_only(p, companions, usable)) {
            Some(pattern) => paths.push(pattern),
            None => paths.extend(of_series.iter().filter(|f| wanted(f)).map(|f| f.path.clone())),
        }
    }
    paths
}

/// Whether an input with this pattern would read these files and no others.
fn matches_only(pattern: &Path, companions: &[&str], usable: &HashSet<&Path>) -> bool {
    let Some(Ok(mut paths)) = pattern.to_str().map(glob::glob) else { return false };
    paths.all(|found| {
        // A folder would be read with all below it.
        let Ok(path) = found else { return false };
        let name = path.as_os_str().as_encoded_bytes();
        companions.iter().any(|ending| name.ends_with(ending.as_bytes()))
            || usable.contains(std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone()).as_path())
    })
}

/// A name for an input: that of its files, without patterns and leading dots.
fn label(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let plain = name.replace(['*', '?', '[', ']'], "");
    let plain = plain.trim_matches(|c: char| ".-_".contains(c));
    if plain.is_empty() { name } else { plain.to_owned() }
}

/// Writes a config file, completely or not at all. An existing one is only replaced with `force`.
///
/// # Errors
/// A usage error if it exists; errors of the file system.
pub fn write_config(file: &Path, text: &str, force: bool) -> Result<()> {
    let say = || format!("cannot write {}", file.display());
    let exists = || {
        Error::usage(format!("{} already exists", file.display()))
            .hint("--force overwrites it; or name another file: --write-config FILE")
    };
    if !force && std::fs::symlink_metadata(file).is_ok() {
        return Err(exists());
    }
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).on_disk(Written::Config, folder, say)?;
    let mut tmp = tempfile::NamedTempFile::new_in(folder).on_disk(Written::Config, file, say)?;
    tmp.write_all(text.as_bytes()).on_disk(Written::Config, file, say)?;
    if force {
        return tmp.persist(file).map(drop).on_disk(Written::Config, file, say);
    }
    match tmp.persist_noclobber(file) {
        Ok(_) => Ok(()),
        Err(e) if e.error.kind() == std::io::ErrorKind::AlreadyExists => Err(exists()),
        Err(e) => Err(e.error).on_disk(Written::Config, file, say),
    }
}
