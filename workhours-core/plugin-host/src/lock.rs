//! `plugins.lock`: the plugins the user trusts, each by its path and the hash of its content, with its sources'
//! descriptions at that time.
//!
//! It belongs to the user, in the config directory, and is never next to plugins: a copied folder must not bring its
//! own trust. A file that isn't in it is never loaded. The loader checks whether a pinned file has changed.

mod written;

use super::{manifest, manifest::Manifest, trust};
use std::io::Write;
use std::path::{Path, PathBuf};
use workhours_base::disk::{OnDisk, Written};
use workhours_base::environment::Environment;
use workhours_base::error::{Context, Error, Result};
use workhours_base::names;

/// One plugin the user agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The canonical path of the library.
    pub file: PathBuf,
    /// The SHA-256 of its content, in lower-case hex.
    pub sha256: String,
    /// Its SDK, as it describes itself.
    pub sdk: String,
    /// The version of the ABI it speaks.
    pub abi: (u16, u16),
    /// When it was added: RFC 3339.
    pub added: String,
    /// The manifests of its sources, as JSON.
    pub sources: Vec<String>,
}

impl Pin {
    /// The file's name, as messages call the plugin.
    pub fn name(&self) -> String {
        self.file.file_name().unwrap_or(self.file.as_os_str()).to_string_lossy().into_owned()
    }

    /// Its sources' descriptions.
    ///
    /// # Errors
    /// When one of them cannot be understood.
    pub fn manifests(&self) -> Result<Vec<Manifest>> {
        self.sources.iter().map(|json| manifest::read(json)).collect()
    }

    /// All names and aliases of its sources, as far as their manifests can be understood.
    pub fn names(&self) -> Vec<&'static str> {
        let infos = self.sources.iter().filter_map(|json| Some(manifest::read(json).ok()?.info));
        infos.flat_map(|info| std::iter::once(info.name).chain(info.aliases.iter().copied())).collect()
    }
}

/// The pins of one file, and the changes to them since it was read.
#[derive(Debug)]
pub struct Lock {
    file: PathBuf,
    pins: Vec<Pin>,
    changes: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Put(Pin),
    Remove(PathBuf),
}

/// The path of the pins: `$XDG_CONFIG_HOME/workhours/plugins.lock`.
pub fn lock_file(env: &Environment) -> Option<PathBuf> {
    env.config_dir.as_ref().map(|dir| dir.join("workhours").join("plugins.lock"))
}

