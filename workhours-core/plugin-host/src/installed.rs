//! The plugins of this user: which files exist, which are pinned, and what happens when one is added, trusted again or
//! removed. Makes the registry from the built-in sources and those of the pins.
//!
//! Asking changes nothing and loads nothing: what a plugin holds is known from its pin. Only `add`, `trust` and
//! `info` on a file that is not pinned let it speak, in the sandbox.

use super::lock::{Lock, Pin, lock_file};
use super::source::{Description, PluginSource, describe};
use super::{PluginSettings, folders, library, manifest, trust};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use workhours_base::disk::{OnDisk, Written};
use workhours_base::environment::Environment;
use workhours_base::error::{Context, Error, Result};
use workhours_registry::{Refusal, Registered, Registry};

/// The status of a file.
#[derive(Clone, Debug)]
pub enum Standing {
    /// Pinned, and still the file that was pinned.
    Trusted,
    /// Never agreed to: it is not opened.
    NotTrusted,
    /// Pinned, but its content is another now.
    Changed,
    /// Pinned, but it may not be loaded: the reason.
    Refused(String),
}

impl Standing {
    /// The word used in tables.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::NotTrusted => "not trusted",
            Self::Changed => "changed",
            Self::Refused(_) => "refused",
        }
    }

    /// Why it can't be used, and the remedy.
    pub fn remark(&self, file: &Path) -> Option<String> {
        match self {
            Self::Trusted => None,
            Self::NotTrusted => Some(format!("workhours plugin add {}", file.display())),
            Self::Changed => {
                Some(format!("if you changed it on purpose: workhours plugin trust {}", file.display()))
            }
            Self::Refused(why) => Some(why.clone()),
        }
    }
}

/// A plugin file, as a list shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its path.
    pub file: PathBuf,
    /// Its status.
    pub standing: Standing,
    /// Its pin, if it has one.
    pub pin: Option<Pin>,
}

/// Everything known about one plugin.
#[derive(Clone, Debug)]
pub struct Info {
    /// The file and its standing.
    pub listed: Listed,
    /// Its description: as pinned, or, for a file without a pin, as it returned now in the sandbox.
    pub pin: Pin,
    /// The sandbox it was asked in, when it was asked now.
    pub enforced: Option<String>,
}

/// The result of removing a plugin.
#[derive(Clone, Debug)]
pub struct Removed {
    /// Its pin, which is gone.
    pub pin: Pin,
    /// Whether the file is gone too.
    pub deleted: bool,
}

/// The plugins of this user.
pub struct Plugins<'a> {
    settings: &'a PluginSettings,
    env: &'a Environment,
    tmp: PathBuf,
    lock: Lock,
}

impl<'a> Plugins<'a> {
    /// Reads the pins. `tmp` is where events of a running plugin are kept aside.
    ///
    /// # Errors
    /// When the pins cannot be read or believed.
    pub fn open(settings: &'a PluginSettings, env: &'a Environment, tmp: &Path) -> Result<Self> {
        let lock = match lock_file(env) {
            Some(file) => Lock::open(&file)?,
            None => Lock::none(),
        };
        Ok(Self { settings, env, tmp: tmp.to_owned(), lock })
    }

    /// All usable sources: the built-in ones and those of the pins. A pin whose file may not be loaded is left out,
    /// with the reason.
    ///
    /// # Errors
    /// When two sources answer to one name.
    pub fn registry(&self) -> Result<Registry> {
        let (mut usable, mut refused) = (library::built_in()?, Vec::new());
        for pin in self.lock.pins() {
            match trust::check(&pin.file).and_then(|()| pin.manifests()) {
                Ok(manifests) => {
                    let origin: &'static str = pin.file.to_string_lossy().into_owned().leak();
                    usable.extend(manifests.into_iter().map(|manifest| {
                        let (file, sha256) = (pin.file.clone(), pin.sha256.clone());
                        let source =
                            PluginSource::leak(file, sha256, manifest, self.settings, self.tmp.clone());
                        Registered { source, origin }
                    }));
                }
                Err(error) => {
                    let names = pin.names().into_iter().map(str::to_owned).collect();
                    refused.push(Refusal { names, file: pin.file.clone(), error });
                }
            }
        }
        Registry::new(usable, refused)
    }

    /// Every plugin there is: the pinned ones first, then the files in the folders that are not.
    pub fn list(&self) -> Vec<Listed> {
        let pinned = self.lock.pins().iter().map(|pin| Listed {
            file: pin.file.clone(),
            standing: standing(pin),
            pin: Some(pin.clone()),
        });
        let found = folders::found(&self.folders());
        let others = found.into_iter().filter(|file| self.lock.of(file).is_none()).map(|file| Listed {
            file,
            standing: Standing::NotTrusted,
            pin: None,
        });
        pinned.chain(others).collect()
    }

    /// The folders that are looked in.
    pub fn folders(&self) -> Vec<PathBuf> {
        folders::folders(self.settings, self.env)
    }

    /// The status of a plugin named by a source, a file name or a path.
    ///
    /// # Errors
    /// When there is no such name, or an unpinned one can't be described.
    pub fn info(&self, which: &str) -> Result<Info> {
        match self.lock.get(which) {
            Ok(pin) => {
                let listed =
                    Listed { file: pin.file.clone(), standing: standing(pin), pin: Some(pin.clone()) };
                Ok(Info { listed, pin: pin.clone(), enforced: None })
            }
            Err(_) if Path::new(which).is_file() => {
                let file = trust::canonical(Path::new(which))?;
                let (pin, description) = self.ask(&file, &file)?;
                let listed = Listed { file, standing: Standing::NotTrusted, pin: None };
                Ok(Info { listed, pin, enforced: Some(description.enforced) })
            }
            Err(e) => Err(e),
        }
    }

