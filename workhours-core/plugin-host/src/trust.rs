//! Whether only the user and the administrator can have written a file, and what its hash is.
//!
//! Loading a library runs its code. So a plugin, and the list of trusted ones, are only read from where no third person
//! could have put them: the file and every folder above it belong to root or to the user, and no other user may write
//! there. Not here: whether the user trusts it, see `lock`.

use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use workhours_base::error::{Context, Error, Result, quoted};

/// Checks that a file is a regular one that no other user can change or replace.
///
/// On systems without Unix permissions only that it is a regular file.
///
/// # Errors
/// The problem, the file or folder, and the remedy.
pub fn check(path: &Path) -> Result<()> {
    let meta = std::fs::symlink_metadata(path).map_err(|e| {
        let error = match e.kind() {
            std::io::ErrorKind::NotFound => Error::failed(format!("{} is not there", path.display())),
            _ => Error::failed(format!("cannot look at {}", path.display())),
        };
        error.with_source(e)
    })?;
    if meta.is_symlink() {
        let error = Error::failed(format!("{} is a symbolic link", path.display()));
        return Err(match path.canonicalize() {
            Ok(target) => error.hint(format!("use its target, {}", target.display())),
            Err(_) => error.hint("use a regular file"),
        });
    }
    if !meta.is_file() {
        return Err(Error::failed(format!("{} is not a regular file", path.display())));
    }
    owned(path, &meta)?;
    unwritable(path, &meta)?;
    check_folders(path)
}

