//! Folders that are one input: what a program prints about them is what a source reads.
//!
//! Only for built-in sources. A dynamic library can't name a program to run: it has no way to register one, and its
//! manifest has no key for it.

use std::path::Path;

/// How a folder is read for a source: by running a program on it.
///
/// `export_folder!(FolderReader { source: "git.log", … });` next to the source's `export_source!`.
#[derive(Clone, Copy, Debug)]
pub struct FolderReader {
    /// The source type that reads the program's output.
    pub source: &'static str,
    /// A folder is such an input if it holds one of these: `.git`.
    pub markers: &'static [&'static str],
    /// Files and folders in it, there or not, that change when the program has more to print: `.git/refs`. What is below
    /// a folder counts too.
    pub changes_with: &'static [&'static str],
    /// The program and its arguments. An argument `{}` is replaced by the folder, and `{name}` within one by its
    /// [`name`].
    ///
    /// [`name`]: Self::name
    pub command: &'static [&'static str],
    /// The folder's name in the output, written as the program needs it.
    pub name: fn(&Path) -> String,
    /// A hint for people, if the program is missing.
    pub hint: &'static str,
}

#[cfg(feature = "inventory")]
inventory::collect!(FolderReader);

/// The folder readers linked into this program.
#[cfg(feature = "inventory")]
pub fn folder_readers() -> Vec<&'static FolderReader> {
    let mut readers: Vec<_> = inventory::iter::<FolderReader>.into_iter().collect();
    readers.sort_by_key(|r| r.source);
    readers
}

/// Without the registry there are none.
#[cfg(not(feature = "inventory"))]
pub fn folder_readers() -> Vec<&'static FolderReader> {
    Vec::new()
}

/// Makes a folder reader known to the program it is linked into.
#[cfg(feature = "inventory")]
#[macro_export]
macro_rules! export_folder {
    ($reader:expr) => {
        $crate::__private::inventory::submit! { $reader }
    };
}
