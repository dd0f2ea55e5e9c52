//! Errors for a disk that can't be written: it is full, a quota is used up, it is mounted read-only, or permission is
//! missing. Code that writes calls [`OnDisk::on_disk`] on the result, or [`explain`] on the error, with what it writes
//! and where.
//!
//! Not for reading, and not for asking beforehand whether there is room: a purge does that
//! (`store/backend/sqlite/rewrite.rs`).

use crate::error::{Context, Error, Result};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The kind of file, which decides how another place for it can be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The database.
    Database,
    /// The filestore, and its content: copies, index, snapshots.
    Filestore,
    /// The file of `-o`.
    Output,
    /// A config file.
    Config,
    /// The folder of plugins.
    Plugins,
}

impl Written {
    /// How another place is named.
    fn elsewhere(self) -> &'static str {
        match self {
            Self::Database => ", or name a database elsewhere with --db",
            Self::Filestore => ", or name a filestore elsewhere with --fs",
            Self::Output => ", or write to another place with -o",
            Self::Config => ", or name another file",
            Self::Plugins => "",
        }
    }
}

/// Why a disk can't be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    Full,
    Quota,
    TooLarge,
    ReadOnly,
    Denied,
}

/// Size of a test write to a folder: bytes, more than SQLite's largest page.
const PROBE: usize = 96 << 10;

/// Adds context to a write error, and what is known about the disk.
pub trait OnDisk<T> {
    /// As [`Context::context`], for something that is written to a path.
    ///
    /// # Errors
    /// The same error, explained.
    fn on_disk<M: Into<String>>(
        self,
        written: Written,
        path: &Path,
        message: impl FnOnce() -> M,
    ) -> Result<T>;
}

impl<T, R: Context<T>> OnDisk<T> for R {
    fn on_disk<M: Into<String>>(
        self,
        written: Written,
        path: &Path,
        message: impl FnOnce() -> M,
    ) -> Result<T> {
        self.context(message).map_err(|e| explain(e, written, path))
    }
}

/// The error with what is known about the disk, if that was the cause: how much is free, and what to do.
pub fn explain(error: Error, written: Written, path: &Path) -> Error {
    let Some(trouble) = trouble(&error, Some(path)) else { return error };
    let folder = match (trouble, written) {
        (Trouble::Full, Written::Database) => fuller(existing(path), temporary_folder()),
        _ => existing(path),
    };
    let (fact, remedy) = match trouble {
        Trouble::Full => {
            let free = free(&folder).map(|bytes| format!(" ({} free)", size(bytes))).unwrap_or_default();
            (format!("the disk of {} is full{free}", folder.display()), "make room there")
        }
        Trouble::Quota => (
            format!("this user's quota on the disk of {} is used up", folder.display()),
            "delete something there",
        ),
        Trouble::TooLarge => (
            "a file may not grow any further".to_owned(),
            "raise the limit on the size of files with ulimit -f unlimited",
        ),
        Trouble::ReadOnly => {
            (format!("{} is on a read-only file system", folder.display()), "mount it for writing")
        }
        Trouble::Denied => {
            (format!("this user may not write to {}", folder.display()), "change its permissions")
        }
    };
    let hint = format!("{remedy}{}; then run the same command again", written.elsewhere());
    // An error may be explained where it happens, and again by a caller that doesn't know that.
    if error.full_message().contains(&fact) || is_explained(&error) {
        error
    } else {
        error.explained(&fact, hint)
    }
}

/// The hint for an error without one, if a disk is its cause.
pub fn hint(error: &Error) -> Option<&'static str> {
    match trouble(error, None)? {
        Trouble::Full => Some("make room on that disk; then run the same command again"),
        Trouble::Quota => Some("delete something on that disk; then run the same command again"),
        Trouble::TooLarge => Some(
            "raise the limit on the size of files with ulimit -f unlimited; then run the same command again",
        ),
        Trouble::ReadOnly => Some("that file system is mounted read-only; write to another place"),
        Trouble::Denied => None,
    }
}

/// The trouble of a database server's disk, in its own words.
pub fn of_server(error: Error) -> Error {
    match trouble(&error, None) {
        Some(Trouble::Full | Trouble::Quota) => error.explained(
            "the disk of the database server is full",
            "make room there; then run the same command again",
        ),
        _ => error,
    }
}

/// Whether an error already mentions a disk.
pub fn is_explained(error: &Error) -> bool {
    error.hint_text().is_some_and(|hint| hint.contains("; then run the same command again"))
}

fn of_kind(kind: io::ErrorKind) -> Option<Trouble> {
    match kind {
        io::ErrorKind::StorageFull => Some(Trouble::Full),
        io::ErrorKind::QuotaExceeded => Some(Trouble::Quota),
        io::ErrorKind::FileTooLarge => Some(Trouble::TooLarge),
        io::ErrorKind::ReadOnlyFilesystem => Some(Trouble::ReadOnly),
        io::ErrorKind::PermissionDenied => Some(Trouble::Denied),
        _ => None,
    }
}