/// Checks the folders above a path, which need not exist: a user who can write to one of them could replace the file.
///
/// # Errors
/// As [`check`].
pub fn check_folders(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().context(|| format!("cannot look at {}", folder.display()))?;
    for dir in folder.ancestors() {
        let meta = std::fs::symlink_metadata(dir).context(|| format!("cannot look at {}", dir.display()))?;
        owned(dir, &meta)?;
        if !is_shared_safely(&meta) {
            unwritable(dir, &meta)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn owned(path: &Path, meta: &Metadata) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let me = rustix::process::geteuid().as_raw();
    if meta.uid() == 0 || meta.uid() == me {
        return Ok(());
    }
    Err(Error::failed(format!(
        "{} belongs to user {}, who could change what is loaded",
        path.display(),
        meta.uid()
    ))
    .hint("copy the file into a folder that belongs to you or to root"))
}

#[cfg(unix)]
fn unwritable(path: &Path, meta: &Metadata) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let who = match meta.mode() & 0o022 {
        0 => return Ok(()),
        0o020 => "its group",
        _ => "everyone",
    };
    Err(Error::failed(format!("{} can be written by {who}, who could change what is loaded", path.display()))
        .hint(format!("chmod go-w {}", quoted(path))))
}

/// In a sticky folder of root, such as /tmp, users can't rename or delete files of others.
#[cfg(unix)]
fn is_shared_safely(meta: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    meta.uid() == 0 && meta.mode() & 0o1000 != 0
}

#[cfg(not(unix))]
fn owned(_: &Path, _: &Metadata) -> Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn unwritable(_: &Path, _: &Metadata) -> Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn is_shared_safely(_: &Metadata) -> bool {
    true
}

/// The SHA-256 of some bytes, in lower-case hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The SHA-256 of a file's content, in lower-case hex.
///
/// # Errors
/// When it cannot be read, or is not a regular file.
pub fn sha256_file(path: &Path) -> Result<String> {
    let failed = || format!("cannot read {}", path.display());
    // Asked before opening, because opening a pipe would wait for its other end.
    if !std::fs::metadata(path).context(failed)?.is_file() {
        return Err(Error::failed(format!("{} is not a regular file", path.display())));
    }
    let mut file = File::open(path).context(failed)?;
    let mut hash = Sha256::new();
    let mut buf = vec![0; 64 << 10];
    loop {
        match file.read(&mut buf) {
            Ok(0) => return Ok(hex(&hash.finalize())),
            Ok(n) => hash.update(&buf[..n]),
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Error::failed(failed()).with_source(e)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, b| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{b:02x}");
        out
    })
}

/// The canonical path of a file that a pin is to name.
///
/// # Errors
/// When there is none, with the path as typed.
pub fn canonical(path: &Path) -> Result<PathBuf> {
    path.canonicalize().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Error::usage(format!("there is no file {}", path.display())),
        _ => Error::failed(format!("cannot look at {}", path.display())).with_source(e),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn hashes_are_those_of_sha256() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), abc);
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("f");
        std::fs::write(&file, "abc").unwrap();
        assert_eq!(sha256_file(&file).unwrap(), abc);
        let large = vec![7; 200_000];
        std::fs::write(&file, &large).unwrap();
        assert_eq!(sha256_file(&file).unwrap(), sha256(&large));
        assert!(sha256_file(dir.path()).unwrap_err().to_string().ends_with("is not a regular file"));
        assert!(sha256_file(&dir.path().join("none")).is_err());
    }

    #[cfg(unix)]
    mod unix {
        use super::super::*;
        use std::os::unix::fs::{PermissionsExt, chown, symlink};

        fn chmod(path: &Path, mode: u32) {
            std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        }

        /// A folder in a folder, in the sticky folder for temporary files, and a file in it.
        fn place() -> (tempfile::TempDir, PathBuf, PathBuf) {
            let dir = tempfile::tempdir().unwrap();
            let base = dir.path().canonicalize().unwrap();
            std::fs::create_dir(base.join("in")).unwrap();
            let file = base.join("in/it's.so");
            std::fs::write(&file, "").unwrap();
            chmod(&base.join("in"), 0o755);
            chmod(&file, 0o644);
            (dir, base, file)
        }

        #[track_caller]
        fn refused(path: &Path, why: &str, hint: &str) {
            let error = check(path).unwrap_err();
            assert!(error.full_message().contains(why), "{error}");
            assert!(error.hint_text().unwrap_or_default().contains(hint), "{error:?}");
        }

        #[test]
        fn what_only_the_user_can_write_is_trusted() {
            let (_dir, base, file) = place();
            check(&file).unwrap();
            check(&base.join("in/../in/it's.so")).unwrap();
            check_folders(&base.join("in/not there yet")).unwrap();
        }

        #[test]
        fn what_others_can_write_is_not() {
            let (_dir, base, file) = place();
            chmod(&file, 0o664);
            refused(&file, "can be written by its group", r"it'\''s.so'");
            chmod(&file, 0o646);
            refused(&file, "can be written by everyone", "chmod go-w '");
            chmod(&file, 0o644);
            for dir in [base.join("in"), base.clone()] {
                chmod(&dir, 0o775);
                refused(&file, "can be written by its group", &format!("chmod go-w {}", dir.display()));
                chmod(&dir, 0o777);
                refused(&file, &format!("{} can be written by everyone", dir.display()), "chmod go-w");
                chmod(&dir, 0o755);
            }
            check(&file).unwrap();
        }

        #[test]
        fn a_sticky_folder_is_safe_if_it_is_roots() {
            let (_dir, base, file) = place();
            chmod(&base, 0o1777);
            let roots = rustix::process::geteuid().is_root();
            assert_eq!(check(&file).is_ok(), roots);
            if roots {
                chown(&base, Some(65534), None).unwrap();
                refused(&file, "belongs to user 65534", "");
            }
        }

        #[test]
        fn only_regular_files() {
            let (_dir, base, file) = place();
            let link = base.join("link.so");
            symlink(&file, &link).unwrap();
            refused(&link, "is a symbolic link", &file.display().to_string());
            // A link above is only another way to the same folders.
            symlink(base.join("in"), base.join("way")).unwrap();
            check(&base.join("way/it's.so")).unwrap();
            chmod(&base.join("in"), 0o777);
            refused(&base.join("way/it's.so"), "in can be written", "");
            refused(&base, "is not a regular file", "");
            refused(&base.join("none"), "none is not there", "");
            assert_eq!(canonical(&link).unwrap(), file);
            assert!(canonical(&base.join("none")).is_err());
        }

        #[test]
        fn what_belongs_to_another_is_not_trusted() {
            if !rustix::process::geteuid().is_root() {
                return;
            }
            let (_dir, base, file) = place();
            chown(&file, Some(65534), None).unwrap();
            refused(&file, "belongs to user 65534", "copy the file");
            chown(&file, Some(0), None).unwrap();
            check(&file).unwrap();
            chown(base.join("in"), Some(65534), None).unwrap();
            refused(&file, "in belongs to user 65534", "");
        }
    }
}
