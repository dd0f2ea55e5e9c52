//! The filestore: private, compressed copies of inputs, named by their content.
//!
//! Layout below its root: `objects/ab/abcdef….zst` (an object is the bytes of one segment or document), `tmp/` (objects
//! being written, spools), `damaged/` (objects that no longer match their hash), `reports/` (snapshots, see the crate's
//! `snapshots`). The database stores which object contains which bytes of which logical file, in the transaction of the
//! batch. `fs gc` deletes unreferenced objects. Copies contain everything the originals contain, including secrets, so
//! files are 0600 and folders 0700.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod archive;
mod blank;
mod condemned;
mod copy;
mod extract;
mod folder;
mod gc;
mod lock;
mod object;
mod snapshot;
mod stream;
mod whole;

pub use archive::{is_archive, members};
pub use blank::{blank, is_binary, merged, open_segment, unreadable};
pub use condemned::{discard, keep_out, remove_condemned};
pub use copy::CopyReader;
pub use extract::{Extract, Head, Prefixes, open as open_source, open_stream, stat};
pub use folder::{is_input as is_folder_input, open_folder};
pub use gc::{Swept, collect, compact};
pub use object::ObjectWriter;
pub use snapshot::MAGIC as SQLITE_MAGIC;
pub use snapshot::open_consistent;
pub use whole::{Ailing, Health, health, set_aside, verify};

use std::fs;
use std::path::{Path, PathBuf};
use workhours_base::disk::{OnDisk, Written};
use workhours_base::error::Result;

/// The filestore of one installation.
#[derive(Clone, Debug)]
pub struct Filestore {
    root: PathBuf,
    read_only: bool,
}

impl Filestore {
    /// Opens the filestore, creating its folders as needed.
    ///
    /// # Errors
    /// When a folder cannot be made.
    pub fn open(root: &Path) -> Result<Self> {
        for dir in [root.to_owned(), root.join("objects"), root.join("tmp")] {
            make_private_dir(&dir).on_disk(Written::Filestore, &dir, || {
                format!("cannot create the filestore's folder {}", dir.display())
            })?;
        }
        Ok(Self { root: root.to_owned(), read_only: false })
    }

    /// The same for reading alone: no folder is made, and there may be none.
    pub fn for_reading(root: &Path) -> Self {
        Self { root: root.to_owned(), read_only: true }
    }

    /// Its path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder for files that live no longer than a run; the system's where nothing is written here.
    pub fn tmp(&self) -> PathBuf {
        if self.read_only { std::env::temp_dir() } else { self.root.join("tmp") }
    }

    /// The folder for objects that turned out to be damaged.
    pub fn damaged(&self) -> PathBuf {
        self.root.join("damaged")
    }

    /// The folder for snapshots of a report, created if missing.
    pub fn reports_dir(&self, report: &str) -> std::io::Result<PathBuf> {
        let dir = self.root.join("reports").join(report);
        make_private_dir(&dir)?;
        Ok(dir)
    }

    /// The file of an object.
    pub fn object_path(&self, hash: &str) -> PathBuf {
        let folder = hash.get(..2).unwrap_or("00");
        self.root.join("objects").join(folder).join(format!("{hash}.zst"))
    }
}

fn make_private_dir(dir: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
    }
    #[cfg(not(unix))]
    fs::create_dir_all(dir)
}
