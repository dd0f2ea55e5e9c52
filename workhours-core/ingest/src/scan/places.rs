//! The paths at the usual places of a source on this system. Opens none of them.

use std::io;
use std::path::{Path, PathBuf};
use workhours_base::environment::Environment;
use workhours_base::file::Kind;
use workhours_config::place;
use workhours_plugin_api::{Os, SourceInfo};

/// One usual place of a source, and the files there.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) source_type: &'static str,
    /// As the source declares it.
    pub(super) glob: &'static str,
    /// In full, as a pattern for an input.
    pub(super) pattern: PathBuf,
    /// The files, but not those that belong to another.
    pub(super) found: Vec<PathBuf>,
    /// Endings of files that belong to another.
    pub(super) companions: &'static [&'static str],
    /// Paths that couldn't be read, and why.
    pub(super) closed: Vec<(PathBuf, String)>,
}

/// The places of a source for this system, each with its files.
pub(super) fn look(info: &SourceInfo, env: &Environment) -> Vec<Place> {
    let here = info.locations.iter().filter(|location| is_here(location.os));
    let mut places: Vec<Place> = Vec::new();
    for location in here {
        let Some(pattern) = place(location.glob, env) else { continue };
        // One that is relative would mean another place with each working directory.
        if !pattern.is_absolute() || places.iter().any(|p| p.pattern == pattern) {
            continue;
        }
        let mut place = Place {
            source_type: info.name,
            glob: location.glob,
            pattern,
            found: Vec::new(),
            companions: info.companions,
            closed: Vec::new(),
        };
        place.fill();
        places.push(place);
    }
    places
}

fn is_here(os: Os) -> bool {
    match os {
        Os::Any => true,
        Os::Linux => cfg!(all(unix, not(target_os = "macos"))),
        Os::MacOs => cfg!(target_os = "macos"),
        Os::Windows => cfg!(windows),
    }
}

impl Place {
    fn fill(&mut self) {
        // An invalid pattern is its author's mistake and finds nothing.
        let Some(Ok(paths)) = self.pattern.to_str().map(glob::glob) else { return };
        for found in paths {
            match found {
                Ok(path) if self.is_companion(&path) => {}
                Ok(path) => self.sort_in(path),
                Err(e) => self.closed.push((e.path().to_owned(), cannot_list(e.error()))),
            }
        }
    }

    fn is_companion(&self, path: &Path) -> bool {
        let name = path.as_os_str().as_encoded_bytes();
        self.companions.iter().any(|ending| name.ends_with(ending.as_bytes()))
    }

    fn sort_in(&mut self, path: PathBuf) {
        match std::fs::metadata(&path) {
            Ok(meta) => match Kind::of_metadata(&path, &meta) {
                Kind::File => self.found.push(path),
                Kind::Folder => {}
                kind => self.closed.push((path, format!("it is {}", kind.name()))),
            },
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                self.closed.push((path, "a link that leads nowhere".into()));
            }
            Err(e) => self.closed.push((path, format!("cannot be read: {e}"))),
        }
    }
}

fn cannot_list(e: &io::Error) -> String {
    format!("cannot be listed: {e}")
}
