//! The token, and the key that sessions are signed with: made once, and kept in a file that only its owner can read, so
//! that sessions outlive a restart. Without the file, all of them end.

use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use workhours_core::disk::{OnDisk, Written};
use workhours_core::error::{Context, Error, Result};

/// The file below the filestore's folder `web`.
const FILE: &str = "keys.json";

/// Secrets of one installation.
#[derive(Serialize, Deserialize)]
pub(crate) struct Keys {
    /// The credential of programs, and of people who have lost their session.
    pub(crate) token: String,
    /// The key for signing sessions, 32 bytes in hexadecimal digits.
    session_key: String,
}

/// The file with the token for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptKeys {
    /// In this file.
    File(PathBuf),
    /// Nowhere: it was made for this run.
    Token(String),
}

impl Keys {
    /// The keys in the filestore, created if there are none. Returns the file too.
    ///
    /// # Errors
    /// When the file cannot be read or written, or others can read it.
    pub(crate) fn open(filestore: &Path) -> Result<(Self, KeptKeys)> {
        let dir = filestore.join("web");
        let file = dir.join(FILE);
        if let Some(keys) = Self::read(&file)? {
            return Ok((keys, KeptKeys::File(file)));
        }
        let keys = Self::new()?;
        keys.write(&dir, &file)
            .on_disk(Written::Filestore, &file, || format!("cannot write {}", file.display()))?;
        Ok((keys, KeptKeys::File(file)))
    }

    /// The keys in the filestore; without any, new ones for this run.
    ///
    /// # Errors
    /// When others can read the file, or it holds no keys.
    pub(crate) fn for_reading(filestore: &Path) -> Result<(Self, KeptKeys)> {
        let file = filestore.join("web").join(FILE);
        // Another user's keys aren't used.
        if File::open(&file).is_ok()
            && let Some(keys) = Self::read(&file)?
        {
            return Ok((keys, KeptKeys::File(file)));
        }
        let keys = Self::new()?;
        let token = keys.token.clone();
        Ok((keys, KeptKeys::Token(token)))
    }

    fn new() -> Result<Self> {
        Ok(Self { token: random()?, session_key: random()? })
    }

    /// `None` if there is no such file.
    fn read(file: &Path) -> Result<Option<Self>> {
        match fs::read(file) {
            Ok(bytes) => {
                check_private(file)?;
                let keys: Self = serde_json::from_slice(&bytes)
                    .context(|| format!("{} is no file of keys", file.display()))
                    .map_err(|e| e.hint("delete it; new keys are made, and all sessions end"))?;
                if keys.token.len() < 32 || keys.session_key().is_none() {
                    return Err(Error::failed(format!("the keys in {} are too short", file.display()))
                        .hint("delete it; new keys are made, and all sessions end"));
                }
                Ok(Some(keys))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::failed(format!("cannot read {}", file.display())).with_source(e)),
        }
    }

    /// The key as bytes.
    pub(crate) fn session_key(&self) -> Option<[u8; 32]> {
        blake3::Hash::from_hex(&self.session_key).ok().map(Into::into)
    }

    fn write(&self, dir: &Path, file: &Path) -> std::io::Result<()> {
        let (mut dirs, mut options) = (fs::DirBuilder::new(), File::options());
        #[cfg(unix)]
        {
            use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
            dirs.mode(0o700);
            options.mode(0o600);
        }
        dirs.recursive(true).create(dir)?;
        // Whole or not at all, also when two begin at once.
        let tmp = dir.join(format!("keys.{}.tmp", std::process::id()));
        let mut out = options.write(true).create_new(true).open(&tmp)?;
        let written = serde_json::to_vec(self).map_err(Into::into).and_then(|bytes| out.write_all(&bytes));
        written.and_then(|()| out.sync_all()).and_then(|()| fs::rename(&tmp, file)).inspect_err(|_| {
            let _ = fs::remove_file(&tmp);
        })
    }
}

/// 32 random bytes, in hexadecimal digits.
///
/// # Errors
/// When the system returns none.
pub(crate) fn random() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|e| Error::failed(format!("the system returned no random bytes: {e}")))?;
    Ok(blake3::Hash::from(bytes).to_hex().to_string())
}

#[cfg(unix)]
fn check_private(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode =
        fs::metadata(file).context(|| format!("cannot look at {}", file.display()))?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(Error::failed(format!("others can read the keys in {}", file.display()))
        .hint("delete it; new keys are made, and all sessions end"))
}

#[cfg(not(unix))]
fn check_private(_: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_and_for_nobody_else() {
        let dir = tempfile::tempdir().unwrap();
        let (passing, kept) = Keys::for_reading(dir.path()).unwrap();
        assert_eq!((kept, dir.path().read_dir().unwrap().count()), (KeptKeys::Token(passing.token), 0));
        let (first, kept) = Keys::open(dir.path()).unwrap();
        let KeptKeys::File(file) = kept else { panic!("they are kept") };
        let (again, _) = Keys::open(dir.path()).unwrap();
        assert_eq!((&first.token, first.session_key()), (&again.token, again.session_key()));
        assert_ne!(first.token, first.session_key);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
            assert!(Keys::open(dir.path()).is_err());
        }
        fs::remove_file(&file).unwrap();
        fs::write(&file, "{}").unwrap();
        assert!(Keys::open(dir.path()).is_err());
    }
}
