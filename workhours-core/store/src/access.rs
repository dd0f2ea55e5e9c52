//! Whether a database can be written to, and if not, why. Not how a backend is opened read-only: SQLite's code for that
//! is in `sqlite/reading.rs`, and a server's session is set to read-only.

use std::fmt;
use workhours_base::error::Error;

/// Why an open database can't be written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadOnly {
    /// It was asked for: [`Access::Read`](workhours_base::database::Access::Read).
    Requested,
    /// This database file, for this reason.
    NotWritable(String, Barrier),
}

/// What keeps a file from being written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    /// Its file system is mounted read-only.
    FileSystem,
    /// Its permissions.
    File,
    /// Its folder's permissions.
    Folder,
}

impl fmt::Display for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FileSystem => "is on a read-only file system",
            Self::File => "may not be written to by this user",
            Self::Folder => "is in a folder that may not be written to by this user",
        })
    }
}

impl ReadOnly {
    /// The error for an operation that would write. It is a usage error if read-only access was requested.
    pub fn refuse(&self, what: &str) -> Error {
        match self {
            Self::Requested => Error::usage(format!("cannot {what}: the database is opened read-only"))
                .hint("leave out --read-only; check WORKHOURS_READ_ONLY and read_only in the config file"),
            Self::NotWritable(file, barrier) => Error::failed(format!("cannot {what}: {file} {barrier}"))
                .hint("copy the database to a folder that can be written to, and name the copy with --db"),
        }
    }
}

impl fmt::Display for ReadOnly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => f.write_str("the database is opened read-only"),
            Self::NotWritable(file, barrier) => write!(f, "{file} {barrier}"),
        }
    }
}