    /// Adds a plugin: copies it into the first folder the user chose, or the user's own, unless it is in one of the
    /// folders already; and pins it as it is now.
    ///
    /// # Errors
    /// When it isn't a plugin, may not be loaded, or has a name that is taken.
    pub fn add(&mut self, file: &Path) -> Result<Info> {
        let file = trust::canonical(file)?;
        let there = self.folders().iter().any(|f| f.canonicalize().ok().as_deref() == file.parent());
        if there {
            return self.pin(&file);
        }
        if !folders::is_library(&file) {
            return Err(Error::usage(format!("{} is not named like a library", file.display()))
                .hint(format!("name it NAME.{}", std::env::consts::DLL_EXTENSION)));
        }
        let chosen = self.settings.dirs.first().cloned().or_else(|| folders::user_folder(self.env));
        let folder = chosen.ok_or_else(|| {
            Error::failed("there is no home directory to keep plugins in")
                .hint("choose a folder with --plugins-dir")
        })?;
        let failed = || format!("cannot copy {} to {}", file.display(), folder.display());
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).on_disk(Written::Plugins, &folder, failed)?;
        let folder = folder.canonicalize().context(failed)?;
        let target = folder.join(file.file_name().unwrap_or_default());
        // Under another name until it is known to be good: a plugin of that name may be in use.
        let copy = tempfile::Builder::new().prefix(".adding-").suffix(".tmp").tempfile_in(&folder).on_disk(
            Written::Plugins,
            &folder,
            failed,
        )?;
        std::io::copy(&mut std::fs::File::open(&file).context(failed)?, &mut copy.as_file()).on_disk(
            Written::Plugins,
            &folder,
            failed,
        )?;
        let (mut pin, description) = self.ask(copy.path(), &file)?;
        pin.file = target;
        self.check_names(&pin)?;
        copy.persist(&pin.file).on_disk(Written::Plugins, &folder, failed)?;
        self.keep(pin, description)
    }

    /// Pins a plugin as it is now: one that has changed, or a file in one of the folders.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn trust(&mut self, which: &str) -> Result<Info> {
        let file = match self.lock.get(which) {
            Ok(pin) => pin.file.clone(),
            Err(_) if Path::new(which).is_file() => trust::canonical(Path::new(which))?,
            Err(e) => return Err(e),
        };
        self.pin(&file)
    }

    /// Removes a plugin, and deletes its file if it is in the user's own folder.
    ///
    /// # Errors
    /// When there is no such name.
    pub fn remove(&mut self, which: &str) -> Result<Removed> {
        let pin = self.lock.remove(which)?;
        self.lock.save()?;
        let own = self.settings.dirs.iter().cloned().chain(folders::user_folder(self.env));
        let own = own.filter_map(|f| f.canonicalize().ok()).any(|f| Some(f.as_path()) == pin.file.parent());
        let deleted = own && pin.file.exists();
        if deleted {
            std::fs::remove_file(&pin.file).context(|| format!("cannot delete {}", pin.file.display()))?;
        }
        Ok(Removed { pin, deleted })
    }

    fn pin(&mut self, file: &Path) -> Result<Info> {
        let (pin, description) = self.ask(file, file)?;
        self.check_names(&pin)?;
        self.keep(pin, description)
    }

    fn keep(&mut self, pin: Pin, description: Description) -> Result<Info> {
        self.lock.put(pin.clone())?;
        self.lock.save()?;
        let listed = Listed { file: pin.file.clone(), standing: Standing::Trusted, pin: Some(pin.clone()) };
        Ok(Info { listed, pin, enforced: Some(description.enforced) })
    }

    /// Lets a file describe itself, in the sandbox.
    fn ask(&self, file: &Path, shown: &Path) -> Result<(Pin, Description)> {
        trust::check(file)?;
        let description = describe(file, shown, self.settings)?;
        let now = chrono::DateTime::<chrono::Utc>::from(SystemTime::now());
        let pin = Pin {
            file: file.to_owned(),
            sha256: description.sha256.clone(),
            sdk: description.sdk.clone(),
            abi: description.abi,
            added: now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            sources: description.manifests.clone(),
        };
        pin.manifests()?;
        Ok((pin, description))
    }

    /// Rejects a plugin whose names are taken.
    fn check_names(&self, new: &Pin) -> Result<()> {
        let origin: &'static str = new.file.to_string_lossy().into_owned().leak();
        let mut all = library::built_in()?;
        for pin in self.lock.pins().iter().filter(|pin| pin.file != new.file).chain([new]) {
            let origin = if pin == new { origin } else { pin.file.to_string_lossy().into_owned().leak() };
            for json in &pin.sources {
                let manifest = manifest::read(json)?;
                let (file, hash) = (pin.file.clone(), pin.sha256.clone());
                let source = PluginSource::leak(file, hash, manifest, self.settings, self.tmp.clone());
                all.push(Registered { source, origin });
            }
        }
        Registry::new(all, Vec::new()).map(|_| ())
    }
}

fn standing(pin: &Pin) -> Standing {
    if let Err(e) = trust::check(&pin.file) {
        let hint = e.hint_text().map(|hint| format!("; {hint}")).unwrap_or_default();
        return Standing::Refused(e.full_message() + &hint);
    }
    match trust::sha256_file(&pin.file) {
        Ok(hash) if hash == pin.sha256 => Standing::Trusted,
        Ok(_) => Standing::Changed,
        Err(e) => Standing::Refused(e.full_message()),
    }
}