impl Lock {
    /// Reads the pins; a missing file has none.
    ///
    /// # Errors
    /// When it is damaged, or others can write it: then none of it can be believed.
    pub fn open(file: &Path) -> Result<Self> {
        let pins = match std::fs::symlink_metadata(file) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            _ => {
                trust::check(file)?;
                let text =
                    std::fs::read_to_string(file).context(|| format!("cannot read {}", file.display()))?;
                written::read(&text, file)?
            }
        };
        Ok(Self { file: file.to_owned(), pins, changes: Vec::new() })
    }

    /// No pins, and no place to store any: for users without a config directory.
    pub fn none() -> Self {
        Self { file: PathBuf::new(), pins: Vec::new(), changes: Vec::new() }
    }

    /// Their path.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// All pins, in the order in which they were added.
    pub fn pins(&self) -> &[Pin] {
        &self.pins
    }

    /// The pin of this path, if there is one.
    pub fn of(&self, file: &Path) -> Option<&Pin> {
        self.pins.iter().find(|pin| pin.file == file)
    }

    /// The pin meant by a path, a source's name or alias, or a file's name.
    ///
    /// # Errors
    /// When there is none, with the nearest name; or when several files have that name.
    pub fn get(&self, name: &str) -> Result<&Pin> {
        let path = Path::new(name);
        let canonical = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if let Some(pin) = self.of(path).or_else(|| self.of(&canonical)) {
            return Ok(pin);
        }
        if let Some(pin) = self.pins.iter().find(|pin| pin.names().contains(&name)) {
            return Ok(pin);
        }
        let named: Vec<&Pin> = self.pins.iter().filter(|pin| pin.name() == name).collect();
        match named[..] {
            [pin] => Ok(pin),
            [] => {
                let files: Vec<String> = self.pins.iter().map(Pin::name).collect();
                let sources: Vec<&str> = self.pins.iter().flat_map(Pin::names).collect();
                let known = sources.iter().copied().chain(files.iter().map(String::as_str));
                Err(names::unknown("plugin", name, known, "workhours plugin list"))
            }
            _ => {
                let paths: Vec<String> = named.iter().map(|pin| pin.file.display().to_string()).collect();
                Err(Error::usage(format!("{} plugins are called {name}", named.len()))
                    .hint(format!("name one by its path: {}", paths.join(", "))))
            }
        }
    }

    /// Adds a pin, in the place of the one its file had. Kept by [`save`](Self::save).
    ///
    /// # Errors
    /// When its path could not be written down: one that is relative or not UTF-8.
    pub fn put(&mut self, pin: Pin) -> Result<()> {
        if !pin.file.is_absolute() || pin.file.to_str().is_none() {
            return Err(Error::usage(format!("{} cannot be pinned", pin.file.display()))
                .hint("put the file where its whole path is plain text"));
        }
        self.change(Change::Put(pin));
        Ok(())
    }

    /// Removes the pin that [`get`](Self::get) finds, and returns it. Kept by [`save`](Self::save).
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn remove(&mut self, name: &str) -> Result<Pin> {
        let pin = self.get(name)?.clone();
        self.change(Change::Remove(pin.file.clone()));
        Ok(pin)
    }

    fn change(&mut self, change: Change) {
        apply(&mut self.pins, &change);
        self.changes.push(change);
    }

    /// Writes the changes: completely or not at all, and merged with other programs' changes.
    ///
    /// # Errors
    /// When it cannot be written, or would lie where others can write.
    pub fn save(&mut self) -> Result<()> {
        if self.file.as_os_str().is_empty() {
            return Err(Error::failed("there is no config directory to keep plugins.lock in")
                .hint("set HOME or XDG_CONFIG_HOME"));
        }
        let failed = || format!("cannot write {}", self.file.display());
        let folder = self.file.parent().unwrap_or(Path::new("/"));
        create_folder(folder).on_disk(Written::Plugins, &self.file, failed)?;
        trust::check_folders(&self.file)?;
        let _guard = alone_in(folder).on_disk(Written::Plugins, &self.file, failed)?;
        let mut pins = Self::open(&self.file)?.pins;
        self.changes.iter().for_each(|change| apply(&mut pins, change));
        let text = written::write(&pins).on_disk(Written::Plugins, &self.file, failed)?;
        // Private from the first byte on: that is how tempfile makes them.
        let mut temporary =
            tempfile::NamedTempFile::new_in(folder).on_disk(Written::Plugins, &self.file, failed)?;
        temporary.write_all(text.as_bytes()).on_disk(Written::Plugins, &self.file, failed)?;
        temporary.as_file().sync_all().on_disk(Written::Plugins, &self.file, failed)?;
        temporary.persist(&self.file).on_disk(Written::Plugins, &self.file, failed)?;
        self.pins = pins;
        self.changes.clear();
        Ok(())
    }
}

fn apply(pins: &mut Vec<Pin>, change: &Change) {
    match change {
        Change::Put(pin) => match pins.iter_mut().find(|p| p.file == pin.file) {
            Some(place) => *place = pin.clone(),
            None => pins.push(pin.clone()),
        },
        Change::Remove(file) => pins.retain(|p| p.file != *file),
    }
}

fn create_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Waits until no other program writes here. The folder is locked and not the file, which is replaced.
#[cfg(unix)]
fn alone_in(folder: &Path) -> std::io::Result<std::fs::File> {
    let dir = std::fs::File::open(folder)?;
    // A file system that cannot lock folders still renames as a whole; only a change made at the same time by
    // another program could be lost.
    let _ = rustix::io::retry_on_intr(|| rustix::fs::flock(&dir, rustix::fs::FlockOperation::LockExclusive));
    Ok(dir)
}

#[cfg(not(unix))]
fn alone_in(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
