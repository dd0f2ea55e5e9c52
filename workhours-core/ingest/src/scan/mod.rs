//! Finding inputs: searches the usual places of every registered source, and shows each file with the source's reading
//! of its beginning. Loads nothing, writes nothing, and searches nothing outside those places.
//!
//! `places` finds paths, `look` tries their content, `folders` searches for sources that read folders, `inputs` turns
//! the result into inputs.

mod folders;
mod inputs;
mod look;
mod places;

pub use inputs::{Chosen, write_config};
pub use look::Look;

use crate::{age, series};
use places::Place;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use workhours_base::environment::Environment;
use workhours_base::file::Stat;
use workhours_filestore::stat;
use workhours_plugin_api::{IDataSource, SourceInfo};
use workhours_registry::{Registered, Registry};

/// A file, or a folder, that may be an input.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The source type of its usual place.
    pub source_type: &'static str,
    /// Its path.
    pub path: PathBuf,
    /// The same without links: the key by which one file under several names is listed once.
    canonical: PathBuf,
    /// The place, as the source declares it.
    pub place: &'static str,
    /// Bytes on disk.
    pub size: Option<u64>,
    /// Last modification, µs since the epoch.
    pub modified_us: Option<i64>,
    /// How many records it holds, by its beginning; `None` when that would be guessing.
    pub records: Option<u64>,
    /// Whether that was counted, not estimated.
    pub counted: bool,
    /// The result of trying it.
    pub look: Look,
}

impl Finding {
    /// The names it may have been loaded by: the one it is listed by, and the one without links.
    pub fn names(&self) -> [&Path; 2] {
        [&self.path, &self.canonical]
    }
}

/// The result.
#[derive(Debug, Default)]
pub struct Scan {
    /// By source type; of each, series by series in order of time.
    pub findings: Vec<Finding>,
    places: Vec<Place>,
}

/// Looks at the usual places of these source types, or of all when none is named.
pub fn scan(registry: &Registry, source_types: &[&str], env: &Environment) -> Scan {
    let mut scan = Scan::default();
    for registered in registry.all() {
        let info = registered.source.info();
        if source_types.is_empty() || source_types.contains(&info.name) {
            scan.source(registered, env);
        }
    }
    scan.settle_claims();
    scan.findings.sort_by_cached_key(|f| (f.source_type, series(&f.path), age(&f.path)));
    scan
}

impl Scan {
    fn source(&mut self, registered: &Registered, env: &Environment) {
        let source = registered.source;
        let info = source.info();
        let mut seen: HashMap<PathBuf, usize> = HashMap::new();
        for place in places::look(info, env) {
            for path in &place.found {
                let canonical = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
                match seen.get(&canonical) {
                    // If a file has links, the file itself.
                    Some(i) if *path == canonical => self.findings[*i].path.clone_from(path),
                    Some(_) => {}
                    None => {
                        seen.insert(canonical.clone(), self.findings.len());
                        self.findings.push(finding(source, path, canonical, place.glob));
                    }
                }
            }
            for (path, why) in &place.closed {
                if !seen.contains_key(path) {
                    seen.insert(path.clone(), self.findings.len());
                    let look = Look::Closed(why.clone());
                    self.findings.push(Finding { look, ..bare(info, path, path.clone(), place.glob) });
                }
            }
            self.places.push(place);
        }
        let marker = registered.folder_reader().and_then(|reader| reader.markers.first());
        if let Some((marker, home)) = marker.zip(env.home.as_deref()) {
            self.folders(info, home, marker);
        }
    }

    /// Folders are inputs themselves: their content isn't counted.
    fn folders(&mut self, info: &SourceInfo, home: &Path, marker: &'static str) {
        for folder in folders::holding(home, marker) {
            let changed = std::fs::metadata(folder.join(marker)).and_then(|meta| meta.modified()).ok();
            let since = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            let modified_us = since.and_then(|since| i64::try_from(since.as_micros()).ok());
            self.findings.push(Finding { modified_us, ..bare(info, &folder, folder.clone(), marker) });
        }
    }

    /// Of several source types that claim one file, those whose reading fits; all if none does, or if it can't be read.
    fn settle_claims(&mut self) {
        let mut fits: HashMap<PathBuf, bool> = HashMap::new();
        for f in &self.findings {
            *fits.entry(f.canonical.clone()).or_default() |= f.look == Look::Fits;
        }
        self.findings.retain(|f| !fits[&f.canonical] || f.look == Look::Fits);
    }
}

fn finding(source: &dyn IDataSource, path: &Path, canonical: PathBuf, place: &'static str) -> Finding {
    let (look, records, counted) = look::at(source, path);
    let stat = stat(path);
    let modified_us = |s: &Stat| i64::try_from(s.mtime_ns / 1_000).ok();
    Finding {
        size: stat.as_ref().map(|s| s.size),
        modified_us: stat.as_ref().and_then(modified_us),
        records,
        counted,
        look,
        ..bare(source.info(), path, canonical, place)
    }
}

fn bare(info: &SourceInfo, path: &Path, canonical: PathBuf, place: &'static str) -> Finding {
    Finding {
        source_type: info.name,
        path: path.to_owned(),
        canonical,
        place,
        size: None,
        modified_us: None,
        records: None,
        counted: false,
        look: Look::Blank,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_the_marker_is_an_input_of_its_own() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join("src/one/.mark")).unwrap();
        let json = r#"{"name":"t.a","summary":"s","kinds":["k"],"growth":"append"}"#;
        let info = workhours_plugin_host::manifest::read(json).unwrap().info;
        let mut scan = Scan::default();
        scan.folders(info, home.path(), ".mark");
        assert_eq!((scan.findings.len(), scan.findings[0].place), (1, ".mark"));
        assert!(scan.findings[0].modified_us.is_some());
        let folder = home.path().join("src/one");
        let (now, kept) = (scan.to_load(), scan.to_keep());
        assert_eq!((&now.inputs[0].path, now.inputs[0].label.as_str()), (&folder, ""));
        assert_eq!((&kept.inputs[0].path, kept.inputs[0].label.as_str()), (&folder, "one"));
        assert!(now.left_out.is_empty() && now.inputs.len() == 1);
    }
}
