//! The kind of a file at a path, found without opening it, and opening only regular files.
//!
//! Opening a named pipe waits for a writer, opening a device may have effects, and files of `/proc` have no reliable
//! size. So all code that tries files uses [`open_regular`]; `stream` reads other files that the user named.

use std::fs::{File, FileType, Metadata};
use std::io;
use std::path::Path;

/// The file at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A pipe with or without a name (FIFO).
    Pipe,
    /// A device.
    Device,
    /// A socket.
    Socket,
    /// A file that the system makes up while it is read, as those in `/proc` and `/sys`.
    Pseudo,
}

impl Kind {
    /// The kind of a file, links followed; `None` if there is none, or permission is missing.
    pub fn of(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().map(|meta| Self::of_metadata(path, &meta))
    }

    /// The same where the metadata is known already.
    pub fn of_metadata(path: &Path, meta: &Metadata) -> Self {
        match Self::of_type(meta.file_type()) {
            Self::File if is_made_up(path, meta) => Self::Pseudo,
            kind => kind,
        }
    }

    fn of_type(kind: FileType) -> Self {
        if kind.is_file() {
            return Self::File;
        }
        if kind.is_dir() {
            return Self::Folder;
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::FileTypeExt;
            if kind.is_fifo() {
                return Self::Pipe;
            }
            if kind.is_socket() {
                return Self::Socket;
            }
        }
        Self::Device
    }

    /// Whether it is read once, from front to end, and may have no end.
    pub fn is_stream(self) -> bool {
        matches!(self, Self::Pipe | Self::Device | Self::Pseudo)
    }

    /// Whether a search for inputs tries it: only files and folders.
    pub fn is_tried(self) -> bool {
        matches!(self, Self::File | Self::Folder)
    }

    /// The thing in words: `it is …`.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Folder => "a directory",
            Self::Pipe => "a pipe (FIFO)",
            Self::Device => "a device",
            Self::Socket => "a socket",
            Self::Pseudo => "a file that the system makes up (/proc, /sys)",
        }
    }
}

/// Opens a regular file for reading, and nothing else.
///
/// # Errors
/// As [`File::open`]; of kind `InvalidInput` when something else is there.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let meta = std::fs::metadata(path)?;
    let kind = Kind::of_metadata(path, &meta);
    if kind != Kind::File {
        return Err(not_a_file(kind));
    }
    let file = open_at_once(path)?;
    // It may have been replaced in between.
    match Kind::of_type(file.metadata()?.file_type()) {
        Kind::File => Ok(file),
        kind => Err(not_a_file(kind)),
    }
}

fn not_a_file(kind: Kind) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("it is {}", kind.name()))
}

/// Opens any file without waiting.
pub fn open_at_once(path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
        std::fs::OpenOptions::new().read(true).custom_flags(flags).open(path)
    }
    #[cfg(not(unix))]
    File::open(path)
}

/// Whether a file is in a file system without stored files: its content is generated when it is read.
#[cfg(target_os = "linux")]
fn is_made_up(path: &Path, meta: &Metadata) -> bool {
    use std::os::linux::fs::MetadataExt;
    use std::sync::{Mutex, PoisonError};
    /// `proc`, `sysfs`, `debugfs`, `tracefs`, `securityfs`, `cgroup`, `cgroup2`, `bpf`, `configfs`, `pstore`,
    /// `efivarfs`, `selinuxfs` by the numbers of `linux/magic.h`.
    const MADE_UP: [u64; 12] = [
        0x9fa0,
        0x6265_6572,
        0x6462_6720,
        0x7472_6163,
        0x7363_6673,
        0x0027_e0eb,
        0x6367_7270,
        0xcafe_4a11,
        0x6265_6570,
        0x6165_676c,
        0xde5e_81e4,
        0xf97c_ff8c,
    ];
    /// For each device of a file, whether its files are generated.
    static DEVICES: Mutex<Vec<(u64, bool)>> = Mutex::new(Vec::new());
    let device = meta.st_dev();
    let mut devices = DEVICES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, made_up)) = devices.iter().find(|(known, _)| *known == device) {
        return *made_up;
    }
    let Ok(stat) = rustix::fs::statfs(path) else { return false };
    #[allow(clippy::unnecessary_cast, clippy::cast_sign_loss)] // the type differs between systems
    let made_up = MADE_UP.contains(&(stat.f_type as u64 & 0xffff_ffff));
    devices.push((device, made_up));
    made_up
}

#[cfg(not(target_os = "linux"))]
fn is_made_up(_: &Path, _: &Metadata) -> bool {
    false
}

/// A file's state in the file system: it changes whenever the content does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Device and inode, where there are such; else 0.
    pub inode: (u64, u64),
    /// Bytes on disk.
    pub size: u64,
    /// Last modification, ns since the epoch.
    pub mtime_ns: i128,
}

impl Stat {
    /// In the form sightings keep. Without size and time when the file was modified so lately that another
    /// change in the same tick of the clock could go unseen: such a token is trusted for the inode only.
    pub fn token(&self, now_us: i64) -> String {
        let (device, inode) = self.inode;
        if i128::from(now_us) * 1_000 - self.mtime_ns < 2_000_000_000 {
            return self.inode_token();
        }
        format!("{device}:{inode}:{}:{}", self.size, self.mtime_ns)
    }

    /// A token that identifies a file, but not its state.
    pub fn inode_token(&self) -> String {
        format!("{}:{}:", self.inode.0, self.inode.1)
    }
}

/// Whether a token vouches for a file's state, not just for its inode.
pub fn vouches(token: &str) -> bool {
    !token.is_empty() && !token.ends_with(':')
}

/// A regular file's state in the file system; `None` if there is none.
pub fn stat(path: &Path) -> Option<Stat> {
    let meta = std::fs::metadata(path).ok()?;
    (Kind::of_metadata(path, &meta) == Kind::File).then(|| stat_of(&meta))
}

/// When a file was made, µs since the epoch; `None` where the file system does not say.
pub fn born_us(path: &Path) -> Option<i64> {
    let born = std::fs::metadata(path).ok()?.created().ok()?;
    let since = born.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok()
}

/// A file's state in the file system, from its metadata.
pub fn stat_of(meta: &Metadata) -> Stat {
    let mtime_ns = match meta.modified().map(|t| t.duration_since(std::time::UNIX_EPOCH)) {
        Ok(Ok(since)) => since.as_nanos() as i128,
        Ok(Err(before)) => -(before.duration().as_nanos() as i128),
        Err(_) => 0,
    };
    #[cfg(unix)]
    let inode = {
        use std::os::unix::fs::MetadataExt;
        (meta.dev(), meta.ino())
    };
    #[cfg(not(unix))]
    let inode = (0, 0);
    Stat { inode, size: meta.len(), mtime_ns }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_lies_at_a_path() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        std::fs::write(path("file"), "x").unwrap();
        std::os::unix::fs::symlink(path("file"), path("link")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, path("pipe"), rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
        for (name, kind) in [
            ("file", Some(Kind::File)),
            ("link", Some(Kind::File)),
            ("", Some(Kind::Folder)),
            ("socket", Some(Kind::Socket)),
            ("pipe", Some(Kind::Pipe)),
            ("nothing", None),
        ] {
            assert_eq!(Kind::of(&path(name)), kind, "{name}");
            assert_eq!(open_regular(&path(name)).is_ok(), kind == Some(Kind::File), "{name}");
        }
        assert_eq!(Kind::of(Path::new("/dev/null")), Some(Kind::Device));
        assert_eq!(Kind::of(Path::new("/proc/self/status")), Some(Kind::Pseudo));
    }
}