fn trouble(error: &Error, path: Option<&Path>) -> Option<Trouble> {
    let mut below: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(e) = below {
        let found = e.downcast_ref::<io::Error>().and_then(|e| of_kind(e.kind()));
        if found.is_some() {
            return found;
        }
        below = e.source();
    }
    // Databases and the index's engine pass on texts only.
    let text = error.full_message();
    let says = |part: &str| text.contains(part);
    if says("disk is full") || says("No space left on device") {
        return Some(Trouble::Full);
    }
    if says("quota exceeded") {
        return Some(Trouble::Quota);
    }
    if says("File too large") {
        return Some(Trouble::TooLarge);
    }
    if says("Read-only file system") {
        return Some(Trouble::ReadOnly);
    }
    let folder = existing(path?);
    if says("disk I/O error") {
        return probe(&folder);
    }
    if says("unable to open database file")
        || says("unable to open the database file")
        || says("readonly database")
    {
        return barred(&folder);
    }
    None
}

/// The folder with less space: SQLite writes to both, and doesn't say which one is full. The first if both are on one
/// disk.
fn fuller(one: PathBuf, other: PathBuf) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let disk = |folder: &Path| folder.metadata().ok().map(|meta| meta.dev());
        if disk(&one) == disk(&other) {
            return one;
        }
    }
    match (free(&one), free(&other)) {
        (Some(of_one), Some(of_other)) if of_other < of_one => other,
        _ => one,
    }
}

/// The first folder that SQLite would take for temporary files.
pub fn temporary_folder() -> PathBuf {
    let named = ["SQLITE_TMPDIR", "TMPDIR"].into_iter().filter_map(std::env::var_os).map(PathBuf::from);
    let usual = ["/var/tmp", "/usr/tmp", "/tmp"].into_iter().map(PathBuf::from);
    named.chain(usual).find(|folder| folder.is_dir()).unwrap_or_else(std::env::temp_dir)
}

/// The error of writing to a folder, which SQLite doesn't report.
fn probe(folder: &Path) -> Option<Trouble> {
    let write = || tempfile::tempfile_in(folder)?.write_all(&[0; PROBE]);
    match write() {
        Err(e) => of_kind(e.kind()),
        // The folder takes more; a file that is large already may not.
        Ok(()) => sizes_are_limited().then_some(Trouble::TooLarge),
    }
}

/// Whether files of this process may grow to some size only.
fn sizes_are_limited() -> bool {
    #[cfg(unix)]
    return rustix::process::getrlimit(rustix::process::Resource::Fsize).current.is_some();
    #[cfg(not(unix))]
    false
}

/// Why this user can't write to a folder.
fn barred(folder: &Path) -> Option<Trouble> {
    #[cfg(unix)]
    {
        use rustix::fs::{Access, StatVfsMountFlags, access, statvfs};
        if statvfs(folder).is_ok_and(|stat| stat.f_flag.contains(StatVfsMountFlags::RDONLY)) {
            return Some(Trouble::ReadOnly);
        }
        access(folder, Access::WRITE_OK).is_err().then_some(Trouble::Denied)
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

/// The folder of a path, or the nearest one above that is there.
fn existing(path: &Path) -> PathBuf {
    let mut folders = path.ancestors().skip(usize::from(!path.is_dir()));
    let found = folders.find(|folder| folder.is_dir());
    found.map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// Bytes free for us on the file system of a folder; `None` if unknown.
pub fn free(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let stat = rustix::fs::statvfs(folder).ok()?;
        Some(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> io::Error {
        io::Error::from(io::ErrorKind::StorageFull)
    }

    #[test]
    fn a_full_disk_is_named_once_with_its_room_and_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("not/yet/there.db");
        let done: Result<()> = Err(full()).on_disk(Written::Database, &file, || "cannot write it");
        let error = explain(done.unwrap_err(), Written::Filestore, Path::new("/"));
        let text = error.full_message();
        assert!(
            text.starts_with(&format!("cannot write it: the disk of {} is full (", dir.path().display())),
            "{text}"
        );
        assert_eq!(text.matches("is full").count(), 1, "{text}");
        let hint = "make room there, or name a database elsewhere with --db; then run the same command again";
        assert_eq!(error.hint_text(), Some(hint));
    }

    #[test]
    fn texts_of_databases_are_understood_and_others_left_alone() {
        let text = |text: &str| Error::failed("cannot load").with_source(text.to_owned());
        assert_eq!(trouble(&text("database or disk is full"), None), Some(Trouble::Full));
        assert_eq!(
            trouble(&text("could not extend file: No space left on device"), None),
            Some(Trouble::Full)
        );
        assert_eq!(trouble(&text("disk I/O error"), Some(Path::new("/"))), None);
        let error = explain(text("no such table").hint("as before"), Written::Output, Path::new("/"));
        assert_eq!(
            (error.full_message(), error.hint_text()),
            ("cannot load: no such table".into(), Some("as before"))
        );
        assert!(of_server(text("No space left on device")).full_message().contains("database server"));
        assert_eq!(hint(&text("no such table")), None);
    }
}
